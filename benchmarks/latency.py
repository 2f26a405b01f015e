"""How long a key takes to the server, and a value of the server to the MIDI message that it becomes."""

import sys
import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Final

from benchmarks.contestants import FOLLOWERS, SENDERS, Between
from benchmarks.keyboard import LOWEST, NOTE_ON
from benchmarks.measure import FLOOR, SYNC, Effort, Figure, Goal, Measure, Times, percentile
from benchmarks.places import Place, Stage
from benchmarks.server import PAUSE, Server
from benchmarks.stamped import Call

CHORD: Final = 10
WARM_UP: Final = 5
"""Presses, or values, that come first and are not counted."""
SETTLE: Final = 0.03
"""Seconds in which nothing comes when all has come."""
APART: Final = 3_000_000
"""ns between two notes of a chord in which no callback runs: the MIDI system gave it in two parts. Not counted."""

_THERE: Final = "from entry of the MIDI callback to recv returning in the server's process; "
_BACK: Final = (
    f"from the server's send to the return of the MIDI library's; a single value each {PAUSE * 1000:g} ms; "
    "floor: a ready message, sent for each read of a bare socket"
)


def measures(effort: Effort, places: Sequence[Place]) -> list[Measure]:
    """Both ways, in each place."""
    return [_there(effort.notes, place) for place in places] + [_back(effort.notes, place) for place in places]


def _there(notes: int, place: Place) -> Measure:
    peace = f"note-ons only, {place.pause * 1000:g} ms of peace before each press and release"
    chord = f"{_THERE}from the first note's to the last note's; {peace}"
    figures = (
        Figure("a note, p50", "µs", _THERE + peace, _goals(1.15, 0.75)),
        Figure("a note, p99", "µs", _THERE + peace, _goals(1.3, 0.75)),
        Figure("last of ten, p50", "µs", chord, _goals(1.2, 0.75)),
        Figure("last of ten, p99", "µs", chord, _goals(1.3, 0.75)),
    )
    contestants = {name: partial(there, sender, place, notes) for name, sender in SENDERS.items()}
    return Measure(f"key to server, {place.name}", figures, contestants)


def _back(values: int, place: Place) -> Measure:
    goals = (Times(1.3, FLOOR),)
    figures = (Figure("a value, p50", "µs", _BACK, goals), Figure("a value, p99", "µs", _BACK, goals))
    contestants = {name: partial(back, follower, place, values) for name, follower in FOLLOWERS.items()}
    return Measure(f"server to MIDI, {place.name}", figures, contestants)


def _goals(floor: float, sync: float) -> tuple[Goal, ...]:
    return Times(floor, FLOOR), Times(sync, SYNC)


def there(sender: Between, place: Place, notes: int) -> Sequence[float]:
    """The median and the 99th percentile, in µs, of single notes and of chords; of chords if any came whole."""
    with Server("collect") as server:
        with place.stage() as stage, sender(server.port, stage.system):
            singles = len(_played(stage, 1, WARM_UP + notes))
            calls = _played(stage, CHORD, WARM_UP + notes // 3)
        _, arrivals = server.arrivals()
    read = [arrival.at for arrival in arrivals if arrival.value]
    if len(calls) != len(read):
        raise RuntimeError(f"{len(calls)} note-ons came and {len(read)} arrived")
    return [
        *_figures(_delays(calls[:singles], read[:singles], 1)),
        *_figures(_delays(calls[singles:], read[singles:], CHORD)),
    ]


def back(follower: Between, place: Place, values: int) -> Sequence[float]:
    """The median and the 99th percentile, in µs, of single values, if every one became a message."""
    count = WARM_UP + values
    with (
        Server("singles", count) as server,
        place.stage() as stage,
        follower(server.port, stage.system),
    ):
        server.wait()
        server.go()
        said = server.sent()
        sent = stage.system.sent[-count:]
    if len(sent) != count or sent[0] < said[0]:  # the machine stood still, and a newer value took another's place
        print(f"left out: of {count} values {len(sent)} became messages", file=sys.stderr)
        return []
    return _figures([after - before for before, after in zip(said, sent, strict=True)])


def _played(stage: Stage, size: int, presses: int) -> list[Call]:
    """The calls for all note-ons so far, once what is played has all come: a slow machine is behind."""
    stage.play(size, presses)
    count = -1
    while len(stage.system.calls) > count:
        count = len(stage.system.calls)
        time.sleep(SETTLE)
    return [call for call in stage.system.calls if call.message[0] & 0xF0 == NOTE_ON and call.message[2]]


def _delays(calls: Sequence[Call], read: Sequence[int], size: int) -> list[int]:
    """Of each whole press, from the entry of its first callback to the arrival of its last frame, in ns.

    JACK writes over what a client that has to wait for the processor has not read, so a busy machine loses some.
    """
    wanted = list(range(LOWEST, LOWEST + size))
    notes = [call.message[1] for call in calls]
    begins = [begin for begin in range(len(calls)) if notes[begin : begin + size] == wanted]
    return [
        read[begin + size - 1] - calls[begin].begin
        for begin in begins
        if all(after.begin - before.end < APART for before, after in pairwise(calls[begin : begin + size]))
    ]


def _figures(delays: Sequence[int]) -> list[float]:
    ordered = sorted(delays[WARM_UP:] or delays)
    if not ordered:  # the machine is too slow for its MIDI system
        return []
    return [percentile(ordered, per_mille) / 1000 for per_mille in (500, 990)]
