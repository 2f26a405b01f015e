"""A scenario as it is written: a mapping, what happens when, and what is expected.

ports: {keys: K}
neurons: {n: {voices: {voice: {from: keys, count: 2}}}}
---
  0 ms  keys: C4 on 100
        > n.voice1 = 60
100 ms  keys: C4 off
        > n.voice1 = 0
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.scenario.effect_words import PLACE, VALUE, Heard, effect_of, effect_words, number
from nallely_midibridge.scenario.midi_words import message_of
from nallely_midibridge.scenario.problem import Problem
from nallely_midibridge.values.events import MidiReceived, Panic, Stopped, ValueReceived

END_OF_MAPPING: Final = "---"
LONGEST: Final = 86_400.0
"""Seconds that a scenario lasts at most."""
MOST_REPEATS: Final = 100_000
_OF_A_MAPPING: Final = re.compile(r"(?:nallely|ports|neurons):\s*(?:[{#&].*)?$")
"""A top key of a mapping file, with what it has in the lines below or between braces."""
_LINE: Final = re.compile(r"(?:(\+?)(\d+(?:\.\d+)?) ?(ms|s)(?=\s|$))?\s*(.*)")
_NO_TIME: Final = re.compile(r"[-+]?\d[\d.,:]*(?=\s)(?:\s+(?:ms|s)\b)?")
"""What stands where a time would, and is none: ``-5 ms`` or ``10``."""
_REPEAT: Final = re.compile(r"(.+) x ?(\d+) every (\d+(?:\.\d+)?) ?(ms|s)")


@dataclass(frozen=True, slots=True)
class PortGone:
    """A device is unplugged."""

    port: str


@dataclass(frozen=True, slots=True)
class PortBack:
    """It is plugged again."""

    port: str


@dataclass(frozen=True, slots=True)
class BusGone:
    """The session is out of reach."""


@dataclass(frozen=True, slots=True)
class BusBack:
    """It is back."""


Happening = MidiReceived | ValueReceived | PortGone | PortBack | BusGone | BusBack | Panic | Stopped


@dataclass(frozen=True, slots=True)
class Step:
    """Something happens, at a time in seconds from the start; ``words`` are the line's own."""

    at: float
    words: str
    happening: Happening | None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """Something is to come out at a time."""

    at: float
    effect: Heard
    line: int = 0

    @property
    def words(self) -> str:
        return effect_words(self.effect)


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario. ``mapping`` is the text of a mapping file, or None when there is none in it.

    ``problems`` are the lines that mean nothing.
    """

    mapping: str | None
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...]
    problems: tuple[Problem, ...] = ()


def read_script(text: str) -> Script:
    """The scenario that a text says, and what is wrong with it."""
    lines = text.splitlines()
    start = _start(lines)
    above = lines[: max(0, start - 1)]
    mapping = "\n".join(above) + "\n" if any(line.strip()[:1] not in ("", "#") for line in above) else None
    problems: list[Problem] = []
    entries = list(_entries(lines, start, problems))
    return Script(
        mapping,
        tuple(sorted((e for e in entries if isinstance(e, Step)), key=lambda step: step.at)),
        tuple(e for e in entries if isinstance(e, Expected)),
        tuple(problems),
    )


def is_mapping(text: str) -> bool:
    """Whether a text is a mapping file instead, by the keys that stand where a scenario says what happens."""
    lines = text.splitlines()
    return any(_OF_A_MAPPING.match(line) for line in lines[_start(lines) :])


def _start(lines: list[str]) -> int:
    """How many lines the mapping takes, with the line that ends it."""
    stripped = [line.strip() for line in lines]
    return stripped.index(END_OF_MAPPING) + 1 if END_OF_MAPPING in stripped else 0


def _entries(lines: list[str], start: int, problems: list[Problem]) -> Iterator[Step | Expected]:
    at = 0.0
    for place, line in enumerate(lines[start:], start + 1):
        content = line.split(" #")[0].strip() if not line.lstrip().startswith("#") else ""
        if not content:
            continue
        try:
            at, words = _timed(content, at)
            yield from _entry(at, words, place)
        except ValueError as error:
            problems.append((place, str(error)))


def _timed(content: str, before: float) -> tuple[float, str]:
    match = _LINE.fullmatch(content)
    assert match is not None
    plus, digits, unit, words = match.groups()
    if digits is None:
        if wrong := _NO_TIME.match(words):
            raise ValueError(f"{wrong[0]!r} is no time; write such as 250 ms, 1.5 s, or +20 ms after the line above")
        return before, words
    seconds = _seconds(digits, unit)
    at = _within_a_day(before + seconds if plus else seconds)
    if at < before:
        raise ValueError(f"{digits} {unit} is before the line above; write the lines in the order of their times")
    return at, words


def _entry(at: float, words: str, line: int) -> Iterable[Step | Expected]:
    if words.startswith(">"):
        return [Expected(at, effect_of(words[1:].strip()), line)]
    if not words:
        return [Step(at, "", None, line)]
    if repeat := _REPEAT.fullmatch(words):
        count, every = int(repeat[2]), _seconds(repeat[3], repeat[4])
        if not 1 <= count <= MOST_REPEATS:
            raise ValueError(f"from 1 to {MOST_REPEATS:,} times, not {count:,}")
        _within_a_day(at + (count - 1) * every)
        happening = _happening(repeat[1])
        return [Step(at + turn * every, repeat[1], happening, line) for turn in range(count)]
    return [Step(at, words, _happening(words), line)]


def _happening(words: str) -> Happening:
    if words in _PLAIN:
        return _PLAIN[words]
    if value := VALUE.fullmatch(words):
        return ValueReceived(value[1], value[2], number(value[3]))
    place = PLACE.fullmatch(words)
    if place is None:
        raise ValueError(
            f"{words!r} is nothing that happens; write such as 'keys: C4 on 100', 'neuron.mon1 = 0.5', 'keys: gone', "
            f"{', '.join(repr(word) for word in _PLAIN)}, or '> …' for what is expected"
        )
    port, what = place.groups()
    if what == "gone":
        return PortGone(port)
    if what == "back":
        return PortBack(port)
    try:
        return MidiReceived(port, message_of(what))
    except ValueError:
        if port == "bus":
            raise ValueError(f"the bus is 'gone' or 'back', not {what!r}") from None
        raise


_PLAIN: Final[dict[str, Happening]] = {
    "bus: gone": BusGone(),
    "bus: back": BusBack(),
    "panic": Panic(),
    "stop": Stopped(),
}


def _within_a_day(at: float) -> float:
    if at > LONGEST:
        raise ValueError("a scenario lasts a day at most")
    return at


def _seconds(digits: str, unit: str) -> float:
    return float(digits) / 1000 if unit == "ms" else float(digits)
