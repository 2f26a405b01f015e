"""How long the MIDI callback keeps the MIDI system waiting, when all that can hold it up goes on at once."""

import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.daemon import Daemon
from benchmarks.measure import BRIDGE, AtMost, Effort, Figure, Measure, percentile
from benchmarks.places import Place
from benchmarks.player import EVERY
from benchmarks.reload import Played, Span, all_played, mapping_text, reloading, undisturbed
from benchmarks.server import Server

COLLECTS: Final = 10
"""Collections of all garbage a second."""
STALLS_WITHIN: Final = 30.0
"""Seconds until the socket must have had enough."""


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """One measure."""
    how = (
        f"entry to exit of the callback, {1_000_000_000 // EVERY:,} events a second for {effort.seconds:g} s, on a "
        f"thread of the daemon's as a MIDI library's; {COLLECTS} collections of all garbage a second"
    )
    worst = (
        f"{how}; a session that reads nothing, and the mapping file of {effort.routes} routes read again all the time"
    )
    figures = (
        Figure("p99.9", "ms", how),
        Figure("longest", "ms", how),
        Figure("at the worst, p99.9", "ms", worst, (AtMost(0.5),)),
        Figure("at the worst, longest", "ms", worst, (AtMost(2),)),
    )
    return [Measure("the MIDI callback", figures, {BRIDGE: partial(callbacks, effort.seconds, effort.routes)})]


def callbacks(seconds: float, routes: int) -> Sequence[float]:
    """The 99.9th percentile and the longest, in ms: while nothing else goes on, and while all of it does."""
    with tempfile.TemporaryDirectory() as folder, Server("stall") as server:
        config, played = Path(folder, "bridge.yaml"), Path(folder, "played")
        texts = [mapping_text(server.port, routes, changed) for changed in (routes, 0)]
        config.write_text(texts[-1])
        hurry = Path(folder, "hurry")
        environment = {
            "NALLELY_PLAYED": str(played),
            "NALLELY_COLLECTS": str(COLLECTS),
            "NALLELY_HURRY": str(hurry),
        }
        with Daemon(config, MIDO_BACKEND="benchmarks.player", **environment) as daemon:
            daemon.wait_for(" registered ")
            spans = [undisturbed(min(seconds, 1.0))]
            hurry.touch()
            _wait_for_stall(daemon)
            hurry.unlink()
            spans.append(reloading(daemon, config, texts, seconds))
        events = all_played(played)
    return [figure for span in spans for figure in _figures(span, events)]


def _wait_for_stall(daemon: Daemon) -> None:
    deadline = time.monotonic() + STALLS_WITHIN
    while not any(neuron["waiting"] for neuron in daemon.status()["neurons"]):
        if time.monotonic() > deadline:
            raise RuntimeError("the session that reads nothing still takes what it is sent")
        time.sleep(0.05)


def _figures(span: Span, events: Sequence[Played]) -> list[float]:
    took = sorted((event.returned - event.called) / 1e6 for event in events if span.begin <= event.due < span.end)
    return [percentile(took, 999), took[-1]]
