"""The samples of a run, as a table for people and as JSON for keeping."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BRIDGE, FLOOR, SYNC, Figure, Measure

LIBRARIES: Final = ("websockets", "mido", "python-rtmidi")
WIDTH: Final = 88

Samples = Mapping[str, Sequence[float]]
"""By contestant, one a round."""


@dataclass(slots=True)
class Result:
    """What one measure gave, round after round."""

    measure: Measure
    rounds: list[dict[str, Sequence[float]]] = field(default_factory=list)

    def figures(self) -> Iterator[tuple[Figure, Samples]]:
        """Each figure with its samples."""
        for place, figure in enumerate(self.measure.figures):
            yield figure, {name: [samples[name][place] for samples in self.rounds] for name in self.measure.contestants}


def print_report(results: Sequence[Result]) -> None:
    """Print a table for each measure, and under them how each figure was measured."""
    console = Console(width=WIDTH, highlight=False)
    notes: list[str] = []
    for result in results:
        table = _table(result.measure.title)
        for figure, samples in result.figures():
            notes += [] if figure.how in notes else [figure.how]
            table.add_row(*_row(figure, samples, notes.index(figure.how) + 1))
        console.print(table)
    console.print(f"{_conditions(len(results[0].rounds))}\n{_LEGEND}\n")
    console.print(_numbered(notes))


def write_json(path: Path, results: Sequence[Result]) -> None:
    """Keep every sample, and where it was taken."""
    figures = [
        {"measure": result.measure.title, "name": f.name, "unit": f.unit, "how": f.how, "samples": samples}
        for result in results
        for f, samples in result.figures()
    ]
    path.write_text(json.dumps({"machine": machine(), "figures": figures}, indent=1) + "\n")


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "libraries": {library: version(library) for library in LIBRARIES},
    }


_LEGEND: Final = (
    "Medians of the rounds, lowest..highest below them; a ratio is the median of the rounds' own.\n"
    f"{BRIDGE}: on in-process ports. {FLOOR}: a bare socket write of a ready frame. "
    f"{SYNC}: a connector on websockets.sync as it comes, so compressing, its callback sending bytes as they are."
)


def _conditions(rounds: int) -> str:
    here = machine()
    libraries = ", ".join(f"{name} {number}" for name, number in here["libraries"].items())
    interleaved = f"{rounds} interleaved round{'s' * (rounds != 1)}"
    return f"{interleaved}; {here['cores']} cores, Python {here['python']}, {libraries}."


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", width=28)
    for heading in (BRIDGE, FLOOR, SYNC):
        table.add_column(heading, justify="right", width=13)
    for heading in (FLOOR, SYNC):
        table.add_column(f"/{heading}", justify="right", width=7)
    return table


def _numbered(notes: Sequence[str]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for number, note in enumerate(notes, 1):
        grid.add_row(f"({number})", note)
    return grid


def _row(figure: Figure, samples: Samples, note: int) -> tuple[str, ...]:
    cells = [_cell(samples.get(name, ())) for name in (BRIDGE, FLOOR, SYNC)]
    ratios = [_ratio(samples[BRIDGE], samples.get(name, ())) for name in (FLOOR, SYNC)]
    return (f"{figure.name}, {figure.unit} [dim]({note})", *cells, *ratios)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    return f"{_number(median(values))}\n[dim]{_number(min(values))}..{_number(max(values))}"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{median(a / b for a, b in zip(ours, theirs, strict=True)):.2f}" if theirs else ""


def _number(value: float) -> str:
    """Three digits that count, two of what is less than one, and a comma in thousands."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.{3 if value >= 1 else 2}g}"
