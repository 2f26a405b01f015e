"""A position that follows its target smoothly, as a capacitor charges: fast first, then ever slower."""

import math
from typing import Final

STEP: Final = 0.005
"""Seconds from one step of a movement to the next."""
NEAR: Final = 2.0**-15
"""A movement is over from here on: half of what 14 bits tell apart."""


def next_step(now: float) -> float:
    """When a movement goes on. All that move do so at the same times, so that one wake-up is enough for all."""
    return (round(now / STEP) + 1) * STEP


class Smoother:
    """A position 0-1 on its way to a target: after each ``time_constant`` (seconds) 37 % of the way are left.

    It needs no steps of its own: whoever owns it asks where it is, as long as it is not settled.
    """

    def __init__(self, time_constant: float) -> None:
        assert time_constant > 0.0
        self._time_constant = time_constant
        self._target: float | None = None
        self._behind = 0.0
        self._since = 0.0

    def aim(self, target: float, now: float) -> None:
        """Go to a position from wherever it is now. The first one is reached at once: there is no way to it."""
        self._behind = 0.0 if self._target is None else self.at(now) - target
        self._target, self._since = target, now

    def at(self, now: float) -> float:
        """Where it is; exactly at its target when it is settled."""
        assert self._target is not None
        behind = self._left(now)
        return self._target if abs(behind) <= NEAR else self._target + behind

    def settled(self, now: float) -> bool:
        """Whether it has arrived."""
        return abs(self._left(now)) <= NEAR

    def _left(self, now: float) -> float:
        return self._behind * math.exp((self._since - now) / self._time_constant)
