"""Which USB device a port of the ALSA sequencer is: two keyboards of one name stay two.

The kernel numbers the sequencer's clients of hardware 16 + 4 × card + device (sound/core/seq/seq_clientmgr.c), and the
name of a port ends in ``client:port``. From the card, sysfs tells the device: its place (``1-1.4``: bus 1, port 1 of
the root hub, port 4 of the hub in it), which stays while it is plugged into the same socket, and its serial number.
"""

import re
from pathlib import Path
from typing import Final

from nallely_midibridge.values.device import UNKNOWN, Device

SYSFS: Final = Path("/sys")
FIRST_CLIENT: Final = 16
CLIENTS_A_CARD: Final = 4
FIRST_APPLICATION: Final = 128
_ADDRESS: Final = re.compile(r" (\d+):\d+$")


def device_of(name: str, sysfs: Path = SYSFS) -> Device:
    """What is known of the device behind a port, by the port's full name; `UNKNOWN` when it is no USB device."""
    folder = _folder_of(name, sysfs)
    return UNKNOWN if folder is None else Device(usb=folder.name, serial=_read(folder / "serial"))


def is_of_program(name: str) -> bool:
    """Whether a port of the ALSA sequencer, by its full name, was made by a program and is no device."""
    address = _ADDRESS.search(name)
    return address is not None and int(address[1]) >= FIRST_APPLICATION


def plugging_of(name: str, sysfs: Path = SYSFS) -> str | None:
    """A number that is another after each plugging of the USB device behind a port; None when it is none."""
    folder = _folder_of(name, sysfs)
    return None if folder is None else _read(folder / "devnum")


def _folder_of(name: str, sysfs: Path) -> Path | None:
    address = _ADDRESS.search(name)
    if address is None or not FIRST_CLIENT <= int(address[1]) < FIRST_APPLICATION:
        return None
    card = (int(address[1]) - FIRST_CLIENT) // CLIENTS_A_CARD
    place = (sysfs / "class/sound" / f"card{card}" / "device").resolve()
    return next((folder for folder in (place, *place.parents) if (folder / "idVendor").exists()), None)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
