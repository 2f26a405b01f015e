"""A keyboard with a knob and a lamp, played and watched without a command to be started for each message."""

import itertools
import os
import re
import subprocess
import threading

from devices import Keyboard

KNOB = 74
LAMP = 20


class Instrument(Keyboard):
    """One of `OF`. What it plays tells that it was this one: divided by `OF`, it leaves the ``number`` (from 0)."""

    OF = 3

    def __init__(self, name: str, number: int, key: str | None = None, serial: str | None = None) -> None:
        super().__init__(name, key, serial)
        self.number = number
        self._notes = itertools.cycle(range(36 + number, 96, self.OF))
        self._values = itertools.cycle(range(self.OF + number, 126, self.OF))
        self.held: list[int] = []
        self._received = ""

    def plug_and_see(self) -> float:
        seen = super().plug_and_see()
        self._received = ""
        self._playing = subprocess.Popen(["play", self.key, "-"], stdin=subprocess.PIPE)
        self._listening = subprocess.Popen(["listen", self.key], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        return seen

    def unplug_and_see(self) -> tuple[float, float]:
        """Keys may be down."""
        self.held.clear()
        assert self._playing.stdin is not None
        self._playing.stdin.close()
        self._playing.wait()
        self._listening.terminate()
        self._listening.wait()
        self._listener.join()
        return super().unplug_and_see()

    def press(self, count: int) -> list[int]:
        """Press so many keys, others than the last ones, and hold them; returns their notes."""
        notes = [next(self._notes) for _ in range(count)]
        self.held += notes
        self._send(*(byte for note in notes for byte in (0x90, note, 100)))
        return notes

    def release(self) -> None:
        """Let go of every key."""
        self._send(*(byte for note in self.held for byte in (0x80, note, 0)))
        self.held.clear()

    def turn(self) -> int:
        """Turn the knob; returns its value, another than the last one."""
        value = next(self._values)
        self._send(0xB0, KNOB, value)
        return value

    @property
    def lamp(self) -> list[int]:
        """Every value that its lamp was sent since it was plugged in."""
        return [int(value, 16) for value in re.findall(rf"B0\s*{LAMP:02X}\s*([0-9A-F]{{2}})", self._received)]

    def _send(self, *message: int) -> None:
        assert self._playing.stdin is not None
        self._playing.stdin.write(bytes(message))
        self._playing.stdin.flush()

    def _listen(self) -> None:
        assert self._listening.stdout is not None
        with self._listening.stdout as dump:
            while heard := os.read(dump.fileno(), 4096):
                self._received += heard.decode()
