"""What happens, on its way to the programs that watch: bounded twice, so that no watcher costs the music anything.

`Feed` takes it over from the threads of the music, at the cost of an append. `Stream` holds what one program has still
to take. In both the oldest gives way, and is counted.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from nallely_midibridge.core.happenings import happenings
from nallely_midibridge.values.control import line_of
from nallely_midibridge.values.effects import Effect, Report
from nallely_midibridge.values.events import Event, MidiReceived, TimeReached, ValueReceived
from nallely_midibridge.values.watch import Happening, Watch

WAITING: Final = 2000
"""What waits in the feed at most."""
AT_A_TIME: Final = 100
"""What is taken out of the feed at a time: some milliseconds of work."""
LINES: Final = 1000
"""Lines that wait for one program at most."""
BATCH: Final = 1 << 16
"""Bytes given to a program at a time."""

OFTEN: Final = (MidiReceived, ValueReceived, TimeReached)


class Feed:
    """Takes what happened on the threads where it happens. ``wake`` is called when there is something to take."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[tuple[float, Event, Sequence[Effect]] | Happening] = deque(maxlen=WAITING)
        self._is_awake = False
        self._lost = self._told_lost = 0
        self.wants_traffic = False

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def saw(self, at: float, event: Event, effects: Sequence[Effect]) -> None:
        """An event happened. Called with the bridge's lock held."""
        if self.wants_traffic or type(event) not in OFTEN or any(type(effect) is Report for effect in effects):
            self._put((at, event, effects))

    def tell(self, happening: Happening) -> None:
        """Something else happened."""
        self._put(happening)

    def take(self) -> tuple[int, Iterator[Happening]]:
        """How much was lost since the last time, and what happened, oldest first, `AT_A_TIME` at most."""
        before, self._told_lost = self._told_lost, self._lost
        self._is_awake = False
        taken = [self._waiting.popleft() for _ in range(min(AT_A_TIME, len(self._waiting)))]
        return self._told_lost - before, (told for item in taken for told in _words(item))

    def _put(self, item: tuple[float, Event, Sequence[Effect]] | Happening) -> None:
        if len(self._waiting) == WAITING:
            self._lost += 1
        self._waiting.append(item)
        if not self._is_awake:
            self._is_awake = True
            self._wake()


def _words(item: tuple[float, Event, Sequence[Effect]] | Happening) -> Iterable[Happening]:
    return happenings(*item) if isinstance(item, tuple) else (item,)


class Stream:
    """The lines for one program that watches."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._lines: deque[bytes] = deque()
        self._lost = 0

    def lose(self, count: int) -> None:
        """So much was lost before anybody could tell whether it was for this program."""
        self._lost += count

    def tell(self, happening: Happening, line: bytes) -> None:
        """Something happened, and this is its line."""
        if not self.watch.wants(happening):
            return
        if len(self._lines) == LINES:
            self._lines.popleft()
            self._lost += 1
        self._lines.append(line)

    def batch(self) -> bytes:
        """What to give the program next: whole lines; nothing if there is nothing. What is lost is told first."""
        lines = [line_of({"event": "lost", "count": self._lost})] if self._lost else []
        size, self._lost = 0, 0
        while self._lines and size < BATCH:
            lines.append(self._lines.popleft())
            size += len(lines[-1])
        return b"".join(lines)
