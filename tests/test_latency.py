"""`latency` measures a round trip through MIDI ports or a session, and leaves nothing behind."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.cli.latency.view import label, milliseconds
from nallely_midibridge.cli.main import main
from nallely_midibridge.connector import NallelyService
from nallely_midibridge.core.histogram import MOST, Bin, histogram
from nallely_midibridge.edges.loop import Ear, round_trips
from nallely_midibridge.edges.memory_system import Cable, MemorySystem
from nallely_midibridge.edges.neuron_locks import NeuronLocks
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.values.errors import LoopError
from nallely_midibridge.values.mapping import Bus, Neuron
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.round_trips import RoundTrips
from tests.jack_echo import echo

DELAYS = st.lists(st.integers(1, 10**10), max_size=200)

# -- the figures


@given(DELAYS)
def test_each_delay_is_in_one_bin_and_the_bins_follow_each_other(delays: list[int]) -> None:
    bins = histogram(delays)
    assert sum(part.count for part in bins) == len(delays)
    for part in bins:
        high = part.high or 10**11
        assert part.count == sum(part.low <= delay < high for delay in delays)
    assert all(before.high == after.low for before, after in pairwise(bins))
    assert len(bins) <= MOST + 1


def test_a_few_that_are_far_longer_do_not_squeeze_the_rest() -> None:
    bins = histogram([*range(500_000, 600_000, 1000), 900_000_000])
    assert len(bins) > MOST / 2
    assert bins[-1] == Bin(600_000, None, 1)


@given(DELAYS.filter(bool), st.integers(0, 100))
def test_so_many_per_cent_do_not_pass_a_percentile(delays: list[int], percent: int) -> None:
    (bound,) = RoundTrips(delays).percentiles([percent])
    assert bound in delays
    assert sum(delay <= bound for delay in delays) * 100 >= percent * len(delays)
    assert sum(delay < bound for delay in delays) * 100 <= percent * len(delays)


def test_nothing_that_came_back_has_no_percentiles() -> None:
    trips = RoundTrips()
    trips.add(None)
    assert trips.as_data() == {
        "sent": 1,
        "lost": 1,
        **dict.fromkeys(("least_seconds", "p50_seconds", "p90_seconds", "p99_seconds", "greatest_seconds")),
        "delays_seconds": [],
    }


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Bin(400_000, 600_000, 1), "0.4 to 0.6"),
        (Bin(1_000_000, 1_050_000, 1), "1.00 to 1.05"),
        (Bin(5_000_000, 10_000_000, 1), "5 to 10"),
        (Bin(1, 2, 1), "0.000001 to 0.000002"),
        (Bin(2_500_000, None, 1), "from 2.5"),
    ],
)
def test_a_bin_has_as_many_digits_as_its_width_asks_for(part: Bin, text: str) -> None:
    assert label(part) == text


def test_long_delays_are_whole_milliseconds() -> None:
    assert [milliseconds(delay) for delay in (1_234, 45_678_901, 9_999_999_999)] == ["0.00123", "45.7", "10000"]


# -- a loop


class Scripted:
    """Gives the delays it is told to."""

    where, advice = "from here to there", "connect them"

    def __init__(self, *delays: int | None) -> None:
        self.delays = list(delays)

    def once(self, number: int) -> int | None:
        return self.delays.pop(0)


def test_a_loop_that_is_open_is_noticed_after_three() -> None:
    with pytest.raises(LoopError, match="nothing came back from here to there: connect them"):
        list(round_trips(Scripted(None, None, None, 4), 10, lambda: False))


def test_a_loop_that_loses_some_goes_on() -> None:
    assert list(round_trips(Scripted(None, 2, None, None, None, None), 6, lambda: False)) == [None, 2, *[None] * 4]


def test_a_stop_ends_it() -> None:
    stops = iter([False, False, True])
    assert list(round_trips(Scripted(1, 2, 3), 3, lambda: next(stops))) == [1, 2]


def test_only_what_was_sent_counts_as_coming_back() -> None:
    ear = Ear()
    assert ear.time("b", lambda: ear.hear("a"), within=0.01) is None
    assert ear.heard_another
    assert ear.time("b", lambda: ear.hear("b"), within=5) is not None


# -- MIDI ports


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch) -> Cable:
    """A device that sends back what it is sent."""
    system = MemorySystem()
    cable = system.plug("Loop")
    cable.heard = lambda message: cable.send(*message)
    monkeypatch.setattr("nallely_midibridge.cli.latency.command.find_midi_system", lambda: system)
    return cable


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    main(["latency", *arguments, "--json"])
    data: dict[str, object] = json.loads(capsys.readouterr().out)
    return data


def test_it_sends_a_controller_that_means_nothing(cable: Cable, capsys: pytest.CaptureFixture[str]) -> None:
    data = measured(capsys, "--ports", "Loop", "Loop", "--count", "5")
    assert cable.received == [(0xBF, 119, value) for value in range(5)]
    assert (data["sent"], data["lost"], data["loop"]) == (5, 0, "from 'Loop' to 'Loop'")
    delays = data["delays_seconds"]
    assert isinstance(delays, list)
    assert len(delays) == 5
    assert all(0 < delay < 1 for delay in delays)


def test_it_sends_the_controller_and_channel_that_it_is_told(cable: Cable, capsys: pytest.CaptureFixture[str]) -> None:
    measured(capsys, "--ports", "Loop", "Loop", "--count", "1", "--cc", "7", "--channel", "2")
    assert cable.received == [(0xB1, 7, 0)]


def test_each_note_ends(cable: Cable, capsys: pytest.CaptureFixture[str]) -> None:
    measured(capsys, "--ports", "loop", "loop", "--count", "2", "--note", "C4")
    assert cable.received == [(0x9F, 60, 1), (0x8F, 60, 0), (0x9F, 60, 2), (0x8F, 60, 0)]


def test_a_note_that_does_not_come_back_ends_too(
    cable: Cable, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cable.heard = None
    monkeypatch.setattr(Ear.time, "__defaults__", (0.01,))
    assert main(["latency", "--ports", "Loop", "Loop", "--note", "60"]) == 1
    assert cable.received[-1] == (0x8F, 60, 0)
    error = capsys.readouterr().err
    assert error == (
        "nallely-midibridge: nothing came back from 'Loop' to 'Loop': connect the two, by a cable or in a patchbay\n"
    )


def test_what_is_lost_is_said(
    cable: Cable, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_last(message: MidiMessage) -> None:
        if message[2] < 3:
            cable.send(*message)

    cable.heard = lose_the_last
    monkeypatch.setattr(Ear.time, "__defaults__", (0.01,))
    assert main(["latency", "--ports", "Loop", "Loop", "--count", "4"]) == 1
    text = capsys.readouterr().out
    assert "round trip from 'Loop' to 'Loop'" in text
    assert "4 of 4 sent, 1 did not come back" in text
    assert text.count(" ms ") >= 3


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--ports", "Loop", "Nobody"], "no input is called 'Nobody'; inputs present: 'Loop'"),
        (["--ports", "Nobody", "Loop"], "no output is called 'Nobody'; outputs present: 'Loop'"),
        (["--note", "60"], "--note goes with --ports: through Nallely a value is sent, not MIDI"),
        (["--channel", "1"], "--channel goes with --ports: through Nallely a value is sent, not MIDI"),
        (["--ports", "Loop", "Loop", "--note", "H9"], "--note 'H9' is not a note"),
        (["--bus", "a:b"], "'a:b' is not an address; write HOST:PORT"),
        (["--bus", "localhost:1"], "no session answers at ws://localhost:1: Connection refused"),
    ],
)
def test_what_cannot_be_is_said(
    cable: Cable,
    arguments: list[str],
    error: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.session_loop.ANSWERS_WITHIN", 0.2)
    assert main(["latency", *arguments]) == 1
    assert f"nallely-midibridge: {error}" in capsys.readouterr().err
    assert not cable.received


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--cc", "128"], ["--channel", "17"], ["--cc", "-1"]])
def test_numbers_have_bounds(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["latency", "--ports", "a", "b", *arguments])
    assert "must be a whole number from" in capsys.readouterr().err


@pytest.mark.jack
def test_on_jack_it_goes_through_another_program(jack: str, capsys: pytest.CaptureFixture[str]) -> None:
    with echo("test-echo"):
        data = measured(capsys, "--ports", "test-echo*", "test-echo*", "--count", "20")
    assert data["sent"] == 20
    delays = data["delays_seconds"]
    assert isinstance(delays, list)
    assert len(delays) > 10, "a busy JACK loses one now and then"


# -- a session


@pytest.fixture
def nallely(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedNallely]:
    with SimulatedNallely() as nallely:
        trevor = f"ws://{nallely.trevor_address}/trevor"
        monkeypatch.setattr("nallely_midibridge.cli.latency.command.trevor_beside", lambda _: trevor)
        yield nallely


@pytest.fixture
def no_trevor(nallely: SimulatedNallely, monkeypatch: pytest.MonkeyPatch) -> SimulatedNallely:
    monkeypatch.setattr("nallely_midibridge.cli.latency.command.trevor_beside", lambda _: None)
    monkeypatch.setattr("nallely_midibridge.cli.latency.command.LOOK_EVERY", 0.01)
    monkeypatch.setattr(Ear.time, "__defaults__", (0.1,))
    return nallely


def is_forgotten(nallely: SimulatedNallely) -> bool:
    return nallely.wait_for(lambda: not nallely.parameters("latency"))


def test_it_links_its_own_neuron_and_takes_it_away(
    nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str]
) -> None:
    data = measured(capsys, "--bus", nallely.address, "--count", "10")
    assert (data["sent"], data["lost"]) == (10, 0)
    assert [value for _, _, value in nallely.received] == [float(n) for n in range(1, 11)]
    assert is_forgotten(nallely)


def test_it_can_be_measured_again(nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert measured(capsys, "--bus", nallely.address, "--count", "3")["lost"] == 0


def test_the_session_may_be_that_of_the_mapping_file(
    nallely: SimulatedNallely, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text(
        f"nallely: {{bus: '{nallely.address}', trevor: '{nallely.trevor_address}'}}\n"
        "ports: {keys: K}\nneurons: {n: {voices: {voice: {from: keys}}}}\n"
    )
    assert measured(capsys, "-c", str(file), "--count", "3")["lost"] == 0
    assert is_forgotten(nallely)


def test_without_trevor_somebody_links_it(no_trevor: SimulatedNallely, capsys: pytest.CaptureFixture[str]) -> None:
    def link() -> None:
        assert no_trevor.wait_for(lambda: no_trevor.received)
        no_trevor.link("latency.out", "latency.back", with_scaler=False)

    somebody = threading.Thread(target=link)
    somebody.start()
    assert main(["latency", "--bus", no_trevor.address, "--count", "3"]) == 0
    somebody.join()
    captured = capsys.readouterr()
    assert "Trevor does not answer, so link latency_out to latency_back in Nallely" in captured.err
    assert "3 of 3 sent" in captured.out
    assert is_forgotten(no_trevor)


def test_a_neuron_of_somebody_else_is_left_alone(nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str]) -> None:
    other = NallelyService("external", "latency", {"x": {"min": 0, "max": 1}}, {}, nallely.address, lambda _: None)
    other.start()
    try:
        assert nallely.wait_for_neuron("latency")
        assert main(["latency", "--bus", nallely.address]) == 1
    finally:
        other.dispose()
    assert capsys.readouterr().err.startswith("nallely-midibridge: the session has another neuron 'latency'")
    assert nallely.parameters("latency") == ["x"]


def test_two_at_a_time_there_cannot_be(nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str]) -> None:
    with NeuronLocks("the first") as locks:
        locks.take([Neuron("latency", Bus(f"ws://{nallely.address}"))])
        assert main(["latency", "--bus", nallely.address]) == 1
    assert "the neuron 'latency'" in capsys.readouterr().err
    assert not nallely.parameters("latency")


def test_a_session_that_goes_ends_it(
    nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear.time, "__defaults__", (0.1,))

    def go() -> None:
        assert nallely.wait_for(lambda: len(nallely.received) > 3)
        nallely.stop_bus()

    goer = threading.Thread(target=go)
    goer.start()
    assert main(["latency", "--bus", nallely.address]) == 1
    goer.join()
    assert f"the session at ws://{nallely.address} is gone" in capsys.readouterr().err


def test_a_stop_ends_it_cleanly_with_what_it_has(nallely: SimulatedNallely) -> None:
    nallely.link("latency.out", "latency.back", with_scaler=False)
    command = [sys.executable, "-m", "nallely_midibridge", "latency", "--bus", nallely.address, "--count", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert nallely.wait_for(lambda: len(nallely.received) > 5, 20)
            process.send_signal(signal.SIGINT)
            text, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "of 100000 sent" in text
    assert is_forgotten(nallely)
