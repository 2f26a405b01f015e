"""What tells one device from another of the same name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.values.port_name import matches


@dataclass(frozen=True, slots=True)
class Device:
    """A USB device, as found or as asked for. ``usb`` is the place it is plugged into, such as ``1-1.4``."""

    usb: str | None = None
    serial: str | None = None

    def is_one_of(self, wanted: "Device") -> bool:
        """Whether this device has all that is ``wanted``."""
        return wanted.usb in (None, self.usb) and wanted.serial in (None, self.serial)


UNKNOWN: Final = Device()
NOTHING: Final[Mapping[int, str]] = {}


def choose(
    pattern: str,
    names: Sequence[str],
    wanted: Device,
    nth: int,
    device_of: Callable[[str], Device],
    held: Mapping[int, str] = NOTHING,
) -> str | None:
    """The ``nth`` (from 1) of the ports that a pattern means, on the ``wanted`` device; None when it is not there.

    ``held`` are those that are open already, by their own number. Whoever is open keeps its device, so of two twins
    the one that comes back is the one that was gone, whatever order the system lists them in now.
    """
    if wanted != UNKNOWN:
        names = [name for name in names if device_of(name).is_one_of(wanted)]
    found = matches(pattern, names)
    if held.get(nth) in found:
        return held[nth]
    free = [name for name in found if name not in held.values()]
    before = nth - 1 - sum(number < nth for number in held)
    return free[before] if before < len(free) else None
