"""``{1..8}`` and ``{a,b,c}``: one line of the file for many routes."""

import re
from typing import Final

MAX_COUNT: Final = 1024
"""How much one pattern can make."""
MAX_PATTERNS: Final = 8
"""How many patterns one text can have."""

_PATTERN: Final = re.compile(r"\{([^{}]*)\}")
MAX_DIGITS: Final = 15
"""How long a number in a pattern can be."""
_SPAN: Final = re.compile(r"(-?[0-9]+)\.\.(-?[0-9]+)", re.ASCII)
_LEADING_ZERO: Final = re.compile(r"-?0[0-9]")


def expand(text: str) -> tuple[str, ...] | None:
    """All that a text with patterns stands for; None when there is no pattern in it.

    ``mon{1..3}`` gives ``mon1 mon2 mon3``, ``{8..1}`` counts down, ``{kick,snare}`` lists. Several patterns in
    one text go side by side: ``{a,b}{1..2}`` gives ``a1 b2``. Raises ValueError with a sentence on what is wrong.
    """
    if "{" not in text and "}" not in text:
        return None
    pieces = _PATTERN.split(text)
    literals, patterns = pieces[::2], pieces[1::2]
    if any("{" in literal or "}" in literal for literal in literals):
        raise ValueError("each '{' needs its own '}', and none can stand inside another")
    if len(patterns) > MAX_PATTERNS:
        raise ValueError(f"one text has at most {MAX_PATTERNS} patterns, this has {len(patterns)}")
    columns = [_choices(pattern) for pattern in patterns]
    counts = {len(column) for column in columns}
    if len(counts) > 1:
        raise ValueError(f"the patterns of {text!r} must all make the same number")
    made = [literals[0]] * len(columns[0])
    for column, literal in zip(columns, literals[1:], strict=True):
        made = [before + choice + literal for before, choice in zip(made, column, strict=True)]
    return tuple(made)


def unbraced(value: object) -> object:
    """``{20..27}`` and ``{a, b}`` without their quotes, which YAML reads as a block of keys without values, as text.

    Only for a place where no block can stand.
    """
    if isinstance(value, dict) and value and all(inner is None for inner in value.values()):
        return "{" + ",".join(value) + "}"
    return value


def _choices(pattern: str) -> list[str]:
    if span := _SPAN.fullmatch(pattern):
        return _run(pattern, span[1], span[2])
    if ".." in pattern:
        raise ValueError(f"{{{pattern}}} must run between two whole numbers, as in {{1..8}}")
    choices = [choice.strip() for choice in pattern.split(",")]
    if len(choices) == 1:
        raise ValueError(f"{{{pattern}}} is not a pattern; write {{1..8}}, {{a,b,c}}, or leave out the braces")
    if not all(choices):
        raise ValueError(f"{{{pattern}}} has an empty place; write a name between the commas")
    if len(choices) > MAX_COUNT:
        raise ValueError(f"a pattern makes at most {MAX_COUNT:,}, this makes {len(choices):,}")
    return choices


def _run(pattern: str, first_word: str, last_word: str) -> list[str]:
    """All whole numbers from one to another."""
    words = first_word, last_word
    if any(_LEADING_ZERO.match(word) for word in words):
        raise ValueError(f"{{{pattern}}}: the numbers of a pattern are written without leading zeros, as in {{1..8}}")
    if any(len(word.removeprefix("-")) > MAX_DIGITS for word in words):
        raise ValueError(f"a number of a pattern has at most {MAX_DIGITS} digits")
    first, last = int(first_word), int(last_word)
    if abs(last - first) >= MAX_COUNT:
        raise ValueError(f"{{{pattern}}} makes {abs(last - first) + 1:,}, and a pattern makes at most {MAX_COUNT:,}")
    step = 1 if first <= last else -1
    return [str(number) for number in range(first, last + step, step)]
