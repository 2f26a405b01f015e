"""A MIDI system with a stopwatch: the same thin wrapper round the ports of every contestant."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from nallely_midibridge.edges.midi_system import Announcements, MidiSystem, OpenPort, Receive
from nallely_midibridge.values.events import Direction


class Call(NamedTuple):
    """A call of a MIDI callback; ``begin`` and ``end`` in ns of the monotonic clock."""

    begin: int
    end: int
    message: Sequence[int]


class StampedSystem:
    """Another MIDI system; ``calls`` has each call of a callback, ``sent`` when each send of an output returned.

    ``opened`` counts the ports that were opened.
    """

    def __init__(self, system: MidiSystem) -> None:
        self._system = system
        self.calls: list[Call] = []
        self.sent: list[int] = []
        self.opened = 0

    @property
    def name(self) -> str:
        return self._system.name

    @property
    def announcements(self) -> Announcements | None:
        return self._system.announcements

    def port_names(self, direction: Direction) -> list[str]:
        return self._system.port_names(direction)

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        return self._opened(self._system.open_input(name, self._stamped(receive)))

    def open_output(self, name: str) -> OpenPort:
        return self._opened(_StampedOutput(self._system.open_output(name), self.sent))

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        return self._opened(self._system.open_virtual_input(name, self._stamped(receive)))

    def open_virtual_output(self, name: str) -> OpenPort:
        return self._opened(_StampedOutput(self._system.open_virtual_output(name), self.sent))

    def close(self) -> None:
        self._system.close()

    def _opened(self, port: OpenPort) -> OpenPort:
        self.opened += 1
        return port

    def _stamped(self, receive: Receive) -> Receive:
        now, add = time.monotonic_ns, self.calls.append

        def stamped(message: Sequence[int]) -> None:
            begin = now()
            receive(message)
            add(Call(begin, now(), message))

        return stamped


class _StampedOutput:
    def __init__(self, port: OpenPort, sent: list[int]) -> None:
        self._port = port
        self._sent = sent
        self.follow_clock, self.quiet, self.close = port.follow_clock, port.quiet, port.close

    def send(self, message: Sequence[int]) -> None:
        self._port.send(message)
        self._sent.append(time.monotonic_ns())
