"""Whether a reload is heard: how long events wait while a long mapping file is read again and again.

The bridge is the daemon that a user starts, and reloads on SIGHUP; a keyboard in its process plays and takes the time.
"""

import os
import tempfile
import textwrap
import time
from array import array
from collections.abc import Sequence
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from benchmarks.daemon import Daemon
from benchmarks.measure import BRIDGE, AtMost, Effort, Figure, Measure, percentile
from benchmarks.places import Place
from benchmarks.player import EVERY, KEYBOARD, KNOBS
from benchmarks.server import Server

GOAL: Final = AtMost(10)
"""ms that an event may wait."""

_MAPPING: Final = """
nallely: {{bus: "ws://127.0.0.1:{port}"}}
ports:
  keyboard: {keyboard}
  daw: {{virtual: Nallely}}
neurons:
  keys:
    voices:
      voice: {{from: keyboard, count: 16, retrigger_gap: 0ms, transpose: {transpose}}}
    params:
{params}
    probes:
{probes}
"""


class Played(NamedTuple):
    """An event of the keyboard: when it was due, the callback was called, and it returned; in ns."""

    due: int
    called: int
    returned: int


class Span(NamedTuple):
    """A part of a run, in ns of the monotonic clock, and how many ms each reload in it took."""

    begin: int
    end: int
    reloads: Sequence[float]


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """One measure: nothing else going on, a file in which one route changes, one in which all of them do."""
    how = (
        f"{1_000_000_000 // EVERY:,} events a second, notes and controllers, for {effort.seconds:g} s: from when "
        "one is due to when it is handed to the socket, all on a thread as a MIDI library's"
    )
    took = "from SIGHUP to the line that says so: read, checked, registered, at work"
    figures = [Figure("undisturbed, p99.9", "ms", how), Figure("undisturbed, greatest", "ms", how, (GOAL,))]
    for name in ("one route changes", "all routes change"):
        figures.append(Figure(f"{name}, p99.9", "ms", how))
        figures.append(Figure(f"{name}, greatest", "ms", how, (GOAL,)))
        figures.append(Figure("a reload takes", "ms", took))
    title = f"playing while {effort.routes} routes are read again"
    return [Measure(title, figures, {BRIDGE: partial(delays, effort.seconds, effort.routes)})]


def delays(seconds: float, routes: int) -> Sequence[float]:
    """For each of the three parts: the 99.9th percentile and the greatest delay, and how long a reload takes."""
    with tempfile.TemporaryDirectory() as folder, Server("count") as server:
        config, played = Path(folder, "bridge.yaml"), Path(folder, "played")
        plain, *others = (mapping_text(server.port, routes, changed) for changed in (0, 1, routes))
        config.write_text(plain)
        with Daemon(config, MIDO_BACKEND="benchmarks.player", NALLELY_PLAYED=str(played)) as daemon:
            daemon.wait_for(" registered ")
            spans = [undisturbed(seconds), *(reloading(daemon, config, (text, plain), seconds) for text in others)]
        events = all_played(played)
        if server.counted() < len(events):
            raise RuntimeError(f"{server.counted()} frames arrived of {len(events)} events")
    return list(chain.from_iterable(_figures(span, events) for span in spans))


def undisturbed(seconds: float) -> Span:
    """Nothing else goes on."""
    begin = time.monotonic_ns()
    time.sleep(seconds)
    return Span(begin, time.monotonic_ns(), ())


def reloading(daemon: Daemon, config: Path, texts: Sequence[str], seconds: float) -> Span:
    """Reload in turn each of the texts, the last of them last."""
    reloads: list[float] = []
    begin = time.monotonic_ns()
    for text in cycle(texts):
        config.with_suffix(".new").write_text(text)
        os.replace(config.with_suffix(".new"), config)
        asked = time.monotonic_ns()
        daemon.reload()
        daemon.wait_for(" again")
        reloads.append((time.monotonic_ns() - asked) / 1e6)
        if len(reloads) % len(texts) == 0 and time.monotonic_ns() > begin + seconds * 1e9:
            break
    return Span(begin, time.monotonic_ns(), reloads)


def all_played(path: Path) -> list[Played]:
    """Each event that the keyboard wrote down."""
    stamps = array("q", path.read_bytes())
    return [Played(*stamps[begin : begin + 3]) for begin in range(0, len(stamps), 3)]


def _figures(span: Span, events: Sequence[Played]) -> list[float]:
    waited = sorted((event.returned - event.due) / 1e6 for event in events if span.begin <= event.due < span.end)
    took = [median(span.reloads)] if span.reloads else []
    return [percentile(waited, 999), waited[-1], *took]


def mapping_text(port: int, routes: int, changed: int) -> str:
    """A mapping file, a line a route: a knob to a parameter, or a probe to a DAW. So many differ from the plain one."""
    spans = ["[0, 2]" if number < changed else "[0, 1]" for number in range(routes)]
    params = [f"knob{n}: {{from: keyboard, cc: {n}, range: {span}}}" for n, span in enumerate(spans[:KNOBS])]
    probes = [
        f"mon{n}: {{to: daw, cc: {n % 128}, channel: {n // 128 + 1}, range: {span}}}"
        for n, span in enumerate(spans[KNOBS:])
    ]
    return _MAPPING.format(
        port=port,
        keyboard=KEYBOARD,
        transpose=12 if changed == routes else 0,
        params=textwrap.indent("\n".join(params), " " * 6),
        probes=textwrap.indent("\n".join(probes), " " * 6),
    )
