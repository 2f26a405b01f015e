"""What devices the links of a file have Nallely make, and whether it will call them what the file calls them."""

from typing import Final

from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.values.mapping import Bus
from nallely_midibridge.values.wiring import Wire

FIRST_NUMBER: Final = 1
ONLY_NUMBERS: Final = {"MIDIBridge": 0}
"""What number Nallely 0.7.0 gives every device of a class."""
CLASSES: Final = frozenset({"BroadcastRAM8", "MPD32", "Minilab3", "NTS1", "Sequencer8"})
"""Classes of Nallely 0.7.0 whose own names end in a digit. MIDI devices, but for `MIDIBridge`, get no number at all."""


class Creations:
    """Sees every link of a file in order. Another link's device counts where it is in the same session."""

    def __init__(self) -> None:
        self._made: dict[tuple[Bus, str], set[str]] = {}

    def see(self, wire: Wire, session: Bus, spot: Spot) -> None:
        """Note a device that cannot be made in a session that has none of its class, and a class that seems none."""
        for end in (wire.source, wire.destination):
            kind = end.device.rstrip("0123456789")
            if kind == end.device or end.device in CLASSES:
                continue
            if end.is_first:
                spot.note(f"after 'first' comes a class, such as {kind!r}; {end.device!r} looks like one device")
            elif wire.create:
                self._see(kind, end.device, session, spot)

    def _see(self, kind: str, device: str, session: Bus, spot: Spot) -> None:
        made = self._made.setdefault((session, kind), set())
        if device in made:
            return
        number = FIRST_NUMBER + len(made)
        if (only := ONLY_NUMBERS.get(kind)) is not None:
            if int(device.removeprefix(kind)) != only:
                spot.note(f"{device} cannot be made, for Nallely calls each {kind} {kind}{only}; write that")
        elif int(device.removeprefix(kind)) > number:
            spot.note(
                f"{device} cannot be made in a session that has no {kind} yet, for Nallely numbers what it makes: it "
                f"would be {kind}{number}; write 'first {kind}', or have {kind}{number} made before it"
            )
        made.add(device)
