"""How fast something may go on."""

from typing import Final

LONG_AGO: Final = float("-inf")


class Pace:
    """At most ``rate`` times a second; ``burst`` seconds' worth of them may come at once."""

    def __init__(self, rate: float, burst: float = 0.0) -> None:
        self._cost = 1.0 / rate
        self._burst = burst
        self.ready_at = LONG_AGO
        """From when on the next time keeps the pace."""

    def take(self, now: float, count: int = 1) -> None:
        """So many times at once."""
        earliest = now - self._burst
        self.ready_at = (self.ready_at if self.ready_at > earliest else earliest) + count * self._cost
