"""What a parameter follows on a MIDI port."""

from dataclasses import dataclass
from enum import Enum

ALL_CHANNELS = frozenset(range(16))


class SourceKind(Enum):
    """What part of a MIDI stream a parameter follows. The value is the words in the mapping file."""

    CC = "cc"
    CC14 = "cc14"
    NRPN = "nrpn"
    RPN = "rpn"
    NOTE_GATE = "note gate"
    NOTE_VELOCITY = "note velocity"
    NOTE_NUMBER = "note number"
    PITCHBEND = "pitchbend"
    PRESSURE = "pressure"
    POLY_PRESSURE = "poly_pressure"
    PROGRAM = "program"
    CLOCK_BPM = "clock bpm"
    CLOCK_BEAT = "clock beat"
    CLOCK_RUNNING = "clock running"
    TRANSPORT = "transport"


SPELT = frozenset({SourceKind.NRPN, SourceKind.RPN})
"""What is spelt with several controllers of its channel."""

CLOCKED = frozenset({SourceKind.CLOCK_BPM, SourceKind.CLOCK_BEAT, SourceKind.CLOCK_RUNNING})
"""What is heard of a clock's ticks."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where on a port a parameter's value comes from.

    * ``number`` is a controller 0-127 (of a ``CC14`` the coarse one), a note 0-127, or a parameter number 0-16383 of
      an ``NRPN`` or ``RPN``; None where the kind has none, and for any note.
    * ``fine`` is the controller with the low seven bits of a ``CC14``, 32 above the coarse one as a rule; with
      ``fine_first`` the device sends it before the coarse one.
    * ``bits`` is what an ``NRPN`` or ``RPN`` carries: 14, or 7 for a device that sends no fine half.
    """

    port: str
    kind: SourceKind
    number: int | None = None
    channels: frozenset[int] = ALL_CHANNELS
    fine: int | None = None
    fine_first: bool = False
    bits: int = 14
