"""How long the last messages took."""

from collections import deque
from typing import Final

from nallely_midibridge.values.counts import NOT_MEASURED, Latency

LATEST: Final = 1000
"""Messages that count: enough for a 99th percentile of how it is now, and sorted in less than a tenth of a ms."""


class Delays:
    """The delays of the last `LATEST` messages, in seconds. `add` is on the way of every note: it is one append."""

    def __init__(self) -> None:
        self._delays: deque[float] = deque(maxlen=LATEST)
        self.add = self._delays.append

    def latency(self) -> Latency:
        """Their median and 99th percentile (nearest rank). Any thread may ask, while nobody adds."""
        ordered = sorted(self._delays)
        count = len(ordered)
        return Latency(count, ordered[count // 2], ordered[count * 99 // 100]) if ordered else NOT_MEASURED
