"""Round trips for people: what was measured, and a small histogram."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nallely_midibridge.core.histogram import Bin, histogram
from nallely_midibridge.values.round_trips import RoundTrips

BAR: Final = 40
"""Letters of the longest bar."""
REDRAWS: Final = 8
"""A second."""


class View:
    """Redrawn in place on a terminal, written once elsewhere. A context manager."""

    def __init__(self, where: str, count: int) -> None:
        self.trips = RoundTrips()
        self._where = where
        self._count = count
        self._console = Console(highlight=False)
        self._block = "█" if self._console.encoding.startswith("utf") else "#"
        self._live = Live(get_renderable=self._draw, console=self._console, refresh_per_second=REDRAWS, transient=False)

    def __enter__(self) -> RoundTrips:
        if self._console.is_terminal:
            self._live.start()
        return self.trips

    def __exit__(self, error: object, *_: object) -> None:
        """With an error, nothing is to be seen but that."""
        if self._console.is_terminal:
            self._live.transient = error is not None
            self._live.stop()
        elif error is None:
            self._console.print(self._draw())

    def _draw(self) -> RenderableType:
        trips = RoundTrips(list(self.trips.delays), self.trips.lost)
        return Group(Text(f"round trip {self._where}"), *self._lines(trips))

    def _lines(self, trips: RoundTrips) -> Iterator[RenderableType]:
        lost = f", {trips.lost} did not come back" if trips.lost else ""
        yield Text(f"{trips.sent} of {self._count} sent{lost}")
        if trips.delays:
            least, half, most, greatest = map(milliseconds, trips.percentiles((0, 50, 99, 100)))
            yield Text(f"half within {half} ms, 99 % within {most} ms; {least} to {greatest} ms\n")
            yield self._bars(histogram(trips.delays))

    def _bars(self, bins: list[Bin]) -> Table:
        longest = max(part.count for part in bins)
        table = Table.grid(padding=(0, 1, 0, 0))
        for justify in ("right", "left", "right"):
            table.add_column(justify=justify)
        for part in bins:
            bar = self._block * -(-BAR * part.count // longest)
            table.add_row(f"{label(part)} ms", bar, str(part.count))
        return table


def label(part: Bin) -> str:
    """``0.42 to 0.44``, with as many digits as the width asks for."""
    if part.high is None:
        return f"from {part.low / 1e6:g}"
    digits = next(digits for digits in range(7) if digits == 6 or (part.high - part.low) % 10 ** (6 - digits) == 0)
    return f"{part.low / 1e6:.{digits}f} to {part.high / 1e6:.{digits}f}"


def milliseconds(delay: int) -> str:
    """Three digits that count, and no more than whole ns."""
    return f"{delay / 1e6:.3g}" if delay < 1e9 else f"{delay / 1e6:.0f}"
