"""The bytes and texts of Nallely's WebSocket Bus, both ways.

A value is one binary frame: the length of the parameter's plain name in one byte, the name in UTF-8, and the
value as a big-endian float64. The bus may also send a float32, or JSON text when it cannot pack a frame
(measured on Nallely 0.7.0).
"""

import json
import math
import struct
from collections.abc import Iterable, Mapping
from typing import Final

from nallely_midibridge.values.mapping import Parameter

MAX_NAME_BYTES: Final = 255
"""A name's length travels in one byte."""

_FLOAT64: Final = struct.Struct("!d")
_FLOAT32: Final = struct.Struct("!f")
packed: Final = _FLOAT64.pack
"""The bytes of a value, which follow the `name_prefix` of its parameter in a frame."""
_UNPACK: Final = {_FLOAT64.size: _FLOAT64.unpack, _FLOAT32.size: _FLOAT32.unpack}


class WireError(ValueError):
    """Something that the bus sent is not a value; the text says what was found."""


def name_prefix(name: str) -> bytes:
    """The part of a value frame that never changes for one parameter.

    Raises ValueError when the bus cannot carry the name: empty, or over 255 bytes in UTF-8.
    """
    encoded = name.encode()
    if not encoded:
        raise ValueError("a name must not be empty")
    if len(encoded) > MAX_NAME_BYTES:
        raise ValueError(f"the name {name[:20]!r}… is {len(encoded)} bytes long; the bus carries {MAX_NAME_BYTES}")
    return bytes((len(encoded),)) + encoded


def encode_value(name: str, value: float) -> bytes:
    """The frame that carries one value of the parameter ``name``. Raises ValueError as `name_prefix` does."""
    return name_prefix(name) + packed(value)


def decode_value(payload: bytes | str) -> tuple[str, float]:
    """The parameter's name and the value in a message of the bus; infinities are values.

    Raises WireError when it is not a value: cut short, not UTF-8, not JSON, or not a number (NaN included).
    """
    name, value = _decode_text(payload) if isinstance(payload, str) else _decode_frame(payload)
    if math.isnan(value):
        raise WireError(f"the value of {name!r} is not a number (NaN)")
    return name, value


def decode_known(payload: bytes | str, names: Mapping[bytes, str]) -> tuple[str, float] | None:
    """The same at a third of the cost, for a frame as it nearly always is: with a float64 and one of these names.

    ``names`` are by their `name_prefix`. None for any other message, NaN included.
    """
    name = names.get(payload[: -_FLOAT64.size])  # type: ignore[arg-type]  # a text is none of them
    if name is None:
        return None
    (value,) = _FLOAT64.unpack_from(payload, len(payload) - _FLOAT64.size)  # type: ignore[arg-type]
    return (name, value) if value == value else None


def _decode_frame(frame: bytes) -> tuple[str, float]:
    if not frame:
        raise WireError("an empty frame")
    end = 1 + frame[0]
    unpack = _UNPACK.get(len(frame) - end)
    if unpack is None:
        raise WireError(f"a frame of {len(frame)} bytes does not hold a name of {frame[0]} bytes and a float")
    try:
        return frame[1:end].decode(), unpack(frame[end:])[0]
    except UnicodeDecodeError:
        raise WireError("a frame whose name is not UTF-8") from None


def _decode_text(text: str) -> tuple[str, float]:
    try:
        message = json.loads(text)
        name, value = message["on"], message["value"]
        if not isinstance(name, str) or isinstance(value, bool):
            raise TypeError
        return name, float(value)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        raise WireError(f'a text that is not {{"on": NAME, "value": NUMBER}}: {text[:60]!r}') from None


def registration_list(parameters: Iterable[Parameter]) -> list[dict[str, object]]:
    """The parameters as a registration lists them; a range is written low end first."""
    return [{"name": p.name, "range": [min(p.low, p.high), max(p.low, p.high)]} for p in parameters]


def registration(kind: str, parameters: Iterable[Parameter]) -> str:
    """The text that registers a neuron, sent once after connecting to ``/NEURON/autoconfig``."""
    return json.dumps({"kind": kind, "parameters": registration_list(parameters)})
