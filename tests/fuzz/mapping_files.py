"""Mapping files that are nearly right."""

import tracemalloc
from pathlib import Path
from random import Random
from typing import Final

from nallely_midibridge.mapping_file import explain, load_text
from nallely_midibridge.mapping_file.problem import Problem
from nallely_midibridge.values.errors import MappingError
from tests.fuzz.mutation import mutated
from tests.fuzz.work import Work

ROOT: Final = Path(__file__).parents[2]
MOST_CALLS: Final = 30_000_000
"""For one file of at most 100,000 characters."""
MOST_MEMORY: Final = 300_000_000
"""Bytes, likewise: patterns make routes, a thousand each."""


class MappingFiles:
    """Inputs by their seed, and the law they are held to."""

    def __init__(self) -> None:
        self._seeds = [path.read_text("utf-8") for path in sorted((ROOT / "config").rglob("*.yaml"))]

    def make(self, random: Random) -> str:
        return mutated(random, random.choice(self._seeds), self._seeds)

    def check(self, text: str) -> None:
        """Raises AssertionError, or whatever should not have been raised."""
        measured = tracemalloc.is_tracing()
        with Work(MOST_CALLS):
            try:
                explain(load_text(text, "fuzz.yaml"))
            except MappingError as error:
                _check_problems(error)
        if measured:
            _, peak = tracemalloc.get_traced_memory()
            assert peak < MOST_MEMORY, f"{peak:,} bytes"
            tracemalloc.reset_peak()


def _check_problems(error: MappingError) -> None:
    assert error.problems
    for problem in error.problems:
        assert isinstance(problem, Problem)
        said = str(problem)
        assert said.startswith("fuzz.yaml:"), said
        assert "Traceback" not in said, said
        assert said.isprintable(), repr(said)
