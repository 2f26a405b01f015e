"""``python -m tests.fuzz``: as many inputs as there is time for, or the one of a seed."""

import argparse
import logging
import sys
import time
import traceback
import tracemalloc
from pathlib import Path
from random import Random, SystemRandom
from typing import Final, Protocol

from tests.fuzz.mapping_files import MappingFiles
from tests.fuzz.requests import Requests

MEASURED: Final = 50
"""One input of so many is also measured for its memory, which makes it slow."""
FAILED: Final = Path("fuzz-failure.txt")


class Target(Protocol):
    def make(self, random: Random) -> str: ...

    def check(self, text: str) -> None: ...


def main() -> int:
    """Returns 1 for the first input that breaks a law; it is shown, and written to a file."""
    options = _options()
    logging.getLogger("nallely_midibridge").addHandler(logging.NullHandler())
    with Requests() as requests:
        targets: dict[str, Target] = {"mapping file": MappingFiles(), "control socket": requests}
        if options.seed is not None:
            return max(int(not _holds(name, target, options.seed)) for name, target in targets.items())
        first = SystemRandom().randrange(1 << 32)
        print(f"fuzzing for {options.seconds:g} s from seed {first}", flush=True)
        end, count = time.monotonic() + options.seconds, 0
        while time.monotonic() < end:
            for name, target in targets.items():
                if not _holds(name, target, first + count):
                    return 1
            count += 1
    print(f"{count} mapping files and {count} clients: nothing but clear errors")
    return 0


def _holds(name: str, target: Target, seed: int) -> bool:
    random = Random(seed)
    text = target.make(random)
    if seed % MEASURED == 0:
        tracemalloc.start()
    try:
        target.check(text)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        traceback.print_exc()
        FAILED.write_bytes(text.encode("utf-8", "surrogatepass"))
        print(
            f"\n{name}, seed {seed}: {text[:500]!r}\nall of it is in {FAILED}; again: make fuzz SEED={seed}",
            file=sys.stderr,
        )
        return False
    finally:
        tracemalloc.stop()
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, help="only the inputs of this seed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
