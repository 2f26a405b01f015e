"""Laws of the way there and back: what a probe sends, a source of the same kind gives back, as exactly as the wire is.

Through the mapping file's own words, the engine, and MIDI messages from a port to another, for every kind that both
ways have.
"""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.mapping_file.params import SOURCES
from nallely_midibridge.mapping_file.probes import DESTINATIONS
from nallely_midibridge.values.effects import SendMidi, SendValue, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkUp,
    MidiReceived,
    PortOpened,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping
from nallely_midibridge.values.scale import Scale

CURVES = ("linear", "exp", "log", "s", "[[0, 0], [0.3, 0.6], [0.7, 0.65], [1, 1]]")
RANGES = ((0.0, 1.0), (-2.0, 2.0), (20.0, 18000.0), (1000.0, 20.0), (0.0, 127.0))
SETTLES = 0.05
"""Seconds in which what was sent has arrived, the fine half of a pair waited for."""


@cache
def loop(sent: str, heard: str, more: str = "") -> Mapping:
    """A probe ``there`` that leaves on one port, and a parameter ``back`` that listens on another."""
    return load_text(
        f"""
ports: {{far: {{output: Far, rate: 100000}}, near: {{input: Near}}}}
neurons:
  n:
    probes:
      there: {{to: far, {sent}}}
      {f"more: {{to: far, {more}}}" if more else ""}
    params:
      back: {{from: near, {heard}}}
"""
    )


class Cable:
    """A cable from one port of a bridge to the other, and a clock moved by hand."""

    def __init__(self, mapping: Mapping) -> None:
        self.engine = Engine(mapping)
        self.now = 0.0
        self.wake_at: float | None = None
        self.back: float | None = None
        for event in (PortOpened("far", Direction.OUTPUT), PortOpened("near", Direction.INPUT), LinkUp("n")):
            self.happens(event)

    def sends(self, value: float, parameter: str = "there") -> float | None:
        """What has come back once a value has gone out."""
        self.happens(ValueReceived("n", parameter, value))
        self.pass_time(SETTLES)
        return self.back

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.wake_at is not None and self.wake_at <= end:
            self.now, self.wake_at = max(self.now, self.wake_at), None
            self.happens(TimeReached())
        self.now = end

    def happens(self, event: Event) -> None:
        for effect in self.engine.handle(event, self.now):
            match effect:
                case WakeAt(at):
                    self.wake_at = at
                case SendMidi("far", message):
                    self.happens(MidiReceived("near", message))
                case SendValue("n", "back", value):
                    self.back = value


SEVEN, FOURTEEN, BEND = 127, 16383, 16382
"""Steps of a position; a bend has as many on each side of its middle."""

POSITIONS = {
    "cc: 20": SEVEN,
    "cc14: 5": FOURTEEN,
    "cc14: {coarse: 70, fine: 12}": FOURTEEN,
    "nrpn: 1234": FOURTEEN,
    "nrpn: 1234, bits: 7": SEVEN,
    "rpn: fine-tuning": FOURTEEN,
    "rpn: 5, bits: 7": SEVEN,
    "pitchbend: true": BEND,
    "pressure: true": SEVEN,
    "poly_pressure: C3": SEVEN,
    "program: true": SEVEN,
}
"""The kinds that have a position, and in how many steps."""
SENT = {kind: (f"{kind}, send: full",) if "rpn" in kind else () for kind in POSITIONS}


def rows() -> list[tuple[str, str]]:
    return [(sent, kind) for kind in POSITIONS for sent in (kind, *SENT[kind])]


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(("sent", "heard"), rows())
@given(st.sampled_from(RANGES), st.booleans(), st.lists(st.floats(-0.1, 1.1), min_size=1, max_size=6))
@settings(max_examples=15)
def test_a_value_comes_back_to_the_resolution_of_the_wire(
    curve: str, sent: str, heard: str, span: tuple[float, float], invert: bool, shares: list[float]
) -> None:
    """Law: value after value is back within half a step, the ends exactly, whatever the range, curve and direction."""
    low, high = span
    shape = f"range: [{low}, {high}], curve: {curve}, invert: {str(invert).lower()}"
    mapping = loop(f"{sent}, {shape}", f"{heard}, {shape}")
    scale: Scale = mapping.neurons[0].params[0].scale
    cable = Cable(mapping)
    for share in (*shares, 0.0, 1.0):
        value = low + share * (high - low)
        back = cable.sends(value)
        assert back is not None
        assert abs(scale.position(back) - scale.position(value)) <= 0.5 / POSITIONS[heard] + 1e-6
    assert back == high


@given(st.sampled_from(CURVES), st.booleans(), st.lists(st.integers(1, 127), min_size=1, max_size=8))
def test_a_note_comes_back_by_its_number(curve: str, invert: bool, notes: list[int]) -> None:
    shape = f"range: [0, 1], curve: {curve}, invert: {str(invert).lower()}"
    mapping = loop("note: true", f"note: any, value: number, {shape}")
    scale = mapping.neurons[0].params[0].scale
    cable = Cable(mapping)
    for note in notes:
        assert cable.sends(float(note)) == scale.value(note / 127)
        assert cable.sends(0.0) == scale.value(note / 127)  # a key that is up leaves its number


@given(st.sampled_from(CURVES), st.booleans(), st.lists(st.integers(1, 127), min_size=1, max_size=8))
def test_a_note_comes_back_with_its_velocity(curve: str, invert: bool, velocities: list[int]) -> None:
    shape = f"range: [0, 1], curve: {curve}, invert: {str(invert).lower()}"
    mapping = loop("note: true, velocity: loud", f"note: any, value: velocity, {shape}")
    scale = mapping.neurons[0].params[0].scale
    cable = Cable(mapping)
    for velocity in velocities:
        cable.sends(float(velocity), "loud")
        assert cable.sends(60.0) == scale.value(velocity / 127)
        assert cable.sends(0.0) == scale.value(0.0)


@pytest.mark.parametrize("sent", ["gate: C3", "transport: true"])
@pytest.mark.parametrize("invert", [False, True])
@given(st.lists(st.booleans(), min_size=1, max_size=10))
def test_on_and_off_come_back(sent: str, invert: bool, states: list[bool]) -> None:
    heard = "note: C3" if sent == "gate: C3" else sent
    cable = Cable(loop(sent, f"{heard}, range: [2, 5], invert: {str(invert).lower()}"))
    for state in (True, *states):
        assert cable.sends(float(state)) == (5 if state is not invert else 2)


@given(st.lists(st.floats(20, 300), min_size=1, max_size=3))
@settings(max_examples=30)
def test_a_tempo_comes_back_within_a_tenth(tempos: list[float]) -> None:
    """Law: after eight beats the tempo is right within a tenth of a beat a minute, and so is the next."""
    cable = Cable(loop("clock: true", "clock: bpm"))
    for tempo in tempos:
        cable.sends(tempo)
        cable.pass_time(8 * 60 / tempo)
        assert cable.back == pytest.approx(tempo, abs=0.1)


def test_a_clock_and_a_transport_come_back_as_running_and_as_beats() -> None:
    running = Cable(loop("clock: true", "clock: running", "transport: true"))
    assert running.sends(120.0) is None
    assert [running.sends(state, "more") for state in (1.0, 0.0, 1.0)] == [1, 0, 1]
    beat = Cable(loop("clock: true", "clock: beat", "transport: true"))
    beat.sends(1.0, "more")
    assert beat.sends(120.0) == 1
    beat.pass_time(0.25)
    assert beat.back == 0
    beat.pass_time(0.25)
    assert beat.back == 1


def test_no_kind_is_left_out() -> None:
    """Every kind that a source and a destination have in common is in one of the laws above."""
    shown = {kind.partition(":")[0] for kind in POSITIONS} | {"note", "clock", "transport"}
    assert set(SOURCES) == shown
    assert set(DESTINATIONS) == shown | {"gate"}
