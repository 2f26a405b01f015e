"""The monitor from beginning to end."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, Self

from rich.console import Console

from nallely_midibridge.cli.control import Which, one
from nallely_midibridge.cli.monitor.lines import Event, line
from nallely_midibridge.cli.monitor.view import LiveView, Status
from nallely_midibridge.edges.control_client import Watching, ask
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.mapping_file.problem import did_you_mean, listed
from nallely_midibridge.values.control import Do
from nallely_midibridge.values.errors import ControlError
from nallely_midibridge.values.watch import TRAFFIC

REDRAW_EVERY: Final = 0.1
"""Seconds."""
ASK_EVERY: Final = 1.0
"""Seconds from one ``status`` to the next: it costs the bridge a millisecond."""
ANSWER_WITHIN: Final = 5.0


class View(Protocol):
    """Where it is shown."""

    def happened(self, event: Event) -> None: ...

    def know(self, status: Status) -> None: ...

    def refresh(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def monitor(which: Which, names: Sequence[str], as_json: bool, events_only: bool) -> int:
    """Show a bridge until a signal, or until it ends.

    Raises ControlError when there is none, it breaks off, or has nothing of one of the ``names``.
    """
    socket = one(which)
    _check_names(names, socket)
    wanted: dict[str, object] = {"also": [] if events_only else list(TRAFFIC), "of": list(names)}
    with Signals() as signals, Watching(socket, wanted, ANSWER_WITHIN) as watching:
        view = _view(as_json, str(which.file or socket))
        asked_at = float("-inf")
        with view:
            while not signals.wait(REDRAW_EVERY):
                for event in watching.take():
                    view.happened(event)
                    if event.get("event") == "stopping":
                        view.refresh()
                        return _ended(as_json)
                if isinstance(view, LiveView) and time.monotonic() - asked_at >= ASK_EVERY:
                    asked_at = time.monotonic()
                    view.know(ask(socket, Do.STATUS, ANSWER_WITHIN))
                view.refresh()
    return 0


def _check_names(names: Sequence[str], socket: Path) -> None:
    if not names:
        return
    status = ask(socket, Do.STATUS, ANSWER_WITHIN)
    known = dict.fromkeys(part["name"] for part in (*status["ports"], *status["neurons"]))
    for name in names:
        if name not in known:
            close = did_you_mean(name, known) or f"; there are {listed(known)}"
            raise ControlError(f"no port or neuron is called {name!r}{close}")


def _ended(as_json: bool) -> int:
    if not as_json:
        print("the bridge has ended", file=sys.stderr)
    return 0


def _view(as_json: bool, where: str) -> View:
    console = Console()
    is_live = console.is_terminal and not console.is_dumb_terminal and console.encoding.startswith("utf")
    if is_live and not as_json:
        return LiveView(console, where)
    return LineView(as_json)


class LineView:
    """A line for each event: for people who keep them, or JSON for programs."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def happened(self, event: Event) -> None:
        print(json.dumps(event) if self._as_json else line(event))

    def know(self, status: Status) -> None:
        """Lines tell what happens, not how it is."""

    def refresh(self) -> None:
        print(end="", flush=True)  # where there is an output at all

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refresh()
