"""Positions to MIDI: how each kind of destination that has a position says it.

A position 0-1 becomes a number, of 7 or 14 bits, and the number becomes messages: as few as a receiver needs that has
understood those before. The messages of one number belong together; whoever sends them lets nothing in between.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from nallely_midibridge.core.lane import Lane
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.midi import MidiMessage

MAX_14: Final = midi.BEND_MAX
"""The greatest number of 14 bits."""


class Spelling(ABC):
    """How one destination spells a number."""

    @abstractmethod
    def number(self, position: float) -> int:
        """The number nearest to a position 0-1."""

    @abstractmethod
    def messages(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        """What to send for a number, at least one message; ``before`` is what the port has, None if that is unknown."""


class Single(Spelling):
    """One message whose last byte is the number; ``head`` is what comes before it."""

    def __init__(self, *head: int) -> None:
        self._head = head

    def number(self, position: float) -> int:
        return round(position * midi.DATA_MAX)

    def messages(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        return ((*self._head, number),)


class Bend(Spelling):
    """Pitch bend: 14 bits in one message, the fine half first."""

    def __init__(self, channel: int) -> None:
        self._status = midi.PITCH_BEND | channel

    def number(self, position: float) -> int:
        return midi.bend_value(position)

    def messages(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        return ((self._status, number & 0x7F, number >> 7),)


class Pair(Spelling):
    """Two controllers, coarse and fine (page 12 of the specification).

    A receiver takes the fine half for 0 when a coarse one comes, if it keeps to the specification; many leave it as
    it was. What is sent is right for both: a coarse half is followed by its fine half, unless that is 0 and was 0.
    Where only the fine half changes, it is sent alone.
    """

    def __init__(self, channel: int, coarse: int, fine: int) -> None:
        self._coarse = (midi.CONTROL_CHANGE | channel, coarse)
        self._fine = (midi.CONTROL_CHANGE | channel, fine)

    def number(self, position: float) -> int:
        return round(position * MAX_14)

    def messages(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        coarse, fine = (*self._coarse, number >> 7), (*self._fine, number & 0x7F)
        if before is None:
            return (coarse, fine)
        if number >> 7 == before >> 7:
            return (fine,)
        return (coarse,) if number & 0x7F == before & 0x7F == 0 else (coarse, fine)


class Parameter(Spelling):
    """A registered or non-registered parameter: its number where that is not clear, then its value by data entry.

    After the number the whole value is sent, for receivers differ in whose halves they keep; else what changed of it.
    Here a coarse half always has its fine half with it: there are devices that heed a value only when that comes.
    """

    def __init__(self, destination: Destination, lane: Lane) -> None:
        assert destination.selection is not None
        self._channel = destination.channel
        self._selection = selector, number = destination.selection
        self._full = destination.full
        self._bits = destination.bits
        self._lane = lane
        status = midi.CONTROL_CHANGE | destination.channel
        self._select = ((status, selector, number >> 7), (status, _FINE_SELECTORS[selector], number & 0x7F))
        self._coarse = (status, midi.DATA_ENTRY)
        self._fine = (status, midi.DATA_ENTRY_FINE)

    def number(self, position: float) -> int:
        return round(position * (MAX_14 if self._bits == 14 else midi.DATA_MAX))

    def messages(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        if not self._full and self._lane.selected.get(self._channel) == self._selection:
            return self._data(number, before)
        self._lane.selected[self._channel] = self._selection
        return (*self._select, *self._data(number, None))

    def _data(self, number: int, before: int | None) -> tuple[MidiMessage, ...]:
        if self._bits == 7:
            return ((*self._coarse, number),)
        coarse, fine = (*self._coarse, number >> 7), (*self._fine, number & 0x7F)
        return (fine,) if before is not None and number >> 7 == before >> 7 else (coarse, fine)


def make_spelling(destination: Destination, lane: Lane) -> Spelling | None:
    """How a destination on a lane spells a number; None for one that has no position."""
    make = _SPELLINGS.get(destination.kind)
    return None if make is None else make(destination, lane)


def _cc(destination: Destination, lane: Lane) -> Spelling:
    assert destination.number is not None
    return Single(midi.CONTROL_CHANGE | destination.channel, destination.number)


def _poly_pressure(destination: Destination, lane: Lane) -> Spelling:
    assert destination.number is not None
    return Single(midi.POLY_PRESSURE | destination.channel, destination.number)


def _cc14(destination: Destination, lane: Lane) -> Spelling:
    assert destination.number is not None
    return Pair(destination.channel, destination.number, destination.fine_number)


_FINE_SELECTORS: Final = {midi.NRPN: midi.NRPN_FINE, midi.RPN: midi.RPN_FINE}

_SPELLINGS: Final[dict[DestinationKind, Callable[[Destination, Lane], Spelling]]] = {
    DestinationKind.CC: _cc,
    DestinationKind.CC14: _cc14,
    DestinationKind.NRPN: Parameter,
    DestinationKind.RPN: Parameter,
    DestinationKind.PITCHBEND: lambda to, lane: Bend(to.channel),
    DestinationKind.PRESSURE: lambda to, lane: Single(midi.CHANNEL_PRESSURE | to.channel),
    DestinationKind.POLY_PRESSURE: _poly_pressure,
    DestinationKind.PROGRAM: lambda to, lane: Single(midi.PROGRAM_CHANGE | to.channel),
}
