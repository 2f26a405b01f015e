"""What can go wrong with a command.

TrevorError
├── NotConnected     the session is not there, or went while it was waited for: try again later
├── CommandRefused   the session closed the connection over the command (1011): it was wrong
├── Interrupted      another thread wants nobody to wait for the session just now
└── NotShown         the session does not show in time what was asked for (a TimeoutError too)
"""

from nallely_midibridge.values.errors import BridgeError


class TrevorError(BridgeError):
    """A session did not do what it was asked."""


class NotConnected(TrevorError):
    """There is no connection to the session."""


class CommandRefused(TrevorError):
    """The session closed the connection over a command; the client connects again by itself."""


class Interrupted(TrevorError):
    """Another thread of this program wants nobody to wait for the session just now."""


class NotShown(TrevorError, TimeoutError):
    """The session's state does not show what was waited for."""
