"""Laws of clock and transport probes: the right count at an even spacing, whatever the tempo and the wake-ups do."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.probes.clock import FASTEST, FORGOTTEN_AFTER, SLOWEST
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.events import LinkDown, Panic, Stopped
from nallely_midibridge.values.scale import Scale
from tests.probe_bench import NEURON, ProbeBench, route

CLOCK = route("bpm", DestinationKind.CLOCK, scale=Scale(20, 300))
TRANSPORT = route("run", DestinationKind.TRANSPORT)
ROUNDING = 1e-6
TICK, START, STOP = (0xF8,), (0xFA,), (0xFC,)


def spacing(bpm: float) -> float:
    return 60 / bpm / 24


def gaps(bench: ProbeBench) -> list[float]:
    times = [at for at, message in bench.sent if message == TICK]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@given(st.floats(20, 300), st.floats(0.1, 20))
def test_there_are_24_clocks_a_beat_at_an_even_spacing(bpm: float, seconds: float) -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", bpm)
    bench.pass_time(seconds)
    assert abs(len(bench.sent) - seconds / spacing(bpm)) <= 1 + ROUNDING
    assert gaps(bench) == pytest.approx([spacing(bpm)] * len(gaps(bench)), abs=1e-9)
    assert set(bench.messages) == {TICK}


def test_an_hour_of_clocks_does_not_drift_though_every_wake_up_is_late() -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", 123.4)
    bench.pass_time(3600, late=0.001)
    assert len(bench.sent) == 1 + math.floor((3600 - 0.001) / spacing(123.4))
    assert gaps(bench)[1:] == pytest.approx([spacing(123.4)] * (len(gaps(bench)) - 1), abs=1e-8)


@given(st.lists(st.tuples(st.floats(20, 300), st.floats(0, 0.2)), min_size=1, max_size=60))
def test_a_new_tempo_counts_at_once_without_a_burst_or_a_gap(tempos: list[tuple[float, float]]) -> None:
    """Law: the clocks are the beats gone by, times 24; none is nearer or farther than one of the tempos makes it."""
    bench, beats = ProbeBench(CLOCK), 0.0
    for bpm, seconds in tempos:
        bench.value("bpm", bpm)
        bench.pass_time(seconds)
        beats += bpm * seconds / 60
        assert abs(len(bench.sent) - 24 * beats) <= 1 + ROUNDING
    slowest, fastest = min(bpm for bpm, _ in tempos), max(bpm for bpm, _ in tempos)
    assert all(spacing(fastest) - 1e-9 <= gap <= spacing(slowest) + 1e-9 for gap in gaps(bench))


@given(st.floats(20, 300), st.lists(st.floats(0, 0.4), max_size=40))
def test_late_wake_ups_are_made_up_for_without_a_burst(bpm: float, lateness: list[float]) -> None:
    """Law: clocks are never nearer than half their spacing, and once wake-ups are in time the count is right."""
    bench = ProbeBench(CLOCK)
    bench.value("bpm", bpm)
    begun = bench.now
    for late in lateness:
        assert bench.wake_at is not None
        bench.pass_time(bench.wake_at + late - bench.now, late=late)
    bench.pass_time(2 * FORGOTTEN_AFTER * spacing(bpm))
    assert all(gap >= spacing(bpm) / 2 - 1e-9 for gap in gaps(bench))
    if sum(lateness) <= FORGOTTEN_AFTER * spacing(bpm):
        assert abs(len(bench.sent) - (bench.now - begun) / spacing(bpm)) <= 1 + ROUNDING


def test_what_was_slept_through_is_left_out() -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", 120)
    bench.pass_time(3600, late=3600)
    bench.pass_time(1)
    assert len(bench.sent) < 50
    assert min(gaps(bench)) >= spacing(120) / 2


@pytest.mark.parametrize("value", [0, -1, 2.2e-308, -math.inf])
def test_no_tempo_is_no_clock(value: float) -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", 120)
    bench.pass_time(1)
    bench.value("bpm", value)
    assert bench.pass_time(10) == []
    assert bench.wake_at is None


@pytest.mark.parametrize(("value", "bpm"), [(1, 20), (1e9, 300), (math.inf, 300), (60, 60)])
def test_a_tempo_is_held_at_the_ends_of_its_range(value: float, bpm: float) -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", value)
    bench.pass_time(3)
    assert gaps(bench)[0] == pytest.approx(spacing(bpm))


@pytest.mark.parametrize(("value", "bpm"), [(1e-200, SLOWEST), (1e9, FASTEST)])
def test_no_range_makes_a_tempo_absurd(value: float, bpm: float) -> None:
    bench = ProbeBench(route("bpm", DestinationKind.CLOCK, scale=Scale(0, 1e10)))
    bench.value("bpm", value)
    bench.pass_time(3)
    assert gaps(bench)[0] == pytest.approx(spacing(bpm))


def test_a_range_that_is_all_below_0_is_no_clock() -> None:
    bench = ProbeBench(route("bpm", DestinationKind.CLOCK, scale=Scale(-5, 0)))
    assert bench.values("bpm", 3, 0, -3) == []


def test_a_tempo_that_goes_on_and_off_makes_no_burst() -> None:
    bench = ProbeBench(CLOCK)
    for _ in range(1000):
        bench.values("bpm", 120, 0, 120)
        bench.pass_time(0.001)
    assert min(gaps(bench)) >= spacing(120) - 1e-9


def test_a_tempo_that_is_wobbled_leaves_no_pile_of_wake_ups() -> None:
    """2,000 new tempos a second, and hardly more wake-ups."""
    bench = ProbeBench(CLOCK)
    for step in range(20_000):
        bench.value("bpm", 120 + 60 * math.sin(step / 100))
        bench.pass_time(0.0005)
    assert bench.wakes <= 20_000
    bench.value("bpm", 120)
    bench.pass_time(1)
    before = bench.wakes
    bench.pass_time(10)
    assert bench.wakes - before == pytest.approx(480, abs=1)


def test_the_clock_waits_for_its_port_and_begins_anew_with_it() -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", 120)
    bench.pass_time(0.1)
    bench.lose_port()
    bench.pass_time(1)
    assert bench.wake_at is None
    count = len(bench.sent)
    assert bench.open_port() == [TICK]
    bench.pass_time(10 * spacing(120) + 0.001)
    assert len(bench.sent) == count + 11
    assert gaps(bench)[count:] == pytest.approx([spacing(120)] * 10)


@pytest.mark.parametrize("event", [LinkDown(NEURON), Stopped()])
def test_when_we_end_a_clock_ends_without_a_word_and_a_transport_with_a_stop(event: LinkDown | Stopped) -> None:
    bench = ProbeBench(CLOCK, TRANSPORT)
    bench.value("bpm", 120)
    bench.value("run", 1)
    bench.pass_time(1)
    assert bench.happens(event) == [STOP]
    assert bench.pass_time(10) == []


def test_a_panic_stops_what_runs_but_not_the_clock() -> None:
    bench = ProbeBench(CLOCK, TRANSPORT)
    bench.value("bpm", 120)
    bench.value("run", 1)
    assert bench.happens(Panic())[0] == STOP
    assert len(bench.pass_time(1)) == 48


def test_a_clock_whose_route_is_gone_is_silent() -> None:
    bench = ProbeBench(CLOCK)
    bench.value("bpm", 120)
    bench.engine.switch(bench.engine.prepare(bench.mapping()), bench.now)
    assert bench.pass_time(10) == []


def test_clocks_count_for_the_port_but_wait_for_nothing() -> None:
    flood = route("cc", DestinationKind.CC, 7)
    bench = ProbeBench(CLOCK, flood, rate=100)
    bench.value("bpm", 120)
    for step in range(4000):
        bench.value("cc", step % 128 / 127)
        bench.pass_time(0.0005)
    assert gaps(bench) == pytest.approx([spacing(120)] * len(gaps(bench)), abs=1e-9)
    assert len(bench.sent) <= 100 * 2 + 3


# Transport.


def test_above_0_starts_and_back_to_0_stops() -> None:
    bench = ProbeBench(TRANSPORT)
    assert bench.values("run", 0, 2.2e-308, 0.5, 1, 0.2, 0, -1, 0, 1) == [START, STOP, START]


def test_a_port_that_opens_is_told_to_run_again_or_to_stop_what_it_was_told_to_run() -> None:
    bench = ProbeBench(TRANSPORT)
    bench.lose_port()
    assert bench.open_port() == []
    bench.value("run", 1)
    bench.lose_port()
    assert bench.open_port() == [START]
    bench.lose_port()
    bench.value("run", 0)
    assert bench.open_port() == [STOP]
    bench.lose_port()
    assert bench.open_port() == []


def test_a_transport_waits_for_nothing() -> None:
    bench = ProbeBench(TRANSPORT, route("cc", DestinationKind.CC, 7), rate=1)
    bench.values("cc", 0.1, 0.2, 0.3)
    assert bench.values("run", 1, 0) == [START, STOP]
