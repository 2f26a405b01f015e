"""The samples of a run: what was to be reached and each figure, as tables for people and as JSON for keeping."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BRIDGE, FLOOR, SYNC, Figure, Goal, Measure, Samples

LIBRARIES: Final = ("websockets", "mido", "python-rtmidi")
WIDTH: Final = 100
MET, MISSED = "✓", "✗"


@dataclass(slots=True)
class Result:
    """What one measure gave, round after round."""

    measure: Measure
    rounds: list[dict[str, Sequence[float]]] = field(default_factory=list)

    def figures(self) -> Iterator[tuple[Figure, Samples]]:
        """Each figure with its samples."""
        for place, figure in enumerate(self.measure.figures):
            yield (
                figure,
                {
                    name: [samples[name][place] for samples in self.rounds]
                    for name in self.measure.contestants
                    if all(len(samples[name]) > place for samples in self.rounds)
                },
            )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a figure is from a goal."""

    what: str
    figure: Figure
    goal: Goal
    today: float

    @property
    def is_met(self) -> bool:
        return self.today <= self.goal.at_most

    @property
    def unit(self) -> str:
        return self.goal.unit(self.figure.unit)

    @property
    def bound(self) -> str:
        """The goal in words."""
        return f"at most {number(self.goal.at_most)} {self.unit}"


def standings(result: Result) -> list[Standing]:
    """Each goal of each figure of a measure."""
    title = result.measure.title
    return [
        Standing(f"{title}: {figure.name}", figure, goal, goal.today(samples))
        for figure, samples in result.figures()
        for goal in figure.goals
        if {BRIDGE, goal.beside or BRIDGE} <= samples.keys()
    ]


def print_report(results: Sequence[Result]) -> None:
    """Print a table for each measure, then the goals, and under them how each figure was measured."""
    console = Console(width=WIDTH, highlight=False)
    notes: list[str] = []
    for result in results:
        table = _table(result.measure.title)
        for figure, samples in result.figures():
            notes += [] if figure.how in notes else [figure.how]
            table.add_row(*_row(figure, samples, notes.index(figure.how) + 1))
        console.print(table)
    console.print(_goals([standing for result in results for standing in standings(result)], notes))
    console.print(f"{conditions(results)}\n{LEGEND}\n")
    console.print(_numbered(notes))


def write_json(path: Path, results: Sequence[Result]) -> None:
    """Keep every sample, and where it was taken."""
    figures = [
        {
            "measure": result.measure.title,
            "name": figure.name,
            "unit": figure.unit,
            "how": figure.how,
            "goals": [_goal_data(standing) for standing in standings(result) if standing.figure is figure],
            "samples": samples,
        }
        for result in results
        for figure, samples in result.figures()
    ]
    path.write_text(json.dumps({"machine": machine(), "figures": figures}, indent=1) + "\n")


def _goal_data(standing: Standing) -> dict[str, object]:
    return {
        "at_most": standing.goal.at_most,
        "unit": standing.unit,
        "beside": standing.goal.beside or None,
        "today": standing.today,
        "met": standing.is_met,
    }


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "libraries": {library: version(library) for library in LIBRARIES},
    }


LEGEND: Final = (
    "Medians of the rounds, lowest..highest below them; a ratio is the median of the rounds' own.\n"
    f"{FLOOR}: a bare socket, a ready frame or message. {SYNC}: what a user would write, mido's messages and a "
    "connector on websockets.sync as they come, so compressing."
)


def conditions(results: Sequence[Result]) -> str:
    """On what the figures were measured, and how often."""
    here, rounds = machine(), len(results[0].rounds)
    libraries = ", ".join(f"{name} {release}" for name, release in here["libraries"].items())
    interleaved = f"{rounds} interleaved round{'s' * (rounds != 1)}"
    return f"{interleaved}; {here['cores']} cores, Python {here['python']}, {libraries}."


def _goals(standings: Sequence[Standing], notes: Sequence[str]) -> Table:
    table = Table(title="Goals", title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("", "beside", "goal"):
        table.add_column(heading)
    table.add_column("today", justify="right")
    table.add_column("")
    for standing in standings:
        mark = f"[green]{MET}" if standing.is_met else f"[red]{MISSED}"
        what = f"{standing.what} [dim]({notes.index(standing.figure.how) + 1})"
        table.add_row(what, standing.goal.beside, standing.bound, number(standing.today), mark)
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", width=38)
    for heading in (BRIDGE, FLOOR, SYNC):
        table.add_column(heading, justify="right", width=13)
    for heading in (FLOOR, SYNC):
        table.add_column(f"/{heading}", justify="right", width=7)
    return table


def _numbered(notes: Sequence[str]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for place, note in enumerate(notes, 1):
        grid.add_row(f"({place})", note)
    return grid


def _row(figure: Figure, samples: Samples, note: int) -> tuple[str, ...]:
    cells = [_cell(samples.get(name, ())) for name in (BRIDGE, FLOOR, SYNC)]
    ratios = [_ratio(samples.get(BRIDGE, ()), samples.get(name, ())) for name in (FLOOR, SYNC)]
    return (f"{figure.name}, {figure.unit} [dim]({note})", *cells, *ratios)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    return f"{number(median(values))}\n[dim]{number(min(values))}..{number(max(values))}"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{median(a / b for a, b in zip(ours, theirs, strict=True)):.2f}" if ours and theirs else ""


def number(value: float) -> str:
    """Three digits that count, two of what is less than one, and a comma in thousands."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{3 if abs(value) >= 1 else 2}g}"
