"""What a probe becomes on a MIDI port."""

from dataclasses import dataclass
from enum import Enum

from nallely_midibridge.values import midi


class DestinationKind(Enum):
    """What a probe becomes on a MIDI port. The value is the word in the mapping file."""

    CC = "cc"
    NOTE = "note"
    GATE = "gate"
    PITCHBEND = "pitchbend"
    PRESSURE = "pressure"
    PROGRAM = "program"


_STATUSES = {
    DestinationKind.CC: midi.CONTROL_CHANGE,
    DestinationKind.NOTE: midi.NOTE_ON,
    DestinationKind.GATE: midi.NOTE_ON,
    DestinationKind.PITCHBEND: midi.PITCH_BEND,
    DestinationKind.PRESSURE: midi.CHANNEL_PRESSURE,
    DestinationKind.PROGRAM: midi.PROGRAM_CHANGE,
}


@dataclass(frozen=True, slots=True)
class Destination:
    """What a probe sends. ``number`` is a controller or, for a gate, its note."""

    port: str
    kind: DestinationKind
    number: int | None = None
    channel: int = 0
    velocity: int = 100

    @property
    def address(self) -> midi.Address:
        """What its messages are about; a note's number, which its probe chooses, is 0 here."""
        return _STATUSES[self.kind] | self.channel, self.number or 0

    def carries(self, port: str, message: midi.MidiMessage) -> bool:
        """Whether this destination may have sent a message."""
        (status, number), _ = midi.split(message)
        return (port, status) == (self.port, self.address[0]) and self.number in (None, number)
