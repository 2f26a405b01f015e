"""What the messages of a source say of where its control is: pairs, parameters, notes, pressure."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.inlet import Inlet
from nallely_midibridge.core.readers import make_reader
from nallely_midibridge.core.readers.fine import MAX_14, PAIR_WITHIN
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.events import Direction, LinkUp, MidiReceived, PortLost, TimeReached
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port
from nallely_midibridge.values.source import ALL_CHANNELS, Source, SourceKind
from tests.source_bench import Device, Patch, param

MESSAGE_EVERY = 0.001
Message = tuple[int, ...]

numbers = st.integers(0, MAX_14)


def pair(number: int, coarse: int = 1, fine: int = 33, channel: int = 0) -> list[Message]:
    """A number as a device sends it."""
    return [(0xB0 | channel, coarse, number >> 7), (0xB0 | channel, fine, number & 0x7F)]


def nrpn(number: int, channel: int = 0) -> list[Message]:
    return [(0xB0 | channel, midi.NRPN, number >> 7), (0xB0 | channel, midi.NRPN_FINE, number & 0x7F)]


def rpn(number: int, channel: int = 0) -> list[Message]:
    return [(0xB0 | channel, midi.RPN, number >> 7), (0xB0 | channel, midi.RPN_FINE, number & 0x7F)]


def data(number: int, channel: int = 0) -> list[Message]:
    return pair(number, midi.DATA_ENTRY, midi.DATA_ENTRY_FINE, channel)


MODULATION = Source("in", SourceKind.CC14, 1, fine=33)
FINE_FIRST = Source("in", SourceKind.CC14, 1, fine=33, fine_first=True)


# Fourteen bits in two controllers.


@given(st.lists(numbers, min_size=2))
def test_a_pair_gives_back_its_14_bits_in_one_step_each(sent: list[int]) -> None:
    """Law: what a device sends is what is read; once its fine half is known, with nothing in between."""
    device = Device(MODULATION)
    for number in sent:
        device.plays(*pair(number))
        assert device.positions[-1] == number / MAX_14
    assert device.positions[2:] == [number / MAX_14 for number in sent[1:]]


@given(st.lists(numbers, min_size=2))
def test_a_pair_whose_fine_half_comes_first_does_too(sent: list[int]) -> None:
    device = Device(FINE_FIRST)
    for number in sent:
        device.plays(*reversed(pair(number)))
    assert device.positions == [number / MAX_14 for number in sent]


@pytest.mark.parametrize("source", [MODULATION, FINE_FIRST])
def test_a_device_without_fine_halves_reaches_both_ends_at_once(source: Source) -> None:
    device = Device(source)
    device.plays((0xB0, 1, 127), (0xB0, 1, 0), (0xB0, 1, 64))
    assert device.positions == [1.0, 0.0, 64 / 127]
    assert device.asked == []


def test_a_fine_half_alone_is_a_fine_step() -> None:
    device = Device(MODULATION)
    device.plays(*pair(0x1000), (0xB0, 33, 1), (0xB0, 33, 2))
    assert device.positions[-2:] == [0x1001 / MAX_14, 0x1002 / MAX_14]


def test_a_fine_half_of_nothing_is_nothing() -> None:
    device = Device(MODULATION)
    device.plays((0xB0, 33, 100))
    assert device.positions == []


def test_a_coarse_half_resets_the_fine_one_and_does_not_wait_long_for_another() -> None:
    device = Device(MODULATION)
    device.plays(*pair(0x1055))
    device.positions.clear()
    device.plays((0xB0, 1, 0x30))
    assert device.positions == []
    device.rests(PAIR_WITHIN)
    assert device.positions == [0x30 * 128 / MAX_14]


def test_a_fine_half_that_comes_first_and_alone_does_not_wait_long_either() -> None:
    device = Device(FINE_FIRST)
    device.plays(*reversed(pair(0x1055)), (0xB0, 33, 0x56))
    assert device.positions == [0x1055 / MAX_14]
    device.rests(PAIR_WITHIN)
    assert device.positions == [0x1055 / MAX_14, 0x1056 / MAX_14]


def test_coarse_halves_that_follow_each_other_quickly_wait_for_one_another_only() -> None:
    device = Device(MODULATION)
    device.plays(*pair(0))
    device.positions.clear()
    device.plays(*((0xB0, 1, value) for value in range(1, 100)))
    assert device.positions == [value * 128 / MAX_14 for value in range(1, 99)]


def test_a_wait_that_is_over_early_is_not_ended_again() -> None:
    device = Device(MODULATION)
    device.plays(*pair(5), *pair(7))
    device.positions.clear()
    device.rests(1.0)
    assert device.positions == []


def test_one_wait_is_asked_for_at_a_time_and_none_is_forgotten() -> None:
    device = Device(MODULATION)
    device.plays(*pair(0, channel=0), *pair(0, channel=1))
    device.positions.clear()
    device.plays((0xB0, 1, 3), (0xB1, 1, 4))
    assert len(device.asked) == 1
    device.rests(1.0)
    assert device.positions == [3 * 128 / MAX_14, 4 * 128 / MAX_14]


@given(st.lists(st.tuples(st.integers(0, 1), numbers), min_size=1), st.randoms(use_true_random=False))
def test_pairs_of_two_channels_never_mix(moves: list[tuple[int, int]], random: object) -> None:
    streams = [[m for at, n in moves if at == channel for m in pair(n, channel=channel)] for channel in (0, 1)]
    device = Device(MODULATION)
    found: dict[int, float] = {}
    for message in interleaved(streams, random):
        before = len(device.positions)
        device.plays(message)
        if len(device.positions) > before:
            found[message[0] & 0x0F] = device.positions[-1]
    assert found == {channel: number / MAX_14 for channel, number in moves}


def test_pairs_need_not_be_32_apart() -> None:
    patch = Patch(param(SourceKind.CC14, 10, fine=75), param(SourceKind.CC, 42, name="other"))
    assert patch.values(*pair(0x2345, 10, 75), (0xB0, 42, 1))["p"] == 0x2345 / MAX_14
    assert patch.values((0xB0, 42, 127)) == {"other": 1.0}


def test_a_device_plugged_in_again_starts_from_nothing() -> None:
    device = Device(MODULATION)
    device.plays(*pair(0x1055), (0xB0, 1, 5))
    assert device.reader.release() is None
    device.positions.clear()
    device.rests(1.0)
    device.plays((0xB0, 33, 9))
    assert device.positions == []


def test_what_waits_for_its_fine_half_is_not_sent_when_its_route_is_gone() -> None:
    patch = Patch(param(SourceKind.CC14, 1, fine=33))
    patch.values(*pair(5), (0xB0, 1, 9))
    patch.change()
    patch.now += 1
    assert patch.happens(TimeReached()) == {}


# Parameters: RPN and NRPN.

KNOB = param(SourceKind.NRPN, 1234, name="knob")


def test_data_entry_moves_the_parameter_that_is_selected() -> None:
    patch = Patch(KNOB, param(SourceKind.NRPN, 1235, name="next"), param(SourceKind.RPN, 1234, name="rpn"))
    assert patch.values(*nrpn(1234), *data(MAX_14)) == {"knob": 1.0}
    assert patch.values(*data(0)) == {"knob": 0.0}
    assert patch.values(*nrpn(1235), *data(5000)) == {"next": 5000 / MAX_14}
    assert patch.values(*rpn(1234), *data(6000)) == {"rpn": 6000 / MAX_14}


@pytest.mark.parametrize(
    "before",
    [
        [],
        nrpn(1234)[:1],
        nrpn(1234)[1:],
        [*nrpn(1234), *nrpn(midi.NULL_PARAMETER)],
        [*nrpn(1234), *rpn(midi.NULL_PARAMETER)],
        [*nrpn(1234), *rpn(0)],
        [*nrpn(1234), *rpn(0)[:1]],
        [*nrpn(1234), (0xB0, midi.RESET_ALL_CONTROLLERS, 0)],
        nrpn(1233),
        rpn(1234),
        nrpn(1234, channel=1),
    ],
    ids=str,
)
def test_data_entry_for_nothing_or_another_moves_nothing(before: list[Message]) -> None:
    assert Patch(param(SourceKind.NRPN, 1234, channels={0})).values(*before, *data(5000), (0xB0, 96, 0)) == {}


@pytest.mark.parametrize(
    "before",
    [
        nrpn(1234),
        nrpn(1234)[::-1],
        [*nrpn(1000), *nrpn(1234)],
        [*nrpn((1234 >> 7) << 7), nrpn(1234)[1]],
        [*nrpn(1234 & 0x7F), nrpn(1234)[0]],
        [*rpn(1234), *nrpn(1234)],
        [*nrpn(127), *nrpn(1234)],
        [*nrpn(midi.NULL_PARAMETER), *nrpn(1234)],
    ],
    ids=str,
)
def test_a_number_is_selected_by_its_halves_in_any_order(before: list[Message]) -> None:
    assert Patch(KNOB).values(*before, *data(5000)) == {"knob": 5000 / MAX_14}


def test_passing_by_the_null_number_does_not_lose_a_half() -> None:
    """From 127 with a fine half of 127, the coarse half of the next number comes by (127, 127)."""
    number = 127 << 7 | 5
    patch = Patch(param(SourceKind.NRPN, number))
    assert patch.values(*nrpn(5 << 7 | 127), *nrpn(number), *data(1)) == {"p": 1 / MAX_14}


def test_the_null_number_is_no_parameter() -> None:
    assert Patch(param(SourceKind.NRPN, midi.NULL_PARAMETER)).values(*nrpn(midi.NULL_PARAMETER), *data(1)) == {}


@given(st.lists(numbers))
def test_data_entry_gives_back_its_14_bits(sent: list[int]) -> None:
    patch = Patch(KNOB)
    patch.values(*nrpn(1234))
    for number in sent:
        assert patch.values(*data(number)).get("knob", patch.known["knob"]) == number / MAX_14


def test_seven_bits_are_the_coarse_half_alone_and_at_once() -> None:
    patch = Patch(param(SourceKind.NRPN, 7, bits=7))
    patch.values(*nrpn(7))
    assert [patch.values((0xB0, 6, value)) for value in (127, 0, 64)] == [{"p": 1.0}, {"p": 0.0}, {"p": 64 / 127}]
    assert patch.values((0xB0, 38, 100)) == {}


@pytest.mark.parametrize(("bits", "step"), [(14, 1 / MAX_14), (7, 1 / 127)])
def test_increment_and_decrement_go_one_step_whatever_they_carry(bits: int, step: float) -> None:
    patch = Patch(param(SourceKind.NRPN, 7, bits=bits))
    patch.values(*nrpn(7), *data(0))
    assert patch.values((0xB0, 96, 100)) == {"p": pytest.approx(step)}
    assert patch.values((0xB0, 96, 0)) == {"p": pytest.approx(2 * step)}
    assert patch.values((0xB0, 97, 127)) == {"p": pytest.approx(step)}
    assert patch.values((0xB0, 97, 127), (0xB0, 97, 127)) == {"p": 0.0}
    patch.values(*data(MAX_14))
    assert patch.values((0xB0, 96, 0)) == {}


def test_increment_counts_from_0_before_anything_was_entered() -> None:
    assert Patch(KNOB).values(*nrpn(1234), (0xB0, 96, 0)) == {"knob": 1 / MAX_14}


@given(st.data())
def test_parameters_of_two_channels_never_mix(data_: st.DataObject) -> None:
    """Law: however the messages of two channels are interleaved, each gives what it gives alone."""
    word = st.one_of(
        st.builds(nrpn, st.sampled_from((3, 4, midi.NULL_PARAMETER))),
        st.builds(rpn, st.sampled_from((3, 4))),
        st.builds(data, numbers),
        st.sampled_from([[(0xB0, 96, 0)], [(0xB0, 97, 0)], [(0xB0, 98, 4)], [(0xB0, 38, 7)], [(0xB0, 6, 9)]]),
    )
    phrases = [[m for w in data_.draw(st.lists(word, max_size=12)) for m in w] for _ in (0, 1)]
    streams = [[(status | channel, *rest) for status, *rest in phrase] for channel, phrase in enumerate(phrases)]
    routes = [
        param(kind, number, channels={channel}, name=f"{kind.value}{number}-{channel}")
        for kind in (SourceKind.NRPN, SourceKind.RPN)
        for number in (3, 4)
        for channel in (0, 1)
    ]
    alone, together = Patch(*routes), Patch(*routes)
    for stream in streams:
        alone.values(*stream)
    together.values(*interleaved(streams, data_.draw(st.randoms(use_true_random=False))))
    for patch in (alone, together):
        patch.rests(1.0)
    assert together.known == alone.known


def test_the_controllers_that_spell_a_parameter_are_no_plain_ones() -> None:
    plain = [param(SourceKind.CC, number, name=f"cc{number}") for number in (6, 38, 96, 97, 98, 99, 100, 101)]
    spelling = [(0xB0, number, 5) for number in (99, 98, 101, 100, 6, 38, 96, 97)]
    assert Patch(*plain, KNOB).values(*spelling) == {}
    assert len(Patch(*plain, param(SourceKind.NRPN, 1, channels={3})).values(*spelling)) == 8
    assert len(Patch(*plain, KNOB, passes_parameters=True).values(*spelling)) == 8
    halves = param(SourceKind.CC14, 6, fine=38)
    assert Patch(halves, KNOB).values(*spelling) == {}
    assert Patch(halves).values(*spelling) != {}


def test_a_route_of_another_port_leaves_plain_controllers_alone() -> None:
    elsewhere = param(SourceKind.NRPN, 1, port="elsewhere")
    assert Patch(elsewhere, param(SourceKind.CC, 6)).values((0xB0, 6, 127)) == {"p": 1.0}


def test_what_is_selected_ends_with_the_port_and_outlives_a_change() -> None:
    patch = Patch(KNOB)
    patch.values(*nrpn(1234))
    patch.change(KNOB, param(SourceKind.CC, 1, name="new"))
    assert patch.values(*data(MAX_14)) == {"knob": 1.0}
    patch.happens(PortLost("in", Direction.INPUT))
    assert patch.values(*data(0)) == {}


def test_preparing_a_change_does_not_disturb_what_is_selected() -> None:
    patch = Patch(KNOB)
    patch.values(*nrpn(1234))
    patch.engine.prepare(patch.mapping(param(SourceKind.NRPN, 9)))
    assert patch.values(*data(MAX_14)) == {"knob": 1.0}


# Pressure and notes.


def test_the_pressure_of_one_note_or_of_any() -> None:
    patch = Patch(param(SourceKind.POLY_PRESSURE, 60, name="one"), param(SourceKind.POLY_PRESSURE, None, name="any"))
    assert patch.values((0xA0, 60, 127)) == {"one": 1.0, "any": 1.0}
    assert patch.values((0xA3, 61, 0)) == {"any": 0.0}


@pytest.mark.parametrize(
    ("kind", "message", "released"),
    [
        (SourceKind.PRESSURE, (0xD0, 100), 0.0),
        (SourceKind.PRESSURE, (0xD0, 0), None),
        (SourceKind.POLY_PRESSURE, (0xA0, 60, 100), 0.0),
        (SourceKind.NOTE_GATE, (0x90, 60, 100), 0.0),
        (SourceKind.NOTE_VELOCITY, (0x90, 60, 100), 0.0),
        (SourceKind.NOTE_NUMBER, (0x90, 60, 100), None),
        (SourceKind.NOTE_GATE, (0x80, 60, 100), None),
        (SourceKind.CC, (0xB0, 1, 100), None),
        (SourceKind.PITCHBEND, (0xE0, 1, 100), None),
        (SourceKind.PROGRAM, (0xC0, 1), None),
        (SourceKind.TRANSPORT, (0xFA,), 0.0),
        (SourceKind.TRANSPORT, (0xFC,), None),
        (SourceKind.CLOCK_RUNNING, (0xFA,), 0.0),
        (SourceKind.CLOCK_BEAT, (0xF8,), 0.0),
        (SourceKind.CLOCK_BPM, (0xF8,), None),
    ],
)
def test_what_a_lost_port_lets_go_of(kind: SourceKind, message: Message, released: float | None) -> None:
    device = Device(Source("in", kind))
    device.plays(message)
    assert device.reader.release() == released
    assert device.reader.release() is None


# Anything at all.


def interleaved(streams: Sequence[Sequence[Message]], random: object) -> Iterable[Message]:
    """The messages of each stream in their order, of all of them in any."""
    left = [list(stream) for stream in streams]
    while any(left):
        yield random.choice([stream for stream in left if stream]).pop(0)  # type: ignore[attr-defined]


EXAMPLES = dict.fromkeys(SourceKind, (176, 60, 5)) | {
    SourceKind.NOTE_GATE: (0x90, 60, 5),
    SourceKind.NOTE_VELOCITY: (0x80, 60, 5),
    SourceKind.NOTE_NUMBER: (0x90, 60, 0),
    SourceKind.PITCHBEND: (0xE0, 60, 5),
    SourceKind.PRESSURE: (0xD0, 60),
    SourceKind.POLY_PRESSURE: (0xA0, 60, 5),
    SourceKind.PROGRAM: (0xC0, 60),
    SourceKind.CLOCK_BPM: (0xF8,),
    SourceKind.CLOCK_BEAT: (0xF2, 60, 5),
    SourceKind.CLOCK_RUNNING: (0xFC,),
    SourceKind.TRANSPORT: (0xFB,),
}


@pytest.mark.parametrize("kind", SourceKind)
def test_a_message_is_read_once(kind: SourceKind) -> None:
    inlet, read = Inlet(Port("in", input="in"), None, None), list[Sequence[int]]()

    def receive(message: Sequence[int], now: float) -> list[Effect]:
        read.append(message)
        return []

    number = None if kind in (SourceKind.PITCHBEND, SourceKind.PRESSURE, SourceKind.PROGRAM) else 60
    inlet.listen(Source("in", kind, number), receive)
    message = EXAMPLES[kind]
    if kind in (SourceKind.NRPN, SourceKind.RPN):
        for selecting in (nrpn if kind is SourceKind.NRPN else rpn)(60):
            inlet.receive(selecting, 0.0)
        message = (0xB0, midi.DATA_ENTRY, 5)
    inlet.receive(message, 0.0)
    assert read == [message]


@given(st.lists(st.tuples(st.lists(st.integers(0, 255), max_size=4), st.floats(0, 2))))
def test_any_bytes_at_any_time_raise_nothing(messages: list[tuple[list[int], float]]) -> None:
    routes = [
        ParamRoute(f"{kind.value}{number}", Source("in", kind, number, fine=fine, bits=bits), param(kind).scale)
        for kind in SourceKind
        for number, fine, bits in ((None, None, 14), (6, 38, 7), (60, 92, 14))
    ]
    patch = Patch(*routes)
    for message, wait in messages:
        patch.now += wait
        patch.happens(TimeReached())
        patch.happens(MidiReceived("in", message))


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 127)), min_size=1))
def test_time_never_runs_backwards_in_what_is_asked_for(moves: list[tuple[int, int]]) -> None:
    device = Device(MODULATION)
    for controller, value in moves:
        device.plays((0xB0, (1, 33)[controller % 2], value))
    assert all(one <= other for one, other in pairwise(device.asked))


@pytest.mark.parametrize("kind", SourceKind)
def test_every_kind_of_source_has_a_reader(kind: SourceKind) -> None:
    make_reader(Source("in", kind, channels=ALL_CHANNELS), lambda at: None)


def test_a_mapping_knows_whose_clock_is_followed() -> None:
    followed = [param(SourceKind.CLOCK_BEAT, port="a"), param(SourceKind.TRANSPORT, port="b")]
    ports = tuple(Port(name, input=name) for name in "ab")
    assert Mapping(ports, (Neuron("n", params=tuple(followed)),)).clocked_ports == {"a"}


def test_the_link_comes_up_with_what_was_read() -> None:
    patch = Patch(KNOB)
    patch.values(*nrpn(1234), *data(MAX_14))
    assert patch.happens(LinkUp("keys")) == {"knob": 1.0}
