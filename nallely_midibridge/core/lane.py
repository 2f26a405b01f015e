"""What may go out on one MIDI port, and when.

A DIN cable carries about 1,000 three-byte messages a second, and one fast LFO sends 2,000. What must not wait goes at
once: note-offs, transport and clock. The rest takes turns, and of each source only the newest value counts when its
turn comes. The messages that spell one value go out together.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from nallely_midibridge.core.pace import LONG_AGO, Pace
from nallely_midibridge.values.effects import Effect, SendAgain, SendMidi
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.midi import MidiMessage, Selection

BURST: Final = 0.01
"""Seconds a port may be ahead of its rate: what the system's buffers take without anybody hearing it."""
AGAIN_AFTER: Final = 0.02
"""Seconds from when a port refuses a message until it is tried again."""
KNOWN_AFTER: Final = 0.001
"""Seconds from when it is tried again until something new may follow: by then a refusal is known."""

Schedule = Callable[[float], None]
"""Asks for `Lane.wake` at a time."""
Told = Callable[[SendMidi], object]
"""Hears of a message that goes out."""


class Source(Protocol):
    """What takes turns on a lane."""

    pace: Pace | None

    def take(self, now: float) -> Sequence[MidiMessage]:
        """The messages of the newest value, which go out now, and nothing in between; none if it is known."""


class Lane:
    """One port. ``told`` hears of each message that goes out.

    ``sent`` counts these, and ``merged`` the values that a newer one of their source replaced while they waited.
    """

    def __init__(self, port: Port, schedule: Schedule, told: Told) -> None:
        self.port = port
        self._pace = Pace(port.output_rate, BURST)
        self._schedule = schedule
        self._told = told
        self.waiting: dict[Source, None] = {}
        """Who waits for its turn, the longest first."""
        self._wake_at: float | None = None
        self._held_back_until = LONG_AGO
        self._again_at: float | None = None
        self.is_open = False
        self.was_open = False
        """Whether the device behind the port has been met before."""
        self.selected: dict[int, Selection] = {}
        """By channel, the parameter that data entry is about, as the port was told last."""
        self.sent = 0
        self.merged = 0

    def close(self) -> None:
        """The port is gone, and with it what waited and what it knew."""
        self.is_open = False
        self._again_at = None
        self.waiting.clear()
        self.selected.clear()

    def send(self, message: MidiMessage, now: float) -> list[Effect]:
        """Send what must not wait."""
        return [self._put(message, now)] if self.is_open else []

    def hold_back(self, until: float) -> None:
        """Let what may wait wait until then."""
        self._held_back_until = max(self._held_back_until, until)

    def refuse(self, now: float) -> None:
        """The port took nothing: let what may wait wait, so that little is kept for it, and try again soon."""
        if self.is_open and self._again_at is None:
            self._again_at = now + AGAIN_AFTER
            self.hold_back(self._again_at)
            self._wake(self._again_at)

    def offer(self, source: Source, now: float) -> list[Effect]:
        """A source has a new value: send it if there is room, or let it wait for its turn."""
        if not self.is_open:
            return []
        if source in self.waiting:
            self.merged += 1
            return []
        if self._pace.ready_at <= now and self._held_back_until <= now and source.pace is None:  # nearly always
            return self._give(source, now)
        ready_at = self._ready_at(source)
        if ready_at <= now:
            return self._give(source, now)
        self.waiting[source] = None
        self._wake(ready_at)
        return []

    def withdraw(self, source: Source) -> None:
        """The source has nothing to say any more."""
        self.waiting.pop(source, None)

    def wake(self, now: float) -> list[Effect]:
        """Send what has its turn, those that wait longest first."""
        self._wake_at = None
        effects = self._send_again(now)
        if effects:
            self.hold_back(now + KNOWN_AFTER)
        for source in list(self.waiting):
            if self._ready_at(source) <= now:
                del self.waiting[source]
                effects += self._give(source, now)
        if self.waiting:
            self._wake(min(map(self._ready_at, self.waiting)))
        return effects

    def _send_again(self, now: float) -> list[Effect]:
        """What was refused goes before anything new."""
        if self._again_at is None:
            return []
        if now < self._again_at:
            self._wake(self._again_at)
            return []
        self._again_at = None
        return [SendAgain(self.port.name)]

    def _give(self, source: Source, now: float) -> list[Effect]:
        messages = source.take(now)
        if source.pace is not None:
            source.pace.take(now, len(messages))
        if len(messages) == 1:  # nearly always
            return [self._put(messages[0], now)]
        return [self._put(message, now) for message in messages]

    def _put(self, message: MidiMessage, now: float) -> Effect:
        self._pace.take(now)
        self.sent += 1
        effect = tuple.__new__(SendMidi, (self.port.name, message))  # half the cost of calling the class
        self._told(effect)
        return effect

    def _ready_at(self, source: Source) -> float:
        ready_at = max(self._pace.ready_at, self._held_back_until)
        return ready_at if source.pace is None else max(ready_at, source.pace.ready_at)

    def _wake(self, at: float) -> None:
        if self._wake_at is None or at < self._wake_at:
            self._wake_at = at
            self._schedule(at)
