"""Plays for a long time with something going wrong every few seconds, and says what became of it.

    python -m tests.soak 600 [--jack] [--seed SEED]

A random player on two channels, a patch that floods eight probes with 2,000 values a second each, and every fault
there is, in an order of chance. The session runs in a process of its own. The exit status is 0 if nothing was stuck,
lost, stale or made up, everything came back, and nothing grew from when every fault had come once: descriptors,
threads, objects and memory. What was not so is printed, with the seed that plays it again.
"""

import argparse
import gc
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from typing import Final

from nallely_midibridge.cli.run import SWITCH_EVERY
from tests.faults.account import Findings
from tests.faults.devices import JackDevices, MemoryDevices
from tests.faults.faults import FAULTS, Fault, replugged_at_once
from tests.faults.growth import Growth
from tests.faults.remote import RemoteFar
from tests.faults.stage import Stage, Trouble
from tests.jack_server import environment_of, running_jack

FLOOD: Final = 2_000
"""Values a second on each of the eight monitors; a slow machine feeds what it can."""
PATIENCE: Final = 15.0
"""Seconds: a half-open connection is given up after eight."""
MOMENT: Final = 1.0
PAUSE: Final = 0.004
SHOWN: Final = 5
"""Findings of a kind that are printed."""


class Soak:
    """A stage, and what was found out on it so far."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.survived: Counter[str] = Counter()
        self.findings = Findings()
        self.slowest: dict[str, float] = {}
        """ms of the slowest callback, by what went wrong then."""
        self.callbacks = 0
        self.growth = Growth()

    def go(self, seconds: float, faults: list[Fault]) -> None:
        """Play until the time is over; each fault comes once before one comes again."""
        self._round(None)
        until = time.monotonic() + seconds
        waiting: list[Fault] = []
        while time.monotonic() < until:
            waiting = waiting or self._stage.random.sample(faults, len(faults))
            self._round(waiting.pop())
            if not waiting and not self.growth.has_begun:
                self.growth.begin()

    def _round(self, fault: Fault | None) -> None:
        """Play before, during and after a fault, then let go of everything and look."""
        self._stage.go_on()
        self._stage.play_on()
        trouble = self._happen(fault) if fault is not None else []
        self._stage.play_on()
        found = self._stage.rest()
        found.not_back += trouble
        name = fault.name if fault is not None else "nothing"
        self._take_times(name)
        self._add(found)
        if fault is not None and not found:
            self.survived[name] += 1
        self.growth.look()
        print(f"\nafter {name}:\n{found}" if found else ".", end="\n" if found else "", flush=True)

    def _happen(self, fault: Fault) -> list[str]:
        try:
            fault.happen(self._stage)
        except Trouble as trouble:
            return [f"{fault.name}: {trouble}"]
        return []

    def _add(self, found: Findings) -> None:
        for kind in fields(found):
            getattr(self.findings, kind.name).extend(getattr(found, kind.name))

    def _take_times(self, meanwhile: str) -> None:
        took = self._stage.tap.took
        self.slowest[meanwhile] = max(self.slowest.get(meanwhile, 0.0), max(took, default=0) / 1e6)
        self.callbacks += len(took)
        del took[:]


def report(soak: Soak, stage: Stage, fed: int) -> None:
    """Print the figures, and what was wrong."""
    found = soak.findings
    slowest = max(soak.slowest, key=lambda meanwhile: soak.slowest[meanwhile])
    rows = {
        "notes played": f"{stage.presses:,}, with {soak.callbacks:,} MIDI messages in all",
        "faults survived": f"{sum(soak.survived.values())}, of {len(soak.survived)} kinds",
        "notes stuck": len(found.stuck),
        "notes lost while the link was up": len(found.lost),
        "held notes that were silent": len(found.silent),
        "messages that nobody asked for": len(found.unasked),
        "values that were not the newest": len(found.stale),
        "not back in time": len(found.not_back),
        "values fed to probes": f"{fed:,}",
        "messages sent on MIDI": f"{stage.tap.outputs.count:,}",
        "values merged": f"{stage.merged:,}",
        "greatest callback time": f"{soak.slowest[slowest]:.2f} ms, when this went wrong: {slowest}",
        **soak.growth.rows(),
        "grown": len(soak.growth.found()),
    }
    print("\n")
    for name, value in rows.items():
        print(f"{name:<34}{value}")
    for kind in fields(found):
        for text in getattr(found, kind.name)[:SHOWN]:
            print(f"{kind.name}: {text}")
    for text in soak.growth.found():
        print(f"grown: {text}")


@contextmanager
def jack() -> Iterator[None]:
    """A JACK server of our own."""
    with running_jack(period=1024) as name:
        os.environ.update(environment_of(name))
        yield


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", type=float)
    parser.add_argument("--jack", action="store_true", help="on real ports, of a JACK server that it starts")
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10**6)))
    arguments = parser.parse_args()
    with jack() if arguments.jack else nullcontext():
        return soak(arguments.seconds, arguments.seed, is_jack=arguments.jack)


def soak(seconds: float, seed: str, *, is_jack: bool) -> int:
    """The exit status."""
    sys.setswitchinterval(SWITCH_EVERY)  # as the daemon does
    devices = JackDevices() if is_jack else MemoryDevices()
    faults = [fault for fault in FAULTS if not (is_jack and fault.happen is replugged_at_once)]
    print(f"seed {seed}, {seconds:g} s, {devices.name}, {len(faults)} kinds of faults", flush=True)
    with RemoteFar(seed, flood=FLOOD, bus_delay=1.0) as far:
        with Stage(seed, devices, far, patience=PATIENCE, moment=MOMENT, pause=PAUSE) as stage:  # type: ignore[arg-type]
            gc.collect()
            gc.freeze()
            work = Soak(stage)
            work.go(seconds, faults)
        report(work, stage, far.fed_count())
    return int(bool(work.findings or work.growth.found()))


if __name__ == "__main__":
    sys.exit(main())
