"""Fourteen bits in two controllers: a coarse half and a fine one.

The specification (page 12) has the coarse half sent first; it resets the fine one, and a fine half alone is a fine
step. Taking each half as it comes would make a saw tooth of every move that passes a coarse step. So the half that
comes first waits for the other, but not for long: a device may leave out a fine half that is 0.

A device that has never sent a fine half is taken for one of seven bits: nothing waits, and 127 is the top.
"""

from collections.abc import Sequence
from typing import Final

from nallely_midibridge.core.readers.reader import Reader, Schedule
from nallely_midibridge.values import midi

PAIR_WITHIN: Final = 0.01
"""Seconds in which the other half comes. On a DIN cable it takes one thousandth."""
MAX_14: Final = midi.BEND_MAX
UPSCALE: Final = 129
"""What makes 7 bits 14: 127 becomes 16,383, and 64 nearly the middle."""


class Halves:
    """Both halves on one channel, None as long as none has come; ``waits_until`` for the one that is to follow."""

    __slots__ = ("coarse", "fine", "waits_until")

    def __init__(self) -> None:
        self.coarse: int | None = None
        self.fine: int | None = None
        self.waits_until: float | None = None

    @property
    def number(self) -> int:
        """The number 0-16,383 that they make; 0 before there is a coarse half."""
        coarse = self.coarse or 0
        return coarse * UPSCALE if self.fine is None else coarse << 7 | self.fine

    @property
    def position(self) -> float:
        return self.number / MAX_14


class Pair(Reader):
    """A controller with its fine half, which ``fine_first`` devices send before it.

    Such a device has the coarse half end each pair, and its fine half stays until another comes.
    """

    def __init__(self, coarse: int | None, fine: int | None, fine_first: bool, schedule: Schedule) -> None:
        self._coarse = coarse
        self._fine = fine
        self._fine_first = fine_first
        self._schedule = schedule
        self._halves: dict[int, Halves] = {}
        self._wake_at: float | None = None

    def read(self, message: Sequence[int], now: float) -> float | None:
        _, controller, value = message
        halves = self._of(message)
        if controller == self._coarse:
            return self._read_coarse(halves, value, now)
        if controller == self._fine:
            return self._read_fine(halves, value, now)
        return None

    def wake(self, now: float) -> float | None:
        self._wake_at = None
        position = None
        for halves in self._halves.values():
            if halves.waits_until is not None and halves.waits_until <= now:
                halves.waits_until = None
                position = halves.position
        still = [halves.waits_until for halves in self._halves.values() if halves.waits_until is not None]
        if still:
            self._ask(min(still))
        return position

    def release(self) -> float | None:
        """Another device may be plugged in next, or this one, standing elsewhere."""
        self._halves.clear()
        return None

    def _of(self, message: Sequence[int]) -> Halves:
        """The halves of a message's channel."""
        channel = message[0] & 0x0F
        halves = self._halves.get(channel)
        if halves is None:
            halves = self._halves[channel] = Halves()
        return halves

    def _read_coarse(self, halves: Halves, value: int, now: float) -> float | None:
        """Where one waits already it gets no fine half, or it would have come: it is as good as any."""
        position = halves.position if halves.waits_until is not None else None
        halves.coarse = value
        if halves.fine is None or self._fine_first:
            return self._settled(halves)
        halves.fine = 0
        self._wait(halves, now)
        return position

    def _read_fine(self, halves: Halves, value: int, now: float) -> float | None:
        halves.fine = value
        if halves.coarse is None:
            return None
        if not self._fine_first:
            return self._settled(halves)
        self._wait(halves, now)
        return None

    def _settled(self, halves: Halves) -> float:
        halves.waits_until = None
        return halves.position

    def _wait(self, halves: Halves, now: float) -> None:
        halves.waits_until = now + PAIR_WITHIN
        if self._wake_at is None:
            self._ask(halves.waits_until)

    def _ask(self, at: float) -> None:
        self._wake_at = at
        self._schedule(at)
