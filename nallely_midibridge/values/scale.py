"""How a position on a control (0 to 1) and a parameter's value become each other."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

EXP_DEPTH = math.log(1000.0)
"""``exp`` rises from 1 to 1000 across the control before it is shifted to start at 0, a 60 dB taper."""


class Curve(Enum):
    """The bend of a control. ``LOG`` is the mirror image of ``EXP``; ``S`` is flat at both ends (3x² - 2x³)."""

    LINEAR = "linear"
    EXP = "exp"
    LOG = "log"
    S = "s"

    def bend(self, position: float) -> float:
        """Position 0-1 on the control to position 0-1 in the range."""
        if self is Curve.LINEAR:
            return position
        if self is Curve.EXP:
            return math.expm1(EXP_DEPTH * position) / math.expm1(EXP_DEPTH)
        if self is Curve.S:
            return position * position * (3.0 - 2.0 * position)
        return math.log1p(math.expm1(EXP_DEPTH) * position) / EXP_DEPTH

    def unbend(self, position: float) -> float:
        """The inverse of `bend`."""
        if self is Curve.LINEAR:
            return position
        if self is Curve.S:
            return 0.5 - math.sin(math.asin(1.0 - 2.0 * position) / 3.0)
        return (Curve.LOG if self is Curve.EXP else Curve.EXP).bend(position)


@dataclass(frozen=True, slots=True)
class Points:
    """A bend drawn by hand: straight lines between points (position on the control, position in the range).

    Both positions rise from 0 to 1, so that there is a way back.
    """

    points: tuple[tuple[float, float], ...]

    def bend(self, position: float) -> float:
        """Position 0-1 on the control to position 0-1 in the range."""
        return _between(self.points, position, 0)

    def unbend(self, position: float) -> float:
        """The inverse of `bend`."""
        return _between(self.points, position, 1)


def _between(points: Sequence[tuple[float, float]], position: float, known: int) -> float:
    """The other coordinate at a position, whose coordinate is the ``known`` one."""
    index = min(max(1, bisect_right(points, position, key=lambda point: point[known])), len(points) - 1)
    before, after = points[index - 1], points[index]
    share = (position - before[known]) / (after[known] - before[known])
    return before[1 - known] + share * (after[1 - known] - before[1 - known])


@dataclass(frozen=True, slots=True)
class Scale:
    """A range with its curve. ``low`` may be above ``high``: the control then runs the other way."""

    low: float
    high: float
    curve: Curve | Points = Curve.LINEAR
    invert: bool = False

    def value(self, position: float) -> float:
        """The value at a position 0-1. The ends are exact: 0 gives ``low`` and 1 gives ``high``."""
        low, high = self.low, self.high
        if self.invert and self.curve is Curve.LINEAR:
            low, high = high, low  # the same as below, but whole numbers stay whole
        elif self.invert:
            position = 1.0 - position
        bent = self.curve.bend(position)
        return low + (high - low) * bent if bent < 1.0 else high

    def position(self, value: float) -> float:
        """The position 0-1 of a value; values outside the range are held at its ends (NaN at ``low``)."""
        span = self.high - self.low
        bent = (value - self.low) / span if span else 0.0
        bent = (bent if bent < 1.0 else 1.0) if bent > 0.0 else 0.0
        position = bent if self.curve is Curve.LINEAR else self.curve.unbend(bent)
        return 1.0 - position if self.invert else position
