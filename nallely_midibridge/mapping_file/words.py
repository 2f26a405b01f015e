"""Single values of the mapping file: numbers, durations, ranges, choices.

Each function takes what the YAML said and gives the value the bridge works with, or raises ValueError with the
end of a sentence that begins with the value's path. A number may stand in quotes, as patterns leave it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nallely_midibridge.mapping_file.problem import did_you_mean, listed, shown
from nallely_midibridge.mapping_file.spoken import duration as spoken_duration
from nallely_midibridge.values.midi import NULL_PARAMETER

MIN_RATE: Final = 0.1
MAX_RATE: Final = 100_000.0
"""Messages a second. No system follows beyond the latter."""

MAX_ACCEPTED: Final = 1024
"""Values that one control can choose from."""

MAX_BEND: Final = 96
"""Semitones of the widest bend that MPE knows."""

RPN_NAMES: Final = {"pitch-bend-range": 0, "fine-tuning": 1, "coarse-tuning": 2}
"""Registered parameters by name (MIDI 1.0, table IIIa)."""

_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,8})")
_LEADING_ZEROS: Final = re.compile(r"0+[0-9]{1,9}")
_OTHERWISE: Final = re.compile(r"0[xX]([0-9a-fA-F]{1,8})|([0-9a-fA-F]{1,8})[hH]|[cC][cC] ?#?([0-9]{1,9})")
"""A number in hexadecimal, as manuals have it, or with the letters that it is called by."""
_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?")
_SPAN: Final = re.compile(r"[0-9]+\.\.[0-9]+")
_DURATION: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(ms|s)")


def whole(low: int, high: int) -> Callable[[object], int]:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(value: object) -> int:
        number = integer(value)
        if number is None or not low <= number <= high:
            advice = _in_digits(value, low, high)
            raise ValueError(f"must be a whole number from {low} to {high}, not {shown(value)}{advice}")
        return number

    return read


def _in_digits(value: object, low: int, high: int) -> str:
    """What to write for a number from ``low`` to ``high`` that stands there as MIDI's manuals or other languages do."""
    if isinstance(value, str) and _LEADING_ZEROS.fullmatch(value):
        return "; leave out the zeros before it"
    meant = None
    if isinstance(value, float) and value.is_integer():
        meant = int(value)
    elif isinstance(value, str) and (match := _OTHERWISE.fullmatch(value)):
        meant = int(match[1] or match[2], 16) if match[3] is None else int(match[3])
    return f"; write {meant}" if meant is not None and low <= meant <= high else ""


def controller(value: object) -> int:
    """The number of a controller."""
    span = _SPAN.fullmatch(value) if isinstance(value, str) else None
    several = f"; for a route each write '{{{value}}}', and as many names" if span else ""
    try:
        return whole(0, 127)(value)
    except ValueError as error:
        raise ValueError(f"{error}{several}") from None


def choice(
    choices: Sequence[str], hints: Mapping[str, str] | None = None, otherwise: str = ""
) -> Callable[[object], str]:
    """A reader of one word out of ``choices``.

    ``hints`` have advice for words that others use; ``otherwise`` is what else than a word may stand here.
    """
    hints = hints or {}
    allowed = listed([*choices, otherwise] if otherwise else choices, "or")

    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        word = value if isinstance(value, str) else ""
        advice = f"; {hints[word]}" if word in hints else did_you_mean(word, choices)
        raise ValueError(f"must be {allowed}, not {shown(value)}{advice}")

    return read


steal: Final = choice(
    ("oldest", "quietest", "lowest", "highest", "none"),
    {"newest": "with 'none' the new key stays silent, with 'oldest' the note that sounds longest gives way"},
)
allocation: Final = choice(
    ("rotate", "lowest", "unison", "mono"),
    dict.fromkeys(("round-robin", "poly", "cycle"), "'rotate' takes the voice that has been silent longest")
    | {"legato": "write 'allocate: mono' and 'legato: true'"},
)
mode: Final = choice(
    ("absolute", "relative", "toggle", "momentary", "pickup"),
    dict.fromkeys(("encoder", "endless", "increment"), "an endless encoder is 'relative'")
    | dict.fromkeys(("takeover", "soft-takeover", "catch"), "soft takeover is 'pickup'")
    | dict.fromkeys(("gate", "hold", "button"), "on while it is held is 'momentary'"),
)


def bits(value: object) -> int:
    """How much of a parameter number's value a device sends or takes."""
    if integer(value) not in (7, 14):
        raise ValueError(f"must be 7 or 14, not {shown(value)}")
    return 7 if integer(value) == 7 else 14


def nrpn(value: object) -> int:
    """The number of a non-registered parameter."""
    return _parameter_number(value, f"a whole number from 0 to {NULL_PARAMETER - 1}")


def rpn(value: object) -> int:
    """The number of a registered parameter, or one of the three names."""
    if isinstance(value, str) and value in RPN_NAMES:
        return RPN_NAMES[value]
    close = did_you_mean(value, RPN_NAMES) if isinstance(value, str) else ""
    return _parameter_number(value, f"{', '.join(RPN_NAMES)} or a number from 0 to {NULL_PARAMETER - 1}", close)


def _parameter_number(value: object, wanted: str, close: str = "") -> int:
    number = integer(value)
    if isinstance(value, list):
        close = "; a manual's two halves make one: 128 times the first and the second"
    if number == NULL_PARAMETER:
        raise ValueError(f"must be {wanted}, and {NULL_PARAMETER} means none")
    if number is None or not 0 <= number < NULL_PARAMETER:
        close = close or _in_digits(value, 0, NULL_PARAMETER - 1)
        raise ValueError(f"must be {wanted}, not {shown(value)}{close}")
    return number


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


def only_true(value: object) -> bool:
    if value is not True:
        raise ValueError(f"must be true, or the key left out, not {shown(value)}")
    return True


def rate(value: object) -> float:
    """Messages a second."""
    wanted = f"a number of messages a second, from {MIN_RATE:g} to {MAX_RATE:,.0f}"
    return _within(value, lambda found: MIN_RATE <= found <= MAX_RATE, wanted)


def step(value: object) -> float:
    """The share of the range that an encoder's slowest turn covers."""
    wanted = "a share of the range, above 0 and at most 1, such as 0.01"
    return _within(value, lambda found: 0 < found <= 1, wanted)


def deadband(value: object) -> float:
    """The share of the whole way by which something must move to count."""
    return _within(value, lambda found: 0 <= found < 1, "a share of the whole way, from 0 to below 1, such as 0.02")


def bend_range(value: object) -> float:
    """Semitones of a bend to one side."""
    return _within(value, lambda found: 0 < found <= MAX_BEND, f"semitones, above 0 and at most {MAX_BEND}")


def _within(value: object, fits: Callable[[float], bool], wanted: str) -> float:
    found = number(value)
    if found is None or not fits(found):
        raise ValueError(f"must be {wanted}, not {shown(value)}{_without_percent(value)}")
    return found


def _without_percent(value: object) -> str:
    share = number(value.removesuffix("%").strip()) if isinstance(value, str) and value.endswith("%") else None
    return "" if share is None else f"; write {share / 100:g}"


def duration(shortest: float, longest: float, otherwise: str = "") -> Callable[[object], float]:
    """A reader of durations such as ``50ms`` or ``0.5s``, to seconds. ``otherwise`` is what else may stand here."""
    limits = f"from {spoken_duration(shortest)} to {spoken_duration(longest)}"

    def read(value: object) -> float:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(f"must be a duration in ms or s, such as 50ms or 0.5s{otherwise}, not {shown(value)}")
        seconds = float(match[1]) / 1000 if match[2] == "ms" else float(match[1])
        if not shortest <= seconds <= longest:
            raise ValueError(f"must be {limits}, not {value}")
        return seconds

    return read


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


def bound(value: object) -> float:
    """One end of a range, as it is written: an int stays one."""
    found = number(value)
    if found is None:
        raise ValueError(f"must be a number, not {shown(value)}")
    return found


def accepted(value: object) -> tuple[float, ...]:
    """The only values a parameter takes."""
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_ACCEPTED:
        many = f"a list of {len(value):,}" if isinstance(value, list) and value else shown(value)
        raise ValueError(f"must be a list of 2 to {MAX_ACCEPTED:,} numbers such as [0, 0.25, 1], not {many}")
    for item in value:
        if not _finite(item):
            raise ValueError(f"must be numbers such as [0, 0.25, 1], and {shown(item)} is none")
    if len(set(value)) < len(value):
        twice = next(item for item in value if value.count(item) > 1)
        raise ValueError(f"has {twice:g} more than once")
    return tuple(value)


def section(value: object) -> dict[str, object]:
    """A part of the file that may be left empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"must be a block of keys, one a line, not {shown(value)}")
    return value


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        advice = "; put quotes around it" if number(value) is not None else ""
        raise ValueError(f"must be text, not {shown(value)}{advice}")
    return value


def integer(value: object) -> int | None:
    """A whole number of the file, also one in quotes; None for anything else."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A finite number of the file, likewise."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return value if isinstance(value, int | float) and _finite(value) else None


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
