"""Voices that play a chord: which key sounds on which voice, and which voice gives way."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from nallely_midibridge.core.voices.group import Beside, Group
from nallely_midibridge.core.voices.key import Key
from nallely_midibridge.core.voices.voice import Schedule, Voice
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import Allocation, Steal, VoiceBlock

FOR_EVER: Final = float("inf")


class Displaced(NamedTuple):
    """A note whose voice was stolen while its key was down."""

    note: int
    velocity: int


class Polyphonic(Group):
    """Each key has a voice of its own while there are enough."""

    def __init__(self, neuron: str, block: VoiceBlock, schedule: Schedule, beside: Beside = lambda index: ()) -> None:
        super().__init__(neuron, block, schedule, beside)
        self._by_key: dict[Key, Voice] = {}
        self._displaced: dict[Key, Displaced] = {}
        self._takes_first = block.allocation is Allocation.LOWEST

    def release(self, now: float, channel: int | None = None) -> list[Effect]:
        self._pedals.lift(channel)
        for key in [key for key in self._displaced if channel in (None, key.channel)]:
            del self._displaced[key]
        return self._release_if(lambda _, key: channel in (None, key.channel), now)

    def wake(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for voice in self._voices:
            woken, is_free = voice.wake(now)
            effects += woken
            if is_free:
                effects += self._restore(voice, now)
        return effects

    def _note_on(self, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        """A key that sounds already starts again on its voice."""
        self._displaced.pop(key, None)
        voice = self._by_key.get(key) or self._idle_voice() or self._free_voice() or self._stolen_voice()
        if voice is None:
            return []
        if voice.key is not None:
            self._displace(voice, voice.key, key)
        return self._give(voice, key, note, velocity, now)

    def _note_off(self, key: Key, now: float) -> list[Effect]:
        """Nothing happens when the key's voice was stolen, or a pedal holds it."""
        self._displaced.pop(key, None)
        voice = self._by_key.get(key)
        if voice is None:
            return []
        voice.key_is_up = True
        return [] if self._pedals.holds(key) else self._let_go(voice, now)

    def _keys_down(self) -> Iterator[Key]:
        return (key for key, voice in self._by_key.items() if not voice.key_is_up)

    def _release_unheld(self, channel: int, now: float) -> list[Effect]:
        return self._release_if(
            lambda voice, key: voice.key_is_up and key.channel == channel and not self._pedals.holds(key), now
        )

    def _forget_keys(self) -> None:
        super()._forget_keys()
        self._by_key.clear()
        self._displaced.clear()

    # Which voice.

    def _idle_voice(self) -> Voice | None:
        """The voice that has been silent longest, so that the gap seldom delays a note; or the first that is free.

        A plain loop, for all of it is done for every note: with 16 voices it was half a note's cost as a min().
        """
        best: Voice | None = None
        since = FOR_EVER
        for voice in self._voices:
            if voice.key is None and voice.silent_since < since and voice.start_at is None and voice.end_at is None:
                if self._takes_first:
                    return voice
                best, since = voice, voice.silent_since
        return best

    def _free_voice(self) -> Voice | None:
        """Of those that are not idle, one that only ends a short note; one that waits to sound comes last."""
        best: Voice | None = None
        for voice in self._voices:
            if voice.key is None and (best is None or self._is_better(voice, best)):
                best = voice
        return best

    def _is_better(self, voice: Voice, best: Voice) -> bool:
        return voice.is_less_busy_than(best) if self._takes_first else voice.is_freer_than(best)

    def _stolen_voice(self) -> Voice | None:
        """The voice that gives way: of those that only a pedal holds if there are any, else of all, by the rule."""
        if self.block.steal is Steal.NONE:
            return None
        rank = _STEAL_FIRST[self.block.steal]
        return min(self._voices, key=lambda voice: (not voice.key_is_up, rank(voice)))

    def _give(self, voice: Voice, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        """A key has a voice, which begins."""
        self._by_key[key] = voice
        return voice.begin(key, note, velocity, now)

    def _displace(self, voice: Voice, old: Key, new: Key) -> None:
        """A key takes a voice from another, or again."""
        del self._by_key[old]
        if old == new:
            return
        self.stolen += 1
        if self.block.restore and not voice.key_is_up:
            self._displaced[old] = Displaced(voice.note, voice.velocity)

    # Letting go.

    def _let_go(self, voice: Voice, now: float) -> list[Effect]:
        assert voice.key is not None
        del self._by_key[voice.key]
        effects = voice.let_go(now)
        if not self._displaced or voice.start_at is not None:
            return effects
        return effects + self._restore(voice, now)

    def _restore(self, voice: Voice, now: float) -> list[Effect]:
        """A voice is free: the note that was displaced last, and whose key is still down, comes back."""
        if not self._displaced:
            return []
        key, (note, velocity) = self._displaced.popitem()
        return self._give(voice, key, note, velocity, now)

    def _release_if(self, condition: Callable[[Voice, Key], bool], now: float) -> list[Effect]:
        held = [(voice, voice.key) for voice in self._voices if voice.key is not None]
        return [effect for voice, key in held if condition(voice, key) for effect in self._let_go(voice, now)]


_STEAL_FIRST: Final[dict[Steal, Callable[[Voice], float]]] = {
    Steal.OLDEST: lambda voice: voice.taken_at,
    Steal.QUIETEST: lambda voice: voice.velocity,
    Steal.LOWEST: lambda voice: voice.note,
    Steal.HIGHEST: lambda voice: -voice.note,
}
"""The voice with the smallest rank gives way."""
