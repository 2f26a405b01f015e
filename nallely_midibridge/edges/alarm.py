"""One thread that wakes the engine when it asked to be woken."""

import threading
import time
from collections.abc import Callable


class Alarm:
    """Calls ``ring`` at the time set last, on the thread ``nallely-alarm``; each time set rings at most once.

    What it or an answer raises is given to ``blame`` and ends nothing.
    """

    def __init__(self, ring: Callable[[], None], blame: Callable[[Exception], None]) -> None:
        self._ring = ring
        self._blame = blame
        self._changed = threading.Condition()
        self._at: float | None = None
        self._answers: list[Callable[[], None]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="nallely-alarm", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def set(self, at: float) -> None:
        """Ring at this time of ``time.monotonic``, in place of the time set before. Never waits for a ring."""
        with self._changed:
            self._at = at
            self._changed.notify()

    def check(self, answer: Callable[[], None]) -> None:
        """Ring once, whatever the time, and call ``answer`` on the alarm's thread when that is done."""
        with self._changed:
            self._answers.append(answer)
            self._changed.notify()

    def stop(self) -> None:
        """Ring no more, and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (answers := self._wait()) is not None:
            for call in (self._ring, *answers):
                try:
                    call()
                except Exception as error:
                    self._blame(error)

    def _wait(self) -> list[Callable[[], None]] | None:
        """Until it is time to ring, and whom to tell of it; None when there is nothing more to wait for."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                is_time = self._at is not None and self._at <= now
                if is_time or self._answers:
                    self._at = None if is_time else self._at
                    answers, self._answers = self._answers, []
                    return answers
                self._changed.wait(None if self._at is None else self._at - now)
            return None
