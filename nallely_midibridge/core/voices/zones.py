"""Which channels of an MPE keyboard play notes, and which speak for all of them (MPE 1.0, sections 2.1 to 2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.values import midi

LOWER_MASTER: Final = 0
UPPER_MASTER: Final = 15
MOST_MEMBERS: Final = 15
MASTER_BEND_RANGE: Final = 2.0
"""Semitones of a master channel's bend until the keyboard says otherwise (section 2.4)."""

BEND_RANGE: Final = 0
ZONE_SIZE: Final = 6
"""The registered parameters that matter here: pitch bend sensitivity, and the MPE configuration message."""


@dataclass(slots=True)
class Zone:
    """A master channel and its members. Bend ranges are in semitones."""

    master: int
    size: int
    bend_range: float
    master_bend_range: float = MASTER_BEND_RANGE

    @property
    def members(self) -> range:
        """The member channels, from the master's side."""
        if self.master == LOWER_MASTER:
            return range(1, 1 + self.size)
        return range(14, 14 - self.size, -1)

    @property
    def channels(self) -> tuple[int, ...]:
        """All channels of the zone, its master's first."""
        return (self.master, *self.members)


class Zones:
    """Both zones of a keyboard, as the mapping has them until the keyboard announces its own.

    A keyboard that announces none has left MPE (section 2.1): each of its channels then speaks for itself.
    """

    def __init__(self, lower: int, upper: int, bend_range: float) -> None:
        self._bend_range = bend_range
        self._lower = Zone(LOWER_MASTER, lower, bend_range)
        self._upper = Zone(UPPER_MASTER, min(upper, _left_by(lower)), bend_range)
        self._alone = [Zone(channel, 0, bend_range) for channel in midi.CHANNELS]
        self._selected: dict[int, int | None] = {}
        self._entered: dict[int, tuple[int, int]] = {}

    def zone(self, channel: int) -> Zone | None:
        """The zone that a channel is in."""
        zones = [zone for zone in (self._lower, self._upper) if zone.size] or self._alone
        return next((zone for zone in zones if channel in zone.channels), None)

    def deselect(self, channel: int) -> None:
        """What is entered next on a channel is about nothing, until it says about what."""
        self._selected[channel] = None

    def control(self, message: Sequence[int]) -> bool:
        """A controller that spells a registered parameter; whether the zones are others now."""
        status, controller, value = message
        channel = status & 0x0F
        if controller in (midi.NRPN, midi.NRPN_FINE):
            self._selected[channel] = None
        elif controller in (midi.RPN, midi.RPN_FINE):
            self._select(channel, controller, value)
        elif controller in (midi.DATA_ENTRY, midi.DATA_ENTRY_FINE):
            return self._enter(channel, controller, value)
        return False

    def _select(self, channel: int, controller: int, value: int) -> None:
        number = self._selected.get(channel)
        coarse, fine = divmod(midi.NULL_PARAMETER if number is None else number, 128)
        self._selected[channel] = value << 7 | fine if controller == midi.RPN else coarse << 7 | value
        self._entered[channel] = (0, 0)

    def _enter(self, channel: int, controller: int, value: int) -> bool:
        number = self._selected.get(channel)
        if number == BEND_RANGE:
            coarse, _ = self._entered.get(channel, (0, 0))
            semitones, cents = self._entered[channel] = (value, 0) if controller == midi.DATA_ENTRY else (coarse, value)
            self._set_bend_range(channel, semitones + cents / 100)
        elif number == ZONE_SIZE and controller == midi.DATA_ENTRY and channel in (LOWER_MASTER, UPPER_MASTER):
            self._resize(channel, min(value, MOST_MEMBERS))
            return True
        return False

    def _set_bend_range(self, channel: int, semitones: float) -> None:
        zone = self.zone(channel)
        if zone is None:
            return
        if channel == zone.master:
            zone.master_bend_range = semitones
        else:
            zone.bend_range = semitones

    def _resize(self, master: int, size: int) -> None:
        """A zone that is announced takes the channels it needs from the other, and begins with the usual bends."""
        resized, other = (self._lower, self._upper) if master == LOWER_MASTER else (self._upper, self._lower)
        resized.size, resized.bend_range, resized.master_bend_range = size, self._bend_range, MASTER_BEND_RANGE
        other.size = min(other.size, _left_by(size))


def _left_by(size: int) -> int:
    """How many members one zone can have beside another of a size."""
    return max(0, MOST_MEMBERS - 1 - size) if size else MOST_MEMBERS
