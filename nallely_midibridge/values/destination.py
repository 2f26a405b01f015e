"""What a probe becomes on a MIDI port."""

from dataclasses import dataclass
from enum import Enum

from nallely_midibridge.values import midi


class DestinationKind(Enum):
    """What a probe becomes on a MIDI port. The value is the word in the mapping file."""

    CC = "cc"
    CC14 = "cc14"
    NRPN = "nrpn"
    RPN = "rpn"
    NOTE = "note"
    GATE = "gate"
    PITCHBEND = "pitchbend"
    PRESSURE = "pressure"
    POLY_PRESSURE = "poly_pressure"
    PROGRAM = "program"
    CLOCK = "clock"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Destination:
    """What a probe sends.

    * ``number`` is a controller 0-127 (of a ``CC14`` the coarse one), a parameter number 0-16383 of an ``NRPN`` or
      ``RPN``, or the note of a ``GATE`` or ``POLY_PRESSURE``; None where the kind has none.
    * ``fine`` is the controller with the low seven bits of a ``CC14``.
    * ``full`` repeats the parameter number with every value of an ``NRPN`` or ``RPN``; else it is sent when it is
      another than the channel's last. ``bits`` is 14, or 7 for a device that takes no fine half.
    * A ``NOTE`` or ``GATE`` sounds with ``velocity`` 1-127, or with what the parameter ``velocity_from`` has; it ends
      with its value, or after ``length`` seconds, or after as many as the parameter ``length_from`` has. With
      ``legato`` a note ends only when the next has begun.
    """

    port: str
    kind: DestinationKind
    number: int | None = None
    channel: int = 0
    velocity: int = 100
    fine: int | None = None
    full: bool = False
    bits: int = 14
    velocity_from: str | None = None
    length: float | None = None
    length_from: str | None = None
    legato: bool = False

    @property
    def fine_number(self) -> int:
        """The controller with the low seven bits of a ``CC14``; 32 above the coarse one unless it is said."""
        return self.fine if self.fine is not None else (self.number or 0) + midi.FINE_ABOVE

    @property
    def selection(self) -> midi.Selection | None:
        """The parameter that an ``NRPN`` or ``RPN`` is about; None for the others."""
        selector = _SELECTORS.get(self.kind)
        return None if selector is None else (selector, self.number or 0)

    @property
    def addresses(self) -> tuple[midi.Address, ...]:
        """What its messages are about; a note's number, which its probe chooses, is 0 here. None for the system's.

        Of a value in two halves it is both, the coarse one first; what selects a parameter is left out.
        """
        status = _STATUSES.get(self.kind)
        if status is None:
            return ()
        return tuple((status | self.channel, number) for number in self._numbers)

    def carries(self, port: str, message: midi.MidiMessage) -> bool:
        """Whether this destination may have sent a message."""
        address, _ = midi.split(message)
        if self.kind is DestinationKind.NOTE:
            return (port, address[0]) == (self.port, midi.NOTE_ON | self.channel)
        return port == self.port and address in self.addresses

    @property
    def _numbers(self) -> tuple[int, ...]:
        if self.kind in _SELECTORS:
            return (midi.DATA_ENTRY, midi.DATA_ENTRY_FINE)
        if self.kind is DestinationKind.CC14:
            return (self.number or 0, self.fine_number)
        return (self.number or 0,)


_SELECTORS = {DestinationKind.NRPN: midi.NRPN, DestinationKind.RPN: midi.RPN}
"""The controllers that say which parameter is meant, the coarse ones."""

_STATUSES = {
    DestinationKind.CC: midi.CONTROL_CHANGE,
    DestinationKind.CC14: midi.CONTROL_CHANGE,
    DestinationKind.NRPN: midi.CONTROL_CHANGE,
    DestinationKind.RPN: midi.CONTROL_CHANGE,
    DestinationKind.NOTE: midi.NOTE_ON,
    DestinationKind.GATE: midi.NOTE_ON,
    DestinationKind.PITCHBEND: midi.PITCH_BEND,
    DestinationKind.PRESSURE: midi.CHANNEL_PRESSURE,
    DestinationKind.POLY_PRESSURE: midi.POLY_PRESSURE,
    DestinationKind.PROGRAM: midi.PROGRAM_CHANGE,
}
"""The kinds of message, without their channel."""
