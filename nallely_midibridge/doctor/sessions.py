"""Whether Nallely can be reached: its bus, its Trevor, and whether the neurons' names are free there."""

import ssl
from collections.abc import Iterator
from typing import Final

from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import connect

from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem, warning
from nallely_midibridge.doctor.running import Running, running_bridges
from nallely_midibridge.edges.transport import tls_for
from nallely_midibridge.trevor import SessionState, TrevorClient, TrevorError
from nallely_midibridge.values.errors import words
from nallely_midibridge.values.mapping import Bus, Mapping

WITHIN: Final = 3.0
"""Seconds for a session to answer."""
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
    """Trevor of each session, and from its state whether the names of the neurons are ours."""
    running = running_bridges() if patient.mapping is not None else []
    for server in _trevors(patient.mapping):
        state, trouble = _state(server)
        if state is None:
            yield warning(
                f"no Trevor at {server.url}: {trouble}; what is registered cannot be verified, nor links made"
            )
            continue
        yield ok(f"Trevor at {server.url} answers")
        yield from _names(server, patient.mapping, state, running)


def _names(server: Bus, mapping: Mapping | None, state: SessionState, running: list[Running]) -> Iterator[Finding]:
    ours = {name for bridge in running for name in bridge.connected}
    for neuron in mapping.neurons if mapping else ():
        if neuron.trevor != server:
            continue
        if state.neuron(neuron.name) is None:
            yield ok(f"the name {neuron.name} is free in the session")
        elif neuron.name in ours:
            yield ok(f"the name {neuron.name} is ours in the session")
        else:
            yield warning(
                f"the session has a neuron {neuron.name} already: one that a bridge left, or another program's",
                "if it is another program's, give yours another name in the mapping file",
            )


def _state(server: Bus) -> tuple[SessionState | None, str]:
    """What Trevor says of its session, or why it says nothing."""
    client = TrevorClient(server.url, lambda _: None, ca_file=server.ca_file, headers=dict(server.headers))
    with client as trevor:
        try:
            return trevor.wait_for(lambda state: True, WITHIN), ""
        except TrevorError:
            return None, trevor.trouble or "it tells no state"


def _greet(bus: Bus) -> None:
    headers = list(bus.headers)
    with connect(
        bus.url,
        ssl=tls_for(bus.url, bus.ca_file),
        additional_headers=headers,
        open_timeout=WITHIN,
        close_timeout=0.5,
        compression=None,
        proxy=None,
    ):
        pass


def _buses(mapping: Mapping | None) -> list[Bus]:
    return list(dict.fromkeys(neuron.bus for neuron in mapping.neurons)) if mapping else []


def _trevors(mapping: Mapping | None) -> list[Bus]:
    return list(dict.fromkeys(neuron.trevor for neuron in mapping.neurons if neuron.trevor)) if mapping else []
