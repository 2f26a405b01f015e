"""What a MIDI clock says beside its tempo: its beat, and whether it runs."""

from collections.abc import Sequence
from typing import Final

from nallely_midibridge.core.readers.reader import Reader, Schedule
from nallely_midibridge.values import midi

SILENT_AFTER: Final = 1.0
"""Seconds without a clock after which it has stopped, whatever it says; at 5 beats a minute two come in a second."""
CLOCKS_PER_STEP: Final = 6
"""A song position counts sixteenth notes."""


class Transport(Reader):
    """1 from start or continue to stop."""

    def __init__(self) -> None:
        self._runs = False

    def read(self, message: Sequence[int], now: float) -> float | None:
        self._runs = message[0] != midi.STOP
        return float(self._runs)

    def release(self) -> float | None:
        ran, self._runs = self._runs, False
        return 0.0 if ran else None


class Silence:
    """Notices that clocks come no more: a program that ended, or a device switched off, says no stop."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._until: float | None = None
        self._is_asked = False

    def clock(self, now: float) -> bool:
        """A clock came; whether it broke a silence."""
        was_silent = self._until is None
        self._until = now + SILENT_AFTER
        if not self._is_asked:
            self._ask(self._until)
        return was_silent

    def wake(self, now: float) -> bool:
        """Whether the silence begins now."""
        self._is_asked = False
        if self._until is None:
            return False
        if now < self._until:
            self._ask(self._until)
            return False
        self._until = None
        return True

    def clear(self) -> None:
        """The port is gone, and nothing is to be expected."""
        self._until = None

    def _ask(self, at: float) -> None:
        self._is_asked = True
        self._schedule(at)


class Running(Reader):
    """1 from start or continue to stop, while there are clocks: 0 when they fall silent, and 1 when they come back.

    A device that starts and has no clock runs too.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._silence = Silence(schedule)
        self._is_started = False

    def read(self, message: Sequence[int], now: float) -> float | None:
        if message[0] == midi.CLOCK:
            is_back = self._silence.clock(now)
            return 1.0 if is_back and self._is_started else None
        self._is_started = message[0] != midi.STOP
        return float(self._is_started)

    def wake(self, now: float) -> float | None:
        return 0.0 if self._silence.wake(now) else None

    def release(self) -> float | None:
        self._silence.clear()
        was_started, self._is_started = self._is_started, False
        return 0.0 if was_started else None


class Beat(Reader):
    """1 for the first half of each quarter note.

    Start makes the next clock the first of a beat, a song position says where the next clock is, and stop holds the
    place and rests. A clock that never said start is counted from the first that comes.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._silence = Silence(schedule)
        self._next = 0
        self._is_stopped = False
        self._is_up = False

    def read(self, message: Sequence[int], now: float) -> float | None:
        status = message[0]
        if status == midi.CLOCK:
            return self._clock(now)
        if status == midi.SONG_POSITION:
            self._next = (message[1] | message[2] << 7) * CLOCKS_PER_STEP % midi.CLOCKS_PER_BEAT
            return None
        if status == midi.START:
            self._next = 0
        self._is_stopped = status == midi.STOP
        return self._rest()

    def wake(self, now: float) -> float | None:
        return self._rest() if self._silence.wake(now) else None

    def release(self) -> float | None:
        """The place is kept: whoever goes on with a continue goes on from there."""
        self._silence.clear()
        return self._rest()

    def _clock(self, now: float) -> float | None:
        if self._is_stopped:
            return None
        self._silence.clock(now)
        place, self._next = self._next, (self._next + 1) % midi.CLOCKS_PER_BEAT
        if place == midi.CLOCKS_PER_BEAT // 2:
            return self._rest()
        if place == 0:
            self._is_up = True
            return 1.0
        return None

    def _rest(self) -> float | None:
        was_up, self._is_up = self._is_up, False
        return 0.0 if was_up else None
