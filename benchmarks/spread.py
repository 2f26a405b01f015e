"""What an event costs the engine with one port and one neuron, and with many of both."""

import gc
from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from benchmarks.batches import HOW, Spot, Stage, costs
from benchmarks.measure import BRIDGE, AtMost, Effort, Figure, Measure
from benchmarks.places import Place
from benchmarks.routes import param, probe, voices
from nallely_midibridge.values.mapping import Mapping, Neuron, Port

PORTS: Final = 64
NEURONS: Final = 16
CONTROLS: Final = 5
"""Params of a port, and as many probes; each port plays sixteen voices, too."""
GOAL: Final = AtMost(1.1)
"""What an event may cost with many, as a multiple of what it costs with one."""


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """One measure, whose samples are medians of as many batches as the effort has notes."""
    how = f"{HOW}; about {CONTROLS} params and as many probes of one port; median of {effort.notes} batches"
    in_turn = f"{how}; here each is about another port and another neuron than the one before, of all there are"
    beside = "the median over these batches, each divided by the batch of one port and neuron in the same turn"
    many = f"{PORTS} ports, {NEURONS} neurons"
    figures = (
        Figure("an event, one port and neuron", "µs", how),
        Figure(f"an event, {many}", "µs", how),
        Figure("all of them in turn", "µs", in_turn),
        Figure(f"{many} beside one", "times", beside, (GOAL,)),
        Figure("all of them in turn beside one", "times", beside),
    )
    return [Measure("the cost of an event by ports and neurons", figures, {BRIDGE: partial(_costs, effort.notes)})]


def _costs(batches: int) -> Sequence[float]:
    one, many = _stage(1, 1), _stage(PORTS, NEURONS)
    took, beside = costs(((one, CONTROLS), (many, CONTROLS), (many, 0)), batches)
    return [*took, *beside]


@cache
def _stage(ports: int, neurons: int) -> Stage:
    spots = [
        Spot(f"port{port}", 0, control, f"neuron{port % neurons}", f"probe{port}x{control}", f"port{port}")
        for port in range(ports)
        for control in range(CONTROLS)
    ]
    in_turn = spots[:CONTROLS] + sorted(spots[CONTROLS:], key=lambda spot: spot.controller)
    stage = Stage(_mapping(ports, neurons), in_turn)
    gc.collect()
    gc.freeze()  # as the daemon does once it has started
    return stage


def _mapping(ports: int, neurons: int) -> Mapping:
    names = [f"port{number}" for number in range(ports)]
    return Mapping(
        tuple(Port(name, virtual=name, rate=100_000.0) for name in names),
        tuple(_neuron(number, range(number, ports, neurons)) for number in range(neurons)),
    )


def _neuron(number: int, ports: range) -> Neuron:
    """One with voices, params and probes of each of its ports."""
    spots = [(port, control) for port in ports for control in range(CONTROLS)]
    return Neuron(
        f"neuron{number}",
        voices=tuple(voices(f"port{port}") for port in ports),
        params=tuple(param(f"param{port}x{control}", f"port{port}", 0, control) for port, control in spots),
        probes=tuple(probe(f"probe{port}x{control}", f"port{port}", 0, control) for port, control in spots),
    )
