"""A process to look at from outside: the bridge doing nothing, or an interpreter that has only imported.

    python -m benchmarks.process bridge PORT SECONDS
    python -m benchmarks.process bare MODULE …

It prints one line of JSON: ``ready``, ns of the monotonic clock when all was imported; ``resident``, MiB; and for
the bridge what doing nothing for SECONDS cost. It imports no more than it is about. Linux only: it reads /proc.
"""

import gc
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Final

PAGES_PER_MIB: Final = 2**20 // resource.getpagesize()
SETTLE: Final = 0.2
"""Seconds after the start before doing nothing begins."""


def main() -> None:
    """Be what the arguments say, and tell."""
    what, *arguments = sys.argv[1:]
    seen = _bridge(int(arguments[0]), float(arguments[1])) if what == "bridge" else _bare(arguments)
    print(json.dumps(seen))


def _bridge(port: int, seconds: float) -> dict[str, float]:
    """What the daemon loads and does at its start; so the MIDI library too, though the ports are in-process."""
    import nallely_midibridge.edges.rtmidi_system  # noqa: F401
    from benchmarks.subject import bridge_at

    with bridge_at(port):
        ready = time.monotonic_ns()
        gc.collect()
        gc.freeze()
        time.sleep(SETTLE)
        return {"ready": ready, **_idle(seconds), "resident": _resident()}


def _bare(modules: list[str]) -> dict[str, float]:
    for module in modules:
        importlib.import_module(module)
    return {"ready": time.monotonic_ns(), "resident": _resident()}


def _idle(seconds: float) -> dict[str, float]:
    cpu, switches = time.process_time(), _switches()
    time.sleep(seconds)
    return {
        "processor": 100 * (time.process_time() - cpu) / seconds,
        "switches": (_switches() - switches) / seconds,
    }


def _switches() -> int:
    """How often a thread of ours went to sleep or was put aside."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_nvcsw + used.ru_nivcsw


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) / PAGES_PER_MIB


if __name__ == "__main__":
    main()
