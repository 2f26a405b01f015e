"""What the bridge sent on MIDI: what sounds there, and whether anybody asked for it."""

import threading
from collections import Counter
from collections.abc import Sequence

from tests.faults.keyboard import ALL_NOTES_OFF, BEND, CONTROL, NOTE_OFF, NOTE_ON

LEAD, LEAD_MOVED, HIT, MONITORS = 9, 11, 10, 8
"""Channels. The lead is on another one while the mapping is changed."""
FIRST_MONITOR = 20
"""Monitor n is on controller 20 + n and its values leave n when divided by eight, so that none is taken for another."""
BEND_VALUES = frozenset(range(0, 128, 8))
"""Coarse halves of the pitch bends that are asked for."""


class Outputs:
    """``wrong`` are messages that nobody asked for, and notes left on; ``notes`` all that began, by channel."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wrong: list[str] = []
        self.left_on: list[str] = []
        self.notes: dict[int, list[int]] = {LEAD: [], HIT: []}
        self.last: dict[tuple[int, int], int] = {}
        self.began = 0
        self.count = 0
        self.opened: Counter[str] = Counter()
        self._sounding: set[tuple[str, int, int]] = set()
        self._refused: set[tuple[str, int, int]] = set()
        self._left: set[tuple[int, int]] = set()
        """What sounded on a port that is gone: behind the next one it may sound still, and is ended."""

    @property
    def sounding(self) -> list[tuple[str, int, int]]:
        """Port, channel and note."""
        with self.lock:
            return sorted(self._sounding)

    def open(self, port: str) -> None:
        """A port was opened; what is behind it may be new."""
        with self.lock:
            self.opened[port] += 1

    def close(self, port: str, *, is_there: bool) -> None:
        """A port was closed. If its device is there still, nothing may sound on it any more."""
        with self.lock:
            left = {key for key in self._sounding if key[0] == port}
            if is_there:
                self.left_on += [f"{port} was closed with note {note} of channel {ch} on" for _, ch, note in left]
            self._sounding -= left
            self._refused = {key for key in self._refused if key[0] != port}
            self._left |= set() if is_there else {(channel, note) for _, channel, note in left}

    def refuse(self, port: str, message: Sequence[int]) -> None:
        """A message was not taken; of a note that did not begin the bridge may send the end."""
        with self.lock:
            if message[0] & 0xF0 == NOTE_ON:
                self._refused.add((port, message[0] & 0x0F, message[1]))

    def take(self, port: str, message: Sequence[int]) -> None:
        """A message went out."""
        kind, channel, number, value = message[0] & 0xF0, message[0] & 0x0F, message[1], message[-1]
        with self.lock:
            self.count += 1
            if (kind, number) == (CONTROL, ALL_NOTES_OFF) and channel in (LEAD, LEAD_MOVED, HIT):
                return  # to a device that may sound what a bridge left on that was killed
            if kind in (NOTE_ON, NOTE_OFF) and channel in (LEAD, LEAD_MOVED, HIT):
                self._note((port, channel, number), is_on=kind == NOTE_ON)
            elif kind == CONTROL and channel == MONITORS and (value - number + FIRST_MONITOR) % 8 == 0:
                self.last[CONTROL, number] = value
            elif kind == BEND and channel == LEAD and value in BEND_VALUES:
                self.last[BEND, 0] = value
            else:
                self.wrong.append(f"{port} was sent {tuple(message)}, which nobody asked for")

    def _note(self, key: tuple[str, int, int], *, is_on: bool) -> None:
        port, channel, note = key
        if not is_on:
            if key not in self._sounding | self._refused and (channel, note) not in self._left:
                self.wrong.append(f"{port} was sent the end of note {note} of channel {channel}, which was not on")
            self._sounding.discard(key)
            self._refused.discard(key)
            self._left.discard((channel, note))
            return
        if key in self._sounding:
            self.wrong.append(f"{port} was sent note {note} of channel {channel}, which was on")
        self._sounding.add(key)
        self._refused.discard(key)
        self.began += 1
        self.notes[HIT if channel == HIT else LEAD].append(note)

    def take_notes(self) -> dict[int, list[int]]:
        """The notes since the last time."""
        with self.lock:
            taken, self.notes = self.notes, {LEAD: [], HIT: []}
            return taken
