"""The other process: a bare socket that speaks just enough WebSocket, the same for every contestant.

It runs as a script with nothing but the standard library loaded, takes one connection and does one job:

* ``collect``: stamp what arrives. A stamp is taken as soon as ``recv`` returns and is the arrival of every frame
  that these bytes complete. Names and values are looked at when all is over, so reading stays cheap.
* ``burst COUNT [RATE]``: on a line from the parent send COUNT values to the probes, each with a ``send`` of its own
  as a session does; as fast as it goes, or RATE a second.
* ``singles COUNT``: on a line from the parent send COUNT values to the first probe, one each `PAUSE`, and stamp each.
* ``count``: count the values that arrive, until a line comes from the parent. Takes any number of connections.
* ``stall``: the same, but nothing is read of the first connection, and its buffers are small: soon it takes no more.

The port, and later what was seen, go to the parent as one line of JSON each. Stamps are ``time.monotonic_ns``,
which is one clock for all processes of a machine. A client that offers to compress is taken at its word, with the
terms that Nallely 0.7.0 answers (measured); one that does not offer it neither compresses nor is sent what is.
"""

import base64
import hashlib
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any, Final, NamedTuple, Self

PROBES: Final = tuple(f"mon{number}" for number in range(1, 9))
VALUES: Final = range(128)
PAUSE: Final = 0.002
"""Seconds of peace before each single value."""
LEFT: Final = 0.05
"""Seconds that the last of them has to become a message."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server adds to the client's key before it hashes it (RFC 6455, 1.3)."""
_DEFLATE: Final = b"permessage-deflate"
_TERMS: Final = (
    b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; client_max_window_bits=12\r\n"
)
_WINDOW: Final = -12
"""zlib's way of writing: a window of 2**12 bytes, and no header."""
_FLUSHED: Final = b"\0\0\xff\xff"
"""What a flush of the compressor ends with; it is left out on the way (RFC 7692, 7.2.1)."""
_COMPRESSED: Final = 0x40
"""The bit of a frame's first byte that says so."""
_TEXT: Final = 1
_BINARY: Final = 2
_CLOSE: Final = 8
_PING: Final = 9
_PONG: Final = 10


class Arrival(NamedTuple):
    """A value that arrived; ``at`` in ns of the monotonic clock."""

    at: int
    name: str
    value: float


class Server:
    """The parent's hold on the other process. A context manager; one connection and one job each."""

    def __init__(self, *job: object) -> None:
        command = [sys.executable, "-I", __file__, *map(str, job)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port: int = self._read()

    def wait(self) -> None:
        """Until the burst is ready to begin; the client is connected then."""
        self._read()

    def go(self) -> None:
        """Begin the burst, or end counting."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)

    def sent(self) -> Sequence[int]:
        """When the first and the last frame of a burst were sent, or each of the single ones."""
        stamps: Sequence[int] = self._read()
        return stamps

    def arrivals(self) -> tuple[int, list[Arrival]]:
        """When the registration arrived, and each value, once the connection is over."""
        registered, arrivals = self._read()
        return registered, [Arrival(*arrival) for arrival in arrivals]

    def counted(self) -> int:
        """How many values arrived on connections that are over."""
        self.go()
        counted: int = self._read()
        return counted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


# The process itself.


class _Frame(NamedTuple):
    at: int
    head: int
    mask: bytes
    masked: bytes

    @property
    def opcode(self) -> int:
        return self.head & 0x0F

    def payload(self) -> bytes:
        return bytes(byte ^ mask for byte, mask in zip(self.masked, cycle(self.mask), strict=False))


def main() -> None:
    """Do the job that the arguments name."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _tell(listener.getsockname()[1])
        job, *arguments = sys.argv[1:]
        if job in ("count", "stall"):
            _count(listener, stalls=job == "stall")
            return
        connection, _ = listener.accept()
    with connection:
        compresses = _shake_hands(connection)
        if job == "collect":
            _collect(connection)
        elif job == "singles":
            _singles(connection, compresses, int(arguments[0]))
        else:
            _burst(connection, compresses, *map(int, arguments))


def _shake_hands(connection: socket.socket) -> bool:
    """Answer the upgrade; returns whether the client compresses. It says no more before it has the answer."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += connection.recv(4096)
    key = re.search(rb"(?i)\r\nsec-websocket-key: *(\S+)", request)
    assert key is not None
    accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest())
    compresses = _DEFLATE in request
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + _TERMS * compresses
        + b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
    )
    return compresses


# Collecting.


def _collect(connection: socket.socket) -> None:
    frames = list(_frames(connection))
    connection.close()  # the client waits for that, and the parent reads what we tell when the client is done
    registered = next(frame.at for frame in frames if frame.opcode == _TEXT)
    _tell([registered, list(_arrivals(frames))])


def _frames(connection: socket.socket) -> Iterator[_Frame]:
    """Each frame of data until the client closes; a ping is answered on the way."""
    buffer = b""
    while chunk := _receive(connection):
        at = time.monotonic_ns()
        buffer += chunk
        begin = 0
        while (span := _span(buffer, begin)) is not None:
            mask, end = span
            frame = _Frame(at, buffer[begin], buffer[mask : mask + 4], buffer[mask + 4 : end])
            begin = end
            if frame.opcode == _CLOSE:
                connection.sendall(_frame(_CLOSE, b""))
                return
            if frame.opcode == _PING:
                connection.sendall(_frame(_PONG, frame.payload()))
            else:
                yield frame
        buffer = buffer[begin:]


def _span(buffer: bytes, begin: int) -> tuple[int, int] | None:
    """Where the mask and the end of the frame at ``begin`` are; None when it is not whole yet."""
    if len(buffer) < begin + 2:
        return None
    length, mask = buffer[begin + 1] & 0x7F, begin + 2
    if length == 126:
        length, mask = int.from_bytes(buffer[mask : mask + 2], "big"), mask + 2
    end = mask + 4 + length
    return (mask, end) if len(buffer) >= end else None


def _arrivals(frames: Sequence[_Frame]) -> Iterator[Arrival]:
    """The values among the frames. What is compressed is so in one stream, the registration included."""
    inflate = zlib.decompressobj(_WINDOW)
    for frame in frames:
        payload = frame.payload()
        if frame.head & _COMPRESSED:
            payload = inflate.decompress(payload + _FLUSHED)
        if frame.opcode == _BINARY:
            yield Arrival(frame.at, payload[1:-8].decode(), struct.unpack("!d", payload[-8:])[0])


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


# Counting.


def _count(listener: socket.socket, *, stalls: bool) -> None:
    values: list[int] = []
    stalled: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            _shake_hands(connection)
            values.extend(1 for frame in _frames(connection) if frame.opcode == _BINARY)

    def accept() -> None:
        if stalls:
            stalled.append(_accept_and_stall(listener))
        while True:
            threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.readline()
    _tell(len(values))


def _accept_and_stall(listener: socket.socket) -> socket.socket:
    """The sender's buffer grows with the segment: so a peer that does not read is felt after seconds, not minutes."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 256)
    connection, _ = listener.accept()
    _shake_hands(connection)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    return connection


# Sending.


def _burst(connection: socket.socket, compresses: bool, count: int, rate: int = 0) -> None:
    frames = _ready_frames([_value(name, value) for value in VALUES for name in PROBES], count, compresses)
    _tell("ready")
    sys.stdin.readline()
    first = time.monotonic_ns()
    if rate:
        _send_steadily(connection, frames, rate)
    else:
        for frame in frames:
            connection.sendall(frame)
    _tell([first, time.monotonic_ns()])
    list(_frames(connection))


def _singles(connection: socket.socket, compresses: bool, count: int) -> None:
    frames = _ready_frames([_value(PROBES[0], value) for value in VALUES], count, compresses)
    stamps: list[int] = []
    _tell("ready")
    sys.stdin.readline()
    for frame in frames:
        time.sleep(PAUSE)
        stamps.append(time.monotonic_ns())
        connection.sendall(frame)
    time.sleep(LEFT)
    _tell(stamps)
    list(_frames(connection))


def _ready_frames(values: Sequence[bytes], count: int, compresses: bool) -> Sequence[bytes]:
    values = list(islice(cycle(values), count))
    return list(_compressed(values)) if compresses else [_frame(_BINARY, value) for value in values]


def _send_steadily(connection: socket.socket, frames: Sequence[bytes], rate: int) -> None:
    """One value to each probe at a time, at even distances."""
    start = time.monotonic()
    for sent in range(0, len(frames), len(PROBES)):
        time.sleep(max(0.0, start + sent / rate - time.monotonic()))
        for frame in frames[sent : sent + len(PROBES)]:
            connection.sendall(frame)


def _value(name: str, value: float) -> bytes:
    return bytes((len(name),)) + name.encode() + struct.pack("!d", value)


def _compressed(values: Sequence[bytes]) -> Iterator[bytes]:
    """Each value in a frame, all of them one stream."""
    deflate = zlib.compressobj(wbits=_WINDOW, memLevel=5)
    for value in values:
        payload = deflate.compress(value) + deflate.flush(zlib.Z_SYNC_FLUSH)
        yield _frame(_BINARY | _COMPRESSED, payload.removesuffix(_FLUSHED))


def _frame(head: int, payload: bytes) -> bytes:
    return bytes((0x80 | head, len(payload))) + payload


def _tell(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
