"""The ``params`` of a neuron: what a MIDI port sends moves a parameter."""

from typing import Final

from nallely_midibridge.mapping_file.feedback import KINDS as FEEDBACK_KINDS
from nallely_midibridge.mapping_file.feedback import claim_light, read_feedback
from nallely_midibridge.mapping_file.handling import check_accepted, check_handling, handling_of
from nallely_midibridge.mapping_file.pair import read_pair
from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around, Body, Range, check_company, spread, the_one
from nallely_midibridge.mapping_file.schema import HeardPair, Param
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind

_WAYS: Final = ("cc", "cc14", "nrpn", "rpn", "note", "pitchbend", "pressure", "poly_pressure", "program")
SOURCES: Final = (*_WAYS, "clock", "transport")

_RANGES: Final[dict[SourceKind, Range]] = {
    SourceKind.PITCHBEND: (-1, 1),
    SourceKind.NOTE_GATE: (0, 1),
    SourceKind.CLOCK_BPM: (20, 300),
    SourceKind.CLOCK_BEAT: (0, 1),
    SourceKind.CLOCK_RUNNING: (0, 1),
    SourceKind.TRANSPORT: (0, 1),
}
_SWITCH_RANGE: Final[Range] = (0, 1)
_OTHER_RANGE: Final[Range] = (0, 127)

_COMPANY: Final = {
    "value": ("note",),
    "bits": ("nrpn", "rpn"),
    "accepted": _WAYS,
    "deadband": _WAYS,
    "feedback": FEEDBACK_KINDS,
}


def read_param(name: str, body: object, spot: Spot, around: Around) -> list[ParamRoute]:
    """The routes of one key: one, or one for each parameter of its pattern."""
    parameters = around.parameters.of_key(name, spot)
    if not isinstance(body, dict):
        spot.wrong(f"must be a route such as {{from: keys, cc: 74}}, not {shown(body)}")
        return []
    kind = the_one(body, SOURCES, Param, "source", spot)
    check_company(body, kind, _COMPANY, spot)
    routes: list[ParamRoute] = []
    for index, single in enumerate(spread(body, len(parameters), spot)):
        route = _route(parameters[index] if parameters else name, single, kind, spot, around)
        if route is None:
            break  # what else the pattern makes is wrong in the same way
        routes.append(route)
    return routes


def _route(parameter: str, body: Body, kind: str | None, spot: Spot, around: Around) -> ParamRoute | None:
    """The route of one parameter, or None when it is wrong."""
    before = spot.report.complaints
    param = shaped(Param, body, spot, around.ports)
    pair = read_pair(body["cc14"], spot / "cc14") if "cc14" in body else None
    if kind is None:
        return None
    check_handling(body, kind, spot)
    feedback = read_feedback(body, kind, spot)
    if param is None or spot.report.complaints > before:
        return None
    source = _source(param, kind, pair)
    scale = _scale(param, source.kind)
    check_accepted(param, scale, spot)
    _check_heard(source, kind, spot, around)
    route = ParamRoute(parameter, source, scale, handling_of(param, feedback))
    claim_light(route, spot, around)
    return None if spot.report.complaints > before else route


def _source(param: Param, kind: str, pair: HeardPair | None) -> Source:
    sub_kind = {"note": f"note {param.value}", "clock": f"clock {param.clock}"}.get(kind, kind)
    channels, bits = param.channel, param.bits
    if pair:
        return Source(param.from_, SourceKind.CC14, pair.coarse, channels, pair.fine, pair.fine_first)
    numbers = {"cc": param.cc, "nrpn": param.nrpn, "rpn": param.rpn}
    numbers |= {"note": param.note, "poly_pressure": param.poly_pressure}
    return Source(param.from_, SourceKind(sub_kind), numbers.get(kind), channels, bits=bits)


def _scale(param: Param, kind: SourceKind) -> Scale:
    """The scale with the range that is written, or else the one that the rest of the route asks for."""
    low, high = _RANGES.get(kind, _OTHER_RANGE)
    if param.mode in ("toggle", "momentary"):
        low, high = _SWITCH_RANGE
    if param.accepted:
        low, high = min(param.accepted), max(param.accepted)
    low, high = param.range or (low, high)
    return Scale(low, high, param.curve, param.invert)


def _check_heard(source: Source, kind: str, spot: Spot, around: Around) -> None:
    """Say why a source does not arrive, if another route keeps it away."""
    port = (around.ports or {}).get(source.port)
    if port and not port.passes_parameters and (reason := around.controls.unheard(source, spot)):
        (spot / kind).wrong(reason)
