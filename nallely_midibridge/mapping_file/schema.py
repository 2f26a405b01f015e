"""The shape of a mapping file: which keys stand where, and what each takes.

The only file that knows pydantic, which finds all that is wrong with a block at once. Its own sentences are
never shown: the readers of ``words`` and ``names`` bring theirs, and the rest is said here.
"""

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, ValidationInfo

from nallely_midibridge.mapping_file import names, words
from nallely_midibridge.mapping_file.address import address_url
from nallely_midibridge.mapping_file.problem import did_you_mean, listed, shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.source import ALL_CHANNELS

KnownPorts = dict[str, Port | None]
"""The file's ports by short name; None for one that is not right itself."""

_KINDS_LATER = frozenset({"cc14", "nrpn", "rpn", "poly_pressure", "clock", "transport"})
_SHAPING_LATER = frozenset({"deadband", "smooth"})
_CONTROLS_LATER = frozenset({"mode", "encoding", "step", "feedback", "pickup", "accepted"})


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
Note = Annotated[int | None, PlainValidator(words.note)]
Controller = Annotated[int | None, PlainValidator(words.whole(0, 127))]
Channels = Annotated[frozenset[int], PlainValidator(words.channels)]
Span = Annotated[tuple[float, float] | None, PlainValidator(words.span)]
CurveName = Annotated[str, PlainValidator(words.curve)]
Rate = Annotated[float | None, PlainValidator(words.rate)]
Pattern = Annotated[str | None, PlainValidator(names.pattern)]


class Shape(BaseModel):
    """A block of known keys. ``later`` are keys of the design that this version has not."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    later: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """Its keys as the file spells them, each with what a required one is for."""
        return {field.alias or name: field.description or "" for name, field in cls.model_fields.items()}


class File(Shape):
    nallely: Section = {}
    ports: Section = {}
    neurons: Section = {}


class Session(Shape):
    later = frozenset({"trevor", "take_over"})
    bus: Any = None


class BusAddress(Shape):
    url: Annotated[str, PlainValidator(address_url)] = Field(
        description="where the bus listens, as in url: localhost:6789"
    )
    ca: Text = None
    headers: Annotated[tuple[tuple[str, str], ...], PlainValidator(names.headers)] = ()


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


class NeuronParts(Shape):
    later = frozenset({"wiring", "take_over"})
    bus: Any = None
    voices: Section = {}
    params: Section = {}
    probes: Section = {}


class Voices(Shape):
    later = frozenset({"pressure", "bend"})
    from_: From = Field(alias="from", description="the port with the keys, as in from: keys")
    count: Annotated[int, PlainValidator(words.whole(1, 128))] = 4
    channel: Channels = ALL_CHANNELS
    notes: Annotated[tuple[int, int], PlainValidator(words.zone)] = (0, 127)
    transpose: Annotated[int, PlainValidator(words.whole(-127, 127))] = 0
    velocity: Annotated[str | None, PlainValidator(names.parameter)] = None
    steal: Annotated[str, PlainValidator(words.choice(("oldest", "quietest", "lowest", "highest", "none")))] = "oldest"
    retrigger_gap: Annotated[float, PlainValidator(words.duration)] = 0.05
    restore: Flag = False


class Param(Shape):
    later = _KINDS_LATER | _SHAPING_LATER | _CONTROLS_LATER | {"rate"}
    from_: From = Field(alias="from", description="the port it listens to, as in from: keys")
    cc: Controller = None
    note: Annotated[int | None, PlainValidator(words.note_or_any)] = None
    pitchbend: Yes = False
    pressure: Yes = False
    program: Yes = False
    value: Annotated[str, PlainValidator(words.choice(("gate", "velocity", "number")))] = "gate"
    channel: Channels = ALL_CHANNELS
    range: Span = None
    curve: CurveName = "linear"
    invert: Flag = False


class Probe(Shape):
    later = _KINDS_LATER | _SHAPING_LATER
    to: To = Field(description="the port it plays on, as in to: daw")
    cc: Controller = None
    note: Annotated[bool, PlainValidator(words.every_note)] = False
    gate: Note = None
    pitchbend: Yes = False
    pressure: Yes = False
    program: Yes = False
    channel: Annotated[int, PlainValidator(words.channel)] = 0
    velocity: Annotated[int, PlainValidator(words.whole(1, 127))] = 100
    range: Span = None
    curve: CurveName = "linear"
    invert: Flag = False
    rate: Rate = None


S = TypeVar("S", bound=Shape)


def shaped(shape: type[S], data: dict[str, Any], spot: Spot, ports: KnownPorts | None = None) -> S | None:
    """``data`` as a ``shape``, or None, and the spot's report has every reason why not."""
    try:
        return shape.model_validate(data, context=ports)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][0])
            if detail["type"] == "extra_forbidden":
                spot.wrong_key(_unknown(key, shape), key)
            elif detail["type"] == "missing":
                spot.wrong_key(f"{key!r} is missing: {shape.descriptions()[key]}")
            else:
                (spot / key).wrong(str(detail["ctx"]["error"]))
    return None


def _unknown(key: str, shape: type[Shape]) -> str:
    if key in shape.later:
        return f"{key!r} is not supported by this version"
    keys = shape.descriptions()
    name, colon, value = key.partition(":")
    if colon and name in keys:
        return f"a space is missing after the ':'; write '{name}: {value}'"
    return f"unknown key {key!r}{did_you_mean(key, keys) or '; it can be ' + listed(keys, 'or')}"
