"""The words of the control socket: one JSON object a line, a request and its answer. All of it: docs/control.md."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

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


class RequestError(ValueError):
    """A line that is no request. ``kind`` is what it is counted as."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def read_request(line: bytes) -> Do:
    """What a line asks for. Raises RequestError whatever the bytes are."""
    try:
        request = json.loads(line.decode(), object_pairs_hook=_block)
    except (ValueError, RecursionError):
        raise RequestError("a line that is not JSON", 'a request is one line of JSON, as in {"do": "status"}') from None
    if not isinstance(request, dict):
        raise RequestError("JSON that is no request", 'a request is a JSON object, as in {"do": "status"}')
    return _read_do(request)


def _read_do(request: dict[str, Any]) -> Do:
    known = ", ".join(do.value for do in Do)
    do = request.pop("do", None)
    if not (isinstance(do, str) and do in {word.value for word in Do}):
        raise RequestError("an unknown request", f'"do" is one of {known}, not {shown(do)}')
    if request:
        raise RequestError("an unknown key", f"{do} takes no {shown(next(iter(request)))}")
    return Do(do)


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
