"""Keys of a keyboard, and the pedals that hold them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple


class Key(NamedTuple):
    """A key on a keyboard. The same note on two channels is two keys."""

    channel: int
    note: int


KEYS: Final = tuple(tuple(Key(channel, note) for note in range(128)) for channel in range(16))
"""Every key there is, by channel and note: to find one takes a fifth of making it."""


@dataclass(slots=True)
class _Feet:
    """What is pressed on one channel. ``caught`` are the keys that sostenuto holds."""

    sustain: bool = False
    sostenuto: bool = False
    caught: set[Key] = field(default_factory=set)


class Pedals:
    """The pedals of all channels."""

    def __init__(self) -> None:
        self._feet: dict[int, _Feet] = {}

    def holds(self, key: Key) -> bool:
        """Whether a pedal holds a key that is up."""
        feet = self._feet.get(key.channel)
        return feet is not None and (feet.sustain or key in feet.caught)

    def sustain(self, channel: int, is_down: bool) -> None:
        """The sustain pedal holds every key of its channel."""
        self._of(channel).sustain = is_down

    def sostenuto(self, channel: int, is_down: bool, keys_down: Iterable[Key]) -> None:
        """Sostenuto holds the keys that are down when it is pressed, and none that come later."""
        feet = self._of(channel)
        if is_down and not feet.sostenuto:
            feet.caught = {key for key in keys_down if key.channel == channel}
        elif not is_down:
            feet.caught = set()
        feet.sostenuto = is_down

    def lift(self, channel: int | None = None) -> None:
        """All pedals up, or those of one channel."""
        for place in [p for p in self._feet if channel in (None, p)]:
            del self._feet[place]

    def _of(self, channel: int) -> _Feet:
        return self._feet.setdefault(channel, _Feet())
