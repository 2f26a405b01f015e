"""Somebody who plays at random, the same way again for the same seed: notes, pedals, knobs."""

import random
import threading
import time
from collections.abc import Callable, Sequence

from tests.faults.keyboard import (
    ALL_NOTES_OFF,
    BEND,
    CONTROL,
    CUTOFF,
    NARROW,
    NOTE_OFF,
    NOTE_ON,
    PRESSURE,
    RESET_CONTROLLERS,
    SOSTENUTO,
    SUSTAIN,
    WIDE,
    Keyboard,
)

Play = Callable[[Sequence[int]], None]

NOTES = range(40, 80)
MOST = {WIDE: 8, NARROW: 6}
"""Notes held at once: on the wide channel half of its voices, so that no note has to give way."""
WEIGHTS = {
    "press": 40,
    "release": 38,
    "sustain": 4,
    "sostenuto": 3,
    "knob": 8,
    "bend": 3,
    "pressure": 3,
    "end all": 1,
}


class Player:
    """``play`` gets the messages, from a thread of its own between `go_on` and `pause`; ``pause`` seconds apart."""

    def __init__(self, seed: str, play: Play, pause: float) -> None:
        self._random = random.Random(seed)
        self._play = play
        self._pause = pause
        self._hands = Keyboard()
        self._touched: set[tuple[int, int]] = set()
        self._velocities = dict.fromkeys(NOTES, 0)
        self._playing = threading.Event()
        self._resting = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="player")

    def __enter__(self) -> "Player":
        self._resting.set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._playing.set()
        self._thread.join()

    def go_on(self) -> None:
        """Play on."""
        self._resting.clear()
        self._playing.set()

    def pause(self) -> None:
        """Stop moving and hold what is held; nothing is played after this returns."""
        self._playing.clear()
        self._resting.wait()

    def lift(self) -> None:
        """Take hands and feet off everything that was touched. For a player who pauses; may be done again."""
        for channel in (WIDE, NARROW):
            self._do(CONTROL | channel, SUSTAIN, 0)
            self._do(CONTROL | channel, SOSTENUTO, 0)
        for channel, note in sorted(self._touched):
            self._do(NOTE_OFF | channel, note, 0)

    def forget(self) -> None:
        """What was touched is known to be up, and what was pressed is accounted for by whoever heard it."""
        self._touched.clear()
        self._hands.presses.clear()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._playing.is_set():
                self._resting.set()
                self._playing.wait()
                continue
            self.step()
            self._stopping.wait(self._random.uniform(0, 2 * self._pause))
        self._resting.set()

    def step(self) -> None:
        """One movement."""
        (what,) = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        channel = self._random.choice((WIDE, WIDE, NARROW))
        if what == "press":
            self._press(channel)
        elif what == "release":
            self._release(channel)
        elif what == "end all":
            self._do(CONTROL | channel, self._random.choice((ALL_NOTES_OFF, RESET_CONTROLLERS)), 0)
        else:
            self._turn(what, channel)

    def _press(self, channel: int) -> None:
        """A new note, or one fewer when the hands are full: a pedal holds what fingers have left."""
        sounding = self._hands.sounding(channel)
        if len(sounding) >= MOST[channel]:
            self._make_room(channel)
            return
        free = [note for note in NOTES if channel == NARROW or note not in sounding]
        note = self._random.choice(free)
        self._velocities[note] = self._velocities[note] % 127 + 1
        self._do(NOTE_ON | channel, note, self._velocities[note])

    def _make_room(self, channel: int) -> None:
        if self._hands.down(channel):
            self._release(channel)
        self._do(CONTROL | channel, SUSTAIN, 0)
        self._do(CONTROL | channel, SOSTENUTO, 0)

    def _release(self, channel: int) -> None:
        down = sorted(self._hands.down(channel))
        if down:
            spelling = self._random.choice(((NOTE_OFF, 64), (NOTE_ON, 0)))
            self._do(spelling[0] | channel, self._random.choice(down), spelling[1])

    def _turn(self, what: str, channel: int) -> None:
        value = self._random.randrange(128)
        messages = {
            "sustain": (CONTROL | channel, SUSTAIN, value),
            "sostenuto": (CONTROL | channel, SOSTENUTO, value),
            "knob": (CONTROL | WIDE, CUTOFF, value),
            "bend": (BEND | WIDE, self._random.randrange(128), value),
            "pressure": (PRESSURE | WIDE, value),
        }
        self._do(*messages[what])

    def _do(self, *message: int) -> None:
        if message[0] & 0xF0 == NOTE_ON and message[2]:
            self._touched.add((message[0] & 0x0F, message[1]))
        self._hands.take(message, time.monotonic())
        self._play(message)
