"""How people write the address of a WebSocket Bus or of Trevor, and the URL it stands for."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

DEFAULT_HOST: Final = "localhost"
DEFAULT_PORTS: Final = {"ws": 6789, "wss": 443}
"""The bus listens on 6789; behind a TLS proxy it is where the proxy is."""
TREVOR_PORTS: Final = {"ws": 6788, "wss": 443}
TREVOR_PATH: Final = "/trevor"

_PLAIN: Final = ":@!$&'()*+,;="
"""What a part of a path may have as it is, with ASCII's letters and digits (RFC 3986, section 3.3)."""


def bus_url(address: str | None, default_ports: Mapping[str, int] = DEFAULT_PORTS) -> str:
    """The URL for ``HOST``, ``HOST:PORT``, ``[::1]:PORT`` or a ``ws://`` or ``wss://`` URL; None: the default.

    In ASCII, whatever letters the host and the path have: of a URL with others, websockets quotes the path once more.
    Raises ValueError, with a text that says what to write, for anything else.
    """
    text = (address or DEFAULT_HOST).strip()
    try:
        parts = urlsplit(text if "://" in text else f"ws://{text}")
        port = default_ports.get(parts.scheme) if parts.port is None else parts.port
        host = _ascii(parts.hostname or "")
    except ValueError:
        raise _wrong(text) from None
    if not _is_plain(parts) or not port:
        raise _wrong(text)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{port}{quote(parts.path.rstrip('/'), safe=_PLAIN + '/%')}"


def trevor_url(address: str | None) -> str:
    """The URL of a Trevor server, from an address as `bus_url` takes it. Raises ValueError likewise."""
    url = bus_url(address, TREVOR_PORTS)
    return url if url.endswith(TREVOR_PATH) else url + TREVOR_PATH


def trevor_beside(bus: str) -> str | None:
    """The URL of Trevor beside a bus: port 6788 of its host.

    None for a bus that is not at its own port 6789: it is behind a proxy or a tunnel, and where Trevor is then cannot
    be guessed.
    """
    parts = urlsplit(bus)
    if parts.scheme != "ws" or parts.port != DEFAULT_PORTS["ws"]:
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{TREVOR_PORTS['ws']}{TREVOR_PATH}"


def neuron_url(bus: str, neuron: str) -> str:
    """Where a neuron connects to register itself, under the URL of its bus."""
    return f"{bus}/{name_in_session(neuron)}/autoconfig"


def name_in_session(neuron: str) -> str:
    """What a session calls a neuron: what is quoted in its address stays so (measured on Nallely 0.7.0)."""
    return quote(neuron, safe=_PLAIN)


def _ascii(host: str) -> str:
    """Raises ValueError for a name that no host can have."""
    return host if host.isascii() else host.encode("idna").decode()


def _is_plain(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    extras = parts.query or parts.fragment or parts.username or parts.password
    return parts.scheme in DEFAULT_PORTS and bool(host) and not extras and not any(c.isspace() for c in parts.netloc)


def _wrong(text: str) -> ValueError:
    return ValueError(
        f"{text!r} is not an address; write HOST:PORT such as 192.168.1.74:6789, or a ws:// or wss:// URL"
    )
