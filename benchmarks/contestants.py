"""Who is compared: the bridge, the least that could be done, and what a user would write in its place.

A sender is opened on a port of the server and gives the far end of a MIDI port; a message put in there calls the
contestant's callback at once, on the same thread. A receiver gives a function that waits until it has taken a
number of values.
"""

import itertools
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from benchmarks.measure import BRIDGE, FLOOR, SYNC
from benchmarks.subject import KEYBOARD, NEURON, bridge_at
from nallely_midibridge.edges.memory_system import Cable, MemorySystem
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.events import Event, ValueReceived
from nallely_midibridge.values.midi import NOTE_ON

VOICES: Final = tuple(f"voice{number}" for number in range(1, 17))

Sender = Callable[[int], AbstractContextManager[Cable]]
Receiver = Callable[[int, int], AbstractContextManager[Callable[[], None]]]

# The bridge.


@contextmanager
def bridge_sender(port: int) -> Iterator[Cable]:
    with bridge_at(port) as system:
        yield system.plug(KEYBOARD)


@contextmanager
def bridge_receiver(port: int, count: int) -> Iterator[Callable[[], None]]:
    """Probes to controllers, until every value of the burst has been handled."""
    done, taken = threading.Event(), itertools.count(1)

    def observe(event: Event, _: Sequence[Effect]) -> None:
        if isinstance(event, ValueReceived) and next(taken) == count:
            done.set()

    with bridge_at(port, observe):
        yield lambda: _wait(done)


def _wait(done: threading.Event) -> None:
    if not done.wait(60):
        raise TimeoutError("the bridge did not take all the values of a burst")


# The floor.


@contextmanager
def floor_sender(port: int) -> Iterator[Cable]:
    """A frame that was ready beforehand, written to a blocking socket."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _upgrade(sock, port)
        sock.sendall(Frame(Opcode.TEXT, _registration().encode()).serialize(mask=True))
        start, end = _ready_frame(60), _ready_frame(0)

        def play(message: Sequence[int]) -> None:
            sock.send(start if message[2] else end)

        yield _keyboard(play)


def _upgrade(sock: socket.socket, port: int) -> None:
    key = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    path = f"GET /{NEURON}/autoconfig HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()
    sock.sendall(path + b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + key)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)


def _ready_frame(note: int) -> bytes:
    return Frame(Opcode.BINARY, _pack(VOICES[0], note)).serialize(mask=True)


# What a user would write: websockets as it comes, and a MIDI callback that sends.


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

    def play(self, message: Sequence[int]) -> None:
        status, note, velocity = message
        if status & 0xF0 == NOTE_ON and velocity:
            voice = self._held[note] = self._free.popleft()
            self.send(voice, note)
        else:
            voice = self._held.pop(note)
            self._free.append(voice)
            self.send(voice, 0)


@contextmanager
def sync_sender(port: int) -> Iterator[Cable]:
    with connect(_url(port)) as connection:
        yield _keyboard(Connector(connection).play)


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


def _keyboard(receive: Callable[[Sequence[int]], None]) -> Cable:
    system = MemorySystem()
    system.plug(KEYBOARD)
    system.open_input(KEYBOARD, receive)
    return system.plug(KEYBOARD)


SENDERS: Final[dict[str, Sender]] = {BRIDGE: bridge_sender, FLOOR: floor_sender, SYNC: sync_sender}
RECEIVERS: Final[dict[str, Receiver]] = {BRIDGE: bridge_receiver, SYNC: sync_receiver}
