"""A probe that plays: the note its value says, or one fixed note while the value is above 0."""

import math
from collections.abc import Iterator
from typing import Final

from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.probe import NEXT_TO_NOTHING, Listener, Probe, Schedule
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import LONGEST_NOTE, ProbeRoute
from nallely_midibridge.values.midi import MidiMessage

SHORTEST_NOTE: Final = 0.005
"""Seconds that a note lasts at least when a parameter says how long: one of no length would be heard by nobody."""
FOR_EVER: Final = math.inf


class Note(Probe):
    """One note at a time; a velocity and a length count when a note begins.

    A note-off never waits. A note-on may wait for its turn, and is forgotten when the probe wants another by then.
    With legato a note waits for the next one to begin. A note that its length has ended begins again only after
    another value: what is sent twice is not meant twice.
    """

    def __init__(self, route: ProbeRoute, lane: Lane, schedule: Schedule) -> None:
        super().__init__(route, lane)
        self._schedule = schedule
        self._velocity = route.destination.velocity
        self._length = FOR_EVER if route.destination.length is None else route.destination.length
        self._wanted: int | None = None
        self._wanted_until = FOR_EVER
        self._sounding: int | None = None
        self._sounds_until = FOR_EVER

    @property
    def listeners(self) -> Iterator[tuple[str, Listener]]:
        destination = self.route.destination
        yield from super().listeners
        if destination.velocity_from is not None:
            yield destination.velocity_from, self._receive_velocity
        if destination.length_from is not None:
            yield destination.length_from, self._receive_length

    def receive(self, value: float, now: float) -> list[Effect]:
        note = self._note(value)
        if note == self._wanted:
            return []
        if note is None:
            return self.release(now)
        self._wanted, self._wanted_until = note, now + self._length
        if note == self._sounding:
            self.lane.withdraw(self)
            return []
        effects = [] if self.route.destination.legato else self._end(now)
        return effects + self.lane.offer(self, now)

    def take(self, now: float) -> tuple[MidiMessage, ...]:
        """The note-on, which goes out now; with legato also the end of the note before."""
        assert self._wanted is not None
        before, self._sounding = self._sounding, self._wanted
        self._wanted_until = self._sounds_until = now + self._length
        if self._sounds_until < FOR_EVER:
            self._schedule(self._sounds_until, self._end_in_time)
        begin = (midi.NOTE_ON | self.route.destination.channel, self._wanted, self._velocity)
        return (begin,) if before is None else (begin, self._note_off(before))

    def release(self, now: float) -> list[Effect]:
        self.lane.withdraw(self)
        self._wanted = None
        return self._end(now)

    def port_opened(self, now: float) -> list[Effect]:
        """What sounded when the port was lost may sound still, behind an interface whose cable was pulled."""
        effects = self._end(now)
        is_over = self._wanted is None or self._wanted_until <= now
        return effects if is_over else effects + self.lane.offer(self, now)

    def _receive_velocity(self, value: float, now: float) -> list[Effect]:
        """0 is as soft as can be: whether there is a note is not for the velocity to say."""
        self._velocity = _nearest(value, 1, midi.DATA_MAX)
        return []

    def _receive_length(self, value: float, now: float) -> list[Effect]:
        self._length = min(max(value, SHORTEST_NOTE), LONGEST_NOTE)
        return []

    def _end_in_time(self, now: float) -> list[Effect]:
        return self._end(now) if self._sounds_until <= now else []

    def _end(self, now: float) -> list[Effect]:
        if not self.lane.is_open:
            return []  # it is ended when the port is back
        note, self._sounding = self._sounding, None
        return [] if note is None else self.lane.send(self._note_off(note), now)

    def _note_off(self, note: int) -> MidiMessage:
        return (midi.NOTE_OFF | self.route.destination.channel, note, 0)

    def _note(self, value: float) -> int | None:
        """The note that a value means, None for silence: below 0.5, or for a gate, not above 0."""
        if self.route.destination.kind is DestinationKind.GATE:
            return self.route.destination.number if value > NEXT_TO_NOTHING else None
        if value < 0.5:
            return None
        lowest, highest = sorted((self.route.scale.low, self.route.scale.high))
        return _nearest(value, max(lowest, 1.0), min(highest, midi.DATA_MAX))


def _nearest(value: float, lowest: float, highest: float) -> int:
    return math.floor(min(max(value, lowest), highest) + 0.5)
