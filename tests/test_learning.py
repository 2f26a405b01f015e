"""What a learner says of a control: what it is, once, and a line that the very message moves."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.inlet import Inlet
from nallely_midibridge.core.learning import Learner
from nallely_midibridge.core.learning.known import moved_by, overlaps, played_by
from nallely_midibridge.core.readers.turns import STEPS
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.mapping_file.lesson_lines import control, lesson_lines, suggested_name
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.handling import Encoding, Mode
from nallely_midibridge.values.lesson import Lesson
from nallely_midibridge.values.mapping import Mapping, Port
from nallely_midibridge.values.source import Source, SourceKind

Timed = tuple[float, tuple[int, ...]]
LONG = 10.0
"""Seconds after which nothing is waited for any more."""


def learn(timed: Iterable[Timed]) -> list[Lesson]:
    """All that is said of messages, each at a time, and of the rest after them."""
    learner, lessons, last = Learner("keys"), list[Lesson](), 0.0
    for at, message in timed:
        last = at
        lessons += dues(learner, at)
        lesson = learner.hear(message, at)
        lessons += [lesson] if lesson else []
    return lessons + dues(learner, last + LONG)


def dues(learner: Learner, now: float) -> list[Lesson]:
    lessons = []
    while lesson := learner.due(now):
        lessons.append(lesson)
    return lessons


def every(gap: float, *messages: tuple[int, ...]) -> list[Timed]:
    return [(place * gap, message) for place, message in enumerate(messages)]


def moves(number: int, values: Iterable[int], gap: float = 0.01) -> list[Timed]:
    return every(gap, *((0xB0, number, value) for value in values))


def said(timed: Iterable[Timed]) -> list[str]:
    """Each lesson as it is said, with its last line."""
    return [f"{control(lesson)}: {lines(lesson)[-1]}" for lesson in learn(timed)]


def lines(lesson: Lesson) -> list[str]:
    return [str(line) for line in lesson_lines(lesson, suggested_name(lesson.source), "voice")]


def mapping_with(section: str, line: str) -> Mapping:
    return load_text(f"ports: {{keys: K}}\nneurons:\n  n:\n    {section}:\n      {line}\n")


PLAIN = {
    "note": ([(0x90, 60, 1)], "note C4 on channel 1: pad60: {from: keys, note: C4, channel: 1}"),
    "pad": ([(0x99, 36, 1)], "note C2 on channel 10: pad36: {from: keys, note: C2, channel: 10}"),
    "controller": ([(0xB0, 74, 50)], "CC 74 on channel 1: cutoff: {from: keys, cc: 74, channel: 1}"),
    "last controller": ([(0xBF, 119, 50)], "CC 119 on channel 16: cc119: {from: keys, cc: 119, channel: 16}"),
    "pair": (
        [(0xB0, 7, 60), (0xB0, 39, 1)],
        "CC 7 with CC 39 (14 bits) on channel 1: volume: {from: keys, cc14: 7, channel: 1}",
    ),
    "nrpn": (
        [(0xB1, 99, 9), (0xB1, 98, 82), (0xB1, 6, 1)],
        "NRPN 1234 on channel 2: nrpn1234: {from: keys, nrpn: 1234, channel: 2}",
    ),
    "stepped nrpn": (
        [(0xB1, 99, 9), (0xB1, 98, 82), (0xB1, 96, 0)],
        "NRPN 1234 on channel 2: nrpn1234: {from: keys, nrpn: 1234, channel: 2, bits: 7}",
    ),
    "rpn": (
        [(0xB0, 101, 0), (0xB0, 100, 0), (0xB0, 6, 2)],
        "RPN 0 on channel 1: rpn0: {from: keys, rpn: pitch-bend-range, channel: 1}",
    ),
    "data entry of nothing": ([(0xB0, 6, 50)], "CC 6 on channel 1: cc6: {from: keys, cc: 6, channel: 1}"),
    "bend": ([(0xE0, 0, 70)], "pitch bend on channel 1: bend: {from: keys, pitchbend: true, channel: 1}"),
    "pressure": ([(0xD0, 70)], "pressure on channel 1: press: {from: keys, pressure: true, channel: 1}"),
    "poly pressure": (
        [(0xA0, 60, 70)],
        "pressure of each key on channel 1: touch: {from: keys, poly_pressure: any, channel: 1}",
    ),
    "program": ([(0xC0, 70)], "program on channel 1: program: {from: keys, program: true, channel: 1}"),
    "clock": ([(0xF8,)], "clock: bpm: {from: keys, clock: bpm}"),
    "start": ([(0xFA,)], "start and stop: play: {from: keys, transport: true}"),
}


@pytest.mark.parametrize(("messages", "expected"), PLAIN.values(), ids=PLAIN)
def test_it_is_told_what_it_is_and_only_once(messages: list[tuple[int, ...]], expected: str) -> None:
    assert said(every(0.002, *messages)) == [expected]
    assert said(every(0.002, *messages * 40)) == [expected]


def test_a_channel_with_keys_is_told_once_as_voices() -> None:
    timed = every(1.0, (0x90, 60, 9), (0x80, 60, 0), (0x90, 62, 9), (0x90, 62, 0), (0x91, 62, 9))
    assert [lines(lesson) for lesson in learn(timed)] == [
        ["voice: {from: keys, channel: 1}", "pad60: {from: keys, note: C4, channel: 1}"],
        ["pad62: {from: keys, note: D4, channel: 1}"],
        ["voice: {from: keys, channel: 2}", "pad62: {from: keys, note: D4, channel: 2}"],
    ]


def test_of_what_is_played_no_note_is_told() -> None:
    """Law: only a note that is struck by itself is meant to be learned; pads of drums always are."""
    chord = every(0.01, (0x90, 60, 9), (0x90, 64, 9), (0x90, 67, 9))
    scale = [(2 + at, message) for at, message in every(0.2, *((0x90, note, 9) for note in range(70, 80)))]
    assert len(learn(chord + scale)) == 1
    assert len(learn(every(0.01, (0x99, 36, 9), (0x99, 38, 9), (0x99, 36, 9)))) == 2


def test_a_controller_that_a_panic_button_sends_teaches_nothing() -> None:
    assert learn(every(0.1, (0xB0, 120, 0), (0xB0, 121, 0), (0xB0, 123, 0))) == []


@pytest.mark.parametrize(
    ("values", "encoding"),
    [
        ((1, 1, 1, 2, 1, 127, 127), Encoding.TWOS_COMPLEMENT),
        ((127, 126, 127, 127, 127, 127), Encoding.TWOS_COMPLEMENT),
        ((65, 65, 66, 65, 63, 63), Encoding.OFFSET),
        ((63, 63, 63, 63), Encoding.OFFSET),
        ((1, 1, 1, 65, 65, 1), Encoding.SIGN_BIT),
        ((65, 66, 65, 1, 1, 1, 1), Encoding.SIGN_BIT),
    ],
)
@pytest.mark.parametrize("gap", [0.01, 0.1, 0.4])
def test_an_endless_encoder_is_told_with_its_encoding(values: Sequence[int], encoding: Encoding, gap: float) -> None:
    if gap > 0.15 and set(values) <= {127, 126}:
        return  # as slow as presses of a button
    lesson = learn(moves(16, values, gap))[-1]
    assert lesson.encoding is encoding
    assert lesson.is_sure
    assert control(lesson) == "CC 16 on channel 1, an endless encoder"
    assert lines(lesson)[-1].endswith(f"mode: relative, encoding: {encoding.value}}}")


def test_an_encoder_that_is_turned_one_way_is_not_sure_and_is_corrected_when_it_is_turned_the_other() -> None:
    right = moves(16, [1] * 6, 0.05)
    left = [(3 + at, message) for at, message in moves(16, [65] * 3, 0.05)]
    seems, is_one = learn(right + left)
    assert (seems.encoding, seems.is_sure, seems.corrects) == (Encoding.TWOS_COMPLEMENT, False, False)
    assert (is_one.encoding, is_one.is_sure, is_one.corrects) == (Encoding.SIGN_BIT, True, True)
    left = [(3 + at, message) for at, message in moves(16, [127] * 3, 0.05)]
    assert len(learn(right + left)) == 1


@pytest.mark.parametrize(
    "values",
    [
        range(128),
        range(10),
        range(127, 110, -1),
        range(58, 72),
        (127, 0, 127, 0, 127),
        (0, 1, 2, 1, 2, 3),
        (64,) * 9,
        (127,) * 2,
    ],
    ids=str,
)
def test_a_knob_and_a_button_are_no_encoders(values: Sequence[int]) -> None:
    (lesson,) = learn(moves(74, values))
    assert lesson.encoding is None
    assert lines(lesson) == ["cutoff: {from: keys, cc: 74, channel: 1}"]


def test_a_button_that_only_sends_presses_is_no_encoder() -> None:
    (lesson,) = learn(moves(20, [127] * 6, 0.3))
    assert lesson.encoding is None


@given(st.lists(st.integers(0, 127), min_size=2, max_size=60), st.integers(0, 119), st.floats(0.001, 0.5))
def test_a_knob_that_never_says_the_same_twice_is_no_encoder(values: list[int], number: int, gap: float) -> None:
    """Law: a knob on its way in one direction is a plain controller, however far it goes."""
    way = sorted(set(values))
    if number in range(96, 102):
        return
    assert [lesson.encoding for lesson in learn(moves(number, way, gap))] == [None]


@given(
    st.sampled_from(Encoding),
    st.lists(st.integers(1, 3), min_size=12, max_size=40),
    st.booleans(),
    st.floats(0.005, 0.1),
)
def test_an_encoder_turned_both_ways_is_known(encoding: Encoding, turns: list[int], first: bool, gap: float) -> None:
    """Law: in whatever direction it is turned first, the last word is its encoding."""
    spell = {steps(value): value for value in range(128) if abs((steps := STEPS[encoding])(value)) <= 3}
    half = [turn if first else -turn for turn in (1, *sorted(turns))]
    there_and_back = [spell[turn] for turn in (*half, *(-turn for turn in half))]
    assert learn(moves(16, there_and_back, gap))[-1].encoding is encoding


@pytest.mark.parametrize("fine_first", [False, True])
@pytest.mark.parametrize("count", [1, 3, 200])
def test_the_halves_of_a_pair_are_told_in_their_order(fine_first: bool, count: int) -> None:
    timed = []
    for place in range(count):
        halves = [(0xB0, 7, 60), (0xB0, 39, place % 128)]
        for late, half in enumerate(reversed(halves) if fine_first else halves):
            timed.append((place * 0.008 + late * 0.001, half))
    lesson = learn(timed)[-1]
    assert lesson.source == Source("keys", SourceKind.CC14, 7, frozenset((0,)), fine=39, fine_first=fine_first)
    assert len(learn(timed)) == 1


def test_a_coarse_controller_that_gets_a_fine_half_later_is_corrected() -> None:
    alone = moves(7, range(10, 20), 0.1)
    later = [(5.0, (0xB0, 7, 50)), (5.001, (0xB0, 39, 4))]
    plain, pair = learn(alone + later)
    assert (plain.source.kind, plain.corrects) == (SourceKind.CC, False)
    assert (pair.source.kind, pair.corrects) == (SourceKind.CC14, True)


def test_two_faders_that_are_moved_one_after_the_other_are_no_pair() -> None:
    timed = moves(7, range(40), 0.02) + [(2 + at, message) for at, message in moves(39, range(40), 0.02)]
    assert [lesson.source.kind for lesson in learn(timed)] == [SourceKind.CC, SourceKind.CC]


def status(*kinds: int) -> st.SearchStrategy[int]:
    return st.builds(lambda kind, channel: kind | channel, st.sampled_from(kinds), st.integers(0, 15))


data = st.integers(0, 127)
controllers = st.one_of(st.sampled_from([1, 6, 7, 33, 38, 39, 96, 98, 99, 100, 101]), data)
message = st.one_of(
    st.tuples(status(0x80, 0x90, 0xA0, 0xE0), data, data),
    st.tuples(st.sampled_from([0xB0, 0xB1]), controllers, data),
    st.tuples(status(0xC0, 0xD0), data),
    st.tuples(st.sampled_from([0xF8, 0xFA, 0xFB, 0xFC])),
)
stream = st.lists(st.tuples(st.floats(0.0, 1.0), message), max_size=60)


@given(stream)
def test_every_line_is_right_and_moved_by_the_message_that_it_was_learned_from(gaps: list[Timed]) -> None:
    """Law: each line passes `check`, and of all that came in its message is one that the route follows."""
    now, timed = 0.0, list[Timed]()
    for gap, heard in gaps:
        now += gap
        timed.append((now, heard))
    for lesson in learn(timed):
        for line in lesson_lines(lesson, suggested_name(lesson.source), "voice"):
            mapping = mapping_with(line.section, str(line))
            if line.section == "params":
                (route,) = mapping.neurons[0].params
                assert lesson.message in followed(route.source, [heard for _, heard in timed])
                assert (route.handling.mode is Mode.RELATIVE) == (lesson.encoding is not None)
                assert lesson.encoding is None or STEPS[lesson.encoding](lesson.message[2]) != 0
                assert moved_by(lesson, mapping, ("keys",)) == [f"n.{line.name}"]
            else:
                assert played_by(lesson, mapping, ("keys",)) == ["n.voice1 to voice4"]


def followed(source: Source, messages: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """What a route that follows a source is given of what comes in."""
    inlet, given_to_it = Inlet(Port("keys", "K"), None, None), list[tuple[int, ...]]()

    def receive(message: Sequence[int], _: float) -> list[Effect]:
        given_to_it.append(tuple(message))
        return []

    inlet.listen(source, receive)
    for heard in messages:
        inlet.receive(heard, 0.0)
    return given_to_it


@given(stream)
def test_no_two_lessons_say_the_same(gaps: list[Timed]) -> None:
    """Law: once, and again only for what turned out to be another."""
    now, timed = 0.0, list[Timed]()
    for gap, heard in gaps:
        timed.append((now := now + gap, heard))
    lessons = learn(timed)
    plain = [lesson.source for lesson in lessons if not lesson.corrects]
    assert len(plain) == len(set(plain))
    for before, after in pairwise(lessons):
        assert (before.source, before.encoding) != (after.source, after.encoding)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.lists(st.integers(0, 255), max_size=4).map(tuple)), max_size=30))
def test_whatever_comes_in_nothing_is_raised(gaps: list[Timed]) -> None:
    learn([(float(place), heard) for place, (_, heard) in enumerate(gaps)])


FILE = load_text(
    """
ports: {keys: K, knobs: N}
neurons:
  keys:
    voices: {voice: {from: keys, channel: 1, notes: C2..C5}, lead: {from: keys, count: 1, channel: 2}}
    params:
      cutoff: {from: keys, cc: 74}
      fine: {from: keys, cc14: 7}
      last: {from: keys, note: any, value: number, channel: 3}
      beat: {from: keys, clock: beat}
"""
)


@pytest.mark.parametrize(
    ("message", "moved", "played"),
    [
        ((0xB5, 74, 50), ["keys.cutoff"], []),
        ((0xB0, 39, 50), ["keys.fine"], []),
        ((0xB0, 75, 50), [], []),
        ((0x90, 60, 50), [], ["keys.voice1 to voice4"]),
        ((0x90, 100, 50), [], []),
        ((0x91, 100, 50), [], ["keys.lead1"]),
        ((0x92, 60, 50), ["keys.last"], []),
        ((0xF8,), ["keys.beat"], []),
    ],
)
def test_what_a_control_does_already_is_known(message: tuple[int, ...], moved: list[str], played: list[str]) -> None:
    (lesson,) = learn([(0.0, message)])
    assert moved_by(lesson, FILE, ("keys",)) == moved
    assert played_by(lesson, FILE, ("keys",)) == played
    assert moved_by(lesson, FILE, ("knobs",)) == played_by(lesson, FILE, ("knobs",)) == []


def test_sources_of_other_kinds_or_channels_do_not_overlap() -> None:
    cc = Source("keys", SourceKind.CC, 1, frozenset((0,)))
    assert overlaps(cc, Source("keys", SourceKind.CC, 1))
    assert not overlaps(cc, Source("keys", SourceKind.CC, 1, frozenset((1,))))
    assert not overlaps(cc, Source("keys", SourceKind.NRPN, 1))
