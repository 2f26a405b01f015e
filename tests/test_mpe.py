"""Laws of MPE voices: each key bends, presses and slides its own voice; a master channel does it for all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.voices.zones import Zones
from nallely_midibridge.values import midi
from nallely_midibridge.values.mapping import Mpe, VoiceBlock
from tests.test_voices import Keyboard

VOICES = ("voice1", "voice2", "voice3")


def numbered(name: str) -> tuple[str, ...]:
    return tuple(f"{name}{n}" for n in range(1, len(VOICES) + 1))


MPE = Mpe(bends=numbered("bend"), pressures=numbered("press"), timbres=numbered("timbre"))
BLOCK = VoiceBlock("voice", VOICES, "keys", mpe=MPE)
MASTER = 0


class MpeKeyboard(Keyboard):
    """A keyboard that sends what fingers do, each on its key's channel."""

    def __init__(self, block: VoiceBlock = BLOCK) -> None:
        super().__init__(block)

    def receive(self, *message: int) -> None:
        for receiver, kind, numbers in self.voices.subscriptions():
            number = message[1] if kind in midi.NUMBERED else 0
            if message[0] & 0xF0 == kind and number in numbers:
                self.take(receiver(message, self.now))

    def bend(self, channel: int, value: int) -> None:
        self.receive(midi.PITCH_BEND | channel, value & 0x7F, value >> 7)

    def press(self, channel: int, value: int) -> None:
        self.receive(midi.CHANNEL_PRESSURE | channel, value)

    def control(self, controller: int, value: int, channel: int = 0) -> None:
        self.receive(midi.CONTROL_CHANGE | channel, controller, value)

    def registered(self, channel: int, number: int, value: int, fine: int | None = None) -> None:
        self.control(midi.RPN, number >> 7, channel)
        self.control(midi.RPN_FINE, number & 0x7F, channel)
        self.control(midi.DATA_ENTRY, value, channel)
        if fine is not None:
            self.control(midi.DATA_ENTRY_FINE, fine, channel)

    def value(self, parameter: str) -> float:
        return self.state[parameter]


def test_each_key_bends_presses_and_slides_its_own_voice() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.on(64, channel=2)
    keyboard.bend(2, midi.BEND_MAX)
    keyboard.press(1, 127)
    keyboard.control(midi.TIMBRE, 127, 2)
    assert (keyboard.value("bend1"), keyboard.value("bend2")) == (0, 48)
    assert (keyboard.value("press1"), keyboard.value("press2")) == (1, 0)
    assert (keyboard.value("timbre1"), keyboard.value("timbre2")) == (64 / 127, 1)


def test_what_the_finger_does_before_the_note_is_sent_before_it() -> None:
    keyboard = MpeKeyboard()
    keyboard.bend(1, 0)
    keyboard.press(1, 64)
    assert keyboard.sent == []
    keyboard.on(60, channel=1)
    assert keyboard.sent == [("bend1", -48), ("press1", 64 / 127), ("timbre1", 64 / 127), ("voice1", 60)]


def test_what_a_finger_does_while_its_note_waits_for_the_gap_is_sent_with_the_note() -> None:
    keyboard = MpeKeyboard(replace(BLOCK, voices=VOICES[:1], mpe=replace(MPE, bends=("bend1",))))
    keyboard.on(60, channel=1)
    keyboard.pass_time(1)
    keyboard.on(62, channel=2)
    keyboard.heard.clear()
    keyboard.bend(2, 0)
    assert keyboard.heard == []
    keyboard.pass_time(1)
    assert keyboard.sent[-1] == ("voice1", 62)
    assert ("bend1", -48) in keyboard.sent


def test_a_masters_bend_adds_to_every_keys_own() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.on(64, channel=2)
    keyboard.bend(1, 8192 + 4096)
    keyboard.bend(MASTER, midi.BEND_MAX)
    assert keyboard.value("bend1") == pytest.approx(24 + 2, abs=0.01)
    assert keyboard.value("bend2") == pytest.approx(2)


def test_a_masters_pressure_counts_where_it_is_stronger_and_its_timbre_where_a_key_has_none() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.on(64, channel=2)
    keyboard.press(1, 100)
    keyboard.control(midi.TIMBRE, 10, 1)
    keyboard.press(MASTER, 50)
    keyboard.control(midi.TIMBRE, 127, MASTER)
    assert (keyboard.value("press1"), keyboard.value("press2")) == (100 / 127, 50 / 127)
    assert (keyboard.value("timbre1"), keyboard.value("timbre2")) == (10 / 127, 1)


def test_a_masters_sustain_holds_every_key_of_the_zone() -> None:
    keyboard = MpeKeyboard()
    keyboard.control(midi.SUSTAIN, 127, MASTER)
    for channel, note in ((1, 60), (2, 64)):
        keyboard.on(note, channel=channel)
        keyboard.off(note, channel=channel)
    assert keyboard.sounding == {60, 64}
    keyboard.control(midi.SUSTAIN, 0, MASTER)
    assert keyboard.sounding == set()


def test_all_notes_off_on_the_master_is_for_the_whole_zone() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.on(64, channel=9)
    keyboard.control(midi.ALL_NOTES_OFF, 0, MASTER)
    assert keyboard.sounding == set()


def test_the_keyboard_may_announce_another_bend_range() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.registered(5, 0, 24, 50)  # of any member: it is for all of them
    keyboard.bend(1, midi.BEND_MAX)
    assert keyboard.value("bend1") == 24.5
    keyboard.registered(MASTER, 0, 12)
    keyboard.bend(1, midi.BEND_CENTRE)
    keyboard.bend(MASTER, midi.BEND_MAX)
    assert keyboard.value("bend1") == 12


def test_a_bend_never_leaves_the_declared_range() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.registered(1, 0, 96)
    keyboard.bend(1, midi.BEND_MAX)
    assert keyboard.value("bend1") == 48


def test_zones_as_the_keyboard_announces_them() -> None:
    """RPN 6: the lower zone gets 3 members, which leaves the upper one all it had."""
    keyboard = MpeKeyboard(replace(BLOCK, mpe=replace(MPE, lower=7, upper=7)))
    keyboard.on(60, channel=14)
    assert keyboard.sounding == {60}
    keyboard.registered(MASTER, 6, 3)
    assert keyboard.sounding == set()  # what was held before counts no more
    keyboard.on(61, channel=4)
    assert keyboard.sounding == set()  # in no zone
    keyboard.on(62, channel=3)
    keyboard.on(63, channel=8)
    assert keyboard.sounding == {62, 63}
    keyboard.bend(15, midi.BEND_MAX)
    assert (keyboard.value("voice2"), keyboard.value("voice3")) == (62, 63)
    assert (keyboard.value("bend2"), keyboard.value("bend3")) == (0, 2)


def test_a_keyboard_that_leaves_mpe_is_a_plain_one() -> None:
    """RPN 6 with 0 members: no zone is left, and every channel plays, bends and presses by itself."""
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=2)
    keyboard.registered(MASTER, 6, 0)
    assert keyboard.sounding == set()
    keyboard.on(62)
    keyboard.on(64, channel=9)
    assert keyboard.sounding == {62, 64}
    keyboard.bend(MASTER, midi.BEND_MAX)
    keyboard.press(9, 127)
    assert (keyboard.value("bend2"), keyboard.value("bend3")) == (2, 0)
    assert (keyboard.value("press2"), keyboard.value("press3")) == (0, 1)
    keyboard.registered(MASTER, 0, 12)
    assert keyboard.value("bend2") == 12
    keyboard.registered(MASTER, 6, 15)  # and back
    keyboard.pass_time(1)
    keyboard.on(65, channel=1)
    keyboard.bend(1, midi.BEND_MAX)
    assert keyboard.sounding == {65}
    assert 48 in [keyboard.value(f"bend{voice}") for voice in (1, 2, 3)]


def test_a_zone_that_is_announced_begins_with_the_usual_bends() -> None:
    keyboard = MpeKeyboard()
    keyboard.registered(1, 0, 12)
    keyboard.registered(MASTER, 0, 7)
    keyboard.registered(MASTER, 6, 5)
    keyboard.on(60, channel=1)
    keyboard.bend(1, midi.BEND_MAX)
    assert keyboard.value("bend1") == 48
    keyboard.bend(1, midi.BEND_CENTRE)
    keyboard.bend(MASTER, midi.BEND_MAX)
    assert keyboard.value("bend1") == 2


def test_a_bend_range_that_changes_counts_for_what_is_held() -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.bend(1, midi.BEND_MAX)
    keyboard.registered(1, 0, 24)
    assert keyboard.value("bend1") == 24


@pytest.mark.parametrize("channel", [MASTER, 1])
def test_reset_all_controllers_brings_bend_and_pressure_to_rest_and_selects_nothing(channel: int) -> None:
    keyboard = MpeKeyboard()
    keyboard.on(60, channel=1)
    keyboard.bend(1, 0)
    keyboard.press(1, 127)
    keyboard.control(midi.TIMBRE, 0, 1)
    keyboard.control(midi.RPN, 0, channel)
    keyboard.control(midi.RPN_FINE, 6, channel)
    keyboard.control(midi.RESET_ALL_CONTROLLERS, 0, channel)
    keyboard.control(midi.DATA_ENTRY, 3, channel)  # about nothing
    assert keyboard.sounding == {60}
    assert [keyboard.value(f"{name}1") for name in ("bend", "press", "timbre")] == [0, 0, 0]


def test_a_keyboard_plugged_in_again_has_no_finger_on_it() -> None:
    keyboard = MpeKeyboard()
    keyboard.bend(1, 0)
    keyboard.press(1, 127)
    keyboard.take(keyboard.voices.release(keyboard.now))
    keyboard.on(60, channel=1)
    assert (keyboard.value("bend1"), keyboard.value("press1")) == (0, 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 127)), max_size=10))
def test_zones_never_share_a_channel(announced: list[tuple[bool, int]]) -> None:
    zones = Zones(lower=15, upper=0, bend_range=48)
    for is_lower, size in announced:
        channel = 0 if is_lower else 15
        for controller, value in ((midi.RPN, 0), (midi.RPN_FINE, 6), (midi.DATA_ENTRY, size)):
            zones.control((midi.CONTROL_CHANGE | channel, controller, value))
        masters = [zone.master for c in midi.CHANNELS if (zone := zones.zone(c)) is not None]
        size_of = {master: masters.count(master) for master in masters}
        assert size_of.get(channel, 1) == min(size, 15) + 1
        assert sum(size_of.values()) <= 16


channels = st.integers(0, 15)
steps = st.one_of(
    st.tuples(st.just("on"), st.integers(50, 58), st.integers(1, 127), channels),
    st.tuples(st.just("off"), st.integers(50, 58), channels),
    st.tuples(st.just("bend"), channels, st.integers(0, midi.BEND_MAX)),
    st.tuples(st.just("press"), channels, st.integers(0, 127)),
    st.tuples(
        st.just("control"),
        st.sampled_from([midi.SUSTAIN, midi.SOSTENUTO, midi.TIMBRE, 6, 38, 98, 99, 100, 101, 121, 123]),
        st.integers(0, 127),
        channels,
    ),
    st.tuples(st.just("registered"), channels, st.sampled_from([0, 6]), st.integers(0, 127)),
    st.tuples(st.just("pass_time"), st.floats(0, 0.2)),
)


@given(st.lists(steps, max_size=60))
def test_whatever_is_played_letting_go_of_everything_leaves_silence(script: list[tuple[object, ...]]) -> None:
    keyboard = MpeKeyboard()
    for name, *arguments in script:
        getattr(keyboard, str(name))(*arguments)
    for channel in midi.CHANNELS:
        for pedal in (midi.SUSTAIN, midi.SOSTENUTO):
            keyboard.control(pedal, 0, channel)
        for note in range(50, 59):
            keyboard.off(note, channel)
    keyboard.pass_time(1)
    assert keyboard.sounding == set()
    assert keyboard.needless == 0
