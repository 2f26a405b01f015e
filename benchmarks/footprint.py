"""What the daemon takes from a small computer while nobody plays, and how soon it is there.

It is the daemon that a user starts, with its reader of mapping files in a process of its own.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.daemon import Daemon, resident
from benchmarks.measure import BRIDGE, FLOOR, SYNC, AtMost, Effort, Figure, Measure, More, Times
from benchmarks.places import Place
from benchmarks.server import Server
from benchmarks.subject import mapping_text

BARE: Final = ("websockets", "mido", "rtmidi")
BARE_SYNC: Final = ("websockets.sync.client", "mido", "rtmidi")
"""``import websockets`` loads next to nothing before a part of it is used; a connector uses this part."""
SETTLE: Final = 0.2
"""Seconds after the start before doing nothing begins."""

_WHAT: Final = "a daemon with one neuron registered and a virtual port open"


def measures(effort: Effort, places: Sequence[Place]) -> list[Measure]:
    """Of the daemon in each place."""
    return [_measure(place, effort.seconds) for place in places]


def _measure(place: Place, seconds: float) -> Measure:
    memory = "RssAnon and RssFile, so without what JACK's server shares with all"
    others = f"floor: an interpreter with {', '.join(BARE)} imported; sync: with {BARE_SYNC[0]}"
    start = "from exec to the registration read by the server; others: to imported"
    what = f"{_WHAT}, all threads, {seconds:g} s (/proc/PID/task)"
    figures = (
        Figure("resident memory", "MiB", f"{memory}; {_WHAT}; {others}", (Times(1.3, FLOOR),)),
        Figure("start to registered", "ms", start, (More(250, FLOOR),)),
        Figure("processor, idle", "% of a core", f"run time of {what}", (AtMost(0.2),)),
        Figure("wake-ups, idle", "1/s", f"context switches of {what}; a client of JACK's wakes with each period"),
    )
    bare = {name: partial(start_bare, modules) for name, modules in ((FLOOR, BARE), (SYNC, BARE_SYNC))}
    title = f"the daemon while nobody plays, {place.name}"
    return Measure(title, figures, {BRIDGE: partial(start_and_wait, place, seconds), **bare})


def start_and_wait(place: Place, seconds: float) -> Sequence[float]:
    """MiB resident, ms until registered, then % of a core and context switches a second."""
    with Server("collect") as server:
        began = time.monotonic_ns()
        with _daemon(server, place) as daemon:
            time.sleep(SETTLE)
            ran, switched = daemon.run_time, daemon.switches
            time.sleep(seconds)
            ran, switched = daemon.run_time - ran, daemon.switches - switched
            memory = daemon.resident
        registered, _ = server.arrivals()
    return memory, (registered - began) / 1e6, 100 * ran / seconds, switched / seconds


def start_bare(modules: Sequence[str]) -> Sequence[float]:
    """MiB resident, and ms until all is imported."""
    script = f"import {', '.join(modules)}; print(flush=True); input()"
    began = time.monotonic_ns()
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        imported = time.monotonic_ns()
        memory = resident(process.pid)
        process.communicate("\n")
    return memory, (imported - began) / 1e6


@contextmanager
def _daemon(server: Server, place: Place) -> Iterator[Daemon]:
    """Registered with the server."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "bridge.yaml")
        config.write_text(mapping_text(server.port))
        with Daemon(config, MIDO_BACKEND=place.backend) as daemon:
            daemon.wait_for(" registered ")
            yield daemon
