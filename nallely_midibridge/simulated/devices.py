"""What stands in the simulated session: a neuron's parameters, an LFO, a synth."""

import math
from dataclasses import dataclass

from nallely_midibridge.simulated.happenings import FULL_VELOCITY, SynthNote

Bound = int | float | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter and its declared range, kept as it was written; a bound may be missing."""

    name: str
    low: Bound = None
    high: Bound = None


class Lfo:
    """A sine between ``low`` and ``high``, ``speed`` times a second.

    It sends 50 values a second up to speed 1 and 20 a cycle above (Nallely 0.7.0 does the same: about 55 frames/s
    arrive at speed 1, 215 at 10, 1,800 at 100). It keeps no clock: it is stepped with `advance`.
    """

    KIND = "LFO"
    PARAMETERS = (
        Parameter("output", 0, 127),
        Parameter("speed", 0, 10.0),
        Parameter("min_value"),
        Parameter("max_value"),
    )
    FASTEST = 1000.0
    LONGEST_LAG = 0.25
    """Seconds it will make up for when it is stepped late; what is older is skipped."""

    def __init__(self, name: str, speed: float = 1.0) -> None:
        self.name = name
        self.id = 0
        self.speed = speed
        self.low = 0.0
        self.high = 127.0
        self.next_at: float | None = None
        """When its next value is due; None until it is stepped for the first time."""
        self._started = 0.0
        self._last: float | None = None

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.PARAMETERS if parameter.name == name), None)

    @property
    def rate(self) -> float:
        """Values a second."""
        return 50.0 if self.speed <= 1 else float(int(20 * self.speed))

    def set(self, parameter: str, value: float) -> None:
        """Set ``speed`` (0 to 1000 Hz), ``min_value`` or ``max_value``; anything else is ignored."""
        if parameter == "speed":
            self.speed = min(max(0.0, value), self.FASTEST)
            self.next_at = None
        elif parameter == "min_value":
            self.low = value
        elif parameter == "max_value":
            self.high = value

    def advance(self, now: float) -> list[float]:
        """The values that fell due up to ``now``. The same value twice in a row is sent once."""
        if self._last is None:
            self._started = now
        due = now if self.next_at is None else max(self.next_at, now - self.LONGEST_LAG)
        values = []
        while due <= now:
            value = self._value(due)
            if value != self._last:
                values.append(value)
                self._last = value
            due += 1.0 / self.rate
        self.next_at = due
        return values

    def _value(self, at: float) -> float:
        turn = math.sin(2 * math.pi * self.speed * (at - self._started))
        return self.low + (self.high - self.low) * (turn + 1) / 2


class Synth:
    """A MIDI device with one section of keys. It knows what it was sent and what sounds."""

    KIND = "MIDIBridge"
    KEYS = Parameter("notes", 0, 127)
    """A section's keys, under the name the session has for them."""
    LONGEST_HISTORY = 20_000

    def __init__(self, name: str, section: str) -> None:
        self.name = name
        self.section = section
        self.id = 0
        self.history: list[SynthNote] = []
        """Every note-on and note-off, oldest first; the oldest half goes when it grows very long."""
        self._sounding: list[int] = []

    def parameter(self, name: str) -> Parameter | None:
        return self.KEYS if name == self.section else None

    @property
    def notes(self) -> tuple[int, ...]:
        """The notes that sound, longest first. Two note-ons of one note need two note-offs."""
        return tuple(self._sounding)

    def play(self, on: bool, note: int) -> SynthNote:
        """Take a note-on or a note-off; a note outside 0-127 is held at the end."""
        note = min(max(note, 0), 127)
        if on:
            self._sounding.append(note)
        elif note in self._sounding:
            self._sounding.remove(note)
        return self._noted(SynthNote(self.name, on, note, FULL_VELOCITY))

    def all_notes_off(self) -> list[SynthNote]:
        """Send the note-offs that are owed."""
        owed, self._sounding = self._sounding, []
        return [self._noted(SynthNote(self.name, False, note, 0)) for note in owed]

    def _noted(self, played: SynthNote) -> SynthNote:
        if len(self.history) >= self.LONGEST_HISTORY:
            del self.history[: self.LONGEST_HISTORY // 2]
        self.history.append(played)
        return played
