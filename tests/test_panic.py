"""Laws of a panic: silence on both sides whatever went before, and then music again as if nothing had been held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.values import midi
from nallely_midibridge.values.counts import VoiceCounts
from nallely_midibridge.values.effects import SendMidi, SendValue, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkDown,
    LinkUp,
    MidiReceived,
    Panic,
    PortLost,
    PortOpened,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.midi import MidiMessage
from tests.waiting import wait_for

MAPPING = """
ports: {keys: K, out: {output: O}, away: {output: A}}
neurons:
  n:
    voices:
      voice: {from: keys, count: 2, notes: C4..G9, retrigger_gap: 10ms, restore: true, velocity: vel}
    params:
      gate: {from: keys, note: C1, range: [0, 1]}
    probes:
      lead: {to: out, note: true, channel: 3}
      drum: {to: out, gate: C2, channel: 10}
      mon: {to: out, cc: 20}
      lost: {to: away, note: true}
"""
ZEROS = [("voice1", 0.0), ("voice2", 0.0)]


class Room:
    """An engine, a clock, and what sounds: the session by the values it got, MIDI by the messages that went out."""

    def __init__(self) -> None:
        self.engine = Engine(load_text(MAPPING))
        self.now = 1.0
        self.wake_at: float | None = None
        self.values: list[tuple[str, float]] = []
        self.messages: list[MidiMessage] = []
        self.happens(PortOpened("out", Direction.OUTPUT))
        self.happens(LinkUp("n"))
        self.pass_time(1)
        self.forget()

    def happens(self, event: Event) -> None:
        for effect in self.engine.handle(event, self.now):
            if isinstance(effect, SendValue):
                self.values.append((effect.parameter, effect.value))
            elif isinstance(effect, SendMidi):
                assert effect.port == "out"
                self.messages.append(effect.message)
            elif isinstance(effect, WakeAt):
                self.wake_at = effect.at

    def plays(self, *message: int) -> None:
        self.happens(MidiReceived("keys", message))

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.wake_at is not None and self.wake_at <= end:
            self.now, self.wake_at = max(self.now, self.wake_at), None
            self.happens(TimeReached())
        self.now = end

    def forget(self) -> None:
        self.values.clear()
        self.messages.clear()

    @property
    def sounding(self) -> set[str]:
        return {name for name, value in dict(self.values).items() if value and not name.startswith("vel")}

    @property
    def notes(self) -> set[tuple[int, int]]:
        """What a synth that knows no panic controllers still plays, as (channel, note)."""
        on: set[tuple[int, int]] = set()
        for status, number, value in self.messages:
            if status & 0xE0 == 0x80:
                (on.add if status & 0x10 and value else on.discard)((status & 0x0F, number))
        return on


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_panic_zeroes_every_voice_that_sounds_and_every_one_that_should_not(room: Room) -> None:
    """Law: somebody else may have played our voices, so the ledger is not believed."""
    room.plays(0x90, 60, 100)
    room.forget()
    room.happens(Panic())
    assert room.values == ZEROS
    room.happens(Panic())
    assert room.values == ZEROS * 2


def test_the_keys_that_were_held_do_nothing_when_they_come_up_and_play_when_pressed_again(room: Room) -> None:
    room.plays(0xB0, midi.SUSTAIN, 127)
    for note in (60, 64, 67):
        room.plays(0x90, note, 100)
    room.happens(Panic())
    room.pass_time(1)
    room.forget()
    for note in (60, 64, 67):
        room.plays(0x80, note, 0)
    room.pass_time(1)
    assert room.values == []
    room.plays(0x90, 64, 100)
    assert room.sounding == {"voice1"}
    room.plays(0x80, 64, 0)
    assert room.sounding == set()


def test_a_key_pressed_at_once_after_a_panic_sounds_after_the_gap(room: Room) -> None:
    room.plays(0x90, 60, 100)
    room.happens(Panic())
    room.plays(0x90, 60, 100)
    assert room.sounding == set()
    room.pass_time(0.011)
    assert room.sounding == {"voice1"}


def test_notes_that_waited_to_sound_or_to_come_back_are_forgotten(room: Room) -> None:
    for note in (60, 64, 67, 71):
        room.plays(0x90, note, 100)
    room.happens(Panic())
    room.pass_time(1)
    assert room.sounding == set()


def test_a_control_that_a_key_holds_is_let_go_of(room: Room) -> None:
    room.plays(0x90, 24, 100)
    room.happens(Panic())
    assert room.values == [("gate", 1), *ZEROS, ("gate", 0)]
    room.plays(0x80, 24, 0)
    room.plays(0x90, 24, 100)
    assert room.values[-1] == ("gate", 1)
    assert len(room.values) == 5


def test_outputs_get_the_notes_off_they_are_owed_and_then_what_ends_every_note_on_every_channel(room: Room) -> None:
    room.happens(ValueReceived("n", "lead", 60))
    room.happens(ValueReceived("n", "drum", 1))
    room.happens(ValueReceived("n", "lost", 60))
    room.forget()
    room.happens(Panic())
    assert room.messages[:2] == [(0x82, 60, 0), (0x89, 36, 0)]
    everything = [(0xB0 | channel, controller, 0) for channel in range(16) for controller in (123, 120)]
    assert room.messages[2:] == everything


def test_a_probe_plays_again_with_the_next_value_and_only_then(room: Room) -> None:
    room.happens(ValueReceived("n", "lead", 60))
    room.happens(Panic())
    room.pass_time(1)
    room.forget()
    room.happens(ValueReceived("n", "lead", 0))
    assert room.messages == []
    room.happens(ValueReceived("n", "lead", 60))
    assert room.messages == [(0x92, 60, 100)]


def test_nothing_is_sent_where_nobody_is_and_what_was_held_is_forgotten_there_too(room: Room) -> None:
    room.plays(0x90, 60, 100)
    room.happens(LinkDown("n"))
    room.happens(PortLost("out", Direction.OUTPUT))
    room.forget()
    room.happens(Panic())
    assert (room.values, room.messages) == ([], [])
    room.happens(LinkUp("n"))
    room.pass_time(1)
    assert room.values == ZEROS


keys = st.tuples(st.sampled_from([0x90, 0x80, 0x91]), st.sampled_from([24, 60, 61, 62, 63]), st.sampled_from([0, 100]))
pedals = st.tuples(st.just(0xB0), st.sampled_from([midi.SUSTAIN, midi.SOSTENUTO]), st.sampled_from([0, 127]))
values = st.tuples(st.sampled_from(["lead", "drum", "mon", "lost"]), st.sampled_from([0.0, 1.0, 60.0, 61.4]))
happenings = st.one_of(
    st.builds(lambda message: MidiReceived("keys", message), keys | pedals),
    st.builds(lambda pair: ValueReceived("n", *pair), values),
    st.sampled_from([LinkUp("n"), LinkDown("n"), PortLost("keys", Direction.INPUT), Panic()]),
    st.floats(0, 0.03),
)


@given(st.lists(happenings, max_size=40))
def test_after_a_panic_there_is_silence_whatever_went_before(script: list[Event | float]) -> None:
    """Law: and it lasts until somebody plays; then each key plays as on the first day."""
    room = Room()
    for step in script:
        if isinstance(step, float):
            room.pass_time(step)
        else:
            room.happens(step)
    room.happens(LinkUp("n"))
    room.happens(Panic())
    assert room.engine.voices() == {"n": VoiceCounts(2, 0, 0, room.engine.voices()["n"].stolen)}
    room.pass_time(1)
    for note in (24, 60, 61, 62, 63):
        room.plays(0x80, note, 0)
    room.pass_time(1)
    assert (room.sounding, room.notes) == (set(), set())
    room.forget()
    for note in (60, 61):
        room.plays(0x90, note, 100)
    assert [value for name, value in room.values if name.startswith("voice")] == [60, 61]


def test_with_a_session_a_synth_and_a_daw_all_is_silent_and_plays_on() -> None:
    text = """
    nallely: {{bus: "{address}"}}
    ports: {{keys: K, daw: {{virtual: D}}}}
    neurons:
      n:
        voices: {{voice: {{from: keys, count: 2}}}}
        probes: {{lead: {{to: daw, note: true}}}}
    """
    system = MemorySystem()
    pressed, daw = system.plug("K"), system.virtual("D")
    with SimulatedNallely() as nallely:
        for voice in ("voice1", "voice2"):
            nallely.link(f"n.{voice}", "synth.keys", with_scaler=False)
        with Bridge(load_text(text.format(address=nallely.address)), lambda: system) as bridge:
            assert nallely.wait_for_neuron("n")
            pressed.send(0x90, 60, 100)
            nallely.feed("n.lead", 50)
            assert nallely.wait_for(lambda: nallely.synth.notes == (60,))
            assert wait_for(lambda: daw.received)
            bridge.handle(Panic())
            bridge.handle(Panic())
            assert nallely.wait_for(lambda: nallely.synth.notes == ())
            assert daw.received[:2] == [(0x90, 50, 100), (0x80, 50, 0)]
            assert len(daw.received) == 2 + 2 * 32
            history = [(note.on, note.note) for note in nallely.synth.history]
            assert history == [(True, 60), (False, 60)]
            pressed.send(0x80, 60, 0)
            pressed.send(0x90, 62, 100)
            assert nallely.wait_for(lambda: nallely.synth.notes == (62,))
