"""From an empty session and one mapping file to a chord on a MIDI output, with no hand on a browser.

Opt-in, as ``test_real_nallely.py``. Links are counted each time by what the session shows, and by what is heard: a link
that is there twice would sound each note twice.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Daemon
from tests.jack_peers import Listener, player
from tests.jack_server import running_jack
from tests.real_nallely import RealNallely, Trevor, parameters
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.nallely,
    pytest.mark.jack,
    pytest.mark.timeout(120),
    pytest.mark.skipif("NALLELY_PYTHON" not in os.environ, reason="NALLELY_PYTHON names no Python with Nallely"),
]

CHORD = (60, 64, 67, 71)
NOTE_ON, NOTE_OFF = 0x90, 0x80
MAPPING = """
ports:
  keys: "test-keyboard"
  daw: {virtual: "Nallely"}
neurons:
  keys:
    voices:
      voice: {from: keys, count: 4, velocity: vel}
    params:
      cutoff: {from: keys, cc: 74}
    probes:
      mon1: {to: daw, cc: 20}
    wiring:
      - {link: voice* -> MIDIBridge0.X0, create: true}
      - {link: first LFO.output -> mon1, create: true}
      - {link: cutoff -> MIDIBridge0.X0.cc_1, scale: {to_min: 0, to_max: 64, as_int: true}}
"""
LINKS = 6


@pytest.fixture(scope="module")
def jack_server() -> Iterator[str]:
    """A leisurely one: a message that is lost on a busy machine would look like a note that is."""
    with running_jack(period=2048) as name:
        yield name


@pytest.fixture
def nallely(jack: str) -> Iterator[RealNallely]:
    with RealNallely(jack_server=jack) as nallely:
        yield nallely


@pytest.fixture
def keyboard(jack: str) -> Iterator[Any]:
    with player("test-keyboard") as keyboard:
        yield keyboard


@pytest.fixture
def daemon(keyboard: Any, nallely: RealNallely, tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path / "bridge.yaml", MAPPING) as daemon:
        daemon.wait_for("test-keyboard:out is open")
        yield daemon


def wired(nallely: RealNallely, count: int = LINKS) -> None:
    """Wait until the session has so many links, and see that it stays so."""
    with Trevor(nallely.trevor_address) as trevor:
        trevor.wait_for(lambda state: len(state["connections"]) == count, 30)
        time.sleep(0.5)
        assert len(trevor.refreshed()["connections"]) == count


def play(keyboard: Any, status: int, velocity: int = 100) -> None:
    for note in CHORD:
        keyboard.send_message((status, note, velocity))
        time.sleep(0.02)


def notes(messages: list[tuple[int, ...]], status: int) -> list[int]:
    return [message[1] for message in messages if message[0] & 0xF0 == status]


def a_chord_sounds_once(keyboard: Any) -> None:
    with Listener("NallelyBridge0") as synth:
        play(keyboard, NOTE_ON)
        assert wait_for(lambda: len(notes(synth.received, NOTE_ON)) >= len(CHORD)), synth.received
        play(keyboard, NOTE_OFF)
        assert wait_for(lambda: len(notes(synth.received, NOTE_OFF)) >= len(CHORD)), synth.received
        time.sleep(0.3)
        assert sorted(notes(synth.received, NOTE_ON)) == list(CHORD)
        assert sorted(notes(synth.received, NOTE_OFF)) == list(CHORD)


def reset(nallely: RealNallely) -> None:
    with Trevor(nallely.trevor_address) as trevor:
        trevor.reset()


def restart(nallely: RealNallely) -> None:
    nallely.restart()


def nothing(nallely: RealNallely) -> None:
    """The session just began."""


@pytest.mark.parametrize("lose", [nothing, reset, restart])
def test_one_file_wires_a_session_whatever_happens_to_it(
    keyboard: Any, nallely: RealNallely, daemon: Daemon, lose: Callable[[RealNallely], None]
) -> None:
    wired(nallely)
    a_chord_sounds_once(keyboard)
    lose(nallely)
    wired(nallely)
    a_chord_sounds_once(keyboard)


def test_a_parameter_added_by_a_reload_is_registered_and_wired(
    keyboard: Any, nallely: RealNallely, daemon: Daemon, tmp_path: Path
) -> None:
    wired(nallely)
    text = MAPPING.replace("cc: 74}", "cc: 74}\n      speed: {from: keys, cc: 1}") + "      - speed -> LFO1.speed\n"
    (tmp_path / "bridge.yaml").write_text(text)
    daemon.tell(signal.SIGHUP)
    daemon.wait_for("1 added")
    wired(nallely, LINKS + 1)
    with Trevor(nallely.trevor_address) as trevor:
        names = [name for name, *_ in parameters(trevor.state, "keys")]
        assert len(names) == len(set(names)) == 11
    a_chord_sounds_once(keyboard)
    (tmp_path / "bridge.yaml").write_text(MAPPING)
    daemon.tell(signal.SIGHUP)
    daemon.wait_for("1 removed")
    wired(nallely)


@pytest.mark.parametrize("lose", [reset, restart])
def test_what_is_held_sounds_when_the_session_is_back(
    keyboard: Any, nallely: RealNallely, daemon: Daemon, lose: Callable[[RealNallely], None]
) -> None:
    wired(nallely)
    play(keyboard, NOTE_ON)
    lose(nallely)
    with Listener("NallelyBridge0") as synth:
        assert wait_for(lambda: sounding(synth) == list(CHORD), 10), (synth.received, daemon.lines)
        play(keyboard, NOTE_OFF)
        assert wait_for(lambda: sounding(synth) == []), synth.received


def sounding(synth: Listener) -> list[int]:
    held: set[int] = set()
    for status, note, *_ in synth.received:
        held = held | {note} if status & 0xF0 == NOTE_ON else held - {note}
    return sorted(held)


def test_a_held_key_is_heard_soon_after_the_bus_is_there(
    keyboard: Any, nallely: RealNallely, daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    """From an empty session that accepts: registered, verified, a device made and linked, and what is held heard."""
    wired(nallely)
    nallely.kill()
    keyboard.send_message((NOTE_ON, CHORD[0], 100))
    nallely.start()
    began = time.monotonic()
    with Listener("NallelyBridge0") as synth:
        assert wait_for(lambda: notes(synth.received, NOTE_ON), 20), daemon.lines
    with capsys.disabled():
        print(f"\nfrom the bus being reachable to the first note: {time.monotonic() - began:.2f} s")


def test_a_neuron_there_twice_is_registered_anew_with_its_wiring(
    keyboard: Any, nallely: RealNallely, tmp_path: Path
) -> None:
    from nallely_midibridge.connector import NallelyWebsocketBus

    with Daemon(tmp_path / "bridge.yaml", MAPPING):
        wired(nallely)
    with NallelyWebsocketBus(nallely.address) as bus, Trevor(nallely.trevor_address) as trevor:
        limits = {"min": 0, "max": 127}
        service = bus.register("external", "keys", {"mon1": limits}, {}, log=lambda _: None, block=True)
        service.tell("add_parameters", service._declared)
        trevor.wait_for(lambda state: len(parameters(state, "keys")) == 11)
    with Daemon(tmp_path / "bridge.yaml", MAPPING) as daemon:
        daemon.wait_for("there twice: mon1")
        daemon.wait_for("registering again")
        with Trevor(nallely.trevor_address) as trevor:
            trevor.wait_for(lambda state: len(parameters(state, "keys")) == 10)
        wired(nallely)
        a_chord_sounds_once(keyboard)
