"""A MIDI system between the bridge and another one: writes down what passes, and can fail on demand."""

import threading
import time
from array import array
from collections.abc import Callable, Sequence

from nallely_midibridge.edges.midi_system import MidiSystem, OpenPort, Receive
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from tests.faults.keyboard import Keyboard
from tests.faults.outputs import Outputs


class Tap:
    """``keyboard`` is told of all that came in from devices, ``outputs`` of all that went out.

    ``is_heard`` is false from when a bridge that stops has heard its last message: until its port is closed it may be
    played some more, in vain. ``took`` are the times that the bridge held up a MIDI callback, in ns. ``send_fails``
    makes what sends raise while it is set, and ``is_gone`` is what a MIDI system says that has died.
    """

    def __init__(self, find_system: Callable[[], MidiSystem]) -> None:
        self._find_system = find_system
        self.keyboard = Keyboard()
        self.outputs = Outputs()
        self.is_heard = True
        self.took = array("q")
        self.send_fails: Callable[[], Exception] | None = None
        self.refusals = 0
        self.is_gone: MidiSystemError | None = None
        self.open: dict[tuple[Direction, str], int] = {}

    def find_system(self) -> MidiSystem:
        """For the bridge."""
        if self.is_gone is not None:
            raise self.is_gone
        return _TappedSystem(self, self._find_system())

    def is_open(self, direction: Direction, name: str) -> bool:
        """Whether a port is open whose name has this in it."""
        return any(count for (way, port), count in list(self.open.items()) if way is direction and name in port)

    def counted(self, direction: Direction, name: str, change: int) -> None:
        """A port was opened or closed."""
        key = (direction, name)
        self.open[key] = self.open.get(key, 0) + change
        if not self.open[key]:
            del self.open[key]


class _TappedSystem:
    def __init__(self, tap: Tap, inner: MidiSystem) -> None:
        self._tap = tap
        self._inner = inner
        self.name = inner.name
        self.announcements = inner.announcements

    def port_names(self, direction: Direction) -> list[str]:
        if self._tap.is_gone is not None:
            raise self._tap.is_gone
        return self._inner.port_names(direction)

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        tapped = _TappedInput(self._tap, name, receive)
        return tapped.over(self._inner.open_input(name, tapped.receive))

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        return self._inner.open_virtual_input(name, receive)

    def open_output(self, name: str) -> OpenPort:
        return _TappedOutput(self._tap, name, self._inner.open_output(name), lambda: self._is_there(name))

    def open_virtual_output(self, name: str) -> OpenPort:
        return _TappedOutput(self._tap, name, self._inner.open_virtual_output(name), lambda: True)

    def close(self) -> None:
        self._inner.close()

    def _is_there(self, name: str) -> bool:
        return self._tap.is_gone is None and name in self._inner.port_names(Direction.OUTPUT)


class _TappedInput:
    """As the interface promises, nothing is received after `close` has returned, whoever is about to call."""

    def __init__(self, tap: Tap, name: str, receive: Receive) -> None:
        self._tap = tap
        self._name = name
        self._receive = receive
        self._lock = threading.Lock()
        self._inner: OpenPort | None = None
        self._is_closed = False

    def over(self, inner: OpenPort) -> OpenPort:
        self._inner = inner
        self._tap.counted(Direction.INPUT, self._name, 1)
        return self

    def receive(self, message: Sequence[int]) -> None:
        with self._lock:
            if self._is_closed:
                return
            keyboard = self._tap.keyboard
            before = dict(keyboard.positions)
            keyboard.take(message, time.monotonic())
            began = time.perf_counter_ns()
            self._receive(message)
            self._tap.took.append(time.perf_counter_ns() - began)
            if not self._tap.is_heard:  # now or just before: whether this one was heard, nobody knows
                keyboard.doubt(before)

    def send(self, message: Sequence[int]) -> None:
        raise PortError("an input port does not send")

    def follow_clock(self, wanted: bool) -> None:
        assert self._inner is not None
        self._inner.follow_clock(wanted)

    def quiet(self) -> None:
        assert self._inner is not None
        self._inner.quiet()

    def close(self) -> None:
        assert self._inner is not None
        with self._lock:
            if not self._is_closed:
                self._tap.keyboard.unplugged(time.monotonic())
                self._tap.counted(Direction.INPUT, self._name, -1)
            self._is_closed = True
        self._inner.close()


class _TappedOutput:
    def __init__(self, tap: Tap, name: str, inner: OpenPort, is_there: Callable[[], bool]) -> None:
        self._tap = tap
        self._name = name
        self._inner = inner
        self._is_there = is_there
        tap.outputs.open(name)
        tap.counted(Direction.OUTPUT, name, 1)

    def send(self, message: Sequence[int]) -> None:
        if self._tap.send_fails is not None:
            self._tap.refusals += 1
            self._tap.outputs.refuse(self._name, message)
            raise self._tap.send_fails()
        self._inner.send(message)
        self._tap.outputs.take(self._name, message)

    def follow_clock(self, wanted: bool) -> None:
        self._inner.follow_clock(wanted)

    def quiet(self) -> None:
        self._inner.quiet()

    def close(self) -> None:
        self._tap.counted(Direction.OUTPUT, self._name, -1)
        self._tap.outputs.close(self._name, is_there=self._is_there())
        self._inner.close()
