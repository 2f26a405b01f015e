"""What is wrong with a mapping file, and the words to say it with."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

Path = tuple[str | int, ...]
"""The keys that lead to a value, from the top of the file; a number is a place in a list, from 0."""

Place = tuple[int, int]
"""Line and column, both from 1."""

WHOLE_FILE: Place = (0, 0)
"""The place of a problem with the file itself, such as its absence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``line`` and ``column`` count from 1 and are 0 when the whole file is meant."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = f"{self.path}: {self.message}" if self.path else self.message
        return f"{place}: {said if said.isprintable() else _visible(said)}"


def _visible(text: str) -> str:
    """With what nobody would see, or what a terminal would obey, as a code: keys are shown as they stand."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def dotted(path: Path) -> str:
    """A path as people read it: ``neurons.keys.probes.lead[2].cc``. Lists count from 1, as lines do."""
    steps = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


def shown(value: object) -> str:
    """A value of the file, short, as part of a sentence."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value) if len(value) <= 40 else repr(value[:39] + "…")
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a block of keys"
        case _:
            return str(value)


def listed(words: Iterable[str], conjunction: str = "and", most: int = 16) -> str:
    """``a, b and c``, cut short when there are very many."""
    items = list(words)
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    *head, last = items
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """``; did you mean 'channel'?``, or nothing when no choice comes close."""
    by_lower = {choice.lower(): choice for choice in islice(choices, 100)}  # finding it must not take seconds
    close = get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else ""
