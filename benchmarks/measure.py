"""What is measured, apart from how: figures with their goals, and the contestants that give a sample once a round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Protocol

BRIDGE: Final = "bridge"
FLOOR: Final = "floor"
SYNC: Final = "sync"

Samples = Mapping[str, Sequence[float]]
"""Of one figure: by contestant, one a round."""


class Goal(Protocol):
    """A bound that the bridge's samples keep. ``beside`` is whose samples they are held against, if anybody's."""

    @property
    def at_most(self) -> float: ...
    @property
    def beside(self) -> str: ...

    def today(self, samples: Samples) -> float:
        """What is held against the bound: the median of what the rounds gave."""

    def unit(self, unit: str) -> str:
        """What the bound is in, where the figure is in ``unit``."""


@dataclass(frozen=True, slots=True)
class Times:
    """At most so many times what a contestant took, in the same round."""

    at_most: float
    beside: str

    def today(self, samples: Samples) -> float:
        return median(ours / theirs for ours, theirs in _pairs(samples, self.beside))

    def unit(self, unit: str) -> str:
        return "times"


@dataclass(frozen=True, slots=True)
class More:
    """At most so much more than a contestant took, in the same round."""

    at_most: float
    beside: str

    def today(self, samples: Samples) -> float:
        return median(ours - theirs for ours, theirs in _pairs(samples, self.beside))

    def unit(self, unit: str) -> str:
        return f"{unit} more"


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most so much, whatever others take."""

    at_most: float
    beside: str = ""

    def today(self, samples: Samples) -> float:
        return median(samples[BRIDGE])

    def unit(self, unit: str) -> str:
        return unit


def _pairs(samples: Samples, other: str) -> "zip[tuple[float, float]]":
    return zip(samples[BRIDGE], samples[other], strict=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``how`` says in one line how it was measured, for whoever doubts it."""

    name: str
    unit: str
    how: str
    goals: Sequence[Goal] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to do with each contestant in turn; it gives a sample for each of the figures, or of the first few."""

    title: str
    figures: Sequence[Figure]
    contestants: Mapping[str, Callable[[], Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for one sample."""

    notes: int
    """How many single notes, or values; a third as many chords of ten notes; batches of events."""
    frames: int
    """How many frames a burst has."""
    seconds: float
    """How long what takes its time goes on: a steady stream, doing nothing."""
    routes: int
    """Of a mapping file that is read again and again."""


FULL: Final = Effort(notes=300, frames=30_000, seconds=3.0, routes=300)
QUICK: Final = Effort(notes=6, frames=1_000, seconds=0.1, routes=101)


def percentile(ordered: Sequence[float], per_mille: int) -> float:
    """Of values in order, the one that so many thousandths of them are below (nearest rank)."""
    return ordered[min(len(ordered) - 1, len(ordered) * per_mille // 1000)]
