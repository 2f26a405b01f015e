"""Controls that behave as their owners expect: modes, shapes, and what the device is shown."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nallely_midibridge.core.controls.feedback import HAND_STAYS_FOR
from nallely_midibridge.core.controls.handled import PULSE
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.values.effects import Effect, SendMidi, SendValue
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
from nallely_midibridge.values.handling import Encoding, Feedback, Handling, LightsOff, Mode, Pickup, Sends
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind

UNIT = Scale(0.0, 1.0)
KNOB = Source("box", SourceKind.CC, 16)
PAD = Source("box", SourceKind.NOTE_GATE, 36)
ON, OFF = (0x90, 36, 100), (0x80, 36, 0)
RATE = 10_000.0


@dataclass
class Box:
    """A box of controls on an engine, with a clock that is moved by hand."""

    handling: Handling
    source: Source = KNOB
    scale: Scale = UNIT
    now: float = 100.0
    values: list[float] = field(default_factory=list)
    shown: list[MidiMessage] = field(default_factory=list)
    shown_at_first: list[MidiMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        route = ParamRoute("p", self.source, self.scale, self.handling)
        port = Port("box", input="Box", output="Box", rate=RATE)
        self.engine = Engine(Mapping((port,), (Neuron("n", params=(route,)),)))
        for event in (PortOpened("box", Direction.INPUT), PortOpened("box", Direction.OUTPUT), LinkUp("n")):
            self.happens(event)
        self.shown_at_first, self.shown = self.shown, []

    def happens(self, event: Event) -> None:
        self._take(self.engine.handle(event, self.now))

    def change(self, mapping: Mapping) -> None:
        self._take(self.engine.switch(self.engine.prepare(mapping), self.now))

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SendValue(_, _, value):
                    self.values.append(value)
                case SendMidi(_, message):
                    self.shown.append(message)

    def receives(self, *messages: MidiMessage) -> None:
        for message in messages:
            self.happens(MidiReceived("box", message))

    def turns(self, *values: int) -> None:
        self.receives(*((0xB0, 16, value) for value in values))

    def session_says(self, value: float) -> None:
        self.happens(ValueReceived("n", "p", value))

    def pass_time(self, seconds: float, step: float = 0.001) -> None:
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(end, self.now + step)
            self.happens(TimeReached())

    @property
    def last(self) -> float:
        return self.values[-1]


# Endless encoders.


@pytest.mark.parametrize(
    ("encoding", "right", "left", "still"),
    [
        (Encoding.TWOS_COMPLEMENT, (1, 5, 63), (127, 123, 65), 0),
        (Encoding.OFFSET, (65, 69, 127), (63, 59, 1), 64),
        (Encoding.SIGN_BIT, (1, 5, 63), (65, 69, 127), 0),
    ],
)
def test_an_encoder_moves_by_its_steps_and_keeps_its_acceleration(
    encoding: Encoding, right: tuple[int, ...], left: tuple[int, ...], still: int
) -> None:
    box = Box(Handling(mode=Mode.RELATIVE, encoding=encoding, step=0.01))
    box.turns(*right)
    assert box.values == pytest.approx([0.01, 0.06, 0.69])
    box.turns(*left)
    assert box.values[3:] == pytest.approx([0.68, 0.63, 0.0])
    box.turns(still)
    assert len(box.values) == 6


def test_an_encoder_stops_at_the_ends_and_turns_back_at_once() -> None:
    box = Box(Handling(mode=Mode.RELATIVE, step=0.4))
    box.turns(1, 1, 1, 1, 127)
    assert box.values == pytest.approx([0.4, 0.8, 1.0, 0.6])


def test_an_encoder_goes_on_from_where_the_session_put_the_parameter() -> None:
    box = Box(Handling(mode=Mode.RELATIVE, step=0.1))
    box.turns(1)
    box.session_says(0.7)
    box.turns(1)
    assert box.values == pytest.approx([0.1, 0.8])


def test_an_encoder_starts_at_zero_or_as_near_as_the_range_comes() -> None:
    first_steps = {Scale(-2.0, 2.0): 0.4, Scale(20.0, 120.0): 30.0, Scale(-9.0, -4.0): -4.0}
    for scale, value in first_steps.items():
        box = Box(Handling(mode=Mode.RELATIVE, step=0.1), scale=scale)
        box.turns(1)
        assert box.last == pytest.approx(value)


def test_an_encoder_goes_through_accepted_values_one_a_step() -> None:
    box = Box(Handling(mode=Mode.RELATIVE, accepted=(0.0, 0.25, 1.0)))
    box.turns(1, 1, 1, 127, 127, 127)
    assert box.values == [0.25, 1.0, 0.25, 0.0]


# Buttons.


@pytest.mark.parametrize(
    ("sends", "messages"),
    [
        (Sends.BOTH, [ON, OFF, ON, OFF, ON, OFF]),
        (Sends.PRESSES, [ON, ON, ON]),
        (Sends.PRESSES, [ON, OFF, ON, OFF, ON, OFF]),
        (Sends.TOGGLES, [ON, OFF, ON]),
    ],
)
def test_each_press_toggles_whatever_the_pad_sends(sends: Sends, messages: list[MidiMessage]) -> None:
    box = Box(Handling(mode=Mode.TOGGLE, sends=sends), PAD)
    box.receives(*messages)
    assert box.values == [1, 0, 1]


def test_a_toggle_starts_from_what_the_session_has() -> None:
    box = Box(Handling(mode=Mode.TOGGLE), PAD)
    box.session_says(1.0)
    box.receives(ON, OFF)
    assert box.values == [0]


def test_a_toggle_goes_through_accepted_values_and_around() -> None:
    box = Box(Handling(mode=Mode.TOGGLE, accepted=(0.0, 0.3, 1.0)), PAD)
    box.receives(*[ON, OFF] * 4)
    assert box.values == [0.3, 1.0, 0.0, 0.3]


def test_a_control_change_is_a_button_from_64_up() -> None:
    box = Box(Handling(mode=Mode.TOGGLE))
    box.turns(127, 0, 64, 63, 1)
    assert box.values == [1, 0]


def test_a_momentary_button_is_high_while_it_is_held() -> None:
    box = Box(Handling(mode=Mode.MOMENTARY), PAD, Scale(2.0, 5.0))
    box.receives(ON, OFF)
    assert box.values == [5, 2]


@pytest.mark.parametrize(("sends", "second"), [(Sends.PRESSES, ON), (Sends.TOGGLES, OFF)])
def test_a_press_without_a_release_ends_by_itself(sends: Sends, second: MidiMessage) -> None:
    box = Box(Handling(mode=Mode.MOMENTARY, sends=sends), PAD)
    box.receives(ON)
    box.pass_time(PULSE * 0.6)
    box.receives(second)  # pressed again meanwhile: the pulse lasts from here
    box.pass_time(PULSE * 0.6)
    assert box.values == [1]
    box.pass_time(PULSE)
    assert box.values == [1, 0]


def test_a_pad_that_is_said_to_send_presses_only_may_send_its_releases_too() -> None:
    box = Box(Handling(mode=Mode.MOMENTARY, sends=Sends.PRESSES), PAD)
    box.receives(ON, OFF)
    assert box.values == [1]
    box.pass_time(PULSE)
    assert box.values == [1, 0]


def test_a_button_that_is_held_when_its_port_goes_is_released() -> None:
    box = Box(Handling(mode=Mode.MOMENTARY), PAD)
    box.receives(ON)
    box.happens(PortLost("box", Direction.INPUT))
    assert box.values == [1, 0]


def test_a_controller_that_is_a_button_is_released_when_its_port_goes() -> None:
    box = Box(Handling(mode=Mode.MOMENTARY), scale=Scale(2.0, 5.0))
    box.turns(127)
    box.happens(PortLost("box", Direction.INPUT))
    assert box.values == [5, 2]


@pytest.mark.parametrize(
    ("handling", "source", "message"),
    [
        (Handling(), PAD, ON),
        (Handling(), Source("box", SourceKind.PRESSURE), (0xD0, 90)),
        (Handling(), Source("box", SourceKind.TRANSPORT), (0xFA,)),
        (Handling(mode=Mode.MOMENTARY), KNOB, (0xB0, 16, 127)),
        (Handling(mode=Mode.MOMENTARY, sends=Sends.PRESSES), PAD, ON),
        (Handling(smooth=1.0), PAD, ON),
        (Handling(smooth=1.0, rate=1.0, feedback=Feedback()), PAD, ON),
        (Handling(rate=1.0), PAD, ON),
    ],
)
def test_what_is_held_when_the_bridge_ends_or_its_route_goes_is_let_go(
    handling: Handling, source: Source, message: MidiMessage
) -> None:
    for ends in (lambda box: box.happens(Stopped()), lambda box: box.change(Mapping())):
        box = Box(handling, source)
        box.receives(message)
        assert box.last > 0
        box.pass_time(0.02)
        ends(box)
        assert box.last == 0
        count = len(box.values)
        box.pass_time(2)
        assert len(box.values) == count


def test_a_toggle_and_a_knob_stay_where_they_are_when_the_bridge_ends() -> None:
    for handling, message in ((Handling(mode=Mode.TOGGLE), (0xB0, 16, 127)), (Handling(), (0xB0, 16, 127))):
        box = Box(handling)
        box.receives(message)
        box.happens(Stopped())
        assert box.values == [1]


# Soft takeover.

PICKUP = Handling(mode=Mode.PICKUP)


def test_a_fader_waits_until_it_meets_the_parameter() -> None:
    box = Box(PICKUP)
    box.session_says(0.5)
    box.turns(10, 30, 50)
    assert box.values == []
    box.turns(62, 80)
    assert box.values == pytest.approx([62 / 127, 80 / 127])


def test_a_fader_moved_fast_over_the_place_takes_over_all_the_same() -> None:
    box = Box(PICKUP)
    box.session_says(0.5)
    box.turns(5, 120)
    assert box.values == pytest.approx([120 / 127])


def test_a_fader_lets_go_when_the_session_takes_the_parameter_away() -> None:
    box = Box(PICKUP)
    box.turns(60)
    box.session_says(0.9)
    box.turns(61, 62)
    assert box.values == pytest.approx([60 / 127])
    box.turns(116)
    assert box.last == pytest.approx(116 / 127)


def test_with_nothing_to_meet_a_fader_is_heeded_at_once() -> None:
    box = Box(PICKUP)
    box.turns(30)
    assert box.values == pytest.approx([30 / 127])


def test_a_fader_that_was_away_has_to_meet_the_parameter_again() -> None:
    box = Box(PICKUP)
    box.turns(30)
    box.happens(PortLost("box", Direction.INPUT))
    box.turns(100)
    assert len(box.values) == 1


@given(st.floats(0, 1), st.lists(st.integers(0, 127), min_size=1, max_size=40))
def test_taking_over_never_jumps_further_than_the_fader(start: float, moves: list[int]) -> None:
    """Law: from one message to the next the parameter moves no further than the fader did, and a little to meet it."""
    box = Box(PICKUP)
    box.session_says(start)
    at, before = start, moves[0]
    for move in moves:
        count = len(box.values)
        box.turns(move)
        if len(box.values) > count:
            assert abs(box.last - at) <= abs(move - before) / 127 + 3 / 128 + 1e-9
            at = box.last
        before = move


@given(st.floats(0.05, 0.95), st.lists(st.integers(0, 127), min_size=2, max_size=40))
@example(0.5, [97, 107, 37, 0])
def test_catching_up_covers_the_way_left_and_arrives_at_the_ends(start: float, moves: list[int]) -> None:
    """Law: it moves the way the fader does, stays in the range, and is at an end when the fader is."""
    box = Box(Handling(mode=Mode.PICKUP, pickup=Pickup.SCALE))
    box.session_says(start)
    box.turns(moves[0])
    at, before = box.values[-1] if box.values else start, moves[0]
    for move in moves[1:]:
        box.turns(move)
        now = box.values[-1] if box.values else start
        assert 0 <= now <= 1
        assert (now - at) * (move - before) >= -1e-9
        if move in (0, 127) and move != before:
            assert now == move / 127
        at, before = now, move


# Shapes.


@given(st.lists(st.integers(0, 127), max_size=60), st.floats(0.01, 0.5))
def test_a_deadband_swallows_small_moves_but_not_the_ends(moves: list[int], width: float) -> None:
    box = Box(Handling(deadband=width))
    for move in moves:
        before = box.values[-1] if box.values else None
        count = len(box.values)
        box.turns(move)
        if len(box.values) > count and before is not None and move not in (0, 127):
            assert abs(box.last - before) >= width - 1e-9
        if move in (0, 127):
            assert box.last == move / 127


def test_smooth_follows_and_arrives_exactly_and_then_rests() -> None:
    box = Box(Handling(smooth=0.05))
    box.turns(0)
    box.turns(127)
    box.pass_time(0.05)
    assert box.last == pytest.approx(1 - 1 / 2.718, abs=0.05)
    assert box.values == sorted(box.values)
    box.pass_time(1)
    assert box.last == 1.0
    count = len(box.values)
    box.pass_time(1)
    assert len(box.values) == count


def test_rate_sends_the_newest_and_the_last() -> None:
    box = Box(Handling(rate=20))
    for value in range(100):
        box.turns(value)
        box.pass_time(0.01)
    box.pass_time(1)
    assert 18 <= len(box.values) <= 23
    assert box.last == pytest.approx(99 / 127)


@pytest.mark.parametrize(
    ("value", "accepted"), [(0, 10.0), (42, 10.0), (43, 50.0), (84, 50.0), (85, 20.0), (127, 20.0)]
)
def test_a_knob_over_a_list_of_values(value: int, accepted: float) -> None:
    box = Box(Handling(accepted=(10.0, 50.0, 20.0)), scale=Scale(0, 100))
    box.turns(value)
    assert box.values == [accepted]


def test_an_inverted_list_of_values_runs_the_other_way() -> None:
    inverted = Scale(0.0, 100.0, invert=True)
    knob = Box(Handling(accepted=(10.0, 50.0, 20.0)), scale=inverted)
    knob.turns(0, 127)
    assert knob.values == [20.0, 10.0]
    encoder = Box(Handling(mode=Mode.RELATIVE, accepted=(0.0, 25.0, 100.0)), scale=inverted)
    encoder.turns(1, 127, 127, 1)  # it starts at 0, which is its right end
    assert encoder.values == [0.0, 25.0, 100.0, 25.0]


def test_a_session_that_takes_a_parameter_away_ends_its_smooth_move() -> None:
    box = Box(Handling(smooth=0.1))
    box.turns(0, 127)
    box.pass_time(0.02)
    box.session_says(0.3)
    count = len(box.values)
    box.pass_time(1)
    assert len(box.values) == count


# Feedback.

LIT = Handling(mode=Mode.TOGGLE, feedback=Feedback(on=5, off=1))


def test_a_light_follows_the_parameter_whoever_moves_it() -> None:
    box = Box(LIT, PAD)
    box.receives(ON, OFF)
    box.session_says(0.0)
    box.session_says(0.0)
    assert box.shown == [(0x90, 36, 5), (0x90, 36, 1)]


@pytest.mark.parametrize(
    ("handling", "source", "scale", "at_first"),
    [
        (LIT, PAD, UNIT, [(0x90, 36, 1)]),
        (LIT, PAD, Scale(0.0, 1.0, invert=True), [(0x90, 36, 5)]),
        (Handling(mode=Mode.MOMENTARY, feedback=Feedback()), PAD, Scale(0.0, 1.0, invert=True), [(0x90, 36, 0)]),
        (Handling(mode=Mode.RELATIVE, feedback=Feedback()), KNOB, Scale(-1.0, 1.0), [(0xB0, 16, 64)]),
        (Handling(feedback=Feedback()), KNOB, UNIT, []),
        (Handling(mode=Mode.PICKUP, feedback=Feedback()), KNOB, UNIT, []),
    ],
)
def test_a_device_is_shown_where_a_parameter_starts_but_no_motor_moves(
    handling: Handling, source: Source, scale: Scale, at_first: list[MidiMessage]
) -> None:
    assert Box(handling, source, scale).shown_at_first == at_first


def test_a_light_that_a_change_brings_is_lit_at_once() -> None:
    box = Box(Handling(), PAD)
    route = ParamRoute("p", PAD, UNIT, LIT)
    neuron = Neuron("n", params=(route,))
    port = Port("box", input="Box", output="Box", rate=RATE)
    other = ParamRoute("q", replace(PAD, number=40), UNIT, LIT)
    box.change(Mapping((port,), (neuron,)))
    box.happens(PortOpened("box", Direction.OUTPUT))
    box.shown.clear()
    box.change(Mapping((port,), (replace(neuron, params=(route, other)),)))
    assert box.shown == [(0x90, 40, 1)]


def test_a_light_may_be_put_out_by_a_note_off() -> None:
    box = Box(replace(LIT, feedback=Feedback(lights_off=LightsOff.NOTE_OFF)), PAD)
    box.receives(ON, OFF, ON, OFF)
    assert box.shown == [(0x90, 36, 127), (0x80, 36, 0)]


def test_what_the_device_shows_is_sent_again_when_it_comes_back() -> None:
    box = Box(LIT, PAD)
    box.receives(ON, OFF)
    box.shown.clear()
    box.happens(PortLost("box", Direction.OUTPUT))
    box.session_says(0.0)
    assert box.shown == []
    box.happens(PortOpened("box", Direction.OUTPUT))
    assert box.shown == [(0x90, 36, 1)]


def test_a_device_that_forgets_is_told_every_so_often() -> None:
    box = Box(replace(LIT, feedback=Feedback(repeat=0.5)), PAD)
    box.receives(ON, OFF)
    box.pass_time(1.6)
    assert box.shown == [(0x90, 36, 127)] * 4


def test_a_device_that_puts_its_light_out_is_told_again_after_the_release() -> None:
    box = Box(replace(LIT, feedback=Feedback(after_release=True)), PAD)
    box.receives(ON)
    assert box.shown == [(0x90, 36, 127)]
    box.receives(OFF)
    assert box.shown == [(0x90, 36, 127)] * 2


def test_lights_go_out_at_the_end() -> None:
    box = Box(LIT, PAD)
    box.receives(ON, OFF)
    box.happens(Stopped())
    assert box.shown == [(0x90, 36, 5), (0x90, 36, 1)]


def test_a_ring_shows_where_an_encoder_brought_the_parameter() -> None:
    box = Box(Handling(mode=Mode.RELATIVE, step=0.1, feedback=Feedback()))
    box.turns(1, 1, 1)
    assert box.shown == [(0xB0, 16, 13), (0xB0, 16, 25), (0xB0, 16, 38)]
    assert box.values == pytest.approx([0.1, 0.2, 0.3])


MOTOR = Handling(feedback=Feedback())


def test_a_motor_does_not_pull_at_the_hand_that_moves_it() -> None:
    box = Box(MOTOR)
    for value in (10, 20, 30):
        box.turns(value)
        box.session_says(0.9)
        box.pass_time(HAND_STAYS_FOR / 2)
    assert box.shown == []
    box.pass_time(HAND_STAYS_FOR)
    assert box.shown == [(0xB0, 16, round(0.9 * 127))]


def test_a_motor_that_is_told_again_and_again_is_not_while_a_hand_is_on_it() -> None:
    box = Box(Handling(feedback=Feedback(repeat=0.1)))
    box.session_says(0.5)
    box.shown.clear()
    box.turns(10)
    box.pass_time(HAND_STAYS_FOR * 0.9)
    assert box.shown == []
    box.pass_time(0.2)
    assert set(box.shown) == {(0xB0, 16, 10)}


def test_a_motor_goes_to_the_value_that_was_accepted() -> None:
    box = Box(Handling(accepted=(1.0, 2.0, 4.0, 8.0), feedback=Feedback()), scale=Scale(1.0, 8.0))
    box.turns(40)
    box.pass_time(HAND_STAYS_FOR + 0.01)
    assert (box.values, box.shown) == ([2.0], [(0xB0, 16, 42)])


def test_a_control_that_speaks_in_parameters_of_seven_bits_is_told_in_seven() -> None:
    box = Box(MOTOR, Source("box", SourceKind.NRPN, 5, bits=7))
    box.session_says(1.0)
    assert box.shown == [(0xB0, 99, 0), (0xB0, 98, 5), (0xB0, 6, 127)]


def test_a_fader_is_not_told_what_it_says() -> None:
    box = Box(MOTOR)
    box.turns(10, 20, 30)
    box.pass_time(2)
    assert box.shown == []


def test_a_smoothed_parameter_is_shown_where_it_goes_and_not_on_its_way() -> None:
    box = Box(Handling(mode=Mode.RELATIVE, step=0.5, smooth=0.1, feedback=Feedback()))
    box.turns(1)
    box.turns(1)
    box.pass_time(1)
    assert box.shown == [(0xB0, 16, 64), (0xB0, 16, 127)]
    assert len(box.values) > 10


# All together.

handlings = st.builds(
    Handling,
    mode=st.sampled_from(Mode),
    encoding=st.sampled_from(Encoding),
    step=st.sampled_from([0.01, 0.3, 1.0]),
    pickup=st.sampled_from(Pickup),
    accepted=st.sampled_from([(), (0.0, 1.0), (0.2, 0.9, 0.4)]),
    deadband=st.sampled_from([0.0, 0.1]),
    smooth=st.sampled_from([0.0, 0.02]),
    rate=st.sampled_from([None, 50.0]),
    feedback=st.sampled_from(
        [None, Feedback(), Feedback(repeat=1.0, after_release=True, lights_off=LightsOff.NOTE_OFF)]
    ),
    sends=st.sampled_from(Sends),
)
steps = st.one_of(
    st.tuples(st.just("turns"), st.integers(0, 127)),
    st.tuples(st.just("receives"), st.sampled_from([ON, OFF])),
    st.tuples(st.just("session_says"), st.floats(-1, 2)),
    st.tuples(st.just("pass_time"), st.sampled_from([0.003, 0.2]), st.just(0.01)),
    st.tuples(
        st.just("happens"),
        st.sampled_from(
            [
                *[PortLost("box", direction) for direction in Direction],
                *[PortOpened("box", direction) for direction in Direction],
                *[LinkDown("n"), LinkUp("n")],
            ]
        ),
    ),
)


@given(handlings, st.sampled_from([KNOB, PAD]), st.booleans(), st.lists(steps, max_size=30))
def test_whatever_happens_values_stay_in_the_range_and_lights_end(
    handling: Handling, source: Source, inverted: bool, script: list[tuple[object, ...]]
) -> None:
    box = Box(handling, source, Scale(0.0, 1.0, invert=inverted))
    for name, *arguments in script:
        getattr(box, str(name))(*arguments)
    heard = [step[1] for step in script if step[0] == "session_says"]
    assert all(0.0 <= value <= 1.0 or value in heard for value in box.values)
    box.happens(PortOpened("box", Direction.OUTPUT))
    box.happens(Stopped())
    lights = [message for message in box.shown if message[0] in (0x80, 0x90)]
    assert not lights or lights[-1][2] == 0
