"""A parameter that follows one source on a port, at once and as it is."""

from collections.abc import Callable, Iterator, Sequence

from nallely_midibridge.core.agenda import Task
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.probe import Listener
from nallely_midibridge.core.readers import Reader, make_reader
from nallely_midibridge.core.readers.turns import Turns
from nallely_midibridge.values.effects import Effect, SendValue
from nallely_midibridge.values.handling import Mode
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.source import SourceKind

Schedule = Callable[[float, Task], None]
"""Has a task done at a time; none is ever taken back."""


class Control:
    """One parameter's present value. It is sent when it changes, and again after every connect.

    ``lane`` is where the device is told of the parameter; None: it is not.
    """

    lane: Lane | None = None

    def __init__(self, neuron: str, route: ParamRoute, schedule: Schedule) -> None:
        self.route = route
        self._neuron = neuron
        self._value: float | None = None
        self._linked = False
        self._reader = self._make_reader(schedule)
        self._value_at = self._clamp if route.source.kind is SourceKind.CLOCK_BPM else route.scale.value

    @property
    def listeners(self) -> Iterator[tuple[str, Listener]]:
        """The parameters whose values, sent by the session, this control wants to hear, and what takes them."""
        yield from ()

    def receive(self, message: Sequence[int], now: float) -> list[Effect]:
        """A message of this control's source came in."""
        reading = self._reader.read(message, now)
        return [] if reading is None else self._touch(reading, now)

    def link_up(self) -> list[Effect]:
        """The session is there: it is told the present value, if a hand ever moved the control."""
        self._linked = True
        return [] if self._value is None else [self._send(self._value)]

    def link_down(self) -> None:
        """Nobody listens; the control is still followed."""
        self._linked = False

    def release(self, now: float) -> list[Effect]:
        """The port is gone: what was held on it is held no more."""
        reading = self._reader.release()
        return [] if reading is None else self._touch(reading, now)

    def output_opened(self, now: float) -> list[Effect]:
        """The device can be told things, and knows nothing."""
        return []

    def leave(self, now: float) -> list[Effect]:
        """The route is gone, or the bridge ends: what is held would be held for ever."""
        effects = self.release(now)
        self._linked = False
        return effects

    def _make_reader(self, schedule: Schedule) -> Reader:
        if self.route.handling.mode is Mode.RELATIVE:
            return Turns(self.route.handling.encoding)
        return make_reader(self.route.source, lambda at: schedule(at, self._wake))

    def _wake(self, now: float) -> list[Effect]:
        reading = self._reader.wake(now)
        return [] if reading is None else self._touch(reading, now)

    def _touch(self, reading: float, now: float) -> list[Effect]:
        """The control says something: where it stands."""
        return self._become(self._value_at(reading))

    def _become(self, value: float) -> list[Effect]:
        if value == self._value:
            return []
        self._value = value
        return [self._send(value)] if self._linked else []

    def _clamp(self, value: float) -> float:
        """A reading that is the value itself: a tempo."""
        low, high = sorted((self.route.scale.low, self.route.scale.high))
        return min(max(value, low), high)

    def _send(self, value: float) -> SendValue:
        return SendValue(self._neuron, self.route.parameter, value)
