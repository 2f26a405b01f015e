"""A keyboard and a synth that can be pulled and put back: in-process ones, and real ports on JACK."""

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from nallely_midibridge.edges.memory_system import Cable, MemorySystem
from nallely_midibridge.edges.midi_system import MidiSystem
from nallely_midibridge.edges.rtmidi_system import PERIOD_ENDS_WITHIN, RtMidiSystem

KEYS, SYNTH = "test-keys", "test-synth"
DRAIN_EVERY = 0.05
"""Seconds: what a library keeps for somebody who does not listen is little."""
OTHER = "-mk2"
"""What a device's name ends in when it is the other one of its kind."""


class Devices(Protocol):
    """``name`` is what people call the MIDI system, and ``longest`` the longest message it carries, in bytes."""

    name: str
    longest: int

    def find_system(self) -> MidiSystem:
        """The MIDI system, for the bridge."""

    def plug(self, device: str, suffix: str = "") -> None:
        """Put a device there, `KEYS` or `SYNTH`."""

    def pull(self, device: str) -> None:
        """Take it away."""

    def play(self, message: Sequence[int]) -> None:
        """Play a message on the keyboard; nothing happens where there is none."""

    def close(self) -> None:
        """Take everything away."""


class MemoryDevices:
    """Inside the process. As with ALSA, a device comes back under another client number."""

    name = "in-process ports"
    longest = 2**20

    def __init__(self) -> None:
        self._system = MemorySystem()
        self._cables: dict[str, Cable] = {}
        self._plugged = 0
        _forget_what_is_heard(self._system.virtual("Nallely"))

    def find_system(self) -> MidiSystem:
        return self._system

    def plug(self, device: str, suffix: str = "") -> None:
        self._plugged += 1
        name = f"{device}{suffix}"
        cable = self._system.plug(f"{name}:{name} MIDI 1 {128 + self._plugged}:0")
        _forget_what_is_heard(cable)
        self._cables[device] = cable

    def pull(self, device: str) -> None:
        self._system.unplug(self._cables.pop(device).name)

    def play(self, message: Sequence[int]) -> None:
        cable = self._cables.get(KEYS)
        if cable is not None:
            cable.send(*message)

    def close(self) -> None:
        for device in list(self._cables):
            self.pull(device)


def _forget_what_is_heard(cable: Cable) -> None:
    """It is written down elsewhere; in an hour a cable would remember millions."""
    cable.heard = lambda _: cable.received.clear()


class JackDevices:
    """Other programs on the JACK server of this environment."""

    name = "JACK"
    longest = 4000

    def __init__(self) -> None:
        import rtmidi

        self._rtmidi = rtmidi
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._closing = threading.Event()
        self._drain = threading.Thread(target=self._run_drain, name="synth", daemon=True)
        self._drain.start()

    def find_system(self) -> MidiSystem:
        return RtMidiSystem("UNIX_JACK")

    def plug(self, device: str, suffix: str = "") -> None:
        make = self._rtmidi.MidiOut if device == KEYS else self._rtmidi.MidiIn
        # A listener without a callback never waits for the interpreter's lock, so JACK never waits for it.
        client = make(self._rtmidi.API_UNIX_JACK, name=f"{device}{suffix}")
        client.open_virtual_port("midi")
        with self._lock:
            self._clients[device] = client

    def pull(self, device: str) -> None:
        with self._lock:
            client = self._clients.pop(device)
            client.close_port()
            time.sleep(PERIOD_ENDS_WITHIN)
            client.delete()

    def play(self, message: Sequence[int]) -> None:
        with self._lock, contextlib.suppress(ValueError, self._rtmidi.RtMidiError):  # what no real port takes
            client = self._clients.get(KEYS)
            if client is not None:
                client.send_message(message)

    def close(self) -> None:
        self._closing.set()
        self._drain.join()
        for device in list(self._clients):
            self.pull(device)

    def _run_drain(self) -> None:
        """Forget what the synth hears, or the library complains that it keeps too much."""
        while not self._closing.wait(DRAIN_EVERY):
            with self._lock:
                synth = self._clients.get(SYNTH)
                while synth is not None and synth.get_message() is not None:
                    pass
