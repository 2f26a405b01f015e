"""What the simulated bus says and understands.

Written apart from the bridge's own encoder on purpose: a mistake made in both would be seen by no test.
"""

import json
import struct
from typing import Any, NamedTuple

from nallely_midibridge.simulated.devices import Parameter
from nallely_midibridge.simulated.happenings import ProbeValue

LONGEST_NAME = 255
"""A frame gives a name's length in one byte."""


class Registration(NamedTuple):
    """The first message of a client: its neuron's parameters, and what to do with them if it is known already."""

    parameters: list[Parameter]
    action: str | None


def encode(value: ProbeValue) -> bytes | str:
    """A frame, or JSON text for a name that no frame can carry."""
    name = value.parameter.encode()
    if len(name) <= LONGEST_NAME:
        return struct.pack(f">B{len(name)}sd", len(name), name, value.value)
    return json.dumps({"value": value.value, "device": value.neuron, "on": value.parameter, "sender": value.sender})


def decode(message: bytes | str) -> tuple[str, float]:
    """A parameter's name and its value, from a frame (float64 or float32) or JSON text.

    Raises ValueError for anything else.
    """
    try:
        return _decode_text(message) if isinstance(message, str) else _decode_frame(message)
    except (LookupError, TypeError, OverflowError, RecursionError, struct.error) as error:
        raise ValueError(f"not a value: {message!r}") from error


def _decode_text(message: str) -> tuple[str, float]:
    fields = json.loads(message)
    return str(fields["on"]), float(fields["value"])


def _decode_frame(message: bytes) -> tuple[str, float]:
    end = 1 + message[0]
    # What follows the number is ignored, as the real bus does.
    kind = ">d" if len(message) >= end + 8 else ">f"
    (value,) = struct.unpack_from(kind, message, end)
    return message[1:end].decode(), value


def decode_registration(message: bytes | str) -> Registration:
    """What a client says first. Raises ValueError for anything else."""
    try:
        fields = json.loads(message)
        return Registration([_parameter(item) for item in fields["parameters"]], fields.get("type"))
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a registration: {message!r}") from error


def _parameter(item: Any) -> Parameter:
    if not isinstance(item, dict):
        return Parameter(str(item))
    match item.get("range"):
        case [low, high]:
            return Parameter(str(item.get("name")), low, high)
        case _:
            return Parameter(str(item.get("name")))
