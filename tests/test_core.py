"""Laws of the small machines of the core: engine, controls, probes, outbox, keepalive, agenda."""

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.core.keepalive import ANSWER_WITHIN, ASK_AFTER, Keepalive, Verdict
from nallely_midibridge.core.outbox import ORDERED_LIMIT, Outbox
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.effects import Effect, SendMidi, SendValue, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkDown,
    LinkUp,
    MidiReceived,
    PortLost,
    PortOpened,
    Stopped,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind

NEURON = "keys"
FULL = Scale(0, 127)


def param(kind: SourceKind, number: int | None = None, scale: Scale = FULL, name: str = "p") -> ParamRoute:
    return ParamRoute(name, Source("in", kind, number), scale)


def probe(kind: DestinationKind, number: int | None = None, scale: Scale = FULL, name: str = "q") -> ProbeRoute:
    return ProbeRoute(name, Destination("out", kind, number, channel=2, velocity=90), scale)


class Bench:
    """An engine with everything connected, and what it asked for."""

    def __init__(self, *routes: ParamRoute | ProbeRoute, voices: tuple[VoiceBlock, ...] = ()) -> None:
        params = tuple(route for route in routes if isinstance(route, ParamRoute))
        probes = tuple(route for route in routes if isinstance(route, ProbeRoute))
        ports = (Port("in", input="in"), Port("out", output="out"))
        self.engine = Engine(Mapping(ports, (Neuron(NEURON, voices=voices, params=params, probes=probes),)))
        self.now = 0.0
        self.happens(PortOpened("in", Direction.INPUT))
        self.happens(PortOpened("out", Direction.OUTPUT))
        self.happens(LinkUp(NEURON))

    def happens(self, event: Event) -> list[Effect]:
        return self.engine.handle(event, self.now)

    def receives(self, *message: int) -> list[Effect]:
        return self.happens(MidiReceived("in", message))

    def values(self, *messages: Sequence[int]) -> list[float]:
        effects = [effect for message in messages for effect in self.receives(*message)]
        return [effect.value for effect in effects if isinstance(effect, SendValue)]

    def messages(self, *values: float, parameter: str = "q") -> list[midi.MidiMessage]:
        events = [ValueReceived(NEURON, parameter, value) for value in values]
        return sent(effect for event in events for effect in self.happens(event))


def sent(effects: object) -> list[midi.MidiMessage]:
    return [effect.message for effect in effects if isinstance(effect, SendMidi)]  # type: ignore[attr-defined]


# MIDI to Nallely.


@pytest.mark.parametrize(
    ("route", "messages", "values"),
    [
        (param(SourceKind.CC, 74, Scale(0, 1)), [(0xB0, 74, 0), (0xB3, 74, 127), (0xB0, 75, 5)], [0, 1]),
        (param(SourceKind.CC, 74), [(0xB0, 74, 64), (0xB0, 74, 64), (0xB0, 74, 65)], [64, 65]),
        (param(SourceKind.CC, 74, Scale(0, 127, invert=True)), [(0xB0, 74, 27)], [100]),
        (param(SourceKind.PITCHBEND, None, Scale(-2, 2)), [(0xE0, 0, 0), (0xE0, 0, 64), (0xE0, 127, 127)], [-2, 0, 2]),
        (param(SourceKind.PRESSURE), [(0xD0, 33)], [33]),
        (param(SourceKind.PROGRAM), [(0xC5, 12)], [12]),
        (param(SourceKind.NOTE_GATE, 60, Scale(0, 1)), [(0x90, 60, 9), (0x90, 61, 9), (0x90, 60, 0)], [1, 0]),
        (
            param(SourceKind.NOTE_GATE, None, Scale(0, 1)),
            [(0x90, 1, 9), (0x90, 2, 9), (0x80, 1, 0), (0x80, 2, 0)],
            [1, 0],
        ),
        (param(SourceKind.NOTE_VELOCITY), [(0x90, 60, 9), (0x90, 62, 70), (0x80, 62, 0), (0x80, 60, 0)], [9, 70, 9, 0]),
        (param(SourceKind.NOTE_NUMBER), [(0x90, 60, 9), (0x90, 62, 7), (0x80, 62, 0), (0x80, 60, 0)], [60, 62, 60]),
    ],
)
def test_a_source_moves_its_parameter(route: ParamRoute, messages: list[tuple[int, ...]], values: list[float]) -> None:
    assert Bench(route).values(*messages) == values


def test_a_source_listens_to_its_channels_only() -> None:
    route = ParamRoute("p", Source("in", SourceKind.CC, 7, frozenset({0, 9})), FULL)
    assert Bench(route).values((0xB0, 7, 1), (0xB1, 7, 2), (0xB9, 7, 3)) == [1, 3]


def test_the_present_value_is_sent_after_every_connect_and_nothing_in_between() -> None:
    bench = Bench(param(SourceKind.CC, 74))
    bench.receives(0xB0, 74, 10)
    bench.happens(LinkDown(NEURON))
    assert bench.receives(0xB0, 74, 20) == []
    assert bench.happens(LinkUp(NEURON)) == [SendValue(NEURON, "p", 20)]


def test_a_control_that_was_never_moved_says_nothing_on_connecting() -> None:
    assert Bench(param(SourceKind.CC, 74)).happens(LinkUp(NEURON)) == []


def test_a_lost_port_lifts_its_gates_and_silences_its_voices() -> None:
    voices = VoiceBlock("voice", ("voice1", "voice2"), "in")
    bench = Bench(param(SourceKind.NOTE_GATE, None, Scale(0, 1)), voices=(voices,))
    bench.now = 10
    bench.receives(0x90, 60, 100)
    assert bench.happens(PortLost("in", Direction.INPUT)) == [
        SendValue(NEURON, "voice1", 0, every=True),
        SendValue(NEURON, "p", 0),
    ]


def test_two_zones_split_one_keyboard() -> None:
    low = VoiceBlock("low", ("low1",), "in", highest=59)
    high = VoiceBlock("high", ("high1",), "in", lowest=60)
    bench = Bench(voices=(low, high))
    bench.now = 10
    assert bench.receives(0x90, 59, 1) == [SendValue(NEURON, "low1", 59, every=True)]
    assert bench.receives(0x90, 60, 1) == [SendValue(NEURON, "high1", 60, every=True)]


def test_the_engine_asks_to_be_woken_for_a_gap_and_plays_then() -> None:
    bench = Bench(voices=(VoiceBlock("voice", ("voice1",), "in", retrigger_gap=0.05),))
    bench.now = 10
    bench.receives(0x90, 60, 1)
    zero = SendValue(NEURON, "voice1", 0, every=True)
    assert bench.receives(0x90, 64, 1) == [zero, WakeAt(10.05)]
    bench.now = 10.05
    assert bench.happens(TimeReached()) == [SendValue(NEURON, "voice1", 64, every=True)]


# Nallely to MIDI.


@pytest.mark.parametrize(
    ("route", "values", "messages"),
    [
        (probe(DestinationKind.CC, 20), [0, 63.4, 63.49, 63.6, 127], [(0xB2, 20, v) for v in (0, 63, 64, 127)]),
        (probe(DestinationKind.CC, 20), [-5, 500, -math.inf, math.inf], [(0xB2, 20, v) for v in (0, 127, 0, 127)]),
        (probe(DestinationKind.CC, 20, Scale(0, 1, invert=True)), [0.0, 1.0], [(0xB2, 20, 127), (0xB2, 20, 0)]),
        (
            probe(DestinationKind.PITCHBEND, None, Scale(-1, 1)),
            [-1, 0, 1],
            [(0xE2, 0, 0), (0xE2, 0, 64), (0xE2, 127, 127)],
        ),
        (probe(DestinationKind.PRESSURE), [9, 9, 10], [(0xD2, 9), (0xD2, 10)]),
        (probe(DestinationKind.PROGRAM), [3, 3.2], [(0xC2, 3)]),
        (
            probe(DestinationKind.NOTE),
            [60, 60.2, 62, 0, 0],
            [(0x92, 60, 90), (0x82, 60, 0), (0x92, 62, 90), (0x82, 62, 0)],
        ),
        (probe(DestinationKind.NOTE), [200, -1], [(0x92, 127, 90), (0x82, 127, 0)]),
        (probe(DestinationKind.NOTE), [60, 2.2e-308], [(0x92, 60, 90), (0x82, 60, 0)]),
        (probe(DestinationKind.NOTE, None, Scale(48, 72)), [30, 0], [(0x92, 48, 90), (0x82, 48, 0)]),
        (probe(DestinationKind.GATE, 36), [0, 0.1, 5, 0], [(0x92, 36, 90), (0x82, 36, 0)]),
        (probe(DestinationKind.GATE, 36), [2.2e-308], []),
    ],
)
def test_a_probe_becomes_messages(route: ProbeRoute, values: list[float], messages: list[midi.MidiMessage]) -> None:
    assert Bench(route).messages(*values) == messages


def test_one_probe_may_go_to_several_places() -> None:
    bench = Bench(probe(DestinationKind.CC, 20), probe(DestinationKind.NOTE))
    assert bench.messages(64.0) == [(0xB2, 20, 64), (0x92, 64, 90)]


@pytest.mark.parametrize("event", [LinkDown(NEURON), Stopped()])
def test_a_probes_note_ends_with_its_session_and_with_us(event: Event) -> None:
    bench = Bench(probe(DestinationKind.NOTE))
    bench.messages(64.0)
    assert sent(bench.happens(event)) == [(0x82, 64, 0)]


def test_a_port_that_comes_back_is_told_the_present_state() -> None:
    bench = Bench(probe(DestinationKind.CC, 20), probe(DestinationKind.NOTE))
    bench.messages(64.0)
    bench.happens(PortLost("out", Direction.OUTPUT))
    assert bench.messages(65.0) == []
    opened = sent(bench.happens(PortOpened("out", Direction.OUTPUT)))
    assert opened == [(0xB2, 20, 65), (0x82, 64, 0), (0x92, 65, 90)]


@given(st.lists(st.floats(allow_nan=False) | st.integers(0, 127).map(float)))
def test_every_note_a_probe_begins_it_ends(values: list[float]) -> None:
    """Law: note-ons and note-offs alternate note by note, and a stop ends the last."""
    bench = Bench(probe(DestinationKind.NOTE))
    messages = [*bench.messages(*values), *sent(bench.happens(Stopped()))]
    assert [m[0] for m in messages] == [0x92, 0x82] * (len(messages) // 2)
    assert all(on[1] == off[1] for on, off in zip(messages[::2], messages[1::2], strict=True))


channel_kinds = [kind for kind in DestinationKind if kind not in (DestinationKind.CLOCK, DestinationKind.TRANSPORT)]


@given(st.lists(st.floats(allow_nan=False)), st.sampled_from(channel_kinds))
def test_no_message_is_sent_twice_in_a_row_and_every_one_is_whole(values: list[float], kind: DestinationKind) -> None:
    messages = Bench(probe(kind, 20)).messages(*values)
    assert all(midi.is_whole(message) for message in messages)
    assert all(one != next_one for one, next_one in itertools.pairwise(messages))


# Anything at all.

everything = [
    *(param(kind, number, name=f"{kind.value}{number}") for kind in SourceKind for number in (None, 60)),
    *(probe(kind, 60, name=kind.value) for kind in DestinationKind),
]


@given(st.lists(st.lists(st.integers(0, 255), max_size=5)))
def test_any_bytes_from_midi_raise_nothing(messages: list[list[int]]) -> None:
    bench = Bench(*everything, voices=(VoiceBlock("voice", ("voice1",), "in"),))
    for message in messages:
        bench.happens(MidiReceived("in", message))


@given(st.sampled_from([route.parameter for route in everything]), st.floats(allow_nan=False))
def test_any_value_from_the_session_raises_nothing(parameter: str, value: float) -> None:
    Bench(*everything).happens(ValueReceived(NEURON, parameter, value))


@pytest.mark.parametrize(
    "message", [(), (0xF8,), (0xF0, 1, 0xF7), (0x90, 60), (0x90, 60, 200), (60, 100), (0xC0, 1, 1)]
)
def test_what_is_not_one_whole_channel_message_is_left_alone(message: tuple[int, ...]) -> None:
    assert not midi.is_whole(message)


# The outbox.

puts = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()))


@given(puts)
def test_the_newest_frame_of_every_name_leaves_last(entries: list[tuple[str, bool]]) -> None:
    """Law: whatever is merged, the last frame of a name to leave is the last that was put."""
    outbox, newest, left = Outbox(), dict[str, bytes](), dict[str, bytes]()
    for number, (name, every) in enumerate(entries):
        newest[name] = f"{name}{number}".encode()
        outbox.put(name, newest[name], every=every)
    while (frame := outbox.pop()) is not None:
        left[frame[:1].decode()] = frame
    assert left == newest


@given(st.lists(st.sampled_from("abc")))
def test_every_frame_of_the_ordered_lane_leaves_in_order(names: list[str]) -> None:
    outbox = Outbox()
    frames = [f"{name}{number}".encode() for number, name in enumerate(names)]
    for name, frame in zip(names, frames, strict=True):
        outbox.put(name, frame, every=True)
    assert [outbox.pop() for _ in frames] == frames


@given(puts)
def test_after_a_loss_one_frame_a_name_is_left(entries: list[tuple[str, bool]]) -> None:
    outbox = Outbox()
    for name, every in entries:
        outbox.put(name, name.encode(), every=every)
    outbox.settle()
    assert len(outbox) == len({name for name, _ in entries})
    assert outbox.merged == len(entries) - len(outbox)


def test_an_outbox_is_bounded() -> None:
    outbox = Outbox()
    for number in range(3 * ORDERED_LIMIT):
        outbox.put("voice1", str(number).encode(), every=True)
    assert len(outbox) <= ORDERED_LIMIT + 1


# Keepalive.


def test_a_silent_peer_is_asked_and_then_given_up_within_ten_seconds() -> None:
    keepalive = Keepalive(0.0)
    assert keepalive.wait(0.0) == ASK_AFTER
    assert keepalive.verdict(ASK_AFTER) is Verdict.ASK
    assert keepalive.verdict(ASK_AFTER + 0.1) is Verdict.FINE
    assert keepalive.verdict(ASK_AFTER + ANSWER_WITHIN) is Verdict.GONE
    assert ASK_AFTER + ANSWER_WITHIN < 10


def test_a_peer_that_speaks_is_left_in_peace() -> None:
    keepalive = Keepalive(0.0)
    for second in range(1, 60):
        keepalive.heard(float(second))
        assert keepalive.verdict(second + ASK_AFTER - 0.1) is Verdict.FINE


def test_when_it_is_us_who_slept_the_peer_is_asked_first() -> None:
    assert Keepalive(0.0).verdict(1000.0) is Verdict.ASK


# Laws that a small slip in the code would break unseen.


def test_a_lost_port_leaves_the_keys_of_other_ports_alone() -> None:
    bench = Bench(voices=(VoiceBlock("voice", ("voice1",), "in"),))
    bench.now = 10
    bench.receives(0x90, 60, 100)
    assert bench.happens(PortLost("elsewhere", Direction.INPUT)) == []


@pytest.mark.parametrize("controller", [120, 121, 123, 124, 125, 126, 127])
def test_the_mode_messages_reach_the_voices(controller: int) -> None:
    bench = Bench(voices=(VoiceBlock("voice", ("voice1",), "in"),))
    bench.now = 10
    bench.receives(0xB0, midi.SUSTAIN, 127)
    bench.receives(0x90, 60, 100)
    bench.receives(0x80, 60, 0)
    assert bench.receives(0xB0, controller, 0) == [SendValue(NEURON, "voice1", 0, every=True)]


def test_a_gate_counts_the_same_note_on_two_channels_as_two_keys() -> None:
    route = param(SourceKind.NOTE_GATE, None, Scale(0, 1))
    assert Bench(route).values((0x90, 60, 9), (0x91, 60, 9), (0x80, 60, 0)) == [1]


@pytest.mark.parametrize(("value", "notes"), [(0.49, []), (0.5, [1]), (1.4, [1]), (1.5, [2])])
def test_a_probes_note_is_the_nearest_one_and_below_a_half_is_silence(value: float, notes: list[int]) -> None:
    assert [message[1] for message in Bench(probe(DestinationKind.NOTE)).messages(value)] == notes


def test_once_drained_the_newest_is_enough_again() -> None:
    outbox = Outbox()
    outbox.put("a", b"1", every=True)
    outbox.pop()
    outbox.put("a", b"2", every=False)
    outbox.put("a", b"3", every=False)
    assert [outbox.pop(), outbox.pop()] == [b"3", None]


def test_a_peer_that_answers_is_asked_again_after_the_next_silence() -> None:
    keepalive = Keepalive(0.0)
    assert keepalive.verdict(4.0) is Verdict.ASK
    keepalive.heard(5.0)
    assert keepalive.verdict(9.0) is Verdict.ASK


def test_tasks_of_one_time_are_done_in_the_order_they_were_added() -> None:
    agenda, done = Agenda(), list[str]()
    for name in "abc":
        agenda.add(1.0, lambda _, name=name: done.append(name) or [])  # type: ignore[misc]
    for task in agenda.due(1.0):
        task(1.0)
    assert done == ["a", "b", "c"]
