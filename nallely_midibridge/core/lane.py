"""What may go out on one MIDI port, and when.

A DIN cable carries about 1,000 three-byte messages a second, and one fast LFO sends 2,000. What must not wait goes at
once: note-offs. The rest takes turns, and of each source only the newest message counts when its turn comes.
"""

from collections.abc import Callable
from typing import Final, Protocol

from nallely_midibridge.values.effects import Effect, SendMidi
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.midi import MidiMessage

BURST: Final = 0.01
"""Seconds a port may be ahead of its rate: what the system's buffers take without anybody hearing it."""
LONG_AGO: Final = float("-inf")

Schedule = Callable[[float], None]
"""Asks for `Lane.wake` at a time."""
Told = Callable[[str, MidiMessage, float], None]
"""Hears of a port, a message that goes out on it, and the time."""


class Pace:
    """At most ``rate`` messages a second; ``burst`` seconds' worth of them may come at once."""

    def __init__(self, rate: float, burst: float = 0.0) -> None:
        self._cost = 1.0 / rate
        self._burst = burst
        self._free_at = LONG_AGO

    @property
    def ready_at(self) -> float:
        """From when on the next message keeps the pace."""
        return self._free_at - self._burst

    def take(self, now: float) -> None:
        """A message goes out."""
        self._free_at = max(self._free_at, now) + self._cost


class Source(Protocol):
    """What takes turns on a lane."""

    pace: Pace | None

    def take(self) -> MidiMessage:
        """The newest message, which goes out now."""


class Lane:
    """One port. ``told`` hears of each message that goes out.

    ``sent`` counts these, and ``merged`` those that a newer one of their source replaced while they waited.
    """

    def __init__(self, port: Port, schedule: Schedule, told: Told) -> None:
        self.port = port
        self._pace = Pace(port.output_rate, BURST)
        self._schedule = schedule
        self._told = told
        self._waiting: dict[Source, None] = {}
        self._wake_at: float | None = None
        self._held_back_until = LONG_AGO
        self.is_open = False
        self.sent = 0
        self.merged = 0

    def close(self) -> None:
        """The port is gone, and with it what waited."""
        self.is_open = False
        self._waiting.clear()

    def send(self, message: MidiMessage, now: float) -> list[Effect]:
        """Send what must not wait."""
        if not self.is_open:
            return []
        self._pace.take(now)
        self.sent += 1
        self._told(self.port.name, message, now)
        return [SendMidi(self.port.name, message)]

    def hold_back(self, until: float) -> None:
        """Let what may wait wait until then."""
        self._held_back_until = until

    def offer(self, source: Source, now: float) -> list[Effect]:
        """A source has a new message: send it if there is room, or let it wait for its turn."""
        if not self.is_open:
            return []
        if source in self._waiting:
            self.merged += 1
            return []
        ready_at = self._ready_at(source)
        if ready_at <= now:
            return self._give(source, now)
        self._waiting[source] = None
        self._wake(ready_at)
        return []

    def withdraw(self, source: Source) -> None:
        """The source has nothing to say any more."""
        self._waiting.pop(source, None)

    def wake(self, now: float) -> list[Effect]:
        """Send what has its turn, those that wait longest first."""
        self._wake_at = None
        effects: list[Effect] = []
        for source in list(self._waiting):
            if self._ready_at(source) <= now:
                del self._waiting[source]
                effects += self._give(source, now)
        if self._waiting:
            self._wake(min(map(self._ready_at, self._waiting)))
        return effects

    def _give(self, source: Source, now: float) -> list[Effect]:
        if source.pace is not None:
            source.pace.take(now)
        return self.send(source.take(), now)

    def _ready_at(self, source: Source) -> float:
        ready_at = max(self._pace.ready_at, self._held_back_until)
        return ready_at if source.pace is None else max(ready_at, source.pace.ready_at)

    def _wake(self, at: float) -> None:
        if self._wake_at is None or at < self._wake_at:
            self._wake_at = at
            self._schedule(at)
