"""The figures of a run as a page of Markdown has them, so that nobody copies them by hand."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.measure import BRIDGE, FLOOR, SYNC, Samples
from benchmarks.report import LEGEND, MET, MISSED, Result, conditions, number, standings

BEGIN: Final = "<!-- figures: made by make bench -->"
END: Final = "<!-- end of figures -->"


def write_into(path: Path, results: Sequence[Result]) -> None:
    """Put the tables between the two marks in a page, in place of what is there. Raises ValueError without them."""
    page = path.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no place for figures: it needs a line {BEGIN} and, below it, a line {END}")
    path.write_text("\n".join((before + BEGIN, "", *markdown(results), "", END + after)), encoding="utf-8")


def markdown(results: Sequence[Result]) -> Iterator[str]:
    """The goals, then every figure, as lines of Markdown."""
    yield f"{conditions(results)} {LEGEND.replace(chr(10), ' ')}"
    yield from ("", "| what | beside | goal | today | |", "|---|---|---|--:|---|")
    for standing in chain.from_iterable(map(standings, results)):
        mark = MET if standing.is_met else MISSED
        row = standing.what, standing.goal.beside, standing.bound, number(standing.today), mark
        yield f"| {' | '.join(row)} |"
    yield from ("", "Every figure:")
    for result in results:
        yield from ("", f"**{result.measure.title}**", "", f"| | {BRIDGE} | {FLOOR} | {SYNC} |", "|---|--:|--:|--:|")
        for figure, samples in result.figures():
            yield f"| {figure.name}, {figure.unit} | {_cells(samples)} |"
        yield ""
        yield from (f"- {how}" for how in dict.fromkeys(figure.how for figure in result.measure.figures))


def _cells(samples: Samples) -> str:
    return " | ".join(number(median(samples[name])) if name in samples else "" for name in (BRIDGE, FLOOR, SYNC))
