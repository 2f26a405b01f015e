"""What to write in ``ports`` for what is plugged in: a short name each, and what only that one is meant by.

A device may be called anything, and a mapping file takes nearly anything. What it cannot take (a character that nobody
sees, a quotation mark in front, a number such as 24:0 at the end) is left to a ``*``.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.mapping_file import names
from nallely_midibridge.mapping_file.syntax import invisible
from nallely_midibridge.values.device import UNKNOWN, Device, choose
from nallely_midibridge.values.port_name import matches, short_name, stable_name

MOST_OF_A_NAME: Final = 100
"""Characters of a device's name that are written; what follows is left to a ``*``."""
MOST_OF_A_SHORT_NAME: Final = 24
MOST_TWINS: Final = 64
"""What `nth` counts to."""

_PLAIN: Final = re.compile(r"[^\W\d_][\w-]*")
_ADDRESS: Final = re.compile(r":(?=[0-9]{1,3}\s*$)")
"""The colon of what looks like a client's number, which a pattern must not end in."""
_CONSTANTS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""Words that YAML, of one version or the other, takes for something else than text."""


@dataclass(frozen=True, slots=True)
class Plugged:
    """A port that is there: its full ``name``, the ``short`` one of the file, and the ``written`` line of ``ports``.

    ``written`` is None where nothing that can be written means this port and no other.
    """

    name: str
    short: str
    written: str | None


def plugged(
    present: Sequence[str],
    device_of: Callable[[str], Device],
    wanted: Collection[str],
    taken: Collection[str] = (),
) -> list[Plugged]:
    """What to write for the ``wanted`` ones of the inputs that are ``present``; ``taken`` are short names in use."""
    found: list[Plugged] = []
    for name in present:
        if name in wanted:
            short = free_name(_short(name), {*taken, *(other.short for other in found)})
            found.append(Plugged(name, short, _written(name, present, device_of)))
    return found


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with the first number from 2 that makes it one that is not taken."""
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def scalar(text: str) -> str:
    """A text as YAML has it: plain where nobody can take it for something else, else between double quotes."""
    return text if _PLAIN.fullmatch(text) and text not in _CONSTANTS else quoted(text)


def quoted(text: str) -> str:
    """A text without invisible characters between double quotes, the same in YAML and JSON."""
    return json.dumps(text, ensure_ascii=False)


def visible(text: str) -> str:
    """A text that may stand in a comment: each character that nobody sees, or that breaks a line, is a ``?``."""
    return "".join("?" if invisible(c) or not c.isprintable() else c for c in text)


def _short(name: str) -> str:
    """A short name made of the device's own, also right for a neuron: letters and digits, with hyphens between."""
    device = stable_name(name).partition(":")[0][:MOST_OF_A_NAME]
    parts = unicodedata.normalize("NFKD", device)
    letters = unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c))).lower()
    words = "-".join(re.findall(r"[^\W_]+", letters))[:MOST_OF_A_SHORT_NAME].strip("-")
    return words or "device"


def _written(name: str, present: Sequence[str], device_of: Callable[[str], Device]) -> str | None:
    pattern = _pattern(short_name(name))
    if pattern is None:
        return None
    if matches(pattern, present) == [name]:
        return quoted(pattern)
    device = Device(usb=device_of(name).usb)
    same = matches(pattern, [other for other in present if device_of(other).is_one_of(device)])
    if same == [name] and device != UNKNOWN:
        return f"{{match: {quoted(pattern)}, usb: {quoted(str(device.usb))}}}"
    nth = same.index(name) + 1 if name in same else 0
    if not 1 <= nth <= MOST_TWINS or choose(pattern, present, device, nth, device_of) != name:
        return None
    usb = f", usb: {quoted(device.usb)}" if device.usb else ""
    return f"{{match: {quoted(pattern)}{usb}, nth: {nth}}}"


def _pattern(name: str) -> str | None:
    """What means a port of this name; None when nothing of the name can be written."""
    text = "".join("*" if invisible(c) else c for c in name)
    if len(text) > MOST_OF_A_NAME:
        text = text[:MOST_OF_A_NAME] + "*"
    text = _ADDRESS.sub("*", text)
    body = text.strip()
    if body.startswith(tuple(names.TYPOGRAPHIC_QUOTES)):
        body = "*" + body[1:]
    if body != text and re.search(r"[*?]", body):
        body = f"*{body}*"  # a pattern has no spaces at its ends, and yet has to match the whole name
    return names.pattern(body) if re.search(r"[^\s*?]", body) else None
