"""What is measured, apart from how: figures, and the contestants that give a sample of each once a round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BRIDGE: Final = "bridge"
FLOOR: Final = "floor"
SYNC: Final = "sync"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``how`` says in one line how it was measured, for whoever doubts it."""

    name: str
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to do with each contestant in turn; doing it gives one sample for each of the figures."""

    title: str
    figures: Sequence[Figure]
    contestants: Mapping[str, Callable[[], Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for one sample."""

    notes: int
    """How many single notes, or chords of ten times as many notes."""
    frames: int
    """How many frames a burst has."""
    seconds: float
    """How long what takes its time goes on: a steady stream, doing nothing."""


FULL: Final = Effort(notes=300, frames=30_000, seconds=3.0)
QUICK: Final = Effort(notes=30, frames=3_000, seconds=0.3)
