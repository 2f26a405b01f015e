"""Where MIDI is played: in-process ports everywhere, and JACK and the ALSA sequencer where they are there."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from benchmarks import keyboard
from benchmarks.keyboard import Keyboard
from benchmarks.stamped import StampedSystem
from benchmarks.subject import KEYBOARD
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.rtmidi_system import ALSA, ALSA_DEVICE, JACK, RtMidiSystem
from tests.jack_server import running_jack

PERIOD: Final = 256
"""Frames of 1/48000 s: 5.3 ms, in which JACK carries messages once."""
SILENT_BACKEND: Final = "benchmarks.player"
"""The backend of mido for a daemon on in-process ports; nobody plays unless NALLELY_PLAYED is set."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A MIDI system with a keyboard that is plugged in, and what plays it: how many notes at once, how often."""

    system: StampedSystem
    play: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Place:
    """``stage`` makes a new stage; ``backend`` is MIDO_BACKEND for a daemon here."""

    name: str
    pause: float
    """Seconds of peace after each press and each release: every note finds both processes asleep."""
    stage: Callable[[], AbstractContextManager[Stage]]
    backend: str


def places() -> Sequence[Place]:
    """The places there are; those on JACK while `jack_at_work`."""
    found = [Place("in-process ports", 0.002, _in_process, SILENT_BACKEND)]
    if shutil.which("jackd"):
        found.append(_of_rtmidi("JACK", JACK, 0.008))
    if os.access(ALSA_DEVICE, os.R_OK | os.W_OK):
        found.append(_of_rtmidi("the ALSA sequencer", ALSA, 0.002))
    return found


@contextmanager
def jack_at_work() -> Iterator[None]:
    """A JACK server of our own, where there can be one. Have one a round: one did not outlive six minutes."""
    if not shutil.which("jackd"):
        yield
        return
    with running_jack(PERIOD) as name:
        os.environ["JACK_DEFAULT_SERVER"] = name
        os.environ["JACK_NO_START_SERVER"] = "1"
        yield


def _of_rtmidi(name: str, api: str, pause: float) -> Place:
    return Place(name, pause, partial(_on_rtmidi, api, pause), f"mido.backends.rtmidi/{api}")


@contextmanager
def _in_process() -> Iterator[Stage]:
    """The callback is called on the thread that plays."""
    system = MemorySystem()
    cable = system.plug(KEYBOARD)
    yield Stage(
        StampedSystem(system),
        lambda size, presses: keyboard.play(lambda message: cable.send(*message), size, presses, 0.002),
    )


@contextmanager
def _on_rtmidi(api: str, pause: float) -> Iterator[Stage]:
    """The callback is called on python-rtmidi's thread; the keyboard is a process of its own."""
    with Keyboard(api, KEYBOARD) as player:
        system = StampedSystem(RtMidiSystem(api, "benchmark"))
        try:
            yield Stage(system, lambda size, presses: player.play(size, presses, pause))
        finally:
            system.close()
