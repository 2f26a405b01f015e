"""Laws of `Voices`: what a keyboard does to voices, with the time passed in."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.voices import make_voices
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, Report, SendValue
from nallely_midibridge.values.mapping import Allocation, Priority, Steal, VoiceBlock
from nallely_midibridge.values.scale import Curve, Points

GAP = 0.05
BLOCK = VoiceBlock("voice", tuple(f"voice{n}" for n in range(1, 5)), "keys", retrigger_gap=GAP)
ONE = replace(BLOCK, voices=("voice1",))


class Keyboard:
    """Plays on voices, moves a clock by hand, and keeps what the session would hear and see."""

    def __init__(self, block: VoiceBlock = BLOCK, linked: bool = True) -> None:
        self.now = 100.0
        self.agenda = Agenda()
        self.voices = make_voices("neuron", block, lambda at: self.agenda.add(at, self.voices.wake))
        self.heard: list[tuple[float, str, float]] = []
        self.reports: list[str] = []
        self.state: dict[str, float] = {}
        self.needless = 0
        if linked:
            self.take(self.voices.link_up(self.now))
            self.pass_time(1.0)
            self.heard.clear()

    def take(self, effects: list[Effect], fresh: bool = False) -> None:
        for effect in effects:
            if isinstance(effect, Report):
                self.reports.append(effect.text)
            else:
                assert isinstance(effect, SendValue)
                self.needless += self.state.get(effect.parameter) == effect.value
                self.state[effect.parameter] = effect.value
                self.heard.append((round(self.now, 6), effect.parameter, effect.value))

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.agenda.next_at is not None and self.agenda.next_at <= end:
            self.now = max(self.now, self.agenda.next_at)
            for task in self.agenda.due(self.now):
                self.take(task(self.now))
        self.now = end

    def on(self, note: int, velocity: int = 100, channel: int = 0) -> None:
        self.take(self.voices.play((midi.NOTE_ON | channel, note, velocity), self.now))

    def off(self, note: int, channel: int = 0) -> None:
        self.take(self.voices.play((midi.NOTE_OFF | channel, note, 0), self.now))

    def control(self, controller: int, value: int, channel: int = 0) -> None:
        self.take(self.voices.control((midi.CONTROL_CHANGE | channel, controller, value), self.now))

    @property
    def sent(self) -> list[tuple[str, float]]:
        return [(parameter, value) for _, parameter, value in self.heard]

    @property
    def sounding(self) -> set[float]:
        return {value for parameter, value in self.state.items() if value and parameter.startswith("voice")}


def test_a_chord_takes_different_voices_and_each_release_is_a_zero() -> None:
    keyboard = Keyboard()
    for note in (60, 64, 67, 71):
        keyboard.on(note)
    assert keyboard.sent == [("voice1", 60), ("voice2", 64), ("voice3", 67), ("voice4", 71)]
    for note in (60, 64, 67, 71):
        keyboard.off(note)
    assert keyboard.sent[4:] == [("voice1", 0), ("voice2", 0), ("voice3", 0), ("voice4", 0)]


def test_a_key_takes_the_voice_that_has_been_silent_longest() -> None:
    keyboard = Keyboard()
    for note in (60, 62, 64, 65):
        keyboard.on(note)
    for note in (64, 60, 65, 62):
        keyboard.pass_time(0.1)
        keyboard.off(note)
    keyboard.pass_time(0.1)
    keyboard.heard.clear()
    for note in (70, 71, 72, 73):
        keyboard.on(note)
    assert keyboard.sent == [("voice3", 70), ("voice1", 71), ("voice4", 72), ("voice2", 73)]


def test_a_stolen_voice_gets_zero_then_the_gap_then_the_note_and_the_late_note_off_does_nothing() -> None:
    keyboard = Keyboard()
    for note in (60, 64, 67, 71):
        keyboard.on(note)
    keyboard.heard.clear()
    keyboard.on(72)
    keyboard.off(60)
    keyboard.pass_time(1)
    assert keyboard.heard == [(101.0, "voice1", 0), (101.0 + GAP, "voice1", 72)]


@pytest.mark.parametrize(
    ("steal", "stolen"), [(Steal.OLDEST, 64), (Steal.QUIETEST, 60), (Steal.LOWEST, 55), (Steal.HIGHEST, 71)]
)
def test_each_steal_rule_takes_its_own(steal: Steal, stolen: int) -> None:
    keyboard = Keyboard(replace(BLOCK, steal=steal))
    for note, velocity in ((64, 90), (60, 10), (71, 80), (55, 70)):
        keyboard.on(note, velocity)
        keyboard.pass_time(0.01)
    keyboard.on(66)
    keyboard.pass_time(1)
    assert keyboard.sounding == {64, 60, 71, 55, 66} - {stolen}


def test_steal_none_leaves_the_sounding_notes_alone() -> None:
    keyboard = Keyboard(replace(BLOCK, steal=Steal.NONE))
    for note in (60, 61, 62, 63, 64):
        keyboard.on(note)
    assert keyboard.sounding == {60, 61, 62, 63}


def test_a_voice_that_only_a_pedal_holds_is_stolen_before_one_whose_key_is_down() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127)
    for note in (60, 61, 62, 63):
        keyboard.on(note)
        keyboard.pass_time(0.01)
    keyboard.off(62)
    keyboard.on(70)
    keyboard.pass_time(1)
    assert keyboard.sounding == {60, 61, 63, 70}


def test_with_restore_a_stolen_note_that_is_still_held_comes_back_the_last_one_first() -> None:
    keyboard = Keyboard(replace(BLOCK, voices=("voice1", "voice2"), restore=True))
    for note in (60, 62, 64, 65):
        keyboard.on(note)
        keyboard.pass_time(0.1)
    assert keyboard.sounding == {64, 65}
    keyboard.off(64)
    keyboard.pass_time(0.1)
    assert keyboard.sounding == {62, 65}
    keyboard.off(65)
    keyboard.pass_time(0.1)
    assert keyboard.sounding == {60, 62}


def test_a_stolen_note_whose_key_went_up_does_not_come_back() -> None:
    keyboard = Keyboard(replace(ONE, restore=True))
    for note in (60, 62):
        keyboard.on(note)
        keyboard.pass_time(0.1)
    keyboard.off(60)
    keyboard.off(62)
    keyboard.pass_time(0.1)
    assert keyboard.sounding == set()


def test_the_same_key_twice_starts_again_on_its_voice_after_the_gap() -> None:
    keyboard = Keyboard()
    keyboard.on(60)
    keyboard.on(60)
    keyboard.pass_time(1)
    assert keyboard.heard == [(101.0, "voice1", 60), (101.0, "voice1", 0), (101.0 + GAP, "voice1", 60)]


def test_a_note_released_while_it_waits_for_the_gap_is_short_and_not_lost() -> None:
    keyboard = Keyboard(ONE)
    keyboard.on(60)
    keyboard.off(60)
    keyboard.on(62)
    keyboard.off(62)
    keyboard.pass_time(1)
    assert keyboard.heard[2:] == [(101.0 + GAP, "voice1", 62), (101.0 + 2 * GAP, "voice1", 0)]


def test_velocity_goes_out_before_its_note_and_only_when_it_changes() -> None:
    keyboard = Keyboard(replace(ONE, velocities=("vel1",)))
    for velocity in (90, 90, 40):
        keyboard.on(60, velocity)
        keyboard.off(60)
        keyboard.pass_time(1)
    notes = [("voice1", 60), ("voice1", 0)]
    assert keyboard.sent == [("vel1", 90), *notes, *notes, ("vel1", 40), *notes]


def test_note_on_with_velocity_zero_is_a_note_off() -> None:
    keyboard = Keyboard()
    keyboard.on(60)
    keyboard.on(60, velocity=0)
    assert keyboard.sent == [("voice1", 60), ("voice1", 0)]


def test_sustain_holds_and_lets_go_of_only_the_keys_that_are_up() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 64)
    keyboard.on(60)
    keyboard.on(64)
    keyboard.off(60)
    assert keyboard.sounding == {60, 64}
    keyboard.control(midi.SUSTAIN, 63)
    assert keyboard.sounding == {64}


def test_sostenuto_holds_what_was_down_and_nothing_later() -> None:
    keyboard = Keyboard()
    keyboard.on(60)
    keyboard.control(midi.SOSTENUTO, 127)
    keyboard.on(64)
    keyboard.control(midi.SOSTENUTO, 126)  # a pedal that trembles catches nothing new
    keyboard.off(60)
    keyboard.off(64)
    assert keyboard.sounding == {60}
    keyboard.control(midi.SOSTENUTO, 0)
    assert keyboard.sounding == set()


def test_a_pedal_of_another_channel_holds_nothing() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127, channel=1)
    keyboard.on(60)
    keyboard.off(60)
    assert keyboard.sounding == set()


@pytest.mark.parametrize("controller", [120, 123, 124, 125, 126, 127])
def test_all_notes_off_and_its_kin_release_their_channel_pedals_or_not(controller: int) -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127)
    keyboard.on(60)
    keyboard.on(62, channel=1)
    keyboard.control(controller, 0)
    assert keyboard.sounding == {62}


def test_reset_all_controllers_lifts_the_pedals() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127)
    keyboard.on(60)
    keyboard.on(62)
    keyboard.off(60)
    keyboard.control(midi.RESET_ALL_CONTROLLERS, 0)
    assert keyboard.sounding == {62}


def test_note_zero_cannot_be_played_and_that_is_said_once() -> None:
    keyboard = Keyboard(replace(BLOCK, transpose=-60))
    keyboard.on(60)
    keyboard.on(60)
    keyboard.on(61)
    assert keyboard.sent == [("voice1", 1)]
    assert len(keyboard.reports) == 1
    assert "C4 cannot be played" in keyboard.reports[0]


def test_transpose_moves_the_note_and_its_release_with_it() -> None:
    keyboard = Keyboard(replace(BLOCK, transpose=12))
    keyboard.on(60)
    keyboard.off(60)
    assert keyboard.sent == [("voice1", 72), ("voice1", 0)]


def test_after_a_connect_every_voice_is_zeroed_and_what_is_held_sounds_after_the_gap() -> None:
    keyboard = Keyboard()
    keyboard.on(60)
    keyboard.on(64)
    keyboard.voices.link_down()
    keyboard.off(64)
    keyboard.on(67)
    keyboard.heard.clear()
    keyboard.take(keyboard.voices.link_up(keyboard.now))
    assert keyboard.sent == [(f"voice{n}", 0) for n in range(1, 5)]
    keyboard.pass_time(1)
    assert sorted(keyboard.sent[4:]) == [("voice1", 60), ("voice2", 67)]


def test_nothing_is_sent_while_the_link_is_down() -> None:
    keyboard = Keyboard(linked=False)
    keyboard.on(60)
    keyboard.off(60)
    keyboard.pass_time(1)
    assert keyboard.sent == []


@given(st.lists(st.tuples(st.booleans(), st.integers(50, 58), st.floats(0, 0.2)), max_size=60))
def test_with_restore_and_no_pedals_the_voices_are_never_idle_while_keys_are_down(
    script: list[tuple[bool, int, float]],
) -> None:
    """Law: with as many keys down as voices or more, every voice sounds; with fewer, all of the keys do."""
    keyboard = Keyboard(replace(BLOCK, voices=("voice1", "voice2"), restore=True))
    down: set[int] = set()
    for is_on, note, pause in script:
        (keyboard.on if is_on else keyboard.off)(note)
        (down.add if is_on else down.discard)(note)
        keyboard.pass_time(pause)
    keyboard.pass_time(1)
    assert keyboard.sounding <= down
    assert len(keyboard.sounding) == min(len(down), 2)


steps = st.one_of(
    st.tuples(st.just("on"), st.integers(50, 58), st.integers(1, 127), st.integers(0, 1)),
    st.tuples(st.just("off"), st.integers(50, 58), st.integers(0, 1)),
    st.tuples(
        st.just("control"),
        st.sampled_from([midi.SUSTAIN, midi.SOSTENUTO, 7, 120, 121, 123, 126]),
        st.integers(0, 127),
        st.integers(0, 1),
    ),
    st.tuples(st.just("pass_time"), st.floats(0, 0.2)),
    st.tuples(st.just("link_down")),
    st.tuples(st.just("link_up")),
)
blocks = st.builds(
    replace,
    st.sampled_from([BLOCK, ONE, replace(BLOCK, velocities=tuple(f"vel{n}" for n in range(1, 5)))]),
    steal=st.sampled_from(Steal),
    transpose=st.sampled_from([0, 12, -55]),
    retrigger_gap=st.sampled_from([0.0, 0.01, GAP]),
    restore=st.booleans(),
    softest=st.sampled_from([1, 1, 40]),
    loudest=st.sampled_from([127, 127, 90]),
    velocity_curve=st.sampled_from([*Curve, Points(((0, 0), (0.5, 0.9), (1, 1)))]),
    allocation=st.sampled_from(Allocation),
    priority=st.sampled_from(Priority),
    legato=st.booleans(),
)


class Player(Keyboard):
    """A keyboard whose link comes and goes; a session forgets nothing, and neither does ``state``."""

    linked = True

    def link_down(self) -> None:
        self.linked = False
        self.voices.link_down()

    def link_up(self) -> None:
        if not self.linked:
            self.linked = True
            self.state.clear()  # zeroing is not needless: who knows what the session remembers
            self.take(self.voices.link_up(self.now))


def play(keyboard: Player, script: list[tuple[object, ...]]) -> None:
    for name, *arguments in script:
        getattr(keyboard, str(name))(*arguments)


@given(blocks, st.lists(steps, max_size=60))
def test_releasing_everything_leaves_no_voice_sounding(block: VoiceBlock, script: list[tuple[object, ...]]) -> None:
    """Law: after any notes, pedals and losses, keys and pedals up means silence."""
    keyboard = Player(block)
    play(keyboard, script)
    keyboard.link_up()
    for channel in (0, 1):
        for note in range(50, 59):
            keyboard.off(note, channel)
        for pedal in (midi.SUSTAIN, midi.SOSTENUTO):
            keyboard.control(pedal, 0, channel)
    keyboard.pass_time(1)
    assert keyboard.sounding == set()


@given(blocks, st.lists(steps, max_size=60))
def test_no_voice_is_sent_the_value_it_has(block: VoiceBlock, script: list[tuple[object, ...]]) -> None:
    """Law: a value sent twice toggles in Nallely, so none ever is."""
    keyboard = Player(block)
    play(keyboard, script)
    assert keyboard.needless == 0


@given(blocks, st.lists(steps, max_size=60))
def test_between_two_notes_of_a_voice_there_is_the_gap(block: VoiceBlock, script: list[tuple[object, ...]]) -> None:
    """Law: a voice never changes note without a zero, and the zero lasts for the gap."""
    keyboard = Player(block)
    play(keyboard, script)
    last: dict[str, tuple[float, float]] = {}
    for at, parameter, value in keyboard.heard:
        if not parameter.startswith("voice"):
            continue
        before_at, before = last.get(parameter, (float("-inf"), 0))
        is_tied = block.legato and block.allocation in (Allocation.MONO, Allocation.UNISON)
        if value and not (is_tied and before):
            assert before == 0
            assert at - before_at >= block.retrigger_gap - 1e-6
        last[parameter] = (at, value)


@given(blocks, st.lists(steps, max_size=60))
def test_stopping_leaves_silence(block: VoiceBlock, script: list[tuple[object, ...]]) -> None:
    """Law: whatever went before, a stop while connected silences every voice for good."""
    keyboard = Player(block)
    play(keyboard, script)
    keyboard.link_up()
    keyboard.take(keyboard.voices.stop(keyboard.now))
    keyboard.pass_time(1)
    assert keyboard.sounding == set()


# Which voice a key takes, and which key a voice.


def test_lowest_takes_the_first_voice_that_is_free() -> None:
    keyboard = Keyboard(replace(BLOCK, allocation=Allocation.LOWEST))
    for note in (60, 62, 64):
        keyboard.on(note)
    keyboard.off(60)
    keyboard.off(62)
    keyboard.pass_time(1)
    keyboard.heard.clear()
    keyboard.on(72)
    keyboard.on(74)
    assert keyboard.sent == [("voice1", 72), ("voice2", 74)]


def test_unison_plays_one_note_on_every_voice() -> None:
    keyboard = Keyboard(replace(BLOCK, voices=("voice1", "voice2"), velocities=("vel1", "vel2"), allocation=UNISON))
    keyboard.on(60, 90)
    keyboard.off(60)
    assert keyboard.sent == [
        *[("vel1", 90), ("voice1", 60), ("vel2", 90), ("voice2", 60)],
        *[("voice1", 0), ("voice2", 0)],
    ]


MONO, UNISON = Allocation.MONO, Allocation.UNISON


@pytest.mark.parametrize(
    ("priority", "heard"),
    [
        (Priority.LAST, [64, 60, 67, 60]),
        (Priority.HIGH, [64, 67, 64]),
        (Priority.LOW, [64, 60]),
    ],
)
def test_mono_plays_the_key_that_has_priority_and_goes_back(priority: Priority, heard: list[int]) -> None:
    keyboard = Keyboard(replace(ONE, allocation=MONO, priority=priority, legato=True))
    for note in (64, 60, 67):
        keyboard.on(note)
    keyboard.off(67)
    assert [value for _, value in keyboard.sent] == heard
    keyboard.off(64)
    keyboard.off(60)
    assert keyboard.sounding == set()


def test_mono_without_legato_begins_each_note_anew_after_the_gap() -> None:
    keyboard = Keyboard(replace(ONE, allocation=MONO))
    keyboard.on(60)
    keyboard.pass_time(1)
    keyboard.heard.clear()
    keyboard.on(64)
    keyboard.pass_time(1)
    keyboard.off(64)
    keyboard.pass_time(1)
    assert [value for _, _, value in keyboard.heard] == [0, 64, 0, 60]
    assert keyboard.heard[1][0] - keyboard.heard[0][0] == pytest.approx(GAP)


def test_with_legato_only_the_first_key_brings_its_velocity() -> None:
    keyboard = Keyboard(replace(ONE, allocation=MONO, legato=True, velocities=("vel1",)))
    keyboard.on(60, 90)
    keyboard.on(64, 20)
    assert keyboard.sent == [("vel1", 90), ("voice1", 60), ("voice1", 64)]


def test_a_pedal_holds_the_note_of_mono_until_it_goes_up() -> None:
    keyboard = Keyboard(replace(ONE, allocation=MONO, legato=True))
    keyboard.on(60)
    keyboard.control(midi.SUSTAIN, 127)
    keyboard.on(64)
    keyboard.off(64)
    assert keyboard.sounding == {64}
    keyboard.control(midi.SUSTAIN, 0)
    assert keyboard.sounding == {60}
    keyboard.off(60)
    assert keyboard.sounding == set()


@given(st.sampled_from(Priority), st.lists(st.tuples(st.booleans(), st.integers(50, 58)), max_size=40))
def test_mono_sounds_the_key_with_priority_of_those_that_are_down(
    priority: Priority, script: list[tuple[bool, int]]
) -> None:
    """Law: at rest, what sounds is the newest, the highest or the lowest key that is down."""
    keyboard = Keyboard(replace(ONE, allocation=MONO, priority=priority))
    down: list[int] = []
    for is_on, note in script:
        (keyboard.on if is_on else keyboard.off)(note)
        down = [other for other in down if other != note] + [note] * is_on
        keyboard.pass_time(1)
        chosen = {Priority.LAST: down[-1:], Priority.HIGH: sorted(down)[-1:], Priority.LOW: sorted(down)[:1]}
        assert keyboard.sounding == set(chosen[priority])


# Zones and curves of velocity.


def test_blocks_that_share_a_keyboard_by_velocity_play_each_their_own() -> None:
    soft, loud = Keyboard(replace(BLOCK, loudest=63)), Keyboard(replace(BLOCK, softest=64))
    for keyboard in (soft, loud):
        for note, velocity in ((60, 63), (62, 64)):
            keyboard.on(note, velocity)
    assert (soft.sounding, loud.sounding) == ({60}, {62})
    for keyboard in (soft, loud):
        keyboard.off(60)
        keyboard.off(62)
        assert keyboard.sounding == set()


@pytest.mark.parametrize(
    ("curve", "velocity", "heard"),
    [
        (Curve.LINEAR, 77, 77),
        (Curve.EXP, 1, 1),
        (Curve.EXP, 64, 5),
        (Curve.LOG, 64, 114),
        (Curve.S, 32, 20),
        (Points(((0, 0), (0.5, 1), (1, 1 + 1e-9))), 64, 127),
        (Curve.EXP, 127, 127),
    ],
)
def test_a_velocity_goes_through_the_curve(curve: Curve | Points, velocity: int, heard: int) -> None:
    keyboard = Keyboard(replace(ONE, velocities=("vel1",), velocity_curve=curve))
    keyboard.on(60, velocity)
    assert keyboard.state["vel1"] == heard


# Laws that a small slip in the code would break unseen.


def test_after_a_connect_a_velocity_is_sent_again_though_it_is_the_same() -> None:
    keyboard = Keyboard(replace(ONE, velocities=("vel1",)))
    keyboard.on(60, 90)
    keyboard.voices.link_down()
    keyboard.heard.clear()
    keyboard.take(keyboard.voices.link_up(keyboard.now))
    keyboard.pass_time(1)
    assert keyboard.sent == [("voice1", 0), ("vel1", 90), ("voice1", 60)]


def test_a_free_voice_goes_before_one_that_still_waits_or_ends_its_short_note() -> None:
    keyboard = Keyboard(replace(BLOCK, voices=("voice1", "voice2")))
    keyboard.on(60)
    keyboard.off(60)
    keyboard.on(61)  # on voice2, the longer silent
    keyboard.off(61)
    keyboard.on(62)  # on voice1, and waits for the gap
    keyboard.off(62)
    keyboard.pass_time(0.03)
    keyboard.heard.clear()
    keyboard.on(64)
    keyboard.pass_time(1)
    assert [value for value in keyboard.sent if value[1]] == [("voice1", 62), ("voice2", 64)]


def test_all_notes_off_lifts_the_pedals_too() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127)
    keyboard.control(midi.ALL_NOTES_OFF, 0)
    keyboard.on(60)
    keyboard.off(60)
    assert keyboard.sounding == set()


def test_lifting_the_pedal_of_one_channel_leaves_the_other_held() -> None:
    keyboard = Keyboard()
    for channel in (0, 1):
        keyboard.control(midi.SUSTAIN, 127, channel)
        keyboard.on(60 + channel, channel=channel)
        keyboard.off(60 + channel, channel=channel)
    keyboard.control(midi.SUSTAIN, 0, channel=0)
    assert keyboard.sounding == {61}


def test_sostenuto_does_not_catch_a_key_that_only_sustain_holds() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127)
    keyboard.on(60)
    keyboard.off(60)
    keyboard.control(midi.SOSTENUTO, 127)
    keyboard.control(midi.SUSTAIN, 0)
    assert keyboard.sounding == set()


def test_a_key_pressed_again_under_the_pedal_is_down_again() -> None:
    keyboard = Keyboard()
    keyboard.control(midi.SUSTAIN, 127)
    keyboard.on(60)
    keyboard.off(60)
    keyboard.on(60)
    keyboard.control(midi.SUSTAIN, 0)
    keyboard.pass_time(1)
    assert keyboard.sounding == {60}


def test_what_waited_when_the_link_went_down_does_not_sound_when_it_is_back() -> None:
    keyboard = Keyboard(ONE)
    keyboard.on(60)
    keyboard.off(60)
    keyboard.on(62)
    keyboard.off(62)
    keyboard.voices.link_down()
    keyboard.heard.clear()
    keyboard.take(keyboard.voices.link_up(keyboard.now))
    keyboard.pass_time(1)
    assert keyboard.sent == [("voice1", 0)]
