"""What a parameter follows on a MIDI port."""

from dataclasses import dataclass
from enum import Enum

ALL_CHANNELS = frozenset(range(16))


class SourceKind(Enum):
    """What part of a MIDI stream a parameter follows. The value is the word in the mapping file."""

    CC = "cc"
    NOTE_GATE = "note gate"
    NOTE_VELOCITY = "note velocity"
    NOTE_NUMBER = "note number"
    PITCHBEND = "pitchbend"
    PRESSURE = "pressure"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Source:
    """Where on a port a parameter's value comes from. ``number`` is a controller or a note; None: any note."""

    port: str
    kind: SourceKind
    number: int | None = None
    channels: frozenset[int] = ALL_CHANNELS
