"""One port that we listen to: what of its messages counts, and who is told."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from nallely_midibridge.core.cycles import Cycles
from nallely_midibridge.core.echo import Echo
from nallely_midibridge.core.table import RoutingTable
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, Report
from nallely_midibridge.values.mapping import Port

SHOWN: Final = 8
"""Bytes of an ignored message that are shown."""


class Tally:
    """What came in on a port since the bridge started."""

    def __init__(self) -> None:
        self.received = 0
        self.echoes = 0
        self.ignored: Counter[str] = Counter()


class Inlet:
    """The way in of one port. What it learns of the port, ``tally`` and ``echo``, outlives a change of the mapping.

    ``echo`` and ``cycles`` are None where nothing can come back.
    """

    def __init__(self, port: Port, tally: Tally, echo: Echo | None, cycles: Cycles | None) -> None:
        self.port = port
        self.tally = tally
        self.echo = echo
        self.table = RoutingTable()
        self._cycles = cycles

    def receive(self, message: Sequence[int], now: float) -> list[Effect]:
        """A message came in."""
        self.tally.received += 1
        if not midi.is_whole(message):
            return self._ignore(message)
        if self._comes_back(message, now):
            self.tally.echoes += 1
            return []
        return [effect for receive in self.table.find(message) for effect in receive(message, now)]

    def _comes_back(self, message: Sequence[int], now: float) -> bool:
        if self.echo is not None and self.echo.is_echo(message, now):
            return True
        return self._cycles is not None and self._cycles.refuses(self.port.name, message, now)

    def _ignore(self, message: Sequence[int]) -> list[Effect]:
        """A message that no route can use: it is counted, and the first of its kind is said."""
        kind = midi.fault(message)
        self.tally.ignored[kind] += 1
        if self.tally.ignored[kind] > 1:
            return []
        start = " ".join(f"{byte:02X}" for byte in message[:SHOWN])
        more = " …" if len(message) > SHOWN else ""
        return [Report(f"port {self.port.name}: ignored {kind} ({start}{more}); counted from now on, said once")]
