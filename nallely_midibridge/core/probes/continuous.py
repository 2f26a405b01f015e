"""A probe that has a position: a controller, pitch bend, pressure, a program, a parameter number."""

from nallely_midibridge.core.deadband import Deadband
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.probe import Probe, Schedule
from nallely_midibridge.core.smoothing import Smoother, next_step
from nallely_midibridge.core.spelling import Spelling
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import ProbeRoute
from nallely_midibridge.values.midi import MidiMessage


class Continuous(Probe):
    """A probe whose newest value is all that counts. A number that the port has is not sent again."""

    def __init__(self, route: ProbeRoute, lane: Lane, spelling: Spelling) -> None:
        super().__init__(route, lane)
        self._spelling = spelling
        self._value: float | None = None
        self._is_behind = False
        """Whether the value came while another waited for its turn: its number is found then, for half the cost."""
        self._wanted: int | None = None
        self._sent: int | None = None

    def receive(self, value: float, now: float) -> list[Effect]:
        if value == self._value:
            return []
        self._value = value
        if self in self.lane.waiting:
            self.lane.merged += 1
            self._is_behind = True
            return []
        return self._move(self.route.scale.position(value), now)

    def take(self, now: float) -> tuple[MidiMessage, ...]:
        """The messages of the newest number, which go out now; none if the port has it."""
        if self._is_behind:
            self._catch_up()
        assert self._wanted is not None
        before, self._sent = self._sent, self._wanted
        return () if self._wanted == before else self._spelling.messages(self._wanted, before)

    def release(self, now: float) -> list[Effect]:
        return []

    def leave(self, now: float) -> list[Effect]:
        self.lane.withdraw(self)
        return []

    def port_opened(self, now: float) -> list[Effect]:
        self._sent = None
        if self._is_behind:
            self._catch_up()
        return [] if self._wanted is None else self.lane.offer(self, now)

    def _catch_up(self) -> None:
        assert self._value is not None
        self._wanted = self._spelling.number(self.route.scale.position(self._value))
        self._is_behind = False

    def _move(self, position: float, now: float) -> list[Effect]:
        number = self._spelling.number(position)
        if number == self._wanted:
            return []
        self._wanted = number
        if number == self._sent:
            self.lane.withdraw(self)
            return []
        return self.lane.offer(self, now)


class Shaped(Continuous):
    """A position that small changes do not move, or that moves smoothly."""

    def __init__(self, route: ProbeRoute, lane: Lane, spelling: Spelling, schedule: Schedule) -> None:
        super().__init__(route, lane, spelling)
        self._deadband = Deadband(route.scale.low, route.scale.high, route.deadband)
        self._smoother = Smoother(route.smooth) if route.smooth else None
        self._schedule = schedule
        self._is_stepping = False
        self._is_gone = False

    def receive(self, value: float, now: float) -> list[Effect]:
        if not self._deadband.passes(value):
            return []
        position = self.route.scale.position(value)
        if self._smoother is None:
            return self._move(position, now)
        self._smoother.aim(position, now)
        return [] if self._is_stepping else self._step(self._smoother, now)

    def leave(self, now: float) -> list[Effect]:
        self._is_gone = True
        return super().leave(now)

    def _step(self, smoother: Smoother, now: float) -> list[Effect]:
        self._is_stepping = not (smoother.settled(now) or self._is_gone)
        if self._is_stepping:
            self._schedule(next_step(now), lambda at: self._step(smoother, at))
        return [] if self._is_gone else self._move(smoother.at(now), now)
