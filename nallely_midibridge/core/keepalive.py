"""When to ask a silent peer whether it is there, and when to give it up."""

from enum import Enum
from typing import Final

ASK_AFTER: Final = 4.0
"""Seconds of silence before the peer is asked."""
ANSWER_WITHIN: Final = 4.0
"""Seconds it then has: a cable pulled without a word is noticed within ten, with room to spare."""


class Verdict(Enum):
    """What the silence of a peer calls for."""

    FINE = "fine"
    ASK = "ask"
    GONE = "gone"


class Keepalive:
    """Watches one connection; any byte from the peer is a sign of life.

    A peer is given up only after it was asked: when it is us who slept, it gets its chance to answer.
    """

    def __init__(self, now: float) -> None:
        self._deadline = now + ASK_AFTER
        self._asked = False

    def heard(self, now: float) -> None:
        """The peer sent something."""
        self._deadline = now + ASK_AFTER
        self._asked = False

    def verdict(self, now: float) -> Verdict:
        """What to do now; asks once a silence."""
        if now < self._deadline:
            return Verdict.FINE
        if self._asked:
            return Verdict.GONE
        self._asked = True
        self._deadline = now + ANSWER_WITHIN
        return Verdict.ASK

    def wait(self, now: float) -> float:
        """Seconds until `verdict` may change if the peer stays silent."""
        return max(0.0, self._deadline - now)
