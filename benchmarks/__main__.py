"""Runs every benchmark, round after round, and prints the table."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import footprint, latency, reload, routes, throughput
from benchmarks.measure import FULL, QUICK, Effort, Measure
from benchmarks.report import Result, print_report, write_json

ROUNDS: Final = 5


def main() -> None:
    """Measure as the command line asks."""
    arguments = _arguments()
    effort = QUICK if arguments.quick else FULL
    rounds = arguments.rounds or (1 if arguments.quick else ROUNDS)
    results = [Result(measure) for measure in _measures(effort)]
    gc.collect()
    gc.freeze()  # as the daemon does once it has started
    for number in range(1, rounds + 1):
        for result in results:
            print(f"round {number} of {rounds}: {result.measure.title}", file=sys.stderr)
            result.rounds.append(_once_each(result.measure))
    print_report(results)
    if arguments.json:
        write_json(arguments.json, results)


def _measures(effort: Effort) -> list[Measure]:
    makers = (latency, throughput, footprint, reload, routes)
    return [measure for maker in makers for measure in maker.measures(effort)]


def _once_each(measure: Measure) -> dict[str, Sequence[float]]:
    """One sample of each contestant; taking turns lets a busy machine hurt all of them alike."""
    samples: dict[str, Sequence[float]] = {}
    for name, take in measure.contestants.items():
        gc.collect()
        samples[name] = take()
    return samples


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=f"{__doc__} Five rounds take two minutes."
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"how often each is measured (default {ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="see whether it runs: little effort, one round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every sample in FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
