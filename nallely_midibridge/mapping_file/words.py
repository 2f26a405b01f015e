"""Single values of the mapping file: numbers, notes, channels, durations, ranges, choices.

Each function takes what the YAML said and gives the value the bridge works with, or raises ValueError with the
end of a sentence that begins with the value's path. A number may stand in quotes, as patterns leave it.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Final

from nallely_midibridge.mapping_file.problem import did_you_mean, listed, shown
from nallely_midibridge.values.midi import note_number
from nallely_midibridge.values.source import ALL_CHANNELS

MAX_GAP: Final = 10.0
"""Seconds a voice may rest before its next note."""

MIN_RATE: Final = 0.1
MAX_RATE: Final = 100_000.0
"""Messages a second. No system follows beyond the latter."""

_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,8})")
_DURATION: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(ms|s)")


def whole(low: int, high: int) -> Callable[[object], int]:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(value: object) -> int:
        number = _integer(value)
        if number is None or not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {shown(value)}")
        return number

    return read


def choice(choices: Sequence[str], later: Sequence[str] = ()) -> Callable[[object], str]:
    """A reader of one word out of ``choices``; the words of ``later`` are good ones, but not yet."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        if value in later:
            raise ValueError(f"{value!r} is not supported by this version; write {listed(choices, 'or')}")
        close = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise ValueError(f"must be {listed(choices, 'or')}, not {shown(value)}{close}")

    return read


def curve(value: object) -> str:
    if isinstance(value, list):
        raise ValueError("a curve of points is not supported by this version; write linear, exp or log")
    return choice(("linear", "exp", "log"), later=("s",))(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


def only_true(value: object) -> bool:
    if value is not True:
        raise ValueError(f"must be true, or the key left out, not {shown(value)}")
    return True


def every_note(value: object) -> bool:
    """A probe's ``note``: it plays whatever number comes, so it cannot name one."""
    if value is not True:
        raise ValueError(f"must be true (the value is the note), not {shown(value)}; a fixed note is a 'gate'")
    return True


def rate(value: object) -> float:
    """Messages a second."""
    if isinstance(value, int | float) and _finite(value) and MIN_RATE <= value <= MAX_RATE:
        return value
    limits = f"a number of messages a second, from {MIN_RATE:g} to {MAX_RATE:,.0f}"
    raise ValueError(f"must be {limits}, not {shown(value)}")


def note(value: object) -> int:
    """A note's number of its name (``C4`` is 60) or number."""
    plain = isinstance(value, str) and len(value) <= 5 and not re.match("0[0-9]", value)
    if plain or _integer(value) is not None:
        return note_number(str(value))
    raise ValueError(f"must be a note such as C4 or F#2 (C4 = 60), or 0 to 127, not {shown(value)}")


def note_or_any(value: object) -> int | None:
    """One note, or None for ``any``."""
    if value is True or value is None:
        raise ValueError(f"must be a note such as C1 or 36, or any, not {shown(value)}")
    return None if value == "any" else note(value)


def zone(value: object) -> tuple[int, int]:
    """The lowest and the highest note of ``C2..C7``."""
    low, dots, high = value.partition("..") if isinstance(value, str) else ("", "", "")
    if not dots:
        raise ValueError(f"must be two notes such as C2..C7 or 36..96, not {shown(value)}")
    lowest, highest = note(low.strip()), note(high.strip())
    if lowest > highest:
        raise ValueError(f"the low note comes first; write {high.strip()}..{low.strip()}")
    return lowest, highest


def channel(value: object) -> int:
    """Channel 0-15 of the 1-16 that people write."""
    if isinstance(value, list) or value == "all":
        raise ValueError(f"a probe sends on one channel from 1 to 16, not {shown(value)}; make it a list of routes")
    number = _integer(value)
    if number is None or not 1 <= number <= 16:
        raise ValueError(f"must be a channel from 1 to 16, not {shown(value)}")
    return number - 1


def channels(value: object) -> frozenset[int]:
    """The channels of ``3``, ``[1, 2]`` or ``all``."""
    if value == "all":
        return ALL_CHANNELS
    items = value if isinstance(value, list) else [value]
    if not items:
        raise ValueError("must be a channel from 1 to 16, a list such as [1, 2], or all, not an empty list")
    for item in items:
        if _integer(item) not in range(1, 17):
            raise ValueError(f"must be a channel from 1 to 16, a list such as [1, 2], or all, not {shown(item)}")
    return frozenset(number - 1 for item in items if (number := _integer(item)) is not None)


def duration(value: object) -> float:
    """Seconds of ``50ms`` or ``0.5s``."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"must be a duration with its unit, such as 50ms or 0.5s, not {shown(value)}")
    seconds = float(match[1]) / 1000 if match[2] == "ms" else float(match[1])
    if seconds > MAX_GAP:
        raise ValueError(f"must be from 0ms to {MAX_GAP:g}s, not {value}")
    return seconds


def span(value: object) -> tuple[float, float]:
    """The two ends of a range, as they are written: an int stays one, for the registration says them so."""
    if isinstance(value, list) and len(value) == 2:
        low, high = value
        if _finite(low) and _finite(high) and low != high and math.isfinite(high - low):
            return low, high
        raise ValueError(f"must be two different numbers such as [0, 1], not [{shown(low)}, {shown(high)}]")
    if isinstance(value, list):
        raise ValueError(f"must be two numbers with a comma between, such as [0, 1], not a list of {len(value)}")
    raise ValueError(f"must be two different numbers such as [0, 1], not {shown(value)}")


def section(value: object) -> dict[str, object]:
    """A part of the file that may be left empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"must be a block of keys, one a line, not {shown(value)}")
    return value


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be text, not {shown(value)}")
    return value


def _integer(value: object) -> int | None:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
