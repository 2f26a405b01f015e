"""What MIDI systems call their ports, and which of them a pattern of the mapping file means."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

OUR_CLIENT: Final = "nallely-midibridge"
"""The name our ports are seen under. Nallely hides every port whose name contains ``RtMidi``."""

THROUGH: Final = "Midi Through"
"""ALSA's loop back to whoever writes to it: there on every machine, and seldom what is meant."""

_ALSA_ADDRESS: Final = re.compile(r" \d+:\d+$")
"""The client and port number at the end of a name of the ALSA sequencer; it changes from boot to boot."""


def is_of(client: str, name: str) -> bool:
    """Whether a port belongs to a client of this name. JACK numbers its namesakes: ``nallely-midibridge-01``."""
    return re.match(re.escape(client) + r"(-\d+)?:", name) is not None


def is_ours(name: str) -> bool:
    """Whether a port was made by a bridge; such a port never matches a pattern."""
    return is_of(OUR_CLIENT, name)


def stable_name(name: str) -> str:
    """The name without what changes from boot to boot: ``KeyStep 37:KeyStep 37 MIDI 1``."""
    return _ALSA_ADDRESS.sub("", name)


def short_name(name: str) -> str:
    """The name without the client where the port repeats it: ``KeyStep 37 MIDI 1``. What a person writes."""
    client, _, port = stable_name(name).partition(":")
    return port if port.startswith(client) else stable_name(name)


def matches(pattern: str, names: Iterable[str]) -> list[str]:
    """The ports that a pattern means, in their order: those it names exactly, or else those it is a part of.

    A pattern is a whole name, whole words of one (``Port 1`` is not in ``Port 10``), or has ``*`` or ``?`` for
    any letters. Upper and lower case are the same. A port of ours is never meant.
    """
    ranked = [(rank, name) for name in names if not is_ours(name) and (rank := _rank(pattern, name)) is not None]
    best = min((rank for rank, _ in ranked), default=None)
    return [name for rank, name in ranked if rank == best]


def _rank(pattern: str, name: str) -> int | None:
    wanted = pattern.casefold()
    forms = [form.casefold() for form in (short_name(name), stable_name(name), stable_name(name).partition(":")[0])]
    if wanted in forms:
        return 0
    if "*" in wanted or "?" in wanted:
        return 1 if any(fnmatchcase(form, wanted.replace("[", "[[]")) for form in forms) else None
    words = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    return 1 if any(words.search(form) for form in forms) else None
