"""What is left sounding when the real Nallely, or the daemon, dies or stalls in the middle of a chord.

Opt-in, as ``test_real_nallely.py``. The chain is whole: a keyboard on JACK, the daemon, the session, a MIDIBridge
device wired to the voices, and a synth that hears its port. Where "and nothing more" is claimed, a last note is played
and nothing but it came after: every part of the chain keeps the order.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Daemon
from tests.jack_peers import Listener, player
from tests.jack_server import environment_of, running_jack
from tests.real_nallely import RealNallely, Trevor, parameters
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.nallely,
    pytest.mark.jack,
    pytest.mark.timeout(120),
    pytest.mark.skipif("NALLELY_PYTHON" not in os.environ, reason="NALLELY_PYTHON names no Python with Nallely"),
]

VOICES = ("voice1", "voice2", "voice3", "voice4")
CHORD = (60, 64, 67, 71)
LAST = 36
"""Played to see what came before it; no chord has it."""
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
      lead: {to: daw, note: true}
"""
BACK_WITHIN = 2.0
"""Seconds from when the session answers again to when the daemon is registered."""
GIVEN_UP_WITHIN = 10.0
"""Seconds in which a session that answers nothing is given up."""

Meanwhile = Callable[[], object]


class Keyboard:
    """Presses and releases keys, far enough apart for JACK to keep their order."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def press(self, *notes: int) -> None:
        self._play(NOTE_ON, notes)

    def release(self, *notes: int) -> None:
        self._play(NOTE_OFF, notes)

    def _play(self, status: int, notes: Sequence[int]) -> None:
        for note in notes:
            self._port.send_message((status, note, 100))
            time.sleep(0.02)


@pytest.fixture(scope="module")
def jack_server() -> Iterator[str]:
    """A leisurely one: a message that is lost on a busy machine would look like a note that is."""
    with running_jack(period=2048) as name:
        yield name


@pytest.fixture
def jack(jack_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in environment_of(jack_server).items():
        monkeypatch.setenv(name, value)
    return jack_server


@pytest.fixture
def keyboard(jack: str) -> Iterator[Keyboard]:
    with player("test-keyboard") as port:
        yield Keyboard(port)


@pytest.fixture
def nallely(jack: str) -> Iterator[RealNallely]:
    with RealNallely(jack_server=jack) as nallely:
        yield nallely


@contextmanager
def running_daemon(folder: Path) -> Iterator[Daemon]:
    with Daemon(folder / "bridge.yaml", MAPPING) as daemon:
        daemon.wait_for("registered")
        daemon.wait_for("'Nallely' is open (output)")  # the last: while a port is opened JACK may lose what is played
        yield daemon


@pytest.fixture
def daemon(keyboard: Keyboard, nallely: RealNallely, tmp_path: Path) -> Iterator[Daemon]:
    with running_daemon(tmp_path) as daemon:
        yield daemon


@contextmanager
def synth_wired_by_hand(nallely: RealNallely) -> Iterator[Listener]:
    """What a musician does in the browser once the neuron is there: a device on the voices."""
    with Trevor(nallely.trevor_address) as trevor:
        trevor.wait_for(lambda state: len(parameters(state, "keys")) == len(VOICES) + 1)
        trevor.create("MIDIBridge")
        with Listener("NallelyBridge0") as synth:
            for voice in VOICES:
                trevor.link(f"keys.{voice}", "MIDIBridge0.X0", with_scaler=False)
            yield synth


def kill_and_start(nallely: RealNallely, meanwhile: Meanwhile) -> None:
    nallely.kill()
    meanwhile()
    nallely.start()


def reset(nallely: RealNallely, meanwhile: Meanwhile) -> None:
    with Trevor(nallely.trevor_address) as trevor:
        trevor.reset(meanwhile)


def wait_until_registered_again(daemon: Daemon, timeout: float = BACK_WITHIN) -> None:
    assert wait_for(lambda: sum(" parameters at " in line for line in daemon.lines) == 2, timeout), daemon.lines


def is_cut_off(daemon: Daemon) -> bool:
    return any("connection ended" in line for line in daemon.lines)


def played(messages: Sequence[tuple[int, ...]]) -> list[tuple[str, int]]:
    """The notes among messages, as ``("on", 60)``."""
    words = {NOTE_ON: "on", NOTE_OFF: "off"}
    return [(words[status & 0xF0], note) for status, note, *_ in messages if status & 0xF0 in words]


def sounding(messages: Sequence[tuple[int, ...]]) -> list[int]:
    """What sounds after them. A note that began twice and ended once still does."""
    count: Counter[int] = Counter()
    for what, note in played(messages):
        count[note] = max(0, count[note] + (1 if what == "on" else -1))
    return sorted(count.elements())


def each(what: str, *notes: int) -> list[tuple[str, int]]:
    return [(what, note) for note in sorted(notes)]


def hold(keyboard: Keyboard, synth: Listener, *notes: int) -> None:
    """Press keys, and wait until exactly they have begun to sound."""
    count = len(synth.received)
    keyboard.press(*notes)
    assert played(synth.wait_for(count + len(notes))[count:]) == [("on", note) for note in notes]


def all_until_last(keyboard: Keyboard, synth: Listener) -> list[tuple[str, int]]:
    """All that the synth heard up to a note that is played now."""
    keyboard.press(LAST)
    keyboard.release(LAST)
    assert wait_for(lambda: ("off", LAST) in played(synth.received)), synth.received
    heard = played(synth.received)
    first = heard.index(("on", LAST))
    assert heard[first:] == [("on", LAST), ("off", LAST)]
    return heard[:first]


LOSSES = pytest.mark.parametrize("lose", [kill_and_start, reset])


@pytest.mark.parametrize(
    ("released", "pressed", "held"), [((), (), CHORD), ((64,), (69,), (60, 67, 69, 71)), (CHORD, (), ())]
)
def test_what_is_held_when_a_wired_session_is_back_sounds_and_nothing_else(
    keyboard: Keyboard,
    nallely: RealNallely,
    daemon: Daemon,
    released: tuple[int, ...],
    pressed: tuple[int, ...],
    held: tuple[int, ...],
) -> None:
    with synth_wired_by_hand(nallely) as synth:
        hold(keyboard, synth, *CHORD)
        nallely.kill()
    keyboard.release(*released)
    keyboard.press(*pressed)
    nallely.furnish(wired=[f"keys_{voice}" for voice in VOICES])
    with Listener("NallelyBridge0") as synth:
        nallely.open()
        wait_until_registered_again(daemon)
        assert sorted(played(synth.wait_for(len(held)))) == each("on", *held)
        keyboard.release(*held)
        heard = all_until_last(keyboard, synth)
    assert sorted(heard[: len(held)]) == each("on", *held)
    assert heard[len(held) :] == [("off", note) for note in held]


@LOSSES
def test_what_is_held_when_the_session_is_wired_again_sounds(
    keyboard: Keyboard, nallely: RealNallely, daemon: Daemon, lose: Callable[[RealNallely, Meanwhile], None]
) -> None:
    def change_keys() -> None:
        assert wait_for(lambda: is_cut_off(daemon))
        keyboard.release(64)
        keyboard.press(69)

    with synth_wired_by_hand(nallely) as synth:
        hold(keyboard, synth, *CHORD)
        lose(nallely, change_keys)
    held = (60, 67, 69, 71)
    with synth_wired_by_hand(nallely) as synth:
        assert sorted(played(synth.wait_for(len(held), timeout=2))) == each("on", *held)
        keyboard.release(*held)
        heard = all_until_last(keyboard, synth)
    assert sorted(heard) == sorted(each("on", *held) + each("off", *held))


@LOSSES
def test_a_session_that_is_wired_again_plays_on_and_nothing_sticks(
    keyboard: Keyboard, nallely: RealNallely, daemon: Daemon, lose: Callable[[RealNallely, Meanwhile], None]
) -> None:
    with synth_wired_by_hand(nallely) as synth:
        hold(keyboard, synth, *CHORD)
        lose(nallely, lambda: None)
        wait_until_registered_again(daemon)
    with synth_wired_by_hand(nallely) as synth:
        keyboard.release(*CHORD)
        keyboard.press(62, 65)
        keyboard.release(65, 62)
        heard = all_until_last(keyboard, synth)
    assert heard[-4:] == [("on", 62), ("on", 65), ("off", 65), ("off", 62)]
    assert not sounding(synth.received)


def test_a_chord_ends_when_a_killed_daemon_is_back(
    keyboard: Keyboard, nallely: RealNallely, daemon: Daemon, tmp_path: Path
) -> None:
    with synth_wired_by_hand(nallely) as synth:
        hold(keyboard, synth, *CHORD)
        daemon.stop(signal.SIGKILL)
        with running_daemon(tmp_path):
            assert sorted(played(synth.wait_for(2 * len(CHORD))[len(CHORD) :])) == each("off", *CHORD)
            keyboard.release(*CHORD)
            heard = all_until_last(keyboard, synth)
    assert len(heard) == 2 * len(CHORD)


def test_a_chord_is_right_after_a_session_that_stalled(
    keyboard: Keyboard, nallely: RealNallely, daemon: Daemon
) -> None:
    with synth_wired_by_hand(nallely) as synth:
        hold(keyboard, synth, *CHORD)
        nallely.suspend()
        began = time.monotonic()
        keyboard.release(64)
        keyboard.press(69)
        keyboard.release(69, 71)
        time.sleep(began + 3 - time.monotonic())
        nallely.resume()
        keyboard.release(60, 67)
        heard = all_until_last(keyboard, synth)
    assert sorted(heard) == sorted(each("on", *CHORD, 69) + each("off", *CHORD, 69))
    assert not is_cut_off(daemon)


def test_a_chord_is_right_after_a_session_that_stalled_until_it_was_given_up(
    keyboard: Keyboard, nallely: RealNallely, daemon: Daemon
) -> None:
    with synth_wired_by_hand(nallely) as synth:
        hold(keyboard, synth, *CHORD)
        nallely.suspend()
        keyboard.release(64)
        keyboard.press(69)
        assert wait_for(lambda: is_cut_off(daemon), GIVEN_UP_WITHIN)
        keyboard.release(69, 71)
        keyboard.press(62)
        nallely.resume()
        wait_until_registered_again(daemon, timeout=10)
        assert wait_for(lambda: sounding(synth.received) == [60, 62, 67]), synth.received
        keyboard.release(60, 62, 67)
        all_until_last(keyboard, synth)
    assert not sounding(synth.received)


@contextmanager
def daw_that_hears_an_lfo(nallely: RealNallely) -> Iterator[Listener]:
    """An LFO that plays the probe: every value of it is a note, so that one always sounds."""
    with Trevor(nallely.trevor_address) as trevor, Listener(":Nallely") as daw:
        trevor.create("LFO")
        trevor.set_value("LFO1.speed", 2)
        trevor.link("LFO1.output", "keys.lead", with_scaler={"to_min": 48, "to_max": 72, "as_int": True})
        daw.wait_for(20)
        yield daw


def is_silent(daw: Listener) -> bool:
    """Whether nothing sounds, nor comes for a moment: between two notes of a melody nothing sounds either."""
    count = len(daw.received)
    time.sleep(0.2)
    return count == len(daw.received) and not sounding(daw.received)


def test_a_note_that_a_probe_plays_ends_when_the_session_is_killed(nallely: RealNallely, daemon: Daemon) -> None:
    with daw_that_hears_an_lfo(nallely) as daw:
        nallely.kill()
        assert wait_for(lambda: is_silent(daw), 1), daw.received[-3:]
        count = len(daw.received)
        nallely.start()
        wait_until_registered_again(daemon)
    assert len(daw.received) == count


def test_a_note_that_a_probe_plays_ends_when_the_session_stalls(nallely: RealNallely, daemon: Daemon) -> None:
    with daw_that_hears_an_lfo(nallely) as daw:
        nallely.suspend()
        assert wait_for(lambda: is_silent(daw), GIVEN_UP_WITHIN), daw.received[-3:]
        count = len(daw.received)
        nallely.resume()
        daw.wait_for(count + 20, timeout=10)
        nallely.kill()
        assert wait_for(lambda: is_silent(daw), 1), daw.received[-3:]
