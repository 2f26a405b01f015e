"""Nallely to MIDI: a probe that becomes messages on a port."""

import math
from abc import ABC, abstractmethod
from typing import Final

from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, SendMidi
from nallely_midibridge.values.mapping import DestinationKind, ProbeRoute
from nallely_midibridge.values.midi import MidiMessage

NEXT_TO_NOTHING: Final = 1e-300
"""A gate is shut up to here: Nallely sends 2.2e-308 where it has NaN (measured on 0.7.0)."""


class Probe(ABC):
    """One route of a probe. A message is sent when it differs from the one before, while the port is there."""

    def __init__(self, route: ProbeRoute) -> None:
        self.route = route
        self._port = route.destination.port
        self._status = route.destination.channel
        self._open = False

    @abstractmethod
    def receive(self, value: float) -> list[Effect]:
        """The session sent a value: any float but NaN."""

    @abstractmethod
    def release(self) -> list[Effect]:
        """The source of the values is gone: end what sounds."""

    def port_opened(self) -> list[Effect]:
        """The port is there, and knows nothing: it is told the present state."""
        self._open = True
        return self._present()

    def port_lost(self) -> None:
        """The port is gone, and with it what sounded on it. The probe is still followed."""
        self._open = False

    @abstractmethod
    def _present(self) -> list[Effect]: ...

    def _send(self, *message: int) -> list[Effect]:
        return [SendMidi(self._port, message)] if self._open else []


class Continuous(Probe):
    """A probe that is a controller, pitch bend, pressure or a program."""

    def __init__(self, route: ProbeRoute) -> None:
        super().__init__(route)
        self._sent: MidiMessage | None = None
        self._encode = _ENCODERS[route.destination.kind]

    def receive(self, value: float) -> list[Effect]:
        message = self._encode(self.route, self.route.scale.position(value))
        if message == self._sent:
            return []
        self._sent = message
        return self._send(*message)

    def release(self) -> list[Effect]:
        return []

    def _present(self) -> list[Effect]:
        return self._send(*self._sent) if self._sent is not None else []


class Note(Probe):
    """A probe that plays: the note its value says, or one fixed note while the value is above 0."""

    def __init__(self, route: ProbeRoute) -> None:
        super().__init__(route)
        self._sounding: int | None = None

    def receive(self, value: float) -> list[Effect]:
        note = self._note(value)
        if note == self._sounding:
            return []
        effects = self.release()
        self._sounding = note
        return effects + self._present()

    def release(self) -> list[Effect]:
        note, self._sounding = self._sounding, None
        return [] if note is None else self._send(midi.NOTE_OFF | self._status, note, 0)

    def _present(self) -> list[Effect]:
        if self._sounding is None:
            return []
        return self._send(midi.NOTE_ON | self._status, self._sounding, self.route.destination.velocity)

    def _note(self, value: float) -> int | None:
        """The note that a value means, None for silence: below 0.5, or for a gate, not above 0."""
        if self.route.destination.kind is DestinationKind.GATE:
            return self.route.destination.number if value > NEXT_TO_NOTHING else None
        if value < 0.5:
            return None
        scale = self.route.scale
        lowest, highest = sorted((scale.low, scale.high))
        return math.floor(min(max(value, lowest, 1.0), highest, 127.0) + 0.5)


def make_probe(route: ProbeRoute) -> Probe:
    """The probe of a route."""
    plays = route.destination.kind in (DestinationKind.NOTE, DestinationKind.GATE)
    return Note(route) if plays else Continuous(route)


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


_ENCODERS: Final = {
    DestinationKind.CC: _cc,
    DestinationKind.PITCHBEND: _pitchbend,
    DestinationKind.PRESSURE: _pressure,
    DestinationKind.PROGRAM: _program,
}
