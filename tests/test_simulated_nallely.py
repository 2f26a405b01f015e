"""The simulated Nallely over real sockets, where it offers more than the real one: see test_simulated_real.py."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from nallely_midibridge.simulated import Happening, ProbeValue, SimulatedNallely, SynthNote, ValueReceived
from tests.real_nallely import Trevor
from tests.recording import frame, unpack

PATIENCE = 15.0
LONG = "m" * 255
PORTS = ("voice1", "voice2", "mon1", LONG)
REGISTRATION = {"kind": "external", "parameters": [{"name": name, "range": [0, 127]} for name in PORTS]}

Connect = Callable[[str], ClientConnection]
Register = Callable[[str], ClientConnection]


@pytest.fixture
def nallely() -> Iterator[SimulatedNallely]:
    with SimulatedNallely(bus_delay=0.05) as nallely:
        yield nallely


@pytest.fixture
def trevor(nallely: SimulatedNallely) -> Iterator[Trevor]:
    with Trevor(nallely.trevor_address, PATIENCE) as trevor:
        yield trevor


@pytest.fixture
def connected(nallely: SimulatedNallely) -> Iterator[Connect]:
    """Connect to a path of the bus."""
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(connect(f"ws://{nallely.address}/{path}", proxy=None, close_timeout=1.0))


@pytest.fixture
def registered(nallely: SimulatedNallely, connected: Connect) -> Register:
    """Register a neuron with two voices and two probes, and wait until the bus has it."""

    def register(neuron: str) -> ClientConnection:
        clients = len(nallely.bus.clients(neuron))
        client = connected(f"{neuron}/autoconfig")
        client.send(json.dumps(REGISTRATION))
        assert nallely.wait_for(lambda: len(nallely.bus.clients(neuron)) > clients)
        return client

    return register


def arrives(client: ClientConnection) -> tuple[str, float]:
    """The next value."""
    message = client.recv(timeout=PATIENCE)
    assert isinstance(message, bytes)
    return unpack(message)


def closed(client: ClientConnection) -> tuple[int, str] | None:
    """Wait for the close; its code and reason, or None for a cut. Raises TimeoutError if it stays open."""
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            client.recv(timeout=max(0.0, deadline - time.monotonic()))
    except ConnectionClosed as error:
        return (error.rcvd.code, error.rcvd.reason) if error.rcvd else None


# Values.


def test_every_client_of_a_neuron_gets_every_value(nallely: SimulatedNallely, registered: Register) -> None:
    first, second = registered("keys"), registered("keys")
    nallely.link("keys.voice1", "keys.mon1")
    second.send(frame("voice1", 60))
    assert arrives(first) == arrives(second) == ("mon1", 60.0)
    assert nallely.received == [("keys", "voice1", 60.0)]


def test_a_client_that_subscribes_gets_values_too(
    nallely: SimulatedNallely, registered: Register, connected: Connect
) -> None:
    registered("keys")
    listener = connected("keys")
    assert nallely.wait_for(lambda: len(nallely.bus.clients("keys")) == 2)
    nallely.feed("keys.mon1", 5)
    assert arrives(listener) == ("mon1", 5.0)


def test_a_voice_keeps_sounding_when_its_client_goes(nallely: SimulatedNallely, registered: Register) -> None:
    nallely.link("keys.voice1", "synth.keys")
    client = registered("keys")
    client.send(frame("voice1", 60))
    assert nallely.wait_for(lambda: nallely.synth.notes == (60,))
    client.close()
    assert nallely.wait_for(lambda: not nallely.bus.clients("keys"))
    assert nallely.synth.notes == (60,)
    registered("keys").send(frame("voice1", 0))
    assert nallely.wait_for(lambda: not nallely.synth.notes)


def test_an_lfo_moves_a_probe_at_its_speed(nallely: SimulatedNallely, registered: Register) -> None:
    nallely.set_lfo_speed(10)
    nallely.link("LFO1.output", "keys.mon1")
    client = registered("keys")
    started = time.monotonic()
    values = [arrives(client)[1] for _ in range(100)]
    assert 0.3 < time.monotonic() - started < 10, "100 values at 200 a second"
    assert min(values) < 10
    assert max(values) > 117


def test_a_name_too_long_for_a_frame_travels_as_text(nallely: SimulatedNallely, connected: Connect) -> None:
    name = f"{LONG}m"
    client = connected("keys/autoconfig")
    client.send(json.dumps({"kind": "external", "parameters": [{"name": name, "range": [0, 1]}]}))
    assert nallely.wait_for_neuron("keys")
    nallely.feed(f"keys.{name}", 0.5)
    message = json.loads(client.recv(timeout=PATIENCE))
    assert message == {"on": name, "value": 0.5, "device": "keys", "sender": ""}


def test_what_is_no_value_is_ignored(nallely: SimulatedNallely, registered: Register) -> None:
    client = registered("keys")
    rubbish: list[bytes | str] = [b"", b"\x06voi", b"\x02\xff\xfe" + bytes(8), "not json", "{}", "[]", "[" * 100_000]
    for message in rubbish:
        client.send(message)
    client.send(frame("voice1", 1))
    assert nallely.wait_for(lambda: nallely.received)
    assert nallely.ignored == rubbish


def test_an_observer_is_told_of_everything_in_order(registered: Register) -> None:
    happened: list[Happening] = []
    with SimulatedNallely(happened.append) as nallely:
        nallely.link("keys.voice1", "synth.keys")
        nallely.link("keys.voice1", "keys.mon1", with_scaler=False)
        with connect(f"ws://{nallely.address}/keys/autoconfig", proxy=None) as client:
            client.send(json.dumps(REGISTRATION))
            client.send(frame("voice1", 60))
            assert arrives(client) == ("mon1", 60.0)
    assert happened == [
        ValueReceived("keys", "voice1", 60.0),
        SynthNote("synth", True, 60),
        ProbeValue("keys", "mon1", 60.0, "keys_voice1"),
    ]


# Registering.


def test_unregistering_closes_the_clients_and_takes_the_wiring(
    nallely: SimulatedNallely, registered: Register, connected: Connect
) -> None:
    client = registered("keys")
    nallely.link("keys.voice1", "synth.keys")
    client.send(frame("voice1", 60))
    assert nallely.wait_for(lambda: nallely.synth.notes == (60,))
    assert closed(connected("keys/unregister")) == (1000, "")
    assert closed(client) == (1000, "")
    assert nallely.parameters("keys") == []
    assert not nallely.synth.notes
    registered("keys").send(frame("voice1", 60))
    assert nallely.wait_for(lambda: len(nallely.received) == 2)
    assert not nallely.synth.notes


def test_a_haunted_name_is_not_registered(nallely: SimulatedNallely, registered: Register) -> None:
    nallely.haunt("keys")
    registered("keys")
    assert nallely.parameters("keys") == []


# What happens to a session.


def test_a_kept_link_is_made_again_after_a_reset_and_another_is_not(
    nallely: SimulatedNallely, registered: Register
) -> None:
    nallely.link("keys.voice1", "synth.keys", keep=True)
    nallely.link("keys.voice2", "synth.keys")
    before = registered("keys")
    nallely.reset()
    assert closed(before) == (1000, "WebSocket Bus is shutting down")
    client = registered("keys")
    client.send(frame("voice2", 72))
    client.send(frame("voice1", 60))
    assert nallely.wait_for(lambda: nallely.synth.notes)
    assert nallely.synth.notes == (60,)


def test_a_stopped_bus_refuses_and_comes_back_empty_on_the_same_port(
    nallely: SimulatedNallely, registered: Register, connected: Connect
) -> None:
    client, address = registered("keys"), nallely.address
    nallely.stop_bus()
    assert closed(client) == (1000, "WebSocket Bus is shutting down")
    with pytest.raises(ConnectionRefusedError):
        connected("keys/autoconfig")
    nallely.start_bus()
    assert nallely.address == address
    assert nallely.parameters("keys") == []
    registered("keys")
    assert nallely.parameters("keys") == [*PORTS]


def test_a_bus_that_dies_sends_no_close_frame(nallely: SimulatedNallely, registered: Register) -> None:
    client = registered("keys")
    nallely.stop_bus(abruptly=True)
    assert closed(client) is None


def test_a_failing_network_forgets_nothing(nallely: SimulatedNallely, registered: Register) -> None:
    client = registered("keys")
    nallely.link("keys.voice1", "keys.mon1")
    nallely.drop_clients()
    assert closed(client) is None
    assert nallely.wait_for(lambda: not nallely.bus.clients("keys"))
    client = registered("keys")
    client.send(frame("voice1", 60))
    assert arrives(client) == ("mon1", 60.0)


# Trevor.


def test_linked_twice_through_trevor_every_note_sounds_twice_and_one_link_is_shown(
    nallely: SimulatedNallely, trevor: Trevor, registered: Register
) -> None:
    client = registered("keys")
    trevor.link("keys.voice1", "synth.keys")
    trevor.link("keys.voice1", "synth.keys", with_scaler=False)
    assert len(trevor.refreshed()["connections"]) == 1
    client.send(frame("voice1", 60))
    assert nallely.wait_for(lambda: len(nallely.synth.history) == 2)
    assert nallely.synth.notes == (60, 60)
    trevor.unlink("keys.voice1", "synth.keys")
    assert not nallely.synth.notes
    client.send(frame("voice1", 62))
    assert nallely.wait_for(lambda: nallely.synth.notes == (62,))


def test_trevor_makes_and_kills_devices(nallely: SimulatedNallely, trevor: Trevor, registered: Register) -> None:
    client = registered("keys")
    lfo = trevor.create("LFO")
    assert lfo["repr"] == "LFO2"
    assert trevor.create("MIDIBridge")["repr"] == "MIDIBridge0"
    trevor.link("LFO2.output", "keys.mon1")
    trevor.link("keys.voice1", "MIDIBridge0.X0")
    trevor.set_value("LFO2.speed", 100)
    assert arrives(client)[0] == "mon1"
    trevor.command("kill_device", device_id=lfo["id"])
    trevor.wait_for(lambda state: len(state["connections"]) == 1)
    assert nallely.lfo.speed != 100


def test_trevor_names_what_waits(nallely: SimulatedNallely, trevor: Trevor, registered: Register) -> None:
    registered("keys").send(frame("cutoff", 1))
    assert nallely.wait_for(lambda: nallely.received)
    nallely.link("LFO1.output", "late.mon")
    waiting = trevor.refreshed()["waiting_services"]
    assert waiting == [{"key": "keys", "target": "cutoff_cv"}, {"key": "late", "target": "mon_cv"}]


def test_without_trevor_nobody_listens_there() -> None:
    with SimulatedNallely(trevor=False) as nallely:
        assert nallely.trevor_address.endswith(":0")
        nallely.link("keys.voice1", "synth.keys")


# The end.


def test_nothing_is_left_behind() -> None:
    with SimulatedNallely() as nallely:
        nallely.link("LFO1.output", "keys.mon1")
        client = stuck_client(nallely)
        addresses = [nallely.address, nallely.trevor_address]
    client.close()
    assert not [thread.name for thread in threading.enumerate() if "simulated" in thread.name]
    for address in addresses:
        host, _, port = address.partition(":")
        socket.create_server((host, int(port))).close()


def test_a_client_that_does_not_read_holds_up_its_source_but_not_the_end() -> None:
    with SimulatedNallely() as nallely:
        nallely.link("keys.voice1", f"keys.{LONG}", with_scaler=False)
        client = stuck_client(nallely)
        pump(client)
        started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 30


def test_the_end_does_not_wait_for_a_reset() -> None:
    with SimulatedNallely(bus_delay=60.0) as nallely:
        with Trevor(nallely.trevor_address) as trevor:
            trevor.command("reset_all")
            trevor.wait_for(lambda state: not state["virtual_devices"])
        started = time.monotonic()
    assert time.monotonic() - started < 30


def test_a_taken_port_is_said_and_nothing_is_left_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), SimulatedNallely(trevor_port=port):
            pass


def stuck_client(nallely: SimulatedNallely) -> socket.socket:
    """A client that registers ``keys`` with small buffers and never reads a byte."""
    host, _, port = nallely.address.partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect((host, int(port)))
    client.sendall(
        b"GET /keys/autoconfig HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    client.sendall(masked(0x1, json.dumps(REGISTRATION).encode()))
    assert nallely.wait_for_neuron("keys")
    return client


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame, masked with zeros: RFC 6455, section 5.2."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack(">BH", 0x80 | 126, len(payload))
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def pump(client: socket.socket, most: int = 20_000_000) -> None:
    """Send values until the other side takes no more. Raises AssertionError if it takes ``most`` bytes."""
    values = masked(0x2, frame("voice1", 60.0)) * 500
    client.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        for _ in range(0, most, len(values)):
            client.sendall(values)
        raise AssertionError("nothing holds it up")
