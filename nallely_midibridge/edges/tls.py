"""A transport with TLS; whoever needs none does not load it."""

import socket
import ssl
import threading
from collections.abc import Callable

from nallely_midibridge.edges.transport import READ, READ_SIZE, WRITE, Transport, Waker, wait


class TlsTransport(Transport):
    """The same with TLS. A TLS connection is one state for both directions, hence the lock."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        super().__init__(sock)
        self._tls = sock
        self._lock = threading.Lock()

    def read(self) -> bytes | None:
        with self._lock:
            try:
                return self._tls.recv(READ_SIZE) + self._rest()
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

    def _rest(self) -> bytes:
        """What is left of the record that was read last, where nobody who waits for the socket sees it."""
        return self._tls.recv(count) if (count := self._tls.pending()) else b""


def wrap(sock: socket.socket, tls: ssl.SSLContext, host: str, deadline: float, waker: Waker) -> TlsTransport:
    """The transport to a host on a socket that is connected to it. Raises OSError, and Interrupted when woken."""
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
            wait(sock, READ, deadline, waker)
        except ssl.SSLWantWriteError:
            wait(sock, WRITE, deadline, waker)
