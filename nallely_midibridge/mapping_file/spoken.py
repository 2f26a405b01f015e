"""How routes are called, in problems and in the routing table: channels from 1, notes by name with C4 = 60."""

from collections.abc import Sequence

from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.midi import note_name
from nallely_midibridge.values.source import ALL_CHANNELS, Source, SourceKind


def source(source: Source) -> str:
    """``cc 74, channel 1`` or ``note C1 (gate), any channel``."""
    return f"{_source_kind(source)}, {channels(source.channels)}"


def destination(destination: Destination) -> str:
    """``cc 20, channel 1`` or ``note C3, channel 10, velocity 100``."""
    velocity = f", velocity {destination.velocity}" if destination.kind in _PLAYED else ""
    return f"{_destination_kind(destination)}, channel {destination.channel + 1}{velocity}"


def control(destination: Destination) -> str:
    """What only one probe can play: ``cc 20 on channel 1``."""
    return f"{_destination_kind(destination)} on channel {destination.channel + 1}"


def channels(channels: frozenset[int]) -> str:
    """``any channel``, ``channel 3`` or ``channels 1, 2 and 5``."""
    if channels == ALL_CHANNELS:
        return "any channel"
    numbers = [str(channel + 1) for channel in sorted(channels)]
    return f"channel{'s' * (len(numbers) > 1)} {listed(numbers)}"


def duration(seconds: float) -> str:
    """``50ms`` or ``1.5s``, as the file has it."""
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"


def run(names: Sequence[str]) -> str:
    """Parameters in a row: ``voice1..voice4``."""
    return names[0] if len(names) == 1 else f"{names[0]}..{names[-1]}"


_PLAYED = (DestinationKind.NOTE, DestinationKind.GATE)
_BY_NOTE = {SourceKind.NOTE_GATE: "gate", SourceKind.NOTE_VELOCITY: "velocity", SourceKind.NOTE_NUMBER: "number"}


def _source_kind(source: Source) -> str:
    if source.kind in _BY_NOTE:
        note = "any note" if source.number is None else f"note {note_name(source.number)}"
        return f"{note} ({_BY_NOTE[source.kind]})"
    return f"cc {source.number}" if source.kind is SourceKind.CC else source.kind.value


def _destination_kind(destination: Destination) -> str:
    if destination.kind is DestinationKind.NOTE:
        return "any note"
    if destination.number is None:
        return str(destination.kind.value)
    if destination.kind is DestinationKind.GATE:
        return f"note {note_name(destination.number)}"
    return f"{destination.kind.value} {destination.number}"
