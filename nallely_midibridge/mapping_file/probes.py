"""The ``probes`` of a neuron: what the patch sends to a parameter leaves on MIDI ports."""

from collections.abc import Iterator, Sequence
from typing import Final

from nallely_midibridge.mapping_file.pair import read_pair
from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around, Body, Range, check_company, spread, the_one
from nallely_midibridge.mapping_file.schema import HeardPair, Pair, Probe
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import ProbeRoute
from nallely_midibridge.values.scale import Scale

_BENT: Final = ("cc", "cc14", "nrpn", "rpn", "pitchbend", "pressure", "poly_pressure", "program")
_NOTES: Final = ("note", "gate")
DESTINATIONS: Final = (*_BENT, *_NOTES, "clock", "transport")

_RANGES: Final[dict[DestinationKind, Range]] = {
    DestinationKind.PITCHBEND: (-1, 1),
    DestinationKind.GATE: (0, 1),
    DestinationKind.CLOCK: (20, 300),
    DestinationKind.TRANSPORT: (0, 1),
}
_OTHER_RANGE: Final[Range] = (0, 127)

_COMPANY: Final = {
    "velocity": _NOTES,
    "length": _NOTES,
    "legato": ("note",),
    "send": ("nrpn", "rpn"),
    "bits": ("nrpn", "rpn"),
    "curve": _BENT,
    "invert": _BENT,
    "deadband": (*_BENT, "clock"),
    "smooth": (*_BENT, "clock"),
    "rate": (*_BENT, *_NOTES),
}

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
        _route(parameter, probe, destination, Scale(low, high, probe.curve, probe.invert))
        for parameter, *played in zip(parameters, *columns, strict=False)
        for probe, destination in played
    ]


def _route(parameter: str, probe: Probe, destination: Destination, scale: Scale) -> ProbeRoute:
    return ProbeRoute(parameter, destination, scale, probe.rate, probe.deadband, probe.smooth)


def _destinations(body: object, spot: Spot, count: int, around: Around) -> Iterator[Played]:
    if not isinstance(body, dict):
        return spot.wrong(f"must be a route such as {{to: daw, cc: 20}}, not {shown(body)}")
    kind = the_one(body, DESTINATIONS, Probe, "destination", spot)
    check_company(body, kind, _COMPANY, spot)
    for single in spread(body, count, spot):
        played = _played(single, kind, spot, around)
        if played is None:
            return None  # what else the pattern makes is wrong in the same way
        yield played
    return None


def _played(body: Body, kind: str | None, spot: Spot, around: Around) -> Played | None:
    """What one route plays, or None when it is wrong."""
    before = spot.report.complaints
    probe = shaped(Probe, body, spot, around.ports)
    pair = read_pair(body["cc14"], spot / "cc14", Pair) if "cc14" in body else None
    if probe is None or kind is None or spot.report.complaints > before:
        return None
    _take_names(probe, spot, around)
    destination = _destination(probe, kind, pair)
    if refusal := around.controls.refusal(destination, spot):
        (spot / kind).wrong(f"{refusal}; a control follows one parameter")
    return None if spot.report.complaints > before else (probe, destination)


def _take_names(probe: Probe, spot: Spot, around: Around) -> None:
    """The parameters that velocities and lengths come from. Several routes of a neuron may share one."""
    for key, value in (("velocity", probe.velocity), ("length", probe.length)):
        if isinstance(value, str):
            around.parameters.take((value,), spot / key, (spot / key).wrong, purpose=key)


def _destination(probe: Probe, kind: str, pair: HeardPair | None) -> Destination:
    numbers = {"cc": probe.cc, "nrpn": probe.nrpn, "rpn": probe.rpn}
    numbers |= {"gate": probe.gate, "poly_pressure": probe.poly_pressure}
    velocity, length = probe.velocity, probe.length
    return Destination(
        probe.to,
        DestinationKind(kind),
        pair.coarse if pair else numbers.get(kind),
        probe.channel,
        velocity=100 if isinstance(velocity, str) else velocity,
        fine=pair.fine if pair else None,
        full=probe.send == "full",
        bits=probe.bits,
        velocity_from=velocity if isinstance(velocity, str) else None,
        length=None if isinstance(length, str) else length,
        length_from=length if isinstance(length, str) else None,
        legato=probe.legato,
    )


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
