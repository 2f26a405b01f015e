"""Where a session's Trevor is: ``auto``, ``off``, or an address like that of a bus."""

from pathlib import PurePath
from typing import Final

from nallely_midibridge.mapping_file.address import trevor_address_url
from nallely_midibridge.mapping_file.bus import read_bus
from nallely_midibridge.mapping_file.problem import did_you_mean
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.schema import TrevorAddress
from nallely_midibridge.values.address import trevor_beside
from nallely_midibridge.values.mapping import Bus

AUTO: Final = "auto"
_WORDS: Final = (AUTO, "off")


def read_trevor(value: object, spot: Spot, folder: PurePath, bus: Bus) -> Bus | None:
    """Trevor's address; None where there is none, or it is wrong."""
    if value == AUTO:
        beside = trevor_beside(bus.url)
        return Bus(beside) if beside else None
    if value == "off" or value is False:
        return None
    if isinstance(value, bool) or value is None:
        spot.wrong("must be auto, off, or an address such as localhost:6788")
        return None
    if isinstance(value, str) and (close := did_you_mean(value, _WORDS)):
        spot.wrong(f"must be auto, off, or an address such as localhost:6788, not {value!r}{close}")
        return None
    return read_bus(value, spot, folder, trevor_address_url, TrevorAddress)
