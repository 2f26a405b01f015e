"""The far end: a simulated Nallely on the usual port, which notes when each value came.

``python session.py`` runs one by itself and prints what comes, until its input ends.
"""

import sys
import threading
import time
from typing import NamedTuple, Self

from nallely_midibridge.simulated import Happening, SimulatedNallely, ValueReceived

PORT = 6789


class Heard(NamedTuple):
    """A value that came from the bridge."""

    at: float
    parameter: str
    value: float


class Session:
    """Values are kept by neuron; look at those after a mark."""

    def __init__(self, neuron: str, port: int = PORT) -> None:
        self.neuron = neuron
        self.heard: list[Heard] = []
        self._changed = threading.Condition()
        self.nallely = SimulatedNallely(self._observe, port=port, trevor=False)

    def __enter__(self) -> Self:
        self.nallely.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.nallely.__exit__(None, None, None)

    def mark(self) -> int:
        return len(self.heard)

    def since(self, mark: int, prefix: str = "voice") -> list[tuple[str, float]]:
        """The values of some parameters that came after a mark."""
        return [(heard.parameter, heard.value) for heard in self.heard[mark:] if heard.parameter.startswith(prefix)]

    def wait_since(self, mark: int, count: int, prefix: str = "voice", timeout: float = 5.0) -> list[tuple[str, float]]:
        """Wait until so many values came; returns those that did."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.since(mark, prefix)) >= count, timeout)
            return self.since(mark, prefix)

    def sounding(self, prefix: str = "voice") -> dict[str, float]:
        """The voices that are not 0."""
        last = {heard.parameter: heard.value for heard in list(self.heard) if heard.parameter.startswith(prefix)}
        return {name: value for name, value in last.items() if value}

    def silent_at(self, timeout: float = 10.0, prefix: str = "voice") -> float | None:
        """Wait until every voice is 0; returns when the last one became so."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self.sounding(prefix), timeout):
                return None
            return max((heard.at for heard in self.heard if heard.parameter.startswith(prefix)), default=None)

    def _observe(self, happening: Happening) -> None:
        if isinstance(happening, ValueReceived) and happening.neuron == self.neuron:
            with self._changed:
                self.heard.append(Heard(time.monotonic(), happening.parameter, happening.value))
                self._changed.notify_all()


def main() -> None:
    with SimulatedNallely(lambda happening: print(happening, flush=True), port=PORT):
        sys.stdin.read()


if __name__ == "__main__":
    main()
