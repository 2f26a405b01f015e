"""The ``params`` of a neuron: what a MIDI port sends moves a parameter."""

from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around, Range, check_company, spread, the_one
from nallely_midibridge.mapping_file.schema import Param, shaped
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.scale import Curve, Scale
from nallely_midibridge.values.source import Source, SourceKind

SOURCES: Final = ("cc", "note", "pitchbend", "pressure", "program")

_RANGES: Final[dict[SourceKind, Range]] = {SourceKind.PITCHBEND: (-1, 1), SourceKind.NOTE_GATE: (0, 1)}
_OTHER_RANGE: Final[Range] = (0, 127)
_COMPANY: Final = {"value": ("note",)}


def read_param(name: str, body: object, spot: Spot, around: Around) -> list[ParamRoute]:
    """The routes of one key: one, or one for each parameter of its pattern."""
    parameters = around.parameters.of_key(name, spot)
    if not isinstance(body, dict):
        spot.wrong(f"must be a route such as {{from: keys, cc: 74}}, not {shown(body)}")
        return []
    kind = the_one(body, SOURCES, Param, "source", spot)
    check_company(body, kind, _COMPANY, spot)
    routes = []
    for index, single in enumerate(spread(body, len(parameters), spot)):
        param = shaped(Param, single, spot, around.ports)
        if param is None:
            break  # what else the pattern makes is wrong in the same way
        if kind and parameters:
            routes.append(_route(parameters[index], param, kind))
    return routes


def _route(parameter: str, param: Param, kind: str) -> ParamRoute:
    source_kind = SourceKind(f"note {param.value}" if kind == "note" else kind)
    number = param.cc if kind == "cc" else param.note
    low, high = param.range or _RANGES.get(source_kind, _OTHER_RANGE)
    source = Source(param.from_, source_kind, number, param.channel)
    return ParamRoute(parameter, source, Scale(low, high, Curve(param.curve), param.invert))
