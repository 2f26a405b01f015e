"""What the wiring of a neuron is, in sentences: ``keys.voice1 to voice4 go to all keys of X0 of MIDIBridge0, …``."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from nallely_midibridge.mapping_file.spoken import number
from nallely_midibridge.values.mapping import Neuron
from nallely_midibridge.values.session import ALL_KEYS
from nallely_midibridge.values.wiring import ScaleTo, Scaling, Wire, WireEnd


def wiring_sentences(neuron: Neuron) -> Iterator[str]:
    """A sentence for each link, those to one destination together, and how they are made."""
    for _, group in groupby(neuron.wiring, key=_alike):
        yield _sentence(neuron.name, list(group))
    if neuron.wiring and neuron.trevor:
        yield f"links are made after every connect, through {neuron.trevor.url}"


def _alike(wire: Wire) -> object:
    return wire.destination, wire.scaling, wire.create, wire.source.device


def _sentence(neuron: str, wires: Sequence[Wire]) -> str:
    wire = wires[0]
    names = [each.source.parameter for each in wires]
    sources = _end(wire.source, neuron) if len(wires) == 1 else _several(neuron, wire.source, names)
    verb = "goes to" if len(wires) == 1 else "go to"
    return ", ".join([f"{sources} {verb} {_end(wire.destination, neuron)}", *_clauses(neuron, wires)])


def _several(neuron: str, first: WireEnd, names: Sequence[str]) -> str:
    """``keys.voice1 to voice4``."""
    owner = neuron if first.is_ours else first.device_words
    word = "and" if len(names) == 2 else "to"
    return f"{owner}.{names[0]} {word} {names[-1]}"


def _end(end: WireEnd, neuron: str) -> str:
    if end.is_ours:
        return f"{neuron}.{end.parameter}"
    device = f"the {end.device_words}" if end.is_first else end.device
    section, _, name = end.parameter.partition(".")
    if name.isdecimal():
        return f"key {name} of {section} of {device}"
    if name == ALL_KEYS:
        return f"all keys of {section} of {device}"
    return f"{end.parameter} of {device}"


def _clauses(neuron: str, wires: Sequence[Wire]) -> Iterator[str]:
    wire = wires[0]
    if wire.scaling is Scaling.RAW:
        yield "raw"
    elif wire.scaling is Scaling.AUTO:
        yield "scaled by the ranges"
    elif isinstance(wire.scaling, ScaleTo):
        whole = " in whole numbers" * wire.scaling.as_int
        yield f"scaled to {number(wire.scaling.low)} to {number(wire.scaling.high)}{whole}"
    if wire.create:
        yield "and the device is made if it is missing"
