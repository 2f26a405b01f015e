"""The line of a mapping file for a control that was moved, and what people call that control."""

from dataclasses import dataclass
from typing import Final

from nallely_midibridge.mapping_file.plugged import scalar
from nallely_midibridge.mapping_file.words import RPN_NAMES
from nallely_midibridge.values import midi
from nallely_midibridge.values.lesson import Lesson
from nallely_midibridge.values.source import Source, SourceKind

_CONTROLLERS: Final = {
    1: "mod",
    2: "breath",
    4: "foot",
    5: "glide",
    7: "volume",
    8: "balance",
    10: "pan",
    11: "expression",
    64: "sustain",
    65: "portamento",
    66: "sostenuto",
    67: "soft",
    71: "resonance",
    72: "release",
    73: "attack",
    74: "cutoff",
    75: "decay",
    91: "reverb",
    93: "chorus",
}
"""What controllers are for (MIDI 1.0, table III, and General MIDI 2), as short names."""
_NAMES: Final = {
    SourceKind.PITCHBEND: "bend",
    SourceKind.PRESSURE: "press",
    SourceKind.POLY_PRESSURE: "touch",
    SourceKind.PROGRAM: "program",
    SourceKind.CLOCK_BPM: "bpm",
    SourceKind.TRANSPORT: "play",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line for the ``section`` of a neuron, ``voices`` or ``params``: its ``name`` and the ``body`` behind it."""

    section: str
    name: str
    body: str

    def __str__(self) -> str:
        return f"{scalar(self.name)}: {self.body}"


def lesson_lines(lesson: Lesson, name: str, voices: str) -> list[Line]:
    """What to write for a control, under a name; for the first key of a channel also that of its voices, before."""
    source = lesson.source
    param = Line("params", name, f"{{{', '.join(_words(lesson))}}}")
    if not lesson.begins_channel:
        return [param]
    channel = min(source.channels) + 1
    return [Line("voices", voices, f"{{from: {scalar(source.port)}, channel: {channel}}}"), param]


def control(lesson: Lesson) -> str:
    """What people call the control: ``CC 74 on channel 1``, ``CC 16 on channel 1, an endless encoder``."""
    source = lesson.source
    if source.kind is SourceKind.CLOCK_BPM:
        return "clock"
    if source.kind is SourceKind.TRANSPORT:
        return "start and stop"
    endless = ", an endless encoder" if lesson.encoding else ""
    return f"{_subject(lesson)} on channel {min(source.channels) + 1}{endless}"


def _subject(lesson: Lesson) -> str:
    source = lesson.source
    match source.kind:
        case SourceKind.CC14:
            return f"CC {source.number} with CC {source.fine} (14 bits)"
        case SourceKind.NRPN | SourceKind.RPN:
            return f"{source.kind.name} {source.number}"
        case SourceKind.POLY_PRESSURE:
            return "pressure of each key"
        case _:
            return midi.subject(lesson.message).partition(" on channel ")[0]


def suggested_name(source: Source) -> str:
    """A name for what a source moves: what the control is for, or else its kind and number."""
    match source.kind:
        case SourceKind.CC | SourceKind.CC14:
            return _CONTROLLERS.get(source.number or 0, f"cc{source.number}")
        case SourceKind.NRPN | SourceKind.RPN:
            return f"{source.kind.value}{source.number}"
        case SourceKind.NOTE_GATE:
            return f"pad{source.number}"
        case _:
            return _NAMES[source.kind]


def _words(lesson: Lesson) -> list[str]:
    source = lesson.source
    words = [f"from: {scalar(source.port)}", _source(source)]
    if source.kind not in (SourceKind.CLOCK_BPM, SourceKind.TRANSPORT):
        words.append(f"channel: {min(source.channels) + 1}")
    if source.bits == 7:
        words.append("bits: 7")
    if lesson.encoding is not None:
        words.append("mode: relative")
        words.append(f"encoding: {lesson.encoding.value}")
    return words


def _source(source: Source) -> str:
    number = source.number
    match source.kind:
        case SourceKind.CC14 if source.fine_first:
            return f"cc14: {{coarse: {number}, fine: {source.fine}, fine_first: true}}"
        case SourceKind.CC | SourceKind.CC14 | SourceKind.NRPN:
            return f"{source.kind.value}: {number}"
        case SourceKind.RPN:
            return f"rpn: {next((name for name, known in RPN_NAMES.items() if known == number), number)}"
        case SourceKind.NOTE_GATE:
            return f"note: {midi.note_name(number or 0)}"
        case SourceKind.POLY_PRESSURE:
            return "poly_pressure: any"
        case SourceKind.CLOCK_BPM:
            return "clock: bpm"
        case _:
            return f"{source.kind.value}: true"
