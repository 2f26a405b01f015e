"""What a MIDI clock says: its tempo, its beat, and whether it runs."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nallely_midibridge.core.readers.clock import SILENT_AFTER
from nallely_midibridge.core.readers.tempo import LONGEST, MOST_ASIDE, Line, Tempo
from nallely_midibridge.values import midi
from nallely_midibridge.values.events import Direction, MidiReceived, PortLost
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind
from tests.source_bench import Device, Patch, param

CLOCK, START, CONTINUE, STOP = (0xF8,), (0xFA,), (0xFB,), (0xFC,)
BEAT = midi.CLOCKS_PER_BEAT
USB = 0.001
"""Seconds by which clocks over USB are late at most."""

Shown = list[tuple[float, float]]
"""The tempos that were shown, and when."""


class Master:
    """A sequencer. Its clocks arrive late, by up to ``jitter`` seconds, and never out of order."""

    def __init__(self, seed: int, jitter: float = USB, start: float = 1000.0) -> None:
        self.random = random.Random(seed)
        self.jitter = jitter
        self.now = start
        self._arrived = start

    def clocks(self, bpm: float, beats: float) -> Iterator[float]:
        """When the clocks of so many beats arrive."""
        for _ in range(round(beats * BEAT)):
            self.now += 60 / bpm / BEAT
            self._arrived = max(self._arrived, self.now + self.random.uniform(0, self.jitter))
            yield self._arrived


def heard(tempo: Tempo, *times: Iterator[float]) -> Shown:
    shown = []
    for arrivals in times:
        for now in arrivals:
            found = tempo.read(CLOCK, now)
            if found is not None:
                shown.append((now, found))
    return shown


def follow(tempo: Tempo, before: float, arrivals: Iterator[float]) -> float:
    """The tempo shown at the end, when ``before`` was shown at the beginning."""
    return next((bpm for _, bpm in reversed(heard(tempo, arrivals))), before)


# The tempo.

tempos = st.floats(30, 300).map(lambda bpm: round(bpm, 1))
seeds = st.integers(0, 2**32)


@settings(max_examples=200)
@given(tempos, seeds)
def test_a_tempo_is_right_within_a_tenth_after_eight_beats_and_then_stays(bpm: float, seed: int) -> None:
    """Law: with clocks that are late by up to a millisecond, as they are over USB."""
    master = Master(seed)
    tempo = Tempo()
    shown = heard(tempo, master.clocks(bpm, 8))
    assert shown[-1][1] == pytest.approx(bpm, abs=0.151 if bpm > 200 else 0.101)
    later = heard(tempo, master.clocks(bpm, 16))
    assert all(value == pytest.approx(bpm, abs=0.101) for _, value in later)
    assert len(later) <= 2


@given(tempos, seeds)
def test_a_tempo_is_right_within_a_hundredth_part_after_a_beat(bpm: float, seed: int) -> None:
    assert heard(Tempo(), Master(seed).clocks(bpm, 1))[-1][1] == pytest.approx(bpm, rel=0.01)


@given(st.sampled_from((60.0, 120.0, 174.0)), seeds)
def test_clocks_that_are_late_by_four_milliseconds_are_borne(bpm: float, seed: int) -> None:
    assert heard(Tempo(), Master(seed, 0.004).clocks(bpm, 16))[-1][1] == pytest.approx(bpm, abs=0.301)


@given(tempos)
def test_a_clock_in_time_is_shown_at_once_and_exactly(bpm: float) -> None:
    (only,) = heard(Tempo(), Master(0, jitter=0.0).clocks(bpm, 16))
    assert only[0] < 1000 + 60 / bpm
    assert only[1] == bpm


@settings(max_examples=200)
@given(tempos, tempos, seeds)
def test_another_tempo_is_followed_within_a_beat_or_so(before: float, after: float, seed: int) -> None:
    master = Master(seed)
    tempo = Tempo()
    heard(tempo, master.clocks(before, 12))
    shown = follow(tempo, before, master.clocks(after, 1.5))
    assert shown == pytest.approx(after, rel=0.01)
    shown = follow(tempo, shown, master.clocks(after, 8))
    assert shown == pytest.approx(after, abs=0.151)


def test_a_step_of_one_is_followed_within_a_beat() -> None:
    master = Master(1)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 12))
    assert heard(tempo, master.clocks(121, 1))[-1][1] == pytest.approx(121, abs=0.2)


def test_a_ritardando_is_followed() -> None:
    master = Master(2)
    tempo = Tempo()
    shown = heard(tempo, master.clocks(120, 8))[-1][1]
    for clock in range(16 * BEAT):
        bpm = 120 - 30 * clock / (16 * BEAT)
        shown = follow(tempo, shown, master.clocks(bpm, 1 / BEAT))
        assert shown == pytest.approx(bpm, abs=4)
    assert follow(tempo, shown, master.clocks(90, 4)) == pytest.approx(90, abs=0.1)


@given(st.sampled_from((60.0, 120.0, 180.0)), seeds, st.sampled_from((0.01, 0.05)))
@example(60.0, 75394, 0.05)  # several lost close together, taken for a change
@example(60.0, 479001599, 0.05)  # one lost when a change was as good as certain
def test_lost_clocks_are_no_change_of_tempo(bpm: float, seed: int, share: float) -> None:
    master = Master(seed)
    tempo = Tempo()
    heard(tempo, master.clocks(bpm, 8))
    kept = (now for now in master.clocks(bpm, 32) if master.random.random() > share)
    assert all(value == pytest.approx(bpm, rel=0.012) for _, value in heard(tempo, kept))


def test_clocks_that_are_held_up_together_are_no_change_of_tempo() -> None:
    master = Master(3)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 8))
    times = list(master.clocks(120, 8))
    held_up = iter([max(now, times[53]) if 50 <= index < 54 else now for index, now in enumerate(times)])
    assert heard(tempo, held_up) == []


def test_a_stop_and_a_start_leave_the_tempo_alone() -> None:
    master = Master(4)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 8))
    for message, pause in ((START, 0.013), (CONTINUE, 0.4), (START, 60.0)):
        master.now += pause
        assert tempo.read(message, master.now) is None
        assert heard(tempo, master.clocks(120, 8)) == []


def test_a_silence_leaves_the_tempo_alone_and_what_comes_then_begins_anew() -> None:
    master = Master(5)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 8))
    master.now += 1.5
    assert heard(tempo, master.clocks(120, 8)) == []
    master.now += 1.5
    assert heard(tempo, master.clocks(140, 0.5))[-1][1] == pytest.approx(140, rel=0.01)


def test_a_port_that_was_lost_begins_anew() -> None:
    master = Master(6)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 8))
    assert tempo.release() is None
    assert heard(tempo, master.clocks(140, 0.5))[-1][1] == pytest.approx(140, rel=0.01)


@pytest.mark.parametrize("is_even", [True, False])
def test_a_thousand_clocks_a_second_are_no_tempo(is_even: bool) -> None:
    master = Master(7)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 8))
    begin, noise = master.now, random.Random(8)
    times = [begin + count / 1000 if is_even else noise.uniform(begin, begin + 5) for count in range(5000)]
    assert heard(tempo, iter(sorted(times))) == []
    master.now = begin + 5
    assert heard(tempo, master.clocks(120, 16)) == []
    assert heard(tempo, master.clocks(130, 2))[-1][1] == pytest.approx(130, rel=0.01)


def test_what_is_kept_of_a_clock_is_bounded() -> None:
    """Clocks that are early and late in turn are far off for ever, and never on one side."""
    master = Master(9, jitter=0.0)
    tempo = Tempo()
    heard(tempo, master.clocks(120, 8))
    swing = (now + 0.008 * (index % 2) for index, now in enumerate(master.clocks(120, 64)))
    for now in swing:
        tempo.read(CLOCK, now)
        assert len(tempo._aside) <= MOST_ASIDE
        assert len(tempo._line) <= LONGEST
    assert heard(tempo, master.clocks(90, 2))[-1][1] == pytest.approx(90, rel=0.01)


@given(st.lists(st.floats(0, 10)))
def test_any_times_raise_nothing_and_give_tempos_only(pauses: list[float]) -> None:
    tempo, now = Tempo(), 0.0
    for pause in pauses:
        now += pause
        assert 0 < (tempo.read(CLOCK, now) or 1) <= 1000


@given(st.integers(2, 300), st.integers(0, 400), st.integers(1, 10**6), st.integers(0, 10**13))
def test_a_line_through_even_clocks_foretells_the_next(count: int, dropped: int, period: int, start: int) -> None:
    line = Line()
    for place in range(count + dropped):
        line.add(start + place * period)
    line.keep(count)
    assert len(line) == count
    assert line.period == pytest.approx(period)
    assert line.foretold(0) == pytest.approx(start + (count + dropped) * period, abs=1)
    assert line.foretold(3) == pytest.approx(start + (count + dropped + 3) * period, abs=1)


def test_the_tempo_is_the_value_of_its_parameter_held_in_its_range() -> None:
    route = ParamRoute("bpm", Source("in", SourceKind.CLOCK_BPM), Scale(20, 100))
    assert played(route, (now for now in Master(0, 0.0).clocks(90, 1))).known == {"bpm": 90.0}
    assert played(route, (now for now in Master(0, 0.0).clocks(120, 1))).known == {"bpm": 100.0}


def played(route: ParamRoute, times: Iterator[float]) -> Patch:
    patch = Patch(route)
    for patch.now in times:
        patch.happens(MidiReceived("in", CLOCK))
    return patch


# The beat.


def beat() -> Device:
    return Device(Source("in", SourceKind.CLOCK_BEAT))


def edges(device: Device, *messages: tuple[int, ...]) -> list[tuple[int, float]]:
    """Where the gate goes up and down, by the number of the message."""
    found = []
    for number, message in enumerate(messages):
        device.positions.clear()
        device.plays(message)
        found += [(number, position) for position in device.positions]
    return found


def test_the_beat_is_up_for_the_first_half_of_each_quarter_note() -> None:
    assert edges(beat(), *[CLOCK] * 50) == [(0, 1.0), (12, 0.0), (24, 1.0), (36, 0.0), (48, 1.0)]


def test_start_makes_the_next_clock_the_first_of_a_beat() -> None:
    device = beat()
    edges(device, *[CLOCK] * 5)
    assert edges(device, START, *[CLOCK] * 14) == [(0, 0.0), (1, 1.0), (13, 0.0)]


def test_stop_rests_and_continue_goes_on_from_there() -> None:
    device = beat()
    edges(device, START, *[CLOCK] * 5)
    assert edges(device, STOP, *[CLOCK] * 100) == [(0, 0.0)]
    assert edges(device, CONTINUE, *[CLOCK] * 21) == [(20, 1.0)]


@pytest.mark.parametrize(("position", "first"), [(0, 1), (1, 19), (3, 7), (4, 1), (4 * 128 + 1, 19)])
def test_a_song_position_says_where_the_next_clock_is(position: int, first: int) -> None:
    """In sixteenth notes: six clocks."""
    device = beat()
    edges(device, START, *[CLOCK] * 30, STOP, (0xF2, position & 0x7F, position >> 7))
    assert edges(device, CONTINUE, *[CLOCK] * 24)[0] == (first, 1.0)


def test_a_beat_that_hangs_when_the_clock_falls_silent_rests() -> None:
    device = beat()
    edges(device, CLOCK)
    device.positions.clear()
    device.rests(SILENT_AFTER - 0.01)
    assert device.positions == []
    device.rests(0.02)
    assert device.positions == [0.0]
    device.rests(60)
    assert device.asked == []


# Running and transport.


def test_a_clock_runs_from_start_or_continue_to_stop() -> None:
    device = Device(Source("in", SourceKind.CLOCK_RUNNING))
    assert edges(device, CLOCK, START, CLOCK, STOP, CLOCK, CONTINUE) == [(1, 1.0), (3, 0.0), (5, 1.0)]


def test_a_clock_that_falls_silent_does_not_run_until_it_comes_back() -> None:
    device = Device(Source("in", SourceKind.CLOCK_RUNNING))
    edges(device, START, CLOCK)
    device.positions.clear()
    device.rests(SILENT_AFTER - 0.001)
    device.plays(CLOCK)
    device.rests(SILENT_AFTER - 0.001)
    assert device.positions == []
    device.rests(0.002)
    assert device.positions == [0.0]
    assert edges(device, CLOCK, CLOCK) == [(0, 1.0)]


def test_a_clock_that_was_stopped_does_not_run_because_it_ticks() -> None:
    device = Device(Source("in", SourceKind.CLOCK_RUNNING))
    edges(device, START, CLOCK, STOP)
    device.rests(2 * SILENT_AFTER)
    assert edges(device, CLOCK, CLOCK) == []


def test_a_device_that_starts_and_has_no_clock_runs() -> None:
    device = Device(Source("in", SourceKind.CLOCK_RUNNING))
    edges(device, START)
    device.positions.clear()
    device.rests(60)
    assert device.positions == []


def test_watching_for_silence_asks_once_a_second_and_not_at_each_clock() -> None:
    device = Device(Source("in", SourceKind.CLOCK_RUNNING))
    device.plays(*[CLOCK] * 500)
    assert len(device.asked) == 1


def test_a_lost_port_runs_no_more_and_its_silence_is_not_waited_for() -> None:
    device = Device(Source("in", SourceKind.CLOCK_RUNNING))
    edges(device, START, CLOCK)
    assert device.reader.release() == 0.0
    device.positions.clear()
    device.rests(60)
    assert device.positions == []


def test_transport_is_a_gate_and_hears_no_clock() -> None:
    patch = Patch(param(SourceKind.TRANSPORT))
    sent = [patch.values(message) for message in (START, CLOCK, STOP, CONTINUE, CONTINUE)]
    assert sent == [{"p": 1.0}, {}, {"p": 0.0}, {"p": 1.0}, {}]
    assert patch.happens(PortLost("in", Direction.INPUT)) == {"p": 0.0}


# Messages of the system that nobody listens to.


@pytest.mark.parametrize(
    ("kind", "used", "ignored"),
    [
        (SourceKind.CC, [], [CLOCK, START, CONTINUE, STOP, (0xF2, 0, 0), (0xFE,)]),
        (SourceKind.TRANSPORT, [START, CONTINUE, STOP], [CLOCK, (0xF2, 0, 0)]),
        (SourceKind.CLOCK_BPM, [CLOCK, START, CONTINUE], [STOP, (0xF2, 0, 0)]),
        (SourceKind.CLOCK_RUNNING, [CLOCK, START, CONTINUE, STOP], [(0xF2, 0, 0), (0xFE,)]),
        (
            SourceKind.CLOCK_BEAT,
            [CLOCK, START, CONTINUE, STOP, (0xF2, 0, 0)],
            [(0xF2,), (0xF2, 0), (0xF2, 0, 200), (0xF8, 0), (0xF0, 1, 0xF7), (0xF3, 1), (0xFF,), ()],
        ),
    ],
)
def test_what_no_route_listens_to_is_counted(
    kind: SourceKind, used: list[tuple[int, ...]], ignored: list[tuple[int, ...]]
) -> None:
    patch = Patch(param(kind, 1))
    for count, message in enumerate((*used, *ignored), 1):
        patch.happens(MidiReceived("in", message))
        counts = patch.engine.counts()["in"]
        assert counts.received == count
        assert sum(counts.ignored.values()) == max(0, count - len(used))
