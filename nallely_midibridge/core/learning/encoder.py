"""Whether a controller's values are those of an endless encoder, and in which encoding.

An encoder sends steps, and a step is small and never none. A knob that is turned along its end sends small values too,
but each once, while an encoder says the same step again and again. Buttons that only send presses do so as well: they
are slower than the clicks of a wheel.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from nallely_midibridge.core.readers.turns import STEPS
from nallely_midibridge.values.handling import Encoding
from nallely_midibridge.values.midi import DATA_MAX

MOST_STEPS: Final = 15
"""The fastest turn that is taken for one; an absolute control passes so few values on its way only near an end."""
AT_LEAST: Final = 4
"""Values before anything is known."""
CLICKS_WITHIN: Final = 0.15
"""Seconds from one click to the next, where a button's presses would send the same."""

Value = tuple[float, int]
"""When it came, and what, 0-127."""


def encodings(values: Sequence[Value]) -> tuple[Encoding, ...]:
    """Those by which every value is a small step; none for a control that says where it stands."""
    return tuple(
        encoding
        for encoding, steps in STEPS.items()
        if all(1 <= abs(steps(value)) <= MOST_STEPS for _, value in values)
    )


def is_turned(values: Sequence[Value], encoding: Encoding) -> bool:
    """Whether values that are steps of an encoding come as steps do: again and again, or to and fro."""
    if len(values) < AT_LEAST:
        return False
    pairs = list(pairwise(values))
    if all(value == DATA_MAX for _, value in values):
        return sum(after[0] - before[0] < CLICKS_WITHIN for before, after in pairs) > len(pairs) / 2
    steps = STEPS[encoding]
    if all(abs(steps(value)) > 1 for _, value in values):
        return False  # a hand is slow when it begins
    again = sum(before[1] == after[1] or steps(before[1]) * steps(after[1]) < 0 for before, after in pairs)
    return again > len(pairs) / 2
