"""The connector against a real server on a real socket: what its documentation promises, and its losses."""

import asyncio
import contextlib
import json
import math
import os
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from websockets.protocol import State

from nallely_midibridge.connector import Message, NallelyService, NallelyWebsocketBus
from nallely_midibridge.values.wire import encode_value
from tests.recording_bus import RecordingBus
from tests.waiting import wait_for

PARAMETERS = {"note": {"min": 0, "max": 127}, "mon": {"min": 0, "max": 1}}


@pytest.fixture
def far() -> Iterator[RecordingBus]:
    with RecordingBus() as bus:
        yield bus


class Near:
    """A bus of ours with one service, what it logged and what it was told."""

    def __init__(self, address: str, name: str = "keys", **options: object) -> None:
        self.log: list[str] = []
        self.config: dict[str, float] = {"note": 0, "mon": 0}
        self.bus = NallelyWebsocketBus(address, **options)  # type: ignore[arg-type]
        self.service = self.bus.register("external", name, PARAMETERS, self.config, log=self.log.append)


@pytest.fixture
def near(far: RecordingBus) -> Iterator[Near]:
    near = Near(far.address)
    with near.bus:
        far.wait_for_clients()
        yield near


def test_it_registers_at_the_neurons_path_with_the_documented_text(far: RecordingBus, near: Near) -> None:
    assert far.paths == ["/keys/autoconfig"]
    assert json.loads(far.texts[0]) == {
        "kind": "external",
        "parameters": [{"name": "note", "range": [0, 127]}, {"name": "mon", "range": [0, 1]}],
    }


def test_send_writes_one_binary_frame_through_service_and_bus(far: RecordingBus, near: Near) -> None:
    near.service.send("note", 60)
    near.bus.send("external", "keys", "note", 0)
    far.wait_for_values(2)
    assert far.frames == [b"\x04note" + struct.pack("!d", 60), b"\x04note" + struct.pack("!d", 0)]


def test_a_value_updates_config_and_then_calls_onmessage(far: RecordingBus, near: Near) -> None:
    seen: list[tuple[Message, float]] = []
    near.service.onmessage = lambda message: seen.append((message, near.config["mon"]))
    far.send(encode_value("mon", 0.25))
    assert wait_for(lambda: seen)
    assert seen == [({"on": "mon", "value": 0.25}, 0.25)]


def test_onvalue_is_told_the_same_as_onmessage(far: RecordingBus, near: Near) -> None:
    seen: list[tuple[str, float]] = []
    near.service.onvalue = lambda parameter, value: seen.append((parameter, value))
    near.service.onmessage = lambda message: seen.append((message["on"], message["value"]))
    for message in (encode_value("mon", 0.25), b"\x03mon" + struct.pack("!f", 0.5), '{"on": "mon", "value": "2"}'):
        far.send(message)
    assert wait_for(lambda: len(seen) == 6)
    assert seen == [("mon", value) for value in (0.25, 0.25, 0.5, 0.5, 2.0, 2.0)]


def test_onsend_sees_each_value_sent(near: Near) -> None:
    seen: list[Message] = []
    near.service.onsend = seen.append
    near.service.send("note", 60)
    assert seen == [{"on": "note", "value": 60}]


def test_onopen_is_told_even_when_it_is_set_after_connecting_and_once(near: Near) -> None:
    assert near.service.wait(5)
    seen: list[object] = []
    near.service.onopen = seen.append
    near.service.onopen = seen.append
    assert seen == [[{"name": "note", "range": [0, 127]}, {"name": "mon", "range": [0, 1]}]]


@pytest.mark.parametrize("code", [1000, 1011])
def test_after_any_close_it_is_back_about_a_second_later_and_registered(
    far: RecordingBus, near: Near, code: int
) -> None:
    told: list[str] = []
    near.service.onopen = lambda _: told.append("open")
    near.service.onclose = lambda: told.append("close")
    began = time.monotonic()
    far.close_clients(code, "WebSocket Bus is shutting down")
    far.wait_for_clients(2)
    assert 0.9 < time.monotonic() - began < 10
    assert wait_for(lambda: told == ["open", "close", "open"])
    assert any(str(code) in line for line in near.log)


def test_what_is_sent_while_down_is_kept_newest_per_parameter(far: RecordingBus, near: Near) -> None:
    far.close_clients()
    assert wait_for(lambda: not near.service.registered)
    for note in (60, 61, 62):
        near.service.send("note", note)
    near.service.send("mon", 0.5)
    assert sorted(far.wait_for_values(2)) == [("mon", 0.5), ("note", 62.0)]


def test_what_onopen_sends_replaces_what_was_kept(far: RecordingBus, near: Near) -> None:
    far.close_clients()
    assert wait_for(lambda: not near.service.registered)
    near.service.send("note", 60)
    near.service.onopen = lambda _: (near.service.send("note", 0), near.service.send("note", 64))
    assert far.wait_for_values(2) == [("note", 0), ("note", 64)]


def test_a_server_that_starts_later_is_found_and_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    near = Near(f"127.0.0.1:{port}")
    with near.bus:
        assert not near.service.wait(1.5)
        with RecordingBus(port) as far:
            far.wait_for_clients()
        assert [line for line in near.log if "no connection" in line] == [
            f"neuron 'keys': no connection to ws://127.0.0.1:{port}/keys/autoconfig: Connection refused; "
            "trying again every second"
        ]


def test_onerror_is_told_of_every_failed_try_instead_of_the_log() -> None:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    errors: list[Exception] = []
    log: list[str] = []
    service = NallelyService("external", "keys", PARAMETERS, {}, f"127.0.0.1:{port}", log.append)
    service.onerror = errors.append
    service.start()
    assert wait_for(lambda: errors)
    service.dispose()
    assert isinstance(errors[0], ConnectionRefusedError)
    assert log == []


def test_block_waits_until_registered_or_the_timeout(far: RecordingBus) -> None:
    with NallelyWebsocketBus(far.address) as bus:
        assert bus.register("external", "keys", PARAMETERS, {}, log=lambda _: None, block=True).registered
    log: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent, NallelyWebsocketBus() as bus:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        service = bus.register("external", "keys", PARAMETERS, {}, address, log.append, block=True, timeout=0.2)
        assert 0.2 <= time.monotonic() - began < 10
        assert not service.registered
    assert log == ["neuron 'keys': not registered after 0.2 s; trying on in the background"]


@pytest.mark.parametrize("name", ["onopen", "onclose", "onmessage", "onvalue", "onsend", "onerror"])
def test_an_exception_in_a_callback_is_logged_and_ends_nothing(
    quick_retry: None, far: RecordingBus, near: Near, name: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("mine")

    setattr(near.service, name, fail)
    near.service.send("note", 1)
    far.send(encode_value("mon", 1))
    assert wait_for(lambda: near.config["mon"] == 1)
    for client in far.clients:
        client.socket.shutdown(socket.SHUT_RDWR)
    far.clients.clear()
    far.wait_for_clients(2)
    if name != "onerror":  # a broken connection is no error when the peer closed its side in good order
        assert wait_for(lambda: any(f"{name} raised ZeroDivisionError: mine (" in line for line in near.log))
    far.send(encode_value("mon", 2))
    assert wait_for(lambda: near.config["mon"] == 2)


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
@pytest.mark.parametrize("name", ["onopen", "onclose", "onmessage", "onvalue", "onerror", "log", "config"])
def test_nothing_that_a_callback_raises_ends_the_service(
    quick_retry: None, far: RecordingBus, near: Near, name: str, error: type[BaseException]
) -> None:
    """Law: what is no Exception ends nothing either on the link's thread, where nobody else could catch it."""
    raised: list[str] = []

    def fail(*_: object) -> None:
        raised.append(threading.current_thread().name)
        raise error("mine")

    class Config(dict[str, float]):
        __setitem__ = fail

    assert near.service.wait(5)
    near.service.onopen = lambda _: None
    setattr(near.service, name, Config() if name == "config" else fail)
    far.send(encode_value("mon", 1))
    assert wait_for(lambda: near.service.received == 1)
    far.clients[0].socket.sendall(b"\xf2\x00")  # an error
    far.clients.clear()
    far.wait_for_clients(2)
    far.send(encode_value("mon", 2))
    assert wait_for(lambda: near.service.received == 2)
    assert set(raised) == {"nallely-link-keys"}
    assert name == "log" or any(f"{name} raised {error.__name__}: mine (" in line for line in near.log)


def test_what_interrupts_the_sender_in_onsend_reaches_the_sender(near: Near) -> None:
    def fail(_: Message) -> None:
        raise KeyboardInterrupt

    near.service.onsend = fail
    with pytest.raises(KeyboardInterrupt):
        near.service.send("note", 1)


def test_an_exception_in_onerror_is_logged_too() -> None:
    def fail(_: Exception) -> None:
        raise ZeroDivisionError("mine")

    log: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    service = NallelyService("external", "keys", PARAMETERS, {}, f"127.0.0.1:{port}", log.append)
    service.onerror = fail
    service.start()
    assert wait_for(lambda: log)
    service.dispose()
    assert "onerror raised ZeroDivisionError: mine" in log[0]


def test_a_callback_may_dispose_of_its_own_service(far: RecordingBus, near: Near) -> None:
    near.service.onmessage = lambda _: near.service.dispose()
    far.send(encode_value("mon", 1))
    assert wait_for(lambda: not near.service.registered)


def test_garbage_is_ignored_said_once_a_kind_and_the_connection_lives(far: RecordingBus, near: Near) -> None:
    garbage: list[bytes | str] = [
        b"",
        b"\x06voi",
        b"\xff",
        b"\x02\xff\xfe" + struct.pack("!d", 1),
        "not json",
        "{}",
        b"\x03mon" + struct.pack("!d", math.nan),
        encode_value("nobody", 1),
        encode_value("nobody", 2),
    ]
    for message in garbage:
        far.send(message)
    far.send(b"\x03mon" + struct.pack("!f", 0.5))
    assert wait_for(lambda: near.config["mon"] == 0.5)
    far.send('{"on": "mon", "value": "0.75"}')
    assert wait_for(lambda: near.config["mon"] == 0.75)
    far.send(b"\x03mon" + struct.pack("!d", math.inf))
    assert wait_for(lambda: near.config["mon"] == math.inf)
    assert near.config.keys() == {"note", "mon"}
    assert len([line for line in near.log if "ignored" in line]) == 2
    assert near.service.ignored == {"malformed": 7, "unknown": 2}
    assert near.service.received == 3
    assert len(far.paths) == 1


@pytest.mark.parametrize(("name", "why"), [("a/b", "'/'"), ("x" * 256, "256 bytes"), ("", "empty")])
def test_a_neuron_name_the_bus_cannot_carry_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        NallelyWebsocketBus().register("external", name, PARAMETERS, {})


@pytest.mark.parametrize(
    "parameters",
    [{"": {"min": 0, "max": 1}}, {"x" * 256: {"min": 0, "max": 1}}, {"a": {"min": 0}}, {"a": {"min": 0, "max": "1"}}],
)
def test_parameters_that_cannot_be_registered_are_refused(parameters: dict[str, dict[str, float]]) -> None:
    with pytest.raises(ValueError, match=r"name|parameter"):
        NallelyWebsocketBus().register("external", "keys", parameters, {})


def test_a_name_that_the_session_shows_otherwise_is_said(far: RecordingBus) -> None:
    near = Near(far.address, "my keys")
    with near.bus:
        far.wait_for_clients()
    assert "calls this neuron 'my%20keys'" in near.log[0]
    assert far.paths == ["/my%20keys/autoconfig"]


class Quantity:
    """A number of another library, such as NumPy's."""

    def __init__(self, number: float) -> None:
        self._number = number

    def __float__(self) -> float:
        return self._number


def test_any_kind_of_number_may_be_a_limit_and_a_value(far: RecordingBus) -> None:
    limits = {"a": {"min": Decimal("0.5"), "max": Fraction(3, 2)}, "b": {"min": False, "max": Quantity(127.0)}}
    with NallelyWebsocketBus(far.address) as bus:
        service = bus.register("external", "keys", limits, {}, log=lambda _: None, block=True)  # type: ignore[arg-type]
        for value in (Decimal("0.75"), Fraction(1, 4), True, Quantity(60.0), 10**300):
            service.send("a", value)  # type: ignore[arg-type]
        assert [value for _, value in far.wait_for_values(5)] == [0.75, 0.25, 1.0, 60.0, 1e300]
    assert far.texts[0].count("range") == 2
    assert '"range": [0.5, 1.5]' in far.texts[0]
    assert '"range": [0.0, 127.0]' in far.texts[0]


def test_an_underscore_in_a_neurons_name_is_a_warning(far: RecordingBus) -> None:
    near = Near(far.address, "my_neuron")
    with near.bus:
        far.wait_for_clients()
        near.service.send("note", 60)
        far.wait_for_values(1)
    assert "can send but never receives" in near.log[0]


@pytest.mark.parametrize(
    ("parameter", "value"), [("nobody", 1.0), ("note", math.nan), ("note", "x"), ("note", 10**400)]
)
def test_send_refuses_what_the_session_must_not_see(near: Near, parameter: str, value: float) -> None:
    with pytest.raises(ValueError, match=r"nobody|NaN|to float|too large"):
        near.service.send(parameter, value)


def test_registering_a_name_again_replaces_the_service(far: RecordingBus, near: Near) -> None:
    again = near.bus.register("external", "keys", PARAMETERS, {}, log=near.log.append, block=True)
    assert near.bus.registered == {("external", "keys"): again}
    assert not near.service.registered


def test_of_those_that_many_threads_register_by_one_name_one_is_left(far: RecordingBus, near: Near) -> None:
    services: list[NallelyService] = []

    def register() -> None:
        services.append(near.bus.register("external", "keys", PARAMETERS, {}, log=lambda _: None))

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (left,) = near.bus.registered.values()
    assert left.wait(5)
    links = [thread for thread in threading.enumerate() if thread.name == "nallely-link-keys"]
    assert len(links) == 1
    assert [service for service in services if service.registered] == [left]


def test_a_service_starts_once_and_not_after_it_was_disposed_of(far: RecordingBus, near: Near) -> None:
    assert near.service.wait(5)
    near.service.start()
    near.service.dispose()
    near.service.start()
    assert not near.service.registered
    assert len(far.paths) == 1


def test_a_service_that_was_never_started_keeps_nothing_open_after_dispose() -> None:
    descriptors = set(os.listdir("/proc/self/fd"))
    service = NallelyService("external", "keys", PARAMETERS, {}, "127.0.0.1:1", lambda _: None)
    service.dispose()
    service.start()
    assert set(os.listdir("/proc/self/fd")) == descriptors


def test_many_services_of_a_session_that_hangs_are_closed_at_once() -> None:
    """Law: closing a bus takes as long as one service, not as long as all of them."""
    server = StalledServer()
    with contextlib.closing(server):
        bus = NallelyWebsocketBus(server.address)
        services = [bus.register("external", f"keys{n}", PARAMETERS, {}, log=lambda _: None) for n in range(24)]
        clients = [server.accept() for _ in services]
        assert all(service.wait(5) for service in services)
        began = time.monotonic()
        bus.close()
        assert time.monotonic() - began < 8  # one after the other they take twelve
        assert not any(service.registered for service in services)
        for client in clients:
            client.close()


def test_dispose_delivers_what_was_sent_and_closes_in_good_order(far: RecordingBus, near: Near) -> None:
    assert near.service.wait(5)
    client = far.clients[0]
    for note in range(2000):
        near.service.send("note", note)
    near.service.dispose()
    assert far.wait_for_values(2000)[-1] == ("note", 1999)
    assert wait_for(lambda: client.close_code == 1000)


@pytest.mark.parametrize("through", ["service", "bus"])
def test_what_is_sent_before_the_first_connection_is_there_is_delivered_by_dispose(
    far: RecordingBus, through: str
) -> None:
    """As in the README: register, send, dispose, without a pause."""
    bus = NallelyWebsocketBus(far.address)
    service = bus.register("external", "keys", PARAMETERS, {}, log=lambda _: None)
    service.send("note", 64)
    service.dispose() if through == "service" else bus.close()
    assert far.wait_for_values(1) == [("note", 64)]


@pytest.mark.parametrize("is_there", [True, False])
def test_who_waits_for_a_service_is_let_go_when_it_is_disposed_of(far: RecordingBus, is_there: bool) -> None:
    """Law: nobody waits for what cannot come any more."""
    near = Near(far.address)
    with near.bus:
        assert near.service.wait(5)
        if not is_there:
            far.stop()
            assert wait_for(lambda: not near.service.registered)
        answers: list[bool] = []
        waiting = threading.Thread(target=lambda: answers.append(near.service.wait()), daemon=True)
        if not is_there:
            waiting.start()
        near.service.dispose()
        if is_there:
            waiting.start()
        waiting.join(15)
        assert answers == [False]
        assert not near.service.registered


def test_dispose_does_not_wait_for_a_session_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.link.GOODBYE_WITHIN", 60.0)
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    near = Near(f"127.0.0.1:{port}")
    with near.bus:
        assert wait_for(lambda: near.log)
        near.service.send("note", 64)
        settled = threading.Thread(target=near.service.settle, args=(60,))
        settled.start()
        settled.join(15)
        assert not settled.is_alive()


def test_any_threads_may_send_and_each_ones_values_stay_in_order(far: RecordingBus, near: Near) -> None:
    assert near.service.wait(5)

    def play(start: int) -> None:
        for value in range(start, start + 500):
            near.service.send("note", value)

    threads = [threading.Thread(target=play, args=(start,)) for start in (0, 1000, 2000, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = [value for _, value in far.wait_for_values(2000)]
    for start in (0, 1000, 2000, 3000):
        assert [v for v in values if start <= v < start + 500] == list(range(start, start + 500))


class StalledServer:
    """Shakes hands and then reads nothing until told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def accept(self) -> socket.socket:
        from websockets.server import ServerProtocol

        client, _ = self._listener.accept()
        protocol = ServerProtocol()
        while not (events := protocol.events_received()):
            protocol.receive_data(client.recv(4096))
        protocol.send_response(protocol.accept(events[0]))  # type: ignore[arg-type]
        client.sendall(b"".join(protocol.data_to_send()))
        return client

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a peer that needs longer to read what waited than one has to answer: a slow machine's."""
    monkeypatch.setattr("nallely_midibridge.core.keepalive.ANSWER_WITHIN", 60.0)


def test_a_peer_that_stops_reading_never_blocks_send_and_gets_everything_that_counts_later(patient: None) -> None:
    """Law: ``every`` value arrives in order, of the others the newest, and memory stays bounded."""
    from websockets.server import ServerProtocol

    server = StalledServer()
    near = Near(server.address)
    with near.bus, contextlib.closing(server), contextlib.closing(server.accept()) as client:
        assert near.service.wait(5)
        notes = 0
        while near.service.waiting < 1000:
            near.service.send("mon", notes, every=False)
            near.service.send("note", notes)
            notes += 1
        assert near.service.merged > 900
        assert near.service.sent == 2 * notes
        protocol = ServerProtocol(state=State.OPEN)
        received: list[tuple[bytes, float]] = []
        client.settimeout(15)
        while not received or received[-1] != (b"note", notes - 1):
            protocol.receive_data(client.recv(65536))
            client.sendall(b"".join(protocol.data_to_send()))  # the answers to pings
            frames = [bytes(event.data) for event in protocol.events_received()]  # type: ignore[attr-defined]
            received += [(f[1:5], struct.unpack("!d", f[5:])[0]) for f in frames if f[:5] == b"\x04note"]
            received += [(f[1:4], struct.unpack("!d", f[4:])[0]) for f in frames if f[:4] == b"\x03mon"]
    assert [value for name, value in received if name == b"note"] == list(range(notes))
    assert [value for name, value in received if name == b"mon"][-1] == notes - 1


def test_a_peer_that_stalls_while_it_talks_gets_everything_that_waited(patient: None) -> None:
    """Law: what waits is sent whichever of reading, answering and writing finds the room for it."""
    from websockets.server import ServerProtocol

    server = StalledServer()
    near = Near(server.address)
    with near.bus, contextlib.closing(server), contextlib.closing(server.accept()) as client:
        assert near.service.wait(5)
        notes = 0
        while near.service.waiting < 200:
            near.service.send("note", notes)
            notes += 1
        protocol = ServerProtocol(state=State.OPEN)
        client.settimeout(15)
        newest = b""
        while not newest.endswith(struct.pack("!d", notes - 1)):
            protocol.send_ping(b"")
            protocol.send_binary(encode_value("mon", 1))
            protocol.receive_data(client.recv(3000))
            client.sendall(b"".join(protocol.data_to_send()))
            values = [e.data for e in protocol.events_received() if e.opcode == 2]  # type: ignore[attr-defined]
            newest = bytes(values[-1]) if values else newest
        assert near.service.waiting == 0


def test_a_value_sent_when_the_peers_close_is_in_is_kept_for_the_next_connection(
    quick_retry: None, far: RecordingBus, near: Near
) -> None:
    sent = threading.Event()

    def answer(_: Message) -> None:
        if not sent.is_set():
            sent.set()
            near.service.send("note", 77)

    near.service.onmessage = answer
    client = far.clients[0]
    client.protocol.send_binary(encode_value("mon", 1))
    client.protocol.send_close(1000)
    client.socket.sendall(b"".join(client.protocol.data_to_send()))  # one segment: both are read at once
    assert far.wait_for_values(1) == [("note", 77)]
    assert not [line for line in near.log if "raised" in line]


def test_a_log_that_raises_ends_nothing(far: RecordingBus, quick_retry: None) -> None:
    def log(_: str) -> None:
        raise BrokenPipeError("nobody reads this")

    with NallelyWebsocketBus(far.address) as bus:
        service = bus.register("external", "keys", PARAMETERS, {}, log=log)
        far.wait_for_clients()
        far.close_clients()
        far.wait_for_clients(2)
        assert service.wait(5)


def test_a_server_that_accepts_and_closes_for_ever_is_soon_left_unsaid(far: RecordingBus, quick_retry: None) -> None:
    near = Near(far.address)
    with near.bus:
        for count in range(1, 9):
            far.wait_for_clients(count)
            far.close_clients()
    assert len([line for line in near.log if "registered" in line]) == 3
    assert [line for line in near.log if "connection ended" in line][2].endswith("so no more is said until it does")


def test_a_peer_that_breaks_the_protocol_is_left_with_the_reason(far: RecordingBus, near: Near) -> None:
    errors: list[Exception] = []
    near.service.onerror = errors.append
    far.clients[0].socket.sendall(b"\xf2\x00")
    assert wait_for(lambda: errors)
    assert "reserved bits" in str(errors[0])


def test_after_dispose_no_callback_is_called_any_more(far: RecordingBus, near: Near) -> None:
    seen: list[Message] = []

    def once(message: Message) -> None:
        seen.append(message)
        near.service.dispose()

    near.service.onmessage = once
    client = far.clients[0]
    for value in range(5):
        client.protocol.send_binary(encode_value("mon", value))
    client.socket.sendall(b"".join(client.protocol.data_to_send()))
    assert wait_for(lambda: not near.service.registered)
    time.sleep(0.05)
    assert len(seen) == 1


def test_a_try_that_fails_after_dispose_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a name server takes its time."""
    asked, answered = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> None:
        asked.set()
        answered.wait(15)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    told: list[object] = []
    service = NallelyService("external", "keys", PARAMETERS, {}, "studio.lan", told.append)
    service.onerror = told.append
    service.start()
    assert asked.wait(5)
    service.dispose(within=0)
    answered.set()
    assert wait_for(lambda: not any(thread.name == "nallely-link-keys" for thread in threading.enumerate()))
    assert told == []


@pytest.mark.parametrize(
    "headers", [{"a b": "x"}, {"x": "a\r\nb: c"}, {1: "x"}, {"x": "é"}], ids=["name", "line break", "number", "letter"]
)
def test_headers_that_http_cannot_carry_are_refused_at_once(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        NallelyWebsocketBus(headers=headers).register("external", "keys", PARAMETERS, {})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for localhost, in one file."""
    path = tmp_path / "cert.pem"
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    name = "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    files = ["-keyout", str(path), "-out", str(tmp_path / "public.pem")]
    subprocess.run(["openssl", *kind.split(), *name.split(), *files], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "public.pem").read_text())
    return path


def test_wss_with_a_ca_file_and_extra_headers(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with RecordingBus(ssl=context) as far:
        near = Near(f"wss://localhost:{far.port}", ca_file=str(certificate), headers={"Authorization": "Bearer me"})
        with near.bus:
            far.wait_for_clients()
            for value in range(3000):
                near.service.send("note", value)
            far.wait_for_values(3000)
            for value in range(3000):
                far.send(encode_value("mon", value))
            assert wait_for(lambda: near.config["mon"] == 2999)
        assert far.headers[0]["Authorization"] == "Bearer me"


def test_wss_to_a_server_that_is_not_trusted_is_refused_and_said(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with RecordingBus(ssl=context) as far:
        near = Near(f"wss://localhost:{far.port}")
        with near.bus:
            assert wait_for(lambda: near.log)
        assert "certificate verify failed" in near.log[0]
