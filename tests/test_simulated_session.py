"""The simulated session on its own: no socket, no thread, no clock.

What is asserted of Nallely here was measured on the real one (0.7.0), unless it says otherwise.
"""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.simulated.devices import Lfo, Parameter, Synth
from nallely_midibridge.simulated.happenings import ProbeValue
from nallely_midibridge.simulated.patch import WithScaler
from nallely_midibridge.simulated.registry import SessionError
from nallely_midibridge.simulated.session import Session

KEYS = [Parameter("voice1", 0, 127), Parameter("voice2", 0, 127), Parameter("mon1", 0, 127), Parameter("mon2", 0, 1)]


@pytest.fixture
def session() -> Session:
    """A session with a neuron ``keys``, a synth and an LFO."""
    session = Session()
    session.configure("keys", KEYS)
    session.add(Synth("synth", section="keys"))
    session.add(Lfo("LFO1", speed=0.01))
    return session


def wire(session: Session, source: str, destination: str, with_scaler: WithScaler = True, keep: bool = False) -> None:
    session.link(session.end(source), session.end(destination), with_scaler, keep)


def play(session: Session, *values: float, voice: str = "voice1") -> list[str]:
    """What the synth gets for these values, as ``on 60``."""
    return [str(note) for value in values for note in session.receive("keys", voice, value)]


def names(session: Session, neuron: str) -> list[str]:
    return [parameter.name for parameter in session.registry.neurons.get(neuron, ())]


# Voices.


@pytest.mark.parametrize(
    ("sent", "played"),
    [
        ([60, 0], "on 60, off 60"),
        ([60, 64, 0], "on 60, off 60, on 64, off 64"),
        ([60, 60, 60, 0], "on 60, off 60, on 60, off 60"),
        ([60, 0, 60, 0], "on 60, off 60, on 60, off 60"),
        ([200], "on 127"),
        ([-1], ""),
        ([60.4, 60.6, 0], "on 60, off 60, on 61, off 61"),
        ([0.4, 0], ""),
        ([math.nan, 62, 0], "on 62, off 62"),
    ],
)
def test_a_voice_plays_what_the_table_says(session: Session, sent: list[float], played: str) -> None:
    wire(session, "keys.voice1", "synth.keys")
    assert ", ".join(play(session, *sent)) == played


@pytest.mark.parametrize(
    ("sent", "played"),
    [
        ([60, 60, 60, 0], "on 60, off 60, on 60, off 60"),
        ([200, 127, 0], "on 127, off 127, on 127, off 127"),
        ([-1, 0], "on 0, off 0"),
        ([math.inf, 62, 0], "on 62, off 62"),
    ],
)
def test_a_raw_voice_is_not_held_to_its_range(session: Session, sent: list[float], played: str) -> None:
    wire(session, "keys.voice1", "synth.keys", with_scaler=False)
    assert ", ".join(play(session, *sent)) == played


@given(st.lists(st.sampled_from([0, 0, 48, 60, 60, 72, 127, 200, -1, 60.3])))
def test_a_voice_sounds_one_note_at_most_and_none_after_a_zero(values: list[float]) -> None:
    session = Session()
    session.configure("keys", KEYS)
    synth = Synth("synth", section="keys")
    session.add(synth)
    wire(session, "keys.voice1", "synth.keys")
    for value in values:
        session.receive("keys", "voice1", value)
        assert len(synth.notes) <= 1
    session.receive("keys", "voice1", 0)
    assert synth.notes == ()


def test_two_voices_hold_a_note_each(session: Session) -> None:
    wire(session, "keys.voice1", "synth.keys")
    wire(session, "keys.voice2", "synth.keys")
    play(session, 60)
    play(session, 64, voice="voice2")
    play(session, 0)
    synth = session.devices["synth"]
    assert isinstance(synth, Synth)
    assert synth.notes == (64,)


def test_unlinking_a_voice_silences_the_whole_synth_and_later_zeros_still_send_their_note_off(
    session: Session,
) -> None:
    wire(session, "keys.voice1", "synth.keys")
    wire(session, "keys.voice2", "synth.keys")
    play(session, 65)
    play(session, 67, voice="voice2")
    silenced = session.unlink(session.end("keys.voice2"), session.end("synth.keys"))
    assert [str(note) for note in silenced] == ["off 65", "off 67"]
    assert play(session, 0) == ["off 65"]


# Links.


def test_a_raw_link_passes_every_value_and_nan_becomes_the_smallest_float(session: Session) -> None:
    wire(session, "keys.voice1", "keys.mon1", with_scaler=False)
    sent = [60.0, -1.0, 200.0, math.inf, -math.inf, math.nan]
    arrived = [delivery.value for value in sent for delivery in probe_values(session, value)]
    assert arrived == [60.0, -1.0, 200.0, math.inf, -math.inf, sys.float_info.min]


@pytest.mark.parametrize(
    ("with_scaler", "sent", "arrives"),
    [
        (True, 64, 64 / 127),
        (True, 200, 1),
        (True, -1, 0),
        ({"to_min": 10.0, "to_max": 20.0}, 127, 20.0),
        ({"to_min": 0.0, "to_max": 10.0, "as_int": True}, 100, 7),
        ({"to_min": 0, "to_max": 10}, 100, 7),
        ({"to_min": None, "to_max": None, "as_int": True}, 60.7, 60),
    ],
)
def test_a_link_scales_from_the_declared_range(
    session: Session, with_scaler: WithScaler, sent: float, arrives: float
) -> None:
    wire(session, "keys.voice1", "keys.mon2", with_scaler)
    assert [delivery.value for delivery in probe_values(session, sent)] == [arrives]


def test_wired_twice_everything_arrives_twice_and_only_the_second_link_can_be_undone(session: Session) -> None:
    wire(session, "keys.voice1", "synth.keys")
    wire(session, "keys.voice1", "synth.keys", with_scaler=False)
    assert len(list(session.patch)) == 1
    assert play(session, 60, 0) == ["on 60", "on 60", "off 60", "off 60"]
    session.unlink(session.end("keys.voice1"), session.end("synth.keys"))
    assert not list(session.patch)
    assert play(session, 60, 0) == ["on 60", "off 60"]


def test_a_parameter_moves_the_lfo(session: Session) -> None:
    wire(session, "keys.voice1", "LFO1.speed")
    session.receive("keys", "voice1", 127)
    lfo = session.devices["LFO1"]
    assert isinstance(lfo, Lfo)
    assert lfo.speed == 10.0


@pytest.mark.parametrize("destination", ["synth.drums", "LFO1.nothing"])
def test_what_no_device_has_cannot_be_wired(session: Session, destination: str) -> None:
    with pytest.raises(SessionError):
        wire(session, "keys.voice1", destination)


def test_a_link_waits_for_its_neuron_and_goes_with_it(session: Session) -> None:
    wire(session, "late.x", "keys.mon1", with_scaler=False)
    assert session.receive("late", "x", 1.0) == []
    session.configure("late", [Parameter("x", 0, 127)])
    assert session.receive("late", "x", 1.0) == [ProbeValue("keys", "mon1", 1.0, "late_x")]
    session.unregister("late")
    session.configure("late", [Parameter("x", 0, 127)])
    assert session.receive("late", "x", 1.0) == []


def test_a_reset_forgets_a_link_that_waits(session: Session) -> None:
    wire(session, "late.x", "keys.mon1")
    session.reset()
    session.open_bus()
    session.configure("keys", KEYS)
    session.configure("late", [Parameter("x", 0, 127)])
    assert session.receive("late", "x", 1.0) == []


def test_a_kept_link_comes_back_once_with_its_neuron_and_after_a_reset(session: Session) -> None:
    wire(session, "keys.voice1", "synth.keys", keep=True)
    session.unregister("keys")
    session.configure("keys", KEYS)
    session.configure("keys", [Parameter("extra")], "add_parameters")
    assert play(session, 60, 0) == ["on 60", "off 60"]
    session.reset()
    session.open_bus()
    session.configure("keys", KEYS)
    session.add(Synth("synth", section="keys"))
    assert play(session, 60, 0) == ["on 60", "off 60"]


# What is registered.


def test_registering_again_changes_nothing(session: Session) -> None:
    assert not session.configure("keys", [*KEYS, Parameter("cutoff", 0, 1)])
    assert names(session, "keys") == ["voice1", "voice2", "mon1", "mon2"]


def test_a_parameter_added_twice_is_there_twice_and_cannot_be_removed_in_peace(session: Session) -> None:
    session.configure("keys", [Parameter("mon2", 0, 5)], "add_parameters")
    assert names(session, "keys") == ["voice1", "voice2", "mon1", "mon2", "mon2"]
    with pytest.raises(SessionError):
        session.configure("keys", [Parameter("mon2")], "remove_parameters")
    assert names(session, "keys") == ["voice1", "voice2", "mon1"]


def test_what_is_wired_to_a_removed_parameter_still_arrives(session: Session) -> None:
    wire(session, "keys.voice1", "keys.mon1", with_scaler=False)
    session.configure("keys", [Parameter("mon1")], "remove_parameters")
    assert probe_values(session, 5.0) == [ProbeValue("keys", "mon1", 5.0, "keys_voice1")]


def test_a_value_nobody_registered_leaves_a_phantom_until_somebody_does(session: Session) -> None:
    assert session.receive("keys", "cutoff", 1.0) == []
    assert session.registry.phantoms == {"keys_cutoff"}
    session.configure("keys", [Parameter("cutoff")], "add_parameters")
    assert session.registry.phantoms == set()


def test_a_neuron_with_an_underscore_receives_nothing_and_haunts_its_first_half() -> None:
    session = Session()
    session.configure("my_keys", [Parameter("out", 0, 127), Parameter("mon", 0, 127)])
    wire(session, "my_keys.out", "my_keys.mon", with_scaler=False)
    assert session.receive("my_keys", "out", 5.0) == [ProbeValue("my", "keys_mon", 5.0, "my_keys_out")]
    session.configure("my", [Parameter("q")])
    assert "my" not in session.registry.neurons


def test_a_doubled_link_leaves_a_ghost_when_its_neuron_is_unregistered(session: Session) -> None:
    for _ in range(2):
        wire(session, "LFO1.output", "keys.mon1")
    session.unregister("keys")
    session.advance(0.0)
    session.configure("keys", KEYS)
    assert "keys" not in session.registry.neurons
    session.unregister("keys")
    session.configure("keys", KEYS)
    assert "keys" not in session.registry.neurons, "unregistering does not help"
    session.reset()
    session.open_bus()
    session.configure("keys", KEYS)
    assert "keys" in session.registry.neurons


def test_a_new_bus_is_rid_of_doubled_links_and_ghosts(session: Session) -> None:
    for _ in range(2):
        wire(session, "LFO1.output", "keys.mon1")
    session.forget_bus()
    session.open_bus()
    assert session.advance(0.0) == []
    session.configure("keys", KEYS)
    assert "keys" in session.registry.neurons


def test_a_reset_leaves_nothing_and_ends_every_note(session: Session) -> None:
    wire(session, "keys.voice1", "synth.keys")
    play(session, 60)
    bus_id = session.bus_id
    assert [str(note) for note in session.reset()] == ["off 60"]
    assert not session.devices
    assert not session.registry.neurons
    assert not list(session.patch)
    session.open_bus()
    assert session.bus_id != bus_id


# The LFO.


@pytest.mark.parametrize(("speed", "frames"), [(0.01, 50), (1, 50), (10, 200), (100, 2000)])
def test_an_lfo_sends_as_often_as_its_speed_says(speed: float, frames: int) -> None:
    lfo = Lfo("LFO1", speed)
    values = [value for step in range(101) for value in lfo.advance(step / 100)]
    assert frames - 2 <= len(values) <= frames + 1
    assert all(0 <= value <= 127 for value in values)


def test_an_lfo_covers_its_range_in_one_turn() -> None:
    lfo = Lfo("LFO1", speed=1.0)
    values = [value for step in range(101) for value in lfo.advance(step / 100)]
    assert min(values) < 1
    assert max(values) > 126


def test_an_lfo_stepped_late_skips_what_is_too_old() -> None:
    lfo = Lfo("LFO1", speed=1.0)
    lfo.advance(0.0)
    assert len(lfo.advance(3600.0)) <= 50 * Lfo.LONGEST_LAG + 1


def test_an_lfo_that_stands_still_sends_its_value_once() -> None:
    lfo = Lfo("LFO1", speed=0.0)
    assert [value for step in range(101) for value in lfo.advance(step / 100)] == [63.5]


@pytest.mark.parametrize("speed", [math.nan, math.inf, -1.0])
def test_no_speed_stops_the_clock(speed: float) -> None:
    lfo = Lfo("LFO1")
    lfo.set("speed", speed)
    lfo.advance(0.0)
    assert lfo.next_at is not None
    assert lfo.next_at > 0.0


def probe_values(session: Session, value: float) -> list[ProbeValue]:
    """What reaches probes when voice1 is sent a value."""
    return [delivery for delivery in session.receive("keys", "voice1", value) if isinstance(delivery, ProbeValue)]
