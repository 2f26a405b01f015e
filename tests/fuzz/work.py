"""How much work something is, in calls: the same on any machine, however busy."""

import sys
from types import FrameType
from typing import Any, Self


class TooMuchWork(BaseException):
    """An input took more than its share. No `Exception`, so that nobody takes it for their own."""


class Work:
    """Counts calls of Python functions while entered, and ends what makes too many of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.calls = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, frame: FrameType, event: str, argument: Any) -> None:
        self.calls += 1
        if self.calls > self._most:
            sys.setprofile(None)
            raise TooMuchWork(f"more than {self._most:,} calls")
