"""Sources whose every message says it all."""

from collections.abc import Sequence

from nallely_midibridge.core.readers.reader import Reader
from nallely_midibridge.values import midi


class Controller(Reader):
    """A control change: its second data byte."""

    def read(self, message: Sequence[int], now: float) -> float:
        return message[2] / midi.DATA_MAX


class Program(Reader):
    """A program change: its only data byte."""

    def read(self, message: Sequence[int], now: float) -> float:
        return message[1] / midi.DATA_MAX


class Bend(Reader):
    """Pitch bend: fourteen bits in one message, the low ones first."""

    def read(self, message: Sequence[int], now: float) -> float:
        return midi.bend_position(message[1] | message[2] << 7)


class Pressure(Reader):
    """Pressure of a channel or of a note: the last data byte. A keyboard that is gone is pressed no more."""

    def __init__(self) -> None:
        self._is_pressed = False

    def read(self, message: Sequence[int], now: float) -> float:
        self._is_pressed = message[-1] > 0
        return message[-1] / midi.DATA_MAX

    def release(self) -> float | None:
        was_pressed, self._is_pressed = self._is_pressed, False
        return 0.0 if was_pressed else None
