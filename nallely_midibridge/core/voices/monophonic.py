"""Voices that play one note at a time: all of them together (unison), or only the first (mono)."""

from collections.abc import Iterable
from dataclasses import dataclass

from nallely_midibridge.core.voices.group import Group
from nallely_midibridge.core.voices.key import Key
from nallely_midibridge.core.voices.voice import Schedule, Voice
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import Allocation, Priority, VoiceBlock


@dataclass(slots=True)
class Held:
    """A key that a finger or a pedal holds."""

    note: int
    velocity: int
    is_up: bool = False


class Monophonic(Group):
    """Of the keys that are held one sounds, by the block's priority; when it goes up the next does."""

    def __init__(self, neuron: str, block: VoiceBlock, schedule: Schedule) -> None:
        super().__init__(neuron, block, schedule)
        self._playing: list[Voice] = self._voices if block.allocation is Allocation.UNISON else self._voices[:1]
        self._held: dict[Key, Held] = {}

    def release(self, now: float, channel: int | None = None) -> list[Effect]:
        self._pedals.lift(channel)
        for key in [key for key in self._held if channel in (None, key.channel)]:
            del self._held[key]
        return self._follow(now)

    def wake(self, now: float) -> list[Effect]:
        return [effect for voice in self._playing for effect in voice.wake(now)[0]]

    def _note_on(self, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        self._held.pop(key, None)  # a key that is pressed again is the last one
        self._held[key] = Held(note, velocity)
        if self._chosen() != key:
            return []
        return self._play(key, now, is_tied=self._sounding is not None)

    def _note_off(self, key: Key, now: float) -> list[Effect]:
        held = self._held.get(key)
        if held is None:
            return []
        held.is_up = True
        return self._release_unheld(key.channel, now)

    def _keys_down(self) -> Iterable[Key]:
        return [key for key, held in self._held.items() if not held.is_up]

    def _release_unheld(self, channel: int, now: float) -> list[Effect]:
        for key in [key for key, held in self._held.items() if held.is_up and not self._pedals.holds(key)]:
            del self._held[key]
        return self._follow(now)

    def _forget_keys(self) -> None:
        super()._forget_keys()
        self._held.clear()

    @property
    def _sounding(self) -> Key | None:
        return self._playing[0].key

    def _chosen(self) -> Key | None:
        """The key that has priority."""
        if not self._held:
            return None
        if self.block.priority is Priority.LAST:
            return next(reversed(self._held))
        choose = max if self.block.priority is Priority.HIGH else min
        return choose(self._held, key=lambda key: self._held[key].note)

    def _follow(self, now: float) -> list[Effect]:
        """Keys went up: the one that has priority now sounds, or none."""
        chosen = self._chosen()
        if chosen is None:
            return [effect for voice in self._playing if voice.key is not None for effect in voice.let_go(now)]
        return [] if chosen == self._sounding else self._play(chosen, now, is_tied=True)

    def _play(self, key: Key, now: float, *, is_tied: bool) -> list[Effect]:
        """Sound a key's note; with legato, one that is tied to the note before it without a gap."""
        held = self._held[key]
        effects: list[Effect] = []
        for voice in self._playing:
            if is_tied and self.block.legato:
                voice.key, voice.key_is_up = key, held.is_up
                effects += voice.change(held.note, now)
            else:
                effects += voice.begin(key, held.note, held.velocity, now)
        return effects
