"""See and change a running Nallely session through its Trevor server: a public API of its own.

    from nallely_midibridge.trevor import TrevorClient

    with TrevorClient("192.168.1.74:6788") as trevor:
        state = trevor.wait_for(lambda state: state.neuron("keys"))
        lfo = trevor.create_device("LFO")
        trevor.associate(f"{lfo.id}::__virtual__::output_cv", f"{state.bus.id}::__virtual__::keys_mon1_cv")

Connecting, reading and reconnecting happen on one background thread; callbacks run there too. The session sends its
state whenever it changes: nothing is ever asked for twice.
"""

from nallely_midibridge.trevor.client import Scaler, TrevorClient
from nallely_midibridge.trevor.errors import CommandRefused, Interrupted, NotConnected, NotShown, TrevorError
from nallely_midibridge.values.session import (
    Chain,
    Path,
    PortOfDevice,
    SessionDevice,
    SessionLink,
    SessionState,
)

__all__ = [
    "Chain",
    "CommandRefused",
    "Interrupted",
    "NotConnected",
    "NotShown",
    "Path",
    "PortOfDevice",
    "Scaler",
    "SessionDevice",
    "SessionLink",
    "SessionState",
    "TrevorClient",
    "TrevorError",
]
