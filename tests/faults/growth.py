"""What a long run holds on to at each rest, and whether that grows: `Growth`."""

import itertools
from dataclasses import dataclass
from statistics import median
from typing import Final

from nallely_midibridge.edges.process import resident_memory
from tests.faults.footprint import FILES, THREADS, Footprint
from tests.waiting import wait_for

SETTLES_WITHIN: Final = 2.0
"""Seconds that a thread of the last fault may still take to end."""
ENOUGH: Final = 8
"""Rests, of which two are in each quarter of the run; fewer say nothing about memory."""
MORE: Final = 8 * 2**20
"""Bytes that the memory of the last quarter may be above that of the first. The C library keeps what a message of a
megabyte needed: one that comes at another moment than the ones before takes 6 MiB more once, with nothing kept by
Python (measured). Forty bytes kept of each message played, or one of each value, come to more than this in an hour.
What is kept of a fault is too little to be seen here; the program's own objects are counted for that."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is held while nobody plays. ``memory`` is in bytes."""

    files: int
    threads: int
    memory: int


class Growth:
    """Looks at each rest. Until `begin`, rests only tell of files and threads: much is made when it is first needed."""

    def __init__(self) -> None:
        self.rests: list[Rest] = []
        self.has_begun = False
        self._first: Footprint | None = None
        self._last: Footprint | None = None

    def begin(self) -> None:
        """From here on nothing may grow: everything has happened once."""
        self.has_begun = True
        self.rests.clear()
        self._first = None

    def look(self) -> None:
        """Take what is held now, once what is about to end has ended."""
        if self._first is None:
            self._first = Footprint.take()
        first = self._first
        wait_for(lambda: not Footprint.take().change_since(first), SETTLES_WITHIN if self.has_begun else 0.0)
        self._last = Footprint.take()
        files, threads = self._last.parts[FILES], self._last.parts[THREADS]
        self.rests.append(Rest(files, threads, resident_memory() or 0))

    @property
    def quarters(self) -> list[float]:
        """The median of the memory in each quarter of the rests, in bytes; empty where it cannot be judged."""
        if not self.has_begun or len(self.rests) < ENOUGH:
            return []
        bounds = [len(self.rests) * quarter // 4 for quarter in range(5)]
        memory = [rest.memory for rest in self.rests]
        return [median(memory[since:until]) for since, until in itertools.pairwise(bounds)]

    def found(self) -> list[str]:
        """What grew, in words."""
        if self._first is None or self._last is None:
            return []
        grown = self._last.change_since(self._first)
        if not self.has_begun:
            grown = [change for change in grown if change.startswith((FILES, THREADS))]
        quarters = self.quarters
        if quarters and quarters[-1] > quarters[0] + MORE:
            grown.append(f"memory by quarters of the run: {_in_mib(quarters)}; {MORE >> 20} MiB more would be none")
        return grown

    def rows(self) -> dict[str, str]:
        """The figures, by what people call them."""
        files, threads = [rest.files for rest in self.rests], [rest.threads for rest in self.rests]
        memory = [rest.memory for rest in self.rests]
        since = " since every fault came once" if self.has_begun else ""
        return {
            "at rest": f"{len(self.rests)} times{since}",
            "descriptors": _course(files),
            "threads": _course(threads),
            "memory": " ".join(f"{name} {bytes_ / 2**20:.1f}" for name, bytes_ in _three(memory)) + " MiB",
            "memory by quarters": _in_mib(self.quarters) if self.quarters else "the run is too short to tell",
        }


def _three(values: list[int]) -> list[tuple[str, int]]:
    return [("first", values[0]), ("greatest", max(values)), ("last", values[-1])]


def _course(values: list[int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in _three(values))


def _in_mib(quarters: list[float]) -> str:
    return ", ".join(f"{bytes_ / 2**20:.1f}" for bytes_ in quarters) + " MiB"
