"""A keyboard spread over voices: which key sounds on which voice, and for how long.

A voice is a parameter that carries a note number; 0 is silence. The rules, measured on Nallely 0.7.0: a value
sent twice toggles, so a voice is never sent the value it has; and a neuron that samples its inputs misses a short
silence, so between two notes of one voice there is a gap of silence.

The life of a voice:

    free ── key ──> sounding ── key up, no pedal ──> free
      └─ key, silent for less than the gap ──> waiting ── gap over ──> sounding
         key up while waiting: the note still sounds, for as long as the gap, and then ends.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, Report, SendValue
from nallely_midibridge.values.mapping import Steal, VoiceBlock

SILENCE: Final = 0
LONG_AGO: Final = float("-inf")

Schedule = Callable[[float], None]
"""Asks for `Voices.wake` at a time."""


class Key(NamedTuple):
    """A key on a keyboard. The same note on two channels is two keys."""

    channel: int
    note: int


@dataclass(slots=True)
class Voice:
    """One voice: the key that holds it, what the session was last sent, and what is still to come."""

    parameter: str
    velocity_parameter: str | None
    sent: int = SILENCE
    sent_velocity: int | None = None
    silent_since: float = LONG_AGO
    key: Key | None = None
    key_is_up: bool = False
    note: int = SILENCE
    velocity: int = 0
    taken_at: float = LONG_AGO
    start_at: float | None = None
    end_at: float | None = None

    def is_freer_than(self, other: "Voice") -> bool:
        if self.start_at is other.start_at and self.end_at is other.end_at:  # None: both are silent
            return self.silent_since < other.silent_since
        return self._busyness < other._busyness

    @property
    def _busyness(self) -> tuple[bool, bool, float]:
        return self.start_at is not None, self.end_at is not None, self.silent_since


@dataclass(slots=True)
class Pedals:
    """The pedals of one channel. ``caught`` are the keys that sostenuto holds."""

    sustain: bool = False
    sostenuto: bool = False
    caught: set[Key] = field(default_factory=set)


class Displaced(NamedTuple):
    """A note whose voice was stolen while its key was down."""

    note: int
    velocity: int


class Voices:
    """The voices of one block. Every method takes the time and returns what to send, in order.

    ``stolen`` counts the notes that gave their voice to another.
    """

    def __init__(self, neuron: str, block: VoiceBlock, schedule: Schedule) -> None:
        self.block = block
        self._neuron = neuron
        self._schedule = schedule
        velocities = block.velocities or (None,) * len(block.voices)
        self._voices = [Voice(*names) for names in zip(block.voices, velocities, strict=True)]
        self._by_key: dict[Key, Voice] = {}
        self._displaced: dict[Key, Displaced] = {}
        self._pedals: dict[int, Pedals] = {}
        self._linked = False
        self._said_unplayable = False
        self.stolen = 0

    # What the keyboard does.

    def play(self, message: Sequence[int], now: float) -> list[Effect]:
        """A note on or note off. A note on with velocity 0 is a note off (page 10 of the specification)."""
        status, note, velocity = message
        key = Key(status & 0x0F, note)
        if status & 0xF0 == midi.NOTE_ON and velocity:
            return self.note_on(key, velocity, now)
        return self.note_off(key, now)

    def control(self, message: Sequence[int], now: float) -> list[Effect]:
        """A controller moves: pedals, and the messages that end all notes (tables III and IV)."""
        status, controller, value = message
        channel = status & 0x0F
        if controller == midi.SUSTAIN:
            return self._sustain(channel, value >= midi.PEDAL_DOWN, now)
        if controller == midi.SOSTENUTO:
            return self._sostenuto(channel, value >= midi.PEDAL_DOWN, now)
        if controller == midi.RESET_ALL_CONTROLLERS:
            self._pedals.pop(channel, None)
            return self._release_unheld(channel, now)
        if controller == midi.ALL_SOUND_OFF or controller >= midi.ALL_NOTES_OFF:
            return self.release(now, channel)
        return []

    def note_on(self, key: Key, velocity: int, now: float) -> list[Effect]:
        """A key goes down; ``velocity`` is 1-127. A key that sounds already starts again on its voice."""
        note = key.note + self.block.transpose
        if not 1 <= note <= 127:
            return self._unplayable(key)
        self._displaced.pop(key, None)
        voice = self._by_key.get(key) or self._free_voice() or self._stolen_voice()
        if voice is None:
            return []
        self._take(voice, key, note, velocity, now)
        return self._start(voice, now)

    def note_off(self, key: Key, now: float) -> list[Effect]:
        """A key goes up. Nothing happens when its voice was stolen, or a pedal holds it."""
        self._displaced.pop(key, None)
        voice = self._by_key.get(key)
        if voice is None:
            return []
        voice.key_is_up = True
        return [] if self._is_held(key) else self._release(voice, now)

    def release(self, now: float, channel: int | None = None) -> list[Effect]:
        """Let go of every key and pedal, or of those of one channel."""
        for place in [p for p in self._pedals if channel in (None, p)]:
            del self._pedals[place]
        for key in [key for key in self._displaced if channel in (None, key.channel)]:
            del self._displaced[key]
        return self._release_if(lambda _, key: channel in (None, key.channel), now)

    # What the clock and the link do.

    def wake(self, now: float) -> list[Effect]:
        """Start and end what is due."""
        effects: list[Effect] = []
        for voice in self._voices:
            if voice.start_at is not None and voice.start_at <= now:
                effects += self._sound(voice)
                if voice.key is None:
                    voice.end_at = now + self.block.retrigger_gap
                    self._schedule(voice.end_at)
            elif voice.end_at is not None and voice.end_at <= now:
                effects += self._silence(voice, now) + self._restore(voice, now)
        return effects

    def link_up(self, now: float) -> list[Effect]:
        """The session is there, and may have anything sounding: zero every voice, then sound what is held."""
        self._linked = True
        effects: list[Effect] = []
        for voice in self._voices:
            effects.append(self._send(voice.parameter, SILENCE))
            voice.sent, voice.sent_velocity, voice.silent_since = SILENCE, None, now
            voice.start_at = voice.end_at = None
            if voice.key is not None:
                effects += self._start(voice, now)
        return effects

    def link_down(self) -> None:
        """Nobody listens; keys are still followed, so that what is held then can sound."""
        self._linked = False
        for voice in self._voices:
            voice.sent = SILENCE
            voice.start_at = voice.end_at = None

    def stop(self, now: float) -> list[Effect]:
        """Silence for good."""
        effects = [effect for voice in self._voices for effect in self._silence(voice, now)]
        self._by_key.clear()
        self._displaced.clear()
        self._pedals.clear()
        return effects

    # Which voice.

    def _free_voice(self) -> Voice | None:
        """The voice that has been silent longest, so that the gap seldom delays a note.

        When all are busy, one whose key is up and that only ends a short note; one still waiting to sound comes last.
        """
        best: Voice | None = None
        for voice in self._voices:  # a plain loop: half the cost of a note when it was a min() with a key
            if voice.key is None and (best is None or voice.is_freer_than(best)):
                best = voice
        return best

    def _stolen_voice(self) -> Voice | None:
        """The voice that gives way: of those that only a pedal holds if there are any, else of all, by the rule."""
        if self.block.steal is Steal.NONE:
            return None
        rank = _STEAL_FIRST[self.block.steal]
        return min(self._voices, key=lambda voice: (not voice.key_is_up, rank(voice)))

    def _take(self, voice: Voice, key: Key, note: int, velocity: int, now: float) -> None:
        if voice.key is not None:
            del self._by_key[voice.key]
            self.stolen += voice.key != key
            if self.block.restore and voice.key != key and not voice.key_is_up:
                self._displaced[voice.key] = Displaced(voice.note, voice.velocity)
        self._by_key[key] = voice
        voice.key, voice.key_is_up = key, False
        voice.note, voice.velocity, voice.taken_at = note, velocity, now

    # Starting and ending.

    def _start(self, voice: Voice, now: float) -> list[Effect]:
        """Sound the voice's note now, or once it has been silent for the gap."""
        effects = self._silence(voice, now)
        ready = voice.silent_since + self.block.retrigger_gap
        if not self._linked or now >= ready:
            return effects + self._sound(voice)
        voice.start_at = ready
        self._schedule(ready)
        return effects

    def _sound(self, voice: Voice) -> list[Effect]:
        voice.start_at = None
        if not self._linked:
            return []
        effects: list[Effect] = []
        if voice.velocity_parameter is not None and voice.velocity != voice.sent_velocity:
            effects.append(self._send(voice.velocity_parameter, voice.velocity))
            voice.sent_velocity = voice.velocity
        voice.sent = voice.note
        return [*effects, self._send(voice.parameter, voice.note)]

    def _silence(self, voice: Voice, now: float) -> list[Effect]:
        voice.start_at = voice.end_at = None
        if voice.sent == SILENCE:
            return []
        voice.sent, voice.silent_since = SILENCE, now
        return [self._send(voice.parameter, SILENCE)]

    def _release(self, voice: Voice, now: float) -> list[Effect]:
        """The key lets go of its voice. A note that still waits for its gap is not lost: it will be short."""
        assert voice.key is not None
        del self._by_key[voice.key]
        voice.key = None
        return [] if voice.start_at is not None else self._silence(voice, now) + self._restore(voice, now)

    def _restore(self, voice: Voice, now: float) -> list[Effect]:
        """A voice is free: the note that was displaced last, and whose key is still down, comes back."""
        if not self._displaced:
            return []
        key, (note, velocity) = self._displaced.popitem()
        self._take(voice, key, note, velocity, now)
        return self._start(voice, now)

    def _release_if(self, condition: Callable[[Voice, Key], bool], now: float) -> list[Effect]:
        held = [(voice, voice.key) for voice in self._voices if voice.key is not None]
        return [effect for voice, key in held if condition(voice, key) for effect in self._release(voice, now)]

    # Pedals.

    def _is_held(self, key: Key) -> bool:
        pedals = self._pedals.get(key.channel)
        return pedals is not None and (pedals.sustain or key in pedals.caught)

    def _sustain(self, channel: int, is_down: bool, now: float) -> list[Effect]:
        self._pedals.setdefault(channel, Pedals()).sustain = is_down
        return self._release_unheld(channel, now)

    def _sostenuto(self, channel: int, is_down: bool, now: float) -> list[Effect]:
        """Sostenuto holds the keys that are down when it is pressed, and none that come later."""
        pedals = self._pedals.setdefault(channel, Pedals())
        if is_down and not pedals.sostenuto:
            pedals.caught = {key for key in self._keys_down() if key.channel == channel}
        elif not is_down:
            pedals.caught = set()
        pedals.sostenuto = is_down
        return self._release_unheld(channel, now)

    def _keys_down(self) -> Iterator[Key]:
        return (key for key, voice in self._by_key.items() if not voice.key_is_up)

    def _release_unheld(self, channel: int, now: float) -> list[Effect]:
        return self._release_if(
            lambda voice, key: voice.key_is_up and key.channel == channel and not self._is_held(key), now
        )

    # Words.

    def _send(self, parameter: str, value: int) -> SendValue:
        return SendValue(self._neuron, parameter, value, every=True)

    def _unplayable(self, key: Key) -> list[Effect]:
        if self._said_unplayable:
            return []
        self._said_unplayable = True
        return [
            Report(
                f"{self._neuron}.{self.block.name}: {midi.note_name(key.note)} cannot be played: with transpose "
                f"{self.block.transpose} it is note {key.note + self.block.transpose}, and a voice carries 1 to 127 "
                "(0 means off); said once"
            )
        ]


_STEAL_FIRST: Final[dict[Steal, Callable[[Voice], float]]] = {
    Steal.OLDEST: lambda voice: voice.taken_at,
    Steal.QUIETEST: lambda voice: voice.velocity,
    Steal.LOWEST: lambda voice: voice.note,
    Steal.HIGHEST: lambda voice: -voice.note,
}
"""The voice with the smallest rank gives way."""
