"""Accounts: what was pressed against what sounded, what was fed against what was sent on."""

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from tests.faults.keyboard import NARROW, WIDE, Press

SLACK = 1.0
"""Seconds by which two notes may have overtaken each other on a busy machine."""
MOMENT = 0.05
"""Seconds by which two threads may disagree on when something was."""

Onset = tuple[float, str, int, int]
"""When a note began in the session, on which voice, which note, with what velocity."""


@dataclass(slots=True)
class Epoch:
    """A time in which the link was up; ``until`` is None while it is."""

    since: float
    until: float | None = None


@dataclass(slots=True)
class Findings:
    """What is wrong, in words. ``stuck`` sounds and should not, ``silent`` the other way; ``stale`` is an old value."""

    not_back: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(getattr(self, kind.name) for kind in fields(self))

    def __str__(self) -> str:
        return "\n".join(f"{kind.name}: {text}" for kind in fields(self) for text in getattr(self, kind.name))


def lost_notes(
    presses: Sequence[Press],
    onsets: Iterable[Onset],
    epochs: Sequence[Epoch],
    excused: Sequence[tuple[float, float]],
) -> list[str]:
    """The notes of the wide channel that were pressed while the link was up and never began in the session.

    What was on its way when the link was lost went with it: so of a link that was lost, only notes pressed before one
    that did arrive are missed.
    """
    began: dict[tuple[int, int], list[float]] = defaultdict(list)
    for at, voice, note, velocity in onsets:
        if voice.startswith("wide"):
            began[note, velocity].append(at)
    missing: list[str] = []
    for epoch in epochs:
        until = epoch.until if epoch.until is not None else float("inf")
        here = [p for p in presses if p.channel == WIDE and epoch.since <= p.at < until and not _is_in(p.at, excused)]
        arrived = {id(p) for p in here if _first_after(began[p.note, p.velocity], p.at) <= until + MOMENT}
        known_until = float("inf")
        if epoch.until is not None:
            known_until = max((p.at for p in here if id(p) in arrived), default=0.0) - SLACK
        missing += [
            f"note {p.note} with velocity {p.velocity}, pressed {p.at - epochs[0].since:.3f} s into it"
            for p in here
            if p.at <= known_until and _first_after(began[p.note, p.velocity], p.at) == float("inf")
        ]
    return missing


def unasked_notes(presses: Sequence[Press], onsets: Iterable[Onset], epochs: Sequence[Epoch]) -> list[str]:
    """The notes that began in the session and were not pressed, or more often than pressed.

    A note that is held while the link is lost begins again. Stolen ones do on the narrow channel, so there only the
    note is looked at.
    """
    allowed: dict[tuple[int, int], int] = defaultdict(int)
    for press in presses:
        allowed[press.note, press.velocity] += 1 + _connects_during(press, epochs)
    narrow = {press.note for press in presses if press.channel == NARROW}
    wrong: list[str] = []
    for _, voice, note, velocity in onsets:
        if voice.startswith("narrow"):
            wrong += [] if note in narrow else [f"{voice} got note {note}, which was not pressed"]
            continue
        allowed[note, velocity] -= 1
        if allowed[note, velocity] < 0:
            wrong.append(f"{voice} got note {note} with velocity {velocity}, which was not pressed so often")
    return wrong


def unasked_values(notes: Sequence[int], fed: Sequence[int], probe: str) -> list[str]:
    """The notes that went out without a value of their probe, or out of its order. Some may be left out, and one may
    begin again on a port that is new."""
    place = 0
    for note in notes:
        try:
            place = fed.index(note, place)
        except ValueError:
            return [f"{probe} played note {note}, which it was not fed in this order"]
    return []


def _is_in(at: float, spans: Sequence[tuple[float, float]]) -> bool:
    return any(since <= at <= until for since, until in spans)


def _first_after(times: list[float], at: float) -> float:
    place = bisect_left(times, at)
    return times[place] if place < len(times) else float("inf")


def _connects_during(press: Press, epochs: Sequence[Epoch]) -> int:
    ended_at = float("inf") if press.ended_at is None else press.ended_at + MOMENT
    pairs = itertools.pairwise(epochs)
    return sum((lost.until or 0.0) <= ended_at and press.at <= found.since for lost, found in pairs)
