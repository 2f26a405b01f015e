"""How delays are spread: a few bins of a round width."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MOST: Final = 12
"""Bins of one width."""


@dataclass(frozen=True, slots=True)
class Bin:
    """So many delays from ``low`` on and below ``high``, in ns; None: of any length."""

    low: int
    high: int | None
    count: int


def histogram(delays: Sequence[int]) -> list[Bin]:
    """The bins of delays in ns, each delay in one of them; at most `MOST`, and one more for the longest hundredth.

    Few delays that are far longer than the rest would else squeeze all that matters into one bin.
    """
    if not delays:
        return []
    ordered = sorted(delays)
    low, high = ordered[0], ordered[(len(ordered) - 1) * 99 // 100]
    width = next(width for width in _round_widths() if high // width - low // width < MOST)
    first, last = low // width, high // width
    counts = Counter(min(delay // width, last + 1) for delay in ordered)
    bins = [Bin(number * width, (number + 1) * width, counts[number]) for number in range(first, last + 1)]
    longer = [Bin((last + 1) * width, None, counts[last + 1])] if counts[last + 1] else []
    return bins + longer


def _round_widths() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 …"""
    width = 1
    while True:
        yield from (width, 2 * width, 5 * width)
        width *= 10
