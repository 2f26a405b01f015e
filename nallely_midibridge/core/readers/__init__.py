"""MIDI to positions: what the messages of a source say of where its control is.

`Control` makes one reader, gives it the messages that its source is made of (`inlet.py` has the list), and has its
`wake` called at the times it asks for.
"""

from collections.abc import Callable
from typing import Final

from nallely_midibridge.core.readers.clock import Beat, Running, Transport
from nallely_midibridge.core.readers.fine import Pair
from nallely_midibridge.core.readers.notes import Gate, Number, Velocity
from nallely_midibridge.core.readers.parameters import Data
from nallely_midibridge.core.readers.plain import Bend, Controller, Pressure, Program
from nallely_midibridge.core.readers.reader import Reader, Schedule
from nallely_midibridge.core.readers.tempo import Tempo
from nallely_midibridge.values.source import Source, SourceKind

__all__ = ["Reader", "Schedule", "make_reader"]


def make_reader(source: Source, schedule: Schedule) -> Reader:
    """What reads a source. ``schedule`` asks for its `Reader.wake`."""
    return _READERS[source.kind](source, schedule)


_READERS: Final[dict[SourceKind, Callable[[Source, Schedule], Reader]]] = {
    SourceKind.CC: lambda source, schedule: Controller(),
    SourceKind.CC14: lambda source, schedule: Pair(source.number, source.fine, source.fine_first, schedule),
    SourceKind.NRPN: lambda source, schedule: Data(source.bits, schedule),
    SourceKind.RPN: lambda source, schedule: Data(source.bits, schedule),
    SourceKind.NOTE_GATE: lambda source, schedule: Gate(),
    SourceKind.NOTE_VELOCITY: lambda source, schedule: Velocity(),
    SourceKind.NOTE_NUMBER: lambda source, schedule: Number(),
    SourceKind.PITCHBEND: lambda source, schedule: Bend(),
    SourceKind.PRESSURE: lambda source, schedule: Pressure(),
    SourceKind.POLY_PRESSURE: lambda source, schedule: Pressure(),
    SourceKind.PROGRAM: lambda source, schedule: Program(),
    SourceKind.CLOCK_BPM: lambda source, schedule: Tempo(),
    SourceKind.CLOCK_BEAT: lambda source, schedule: Beat(schedule),
    SourceKind.CLOCK_RUNNING: lambda source, schedule: Running(schedule),
    SourceKind.TRANSPORT: lambda source, schedule: Transport(),
}
