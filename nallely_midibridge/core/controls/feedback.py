"""What a device is shown of a parameter: a light, a ring, a motor fader."""

from collections.abc import Callable
from typing import Final

from nallely_midibridge.core.agenda import Task
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.continuous import Continuous
from nallely_midibridge.core.spelling import Spelling, make_spelling
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import Destination
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.handling import STANDING, Feedback, LightsOff
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.midi import MidiMessage

HAND_STAYS_FOR: Final = 0.3
"""Seconds after its last move in which a fader is taken to be held: a motor must not pull at a hand."""
LIT_FROM: Final = 0.5
"""The position from which a light is on."""

Schedule = Callable[[float, Task], None]
"""Has a task done at a time."""


class Light(Spelling):
    """A light behind a button: one number for on and one for off, colours as a rule."""

    def __init__(self, destination: Destination, feedback: Feedback) -> None:
        (status, number), *_ = destination.addresses
        self._head = (status, number)
        self._feedback = feedback
        is_note = status & 0xF0 == midi.NOTE_ON
        ends = is_note and feedback.lights_off is LightsOff.NOTE_OFF
        self._off_head = (midi.NOTE_OFF | destination.channel, number) if ends else self._head

    def number(self, position: float) -> int:
        return self._feedback.on if position >= LIT_FROM else self._feedback.off

    def messages(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        return ((*(self._off_head if number == self._feedback.off else self._head), number),)


class Indicator(Continuous):
    """Shows a position on a lane. What the device has by itself is not sent to it."""

    def __init__(self, route: ParamRoute, feedback: Feedback, lane: Lane, schedule: Schedule) -> None:
        shown = route.feedback_route
        assert shown is not None
        self._is_light = route.is_button
        plain = make_spelling(shown.destination, lane)
        spelling = Light(shown.destination, feedback) if self._is_light or plain is None else plain
        super().__init__(shown, lane, spelling)
        self._feedback = feedback
        self._schedule = schedule
        self._stands_where_it_says = route.handling.mode in STANDING and not self._is_light
        self._position: float | None = None
        self._held_until = float("-inf")
        self._is_waiting = False
        self._is_repeating = False
        self._is_gone = False

    def begin(self, start: float | None, now: float) -> list[Effect]:
        """The device is there; a parameter that nobody moved yet is at ``start``, None if that is unknown."""
        if self._position is None and start is not None:
            return self.show(start, now)
        return self.port_opened(now)

    def show(self, position: float, now: float) -> list[Effect]:
        """The parameter is at a position."""
        self._position = position
        self._keep_repeating(now)
        if now >= self._held_until:
            return self._move(position, now)
        if not self._is_waiting:
            self._is_waiting = True
            self._schedule(self._held_until, self._is_free)
        return []

    def held(self, reading: float, now: float) -> list[Effect]:
        """A hand is on the control, which stands where it says: the device is there already, and left alone."""
        if not self._stands_where_it_says:
            return []
        self._held_until = now + HAND_STAYS_FOR
        self._wanted = self._sent = self._spelling.number(reading)
        self.lane.withdraw(self)
        return [] if self._position is None else self.show(self._position, now)

    def let_go(self, reading: float, now: float) -> list[Effect]:
        """A button may have gone up, and the device have put out its light."""
        if self._is_light and self._feedback.after_release and reading < LIT_FROM:
            return self.again(now)
        return []

    def again(self, now: float) -> list[Effect]:
        """Send what the device should have, though it was sent before."""
        return self.port_opened(now)

    def dark(self, now: float) -> list[Effect]:
        """Nobody looks after the light any more: put it out. Others stay as they are."""
        self._is_gone = True
        self.lane.withdraw(self)
        if not self._is_light or self._sent in (None, self._feedback.off):
            return []
        self._sent = self._feedback.off
        return [
            effect
            for message in self._spelling.messages(self._feedback.off, None)
            for effect in self.lane.send(message, now)
        ]

    def _is_free(self, now: float) -> list[Effect]:
        """The hand seems to be gone."""
        if now < self._held_until:
            self._schedule(self._held_until, self._is_free)
            return []
        self._is_waiting = False
        return [] if self._position is None or self._is_gone else self._move(self._position, now)

    def _keep_repeating(self, now: float) -> None:
        if self._feedback.repeat is not None and not self._is_repeating:
            self._is_repeating = True
            self._schedule(now + self._feedback.repeat, self._repeat)

    def _repeat(self, now: float) -> list[Effect]:
        if self._is_gone:
            return []
        assert self._feedback.repeat is not None
        self._schedule(now + self._feedback.repeat, self._repeat)
        return self.again(now) if now >= self._held_until else []
