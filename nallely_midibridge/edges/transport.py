"""A connected stream socket that never blocks, plain or with TLS, and how to get one."""

import os
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final

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

    def pending(self) -> bool:
        """Whether data waits inside, where a selector does not see it."""
        return False

    def close(self) -> None:
        self._sock.close()


class TlsTransport(Transport):
    """The same with TLS. A TLS connection is one state for both directions, hence the lock."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        super().__init__(sock)
        self._tls = sock
        self._lock = threading.Lock()

    def read(self) -> bytes | None:
        with self._lock:
            try:
                return self._tls.recv(READ_SIZE)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def write(self, data: bytes) -> int:
        with self._lock:
            try:
                return self._tls.send(data)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return 0

    def pending(self) -> bool:
        with self._lock:
            return self._tls.pending() > 0


class Interrupted(Exception):
    """The wait was ended by its `Waker`."""


def connect(host: str, port: int, tls: ssl.SSLContext | None, *, timeout: float, waker: Waker) -> Transport:
    """A transport to a host, trying each of its addresses in turn.

    ``timeout`` is in seconds, for each address. Raises OSError (ssl.SSLError among them) when none answers,
    Interrupted when woken.
    """
    failure: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            return _open(socket.socket(family, kind, protocol), address, host, tls, timeout, waker)
        except OSError as error:  # this address does not answer, or its family is none of the system's
            failure = failure or error
    raise failure or OSError(f"{host} has no address")


def _open(
    sock: socket.socket, address: object, host: str, tls: ssl.SSLContext | None, timeout: float, waker: Waker
) -> Transport:
    try:
        sock.setblocking(False)
        _connect(sock, address, time.monotonic() + timeout, waker)
        return Transport(sock) if tls is None else _wrap(sock, tls, host, time.monotonic() + timeout, waker)
    except BaseException:
        sock.close()
        raise


def _connect(sock: socket.socket, address: object, deadline: float, waker: Waker) -> None:
    try:
        sock.connect(address)  # type: ignore[arg-type]
    except BlockingIOError:
        _wait(sock, WRITE, deadline, waker)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error)) from None


def _wrap(sock: socket.socket, tls: ssl.SSLContext, host: str, deadline: float, waker: Waker) -> TlsTransport:
    wrapped = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        _until_done(wrapped.do_handshake, wrapped, deadline, waker)
    except BaseException:
        wrapped.close()
        raise
    return TlsTransport(wrapped)


def _until_done(step: Callable[[], None], sock: ssl.SSLSocket, deadline: float, waker: Waker) -> None:
    while True:
        try:
            return step()
        except ssl.SSLWantReadError:
            _wait(sock, READ, deadline, waker)
        except ssl.SSLWantWriteError:
            _wait(sock, WRITE, deadline, waker)


def _wait(sock: socket.socket, events: int, deadline: float, waker: Waker) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, events)
        selector.register(waker, READ)
        ready = [key.fileobj for key, _ in selector.select(max(0.0, deadline - time.monotonic()))]
    if waker in ready:
        raise Interrupted
    if not ready:
        raise TimeoutError("no answer")
