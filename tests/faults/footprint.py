"""What the bridge holds on to: threads, file descriptors, what waits, and objects of the program's own classes."""

import gc
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.outbox import Outbox

PROGRAM: Final = "nallely_midibridge."
FAR_END: Final = "nallely_midibridge.simulated"
RECORDS: Final = ("values.", "core.echo.", "core.cycles.", "core.voices.key._Feet", "edges.port_watch.Wanted")
"""Classes that tell of what happened lately, or what a mapping says. Their number may vary a little."""
KEPT: Final = ("values.effects.SendValue",)
"""Each voice keeps one for each note."""
MANY: Final = 400
"""So many records more are no leak: thousands of events happen in each test, and of each value sent one is kept."""
FILES: Final = "open files"
THREADS: Final = "threads, those of the MIDI system too"


@contextmanager
def only_what_comes() -> Iterator[None]:
    """In the block only objects made in it are looked at, which makes looking a hundred times faster."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@dataclass(frozen=True, slots=True)
class Footprint:
    """One look. ``parts`` are counts that must be the same again, ``records`` those that must not grow much."""

    parts: Counter[str]
    records: Counter[str]

    @classmethod
    def take(cls) -> Self:
        """Look now; rubbish is thrown out before."""
        gc.collect()
        parts, records = Counter[str](), Counter[str]()
        for thing in gc.get_objects():
            kind = type(thing)
            if kind.__module__.startswith(PROGRAM) and not kind.__module__.startswith(FAR_END):
                name = f"{kind.__module__.removeprefix(PROGRAM)}.{kind.__name__}"
                if not name.startswith(KEPT):
                    (records if issubclass(kind, tuple) or name.startswith(RECORDS) else parts)[name] += 1
            if isinstance(thing, Outbox):
                parts["values that wait for the session"] += len(thing)
            elif isinstance(thing, Agenda):
                parts["agendas with a task"] += thing.next_at is not None
        parts.update(f"thread {thread.name}" for thread in threading.enumerate() if not thread.name.startswith("Dummy"))
        parts[FILES] = len(os.listdir("/proc/self/fd"))
        parts[THREADS] = len(os.listdir("/proc/self/task"))
        return cls(parts, records)

    def change_since(self, before: "Footprint") -> list[str]:
        """What is not as it was."""
        return [
            f"{name}: {before.parts[name]} before, {self.parts[name]} now"
            for name in self.parts | before.parts
            if self.parts[name] != before.parts[name]
        ] + [
            f"{name}: {before.records[name]} before, {count} now"
            for name, count in self.records.items()
            if count > before.records[name] + MANY
        ]
