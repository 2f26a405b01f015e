"""A MIDI system inside the process: for machines that have none, for the demo, and for tests.

Ports are made with `plug` (a device of someone else) or as the bridge's own virtual ports; `Cable` is the far end
of either, where messages are put in and come out.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.values.errors import PortError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.midi import MidiMessage


@dataclass(eq=False)
class Cable:
    """The far end of a port: `send` is what its device plays, ``received`` what the bridge sent to it.

    ``heard``, when set, is called with each message that the bridge sends.
    """

    name: str
    received: list[MidiMessage] = field(default_factory=list)
    heard: Callable[[MidiMessage], None] | None = None
    _receivers: list[Receive] = field(default_factory=list)

    def send(self, *message: int) -> None:
        """Play a message into the bridge, on the caller's thread."""
        for receive in list(self._receivers):
            receive(list(message))

    def _take(self, message: Sequence[int]) -> None:
        self.received.append(tuple(message))
        if self.heard is not None:
            self.heard(tuple(message))


class MemorySystem:
    """Devices by name, which can be plugged and unplugged, and the bridge's own virtual ports."""

    name = "in-process ports"
    announcements = None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._devices: dict[str, Cable] = {}
        self._virtual: dict[str, Cable] = {}

    def plug(self, name: str) -> Cable:
        """Make a device appear, with an input and an output."""
        with self._lock:
            return self._devices.setdefault(name, Cable(name))

    def unplug(self, name: str) -> None:
        """Make a device vanish: nothing passes any more, and nobody is told."""
        with self._lock:
            self._devices.pop(name)._receivers.clear()

    def virtual(self, name: str) -> Cable:
        """The far end of a virtual port, whether it is open yet or not."""
        with self._lock:
            return self._virtual.setdefault(name, Cable(name))

    def port_names(self, direction: Direction) -> list[str]:
        with self._lock:
            return list(self._devices)

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        return _MemoryPort(self._device(name), receive)

    def open_output(self, name: str) -> OpenPort:
        return _MemoryPort(self._device(name))

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        return _MemoryPort(self.virtual(name), receive)

    def open_virtual_output(self, name: str) -> OpenPort:
        return _MemoryPort(self.virtual(name))

    def close(self) -> None:
        """Nothing is held outside the process."""

    def _device(self, name: str) -> Cable:
        with self._lock:
            if name not in self._devices:
                raise PortError(f"{name} is gone")
            return self._devices[name]


class _MemoryPort:
    def __init__(self, cable: Cable, receive: Receive | None = None) -> None:
        self._cable = cable
        self._receive = receive
        if receive is not None:
            cable._receivers.append(receive)

    def send(self, message: Sequence[int]) -> None:
        self._cable._take(message)

    def follow_clock(self, wanted: bool) -> None:
        """A cable carries everything."""

    def quiet(self) -> None:
        """Nothing is received on a thread of its own."""

    def close(self) -> None:
        if self._receive in self._cable._receivers:
            self._cable._receivers.remove(self._receive)
