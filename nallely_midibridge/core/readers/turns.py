"""Endless encoders: how far they were turned."""

from collections.abc import Callable, Sequence
from typing import Final

from nallely_midibridge.core.readers.reader import Reader
from nallely_midibridge.values.handling import Encoding


class Turns(Reader):
    """Unlike other readers it returns steps, to the right above 0 and to the left below."""

    def __init__(self, encoding: Encoding) -> None:
        self._steps = STEPS[encoding]

    def read(self, message: Sequence[int], now: float) -> float | None:
        return self._steps(message[2]) or None


def _twos_complement(value: int) -> int:
    return value if value < 64 else value - 128


def _offset(value: int) -> int:
    return value - 64


def _sign_bit(value: int) -> int:
    return value if value < 64 else 64 - value


STEPS: Final[dict[Encoding, Callable[[int], int]]] = {
    Encoding.TWOS_COMPLEMENT: _twos_complement,
    Encoding.OFFSET: _offset,
    Encoding.SIGN_BIT: _sign_bit,
}
"""What a value 0-127 says in each encoding: steps to the right, to the left below 0."""
