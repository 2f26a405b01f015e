"""Controllers that are moved: plain ones, endless encoders, and pairs of a coarse and a fine half.

What a controller is may not be known at its first message. A coarse one may be followed by its fine half, and a small
value may be a step. So one that is not sure is told when it rests, and corrected when it turns out to be another.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from nallely_midibridge.core.learning.encoder import encodings, is_turned
from nallely_midibridge.core.readers.fine import PAIR_WITHIN
from nallely_midibridge.values import midi
from nallely_midibridge.values.handling import Encoding
from nallely_midibridge.values.lesson import Lesson
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.source import Source, SourceKind

RESTS_AFTER: Final = 0.6
"""Seconds without a message after which a control is told as what it seems to be."""
HALF_COMES_WITHIN: Final = 0.03
"""Seconds that a coarse controller waits for its fine half."""
PAIR_RESTS_AFTER: Final = 0.05
CLOSER: Final = 0.8
"""How much closer, at most, the halves of one value are than those of two values."""
REMEMBERED: Final = 16
"""Messages of a controller that are looked at; when there are so many, nothing more is waited for."""
LONELY_AFTER: Final = 32
"""Messages after which the other half is looked for no more."""
NOW: Final = float("-inf")
NEVER: Final = float("inf")


class Moved(ABC):
    """One control that is being moved."""

    def __init__(self) -> None:
        self.heard: deque[tuple[float, MidiMessage]] = deque(maxlen=REMEMBERED)
        self.count = 0
        self.told: Lesson | None = None
        self.is_settled = False

    def hear(self, message: Sequence[int], now: float) -> None:
        """A message of it came in."""
        self.heard.append((now, tuple(message)))
        self.count += 1

    def tell(self) -> Lesson | None:
        """What it is, if that is news."""
        lesson = self.lesson()
        before, self.told = self.told, lesson
        self.is_settled = lesson.is_sure
        if before is not None and (before.source, before.encoding) == (lesson.source, lesson.encoding):
            return None
        return replace(lesson, corrects=before is not None)

    @property
    def last_at(self) -> float:
        return self.heard[-1][0]

    @abstractmethod
    def due_at(self) -> float:
        """When to tell what it is, if nothing more comes."""

    @abstractmethod
    def lesson(self) -> Lesson:
        """What it is, by all that is known."""


class Single(Moved):
    """One controller."""

    def __init__(self, port: str, channel: int, number: int) -> None:
        super().__init__()
        self._source = Source(port, SourceKind.CC, number, frozenset((channel,)))
        self._was_turned = False
        self._may_be_half = number < 2 * midi.FINE_ABOVE
        self._may_be_fine = midi.FINE_ABOVE <= number < 2 * midi.FINE_ABOVE

    def due_at(self) -> float:
        if self.told is not None and self._encoding() == (self.told.encoding, self.told.is_sure):
            return NEVER
        if self.count == REMEMBERED or self._is_known_encoder():
            return NOW
        if encodings(self._values()) or self._may_be_fine:
            return self.last_at + RESTS_AFTER
        return self.heard[0][0] + HALF_COMES_WITHIN if self._may_be_half else NOW

    def lesson(self) -> Lesson:
        encoding, is_sure = self._encoding()
        return Lesson(self._source, self.heard[-1][1], encoding, is_sure)

    def _encoding(self) -> tuple[Encoding | None, bool]:
        """The encoding, if it is an encoder, and whether this stands for good."""
        possible = encodings(self._values())
        self._was_turned |= any(is_turned(self._values(), encoding) for encoding in possible)
        if possible and self._was_turned:
            return possible[0], len(possible) == 1
        return None, not possible and (not self._may_be_half or self.count >= LONELY_AFTER)

    def _is_known_encoder(self) -> bool:
        encoding, is_sure = self._encoding()
        return encoding is not None and is_sure

    def _values(self) -> list[tuple[float, int]]:
        return [(at, message[2]) for at, message in self.heard]


class Pair(Moved):
    """A coarse controller and its fine half."""

    def __init__(self, port: str, channel: int, coarse: int, halves: Sequence[Moved]) -> None:
        super().__init__()
        self._coarse = coarse
        self._source = Source(port, SourceKind.CC14, coarse, frozenset((channel,)), fine=coarse + midi.FINE_ABOVE)
        for at, message in sorted(entry for half in halves for entry in half.heard):
            self.hear(message, at)
        self.told = next((half.told for half in halves if half.told is not None), None)

    def due_at(self) -> float:
        return NOW if self.count >= REMEMBERED else self.last_at + PAIR_RESTS_AFTER

    def lesson(self) -> Lesson:
        return Lesson(replace(self._source, fine_first=self._is_fine_first()), self.heard[-1][1])

    def _is_fine_first(self) -> bool:
        """Whether the fine half is sent before its coarse one: the two halves of a value come close together."""
        gaps: dict[bool, list[float]] = {True: [], False: []}
        for (before, first), (after, second) in pairwise(self.heard):
            if first[1] != second[1]:
                gaps[first[1] != self._coarse].append(after - before)
        mean = {is_fine: sum(each) / len(each) if each else NEVER for is_fine, each in gaps.items()}
        if max(mean.values()) * CLOSER < min(mean.values()):
            return self.heard[0][1][1] != self._coarse  # all come evenly
        return mean[True] < mean[False]


class Controllers:
    """The controllers of one port, by channel and number."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._controls: dict[tuple[int, int], Moved] = {}
        self._waiting: dict[int, Moved] = {}

    def hear(self, message: Sequence[int], now: float) -> Lesson | None:
        """A control change came in."""
        key = (message[0] & 0x0F, message[1])
        moved = self._controls.get(key)
        if moved is None:
            moved = self._controls[key] = Single(self._port, *key)
        if moved.is_settled:
            return None
        moved.hear(message, now)
        moved = self._paired(key, moved, now)
        self._waiting[id(moved)] = moved
        return self._told(moved, now)

    def due(self, now: float) -> Lesson | None:
        """A control that has rested long enough."""
        for moved in list(self._waiting.values()):
            if lesson := self._told(moved, now):
                return lesson
        return None

    def _told(self, moved: Moved, now: float) -> Lesson | None:
        if moved.due_at() > now:
            return None
        self._waiting.pop(id(moved), None)
        return moved.tell()

    def _paired(self, key: tuple[int, int], moved: Moved, now: float) -> Moved:
        """The pair that a controller is half of, if the other half has just been moved too."""
        channel, number = key
        if number >= 2 * midi.FINE_ABOVE or isinstance(moved, Pair):
            return moved
        coarse = number % midi.FINE_ABOVE
        other = self._controls.get((channel, coarse if number != coarse else coarse + midi.FINE_ABOVE))
        if other is None or other.is_settled or now - other.last_at > PAIR_WITHIN:
            return moved
        pair = Pair(self._port, channel, coarse, (moved, other))
        for half in (moved, other):
            self._waiting.pop(id(half), None)
        self._controls[channel, coarse] = self._controls[channel, coarse + midi.FINE_ABOVE] = pair
        return pair
