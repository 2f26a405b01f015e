"""What a user can do about it, and what each gives: a real-time priority, the interpreter's switch interval, `rate`."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.daemon import Daemon
from benchmarks.measure import BRIDGE, Effort, Figure, Measure, percentile
from benchmarks.places import SILENT_BACKEND, Place
from benchmarks.player import EVERY
from benchmarks.reload import Span, all_played, mapping_text, undisturbed
from benchmarks.server import Server
from benchmarks.subject import mapping_text as mapping_text_with_rate
from benchmarks.throughput import FAST_PROBES
from nallely_midibridge.cli.run import SWITCH_EVERY

PRIORITY: Final = 5
BUSY_A_CORE: Final = 2
PYTHONS_SWITCH: Final = 0.005
RATES: Final = (10_000, 1_000, 100)


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """One measure a lever."""
    return [_priority(effort), _switching(effort), _rates(effort)]


def _priority(effort: Effort) -> Measure:
    how = (
        f"{_events(effort)}; meanwhile {BUSY_A_CORE} processes a core compute; real-time: SCHED_FIFO, priority "
        f"{PRIORITY}, for every thread of the daemon, where we may"
    )
    kinds = {"as any process": False, **({"real-time": True} if _may_be_real_time() else {})}
    figures = [Figure(f"{kind}, {which}", "ms", how) for kind in kinds for which in ("p99.9", "greatest")]
    samples = [partial(waits, effort, busy=True, real_time=real_time) for real_time in kinds.values()]
    return Measure("lever: a priority, on a busy machine", figures, {BRIDGE: partial(_joined, samples)})


def _switching(effort: Effort) -> Measure:
    how = f"{_events(effort)}; meanwhile a session sends {FAST_PROBES:,} values a second"
    intervals = {"Python's 5 ms": PYTHONS_SWITCH, f"the daemon's {SWITCH_EVERY * 1000:g} ms": SWITCH_EVERY}
    figures = [Figure(f"{name}, {which}", "ms", how) for name in intervals for which in ("p99.9", "greatest")]
    samples = [partial(waits, effort, rate=FAST_PROBES, switch=interval) for interval in intervals.values()]
    return Measure("lever: the switch interval", figures, {BRIDGE: partial(_joined, samples)})


def _rates(effort: Effort) -> Measure:
    how = f"run time of the daemon while {FAST_PROBES:,} values a second come on 8 probes, {effort.seconds:g} s"
    figures = [Figure(f"rate: {rate}", "% of a core", how) for rate in RATES]
    samples = [partial(busy_with, effort.seconds, rate) for rate in RATES]
    return Measure("lever: the rate of a port", figures, {BRIDGE: partial(_joined, samples)})


def _events(effort: Effort) -> str:
    return (
        f"{1_000_000_000 // EVERY:,} events a second, notes and controllers, for {effort.seconds:g} s: from when one "
        "is due to when it is handed to the socket"
    )


def _joined(samples: Sequence["partial[Sequence[float]]"]) -> Sequence[float]:
    return [figure for sample in samples for figure in sample()]


def waits(
    effort: Effort, *, busy: bool = False, real_time: bool = False, rate: int = 0, switch: float | None = None
) -> Sequence[float]:
    """The 99.9th percentile and the greatest, in ms, of how long an event waits."""
    server = Server("burst", int(rate * effort.seconds), rate) if rate else Server("count")
    with tempfile.TemporaryDirectory() as folder, server:
        config, played = Path(folder, "bridge.yaml"), Path(folder, "played")
        config.write_text(mapping_text(server.port, effort.routes, 0))
        environment = {"NALLELY_PLAYED": str(played), **({"NALLELY_SWITCH": str(switch)} if switch else {})}
        with Daemon(config, MIDO_BACKEND="benchmarks.player", **environment) as daemon:
            daemon.wait_for(" registered ")
            if real_time:
                daemon.make_real_time(PRIORITY)
            with _busy_cores() if busy else nullcontext():
                span = _while_sending(server) if rate else undisturbed(effort.seconds)
        events = all_played(played)
    waited = sorted((event.returned - event.due) / 1e6 for event in events if span.begin <= event.due < span.end)
    return percentile(waited, 999), waited[-1]


def busy_with(seconds: float, rate: int) -> Sequence[float]:
    """% of a core that the daemon takes for many values, of which it sends so many a second at most."""
    with tempfile.TemporaryDirectory() as folder, Server("burst", int(FAST_PROBES * seconds), FAST_PROBES) as server:
        config = Path(folder, "bridge.yaml")
        config.write_text(mapping_text_with_rate(server.port, rate))
        with Daemon(config, MIDO_BACKEND=SILENT_BACKEND) as daemon:
            daemon.wait_for(" registered ")
            server.wait()
            ran = daemon.run_time
            span = _sending(server)
            ran = daemon.run_time - ran
    return (100 * ran * 1e9 / (span.end - span.begin),)


def _while_sending(server: Server) -> Span:
    server.wait()
    return _sending(server)


def _sending(server: Server) -> Span:
    server.go()
    first, last = server.sent()
    return Span(first, last, ())


@contextmanager
def _busy_cores() -> Iterator[None]:
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(BUSY_A_CORE * (os.cpu_count() or 1))]
    try:
        time.sleep(0.1)
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def _may_be_real_time() -> bool:
    probe = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        os.sched_setscheduler(probe.pid, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return False
    finally:
        probe.communicate()
    return True
