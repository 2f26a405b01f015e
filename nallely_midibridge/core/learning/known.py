"""Which routes of a mapping a control moves already."""

from collections.abc import Collection
from typing import Final

from nallely_midibridge.values import midi
from nallely_midibridge.values.lesson import Lesson
from nallely_midibridge.values.mapping import Mapping, VoiceBlock
from nallely_midibridge.values.source import CLOCKED, Source, SourceKind

_FAMILIES: Final = {
    SourceKind.CC14: SourceKind.CC,
    SourceKind.NOTE_VELOCITY: SourceKind.NOTE_GATE,
    SourceKind.NOTE_NUMBER: SourceKind.NOTE_GATE,
    **dict.fromkeys(CLOCKED, SourceKind.CLOCK_BPM),
}
"""Kinds that are other views of the same messages."""


def moved_by(lesson: Lesson, mapping: Mapping, ports: Collection[str]) -> list[str]:
    """The parameters that follow a control of the ports with these short names, such as ``keys.cutoff``."""
    return [
        f"{neuron.name}.{route.parameter}"
        for neuron in mapping.neurons
        for route in neuron.params
        if route.source.port in ports and overlaps(lesson.source, route.source)
    ]


def played_by(lesson: Lesson, mapping: Mapping, ports: Collection[str]) -> list[str]:
    """The voices that a key of these ports plays, such as ``keys.voice1 to voice4``."""
    return [
        f"{neuron.name}.{block.voices[0]}" + (f" to {block.voices[-1]}" if len(block.voices) > 1 else "")
        for neuron in mapping.neurons
        for block in neuron.voices
        if block.port in ports and _plays(lesson, block)
    ]


def overlaps(one: Source, other: Source) -> bool:
    """Whether a message may be about both sources, of whatever port."""
    if _FAMILIES.get(one.kind, one.kind) is not _FAMILIES.get(other.kind, other.kind):
        return False
    if not one.channels & other.channels:
        return False
    return one.number is None or other.number is None or bool(_numbers(one) & _numbers(other))


def _numbers(source: Source) -> set[int | None]:
    return {source.number, source.fine} - {None}


def _plays(lesson: Lesson, block: VoiceBlock) -> bool:
    source = lesson.source
    if source.kind is not SourceKind.NOTE_GATE or not block.channels & source.channels:
        return False
    return block.lowest <= lesson.message[1] <= block.highest and midi.starts_note(lesson.message)
