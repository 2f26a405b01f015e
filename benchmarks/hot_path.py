"""Which functions a note costs on its way to the socket, and a value on its way to MIDI.

The profiler makes a call dearer than what is in it, so its times are worth as shares; the calls are exact.
"""

import cProfile
import pstats
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.contestants import bridge_receiver
from benchmarks.keyboard import NOTE_OFF, NOTE_ON, ROOT
from benchmarks.measure import Effort
from benchmarks.server import Server
from benchmarks.stamped import StampedSystem
from benchmarks.subject import KEYBOARD, bridge_at
from benchmarks.throughput import FAST_PROBES
from nallely_midibridge.edges.memory_system import MemorySystem

SHOWN: Final = 30
"""Functions that are shown, the dearest first."""
ROUNDS: Final = 5
OFTEN: Final = 0.05
"""Calls an event from which on a function is part of the way."""
WAITS: Final = ("poll", "select", "acquire", "sleep")
"""Functions of others in which nobody works."""
PACKAGE: Final = ROOT / "nallely_midibridge"


_Place = tuple[str, int, str]
"""A file, a line in it, and the function there."""
_ForCaller = tuple[int, int, float, float]
_Entry = tuple[int, int, float, float, dict[_Place, _ForCaller]]
"""Calls (without those by itself, and with), seconds without and with what it called, and the same for each caller."""


Profiles = Sequence[cProfile.Profile]
"""One of each thread."""


class Cost(NamedTuple):
    """What one function took of an event, without what it called of ours; what it called of others is its own."""

    calls: float
    share: float
    """Of all that was ours, 0 to 1."""
    name: str


def print_profile(effort: Effort) -> None:
    """Both ways, as a table each."""
    for title, profile in (("a note to the socket", notes), ("a value to MIDI", values)):
        costs = _costs([profile(effort.frames) for _ in range(ROUNDS)], effort.frames)
        print(f"\n{title}: {sum(cost.calls for cost in costs):.1f} calls of functions of ours\n")
        print("  share   calls  function")
        for cost in costs[:SHOWN]:
            print(f"{cost.share:7.1%} {cost.calls:7.2f}  {cost.name}")


def notes(count: int) -> Profiles:
    """Notes on and off, on the thread that plays."""
    system = MemorySystem()
    keyboard = system.plug(KEYBOARD)
    profiler = cProfile.Profile()
    with Server("collect") as server:
        with bridge_at(server.port, StampedSystem(system)):
            profiler.enable()
            for _ in range(count // 2):
                keyboard.send(NOTE_ON, 60, 100)
                keyboard.send(NOTE_OFF, 60, 0)
            profiler.disable()
        server.arrivals()
    return [profiler]


def values(count: int) -> Profiles:
    """Values of eight probes, on the threads of the bridge."""
    with (
        Server("burst", count, FAST_PROBES) as server,
        _every_new_thread() as profilers,
        bridge_receiver(server.port, count) as take,
    ):
        server.wait()
        server.go()
        take()
        server.sent()
    return profilers


@contextmanager
def _every_new_thread() -> Iterator[list[cProfile.Profile]]:
    """Profile the threads that are started in this block."""
    profilers: list[cProfile.Profile] = []

    def begin(*_: object) -> None:
        profiler = cProfile.Profile()
        profilers.append(profiler)
        profiler.enable()  # takes the place of this function

    threading.setprofile(begin)
    try:
        yield profilers
    finally:
        threading.setprofile(None)


def _costs(rounds: Sequence[Profiles], events: int) -> list[Cost]:
    """The dearest first; of each the round in which least came between."""
    taken = [_taken(profilers) for profilers in rounds]
    names = [name for name, (calls, _) in taken[0].items() if calls >= events * OFTEN]
    least = {name: min(of_round[name][1] for of_round in taken) for name in names}
    whole = sum(least.values())
    dearest = sorted(names, key=lambda name: -least[name])
    return [Cost(taken[0][name][0] / events, least[name] / whole, name) for name in dearest]


def _taken(profilers: Profiles) -> dict[str, tuple[int, float]]:
    """How often each function of ours was called, and the seconds that it took."""
    calls: Counter[str] = Counter()
    times: dict[str, float] = defaultdict(float)
    for profiler in profilers:
        entries: dict[_Place, _Entry] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
        for (file, _, function), (_, count, own, _, callers) in entries.items():
            if _is_ours(file):
                calls[_name(file, function)] += count
                times[_name(file, function)] += own
            elif not any(wait in function for wait in WAITS):
                _add_to_callers(times, callers)
    return {name: (calls[name], times[name]) for name in calls}


def _add_to_callers(times: dict[str, float], callers: "dict[_Place, _ForCaller]") -> None:
    for (file, _, function), (_, _, own, _) in callers.items():
        if _is_ours(file):
            times[_name(file, function)] += own


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(PACKAGE)


def _name(file: str, function: str) -> str:
    return f"{Path(file).relative_to(PACKAGE)} {function}"
