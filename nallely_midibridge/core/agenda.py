"""What is to be done later, and when the engine wants to be woken for it."""

import heapq
from collections.abc import Callable, Iterator

from nallely_midibridge.values.effects import Effect

Task = Callable[[float], list[Effect]]
"""Does at a time what is due then. A task that finds nothing due does nothing: none is ever taken back."""


class Agenda:
    """Tasks in the order of their times."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Task]] = []
        self._count = 0
        self.next_at: float | None = None
        """The time of the first task: kept, for it is asked for at every event."""

    def add(self, at: float, task: Task) -> None:
        """Have a task done at a time; tasks of one time are done in the order they were added."""
        self._count += 1
        heapq.heappush(self._entries, (at, self._count, task))
        self.next_at = self._entries[0][0]

    def due(self, now: float) -> Iterator[Task]:
        """Take out the tasks whose time has come."""
        while self._entries and self._entries[0][0] <= now:
            task = heapq.heappop(self._entries)[2]
            self.next_at = self._entries[0][0] if self._entries else None
            yield task
