"""What tells one device from another of the same name."""

from collections.abc import Callable, Sequence
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


def choose(
    pattern: str, names: Sequence[str], wanted: Device, nth: int, device_of: Callable[[str], Device]
) -> str | None:
    """The ``nth`` (from 1) of the ports that a pattern means, on the ``wanted`` device; None when it is not there."""
    if wanted != UNKNOWN:
        names = [name for name in names if device_of(name).is_one_of(wanted)]
    found = matches(pattern, names)
    return found[nth - 1] if nth <= len(found) else None
