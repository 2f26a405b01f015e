"""The ``bus`` of a session or a neuron: an address, or an address with a certificate and headers."""

import os
from collections.abc import Callable
from pathlib import PurePath

from nallely_midibridge.mapping_file.address import address_url
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.schema import BusAddress
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.values.mapping import Bus

Url = Callable[[object], str]
"""A URL from an address in the file. Raises ValueError."""


def read_bus(
    bus: object, spot: Spot, folder: PurePath, url_of: Url = address_url, shape: type[BusAddress] = BusAddress
) -> Bus | None:
    """The bus, or None when it is wrong. ``folder`` is where the files it names are."""
    if not isinstance(bus, dict):
        url = spot.checked(url_of, bus)
        return Bus(url) if url else None
    address = shaped(shape, bus, spot)
    return Bus(address.url, _ca_file(address, spot / "ca", folder), address.headers) if address else None


def _ca_file(address: BusAddress, spot: Spot, folder: PurePath) -> str | None:
    if address.ca is None:
        return None
    ca_file = str(folder / address.ca)
    if not address.url.startswith("wss:"):
        spot.wrong("a certificate is for a wss:// address; write one, or leave out 'ca'")
    elif not os.path.isfile(ca_file):
        spot.wrong(f"there is no file {ca_file!r}")
    return ca_file
