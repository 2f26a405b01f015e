"""Notes as a control: a gate, a velocity or a number."""

from abc import abstractmethod
from collections.abc import Sequence

from nallely_midibridge.core.readers.reader import Reader
from nallely_midibridge.values import midi


class Notes(Reader):
    """The keys of a source that are held, in the order they were pressed; the same note on two channels is two keys."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], int] = {}

    def read(self, message: Sequence[int], now: float) -> float | None:
        status, note, velocity = message
        key = (status & 0x0F, note)
        self._held.pop(key, None)
        if status & 0xF0 == midi.NOTE_ON and velocity:
            self._held[key] = velocity
        return self._position()

    def release(self) -> float | None:
        if not self._held:
            return None
        self._held.clear()
        return self._position()

    @abstractmethod
    def _position(self) -> float | None:
        """What the keys held say."""


class Gate(Notes):
    """1 while a key is held."""

    def _position(self) -> float:
        return 1.0 if self._held else 0.0


class Velocity(Notes):
    """The velocity of the key pressed last of those held; 0 when none is."""

    def _position(self) -> float:
        return next(reversed(self._held.values())) / midi.DATA_MAX if self._held else 0.0


class Number(Notes):
    """The number of the key pressed last of those held; when all are up the last one stays."""

    def _position(self) -> float | None:
        return next(reversed(self._held))[1] / midi.DATA_MAX if self._held else None
