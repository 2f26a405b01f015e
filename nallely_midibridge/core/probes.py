"""Nallely to MIDI: a probe that becomes messages on a port."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from nallely_midibridge.core.lane import Lane, Pace
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import ProbeRoute
from nallely_midibridge.values.midi import MidiMessage

NEXT_TO_NOTHING: Final = 1e-300
"""A gate is shut up to here: Nallely sends 2.2e-308 where it has NaN (measured on 0.7.0)."""


class Probe(ABC):
    """One route of a probe: what it wants to be heard, and what the port was sent."""

    def __init__(self, route: ProbeRoute, lane: Lane) -> None:
        self.route = route
        self.pace = Pace(route.rate) if route.rate else None
        self.lane = lane

    @abstractmethod
    def receive(self, value: float, now: float) -> list[Effect]:
        """The session sent a value: any float but NaN."""

    @abstractmethod
    def take(self) -> MidiMessage:
        """The message that goes out now."""

    @abstractmethod
    def release(self, now: float) -> list[Effect]:
        """The source of the values is gone: end what sounds."""

    @abstractmethod
    def port_opened(self, now: float) -> list[Effect]:
        """The port is there, and knows nothing: it is told the present state."""


class Continuous(Probe):
    """A probe that is a controller, pitch bend, pressure or a program."""

    def __init__(self, route: ProbeRoute, lane: Lane) -> None:
        super().__init__(route, lane)
        self._wanted: MidiMessage | None = None
        self._sent: MidiMessage | None = None
        self._encode = _ENCODERS[route.destination.kind]

    def receive(self, value: float, now: float) -> list[Effect]:
        message = self._encode(self.route, self.route.scale.position(value))
        if message == self._wanted:
            return []
        self._wanted = message
        if message == self._sent:
            self.lane.withdraw(self)
            return []
        return self.lane.offer(self, now)

    def take(self) -> MidiMessage:
        assert self._wanted is not None
        self._sent = self._wanted
        return self._wanted

    def release(self, now: float) -> list[Effect]:
        return []

    def port_opened(self, now: float) -> list[Effect]:
        self._sent = None
        return [] if self._wanted is None else self.lane.offer(self, now)


class Note(Probe):
    """A probe that plays: the note its value says, or one fixed note while the value is above 0.

    A note-off never waits. A note-on may wait for its turn, and is forgotten when the probe wants another by then.
    """

    def __init__(self, route: ProbeRoute, lane: Lane) -> None:
        super().__init__(route, lane)
        self._wanted: int | None = None
        self._sounding: int | None = None

    def receive(self, value: float, now: float) -> list[Effect]:
        note = self._note(value)
        if note == self._wanted:
            return []
        effects = self.release(now)
        self._wanted = note
        return effects if note is None else effects + self.lane.offer(self, now)

    def take(self) -> MidiMessage:
        assert self._wanted is not None
        self._sounding = self._wanted
        destination = self.route.destination
        return (midi.NOTE_ON | destination.channel, self._wanted, destination.velocity)

    def release(self, now: float) -> list[Effect]:
        self.lane.withdraw(self)
        note, self._sounding, self._wanted = self._sounding, None, None
        return [] if note is None else self.lane.send((midi.NOTE_OFF | self.route.destination.channel, note, 0), now)

    def port_opened(self, now: float) -> list[Effect]:
        self._sounding = None
        return [] if self._wanted is None else self.lane.offer(self, now)

    def _note(self, value: float) -> int | None:
        """The note that a value means, None for silence: below 0.5, or for a gate, not above 0."""
        if self.route.destination.kind is DestinationKind.GATE:
            return self.route.destination.number if value > NEXT_TO_NOTHING else None
        if value < 0.5:
            return None
        scale = self.route.scale
        lowest, highest = sorted((scale.low, scale.high))
        return math.floor(min(max(value, lowest, 1.0), highest, 127.0) + 0.5)


def make_probe(route: ProbeRoute, lane: Lane) -> Probe:
    """The probe of a route."""
    plays = route.destination.kind in (DestinationKind.NOTE, DestinationKind.GATE)
    return Note(route, lane) if plays else Continuous(route, lane)


def _cc(route: ProbeRoute, position: float) -> MidiMessage:
    destination = route.destination
    assert destination.number is not None
    return (midi.CONTROL_CHANGE | destination.channel, destination.number, round(position * 127))


def _pitchbend(route: ProbeRoute, position: float) -> MidiMessage:
    bend = midi.bend_value(position)
    return (midi.PITCH_BEND | route.destination.channel, bend & 0x7F, bend >> 7)


def _pressure(route: ProbeRoute, position: float) -> MidiMessage:
    return (midi.CHANNEL_PRESSURE | route.destination.channel, round(position * 127))


def _program(route: ProbeRoute, position: float) -> MidiMessage:
    return (midi.PROGRAM_CHANGE | route.destination.channel, round(position * 127))


_ENCODERS: Final[dict[DestinationKind, Callable[[ProbeRoute, float], MidiMessage]]] = {
    DestinationKind.CC: _cc,
    DestinationKind.PITCHBEND: _pitchbend,
    DestinationKind.PRESSURE: _pressure,
    DestinationKind.PROGRAM: _program,
}
