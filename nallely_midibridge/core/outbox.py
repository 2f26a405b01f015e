"""What waits to be sent on a link, and what may be left out of it. Bounded whatever the peer does."""

from collections import deque
from typing import Final

ORDERED_LIMIT: Final = 16_384
"""More ordered frames than this and only the newest of each parameter is kept."""


class Outbox:
    """Frames by parameter, in two lanes: those where every one counts, and those where the newest is enough.

    ``merged`` counts the frames that a newer one replaced.
    """

    def __init__(self) -> None:
        self._newest: dict[str, bytes] = {}
        self._ordered: deque[tuple[str, bytes]] = deque()
        self._ordered_names: set[str] = set()
        self.merged = 0

    def __bool__(self) -> bool:
        return bool(self._newest or self._ordered)

    def __len__(self) -> int:
        return len(self._newest) + len(self._ordered)

    def put(self, name: str, frame: bytes, *, every: bool) -> None:
        """Add a frame. One parameter's frames never overtake each other, whatever their lanes."""
        replaced = self._newest.pop(name, None) is not None
        if every or name in self._ordered_names:
            self._ordered.append((name, frame))
            self._ordered_names.add(name)
            if len(self._ordered) > ORDERED_LIMIT:
                self.settle()
        else:
            self._newest[name] = frame
        self.merged += replaced

    def settle(self) -> None:
        """Keep the newest frame of each parameter only: the peer that knew the order is gone."""
        for name, frame in self._ordered:
            self.merged += name in self._newest
            self._newest[name] = frame
        self._ordered.clear()
        self._ordered_names.clear()

    def pop(self) -> bytes | None:
        """Take the next frame: of the newest values first, then in order."""
        if self._newest:
            return self._newest.pop(next(iter(self._newest)))
        if self._ordered:
            frame = self._ordered.popleft()[1]
            if not self._ordered:
                self._ordered_names.clear()
            return frame
        return None
