"""What an event costs the engine with ten routes, with a thousand, and with ten thousand."""

import gc
from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from benchmarks.batches import HOW, Spot, Stage, costs
from benchmarks.measure import BRIDGE, AtMost, Effort, Figure, Measure
from benchmarks.places import Place
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind

SIZES: Final = (10, 1_000, 10_000)
GOAL: Final = AtMost(1.05)
"""What an event may cost with more routes, as a multiple of what it costs with ten."""
PLAYED: Final = 5
"""Params, and as many probes, that events are about: all that the smallest mapping has."""

NEURON: Final = "keys"
UNIT: Final = Scale(0, 1)
A_PORT: Final = 8 * 128
"""Params, and as many probes, on one port: a controller each on half of the channels."""


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """One measure, whose samples are medians of as many batches as the effort has notes."""
    how = f"{HOW}; about {PLAYED} controls, as many probes and one of 16 voices; median of {effort.notes} batches"
    in_turn = f"{how}; here each controller and each value is about another route than the one before, of all there are"
    beside = "the median over these batches, each divided by the batch of 10 routes in the same turn"
    figures = [Figure(f"an event, {size:,} routes", "µs", how) for size in SIZES]
    figures.append(Figure("10,000, all of them in turn", "µs", in_turn))
    figures += [Figure(f"{size:,} routes beside 10", "times", beside, (GOAL,)) for size in SIZES[1:]]
    figures.append(Figure("10,000 in turn beside 10", "times", beside))
    return [Measure("the cost of an event by routes", figures, {BRIDGE: partial(_costs, effort.notes)})]


def _costs(batches: int) -> Sequence[float]:
    stages = [_stage(size) for size in SIZES]
    took, beside = costs([*((stage, PLAYED) for stage in stages), (stages[-1], 0)], batches)
    return [*took, *beside]


@cache
def _stage(size: int) -> Stage:
    """One stage a process: setting up ten thousand routes takes longer than playing on them."""
    indices = range(size // 2)
    spots = [Spot(*_place(index), NEURON, f"probe{index}", "port0") for index in indices]
    stage = Stage(_mapping(indices), spots)
    gc.collect()
    gc.freeze()  # as the daemon does once it has started
    return stage


def _mapping(indices: range) -> Mapping:
    names = sorted({_place(index)[0] for index in indices})
    ports = tuple(Port(name, virtual=name, rate=100_000.0) for name in names)
    params = tuple(param(f"param{index}", *_place(index)) for index in indices)
    probes = tuple(probe(f"probe{index}", *_place(index)) for index in indices)
    return Mapping(ports, (Neuron(NEURON, voices=(voices("port0"),), params=params, probes=probes),))


def voices(port: str) -> VoiceBlock:
    """Sixteen, played on a port."""
    name = f"{port}voice"
    return VoiceBlock(name, tuple(f"{name}{i}" for i in range(16)), port, retrigger_gap=0.0)


def param(name: str, port: str, channel: int, controller: int) -> ParamRoute:
    """A controller to a parameter."""
    return ParamRoute(name, Source(port, SourceKind.CC, controller, frozenset({channel})), UNIT)


def probe(name: str, port: str, channel: int, controller: int) -> ProbeRoute:
    """A probe to a controller, on the channels that params leave."""
    return ProbeRoute(name, Destination(port, DestinationKind.CC, controller, channel + 8), UNIT)


def _place(index: int) -> tuple[str, int, int]:
    """The port, channel and controller of a param."""
    port, rest = divmod(index, A_PORT)
    return f"port{port}", *divmod(rest, 128)
