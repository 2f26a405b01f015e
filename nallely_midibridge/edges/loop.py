"""Sending something round a loop again and again, and timing it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from nallely_midibridge.values.errors import LoopError

RETURNS_WITHIN: Final = 1.0
"""Seconds after which what was sent counts as lost."""
IS_OPEN_AFTER: Final = 3
"""Losses in a row, before anything ever came back, that say that there is no loop."""


class Loop(Protocol):
    """Something that what is sent comes back through."""

    @property
    def where(self) -> str:
        """From where to where, for people."""

    @property
    def advice(self) -> str:
        """What to do when nothing comes back."""

    def once(self, number: int) -> int | None:
        """Send the next thing and wait for it; ns until it came back, None when it did not. Raises BridgeError."""


class Ear:
    """Waits for one thing to come back; `hear` is called on whatever thread brings it."""

    def __init__(self) -> None:
        self._wanted: object = None
        self._came = threading.Event()
        self._at = 0
        self.heard_another = False
        """Whether something came that was not waited for."""

    def time(self, wanted: object, send: Callable[[], object], within: float = RETURNS_WITHIN) -> int | None:
        """Send, and wait for what is wanted: ns from just before the sending, or None after so many seconds."""
        self._came.clear()
        self._wanted = wanted
        began = time.monotonic_ns()
        send()
        came = self._came.wait(within)
        self._wanted = None
        return self._at - began if came else None

    def hear(self, what: object) -> None:
        at = time.monotonic_ns()
        if what != self._wanted:
            self.heard_another = True
        elif not self._came.is_set():
            self._at = at
            self._came.set()


def round_trips(loop: Loop, count: int, stop: Callable[[], object]) -> Iterator[int | None]:
    """So many round trips, each as `Loop.once`. ``stop`` is called before each: it rests, or says that it is enough.

    Raises LoopError when nothing comes back from the start.
    """
    has_come = False
    for number in range(count):
        if stop():
            return
        delay = loop.once(number)
        has_come = has_come or delay is not None
        if number + 1 >= IS_OPEN_AFTER and not has_come:
            raise LoopError(f"nothing came back {loop.where}: {loop.advice}")
        yield delay
