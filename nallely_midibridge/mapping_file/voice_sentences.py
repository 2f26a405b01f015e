"""What voices do, in a sentence: ``keys C2 to B4 on any channel of keys play keys.voice1 to voice4, …``."""

from collections.abc import Iterator, Sequence
from typing import Final

from nallely_midibridge.mapping_file import spoken
from nallely_midibridge.values.mapping import Allocation, Mpe, Priority, Steal, VoiceBlock
from nallely_midibridge.values.midi import DATA_MAX, note_name

_DEFAULT_GAP: Final = 0.05
_PRIORITIES: Final = {Priority.LAST: "the last", Priority.HIGH: "the highest", Priority.LOW: "the lowest"}


def voices_sentence(neuron: str, block: VoiceBlock) -> str:
    """What a block of voices does, as one sentence without a full stop."""
    played = f"play {_each(neuron, block.voices)}"
    return ", ".join([f"{_keys(block)} on {_channels(block)} of {block.port} {played}", *_clauses(neuron, block)])


def _each(neuron: str, names: Sequence[str]) -> str:
    """``keys.voice1 to voice4``."""
    if len(names) == 1:
        return f"{neuron}.{names[0]}"
    return f"{neuron}.{names[0]} {'and' if len(names) == 2 else 'to'} {names[-1]}"


def _keys(block: VoiceBlock) -> str:
    is_all = (block.lowest, block.highest) == (0, DATA_MAX)
    keys = "all keys" if is_all else f"keys {note_name(block.lowest)} to {note_name(block.highest)}"
    struck = (block.softest, block.loudest) != (1, DATA_MAX)
    return keys + f" of velocity {block.softest} to {block.loudest}" * struck


def _channels(block: VoiceBlock) -> str:
    if block.mpe is None:
        return spoken.channels(block.channels)
    lower, upper = block.mpe.lower, block.mpe.upper
    zones = [_zone(2, lower + 1)] * (lower > 0) + [_zone(15, 16 - upper)] * (upper > 0)
    return f"MPE channel{'s' * (lower + upper > 1)} {' and '.join(zones)}"


def _zone(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _clauses(neuron: str, block: VoiceBlock) -> Iterator[str]:
    if block.transpose:
        half_tones = "a semitone" if abs(block.transpose) == 1 else f"{abs(block.transpose)} semitones"
        yield f"{half_tones} {'higher' if block.transpose > 0 else 'lower'}"
    if curve := spoken.curve(block.velocity_curve):
        yield f"velocities bent {curve}"
    if block.velocities:
        yield f"velocity in {_each(neuron, block.velocities)}"
    if block.mpe:
        yield from _mpe(neuron, block.mpe)
    if block.retrigger_gap != _DEFAULT_GAP:
        yield f"with {spoken.duration(block.retrigger_gap)} between two notes of a voice"
    yield from _allocation(block)


def _mpe(neuron: str, mpe: Mpe) -> Iterator[str]:
    yield f"bent by up to {spoken.number(mpe.bend_range)} semitones"
    for word, names in (("bend", mpe.bends), ("pressure", mpe.pressures), ("timbre", mpe.timbres)):
        if names:
            yield f"{word} in {_each(neuron, names)}"


def _allocation(block: VoiceBlock) -> Iterator[str]:
    """Who plays what, and who gives way."""
    if block.allocation in (Allocation.UNISON, Allocation.MONO):
        together = "all together, " * (block.allocation is Allocation.UNISON)
        yield f"{together}one note at a time and {_PRIORITIES[block.priority]} first{', legato' * block.legato}"
        return
    if block.allocation is Allocation.LOWEST:
        yield "the first free voice each"
    who = "it" if len(block.voices) == 1 else f"the {block.steal.value}"
    if block.steal is Steal.NONE:
        yield "and further keys are silent"
    else:
        back = ", and comes back when another ends" * block.restore
        yield f"and {who} gives way to further keys{back}"
