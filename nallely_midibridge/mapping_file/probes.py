"""The ``probes`` of a neuron: what the patch sends to a parameter leaves on MIDI ports."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around, Range, check_company, spread, the_one
from nallely_midibridge.mapping_file.schema import Probe, shaped
from nallely_midibridge.mapping_file.spoken import control
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import ProbeRoute
from nallely_midibridge.values.scale import Curve, Scale

DESTINATIONS: Final = ("cc", "note", "gate", "pitchbend", "pressure", "program")

_RANGES: Final[dict[DestinationKind, Range]] = {DestinationKind.PITCHBEND: (-1, 1), DestinationKind.GATE: (0, 1)}
_OTHER_RANGE: Final[Range] = (0, 127)
_CONTINUOUS: Final = ("cc", "pitchbend", "pressure", "program")
_COMPANY: Final = {"velocity": ("note", "gate"), "curve": _CONTINUOUS, "invert": _CONTINUOUS}

Played = tuple[Probe, Destination]


def read_probe(name: str, body: object, spot: Spot, around: Around) -> list[ProbeRoute]:
    """The routes of one key: as many as its list has, for each parameter of its pattern."""
    parameters = around.parameters.of_key(name, spot)
    if body == []:
        spot.wrong("an empty list leads nowhere; write a route such as {to: daw, cc: 20}")
        return []
    bodies = [(spot / i, item) for i, item in enumerate(body)] if isinstance(body, list) else [(spot, body)]
    columns = [list(_destinations(item, place, len(parameters), around)) for place, item in bodies]
    if not all(columns):
        return []
    low, high = _agreed_range([(place, *column[0]) for (place, _), column in zip(bodies, columns, strict=True)])
    return [
        ProbeRoute(parameter, destination, Scale(low, high, Curve(probe.curve), probe.invert), probe.rate)
        for parameter, *played in zip(parameters, *columns, strict=False)
        for probe, destination in played
    ]


def _destinations(body: object, spot: Spot, count: int, around: Around) -> Iterator[Played]:
    if not isinstance(body, dict):
        return spot.wrong(f"must be a route such as {{to: daw, cc: 20}}, not {shown(body)}")
    kind = the_one(body, DESTINATIONS, Probe, "destination", spot)
    check_company(body, kind, _COMPANY, spot)
    for single in spread(body, count, spot):
        probe = shaped(Probe, single, spot, around.ports)
        if probe is None:
            return None  # what else the pattern makes is wrong in the same way
        if kind:
            destination = _destination(probe, kind)
            if not _claim(destination, spot, kind, around):
                return None
            yield probe, destination
    return None


def _destination(probe: Probe, kind: str) -> Destination:
    number = probe.cc if kind == "cc" else probe.gate
    return Destination(probe.to, DestinationKind(kind), number, probe.channel, probe.velocity)


def _claim(destination: Destination, spot: Spot, kind: str, around: Around) -> bool:
    """Whether the control is free: two probes on one would fight over it."""
    refusal = around.controls.refusal(replace(destination, velocity=0), spot)
    if refusal:
        what = f"{control(destination)} of port {destination.port!r}"
        (spot / kind).wrong(f"{what} {refusal}; a control follows one probe")
    return not refusal


def _agreed_range(routes: Sequence[tuple[Spot, Probe, Destination]]) -> Range:
    """The one range a probe is declared with: the one written, or else what its destinations take."""
    ranges = [(spot, probe.range) for spot, probe, _ in routes if probe.range]
    if not ranges:
        ranges = [(spot, _RANGES.get(to.kind, _OTHER_RANGE)) for spot, _, to in routes]
    (first_spot, first), *others = ranges
    for spot, other in others:
        if other != first:
            message = f"runs over {list(other)}, but {first_spot} over {list(first)}"
            spot.wrong_key(f"{message}; a probe has one range, so write the same 'range' in each")
    return first
