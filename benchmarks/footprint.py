"""What the bridge takes from a small computer while nobody plays, and how soon it is there."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import BRIDGE, FLOOR, SYNC, Effort, Figure, Measure
from benchmarks.server import Server

ROOT: Final = Path(__file__).parent.parent

BARE: Final = ("websockets", "mido", "rtmidi")
BARE_SYNC: Final = ("websockets.sync.client", "mido", "rtmidi")
"""``import websockets`` loads next to nothing before a part of it is used; a connector uses this part."""


def measures(effort: Effort) -> list[Measure]:
    """One of a process that starts, one of a process that waits."""
    return [_starting(), _waiting(effort.seconds)]


def _starting() -> Measure:
    others = f"floor: an interpreter with {', '.join(BARE)} imported; sync: with {BARE_SYNC[0]}"
    figures = (
        Figure("resident memory", "MiB", f"VmRSS of a process of its own, reader of mapping files and all; {others}"),
        Figure("start to registered", "ms", "from exec to the registration read by the server; others: to imported"),
    )
    bare = {name: partial(start_bare, modules) for name, modules in ((FLOOR, BARE), (SYNC, BARE_SYNC))}
    return Measure("starting", figures, {BRIDGE: start_bridge, **bare})


def _waiting(seconds: float) -> Measure:
    what = f"one neuron linked, two in-process ports watched, {seconds:g} s in a process of its own"
    figures = (
        Figure("processor", "% of a core", f"process time of all threads; {what}"),
        Figure("context switches", "1/s", f"voluntary or not, of all threads; {what}"),
    )
    return Measure("doing nothing", figures, {BRIDGE: partial(wait, seconds)})


def start_bridge() -> Sequence[float]:
    """MiB resident, and ms until registered."""
    with Server("collect") as server:
        began = time.monotonic_ns()
        seen = _look_at("bridge", server.port, 0.1)
        registered, _ = server.arrivals()
    return seen["resident"], (registered - began) / 1e6


def start_bare(modules: Sequence[str]) -> Sequence[float]:
    """MiB resident, and ms until all is imported."""
    began = time.monotonic_ns()
    seen = _look_at("bare", *modules)
    return seen["resident"], (seen["ready"] - began) / 1e6


def wait(seconds: float) -> Sequence[float]:
    """% of a core, and context switches a second."""
    with Server("collect") as server:
        seen = _look_at("bridge", server.port, seconds)
    return seen["processor"], seen["switches"]


def _look_at(*arguments: object) -> Any:
    command = [sys.executable, "-m", "benchmarks.process", *map(str, arguments)]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
