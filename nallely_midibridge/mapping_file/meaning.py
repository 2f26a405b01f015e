"""A file's data to a `Mapping`: the session, the ports, the neurons.

Everything is read as far as it goes: one wrong part keeps no other from being looked at. Where there are
problems, the mapping beside them is worth nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final

from nallely_midibridge.mapping_file import names
from nallely_midibridge.mapping_file.bus import read_bus
from nallely_midibridge.mapping_file.creations import Creations
from nallely_midibridge.mapping_file.document import Document
from nallely_midibridge.mapping_file.params import read_param
from nallely_midibridge.mapping_file.ports import read_ports
from nallely_midibridge.mapping_file.possible import Wrong, possible
from nallely_midibridge.mapping_file.probes import read_probe
from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Report, Spot
from nallely_midibridge.mapping_file.route import Around, Body
from nallely_midibridge.mapping_file.schema import File, NeuronParts, Session
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.mapping_file.trevor import AUTO, read_trevor
from nallely_midibridge.mapping_file.voices import read_voices
from nallely_midibridge.mapping_file.wiring import read_wiring
from nallely_midibridge.values.address import TREVOR_PORTS
from nallely_midibridge.values.mapping import Bus, Mapping, Neuron

_PORT_OF_TREVOR: Final = f":{TREVOR_PORTS['ws']}"


def meaning(document: Document, report: Report, *, virtual_ports: bool) -> Mapping:
    """The mapping that a document says; what is wrong with it goes into the report."""
    data, top = document.data, Spot(report)
    if not isinstance(data, dict):
        empty = "the file is empty; it needs 'ports' and 'neurons'"
        top.wrong(empty if data is None else f"must be the keys nallely, ports and neurons, not {shown(data)}")
        return Mapping()
    file = shaped(File, data, top)
    if file and not file.neurons:
        top.wrong_key("the file has no neuron; write at least one under 'neurons'", "neurons")
    folder = PurePath(document.name).parent
    session = _section(data, "nallely")
    shaped(Session, session, top / "nallely")
    bus = _bus(session, top / "nallely", folder, Bus())
    common = Common(folder, bus, session.get("trevor", AUTO), session.get("take_over") is True)
    ports = read_ports(_section(data, "ports"), top / "ports", virtual_ports=virtual_ports)
    # Of ports that cannot be read, nothing can be said about the names that routes use.
    around = Around(ports if isinstance(data.get("ports"), dict | None) else None)
    if "trevor" in session:
        read_trevor(session["trevor"], top / "nallely" / "trevor", folder, bus)
    return Mapping(
        ports=tuple(port for port in ports.values() if port),
        neurons=tuple(
            _neuron(name, body, top / "neurons" / name, common, around)
            for name, body in _section(data, "neurons").items()
        ),
    )


@dataclass(frozen=True)
class Common:
    """What the session's part of the file says for each neuron that says nothing else."""

    folder: PurePath
    bus: Bus
    trevor: object
    take_over: bool
    creations: Creations = field(default_factory=Creations)


def _neuron(name: str, body: object, spot: Spot, common: Common, around: Around) -> Neuron:
    if _lacks_its_neuron(name, body):
        spot.wrong_key(f"{name!r} stands where a neuron has its name; write neurons: {{keys: {{{name}: …}}}}")
        return Neuron(name)
    spot.checked(names.neuron, name, of_key=True)
    if not isinstance(body, dict):
        spot.wrong(f"must be a block with voices, params or probes, not {shown(body)}")
        return Neuron(name)
    parts = shaped(NeuronParts, body, spot)
    if parts and not (parts.voices or parts.params or parts.probes):
        spot.wrong_key("a neuron needs voices, params or probes")
    wrong: list[Wrong] = []
    neuron = Neuron(
        name,
        bus=_bus(body, spot, common.folder, common.bus),
        voices=_each(read_voices, body, "voices", spot, around, wrong),
        params=_each(read_param, body, "params", spot, around, wrong),
        probes=_each(read_probe, body, "probes", spot, around, wrong),
        take_over=body.get("take_over", common.take_over) is True,
    )
    neuron = replace(neuron, trevor=_trevor(body, spot, common, neuron.bus))
    if "wiring" not in body:
        return neuron
    besides = possible(wrong, anything=_hides_routes(body))
    return replace(neuron, wiring=read_wiring(body["wiring"], spot / "wiring", neuron, common.creations, besides))


def _lacks_its_neuron(name: str, body: object) -> bool:
    """Whether what stands for a neuron is a part of one, under no name."""
    is_of_a_neuron = isinstance(body, dict) and not body.keys().isdisjoint(NeuronParts.known())
    return name in ("voices", "params", "probes", "wiring") and bool(body) and not is_of_a_neuron


def _trevor(body: Body, spot: Spot, common: Common, bus: Bus) -> Bus | None:
    """Where the neuron's Trevor is. What the session says of it was looked at already, and is for the session's bus."""
    if "trevor" in body:
        return read_trevor(body["trevor"], spot / "trevor", common.folder, bus)
    said = common.trevor if bus == common.bus else AUTO
    return read_trevor(said, Spot(Report(spot.report.document)), common.folder, bus)


def _bus(owner: Body, spot: Spot, folder: PurePath, default: Bus) -> Bus:
    """The bus that a session or a neuron names, if it names one."""
    bus = read_bus(owner["bus"], spot / "bus", folder) if "bus" in owner else None
    if bus and bus.url.endswith(_PORT_OF_TREVOR):
        (spot / "bus").note("6788 is where Trevor listens; the bus of Nallely is on 6789")
    return bus or default


def _each(
    read: Callable[[str, object, Spot, Around], list[Any]],
    body: Body,
    part: str,
    spot: Spot,
    around: Around,
    wrong: list[Wrong],
) -> tuple[Any, ...]:
    """The routes of one part of a neuron; those that something is wrong with are added to ``wrong``."""
    routes: list[Any] = []
    section = _section(body, part)
    if key := _named_by_nothing(section):
        (spot / part).wrong_key(f"{key!r} is of a route, and a route has a name; write {part}: {_EXAMPLES[part]}", key)
        return ()
    for name, item in section.items():
        complaints = spot.report.complaints
        routes += read(name, item, spot / part / name, around)
        if spot.report.complaints != complaints:
            wrong.append(Wrong(part, name, item))
    return tuple(routes)


_EXAMPLES: Final = {
    "voices": "{voice: {from: keys, count: 4}}",
    "params": "{cutoff: {from: keys, cc: 74}}",
    "probes": "{mon1: {to: daw, cc: 20}}",
}


def _named_by_nothing(section: Body) -> str:
    """The key that shows that a part is a route itself; no name of a route has a text beside it."""
    return next((key for key in ("from", "to") if isinstance(section.get(key), str)), "")


def _hides_routes(body: Body) -> bool:
    """Whether there may be routes that nobody reads: under a key that means nothing, or in a part that is no block."""
    parts = ("voices", "params", "probes")
    return not body.keys() <= NeuronParts.known().keys() or any(
        not isinstance(body.get(part, {}), dict | None) or _named_by_nothing(_section(body, part)) for part in parts
    )


def _section(data: Body, key: str) -> Body:
    """A part of the file if it is there and a block; what else it may be, its schema tells."""
    part = data.get(key)
    return part if isinstance(part, dict) else {}
