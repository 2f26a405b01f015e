"""``learn`` from beginning to end."""

import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from nallely_midibridge.cli.config import found_config
from nallely_midibridge.cli.learn.lines import as_json, as_text
from nallely_midibridge.cli.learn.notebook import Notebook
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.every_input import Change, EveryInput
from nallely_midibridge.edges.port_watch import LOOK_EVERY
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.values.errors import MappingError
from nallely_midibridge.values.mapping import Mapping
from nallely_midibridge.values.port_name import short_name

HEED_EVERY: Final = 0.05
"""Seconds from one look at what came in to the next."""
MOST_WAITING: Final = 10_000
"""Messages that are kept while nobody reads what is said; the oldest go first."""


def learn(file: Path | None, json: bool) -> int:
    """Say what is moved, until a signal. Raises MidiSystemError where there is no MIDI system, MappingError."""
    waiting: deque[tuple[str, tuple[int, ...], float]] = deque(maxlen=MOST_WAITING)

    def receive(name: str, message: Sequence[int]) -> None:
        waiting.append((name, tuple(message), time.monotonic()))

    with Signals() as signals:
        mapping, found = _mapping(file)
        with EveryInput(find_midi_system, receive) as inputs:
            course = _Course(Notebook(mapping), inputs, json)
            course.begin(found)
            look_at = time.monotonic() + LOOK_EVERY
            while not signals.wait(HEED_EVERY):
                for _ in range(len(waiting)):
                    course.hear(*waiting.popleft())
                course.let_pass(time.monotonic())
                if time.monotonic() >= look_at:
                    course.look()
                    look_at = time.monotonic() + LOOK_EVERY
    return 0


def _mapping(file: Path | None) -> tuple[Mapping, Path | None]:
    """The mapping in a file that is named, or else in one that is found, and which; an empty one where there is none.

    A file that is found and wrong is no reason not to learn: the line that is missing in it may be what is wanted.
    """
    if file is not None:
        return load_file(file), file
    found = found_config()
    if found is None:
        return Mapping(), None
    try:
        return load_file(found), found
    except MappingError:
        _say(f"{found} is wrong (nallely-midibridge check says where), so its names are not used")
        return Mapping(), None


class _Course:
    """What is said of the inputs and of their lessons."""

    def __init__(self, notebook: Notebook, inputs: EveryInput, json: bool) -> None:
        self._notebook = notebook
        self._inputs = inputs
        self._json = json
        self._trouble: str | None = None

    def begin(self, found: Path | None) -> None:
        changes = self._inputs.look()
        self._heed(changes)
        if self._json:
            return
        names = [short_name(change.name) for change in changes if change.is_open]
        _say(f"MIDI: {self._inputs.system_name}" + (f"; with the names of {found}" if found else ""))
        _say(f"listening to {', '.join(map(repr, names))}" if names else "no MIDI inputs yet: plug something in")
        _say("move one control at a time; Ctrl-C ends it")

    def look(self) -> None:
        """Heed what comes and goes."""
        changes = self._inputs.look()
        self._heed(changes)
        if self._inputs.trouble not in (None, self._trouble):
            _say(f"{self._inputs.trouble}; looking again until there is one")
        self._trouble = self._inputs.trouble
        for change in changes:
            if not self._json and change.refusal is None:
                _say(f"{'+' if change.is_open else '-'} {short_name(change.name)!r}")

    def hear(self, name: str, message: tuple[int, ...], now: float) -> None:
        self.let_pass(now)
        if entry := self._notebook.hear(name, message, now):
            print(as_json(entry) if self._json else as_text(entry), flush=True)

    def let_pass(self, now: float) -> None:
        """Say what was to be said before a time."""
        while entry := self._notebook.due(now):
            print(as_json(entry) if self._json else as_text(entry), flush=True)

    def _heed(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.refusal is not None:
                _say(f"{change.refusal}; another program may have it to itself; going on without it")
            elif change.is_open:
                self._notebook.open(change.name, self._inputs.present)
            else:
                self._notebook.close(change.name)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
