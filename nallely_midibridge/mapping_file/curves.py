"""The ``curve`` of a route or of velocities: one of four by name, or drawn by hand."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.words import choice, number
from nallely_midibridge.values.scale import Curve, Points

MAX_POINTS: Final = 128

_NAMES: Final = tuple(curve.value for curve in Curve)
_EXAMPLE: Final = "[[0, 0], [0.5, 0.2], [1, 1]]"
_named: Final = choice(_NAMES, otherwise=f"a list of points such as {_EXAMPLE}")

Point = tuple[float, float]


def curve(value: object) -> Curve | Points:
    """A curve by its name, or by a list of points. Raises ValueError as the readers of ``words`` do."""
    return _points(value) if isinstance(value, list) else Curve(_named(value))


def _points(value: Sequence[object]) -> Points:
    if not 2 <= len(value) <= MAX_POINTS:
        raise ValueError(f"must be 2 to {MAX_POINTS} points such as {_EXAMPLE}, not {len(value)}")
    points = tuple(_point(item, place) for place, item in enumerate(value, 1))
    if points[0] != (0, 0) or points[-1] != (1, 1):
        ends = f"{_shown(points[0])} and {_shown(points[-1])}"
        raise ValueError(f"the first point must be [0, 0] and the last [1, 1], not {ends}")
    for place, (before, after) in enumerate(pairwise(points), 2):
        if not (before[0] < after[0] and before[1] < after[1]):
            raise ValueError(
                f"both numbers must rise from point to point, and point {place}, {_shown(after)}, does not"
            )
    return Points(points)


def _point(value: object, place: int) -> Point:
    if isinstance(value, list) and len(value) == 2:
        x, y = number(value[0]), number(value[1])
        if x is not None and y is not None:
            return x, y
    raise ValueError(f"point {place} must be two numbers such as [0.5, 0.2], not {shown(value)}")


def _shown(point: Point) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"
