"""Laws of probes that play: velocity, length and legato, and that every note ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.core.probes.note import SHORTEST_NOTE
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.effects import SendMidi
from nallely_midibridge.values.events import Direction, LinkDown, Panic, PortLost, PortOpened, Stopped
from nallely_midibridge.values.mapping import LONGEST_NOTE, Mapping, Neuron, Port
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.scale import Scale
from tests.probe_bench import NEURON, ProbeBench, route

NOTE, GATE = DestinationKind.NOTE, DestinationKind.GATE
FULL = Scale(0, 127)


def on(note: int, velocity: int = 100) -> MidiMessage:
    return (0x90, note, velocity)


def off(note: int) -> MidiMessage:
    return (0x80, note, 0)


# Velocity.


def test_a_note_has_the_velocity_that_its_parameter_has_when_it_begins() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, velocity=90, velocity_from="vel"))
    assert bench.value("q", 60) == [on(60, 90)]
    assert bench.values("vel", 20, 33.4) == []
    assert bench.value("q", 62) == [off(60), on(62, 33)]
    assert bench.values("q", 0, 62) == [off(62), on(62, 33)]


@pytest.mark.parametrize(
    ("value", "velocity"), [(0, 1), (-5, 1), (0.6, 1), (127, 127), (1e9, 127), (float("inf"), 127)]
)
def test_no_velocity_makes_a_note_on_a_note_off(value: float, velocity: int) -> None:
    bench = ProbeBench(route("q", GATE, 36, velocity_from="vel"))
    bench.value("vel", value)
    assert bench.value("q", 1) == [on(36, velocity)]


def test_one_parameter_may_be_the_velocity_of_several_notes_and_a_controller_too() -> None:
    bench = ProbeBench(
        route("one", NOTE, scale=FULL, velocity_from="vel"),
        route("two", GATE, 36, velocity_from="vel"),
        route("vel", DestinationKind.CC, 7, FULL),
    )
    assert bench.value("vel", 20) == [(0xB0, 7, 20)]
    assert bench.value("one", 60) + bench.value("two", 1) == [on(60, 20), on(36, 20)]


def test_a_note_that_waits_has_the_velocity_of_its_turn() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, velocity_from="vel"), rate=10)
    bench.values("vel", 20)
    bench.values("q", 60, 62)
    bench.values("vel", 40)
    bench.pass_time(1)
    assert bench.messages == [on(60, 20), off(60), on(62, 40)]


# Legato.


def test_with_legato_a_note_ends_when_the_next_has_begun() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, legato=True))
    assert bench.values("q", 60, 62, 62.2, 64, 0) == [on(60), on(62), off(60), on(64), off(62), off(64)]


def test_with_legato_a_note_goes_on_while_the_next_waits() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, legato=True), rate=10)
    bench.values("q", 60, 62, 64)
    assert bench.messages == [on(60)]
    bench.value("q", 60)
    assert bench.pass_time(1) == []
    bench.values("q", 65, 0)
    assert bench.messages == [on(60), on(65), off(60), off(65)]


# Length.


@pytest.mark.parametrize(("kind", "number", "value"), [(NOTE, None, 36), (GATE, 36, 1)])
def test_a_note_ends_after_its_length_though_its_value_stays(
    kind: DestinationKind, number: int | None, value: float
) -> None:
    bench = ProbeBench(route("q", kind, number, FULL, length=0.2))
    assert bench.value("q", value) == [on(36)]
    assert bench.pass_time(0.19) == []
    assert bench.pass_time(0.02) == [off(36)]
    assert bench.value("q", value) == []
    assert bench.pass_time(10) == []
    assert bench.wake_at is None
    assert bench.values("q", 0, value) == [on(36)]


def test_a_note_ends_with_its_value_when_that_is_sooner() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, length=0.2))
    assert bench.values("q", 60, 0) == [on(60), off(60)]
    assert bench.pass_time(1) == []


def test_the_length_of_a_note_before_does_not_cut_the_next() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, length=0.2))
    bench.value("q", 60)
    bench.pass_time(0.15)
    assert bench.value("q", 62) == [off(60), on(62)]
    assert bench.pass_time(0.19) == []
    assert bench.pass_time(0.02) == [off(62)]


def test_legato_notes_have_their_length_too() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, length=0.2, legato=True))
    bench.value("q", 60)
    bench.pass_time(0.15)
    assert bench.value("q", 62) == [on(62), off(60)]
    bench.pass_time(0.19)
    assert bench.value("q", 64) == [on(64), off(62)]
    assert bench.pass_time(1) == [off(64)]


@pytest.mark.parametrize(
    ("value", "length"), [(0.5, 0.5), (0, SHORTEST_NOTE), (-1, SHORTEST_NOTE), (float("inf"), LONGEST_NOTE)]
)
def test_a_parameter_may_say_how_long_the_next_note_is(value: float, length: float) -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, length_from="len"))
    bench.value("q", 60)
    assert bench.pass_time(1000) == []
    bench.value("len", value)
    assert bench.pass_time(1000) == []
    assert bench.value("q", 62) == [off(60), on(62)]
    assert bench.pass_time(length * 0.99) == []
    assert bench.pass_time(length * 0.02) == [off(62)]


def test_a_length_counts_from_when_the_note_goes_out() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, length=0.03), route("cc", DestinationKind.CC, 7), rate=10)
    bench.value("cc", 1)
    bench.value("q", 60)
    bench.pass_time(1)
    times = [at for at, message in bench.sent if message[0] != 0xB0]
    assert times[1] - times[0] == pytest.approx(0.03)


def test_a_note_that_is_over_when_the_port_opens_is_not_begun() -> None:
    bench = ProbeBench(route("q", NOTE, scale=FULL, length=0.2))
    bench.lose_port()
    bench.value("q", 60)
    bench.pass_time(0.1)
    assert bench.open_port() == [on(60)]
    bench.lose_port()
    bench.pass_time(1)
    assert bench.open_port() == [off(60)]
    assert bench.open_port() == []


def test_a_note_that_ended_while_its_port_was_lost_is_ended_when_the_port_is_back() -> None:
    """Law: behind an interface whose cable was pulled a synth sounds on."""
    bench = ProbeBench(route("q", NOTE, scale=FULL))
    bench.values("q", 60)
    bench.lose_port()
    assert bench.values("q", 0, 62, 0) == []
    assert bench.open_port() == [off(60)]
    bench.values("q", 64)
    bench.lose_port()
    assert bench.open_port() == [off(64), on(64)]


@pytest.mark.parametrize(("virtual", "expected"), [(None, [(0xB3, 123, 0)]), ("Nallely", [])])
def test_a_device_that_is_met_first_is_told_to_end_all_notes(virtual: str | None, expected: list[MidiMessage]) -> None:
    """A bridge that was killed may have left one on; behind a port of our own nobody was."""
    port = Port("out", output=None if virtual else "out", virtual=virtual)
    routes = (route("q", NOTE, scale=FULL, channel=3), route("r", DestinationKind.CC, 20))
    engine = Engine(Mapping((port,), (Neuron("n", probes=routes),)))
    opened, lost = PortOpened("out", Direction.OUTPUT), PortLost("out", Direction.OUTPUT)
    assert [effect.message for effect in engine.handle(opened, 1) if isinstance(effect, SendMidi)] == expected
    engine.handle(lost, 2)
    assert not any(isinstance(effect, SendMidi) for effect in engine.handle(opened, 3))


# Ends.

VOICES = (
    route("q0", NOTE, scale=FULL, channel=0, velocity_from="vel"),
    route("q1", NOTE, scale=FULL, channel=1, legato=True),
    route("q2", GATE, 36, channel=2, length=0.05),
    route("q3", NOTE, scale=FULL, channel=3, legato=True, length_from="len"),
    route("q4", NOTE, scale=FULL, channel=4, length=0.02, rate=30),
)
TIMED = {2, 4}
"""Channels whose notes end by themselves."""

steps = st.lists(
    st.tuples(
        st.sampled_from(["q0", "q1", "q2", "q3", "q4", "vel"]),
        st.sampled_from([0.0, 36.0, 60.0, 61.0, 127.0, 300.0]),
        st.sampled_from([0.0, 0.0, 0.001, 0.03, 0.2]),
    )
    | st.tuples(st.just("len"), st.sampled_from([0.0, 0.01, 0.1, 70.0]), st.just(0.0))
    | st.sampled_from(["lose", "open"]),
    max_size=60,
)


@given(steps, st.sampled_from([20.0, 1000.0, 1e6]), st.sampled_from([LinkDown(NEURON), Stopped(), Panic(), None]))
def test_no_note_is_without_its_end(
    script: list[tuple[str, float, float] | str], rate: float, end: LinkDown | Stopped | Panic | None
) -> None:
    """Law: a channel has one note at a time, none begins twice or ends twice (the receiver checks), and all end."""
    bench, is_open = ProbeBench(*VOICES, rate=rate), True
    for step in script:
        match step:
            case (parameter, value, pause):
                bench.value(parameter, value)
                bench.pass_time(pause)
            case "open" if not is_open:
                bench.plug_in()
                bench.open_port()
                is_open = True
            case "lose" if is_open:
                bench.lose_port()
                is_open = False
        if is_open:
            channels = [channel for channel, _ in bench.receivers[0].sounding]
            assert len(channels) == len(set(channels))
    if not is_open:
        bench.plug_in()
        bench.open_port()
    bench.pass_time(0.5)
    assert not {channel for channel, _ in bench.receivers[0].sounding} & TIMED
    if end is not None:
        bench.happens(end)
    else:
        for number in range(len(VOICES)):
            bench.value(f"q{number}", 0)
    assert bench.receivers[0].sounding == []
    bench.pass_time(100)
    assert bench.receivers[0].sounding == []


def test_a_note_that_changes_faster_than_its_turns_come_sounds_all_the_same() -> None:
    """It keeps its place in the queue: on a busy port it plays what it wants when its turn comes."""
    floods = [route(f"cc{n}", DestinationKind.CC, n) for n in range(10)]
    bench = ProbeBench(route("q", NOTE, scale=FULL), *floods, rate=100)
    for step in range(1000):
        for flood in floods:
            bench.value(flood.parameter, step % 2)
        bench.value("q", 40 + step % 2)
        bench.pass_time(0.002)
    assert sum(message[0] == 0x90 for message in bench.messages) >= 10
