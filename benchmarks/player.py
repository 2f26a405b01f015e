"""A keyboard that plays by itself and takes the time of it, as a backend of mido: ``MIDO_BACKEND=benchmarks.player``.

So it plays in the daemon that a user starts. It plays a note or turns a knob each `EVERY`, on a thread of its own,
which has to get the interpreter's lock first, as that of a MIDI library does. When the daemon closes it, it writes to
the file that NALLELY_PLAYED names, for each event, when it was due, when the callback was called, and when it returned,
by which time the event was handed to the socket; all in ns of ``time.monotonic_ns``. Without it nobody plays.

With NALLELY_COLLECTS, a thread of its own has the interpreter collect all garbage, so many times a second. While the
file that NALLELY_HURRY names is there, it plays without a pause and takes no time of it. NALLELY_SWITCH is the switch
interval that the interpreter is to have, in seconds.
"""

import gc
import os
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

KEYBOARD: Final = "Keyboard"
EVERY: Final = 1_000_000
"""Nanoseconds from one event to the next."""
KNOBS: Final = 100
"""Controllers that it turns, from 0."""

_LOWEST: Final = 48
_HELD: Final = 8
"""Notes that sound at a time."""


class Message(list[int]):
    """What mido would give: something that knows its bytes."""

    def bytes(self) -> list[int]:
        return self


class Input:
    """The keyboard's port, or one that the bridge makes, where nobody plays."""

    def __init__(self, name: str, callback: Callable[[Message], None], virtual: bool = False, **_: object) -> None:
        self.name = name
        self._play = callback
        self._stopping = threading.Event()
        works = [self._run, *([self._collect] if "NALLELY_COLLECTS" in os.environ else [])]
        plays = not virtual and "NALLELY_PLAYED" in os.environ
        self._threads = [threading.Thread(target=work, daemon=True) for work in works if plays]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Play no more."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        played = array("q")
        hurry = os.environ.get("NALLELY_HURRY", "")
        switch = float(os.environ.get("NALLELY_SWITCH", 0))
        due = time.monotonic_ns()
        for message in _music():
            if hurry and os.path.exists(hurry):
                self._play(message)
                due = time.monotonic_ns()
                continue
            if switch:
                sys.setswitchinterval(switch)  # each time: the daemon sets its own once it has started
            due += EVERY
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            if self._stopping.is_set():
                break
            called = time.monotonic_ns()
            self._play(message)
            played.extend((due, called, time.monotonic_ns()))
        with open(os.environ["NALLELY_PLAYED"], "wb") as file:
            played.tofile(file)

    def _collect(self) -> None:
        while not self._stopping.wait(1 / float(os.environ["NALLELY_COLLECTS"])):
            gc.collect()


class Output:
    """A port that takes everything."""

    def __init__(self, name: str, **_: object) -> None:
        self.name = name

    def send(self, message: Any) -> None:
        """Forget it."""

    def close(self) -> None:
        """Nothing is held."""


def get_devices(**_: object) -> list[dict[str, object]]:
    """The one device there is."""
    return [{"name": KEYBOARD, "is_input": True, "is_output": False}]


def _music() -> Iterator[Message]:
    """A note begins, a knob is turned, an older note ends, another knob is turned: each event is a frame or more."""
    for beat in count():
        note, old = (_LOWEST + number % (3 * _HELD) for number in (beat, beat - _HELD))
        yield Message((0x90, note, 100))
        yield Message((0xB0, 2 * beat % KNOBS, beat % 128))
        yield Message((0x80, old, 0))
        yield Message((0xB0, (2 * beat + 1) % KNOBS, beat % 128))
