"""From a key to the frame that a server has read: single notes, and the last of a chord's ten."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from benchmarks.contestants import SENDERS, Sender
from benchmarks.measure import Effort, Figure, Measure
from benchmarks.server import Server
from nallely_midibridge.edges.memory_system import Cable
from nallely_midibridge.values.midi import NOTE_OFF, NOTE_ON

CHORD: Final = 10
LOWEST: Final = 48
PAUSE: Final = 0.002
"""Seconds of peace after each press and each release: every note finds both processes asleep."""
WARM_UP: Final = 10
"""Presses that are played first and not counted."""

_HOW: Final = (
    "from just before the MIDI callback is called to recv returning in the server's process; "
    f"note-ons only, each {PAUSE * 1000:g} ms after the last event"
)


def measures(effort: Effort) -> list[Measure]:
    """Single notes, then a third as many chords."""
    return [
        _measure("single notes", _HOW, 1, effort.notes),
        _measure(
            "chords of ten, the last note", f"{_HOW}; from before the chord's first note", CHORD, effort.notes // 3
        ),
    ]


def _measure(title: str, how: str, size: int, presses: int) -> Measure:
    figures = (Figure("p50", "µs", how), Figure("p99", "µs", how))
    contestants = {name: partial(delays, sender, size, presses) for name, sender in SENDERS.items()}
    return Measure(f"key to server, {title}", figures, contestants)


def delays(sender: Sender, size: int, presses: int) -> Sequence[float]:
    """The median and the 99th percentile, in µs, of the time from a press to its last frame."""
    with Server("collect") as server:
        with sender(server.port) as keyboard:
            pressed = [_press(keyboard, size) for _ in range(WARM_UP + presses)]
        _, arrivals = server.arrivals()
    started = [arrival.at for arrival in arrivals if arrival.value]
    if len(started) != size * len(pressed):
        raise RuntimeError(f"{len(started)} note-ons of {size * len(pressed)} arrived")
    taken = [last - began for began, last in zip(pressed, started[size - 1 :: size], strict=True)]
    ordered = sorted(taken[WARM_UP:])
    return _percentile(ordered, 50), _percentile(ordered, 99)


def _press(keyboard: Cable, size: int) -> int:
    """Play and release one note, or several at once; returns when it began."""
    notes = range(LOWEST, LOWEST + size)
    time.sleep(PAUSE)
    began = time.monotonic_ns()
    for note in notes:
        keyboard.send(NOTE_ON, note, 100)
    time.sleep(PAUSE)
    for note in notes:
        keyboard.send(NOTE_OFF, note, 0)
    return began


def _percentile(ordered: Sequence[int], percent: int) -> float:
    return ordered[len(ordered) * percent // 100] / 1000
