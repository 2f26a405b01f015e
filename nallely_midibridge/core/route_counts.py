"""What passed on each route of a neuron, told from what passed of its parameters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nallely_midibridge.core.traffic import Traffic
from nallely_midibridge.values.counts import RouteCounts
from nallely_midibridge.values.mapping import Neuron, VoiceBlock

NOTHING: Final = Traffic(b"")


def route_counts(neuron: Neuron, traffic: Mapping[str, Traffic], now: float) -> Iterator[RouteCounts]:
    """The routes in the order of the mapping: voice blocks, params, probes."""
    for block in neuron.voices:
        route = RouteCounts(neuron.name, "voices", block.name, block.port, "keys")
        yield _sent(route, [traffic.get(name, NOTHING) for name in _parameters(block)], _parameters(block), now)
    for param in neuron.params:
        route = RouteCounts(neuron.name, "param", param.parameter, param.source.port, param.source.kind.value)
        yield _sent(route, [traffic.get(param.parameter, NOTHING)], [param.parameter], now)
    for probe in neuron.probes:
        to = probe.destination
        route = RouteCounts(neuron.name, "probe", probe.parameter, to.port, to.kind.value)
        heard = traffic.get(probe.parameter, NOTHING)
        yield _with(route, heard.received, probe.parameter, heard.received_value, now - heard.received_at)


def _parameters(block: VoiceBlock) -> tuple[str, ...]:
    beside = (*block.mpe.bends, *block.mpe.pressures, *block.mpe.timbres) if block.mpe else ()
    return (*block.voices, *block.velocities, *beside)


def _sent(route: RouteCounts, traffic: Sequence[Traffic], names: Sequence[str], now: float) -> RouteCounts:
    newest = max(range(len(names)), key=lambda index: traffic[index].sent_at)
    last = traffic[newest]
    return _with(route, sum(each.sent for each in traffic), names[newest], last.sent_value, now - last.sent_at)


def _with(route: RouteCounts, values: int, parameter: str, last: float | None, ago: float) -> RouteCounts:
    return route if last is None else replace(route, values=values, parameter=parameter, last=last, seconds_ago=ago)
