"""One voice: a parameter that carries a note number, 0 for silence.

The rules, measured on Nallely 0.7.0: a value sent twice toggles, so a voice is never sent the value it has; and a
neuron that samples its inputs misses a short silence, so between two notes of one voice there is a gap of silence.

The life of a voice:

    free ── key ──> sounding ── key up, no pedal ──> free
      └─ key, silent for less than the gap ──> waiting ── gap over ──> sounding
         key up while waiting: the note still sounds, for as long as the gap, and then ends.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from nallely_midibridge.core.voices.key import Key
from nallely_midibridge.values.effects import Effect, SendValue

SILENCE: Final = 0
LONG_AGO: Final = float("-inf")

Schedule = Callable[[float], None]
"""Asks for the group's `wake` at a time."""


class Companion:
    """A parameter beside a voice's note, such as its velocity. It is sent before the note, when it is another."""

    __slots__ = ("_every", "_neuron", "_sent", "parameter", "value")

    def __init__(self, neuron: str, parameter: str, value: float = 0.0, *, every: bool = False) -> None:
        self._neuron = neuron
        self.parameter = parameter
        self._every = every
        self._sent: float | None = None
        self.value = value

    def send(self) -> list[Effect]:
        """Send the value if the session has another."""
        if self.value == self._sent:
            return []
        self._sent = self.value
        return [SendValue(self._neuron, self.parameter, self.value, self._every)]

    def forget(self) -> None:
        """The session may have anything."""
        self._sent = None


class Voice:
    """What holds it, what the session was last sent, and what is still to come. Times are in seconds."""

    __slots__ = (
        "_companions",
        "_effects",
        "_gap",
        "_loudness",
        "_neuron",
        "_schedule",
        "end_at",
        "key",
        "key_is_up",
        "linked",
        "note",
        "parameter",
        "sent",
        "silent_since",
        "start_at",
        "taken_at",
        "velocity",
    )

    def __init__(
        self,
        neuron: str,
        parameter: str,
        gap: float,
        schedule: Schedule,
        loudness: Companion | None = None,
        companions: Sequence[Companion] = (),
    ) -> None:
        self.parameter = parameter
        self._neuron = neuron
        self._gap = gap
        self._schedule = schedule
        self._loudness = loudness
        self._companions = companions if loudness is None else (loudness, *companions)
        self._effects: dict[int, SendValue] = {}
        self.linked = False
        self.sent = SILENCE
        self.silent_since = LONG_AGO
        self.key: Key | None = None
        self.key_is_up = False
        self.note = SILENCE
        self.velocity = 0
        self.taken_at = LONG_AGO
        self.start_at: float | None = None
        self.end_at: float | None = None

    @property
    def is_sounding(self) -> bool:
        """Whether the session has a note on it."""
        return self.sent != SILENCE

    def is_about(self, parameters: Collection[str]) -> bool:
        """Whether the note, or what is beside it, is one of these parameters."""
        return self.parameter in parameters or any(c.parameter in parameters for c in self._companions)

    def begin(self, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        """A key takes the voice: its note is to `start`."""
        self.key, self.key_is_up = key, False
        self.note, self.velocity, self.taken_at = note, velocity, now
        if self._loudness is not None:
            self._loudness.value = velocity
        return self.start(now)

    def start(self, now: float) -> list[Effect]:
        """Sound the note now, or once the voice has been silent for the gap."""
        if self.sent == SILENCE and now >= self.silent_since + self._gap:  # nearly always
            self.end_at = None
            return self._sound()
        effects = self.silence(now)
        ready = self.silent_since + self._gap
        if not self.linked or now >= ready:
            return effects + self._sound()
        self.start_at = ready
        self._schedule(ready)
        return effects

    def change(self, note: int, now: float) -> list[Effect]:
        """Go to another note without a gap; a voice that waits for its gap just waits for the new one."""
        self.note = note
        if self.start_at is not None or not self.linked:
            return []
        if self.sent == SILENCE:
            return self.start(now)
        return [] if note == self.sent else self._sound()

    def let_go(self, now: float) -> list[Effect]:
        """Nothing holds the voice. A note that still waits for its gap is not lost: it will be short."""
        self.key = None
        return [] if self.start_at is not None else self.silence(now)

    def silence(self, now: float) -> list[Effect]:
        """End what sounds or is to come."""
        self.start_at = self.end_at = None
        if self.sent == SILENCE:
            return []
        self.sent, self.silent_since = SILENCE, now
        return [self._send(SILENCE)]

    def zero(self, now: float) -> list[Effect]:
        """Silence whatever the session has: what was sent is not believed. A zero sent twice is silence both times."""
        self.start_at = self.end_at = None
        self.sent, self.silent_since = SILENCE, now
        for companion in self._companions:
            companion.forget()
        return [self._send(SILENCE)] if self.linked else []

    def unlink(self) -> None:
        """Nobody listens; who holds the voice is still known."""
        self.linked = False
        self.sent = SILENCE
        self.start_at = self.end_at = None

    def wake(self, now: float) -> tuple[list[Effect], bool]:
        """Start or end what is due; and whether a short note has ended, and the voice is free."""
        if self.start_at is not None and self.start_at <= now:
            self.start_at = None
            if self.key is None:
                self.end_at = now + self._gap
                self._schedule(self.end_at)
            return self._sound(), False
        if self.end_at is not None and self.end_at <= now:
            return self.silence(now), True
        return [], False

    def is_freer_than(self, other: "Voice") -> bool:
        """Which of two that no key holds to take: silent longest; one that ends a short note, or waits to, last."""
        return self._busyness < other._busyness

    def is_less_busy_than(self, other: "Voice") -> bool:
        """Whether this one is silent and the other not yet; of two alike the first in their order is to be taken."""
        return self._busyness[:2] < other._busyness[:2]

    @property
    def _busyness(self) -> tuple[bool, bool, float]:
        return self.start_at is not None, self.end_at is not None, self.silent_since

    def _sound(self) -> list[Effect]:
        self.start_at = None
        if not self.linked:
            return []
        self.sent = note = self.note
        effect = self._effects.get(note) or self._send(note)
        if not self._companions:
            return [effect]
        return [*(beside for companion in self._companions for beside in companion.send()), effect]

    def _send(self, value: int) -> SendValue:
        """The effect, which is made once for each note: to find it takes a sixth of making it."""
        effect = self._effects.get(value)
        if effect is None:
            effect = self._effects[value] = SendValue(self._neuron, self.parameter, value, True)
        return effect
