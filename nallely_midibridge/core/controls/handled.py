"""A parameter whose control has a mode, a shape, or feedback."""

from collections.abc import Iterator
from typing import Final

from nallely_midibridge.core.controls.control import Control, Schedule
from nallely_midibridge.core.controls.feedback import Indicator
from nallely_midibridge.core.controls.gestures import make_gesture
from nallely_midibridge.core.deadband import Deadband
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.pace import Pace
from nallely_midibridge.core.probes.probe import Listener
from nallely_midibridge.core.smoothing import Smoother, next_step
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.handling import STANDING, Mode
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.source import SourceKind

PULSE: Final = 0.1
"""Seconds that a press lasts whose release the device does not send."""
LONG_AGO: Final = float("-inf")


class Handled(Control):
    """What a reading goes through, each only where it is asked for:

    reading ── mode ──> position ── deadband ──> aim ── smooth ──> place ── accepted, curve ──> value ── rate ──> sent
                                                  └── feedback

    The session may move the parameter too: then the mode goes on from there, and feedback shows it.
    """

    def __init__(self, neuron: str, route: ParamRoute, schedule: Schedule, lane: Lane | None) -> None:
        super().__init__(neuron, route, schedule)
        handling = route.handling
        self.lane = lane
        self._value_at = route.scale.value
        self._schedule = schedule
        self._gesture = make_gesture(handling)
        self._deadband = Deadband(0.0, 1.0, handling.deadband)
        self._smoother = Smoother(handling.smooth) if handling.smooth else None
        self._is_stepping = False
        self._pace = Pace(handling.rate) if handling.rate else None
        self._is_waiting = False
        self._pulse_ends = LONG_AGO
        feedback = handling.feedback
        self._indicator = Indicator(route, feedback, lane, schedule) if feedback and lane else None
        self._aimed: float | None = None

    @property
    def listeners(self) -> Iterator[tuple[str, Listener]]:
        yield self.route.parameter, self.heard

    def heard(self, value: float, now: float) -> list[Effect]:
        """The session moved the parameter."""
        position = self._position_of(value)
        self._aimed, self._value = position, value
        self._gesture.part(position)
        if self._smoother is not None:
            self._smoother = Smoother(self.route.handling.smooth)
            self._smoother.aim(position, now)
        return [] if self._indicator is None else self._indicator.show(position, now)

    def release(self, now: float) -> list[Effect]:
        effects = super().release(now)
        position = self._gesture.forget()
        return effects if position is None else effects + self._aim(position, now)

    def output_opened(self, now: float) -> list[Effect]:
        """The device is shown the parameter, also before anybody moved it, unless that would move a motor."""
        return [] if self._indicator is None else self._indicator.begin(self._start, now)

    def leave(self, now: float) -> list[Effect]:
        """What is on its way arrives at once, and a pulse ends."""
        was_linked = self._linked
        effects = self.release(now)
        if self._pulse_ends > now:
            effects += self._aim(0.0, now)
        self._linked = False
        if was_linked and (self._is_stepping or self._is_waiting) and self._aimed is not None:
            effects.append(self._send(self._value_for(self._aimed)))
        return effects if self._indicator is None else effects + self._indicator.dark(now)

    @property
    def _start(self) -> float | None:
        """Where a control is before it is touched: an encoder and a toggle where they go on from, a button up.

        A control that stands somewhere may stand anywhere.
        """
        if self.route.handling.mode in (Mode.RELATIVE, Mode.TOGGLE):
            return self._position_of(0.0)
        return 0.0 if self.route.is_button else None

    # From the hand to the value.

    def _touch(self, reading: float, now: float) -> list[Effect]:
        reading = self._position_at(reading)
        effects = [] if self._indicator is None else self._indicator.held(reading, now)
        if self._counts(reading):
            position = self._gesture.move(reading, self._where(reading))
            if position is not None:
                effects += self._aim(position, now)
                self._end_later(now)
        return effects if self._indicator is None else effects + self._indicator.let_go(reading, now)

    def _position_at(self, reading: float) -> float:
        """A reading as a position, where it is a tempo."""
        return self.route.scale.position(reading) if self.route.source.kind is SourceKind.CLOCK_BPM else reading

    def _counts(self, reading: float) -> bool:
        """Whether a control that says where it stands has moved far enough."""
        return self.route.handling.mode not in STANDING or self._deadband.passes(reading)

    def _where(self, reading: float) -> float:
        """Where the parameter is. Before anybody moved it that is at 0, or as near as its range comes; and there is
        nothing to pick up yet: it is where the control is.
        """
        if self._aimed is not None:
            return self._aimed
        return reading if self.route.handling.mode is Mode.PICKUP else self._position_of(0.0)

    def _end_later(self, now: float) -> None:
        if self._gesture.is_pulse:
            self._pulse_ends = now + PULSE
            self._schedule(self._pulse_ends, self._end_pulse)

    def _end_pulse(self, now: float) -> list[Effect]:
        return self._aim(0.0, now) if now >= self._pulse_ends else []

    def _aim(self, position: float, now: float) -> list[Effect]:
        """The parameter is to be at a position; the device is shown that, and not the way there."""
        self._aimed = position
        effects: list[Effect] = []
        if self._indicator is not None:
            effects += self._indicator.show(self._position_of(self._value_for(position)), now)
        if self._smoother is None:
            return effects + self._place(position, now)
        self._smoother.aim(position, now)
        return effects if self._is_stepping else effects + self._step(now)

    def _step(self, now: float) -> list[Effect]:
        assert self._smoother is not None
        self._is_stepping = not self._smoother.settled(now)
        if self._is_stepping:
            self._schedule(next_step(now), self._step)
        return self._place(self._smoother.at(now), now)

    def _place(self, position: float, now: float) -> list[Effect]:
        """The parameter is at a position; its value goes out when its turn comes."""
        value = self._value_for(position)
        if value == self._value:
            return []
        self._value = value
        return self._offer(now) if self._linked else []

    def _offer(self, now: float) -> list[Effect]:
        if self._pace is None:
            assert self._value is not None
            return [self._send(self._value)]
        if self._is_waiting:
            return []
        if self._pace.ready_at > now:
            self._is_waiting = True
            self._schedule(self._pace.ready_at, self._take_turn)
            return []
        return self._take_turn(now)

    def _take_turn(self, now: float) -> list[Effect]:
        self._is_waiting = False
        if self._pace is None or self._value is None or not self._linked:
            return []
        self._pace.take(now)
        return [self._send(self._value)]

    # Values and positions.

    def _value_for(self, position: float) -> float:
        accepted = self.route.handling.accepted
        if not accepted:
            return self._value_at(position)
        place = 1.0 - position if self.route.scale.invert else position
        return accepted[min(int(place * len(accepted)), len(accepted) - 1)]

    def _position_of(self, value: float) -> float:
        accepted = self.route.handling.accepted
        if not accepted:
            return self.route.scale.position(value)
        index = min(range(len(accepted)), key=lambda index: abs(accepted[index] - value))
        place = index / (len(accepted) - 1)
        return 1.0 - place if self.route.scale.invert else place
