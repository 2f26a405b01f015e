"""What a process that is forked off is left with: copies of locks and of open sockets, and none of the threads."""

import os
from typing import Final, Protocol
from weakref import WeakSet


class Abandonable(Protocol):
    """Something with a thread."""

    def abandon(self) -> None:
        """Let go of it without a word, in a process that was forked off: it is its parent's. No lock can be taken."""


_abandonable: Final[WeakSet[Abandonable]] = WeakSet()


def abandon_in_forks(thing: Abandonable) -> None:
    """Have `Abandonable.abandon` called in each process that is forked off from now on."""
    _abandonable.add(thing)


def _abandon() -> None:
    for thing in list(_abandonable):
        thing.abandon()


if hasattr(os, "register_at_fork"):  # not on Windows, where no process is forked off
    os.register_at_fork(after_in_child=_abandon)
