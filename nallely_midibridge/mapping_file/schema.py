"""The shape of a mapping file: which keys stand where, and what each takes.

The only file that knows pydantic, which finds all that is wrong with a block at once. Its own sentences are
never shown: the readers of ``words``, ``notes``, ``curves`` and ``names`` bring theirs, and the rest is said here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, ValidationInfo

from nallely_midibridge.mapping_file import names, notes, words
from nallely_midibridge.mapping_file.address import address_url, trevor_address_url
from nallely_midibridge.mapping_file.curves import curve
from nallely_midibridge.mapping_file.problem import did_you_mean, listed, shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.scale import Curve, Points
from nallely_midibridge.values.source import ALL_CHANNELS

KnownPorts = dict[str, Port | None]
"""The file's ports by short name; None for one that is not right itself."""

MAX_GAP: Final = 10.0
"""Seconds a voice may rest before its next note."""
MAX_SMOOTH: Final = 10.0
"""Seconds of the longest time constant."""
MIN_REPEAT: Final = 0.1
MAX_REPEAT: Final = 60.0
"""Seconds after which a device is told everything again."""
MAX_ZONE: Final = 15
"""Member channels of an MPE zone."""


def _from(value: object, info: ValidationInfo) -> str:
    name, port = _port(value, info.context)
    if port and not port.has_input:
        raise ValueError(f"port {name!r} has no input; give it one in 'ports', or take another port")
    return name


def _to(value: object, info: ValidationInfo) -> str:
    name, port = _port(value, info.context)
    if port and not port.has_output:
        raise ValueError(f"port {name!r} has no output; give it one in 'ports', or take another port")
    return name


def _port(value: object, ports: KnownPorts | None) -> tuple[str, Port | None]:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"must be the short name of a port, not {shown(value)}")
    name = str(value)
    if ports is None or name in ports:
        return name, ports[name] if ports else None
    there = f"the ports are {listed(ports)}" if ports else "the file has no ports"
    raise ValueError(f"no port is named {name!r}; {there}{did_you_mean(name, ports)}")


# Each reader sees what stands in the file, also when that is nothing; None is only what a missing key leaves.
Section = Annotated[dict[str, Any], PlainValidator(words.section)]
From = Annotated[str, PlainValidator(_from)]
To = Annotated[str, PlainValidator(_to)]
Text = Annotated[str | None, PlainValidator(words.text)]
Yes = Annotated[bool, PlainValidator(words.only_true)]
Flag = Annotated[bool, PlainValidator(words.flag)]
Note = Annotated[int | None, PlainValidator(notes.one_note)]
AnyNote = Annotated[int | None, PlainValidator(notes.note_or_any)]
Data = Annotated[int, PlainValidator(words.whole(0, 127))]
Controller = Annotated[int | None, PlainValidator(words.whole(0, 127))]
Nrpn = Annotated[int | None, PlainValidator(words.nrpn)]
Rpn = Annotated[int | None, PlainValidator(words.rpn)]
Bits = Annotated[int, PlainValidator(words.bits)]
Channels = Annotated[frozenset[int], PlainValidator(notes.channels)]
Span = Annotated[tuple[float, float] | None, PlainValidator(words.span)]
Bend = Annotated[Curve | Points, PlainValidator(curve)]
Rate = Annotated[float | None, PlainValidator(words.rate)]
Deadband = Annotated[float, PlainValidator(words.deadband)]
Smooth = Annotated[float, PlainValidator(words.duration(0.0, MAX_SMOOTH))]
Pattern = Annotated[str | None, PlainValidator(names.pattern)]
Name = Annotated[str | None, PlainValidator(names.parameter)]
NoteZone = Annotated[tuple[int, int], PlainValidator(notes.zone)]
VelocityZone = Annotated[tuple[int, int], PlainValidator(notes.velocities)]


class Shape(BaseModel):
    """A block of known keys.

    ``later`` are keys of the design that this version has not, ``hints`` what to say of keys that belong elsewhere.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    later: ClassVar[frozenset[str]] = frozenset()
    hints: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """Its keys as the file spells them, each with what a required one is for."""
        return {field.alias or name: field.description or "" for name, field in cls.model_fields.items()}


class File(Shape):
    nallely: Section = {}
    ports: Section = {}
    neurons: Section = {}


class Session(Shape):
    bus: Any = None
    trevor: Any = None
    take_over: Flag = False


class BusAddress(Shape):
    url: Annotated[str, PlainValidator(address_url)] = Field(
        description="where the bus listens, as in url: localhost:6789"
    )
    ca: Text = None
    headers: Annotated[tuple[tuple[str, str], ...], PlainValidator(names.headers)] = ()


class TrevorAddress(BusAddress):
    url: Annotated[str, PlainValidator(trevor_address_url)] = Field(
        description="where Trevor listens, as in url: localhost:6788"
    )


class PortNames(Shape):
    match: Pattern = None
    input: Pattern = None
    output: Pattern = None
    virtual: Annotated[str | None, PlainValidator(names.virtual)] = None
    rate: Rate = None
    usb: Text = None
    serial: Text = None
    nth: Annotated[int | None, PlainValidator(words.whole(1, 64))] = None
    echo: Annotated[str | None, PlainValidator(words.choice(("drop", "take")))] = None
    nrpn: Annotated[str | None, PlainValidator(words.choice(("consume", "pass")))] = None


class NeuronParts(Shape):
    bus: Any = None
    trevor: Any = None
    take_over: Flag = False
    wiring: Any = None
    voices: Section = {}
    params: Section = {}
    probes: Section = {}


class WireWords(Shape):
    hints = {"velocity": "a link carries none; link the voices' velocity parameters to what is to follow them"}
    link: Annotated[str, PlainValidator(words.text)] = Field(description="as in link: voice* -> MIDIBridge0.X0")
    scale: Any = None
    create: Flag = False


class WireScale(Shape):
    to_min: Annotated[float, PlainValidator(words.bound)] = Field(description="the lowest value that arrives")
    to_max: Annotated[float, PlainValidator(words.bound)] = Field(description="the highest value that arrives")
    as_int: Flag = False


class Voices(Shape):
    hints = {"to": "voices listen to a keyboard; write 'from'", "curve": "write 'velocity_curve'"}
    from_: From = Field(alias="from", description="the port with the keys, as in from: keys")
    count: Annotated[int | None, PlainValidator(words.whole(1, 128))] = None
    channel: Channels = ALL_CHANNELS
    notes: NoteZone = (0, 127)
    velocities: VelocityZone = (1, 127)
    transpose: Annotated[int, PlainValidator(words.whole(-127, 127))] = 0
    velocity: Name = None
    velocity_curve: Bend = Curve.LINEAR
    allocate: Annotated[str, PlainValidator(words.allocation)] = "rotate"
    priority: Annotated[str, PlainValidator(words.choice(("last", "high", "low")))] = "last"
    legato: Flag = False
    steal: Annotated[str, PlainValidator(words.steal)] = "oldest"
    restore: Flag = False
    retrigger_gap: Annotated[float, PlainValidator(words.duration(0.0, MAX_GAP))] = 0.05
    mpe: Any = None
    bend: Name = None
    pressure: Name = None
    timbre: Name = None


class MpeZones(Shape):
    lower: Annotated[int | None, PlainValidator(words.whole(0, MAX_ZONE))] = None
    upper: Annotated[int, PlainValidator(words.whole(0, MAX_ZONE))] = 0
    bend_range: Annotated[float, PlainValidator(words.bend_range)] = 48.0


class Param(Shape):
    hints = {
        "to": "a param listens to a port; write 'from', or move this to 'probes'",
        "gate": "write 'note', whose value is the gate",
        "velocity": "write 'note' with 'value: velocity'",
        "send": "it is for probes; a param takes numbers short or full",
    }
    from_: From = Field(alias="from", description="the port it listens to, as in from: keys")
    cc: Controller = None
    cc14: Any = None
    nrpn: Nrpn = None
    rpn: Rpn = None
    note: AnyNote = None
    pitchbend: Yes = False
    pressure: Yes = False
    poly_pressure: AnyNote = None
    program: Yes = False
    clock: Annotated[str | None, PlainValidator(words.choice(("bpm", "beat", "running")))] = None
    transport: Yes = False
    value: Annotated[str, PlainValidator(words.choice(("gate", "velocity", "number")))] = "gate"
    bits: Bits = 14
    channel: Channels = ALL_CHANNELS
    mode: Annotated[str, PlainValidator(words.mode)] = "absolute"
    encoding: Annotated[str, PlainValidator(words.choice(("twos-complement", "offset", "sign-bit")))] = (
        "twos-complement"
    )
    step: Annotated[float, PlainValidator(words.step)] = 1 / 127
    pickup: Annotated[str, PlainValidator(words.choice(("cross", "scale")))] = "cross"
    sends: Annotated[str, PlainValidator(words.choice(("both", "presses", "toggles")))] = "both"
    range: Span = None
    curve: Bend = Curve.LINEAR
    invert: Flag = False
    accepted: Annotated[tuple[float, ...], PlainValidator(words.accepted)] = ()
    deadband: Deadband = 0.0
    smooth: Smooth = 0.0
    rate: Rate = None
    feedback: Any = None


class FeedbackWords(Shape):
    repeat: Annotated[float | None, PlainValidator(words.duration(MIN_REPEAT, MAX_REPEAT))] = None
    after_release: Flag = False
    on: Data = 127
    off: Data = 0
    lights_off: Annotated[str, PlainValidator(words.choice(("note-off", "velocity-0")))] = "velocity-0"


class Pair(Shape):
    """The two controllers of a ``cc14``."""

    hints = {"fine_first": "a probe sends the coarse half first; the order is for params"}
    coarse: Data = Field(description="the controller with the upper seven bits, as in coarse: 10")
    fine: Controller = None


class HeardPair(Pair):
    hints = {}
    fine_first: Flag = False


_OF_HANDLING: Final = ("mode", "encoding", "step", "pickup", "sends", "accepted")


class Probe(Shape):
    hints = {
        "from": "a probe plays on a port; write 'to', or move this to 'params'",
        "value": "what a probe plays comes from the patch; the key is for params",
        "feedback": "a probe is feedback already; the key is for params",
        **dict.fromkeys(_OF_HANDLING, "how a control is handled is for params"),
    }
    to: To = Field(description="the port it plays on, as in to: daw")
    cc: Controller = None
    cc14: Any = None
    nrpn: Nrpn = None
    rpn: Rpn = None
    note: Annotated[bool, PlainValidator(notes.every_note)] = False
    gate: Note = None
    pitchbend: Yes = False
    pressure: Yes = False
    poly_pressure: Note = None
    program: Yes = False
    clock: Yes = False
    transport: Yes = False
    send: Annotated[str, PlainValidator(words.choice(("short", "full")))] = "short"
    bits: Bits = 14
    channel: Annotated[int, PlainValidator(notes.channel)] = 0
    velocity: Annotated[int | str, PlainValidator(names.velocity)] = 100
    length: Annotated[float | str | None, PlainValidator(names.length)] = None
    legato: Flag = False
    range: Span = None
    curve: Bend = Curve.LINEAR
    invert: Flag = False
    deadband: Deadband = 0.0
    smooth: Smooth = 0.0
    rate: Rate = None


S = TypeVar("S", bound=Shape)

_TWINS: Final = {"from": "to", "to": "from"}
"""A required key, and the one that stands for it in another part of the file: what is told of that is enough."""


def shaped(shape: type[S], data: dict[str, Any], spot: Spot, ports: KnownPorts | None = None) -> S | None:
    """``data`` as a ``shape``, or None, and the spot's report has every reason why not."""
    try:
        return shape.model_validate(data, context=ports)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][0])
            if detail["type"] == "extra_forbidden":
                spot.wrong_key(_unknown(key, shape), key)
            elif detail["type"] != "missing":
                (spot / key).wrong(str(detail["ctx"]["error"]))
            elif _TWINS.get(key) not in data:
                spot.wrong_key(f"{key!r} is missing: {shape.descriptions()[key]}")
    return None


def _unknown(key: str, shape: type[Shape]) -> str:
    if key in shape.later:
        return f"{key!r} is not supported by this version"
    if key in shape.hints:
        return f"{key!r} does not go here: {shape.hints[key]}"
    keys = shape.descriptions()
    name, colon, value = key.partition(":")
    if colon and name in keys:
        return f"a space is missing after the ':'; write '{name}: {value}'"
    return f"unknown key {key!r}{did_you_mean(key, keys) or '; it can be ' + listed(keys, 'or', most=len(keys))}"
