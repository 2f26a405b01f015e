"""What came of a scenario, as text: the whole of it, or beside what was expected."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final

from nallely_midibridge.scenario.performance import Heard
from nallely_midibridge.scenario.script import Expected, Step

WIDEST: Final = 60
"""Letters of each side."""


def transcript(performance: Iterable[tuple[Step, list[Heard]]]) -> str:
    """What happened and what came out, in the words of a scenario: it can be read as one again."""
    lines = []
    for step, heard in performance:
        before = [sound for sound in heard if sound.at < step.at]
        lines += [_line(sound.at, f"> {sound.words}") for sound in before]
        if step.words:
            lines.append(_line(step.at, step.words))
        lines += [_line(sound.at, f"> {sound.words}") for sound in heard[len(before) :]]
    return "\n".join(lines)


def agrees(expected: Sequence[Expected], heard: Sequence[Heard]) -> bool:
    """Whether everything expected came out and nothing else, in this order and to the millisecond."""
    return _texts(expected) == _texts(heard)


def side_by_side(expected: Sequence[Expected], heard: Sequence[Heard]) -> str:
    """What was expected on the left and what came out on the right; a mark where they differ."""
    left, right = _texts(expected), _texts(heard)
    rows: list[tuple[str, str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        count = max(b - a, d - c)
        for index in range(count):
            one = left[a + index] if a + index < b else ""
            other = right[c + index] if c + index < d else ""
            rows.append((one, " " if tag == "equal" else "!", other))
    width = min(WIDEST, max([len("expected"), *(len(row[0]) for row in rows)]))
    header = f"{'expected':{width}}   received"
    return "\n".join([header, *(f"{one:{width}} {mark} {other}".rstrip() for one, mark, other in rows)])


def _texts(entries: Sequence[Expected | Heard]) -> list[str]:
    return [_line(entry.at, entry.words) for entry in entries]


def _line(at: float, words: str) -> str:
    return f"{round(at * 1000):>6} ms  {words}"
