"""USB keyboards that can be plugged, played and unplugged, by the commands README.md asks for."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from machine import clients_of, wait_for


class Keyboard:
    """A USB MIDI keyboard of this name. Of two with one name each has a ``key``, which only the commands know."""

    def __init__(self, name: str, key: str | None = None, serial: str | None = None) -> None:
        self.name = name
        self.key = key or name
        self.plugged = False
        self.client: int | None = None
        self._plug = ["plug", name, *(["--id", key] if key else []), *(["--serial", serial] if serial else [])]

    def plug(self) -> None:
        """Plug it in; it is there when this returns."""
        self.plug_and_see()

    def plug_and_see(self) -> float:
        """Plug it in; returns when the sequencer first showed it (a time of ``time.monotonic``)."""
        there = clients_of(self.name)
        with subprocess.Popen(self._plug, stdout=subprocess.DEVNULL) as plugging:
            wait_for(lambda: clients_of(self.name) - there, 20)
            seen = time.monotonic()
        assert plugging.returncode == 0
        self.client = (clients_of(self.name) - there).pop()
        self.plugged = True
        return seen

    def unplug(self) -> None:
        """Pull the cable."""
        self.unplug_and_see()

    def unplug_and_see(self) -> tuple[float, float]:
        """Pull the cable; returns when the command began and when the sequencer no longer showed the keyboard."""
        began = time.monotonic()
        with subprocess.Popen(["unplug", self.key]) as unplugging:
            wait_for(lambda: self.client not in clients_of(self.name), 20)
            gone = time.monotonic()
        assert unplugging.returncode == 0
        self.client = None
        self.plugged = False
        return began, gone

    def play(self, *messages: str) -> None:
        """Send messages, each written in hexadecimal."""
        subprocess.run(["play", self.key, *" ".join(messages).split()], check=True)

    @contextmanager
    def stream(self, per_second: int) -> Iterator[None]:
        """Play notes all the time while the ``with`` block runs; the cable may be pulled meanwhile."""
        ending = threading.Event()
        playing = subprocess.Popen(["play", self.key, "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert playing.stdin is not None
        pipe = playing.stdin

        def write() -> None:
            number = 0
            with suppress(OSError):
                while not ending.wait(0.01):
                    pipe.write(_notes(number, max(1, per_second // 100)))
                    pipe.flush()
                    number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield
        finally:
            ending.set()
            playing.kill()
            writer.join()
            with suppress(OSError):
                pipe.close()
            playing.wait()


def _notes(number: int, count: int) -> bytes:
    """A few note-ons, and the next time the note-offs of the same notes."""
    velocity = 0 if number % 2 else 100
    return b"".join(bytes((0x90, 36 + (number // 2 * count + n) % 60, velocity)) for n in range(count))
