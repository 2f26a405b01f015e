"""Words for people, in problems and in what ``check`` prints: channels from 1, notes by name with C4 = 60."""

from typing import Final

from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.midi import note_name
from nallely_midibridge.values.scale import Curve, Points
from nallely_midibridge.values.source import ALL_CHANNELS

SPELLERS: Final = (midi.DATA_ENTRY, midi.DATA_ENTRY_FINE, *range(midi.DATA_INCREMENT, midi.RPN + 1))
"""The controllers that spell an NRPN or RPN and its value (MIDI 1.0, table III)."""

_CURVES: Final = {
    Curve.LINEAR: "",
    Curve.EXP: "exponentially",
    Curve.LOG: "logarithmically",
    Curve.S: "in an S curve",
}


def controls(destination: Destination) -> dict[str, str]:
    """What a destination sends to, each with its purpose: all routes that spell numbers share the controllers."""
    if destination.kind in (DestinationKind.CLOCK, DestinationKind.TRANSPORT):
        return {f"the {destination.kind.value}": ""}
    found = dict.fromkeys(_own_controls(destination), "")
    if destination.kind in (DestinationKind.NRPN, DestinationKind.RPN):
        found |= dict.fromkeys((f"CC {number}" for number in SPELLERS), "numbers")
    return {f"{control} on channel {destination.channel + 1}": purpose for control, purpose in found.items()}


def _own_controls(destination: Destination) -> tuple[str, ...]:
    number = destination.number or 0
    match destination.kind:
        case DestinationKind.CC:
            return (f"CC {number}",)
        case DestinationKind.CC14:
            return (f"CC {number}", f"CC {destination.fine}")
        case DestinationKind.NRPN | DestinationKind.RPN:
            return (f"{destination.kind.name} {number}",)
        case DestinationKind.NOTE:
            return ("any note",)
        case DestinationKind.GATE:
            return (f"note {note_name(number)}",)
        case DestinationKind.POLY_PRESSURE:
            return (f"the pressure of {note_name(number)}",)
        case DestinationKind.PITCHBEND:
            return ("pitch bend",)
        case _:
            return (destination.kind.value,)


def channels(channels: frozenset[int]) -> str:
    """``any channel``, ``channel 3`` or ``channels 1, 2 and 5``."""
    if channels == ALL_CHANNELS:
        return "any channel"
    numbers = [str(channel + 1) for channel in sorted(channels)]
    return f"channel{'s' * (len(numbers) > 1)} {listed(numbers)}"


def number(value: float) -> str:
    """``0.25``, and ``1`` for one."""
    return f"{value:.10g}"


def percent(share: float) -> str:
    """``2 %`` of a share 0-1."""
    return f"{share * 100:.3g} %"


def duration(seconds: float) -> str:
    """``50ms`` or ``1.5s``, as the file has it."""
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"


def curve(curve: Curve | Points) -> str:
    """``exponentially``; nothing for a straight line."""
    return _CURVES[curve] if isinstance(curve, Curve) else f"along a curve of {len(curve.points)} points"
