"""The daemon against the real Nallely, from a MIDI keyboard to the notes that leave its MIDIBridge device.

Opt-in: ``NALLELY_PYTHON=/path/to/python make nallely``, with jackd installed.
"""

import itertools
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nallely_midibridge.cli.main import main
from nallely_midibridge.connector import NallelyWebsocketBus
from nallely_midibridge.edges.registrar import tell_unregister
from nallely_midibridge.values.mapping import Bus
from tests.daemon import Daemon
from tests.jack_peers import Listener, player
from tests.real_nallely import RealNallely, Trevor, parameters

pytestmark = [
    pytest.mark.nallely,
    pytest.mark.jack,
    pytest.mark.skipif("NALLELY_PYTHON" not in os.environ, reason="NALLELY_PYTHON names no Python with Nallely"),
]

VOICES = ("voice1", "voice2", "voice3", "voice4")
CHORD = (60, 64, 67, 71)
NOTE_ON, NOTE_OFF = 0x90, 0x80
MAPPING = """
ports:
  keys: "test-keyboard"
  daw: {virtual: "Nallely"}
neurons:
  keys:
    voices:
      voice: {from: keys, count: 4}
    probes:
      mon1: {to: daw, cc: 20}
"""


@pytest.fixture
def trevor(jack: str) -> Iterator[Trevor]:
    with RealNallely(jack_server=jack) as nallely, Trevor(nallely.trevor_address) as trevor:
        yield trevor


@pytest.fixture
def keyboard(jack: str) -> Iterator[Any]:
    with player("test-keyboard") as keyboard:
        yield keyboard


@pytest.fixture
def daemon(keyboard: Any, trevor: Trevor, tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path / "bridge.yaml", MAPPING) as daemon:
        daemon.wait_for("test-keyboard:out is open")
        trevor.wait_for(lambda state: len(parameters(state, "keys")) == len(VOICES) + 1)
        yield daemon


@pytest.fixture
def synth(daemon: Daemon, trevor: Trevor) -> Iterator[Listener]:
    """What a musician does in the browser: a MIDI output on the voices. Hears what leaves it."""
    trevor.create("MIDIBridge")
    for voice in VOICES:
        trevor.link(f"keys.{voice}", "MIDIBridge0.X0", with_scaler=False)
    with Listener("NallelyBridge0") as synth:
        yield synth


def play(keyboard: Any, status: int) -> None:
    for note in CHORD:
        keyboard.send_message((status, note, 100))
        time.sleep(0.02)


def notes(messages: list[tuple[int, ...]], status: int) -> list[int]:
    return [message[1] for message in messages if message[0] & 0xF0 == status]


def test_a_keyboards_chord_sounds_on_a_device_wired_to_the_voices(keyboard: Any, synth: Listener) -> None:
    play(keyboard, NOTE_ON)
    assert notes(synth.wait_for(4), NOTE_ON) == list(CHORD)
    play(keyboard, NOTE_OFF)
    assert notes(synth.wait_for(8), NOTE_OFF) == list(CHORD)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_held_chord_ends_when_the_daemon_is_stopped(
    keyboard: Any, synth: Listener, daemon: Daemon, number: int
) -> None:
    play(keyboard, NOTE_ON)
    synth.wait_for(4)
    assert daemon.stop(number) < 1
    assert daemon.status == 0
    assert sorted(notes(synth.wait_for(8), NOTE_OFF)) == list(CHORD)


def test_an_lfo_wired_to_a_probe_arrives_as_cc(daemon: Daemon, trevor: Trevor) -> None:
    trevor.create("LFO")
    trevor.set_value("LFO1.speed", 10)
    with Listener(":Nallely") as daw:
        trevor.link("LFO1.output", "keys.mon1")
        daw.wait_for(500, 10)
    values = [value for _, _, value in daw.received]
    assert {message[:2] for message in daw.received} == {(0xB0, 20)}
    assert all(one != next_one for one, next_one in itertools.pairwise(values))
    assert max(values) - min(values) > 40


def test_a_round_trip_is_measured_and_nothing_stays(trevor: Trevor, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["latency", "--bus", "localhost:6789", "--count", "20", "--json"]) == 0
        measured = json.loads(capsys.readouterr().out)
        assert measured["sent"] == 20
        assert measured["p50_seconds"] < 0.1
        assert trevor.refreshed()["connections"] == []
        assert not parameters(trevor.state, "latency")


def test_a_neuron_is_forgotten_where_trevor_is_not_asked(trevor: Trevor) -> None:
    """What `latency` does where somebody linked it by hand: the bus alone forgets it, and its link."""
    limits = {"min": 0.0, "max": 127.0}
    bus = NallelyWebsocketBus("localhost:6789")
    bus.register("external", "latency", {"out": limits, "back": limits}, {}, log=lambda _: None, block=True)
    trevor.link("latency.out", "latency.back", with_scaler=False)
    bus.close()
    tell_unregister(Bus("ws://localhost:6789"), "latency")
    state = trevor.refreshed()
    assert state["connections"] == []
    assert not parameters(state, "latency")
