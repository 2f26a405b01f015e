"""The benchmarks' goals and tables: what is held against a bound, and where the figures of a run are put."""

import json
from pathlib import Path

import pytest

from benchmarks.document import BEGIN, END, write_into
from benchmarks.measure import BRIDGE, FLOOR, AtMost, Figure, Goal, Measure, More, Times, percentile
from benchmarks.report import Result, number, print_report, standings, write_json

SAMPLES = {BRIDGE: (10.0, 20.0, 90.0), FLOOR: (10.0, 10.0, 30.0)}


@pytest.mark.parametrize(
    ("goal", "today", "unit"),
    [(Times(1.15, FLOOR), 2.0, "times"), (More(9, FLOOR), 10.0, "µs more"), (AtMost(20), 20.0, "µs")],
)
def test_a_goal_is_held_against_the_median_of_what_each_round_gave(goal: Goal, today: float, unit: str) -> None:
    assert goal.today(SAMPLES) == today
    assert goal.unit("µs") == unit


def result(*rounds: dict[str, tuple[float, ...]]) -> Result:
    figures = (
        Figure("p50", "µs", "how it was", (Times(1.5, FLOOR), AtMost(15))),
        Figure("p99", "µs", "how it was", (Times(2, FLOOR),)),
    )
    contestants = dict.fromkeys((BRIDGE, FLOOR), tuple)
    return Result(Measure("key to server", figures, contestants), [*rounds])


ONE = result({BRIDGE: (12.0, 50.0), FLOOR: (10.0, 20.0)})


def test_a_goal_is_met_at_its_bound_and_below() -> None:
    assert [(s.bound, number(s.today), s.is_met) for s in standings(ONE)] == [
        ("at most 1.5 times", "1.2", True),
        ("at most 15 µs", "12", True),
        ("at most 2 times", "2.5", False),
    ]


def test_what_one_round_does_not_give_is_left_out_with_its_goals() -> None:
    some = result({BRIDGE: (12.0, 50.0), FLOOR: (10.0, 20.0)}, {BRIDGE: (12.0,), FLOOR: (10.0, 20.0)})
    assert [samples.keys() for _, samples in some.figures()] == [{BRIDGE, FLOOR}, {FLOOR}]
    assert [s.bound for s in standings(some)] == ["at most 1.5 times", "at most 15 µs"]
    print_report([some])


def test_the_table_says_what_is_met_and_how_it_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    print_report([ONE])
    text = capsys.readouterr().out
    assert text.count("✓") == 2
    assert text.count("✗") == 1
    assert text.count("how it was") == 1


def test_every_sample_is_kept_as_json(tmp_path: Path) -> None:
    write_json(tmp_path / "figures.json", [ONE])
    data = json.loads((tmp_path / "figures.json").read_text())
    assert data["figures"][1]["samples"] == {BRIDGE: [50.0], FLOOR: [20.0]}
    assert data["figures"][1]["goals"] == [{"at_most": 2, "unit": "times", "beside": FLOOR, "today": 2.5, "met": False}]


def test_a_page_gets_the_figures_in_place_of_those_before(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_into(page, [ONE])
    once = page.read_text()
    assert "| key to server: p99 | floor | at most 2 times | 2.5 | ✗ |" in once
    assert once.startswith(f"before\n{BEGIN}\n")
    assert once.endswith(f"{END}\nafter\n")
    assert "old" not in once
    write_into(page, [ONE])
    assert page.read_text() == once


def test_a_page_without_a_place_for_figures_stays_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match="has no place for figures"):
        write_into(page, [ONE])
    assert page.read_text() == "nothing\n"


def test_the_page_of_this_project_has_a_place() -> None:
    page = (Path(__file__).parent.parent / "docs" / "performance.md").read_text("utf-8")
    assert page.index(BEGIN) < page.index(END)


def test_percentiles_and_numbers() -> None:
    assert [percentile([1, 2, 3, 4], per_mille) for per_mille in (0, 500, 990, 1000)] == [1, 3, 4, 4]
    assert [number(value) for value in (1234.5, 12.345, 0.0123, -5.25, -300)] == [
        "1,234",
        "12.3",
        "0.012",
        "-5.25",
        "-300",
    ]
