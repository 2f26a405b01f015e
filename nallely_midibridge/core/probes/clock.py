"""A probe that is a MIDI clock: its value is the tempo."""

import math
from typing import Final

from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.probe import NEXT_TO_NOTHING, Probe, Schedule
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import ProbeRoute

SLOWEST: Final = 1.0
FASTEST: Final = 1_000.0
"""Beats a minute; a tempo beyond is held at these."""
FORGOTTEN_AFTER: Final = midi.CLOCKS_PER_BEAT
"""Clocks that are made up for when we were kept from sending them in time; more than these are left out."""


class Clock(Probe):
    """Clocks at an even spacing, 24 a beat, while the value is above 0; each is due a spacing after the last was due.

    A new tempo counts from where we are between two clocks, so that nothing jumps. What is late is made up for at
    twice the speed at most: a receiver counts clocks, but takes the tempo from their spacing. Nothing is said when
    it stops, so that whoever follows it stays where it is; starting and stopping is for a transport probe.
    """

    def __init__(self, route: ProbeRoute, lane: Lane, schedule: Schedule) -> None:
        super().__init__(route, lane)
        self._schedule = schedule
        self._spacing: float | None = None
        self._sent_at = -math.inf
        self._due = self._next_at = math.inf
        self._wake_at = math.inf

    def receive(self, value: float, now: float) -> list[Effect]:
        before, self._spacing = self._spacing, self._spacing_at(value)
        if self._spacing is None or self._spacing == before:
            return []
        if before is None:
            self._begin(self._spacing, now)
        else:
            self._due = now + (self._due - now) / before * self._spacing
            self._next_at = now + (self._next_at - now) / before * self._spacing
        return self._go_on(now)

    def release(self, now: float) -> list[Effect]:
        self._spacing = None
        return []

    def silence(self, now: float) -> list[Effect]:
        """A clock makes no sound, and what follows it must not come to a halt."""
        return []

    def port_opened(self, now: float) -> list[Effect]:
        if self._spacing is None:
            return []
        self._begin(self._spacing, now)
        return self._go_on(now)

    def _begin(self, spacing: float, now: float) -> None:
        """The first clock is due now, but not sooner after one that was sent before than the tempo allows."""
        self._due = self._next_at = max(now, self._sent_at + spacing)

    def _go_on(self, now: float) -> list[Effect]:
        """Send the clock that is due, and see to the next."""
        if self._spacing is None or not self.lane.is_open:
            return []
        effects: list[Effect] = []
        if self._next_at <= now:
            effects = self.lane.send((midi.CLOCK,), now)
            self._sent(self._spacing, now)
        self._wake(self._next_at)
        return effects

    def _sent(self, spacing: float, now: float) -> None:
        self._sent_at = now
        if now - self._due > FORGOTTEN_AFTER * spacing:
            self._due = now
        self._due += spacing
        self._next_at = max(self._due, now + spacing / 2)

    def _wake(self, at: float) -> None:
        if at < self._wake_at:
            self._wake_at = at
            self._schedule(at, self._woken)

    def _woken(self, now: float) -> list[Effect]:
        if now < self._wake_at:
            return []  # an earlier wish, made up for since
        self._wake_at = math.inf
        return self._go_on(now)

    def _spacing_at(self, value: float) -> float | None:
        """Seconds from one clock to the next; None for no clock."""
        lowest, highest = sorted((self.route.scale.low, self.route.scale.high))
        tempo = min(max(value, lowest), highest)
        if value <= NEXT_TO_NOTHING or tempo <= NEXT_TO_NOTHING:
            return None
        return 60.0 / midi.CLOCKS_PER_BEAT / min(max(tempo, SLOWEST), FASTEST)
