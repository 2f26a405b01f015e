"""Runs every benchmark, round after round, and prints the table."""

import argparse
import compileall
import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import footprint, latency, levers, playing, reload, routes, spread, throughput
from benchmarks.daemon import ROOT
from benchmarks.document import write_into
from benchmarks.hot_path import print_profile
from benchmarks.measure import FULL, QUICK, Effort, Measure
from benchmarks.places import Place, jack_at_work, places
from benchmarks.report import Result, print_report, write_json

ROUNDS: Final = 5

PARTS: Final[Mapping[str, Callable[[Effort, Sequence[Place]], Sequence[Measure]]]] = {
    "latency": latency.measures,
    "throughput": throughput.measures,
    "routes": routes.measures,
    "ports": spread.measures,
    "footprint": footprint.measures,
    "playing": playing.measures,
    "reload": reload.measures,
    "levers": levers.measures,
}


def main() -> None:
    """Measure as the command line asks."""
    arguments = _arguments()
    effort = QUICK if arguments.quick else FULL
    if arguments.profile:
        print_profile(effort)
        return
    rounds = arguments.rounds or (1 if arguments.quick else ROUNDS)
    for folder in ("nallely_midibridge", "benchmarks"):  # as an installer does; it halves the time of our imports
        compileall.compile_dir(ROOT / folder, quiet=1)
    found = places()
    results = [Result(measure) for name in arguments.only for measure in PARTS[name](effort, found)]
    gc.collect()
    gc.freeze()  # as the daemon does once it has started
    for number in range(1, rounds + 1):
        with jack_at_work():
            taken = [_once_each(result.measure, f"round {number} of {rounds}") for result in results]
        for result, samples in zip(results, taken, strict=True):
            result.rounds.append(samples)
    print_report(results)
    if arguments.json:
        write_json(arguments.json, results)
    if arguments.document:
        write_into(arguments.document, results)


def _once_each(measure: Measure, when: str) -> dict[str, Sequence[float]]:
    """One sample of each contestant; taking turns lets a busy machine hurt all of them alike."""
    print(f"{when}: {measure.title}", file=sys.stderr)
    samples: dict[str, Sequence[float]] = {}
    for name, take in measure.contestants.items():
        gc.collect()
        samples[name] = take()
    return samples


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=f"{__doc__} Five rounds take eight minutes."
    )
    parser.add_argument(
        "--only", choices=PARTS, action="append", metavar="NAME", help=f"a part: {', '.join(PARTS)}; may be repeated"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"how often each is measured (default {ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="see whether it runs: little effort, one round")
    parser.add_argument(
        "--profile", action="store_true", help="in place of all this: which functions a note and a value cost"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every sample in FILE")
    parser.add_argument(
        "--document", type=Path, metavar="FILE", help="put the table into FILE, in place of the one there"
    )
    arguments = parser.parse_args()
    left_out = ["levers"] if arguments.quick else []
    arguments.only = list(dict.fromkeys(arguments.only or [name for name in PARTS if name not in left_out]))
    return arguments


if __name__ == "__main__":
    main()
