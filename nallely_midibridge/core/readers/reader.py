"""What reads the messages of one source on one port."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

Schedule = Callable[[float], None]
"""Asks for `Reader.wake` at a time; none is ever taken back."""


class Reader(ABC):
    """One source. It is given the messages that its source is made of, and only these, each whole.

    Each method returns where the control is now, a position 0-1 (the tempo of a clock: beats a minute), or None when
    that has not changed anything.
    """

    @abstractmethod
    def read(self, message: Sequence[int], now: float) -> float | None:
        """A message came in."""

    def wake(self, now: float) -> float | None:
        """A time that was asked for is there; it may have been asked for in vain."""
        return None

    def release(self) -> float | None:
        """The port is gone, and what was held on it is held no more."""
        return None
