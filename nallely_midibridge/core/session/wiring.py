"""What is to be done so that a session has the links that a mapping file asks for, and no link twice."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nallely_midibridge.core.session.registration import port_named
from nallely_midibridge.values.session import ALL_KEYS, Bound, Chain, Path, PortOfDevice, SessionDevice, SessionState
from nallely_midibridge.values.wiring import ScaleTo, Scaling, Wire, WireEnd

Scaler = bool | dict[str, float | bool]
Ends = tuple[Path, Path]


@dataclass(frozen=True, slots=True)
class MakeLink:
    """Link two parameters for a wire."""

    wire: Wire
    ends: Ends
    scaler: Scaler


@dataclass(frozen=True, slots=True)
class MakeDevice:
    """Make a device of a class for a wire. ``name`` is what it must be called then; None: whatever."""

    wire: Wire
    kind: str
    name: str | None = None


Step = MakeLink | MakeDevice


@dataclass(slots=True)
class Plan:
    """What is to be done now. ``there`` are the wires that are as they should be.

    ``waiting`` says of others what they wait for, and ``wrong`` what can never be, each a sentence.
    """

    steps: list[Step] = field(default_factory=list)
    there: list[Wire] = field(default_factory=list)
    waiting: dict[Wire, str] = field(default_factory=dict)
    wrong: dict[Wire, str] = field(default_factory=dict)


def plan(neuron: str, wires: Iterable[Wire], state: SessionState) -> Plan:
    """What a state lacks of the ``wires`` of a neuron. A device is made once, for the first that needs it."""
    made = Plan()
    needed: set[tuple[str, str | None]] = set()
    for wire in wires:
        step = _look(neuron, wire, state, made)
        if isinstance(step, MakeDevice):
            if (step.kind, step.name) in needed:
                continue
            needed.add((step.kind, step.name))
        if step is not None:
            made.steps.append(step)
    return made


def neuron_links(neuron: str, state: SessionState) -> dict[Ends, tuple[str, ...]]:
    """The links from and to a neuron, each with the neuron's own parameters that it comes from."""
    device = state.neuron(neuron)
    if device is None:
        return {}
    ours = {device.path(port): device.plain_name(port) for port in device.parameters}
    return {
        link.ends: (ours[link.source],) if link.source in ours else ()
        for link in state.links
        if link.source in ours or link.destination in ours
    }


def scaler_of(chain: Chain | None) -> Scaler:
    """What to ask for to have a link scale as one did."""
    if chain is None:
        return False
    if chain.to_low is None or chain.to_high is None:
        return True
    return {"to_min": chain.to_low, "to_max": chain.to_high, "as_int": chain.as_int}


def scaled_as_asked(wire: Wire, chain: Chain | None) -> bool:
    """Whether a link that is there scales as the file asks; where it asks nothing, anything is right."""
    if wire.scaling is None:
        return True
    if wire.scaling is Scaling.RAW:
        return chain is None
    if isinstance(wire.scaling, ScaleTo):
        return chain == Chain(wire.scaling.low, wire.scaling.high, wire.scaling.as_int)
    return chain is not None


class _Unresolved(Exception):
    """An end that is not there; ``is_wrong`` when waiting would not help, ``step`` when something can be done."""

    def __init__(self, text: str, *, is_wrong: bool = False, step: Step | None = None) -> None:
        super().__init__(text)
        self.is_wrong = is_wrong
        self.step = step


def _look(neuron: str, wire: Wire, state: SessionState, made: Plan) -> Step | None:
    """The next step for one wire, if there is one."""
    try:
        step = _link_step(neuron, wire, state)
    except _Unresolved as found:
        (made.wrong if found.is_wrong else made.waiting)[wire] = str(found)
        return found.step
    if step is None:
        made.there.append(wire)
    else:
        made.waiting[wire] = "it is being made"
    return step


def _link_step(neuron: str, wire: Wire, state: SessionState) -> Step | None:
    meant = _meant(neuron, wire, state)
    if any(state.has_link(*ends) for ends in meant):
        return None
    return MakeLink(wire, meant[0], scaler_for(wire, meant[0]))


def _meant(neuron: str, wire: Wire, state: SessionState) -> list[Ends]:
    """The links that a wire may mean, the likeliest first: Nallely 0.7.0 calls every MIDIBridge MIDIBridge0 (measured).

    Raises _Unresolved.
    """
    sources, destinations = (_resolve(neuron, wire, end, state) for end in (wire.source, wire.destination))
    return [(source, destination) for source in sources for destination in destinations]


def scaler_for(wire: Wire, ends: Ends) -> Scaler:
    """What to ask for to have a link scale as a file says."""
    if isinstance(wire.scaling, ScaleTo):
        return {"to_min": wire.scaling.low, "to_max": wire.scaling.high, "as_int": wire.scaling.as_int}
    if wire.scaling is None:
        return ends[1].name != ALL_KEYS
    return wire.scaling is Scaling.AUTO


def _resolve(neuron: str, wire: Wire, end: WireEnd, state: SessionState) -> list[Path]:
    """Where an end is in the session, on each device of its name. Raises _Unresolved."""
    if end.is_ours:
        device = state.neuron(neuron)
        port = port_named(device, end.parameter) if device else None
        if device is None or port is None:
            raise _Unresolved(f"{neuron}.{end.parameter} is not registered yet")
        return [device.path(port)]
    device = _device(wire, end, state)
    twins = [device] if end.is_first or device.is_neuron else state.devices_called(device.repr)
    paths = [twin.path(port) for twin in twins if (port := _named(twin, end.parameter)) is not None]
    if not paths:
        raise _Unresolved(_no_such_port(device, end), is_wrong=True)
    return paths


def _device(wire: Wire, end: WireEnd, state: SessionState) -> SessionDevice:
    device = state.first(end.device) if end.is_first else state.device(end.device) or state.neuron(end.device)
    if device is not None:
        return device
    text = f"the session has no {end.device_words}"
    kind = end.device if end.is_first else _kind_of(end.device, state)
    is_known = kind in state.kinds
    if not wire.create and (is_known or not (end.is_first and state.kinds)):
        raise _Unresolved(text)
    if not is_known:
        close = _did_you_mean(kind, state.kinds)
        raise _Unresolved(f"{text}, and no class {kind!r} to make it of{close}", is_wrong=True)
    raise _Unresolved(text, step=MakeDevice(wire, kind, None if end.is_first else end.device))


def _kind_of(device: str, state: SessionState) -> str:
    """The class of a device that is not there, by its name: that of a class, which may end in a digit, and a number."""
    kinds = (kind for kind in state.kinds if device.startswith(kind) and device[len(kind) :].isdecimal())
    return device if device in state.kinds else max(kinds, key=len, default=device.rstrip("0123456789"))


def _named(device: SessionDevice, name: str) -> PortOfDevice | None:
    """A device's parameter as a file names it. A section alone means its keys; a number one of them."""
    section, _, number = name.partition(".")
    labels = {name, f"{name}.{ALL_KEYS}"} if device.is_midi else {name, f"{device.repr}_{name}"}
    for port in device.parameters:
        if port.label in labels:
            return port
        if device.is_midi and number.isdecimal() and port.section == section and port.command_name == ALL_KEYS:
            return PortOfDevice(section, number, number, port.low, port.high)
    return None


def _no_such_port(device: SessionDevice, end: WireEnd) -> str:
    labels = [port.label for port in device.parameters]
    close = _did_you_mean(end.parameter, labels)
    return f"{end.device_words} has no {end.parameter}{close or _listed(labels)}"


def _listed(labels: Sequence[str]) -> str:
    more = ", …" if len(labels) > 8 else ""
    return f"; it has {', '.join(labels[:8])}{more}" if labels else ""


def _did_you_mean(word: str, choices: Iterable[str]) -> str:
    from difflib import get_close_matches  # 0.4 MiB, for who has mistyped a name

    by_lower = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""


@dataclass(frozen=True, slots=True)
class PresentLink:
    """A link from or to a neuron, with its ends as a mapping file names them, the neuron's own plainly.

    ``scaling`` is what a file has to say of it; None where it needs to say nothing.
    """

    ends: Ends
    source: str
    destination: str
    scaling: Scaling | ScaleTo | None

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination}"


def present_links(neuron: str, state: SessionState) -> Iterator[PresentLink]:
    """The links from and to a neuron that a session has."""
    device = state.neuron(neuron)
    if device is None:
        return
    ours = {device.path(port): device.plain_name(port) for port in device.parameters}
    names = dict(ours)
    ranges: dict[Path, tuple[Bound, Bound]] = {}
    # Neurons first: the bus lists their parameters as its own too.
    for other in sorted(state.devices, key=lambda device: not device.is_neuron):
        for port in other.parameters:
            names.setdefault(other.path(port), _name_of(other, port))
            ranges.setdefault(other.path(port), (port.low, port.high))
    reprs = {other.id: other.repr for other in state.devices if not other.is_neuron}
    for link in state.links:
        if link.source in ours or link.destination in ours:
            source, destination = (names.get(end) or _key_of(end, reprs) for end in link.ends)
            scaling = _scaling_of(link.chain, link.destination, ranges.get(link.destination))
            yield PresentLink(link.ends, source, destination, scaling)


def unnamed_links(neuron: str, named: Container[Ends], state: SessionState) -> list[PresentLink]:
    """Those of the `present_links` that are not ``named``, as `asked_links` of each neuron says; of one text one."""
    unnamed = (link for link in present_links(neuron, state) if link.ends not in named)
    return list({str(link): link for link in unnamed}.values())


def asked_links(neuron: str, wires: Iterable[Wire], state: SessionState) -> dict[Ends, Wire]:
    """The links that the ``wires`` ask for, those whose ends are there."""
    return {ends: wire for wire in wires for ends in _ends_of(neuron, wire, state)}


def _ends_of(neuron: str, wire: Wire, state: SessionState) -> list[Ends]:
    try:
        return _meant(neuron, wire, state)
    except _Unresolved:
        return []


def _scaling_of(
    chain: Chain | None, destination: Path, declared: tuple[Bound, Bound] | None
) -> Scaling | ScaleTo | None:
    if chain is None:
        return None if destination.name == ALL_KEYS else Scaling.RAW
    if chain.to_low is None or chain.to_high is None or (chain.to_low, chain.to_high) == declared:
        return Scaling.AUTO if destination.name == ALL_KEYS else None
    return ScaleTo(chain.to_low, chain.to_high, chain.as_int)


def _name_of(device: SessionDevice, port: PortOfDevice) -> str:
    if device.is_neuron:
        return f"{device.repr}.{port.name.removeprefix(f'{device.repr}_')}"
    return f"{device.repr}.{port.label}"


def _key_of(end: Path, reprs: dict[int, str]) -> str:
    """One key of a section, which a state does not list."""
    return f"{reprs.get(end.device, '?')}.{end.section}.{end.name}"
