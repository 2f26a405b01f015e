"""The text that Trevor sends to a `SessionState`.

A big patch is megabytes of text, and Python's JSON reader keeps the interpreter for all of one call: a note would wait
for it. So the lists of devices and of links are read an item at a time, and what nobody needs is not kept.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from nallely_midibridge.values.session import (
    ALL_KEYS,
    VIRTUAL,
    Bound,
    Chain,
    Path,
    PortOfDevice,
    SessionDevice,
    SessionLink,
    SessionState,
)

LISTS: Final = frozenset({"virtual_devices", "midi_devices", "connections"})
"""The parts of a state that grow with the patch."""
MARK: Final = '"virtual_devices"'
"""A message without it is no state."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_decode: Final = json.JSONDecoder().raw_decode


def read_state(text: str) -> SessionState | None:
    """The state in a message; None for another kind of message. Raises ValueError for one that cannot be read."""
    if MARK not in text:
        return None
    parts: dict[str, list[Any]] = {name: [] for name in LISTS}
    kinds: list[str] = []
    try:
        for key, item in _items(text):
            if key == "virtual_devices":
                parts[key].append(_virtual(item))
            elif key == "midi_devices":
                parts[key].append(_midi(item))
            elif key == "connections":
                parts[key].append(_link(item))
            elif key == "classes":
                kinds = [str(kind) for group in item.values() for kind in group]
            elif key == "command":
                return None
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"a state of the session that is not as expected: {type(error).__name__}: {error}") from error
    return SessionState((*parts["virtual_devices"], *parts["midi_devices"]), tuple(parts["connections"]), tuple(kinds))


def _items(text: str) -> Iterator[tuple[str, Any]]:
    """Each member of the object, but of the long lists each item."""
    at = _after(text, 0, "{")
    while text[at : at + 1] == '"':
        key, at = _decode(text, at)
        at = _after(text, at, ":")
        if key in LISTS and text[at : at + 1] == "[":
            at = _after(text, at, "[")
            while text[at : at + 1] != "]":
                item, at = _decode(text, at)
                yield key, item
                at = _skip_comma(text, at, "]")
            at = _skip(text, at + 1)
        else:
            item, at = _decode(text, at)
            yield key, item
            at = _skip(text, at)
        at = _skip_comma(text, at, "}")


def _after(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark!r} is missing at {at}")
    return _skip(text, at + 1)


def _skip_comma(text: str, at: int, end: str) -> int:
    """Behind the comma, or at the end that is there in its place."""
    at = _skip(text, at)
    return at if text[at : at + 1] == end else _after(text, at, ",")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _virtual(device: dict[str, Any]) -> SessionDevice:
    meta = device["meta"]
    return SessionDevice(
        id=device["id"],
        repr=device["repr"],
        kind=meta["name"],
        parameters=tuple(_virtual_parameter(parameter) for parameter in meta["parameters"]),
        is_neuron=bool(device.get("proxy")),
    )


def _virtual_parameter(parameter: dict[str, Any]) -> PortOfDevice:
    low, high = _bounds(parameter)
    return PortOfDevice(VIRTUAL, parameter["name"], parameter["cv_name"], low, high)


def _midi(device: dict[str, Any]) -> SessionDevice:
    meta = device["meta"]
    parameters = tuple(parameter for section in meta["sections"] for parameter in _section(section))
    return SessionDevice(device["id"], device["repr"], meta["name"], parameters, is_midi=True)


def _section(section: dict[str, Any]) -> Iterator[PortOfDevice]:
    """A section's keys under the name that a command has for them, then its other parameters."""
    keys = section.get("pads_or_keys")
    if keys:
        low, high = _bounds(keys)
        yield PortOfDevice(keys["section_name"], keys["name"], ALL_KEYS, low, high)
    for parameter in (*section.get("parameters", ()), *section.get("pitchwheels", ())):
        low, high = _bounds(parameter)
        yield PortOfDevice(parameter["section_name"], parameter["name"], parameter["name"], low, high)


def _bounds(parameter: dict[str, Any]) -> tuple[Bound, Bound]:
    low, high = parameter.get("range") or (None, None)
    return low, high


def _link(link: dict[str, Any]) -> SessionLink:
    chain = link["src"].get("chain")
    return SessionLink(
        _end(link["src"]),
        _end(link["dest"]),
        Chain(chain.get("to_min"), chain.get("to_max"), bool(chain.get("as_int"))) if chain else None,
        bool(link.get("muted")),
    )


def _end(end: dict[str, Any]) -> Path:
    """An end of a link. All keys of a section have a name there that no command uses; one key has its number."""
    parameter = end["parameter"]
    if "keys" in parameter:
        name = ALL_KEYS
    elif "note" in parameter:
        name = str(parameter["note"])
    else:
        name = parameter.get("cv_name") or parameter["name"]
    return Path(end["device"], parameter["section_name"], name)
