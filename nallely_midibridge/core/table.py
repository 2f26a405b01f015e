"""The routing table of one port: from a status byte and a number to those who listen, in one look-up.

Its cost does not grow with the mapping: a message finds its list by its status, and in the list its own row.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.midi import CHANNEL_LENGTH, DATA_MAX, NUMBERED

Receiver = Callable[[Sequence[int], float], list[Effect]]
"""Takes a message and the time; returns what to do."""

Row = tuple[Receiver, ...]

_NOBODY: Final[Row] = ()


class RoutingTable:
    """Who listens to what on a port."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Row]] = {}

    def add(self, receiver: Receiver, kind: int, channels: Iterable[int], numbers: Iterable[int]) -> None:
        """Have ``receiver`` called for messages of a kind (a status without its channel) and these numbers 0-127.

        The system's messages have no channel, and are added on channel 0.
        """
        numbers = tuple(numbers) if kind in NUMBERED else (0,)
        for channel in channels:
            rows = self._rows.setdefault(kind | channel, [_NOBODY] * (128 if kind in NUMBERED else 1))
            for number in numbers:
                rows[number] = (*rows[number], receiver)

    def find(self, message: Sequence[int]) -> Row | None:
        """Those who listen to a message of a channel; None if it is none, or not whole (as in `midi.is_whole`)."""
        if not message or len(message) != CHANNEL_LENGTH.get(message[0]):
            return None
        if message[1] > DATA_MAX or message[-1] > DATA_MAX:
            return None
        rows = self._rows.get(message[0])
        if rows is None:
            return _NOBODY
        return rows[message[1]] if len(rows) > 1 else rows[0]

    def find_system(self, status: int) -> Row:
        """Those who listen to a message of the system."""
        rows = self._rows.get(status)
        return _NOBODY if rows is None else rows[0]
