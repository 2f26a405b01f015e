"""The routing table: from a port, a status byte and a number to those who listen, in one look-up.

Its cost does not grow with the mapping: a message finds its list by (port, status), and in the list its own row.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect

Receiver = Callable[[Sequence[int], float], list[Effect]]
"""Takes a message and the time; returns what to do."""

Row = tuple[Receiver, ...]

NUMBERED: Final = (midi.NOTE_OFF, midi.NOTE_ON, midi.POLY_PRESSURE, midi.CONTROL_CHANGE)
"""Kinds of message whose first data byte is a note or a controller."""

_NOBODY: Final[Row] = ()


class RoutingTable:
    """Who listens to what on the MIDI side."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], list[Row]] = {}

    def add(self, receiver: Receiver, port: str, kind: int, channels: Iterable[int], numbers: Iterable[int]) -> None:
        """Have ``receiver`` called for messages of a kind (a status without its channel) and these numbers 0-127."""
        numbers = tuple(numbers) if kind in NUMBERED else (0,)
        for channel in channels:
            rows = self._rows.setdefault((port, kind | channel), [_NOBODY] * (128 if kind in NUMBERED else 1))
            for number in numbers:
                rows[number] = (*rows[number], receiver)

    def find(self, port: str, message: Sequence[int]) -> Row:
        """Those who listen to this message; it is known to be whole."""
        rows = self._rows.get((port, message[0]))
        if rows is None:
            return _NOBODY
        return rows[message[1]] if len(rows) > 1 else rows[0]
