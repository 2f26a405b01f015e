"""What the bridge needs of a MIDI system; ``backend`` finds one."""

from collections.abc import Callable, Sequence
from typing import Protocol

from nallely_midibridge.values.events import Direction

Receive = Callable[[Sequence[int]], None]
"""Called with each message, on a thread of the MIDI system. Must return soon and must not raise."""


class OpenPort(Protocol):
    """A port that is open in one direction."""

    def send(self, message: Sequence[int]) -> None:
        """Send a message (output ports only). Never waits. Raises PortError when the system refuses it."""

    def follow_clock(self, wanted: bool) -> None:
        """Whether the ticks of a MIDI clock are of any use (inputs only); until it is said, they need not come."""

    def quiet(self) -> None:
        """Receive no more; a call under way may still end. Before several ports are closed, quiet them all."""

    def close(self) -> None:
        """Let go of the port. No message is received after this returns; sending is over."""


class Announcements(Protocol):
    """Tells when ports may have come or gone: a descriptor that becomes readable."""

    def fileno(self) -> int:
        """A descriptor to wait for."""

    def clear(self) -> None:
        """Forget what was announced."""


class MidiSystem(Protocol):
    """A place where MIDI ports live. One thread lists, opens and closes; any thread sends."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def announcements(self) -> Announcements | None:
        """Tells of changes, where the system does; None: look again now and then."""

    def port_names(self, direction: Direction) -> list[str]:
        """The ports that can be opened in this direction, ours left out. Raises MidiSystemError when it is gone."""

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        """Receive from a port of someone else. Raises PortError."""

    def open_output(self, name: str) -> OpenPort:
        """Send to a port of someone else. Raises PortError."""

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        """Make a port that others can send to. Raises PortError."""

    def open_virtual_output(self, name: str) -> OpenPort:
        """Make a port that others can receive from. Raises PortError."""

    def close(self) -> None:
        """Let go of the system; its ports are closed before."""
