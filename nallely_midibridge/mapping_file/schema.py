"""The shape of a mapping file: which keys stand where, and what each takes."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final

from nallely_midibridge.mapping_file import names, notes, words
from nallely_midibridge.mapping_file.address import address_url, trevor_address_url
from nallely_midibridge.mapping_file.curves import curve
from nallely_midibridge.mapping_file.problem import did_you_mean, listed
from nallely_midibridge.mapping_file.shape import KnownPorts, Shape
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.scale import Curve, Points
from nallely_midibridge.values.source import ALL_CHANNELS

MAX_GAP: Final = 10.0
"""Seconds a voice may rest before its next note."""
MAX_SMOOTH: Final = 10.0
"""Seconds of the longest time constant."""
MIN_REPEAT: Final = 0.1
MAX_REPEAT: Final = 60.0
"""Seconds after which a device is told everything again."""
MAX_ZONE: Final = 15
"""Member channels of an MPE zone."""


def _has_input(name: str, ports: KnownPorts) -> None:
    port = _port(name, ports)
    if port and not port.has_input:
        raise ValueError(f"port {name!r} has no input; give it one in 'ports', or take another port")


def _has_output(name: str, ports: KnownPorts) -> None:
    port = _port(name, ports)
    if port and not port.has_output:
        raise ValueError(f"port {name!r} has no output; give it one in 'ports', or take another port")


def _port(name: str, ports: KnownPorts) -> Port | None:
    if name in ports:
        return ports[name]
    own = next((own for own, port in ports.items() if port and name in (port.input, port.output, port.virtual)), None)
    if own is not None:
        raise ValueError(f"no port is named {name!r}, which is the device; write {own!r}, as this file calls it")
    there = f"the ports are {listed(ports)}" if ports else "the file has no ports"
    raise ValueError(f"no port is named {name!r}; {there}{did_you_mean(name, ports)}")


# Each reader sees what stands in the file, also when that is nothing; None is only what a missing key leaves.
Section = Annotated[dict[str, Any], words.section]
From = Annotated[str, names.port, _has_input]
To = Annotated[str, names.port, _has_output]
Text = Annotated[str | None, words.text]
Yes = Annotated[bool, words.only_true]
Flag = Annotated[bool, words.flag]
Note = Annotated[int | None, notes.one_note]
AnyNote = Annotated[int | None, notes.note_or_any]
Data = Annotated[int, words.whole(0, 127)]
Controller = Annotated[int | None, words.controller]
Nrpn = Annotated[int | None, words.nrpn]
Rpn = Annotated[int | None, words.rpn]
Bits = Annotated[int, words.bits]
Channels = Annotated[frozenset[int], notes.channels]
Span = Annotated[tuple[float, float] | None, words.span]
Bend = Annotated[Curve | Points, curve]
Rate = Annotated[float | None, words.rate]
Deadband = Annotated[float, words.deadband]
Smooth = Annotated[float, words.duration(0.0, MAX_SMOOTH)]
Pattern = Annotated[str | None, names.pattern]
Name = Annotated[str | None, names.parameter]
NoteZone = Annotated[tuple[int, int], notes.zone]
VelocityZone = Annotated[tuple[int, int], notes.velocities]


@dataclass(frozen=True, kw_only=True)
class File(Shape):
    """A mapping file."""

    hints: ClassVar = dict.fromkeys(
        ("voices", "params", "probes", "wiring"), "it goes under a neuron, as in neurons: {keys: {voices: …}}"
    ) | dict.fromkeys(("bus", "trevor", "take_over"), "it goes under 'nallely', or under a neuron")
    nallely: Section = field(default_factory=dict)
    ports: Section = field(default_factory=dict)
    neurons: Section = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Session(Shape):
    """What ``nallely`` says of the session."""

    bus: Any = None
    trevor: Any = None
    take_over: Flag = False


@dataclass(frozen=True, kw_only=True)
class BusAddress(Shape):
    """Where the bus is, in full."""

    needs: ClassVar = {"url": "where the bus listens, as in url: localhost:6789"}
    url: Annotated[str, address_url]
    ca: Text = None
    headers: Annotated[tuple[tuple[str, str], ...], names.headers] = ()


@dataclass(frozen=True, kw_only=True)
class TrevorAddress(BusAddress):
    """Where Trevor is, in full."""

    needs: ClassVar = {"url": "where Trevor listens, as in url: localhost:6788"}
    url: Annotated[str, trevor_address_url]


@dataclass(frozen=True, kw_only=True)
class PortNames(Shape):
    """A port of ``ports``."""

    match: Pattern = None
    input: Pattern = None
    output: Pattern = None
    virtual: Annotated[str | None, names.virtual] = None
    rate: Rate = None
    usb: Text = None
    serial: Text = None
    nth: Annotated[int | None, words.whole(1, 64)] = None
    echo: Annotated[str | None, words.choice(("drop", "take"))] = None
    nrpn: Annotated[str | None, words.choice(("consume", "pass"))] = None


@dataclass(frozen=True, kw_only=True)
class NeuronParts(Shape):
    """A neuron of ``neurons``."""

    bus: Any = None
    trevor: Any = None
    take_over: Flag = False
    wiring: Any = None
    voices: Section = field(default_factory=dict)
    params: Section = field(default_factory=dict)
    probes: Section = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WireWords(Shape):
    """A link of ``wiring``."""

    hints: ClassVar = {
        "velocity": "a link carries none; link the voices' velocity parameters to what is to follow them"
    }
    needs: ClassVar = {"link": "as in link: voice* -> MIDIBridge0.X0"}
    link: Annotated[str, words.text]
    scale: Any = None
    create: Flag = False


@dataclass(frozen=True, kw_only=True)
class WireScale(Shape):
    """The ``scale`` of a link, in full."""

    needs: ClassVar = {"to_min": "the lowest value that arrives", "to_max": "the highest value that arrives"}
    to_min: Annotated[float, words.bound]
    to_max: Annotated[float, words.bound]
    as_int: Flag = False


@dataclass(frozen=True, kw_only=True)
class Voices(Shape):
    """A keyboard of ``voices``."""

    hints: ClassVar = {"to": "voices listen to a keyboard; write 'from'", "curve": "write 'velocity_curve'"}
    needs: ClassVar = {"from": "the port with the keys, as in from: keys"}
    from_: From
    count: Annotated[int | None, words.whole(1, 128)] = None
    channel: Channels = ALL_CHANNELS
    notes: NoteZone = (0, 127)
    velocities: VelocityZone = (1, 127)
    transpose: Annotated[int, words.whole(-127, 127)] = 0
    velocity: Name = None
    velocity_curve: Bend = Curve.LINEAR
    allocate: Annotated[str, words.allocation] = "rotate"
    priority: Annotated[str, words.choice(("last", "high", "low"))] = "last"
    legato: Flag = False
    steal: Annotated[str, words.steal] = "oldest"
    restore: Flag = False
    retrigger_gap: Annotated[float, words.duration(0.0, MAX_GAP)] = 0.05
    mpe: Any = None
    bend: Name = None
    pressure: Name = None
    timbre: Name = None


@dataclass(frozen=True, kw_only=True)
class MpeZones(Shape):
    """The zones of ``mpe``."""

    lower: Annotated[int | None, words.whole(0, MAX_ZONE)] = None
    upper: Annotated[int, words.whole(0, MAX_ZONE)] = 0
    bend_range: Annotated[float, words.bend_range] = 48.0


_WORDS_OF_OTHERS: Final = {
    **dict.fromkeys(("min", "max"), "write both ends, as in range: [0, 1]"),
    **dict.fromkeys(("control", "controller"), "write 'cc'"),
    "aftertouch": "write 'pressure: true', or 'poly_pressure' for one of each key",
}
"""What other programs call things of a route."""


@dataclass(frozen=True, kw_only=True)
class Param(Shape):
    """A route of ``params``."""

    hints: ClassVar = {
        "to": "a param listens to a port; write 'from', or move this to 'probes'",
        "gate": "write 'note', whose value is the gate",
        "velocity": "write 'note' with 'value: velocity'",
        "send": "it is for probes; a param takes numbers short or full",
        **_WORDS_OF_OTHERS,
    }
    needs: ClassVar = {"from": "the port it listens to, as in from: keys"}
    from_: From
    cc: Controller = None
    cc14: Any = None
    nrpn: Nrpn = None
    rpn: Rpn = None
    note: AnyNote = None
    pitchbend: Yes = False
    pressure: Yes = False
    poly_pressure: AnyNote = None
    program: Yes = False
    clock: Annotated[str | None, words.choice(("bpm", "beat", "running"))] = None
    transport: Yes = False
    value: Annotated[str, words.choice(("gate", "velocity", "number"))] = "gate"
    bits: Bits = 14
    channel: Channels = ALL_CHANNELS
    mode: Annotated[str, words.mode] = "absolute"
    encoding: Annotated[str, words.choice(("twos-complement", "offset", "sign-bit"))] = "twos-complement"
    step: Annotated[float, words.step] = 1 / 127
    pickup: Annotated[str, words.choice(("cross", "scale"))] = "cross"
    sends: Annotated[str, words.choice(("both", "presses", "toggles"))] = "both"
    range: Span = None
    curve: Bend = Curve.LINEAR
    invert: Flag = False
    accepted: Annotated[tuple[float, ...], words.accepted] = ()
    deadband: Deadband = 0.0
    smooth: Smooth = 0.0
    rate: Rate = None
    feedback: Any = None


@dataclass(frozen=True, kw_only=True)
class FeedbackWords(Shape):
    """The ``feedback`` of a param."""

    repeat: Annotated[float | None, words.duration(MIN_REPEAT, MAX_REPEAT)] = None
    after_release: Flag = False
    on: Data = 127
    off: Data = 0
    lights_off: Annotated[str, words.choice(("note-off", "velocity-0"))] = "velocity-0"


@dataclass(frozen=True, kw_only=True)
class Pair(Shape):
    """The two controllers of a ``cc14``."""

    hints: ClassVar = {"fine_first": "a probe sends the coarse half first; the order is for params"}
    needs: ClassVar = {"coarse": "the controller with the upper seven bits, as in coarse: 10"}
    coarse: Data
    fine: Controller = None


@dataclass(frozen=True, kw_only=True)
class HeardPair(Pair):
    """The same of a param."""

    hints: ClassVar = {}
    fine_first: Flag = False


_OF_HANDLING: Final = ("mode", "encoding", "step", "pickup", "sends", "accepted")


@dataclass(frozen=True, kw_only=True)
class Probe(Shape):
    """A route of ``probes``."""

    hints: ClassVar = {
        "from": "a probe plays on a port; write 'to', or move this to 'params'",
        "value": "what a probe plays comes from the patch; the key is for params",
        "feedback": "a probe is feedback already; the key is for params",
        **dict.fromkeys(_OF_HANDLING, "how a control is handled is for params"),
        **_WORDS_OF_OTHERS,
    }
    needs: ClassVar = {"to": "the port it plays on, as in to: daw"}
    to: To
    cc: Controller = None
    cc14: Any = None
    nrpn: Nrpn = None
    rpn: Rpn = None
    note: Annotated[bool, notes.every_note] = False
    gate: Note = None
    pitchbend: Yes = False
    pressure: Yes = False
    poly_pressure: Note = None
    program: Yes = False
    clock: Yes = False
    transport: Yes = False
    send: Annotated[str, words.choice(("short", "full"))] = "short"
    bits: Bits = 14
    channel: Annotated[int, notes.channel] = 0
    velocity: Annotated[int | str, names.velocity] = 100
    length: Annotated[float | str | None, names.length] = None
    legato: Flag = False
    range: Span = None
    curve: Bend = Curve.LINEAR
    invert: Flag = False
    deadband: Deadband = 0.0
    smooth: Smooth = 0.0
    rate: Rate = None
