"""Who is compared: the bridge, the least that could be done, and what a user would write in its place.

Each is put between a port of the server and a MIDI system. A sender plays what the keyboard plays to the server, a
follower sends to the DAW's port what the server says, and a receiver gives a function that waits until it has taken a
number of values.
"""

import contextlib
import itertools
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import mido
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from benchmarks.measure import BRIDGE, FLOOR, SYNC
from benchmarks.stamped import StampedSystem
from benchmarks.subject import CONTROLLER, DAW, KEYBOARD, NEURON, bridge_at
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.events import Direction, Event, ValueReceived
from nallely_midibridge.values.midi import CONTROL_CHANGE
from tests.waiting import wait_for

VOICES: Final = tuple(f"voice{number}" for number in range(1, 17))

Between = Callable[[int, StampedSystem], AbstractContextManager[None]]
Receiver = Callable[[int, int], AbstractContextManager[Callable[[], None]]]

# The bridge: `bridge_at` sends and follows.


@contextmanager
def bridge_receiver(port: int, count: int) -> Iterator[Callable[[], None]]:
    """Probes to controllers, until every value of the burst has been handled."""
    done, taken = threading.Event(), itertools.count(1)

    def observe(event: Event, _: Sequence[Effect]) -> None:
        if isinstance(event, ValueReceived) and next(taken) == count:
            done.set()

    system = MemorySystem()
    system.plug(KEYBOARD)
    with bridge_at(port, StampedSystem(system), observe):
        yield lambda: _wait(done)


def _wait(done: threading.Event) -> None:
    if not done.wait(60):
        raise TimeoutError("the bridge did not take all the values of a burst")


# The floor.


@contextmanager
def floor_sender(port: int, system: StampedSystem) -> Iterator[None]:
    """A frame that was ready beforehand, written to a blocking socket."""
    with _bare_connection(port) as sock:
        start, end = _ready_frame(60), _ready_frame(0)

        def play(message: Sequence[int]) -> None:
            sock.send(start if message[2] else end)

        with _keyboard(system, play):
            yield


@contextmanager
def floor_follower(port: int, system: StampedSystem) -> Iterator[None]:
    """A message that was ready beforehand, sent for each read of a blocking socket."""
    message = (CONTROL_CHANGE, CONTROLLER, 64)

    def follow(sock: socket.socket, daw: OpenPort) -> None:
        while sock.recv(65536):
            daw.send(message)

    with _bare_connection(port) as sock, _daw(system) as daw:
        thread = threading.Thread(target=follow, args=(sock, daw))
        thread.start()
        try:
            yield
        finally:
            sock.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def _bare_connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _upgrade(sock, port)
        sock.sendall(Frame(Opcode.TEXT, _registration().encode()).serialize(mask=True))
        yield sock


def _upgrade(sock: socket.socket, port: int) -> None:
    key = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    path = f"GET /{NEURON}/autoconfig HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()
    sock.sendall(path + b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + key)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)


def _ready_frame(note: int) -> bytes:
    return Frame(Opcode.BINARY, _pack(VOICES[0], note)).serialize(mask=True)


# What a user would write: websockets as it comes, and mido's messages.


class Connector:
    """A neuron with voices on a `websockets.sync` connection. Each key takes the voice that is free longest."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._free = deque(VOICES)
        self._held: dict[int, str] = {}
        connection.send(_registration())

    def send(self, name: str, value: float) -> None:
        self._connection.send(_pack(name, value))

    def receive(self) -> tuple[str, float]:
        message = self._connection.recv()
        assert isinstance(message, bytes)
        end = 1 + message[0]
        return message[1:end].decode(), struct.unpack("!d", message[end:])[0]

    def play(self, message: Any) -> None:
        """What mido's port would be given to call."""
        if message.type == "note_on" and message.velocity:
            voice = self._held[message.note] = self._held.get(message.note) or self._free.popleft()
            self.send(voice, message.note)
        elif message.type in ("note_on", "note_off") and message.note in self._held:
            voice = self._held.pop(message.note)
            self._free.append(voice)
            self.send(voice, 0)

    def follow(self, daw: OpenPort) -> None:
        """Until the connection is closed."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                name, value = self.receive()
                control = CONTROLLER - 1 + int(name.removeprefix("mon"))
                daw.send(mido.Message("control_change", control=control, value=int(value)).bytes())


@contextmanager
def sync_sender(port: int, system: StampedSystem) -> Iterator[None]:
    with connect(_url(port)) as connection:
        play = Connector(connection).play
        with _keyboard(system, lambda message: play(mido.Message.from_bytes(message))):
            yield


@contextmanager
def sync_follower(port: int, system: StampedSystem) -> Iterator[None]:
    with connect(_url(port)) as connection, _daw(system) as daw:
        thread = threading.Thread(target=Connector(connection).follow, args=(daw,))
        thread.start()
        try:
            yield
        finally:
            connection.close()
            thread.join()


@contextmanager
def sync_receiver(port: int, count: int) -> Iterator[Callable[[], None]]:
    with connect(_url(port)) as connection:
        connector = Connector(connection)

        def take() -> None:
            for _ in range(count):
                connector.receive()

        yield take


def _url(port: int) -> str:
    return f"ws://127.0.0.1:{port}/{NEURON}/autoconfig"


def _registration() -> str:
    return json.dumps({"kind": "external", "parameters": [{"name": name, "range": [0, 127]} for name in VOICES]})


def _pack(name: str, value: float) -> bytes:
    encoded = name.encode()
    return struct.pack("!B", len(encoded)) + encoded + struct.pack("!d", value)


@contextmanager
def _keyboard(system: StampedSystem, receive: Receive) -> Iterator[None]:
    def found() -> list[str]:
        return [name for name in system.port_names(Direction.INPUT) if KEYBOARD in name]

    if not wait_for(found):
        raise RuntimeError(f"the keyboard is not among {system.port_names(Direction.INPUT)}")
    port = system.open_input(found()[0], receive)
    try:
        yield
    finally:
        port.close()


@contextmanager
def _daw(system: StampedSystem) -> Iterator[OpenPort]:
    port = system.open_virtual_output(DAW)
    try:
        yield port
    finally:
        port.close()


SENDERS: Final[dict[str, Between]] = {BRIDGE: bridge_at, FLOOR: floor_sender, SYNC: sync_sender}
FOLLOWERS: Final[dict[str, Between]] = {BRIDGE: bridge_at, FLOOR: floor_follower, SYNC: sync_follower}
RECEIVERS: Final[dict[str, Receiver]] = {BRIDGE: bridge_receiver, SYNC: sync_receiver}
