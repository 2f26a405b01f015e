"""The address of a bus or of Trevor in a mapping file: what ``values.address`` takes, and advice for the rest."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.values.address import bus_url, trevor_url

_NAME: Final = re.compile(r"[\w.-]+")


def address_url(value: object) -> str:
    """The URL of a bus's address. Raises ValueError with a sentence on what to write instead."""
    return bus_url(_checked(value, "a bus is", "6789"))


def trevor_address_url(value: object) -> str:
    """The URL of Trevor's address, likewise."""
    return trevor_url(_checked(value, "Trevor is", "6788"))


def _checked(value: object, who: str, port: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be an address such as localhost:{port}, not {shown(value)}")
    scheme, _, rest = value.strip().rpartition("://")
    if scheme.lower() not in ("", "ws", "wss"):
        raise ValueError(f"{who} reached by ws:// or wss://, not {scheme}://; write {'ws://' + rest!r}")
    if "@" in rest:
        raise ValueError("a name and password go into 'headers', not into the address")
    _check_host(re.split("[/?#]", rest)[0], port)
    return value


def _check_host(place: str, usual: str) -> None:
    if _is(IPv6Address, place):
        raise ValueError(f"an IPv6 address needs brackets; write '[{place}]:{usual}'")
    host, _, port = place.rpartition(":") if re.search(":[0-9]*$", place) else (place, "", "1")
    if not port or not 1 <= int(port) <= 65535:
        raise ValueError(f"a port is a number from 1 to 65535, not {port!r}")
    if host.startswith("["):
        good = _is(IPv6Address, host[1:-1]) and host.endswith("]")
    else:
        good = _is(IPv4Address, host) if re.fullmatch("[0-9.]+", host) else _NAME.fullmatch(host) is not None
    if not good:
        raise ValueError(f"{host!r} is not the name or number of a machine; write HOST or HOST:PORT")


def _is(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
