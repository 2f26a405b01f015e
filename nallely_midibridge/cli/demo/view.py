"""The demo on a terminal, drawn with rich; or as lines where the output is no terminal."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Final, Self

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nallely_midibridge.cli.demo.scene import Scene
from nallely_midibridge.values.midi import note_name

WIDEST_PANEL: Final = 50
NARROWEST_PANEL: Final = 36
"""What a voice with its note and velocity takes."""
NAMES_WIDTH: Final = 17
FRAME_WIDTH: Final = 6
MOVING_EVERY: Final = 30
"""Refreshes between two lines about what moves all the time: two seconds."""
COUNTS: Final = ("midi in", "values out", "values in", "midi out")
VOICES: Final = tuple(f"voice{n}" for n in range(1, 5))


class View(ABC):
    """Shows a scene while entered; `refresh` is called some fifteen times a second."""

    @abstractmethod
    def refresh(self) -> None:
        """Show what is new."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...


class LiveView(View):
    """Redrawn in place: two panels as wide as the terminal lets them be, side by side where there is room."""

    def __init__(self, console: Console, scene: Scene, title: str) -> None:
        self._console = console
        self._scene = scene
        self._title = title
        self._live = Live(self._draw(), console=console, auto_refresh=False)

    def refresh(self) -> None:
        self._live.update(self._draw(), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _draw(self) -> RenderableType:
        scene = self._scene
        half = (self._console.width - 1) // 2
        width = min(WIDEST_PANEL, half if half >= NARROWEST_PANEL else self._console.width - 1)
        bar = Bar(max(4, width - NAMES_WIDTH - FRAME_WIDTH))
        left = Panel(_keyboard_side(scene, bar), title="keyboard → Nallely", width=width)
        right = Panel(_daw_side(scene, bar), title="Nallely → DAW", width=width)
        counts = "   ".join(f"{name} {scene.counts[name]}" for name in COUNTS)
        return Group(
            Text(self._title, style="bold"),
            Columns([left, right], padding=(0, 1, 0, 0)),
            Text(counts, style="dim"),
            Text("Ctrl-C ends the demo."),
        )


class Bar:
    """A value as a bar of so many letters."""

    def __init__(self, width: int) -> None:
        self._width = width

    def __call__(self, value: float, low: float, high: float) -> str:
        filled = round(self._width * min(1.0, max(0.0, (value - low) / (high - low))))
        return f"{'█' * filled}{'░' * (self._width - filled)}"


class LineView(View):
    """A line for each note, and now and then one for what moves all the time."""

    def __init__(self, scene: Scene, write: Callable[[str], None]) -> None:
        self._scene = scene
        self._write = write
        self._turn = 0

    def refresh(self) -> None:
        while self._scene.lines:
            self._write(self._scene.lines.popleft())
        self._turn += 1
        if self._turn % MOVING_EVERY == 0:
            self._write_moving()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refresh()
        self._write_moving()

    def _write_moving(self) -> None:
        values = {f"keyboard   -> demo.{name}": self._scene.values.get(name) for name in ("cutoff", "bend")}
        values |= {f"LFO1       -> demo.{name}": value for name, value in self._scene.probes.items()}
        values |= {f"demo.mon1  -> DAW: {control}": value for control, value in self._scene.daw.items()}
        for name, value in values.items():
            if value is not None:
                self._write(f"{name}: {value:.4g}")


def _keyboard_side(scene: Scene, bar: Bar) -> Table:
    table = _table()
    table.add_row("keys down", _notes(sorted(scene.held)))
    for voice in VOICES:
        note = int(scene.values.get(voice, 0))
        velocity = scene.values.get(voice.replace("voice", "vel"), 0.0)
        table.add_row(f"demo.{voice}", f"{note_name(note):<4} vel {velocity:3.0f}" if note else "·")
    table.add_row("demo.cutoff", bar(scene.values.get("cutoff", 0.0), 0, 1))
    table.add_row("demo.bend", bar(scene.values.get("bend", 0.0), -2, 2))
    table.add_row("the synth plays", _notes(scene.synth))
    return table


def _daw_side(scene: Scene, bar: Bar) -> Table:
    table = _table()
    table.add_row("LFO1 to demo.mon1", bar(scene.probes.get("mon1", 0.0), 0, 127))
    table.add_row("LFO1 to demo.lead", bar(scene.probes.get("lead", 48.0), 48, 72))
    for control, value in sorted(scene.daw.items()):
        table.add_row(control, bar(value, 0, 127))
    table.add_row("the DAW hears", _notes(scene.daw_notes))
    return table


def _table() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=NAMES_WIDTH, style="cyan")
    table.add_column()
    return table


def _notes(notes: Iterable[int]) -> str:
    return " ".join(note_name(note) for note in notes) or "·"
