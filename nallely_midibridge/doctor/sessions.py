"""Whether Nallely can be reached: its bus, its Trevor, and whether the neurons' names are free there."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import connect

from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem, warning
from nallely_midibridge.doctor.running import Running, running_bridges
from nallely_midibridge.values.errors import words
from nallely_midibridge.values.mapping import Bus, Mapping

WITHIN: Final = 3.0
"""Seconds for a session to answer."""
STATE_LIMIT: Final = 1 << 26
"""Bytes of the longest state: a big patch passes the library's own limit of 1 MiB."""
TREVOR_PORT: Final = 6788
START: Final = "start Nallely with its WebSocket bus, or mend 'bus' in the mapping file"


def buses(patient: Patient) -> Iterator[Finding]:
    """A WebSocket handshake with each bus. The path is no neuron's, so the bus hangs up and registers nothing."""
    for bus in _buses(patient.mapping):
        try:
            _greet(bus)
            yield ok(f"the bus at {bus.url} answers")
        except ssl.SSLCertVerificationError as error:
            yield problem(
                f"the certificate of {bus.url} is not trusted: {error.verify_message}",
                "name the authority that signed it in the mapping file: bus: {url: …, ca: FILE}",
            )
        except InvalidHandshake as error:
            yield problem(f"what answers at {bus.url} is no bus: {words(error)}", START)
        except (OSError, WebSocketException) as error:
            yield problem(f"no bus at {bus.url}: {words(error)}", START)


def trevors(patient: Patient) -> Iterator[Finding]:
    """Trevor on the host of each bus, and from its state whether the names of the neurons are ours."""
    running = running_bridges() if patient.mapping is not None else []
    for bus in _buses(patient.mapping):
        url = f"ws://{_host(bus.url)}:{TREVOR_PORT}/trevor"
        try:
            state = _state(url)
        except (OSError, WebSocketException) as error:
            yield warning(f"no Trevor at {url}: {words(error)}; what is registered cannot be verified")
            continue
        if state is None:
            yield warning(f"Trevor at {url} answers, but tells no state")
            continue
        yield ok(f"Trevor at {url} answers")
        yield from _names(bus, patient.mapping, state, running)


def _names(bus: Bus, mapping: Mapping | None, state: dict[str, Any], running: list[Running]) -> Iterator[Finding]:
    taken = _registered(state)
    ours = {name for bridge in running for name in bridge.connected}
    for neuron in mapping.neurons if mapping else ():
        if neuron.bus != bus:
            continue
        if neuron.name not in taken:
            yield ok(f"the name {neuron.name} is free in the session")
        elif neuron.name in ours:
            yield ok(f"the name {neuron.name} is ours in the session")
        else:
            yield warning(
                f"the session has a neuron {neuron.name} already: one that a bridge left, or another program's",
                "if it is another program's, give yours another name in the mapping file",
            )


def _registered(state: dict[str, Any]) -> set[str]:
    """The external neurons of a session. The bus is a device whose parameters are called ``NEURON_PARAMETER``."""
    names = set()
    for device in state.get("virtual_devices", ()):
        if not isinstance(device, dict):
            continue
        with suppress(KeyError, TypeError, AttributeError):
            if device["repr"].startswith("WebSocketBus"):
                names |= {parameter["name"].partition("_")[0] for parameter in device["meta"]["parameters"]}
            elif device["proxy"]:
                names.add(device["repr"])
    return names


def _state(url: str) -> dict[str, Any] | None:
    """The state that Trevor sends by itself, or None when it sends none in time."""
    deadline = time.monotonic() + WITHIN
    with connect(url, open_timeout=WITHIN, close_timeout=0.5, max_size=STATE_LIMIT, proxy=None) as connection:
        while (left := deadline - time.monotonic()) > 0:
            try:
                said = json.loads(connection.recv(timeout=left))
            except (TimeoutError, ValueError):
                return None
            if isinstance(said, dict) and "virtual_devices" in said:
                return said
    return None


def _greet(bus: Bus) -> None:
    tls = ssl.create_default_context(cafile=bus.ca_file) if bus.url.startswith("wss:") else None
    headers = list(bus.headers)
    with connect(
        bus.url,
        ssl=tls,
        additional_headers=headers,
        open_timeout=WITHIN,
        close_timeout=0.5,
        compression=None,
        proxy=None,
    ):
        pass


def _buses(mapping: Mapping | None) -> list[Bus]:
    return list(dict.fromkeys(neuron.bus for neuron in mapping.neurons)) if mapping else []


def _host(url: str) -> str:
    host = urlsplit(url).hostname or "localhost"
    return f"[{host}]" if ":" in host else host
