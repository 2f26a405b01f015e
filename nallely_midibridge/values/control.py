"""The words of the control socket: one JSON object a line, a request and its answer. All of it: docs/control.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from nallely_midibridge.values.watch import TRAFFIC, Watch

LINE_LIMIT: Final = 4096
"""Bytes of the longest request, its newline included."""
SHOWN: Final = 40
"""Characters of somebody else's word that are repeated to them or logged."""

_KINDS: Final = {
    type(None): "nothing",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
"""What JSON that is no text is called."""

Answer = Mapping[str, object]
"""What is said to a request: ``ok``, and either what was asked for or an ``error``."""


class Do(Enum):
    """What can be asked of a running bridge. The value is the word on the socket."""

    STATUS = "status"
    RELOAD = "reload"
    PANIC = "panic"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Request:
    """What a program asks for. ``watch`` is what it wants to see, if it wants to."""

    do: Do
    watch: Watch | None = None


class RequestError(ValueError):
    """A line that is no request. ``kind`` is what it is counted as."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def read_request(line: bytes) -> Request:
    """What a line asks for. Raises RequestError whatever the bytes are."""
    try:
        request = json.loads(line.decode(), object_pairs_hook=_block)
    except (ValueError, RecursionError):
        raise RequestError("a line that is not JSON", 'a request is one line of JSON, as in {"do": "status"}') from None
    if not isinstance(request, dict):
        raise RequestError("JSON that is no request", 'a request is a JSON object, as in {"do": "status"}')
    do = _read_do(request)
    watch = _read_watch(request) if do is Do.WATCH else None
    if request:
        raise RequestError("an unknown key", f"{do.value} takes no {shown(next(iter(request)))}")
    return Request(do, watch)


def _read_do(request: dict[str, Any]) -> Do:
    known = ", ".join(do.value for do in Do)
    do = request.pop("do", None)
    if not (isinstance(do, str) and do in {word.value for word in Do}):
        raise RequestError("an unknown request", f'"do" is one of {known}, not {shown(do)}')
    return Do(do)


def _read_watch(request: dict[str, Any]) -> Watch:
    also, of = _read_names(request, "also"), _read_names(request, "of")
    if unknown := also.difference(TRAFFIC):
        known = ", ".join(TRAFFIC)
        raise RequestError("an unknown kind of event", f'"also" is a list of {known}, not {shown(min(unknown))}')
    return Watch(also, of)


def _read_names(request: dict[str, Any], key: str) -> frozenset[str]:
    names = request.pop(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RequestError("a list that is none", f'"{key}" is a list of names, as in {{"do": "watch", "{key}": []}}')
    return frozenset(names)


def _block(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    block = dict(pairs)
    if len(block) < len(pairs):
        raise ValueError("a key twice: nobody knows which one is meant")
    return block


def shown(value: object) -> str:
    """Somebody else's value, short, in a form that any terminal and log can show."""
    text = ascii(value) if isinstance(value, str) else _KINDS[type(value)]
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def failure(error: str, **more: object) -> Answer:
    """The answer to what could not be done."""
    return {"ok": False, "error": error, **more}


def success(**found: object) -> Answer:
    """The answer to what was done."""
    return {"ok": True, **found}


def line_of(answer: Answer) -> bytes:
    """An answer as it is sent: ASCII, so that no byte but the last is a newline."""
    return json.dumps(answer).encode() + b"\n"
