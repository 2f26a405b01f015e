"""Making something wrong out of something right."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

PIECES: Final = (
    *("{", "}", "[", "]", ":", ",", "- ", "\n", "  ", "\t", "#", "&a ", "*a", "!!str ", "| ", ">", "%", "@", "`", "'"),
    *('"', "null", "~", "true", "on", "010", "1:30", "1e999", "-0", ".nan", ".inf", "9" * 30, "0x10", "\ufeff", "\0"),
    *("\x85", "{1..8}", "{8..1}", "{1..9999999}", "{a,b}", "{{}}", "..", "C4", "H9", "C2..B4", "50ms", "1 h", "é"),
    *("𝄞", "\ud800", "<<: *a", "---\n", "...\n", "? ", "from", "to", "cc", "note", "range", "feedback", "voices"),
)
MOST: Final = 6
"""Mutations of one input."""
LONGEST: Final = 100_000
"""Characters of an input."""

Mutation = Callable[[Random, str], str]


def mutated(random: Random, text: str, others: Sequence[str]) -> str:
    """``text`` with some mutations; ``others`` are where pieces may come from."""
    for _ in range(random.randint(1, MOST)):
        mutation = random.choice((_insert, _delete, _repeat, _swap_lines, _change_character, _indent))
        text = mutation(random, text) if random.random() < 0.9 else _graft(random, text, random.choice(others))
    return text[:LONGEST]


def _place(random: Random, text: str) -> int:
    return random.randint(0, len(text))


def _insert(random: Random, text: str) -> str:
    at = _place(random, text)
    return text[:at] + random.choice(PIECES) + text[at:]


def _delete(random: Random, text: str) -> str:
    at = _place(random, text)
    return text[:at] + text[at + random.choice((1, 2, 10, 100)) :]


def _repeat(random: Random, text: str) -> str:
    at = _place(random, text)
    piece = text[at : at + random.choice((1, 5, 50))]
    return text[:at] + piece * random.choice((2, 3, 50, 1000)) + text[at:]


def _swap_lines(random: Random, text: str) -> str:
    lines = text.split("\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _change_character(random: Random, text: str) -> str:
    at = _place(random, text)
    return text[:at] + chr(random.choice((random.randrange(32, 127), random.randrange(256)))) + text[at + 1 :]


def _indent(random: Random, text: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    lines[at] = " " * random.randint(0, 12) + lines[at].lstrip()
    return "\n".join(lines)


def _graft(random: Random, text: str, other: str) -> str:
    start = _place(random, other)
    at = _place(random, text)
    return text[:at] + other[start : start + random.choice((10, 100, 1000))] + text[at:]
