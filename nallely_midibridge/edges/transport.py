"""A connected stream socket that never blocks, and how to get one."""

import os
import select
import selectors
import socket
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ssl

READ_SIZE: Final = 8192
"""Bytes taken at once: some 400 values, so that a sender waits for at most a millisecond of parsing."""

READ: Final = selectors.EVENT_READ
WRITE: Final = selectors.EVENT_WRITE


class Waker:
    """Ends another thread's wait."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def fileno(self) -> int:
        return self._reader.fileno()

    def wake(self) -> None:
        """End the wait that is going on, or the next one."""
        try:
            self._writer.send(b"\0")
        except OSError:
            return  # full: it is awake already; closed: nobody waits

    def clear(self) -> None:
        """Take note of having been woken."""
        try:
            while self._reader.recv(64):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


class Transport:
    """A connected TCP socket whose reads and writes return at once. One thread reads, any thread may write."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock

    def fileno(self) -> int:
        return self._sock.fileno()

    def read(self) -> bytes | None:
        """What has arrived, None when nothing has, ``b""`` when the peer has ended. Raises OSError."""
        try:
            return self._sock.recv(READ_SIZE)
        except BlockingIOError:
            return None

    def write(self, data: bytes) -> int:
        """Give data to the system; returns how many bytes it took. Raises OSError."""
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        self._sock.close()


class Watch:
    """Waits for a transport or a waker. By ``poll`` itself: a selector took 5 µs more from a byte to its reader."""

    def __init__(self, transport: Transport, waker: Waker) -> None:
        self._transport = transport
        self._waker = waker
        self._waker_number = waker.fileno()
        self._for_room = False
        self._poll = select.poll()
        self._poll.register(transport, select.POLLIN)
        self._poll.register(waker, select.POLLIN)

    def wait(self, timeout: float, *, for_room: bool) -> int:
        """Until the transport has something to read, or ``for_room`` takes something: `READ` and `WRITE`.

        0 after ``timeout`` seconds, and when woken. A transport that broke has something to read: that.
        """
        if for_room is not self._for_room:
            self._for_room = for_room
            self._poll.modify(self._transport, select.POLLIN | select.POLLOUT if for_room else select.POLLIN)
        events = 0
        for number, found in self._poll.poll(timeout * 1000):
            if number == self._waker_number:
                self._waker.clear()
            else:
                events = (WRITE if found & select.POLLOUT else 0) | (READ if found & ~select.POLLOUT else 0)
        return events


class Interrupted(Exception):
    """The wait was ended by its `Waker`."""


def tls_for(url: str, ca_file: str | None = None) -> "ssl.SSLContext | None":
    """How to trust who answers at a wss:// address: by the system's authorities, or by a PEM file. None for another.

    Raises OSError (ssl.SSLError among them) for a file that cannot be read.
    """
    if not url.startswith("wss:"):
        return None
    import ssl  # 1.2 MiB and 5 ms, for who has such an address

    return ssl.create_default_context(cafile=ca_file)


def connect(host: str, port: int, tls: "ssl.SSLContext | None", *, timeout: float, waker: Waker) -> Transport:
    """A transport to a host, trying each of its addresses in turn.

    ``timeout`` is in seconds, for each address. Raises OSError (ssl.SSLError among them) when none answers,
    Interrupted when woken.
    """
    failure: OSError | None = None
    name = host.encode("ascii")  # of a text Python would make IDNA, which it loads 0.6 MiB for; `parse_uri` has done it
    for family, kind, protocol, _, address in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
        try:
            return _open(socket.socket(family, kind, protocol), address, host, tls, timeout, waker)
        except OSError as error:  # this address does not answer, or its family is none of the system's
            failure = failure or error
    raise failure or OSError(f"{host} has no address")


def _open(
    sock: socket.socket, address: object, host: str, tls: "ssl.SSLContext | None", timeout: float, waker: Waker
) -> Transport:
    try:
        sock.setblocking(False)
        _connect(sock, address, time.monotonic() + timeout, waker)
        if tls is None:
            return Transport(sock)
        from nallely_midibridge.edges.tls import wrap

        return wrap(sock, tls, host, time.monotonic() + timeout, waker)
    except BaseException:
        sock.close()
        raise


def _connect(sock: socket.socket, address: object, deadline: float, waker: Waker) -> None:
    try:
        sock.connect(address)  # type: ignore[arg-type]
    except BlockingIOError:
        wait(sock, WRITE, deadline, waker)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error)) from None


def wait(sock: socket.socket, events: int, deadline: float, waker: Waker) -> None:
    """Until the socket can be read or written. Raises TimeoutError, and Interrupted when woken."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, events)
        selector.register(waker, READ)
        ready = [key.fileobj for key, _ in selector.select(max(0.0, deadline - time.monotonic()))]
    if waker in ready:
        raise Interrupted
    if not ready:
        raise TimeoutError("no answer")
