"""The mapping file as a JSON Schema, for editors: which keys there are, what each takes, and what it is for.

The keys, and which of them are required, are those of ``schema``; the values are said here, for a reader is a function
and does not say what it takes. It is wider than the bridge: what depends on other parts of the file, `check` alone can
tell.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nallely_midibridge.mapping_file import schema
from nallely_midibridge.mapping_file.curves import MAX_POINTS
from nallely_midibridge.mapping_file.shape import Shape
from nallely_midibridge.mapping_file.words import MAX_ACCEPTED, MAX_BEND, MAX_RATE, MIN_RATE, RPN_NAMES
from nallely_midibridge.values.midi import NULL_PARAMETER
from nallely_midibridge.values.scale import Curve
from nallely_midibridge.values.wiring import Scaling

Json = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The newest that editors' YAML language servers know well."""

SOURCES: Final = (
    *("cc", "cc14", "nrpn", "rpn", "note", "pitchbend", "pressure", "poly_pressure", "program", "clock", "transport"),
)
DESTINATIONS: Final = (*SOURCES, "gate")

PATTERN: Final[Json] = {"type": "string", "pattern": r"\{[^{}]*(\.\.|,)[^{}]*\}"}
"""``"{20..27}"``: one for each that the name makes."""
BRACES: Final[Json] = {"type": "object", "additionalProperties": {"type": "null"}, "minProperties": 1}
"""The same without its quotes, which YAML reads as keys without values."""


def json_schema() -> Json:
    """The schema of a whole file, as data that JSON can carry."""
    return {
        "$schema": DRAFT,
        "title": "nallely-midibridge mapping file",
        "description": "MIDI ports, neurons in a Nallely session, and the routes between them.",
        **_block(schema.File, _FILE),
    }


def _block(shape: type[Shape], values: Mapping[str, Json]) -> Json:
    """A block of known keys. What a key takes that is not among the values, nobody checks but the bridge."""
    known = shape.known()
    block: Json = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: values.get(key, {}) for key in known},
    }
    required = [name for name, key in known.items() if key.is_required]
    return {**block, "required": required} if required else block


def _said(what: str, value: Json) -> Json:
    return {"description": what, **value}


def _any(*values: Json) -> Json:
    return {"anyOf": list(values)}


def _many(value: Json) -> Json:
    """A value, or a pattern of as many as its route's name makes."""
    return _any(value, PATTERN, BRACES)


def _whole(low: int, high: int) -> Json:
    return _many(
        _any({"type": "integer", "minimum": low, "maximum": high}, {"type": "string", "pattern": r"^[-+]?\d+$"})
    )


def _number(low: float, high: float, *, above: bool = False, below: bool = False) -> Json:
    """A number from ``low`` to ``high``, or only above the one or below the other."""
    limits = {"exclusiveMinimum" if above else "minimum": low, "exclusiveMaximum" if below else "maximum": high}
    figure = {"type": "string", "pattern": r"^[-+]?\d+(\.\d+)?$"}
    return _many(_any({"type": "number", **limits}, figure))


def _choice(*words: str) -> Json:
    return _many({"enum": list(words)})


def _section(value: Json) -> Json:
    """A part of the file with names of the user's own; it may be left empty."""
    return {"type": ["object", "null"], "additionalProperties": value}


def _one_of(keys: Iterable[str]) -> list[Json]:
    return [{"required": [key]} for key in keys]


TEXT: Final[Json] = {"type": "string", "pattern": r"\S"}
TRUE: Final[Json] = {"const": True}
FLAG: Final[Json] = {"type": "boolean"}
DATA: Final = _whole(0, 127)
DURATION: Final = _many({"type": "string", "pattern": r"^\d{1,6}(\.\d{1,6})? ?(ms|s)$"})
NOTE: Final = _many(
    _any(
        {"type": "integer", "minimum": 0, "maximum": 127},
        {"type": "string", "pattern": r"^([A-Ga-g][#b♯♭]?-?\d|\d{1,3})$"},
    )
)
NOTE_OR_ANY: Final = _any({"const": "any"}, NOTE)
ZONE: Final = _any({"type": "string", "pattern": r"^.+\.\..+$"}, BRACES)
CHANNEL: Final = _whole(1, 16)
CHANNELS: Final = _any({"const": "all"}, CHANNEL, {"type": "array", "items": CHANNEL, "minItems": 1})
POINT: Final[Json] = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
CURVE: Final = _any(
    _choice(*(curve.value for curve in Curve)),
    {"type": "array", "items": POINT, "minItems": 2, "maxItems": MAX_POINTS},
)
SPAN: Final[Json] = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2, "uniqueItems": True}
PARAMETER_NUMBER: Final = _whole(0, NULL_PARAMETER - 1)
NAMED: Final = _any(TEXT, {"type": "integer"})
"""A name that may be a number."""
NAME: Final = _any(NAMED, BRACES)

_ADDRESS: Final[Mapping[str, Json]] = {
    "url": _said("where it listens", TEXT),
    "ca": _said("the authority of a wss:// address, a PEM file in the folder of this one", TEXT),
    "headers": _said("sent when connecting", {"type": "object"}),
}
_SESSION: Final[Mapping[str, Json]] = {
    "bus": _said(
        "HOST, HOST:PORT, or a ws:// or wss:// URL; default localhost:6789",
        _any(TEXT, _block(schema.BusAddress, _ADDRESS)),
    ),
    "trevor": _said(
        "auto (port 6788 of the bus's host), off, or an address",
        _any(TEXT, {"const": False}, _block(schema.TrevorAddress, _ADDRESS)),
    ),
    "take_over": _said("whether parameters that another program registered under our name are replaced", FLAG),
}

_SCALE: Final = _said(
    "how values are brought from one range to the other",
    _any(
        {"enum": [scaling.value for scaling in Scaling]},
        _block(schema.WireScale, {"to_min": {"type": "number"}, "to_max": {"type": "number"}, "as_int": FLAG}),
    ),
)
_WIRE: Final = _any(
    TEXT,
    _block(
        schema.WireWords,
        {
            "link": _said("SOURCE -> DESTINATION", TEXT),
            "scale": _SCALE,
            "create": _said("the device is made where there is none", FLAG),
        },
    ),
)

_PORT: Final = _block(
    schema.PortNames,
    {
        "match": _said("a device, both ways: its name, whole words of it, or a pattern with * and ?", NAMED),
        "input": _said("what is listened to", NAMED),
        "output": _said("what is played on", NAMED),
        "virtual": _said("a port that the bridge makes, both ways", TEXT),
        "rate": _said("messages a second it is sent at most", _number(MIN_RATE, MAX_RATE)),
        "usb": _said("the USB place that `ports` shows", TEXT),
        "serial": _said("the serial number that `ports` shows", TEXT),
        "nth": _said("which of several devices of one name", _whole(1, 64)),
        "echo": _said("whether what the port sends back of what it was sent is input", _choice("drop", "take")),
        "nrpn": _said("whether what spells an NRPN or RPN for a route is a CC as well", _choice("consume", "pass")),
    },
)

_SHAPED: Final[Mapping[str, Json]] = {
    "range": _said("[low, high]", SPAN),
    "curve": _said("how the way from low to high is bent", CURVE),
    "invert": _said("high for low", FLAG),
    "deadband": _said("the share of the way that does not count", _number(0, 1, below=True)),
    "smooth": _said("the time constant, such as 50ms", DURATION),
    "rate": _said("values or messages a second at most", _number(MIN_RATE, MAX_RATE)),
    "bits": _said("what an NRPN or RPN carries: 14, or 7 without the fine half", _any(_whole(7, 7), _whole(14, 14))),
    "cc": _said("a controller", DATA),
    "nrpn": _said("a non-registered parameter number", PARAMETER_NUMBER),
    "rpn": _said("a registered parameter number, or its name", _any(_choice(*RPN_NAMES), PARAMETER_NUMBER)),
    "pitchbend": TRUE,
    "pressure": _said("channel pressure", TRUE),
    "program": _said("program changes", TRUE),
}

_VOICES: Final = _block(
    schema.Voices,
    {
        "from": _said("the port with the keys", NAME),
        "count": _said("how many voices; default 4", _whole(1, 128)),
        "channel": _said("1 to 16, a list, or all", CHANNELS),
        "notes": _said("a zone such as C2..B4", ZONE),
        "velocities": _said("a zone such as 1..64", ZONE),
        "transpose": _said("semitones", _whole(-127, 127)),
        "velocity": _said("the name of parameters with each key's velocity", NAME),
        "velocity_curve": CURVE,
        "allocate": _said("which voice a key takes", _choice("rotate", "lowest", "unison", "mono")),
        "priority": _said("which key sounds, for unison and mono", _choice("last", "high", "low")),
        "legato": _said("no gap between tied notes", FLAG),
        "steal": _said(
            "which voice gives way when all are busy", _choice("oldest", "quietest", "lowest", "highest", "none")
        ),
        "restore": _said("a stolen note whose key is down comes back", FLAG),
        "retrigger_gap": _said("the silence between two notes of one voice; default 50ms", DURATION),
        "mpe": _any(
            TRUE,
            _block(
                schema.MpeZones,
                {
                    "lower": _whole(0, schema.MAX_ZONE),
                    "upper": _whole(0, schema.MAX_ZONE),
                    "bend_range": _number(0, MAX_BEND, above=True),
                },
            ),
        ),
        **{key: _said(f"for mpe: the name of parameters with each key's {key}", NAME) for key in ("bend", "pressure")},
        "timbre": _said("for mpe: the name of parameters with each key's timbre", NAME),
    },
)

_FEEDBACK: Final = _said(
    "the device's light, ring or motor follows the value",
    _any(
        TRUE,
        {
            **_block(
                schema.FeedbackWords,
                {
                    "repeat": _said("told again that often", DURATION),
                    "after_release": _said("told again when the button goes up", FLAG),
                    "on": DATA,
                    "off": DATA,
                    "lights_off": _choice("note-off", "velocity-0"),
                },
            ),
            "minProperties": 1,
        },
    ),
)


def _pair(shape: type[schema.Pair]) -> Json:
    return _any(_whole(0, 31), _block(shape, {"coarse": DATA, "fine": DATA, "fine_first": FLAG}))


_PARAM: Final = {
    **_block(
        schema.Param,
        {
            **_SHAPED,
            "from": _said("the port it listens to", NAME),
            "cc14": _said("two controllers, the fine one 32 above", _pair(schema.HeardPair)),
            "note": _said("a note such as C1, or any", NOTE_OR_ANY),
            "poly_pressure": _said("of a note, or any", NOTE_OR_ANY),
            "clock": _choice("bpm", "beat", "running"),
            "transport": TRUE,
            "value": _said("what of a note", _choice("gate", "velocity", "number")),
            "channel": _said("1 to 16, a list, or all", CHANNELS),
            "mode": _choice("absolute", "relative", "toggle", "momentary", "pickup"),
            "encoding": _said("of an endless encoder", _choice("twos-complement", "offset", "sign-bit")),
            "step": _said("the share of the range that an encoder's step covers", _number(0, 1, above=True)),
            "pickup": _choice("cross", "scale"),
            "sends": _said("what a button sends", _choice("both", "presses", "toggles")),
            "accepted": _said(
                "the only values it takes",
                {
                    "type": "array",
                    "items": {"type": "number"},
                    "minItems": 2,
                    "maxItems": MAX_ACCEPTED,
                    "uniqueItems": True,
                },
            ),
            "feedback": _FEEDBACK,
        },
    ),
    "oneOf": _one_of(SOURCES),
}

_PROBE: Final = {
    **_block(
        schema.Probe,
        {
            **_SHAPED,
            "to": _said("the port it plays on", NAME),
            "cc14": _said("two controllers, the fine one 32 above", _pair(schema.Pair)),
            "note": _said("true: the value is the note, 0 is off", TRUE),
            "gate": _said("a note that is on while the value is above 0", NOTE),
            "poly_pressure": NOTE,
            "clock": _said("true: the value is the tempo", TRUE),
            "transport": _said("true: it runs while the value is above 0", TRUE),
            "send": _said(
                "of an NRPN or RPN, its number with each value or when it is another", _choice("short", "full")
            ),
            "channel": _said("1 to 16; default 1", CHANNEL),
            "velocity": _said("1 to 127, or the parameter that has it", _any(_whole(1, 127), TEXT, BRACES)),
            "length": _said("such as 200ms, or the parameter that has it in seconds", _any(DURATION, TEXT, BRACES)),
            "legato": _said("a note ends when the next has begun", FLAG),
        },
    ),
    "oneOf": _one_of(DESTINATIONS),
}

_NEURON: Final = _block(
    schema.NeuronParts,
    {
        **_SESSION,
        "wiring": _said(
            "links to Nallely's devices, each SOURCE -> DESTINATION", {"type": ["array", "null"], "items": _WIRE}
        ),
        "voices": _said("keyboards, each spread over voices", _section(_VOICES)),
        "params": _said("from MIDI to Nallely", _section(_PARAM)),
        "probes": _said(
            "from Nallely to MIDI", _section(_any(_PROBE, {"type": "array", "items": _PROBE, "minItems": 1}))
        ),
    },
)

_FILE: Final[Mapping[str, Json]] = {
    "nallely": {**_block(schema.Session, _SESSION), "type": ["object", "null"]},
    "ports": _said("a short name for each MIDI port", _section(_any(NAMED, _PORT))),
    "neurons": _said("what the session sees, by name", _section({**_NEURON, "type": ["object", "null"]})),
}
