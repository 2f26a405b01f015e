"""The monitor on a terminal: how the bridge is, which routes move, and what happened last."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nallely_midibridge.cli.monitor.lines import Event, is_traffic, line
from nallely_midibridge.cli.status import duration

MOVING: Final = 8
"""Routes that are shown, those that moved last."""
FEWEST: Final = 4
"""Lines of events on however small a terminal."""
REMEMBERED: Final = 200

Status = Mapping[str, Any]


class LiveView:
    """Redrawn in place while entered, as wide and as high as the terminal."""

    def __init__(self, console: Console, where: str) -> None:
        self._console = console
        self._where = where
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._status: Status = {}
        self._live = Live(self._draw(), console=console, auto_refresh=False, screen=True)

    def happened(self, event: Event) -> None:
        self._events.append(event)

    def know(self, status: Status) -> None:
        """The newest answer to ``status``."""
        self._status = status

    def refresh(self) -> None:
        self._live.update(self._draw(), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _draw(self) -> RenderableType:
        width, height = self._console.size
        top = list(self._top())
        lines = sum(part.row_count if isinstance(part, Table) else 1 for part in top)
        room = max(FEWEST, height - lines - 1)
        events = [
            Text(line(event)[: width - 1], style="dim" if is_traffic(event) else "bold", no_wrap=True)
            for event in list(self._events)[-room:]
        ]
        return Group(*top, *events)

    def _top(self) -> Iterator[RenderableType]:
        status = self._status
        yield Text(f"{_head(status)}  {self._where}"[: self._console.width - 1], style="reverse", no_wrap=True)
        if status:
            yield _table([_port(port) for port in status["ports"]])
            yield _table([_neuron(neuron) for neuron in status["neurons"]])
            yield Text()
            yield _table(_moving(status["routes"]))
            yield Text()


def _head(status: Status) -> str:
    if not status:
        return "nallely-midibridge"
    delay = status["latency"]["p99_seconds"]
    took = f", 99 % of keys within {delay * 1000:.2g} ms" if delay is not None else ""
    return f"running for {duration(status['uptime_seconds'])}{took}; Ctrl-C ends this view"


def _port(port: Status) -> tuple[str, ...]:
    is_input = port["direction"] == "input"
    passed = f"{port['received']:,} received" if is_input else f"{port['sent']:,} sent{_merged(port)}"
    state = port["device"] if port["open"] else f"waiting for {port['wanted']}"
    return _dot(port["open"]), f"{port['name']} {'in' if is_input else 'out'}", state, passed


def _neuron(neuron: Status) -> tuple[str, ...]:
    voices = neuron["voices"]
    held = f", {voices['sounding']} of {voices['count']} voices sound" if voices["count"] else ""
    since = duration(neuron["for_seconds"])
    state = f"{'connected' if neuron['connected'] else neuron['trouble'] or 'not connected'}, {since}"
    passed = f"{neuron['received']:,} received, {neuron['sent']:,} sent{_merged(neuron)}{held}"
    return _dot(neuron["connected"]), neuron["name"], state, passed


def _merged(counts: Status) -> str:
    return f", {counts['merged']:,} merged" if counts["merged"] else ""


def _moving(routes: Sequence[Status]) -> list[tuple[str, ...]]:
    moved = sorted((route for route in routes if route["values"]), key=lambda route: float(route["seconds_ago"]))
    rows: list[tuple[str, ...]] = []
    for route in moved[:MOVING]:
        arrow = "->" if route["kind"] == "probe" else "<-"
        last = "" if route["last"] is None else f"{route['last']:.5g}"
        ago = route["seconds_ago"]
        when = "now" if ago < 1 else f"{duration(ago)} ago"
        name = f"{route['neuron']}.{route['name']}"
        rows.append((name, f"{arrow} {route['port']} {route['what']}", last, when, f"{route['values']:,}"))
    return rows


def _table(rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(*(Text.from_ansi(cell) if cell in _DOTS else Text(_plain(cell), no_wrap=True) for cell in row))
    return table


_DOTS: Final = ("\x1b[32m●\x1b[0m", "\x1b[33m○\x1b[0m")


def _dot(is_there: bool) -> str:
    return _DOTS[0] if is_there else _DOTS[1]


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
