"""What a scenario finds out: one line a check, and an exit status."""

import sys
from typing import NoReturn

_failures: list[str] = []


def check(what: str, is_so: object, figure: object = "") -> bool:
    """Say whether something is as it should be, with the figure that shows it."""
    if not is_so:
        _failures.append(what)
    print(f"{'ok  ' if is_so else 'FAIL'} {what}{f': {figure}' if figure != '' else ''}", flush=True)
    return bool(is_so)


def note(text: str) -> None:
    """Say something that is neither right nor wrong."""
    for line in text.splitlines():
        print(f"     {line}", flush=True)


def finish() -> NoReturn:
    """End the scenario."""
    sys.exit(1 if _failures else 0)


def spread(seconds: list[float]) -> str:
    """Lowest, middle and highest of some times, in milliseconds."""
    ordered = [f"{1000 * second:.0f}" for second in sorted(seconds)]
    return f"{len(ordered)} times, min {ordered[0]} median {ordered[len(ordered) // 2]} max {ordered[-1]} ms"
