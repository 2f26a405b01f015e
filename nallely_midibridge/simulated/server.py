"""A WebSocket server on threads of its own, for the simulated bus and for the simulated Trevor."""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server as WebSocketServer
from websockets.sync.server import ServerConnection, serve

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
CLOSE_TIMEOUT = 1.0
"""Seconds a client has to answer a close."""
STUCK_AFTER = 0.25
"""Seconds after which a client that does not read is cut off when the server wants to close."""


class Client:
    """One connection, seen from the server. Any thread may send and close."""

    def __init__(self, connection: ServerConnection, name: str) -> None:
        self._connection = connection
        # A send to a client that does not read blocks inside the library, and a close would wait behind it for ever.
        self._sending = threading.Lock()
        self.threads = [
            thread
            for thread in (threading.current_thread(), connection.recv_events_thread, connection.keepalive_thread)
            if thread is not None
        ]
        for thread, part in zip(self.threads, ("client", "reader", "keepalive"), strict=False):
            thread.name = f"{name} {part}"

    @property
    def path(self) -> str:
        request = self._connection.request
        assert request is not None
        return request.path

    def receive(self) -> bytes | str | None:
        """The next message; None when the client has gone."""
        try:
            return self._connection.recv()
        except ConnectionClosed:
            return None

    def __iter__(self) -> Iterator[bytes | str]:
        """The messages that come, until the connection closes in whatever way."""
        while (message := self.receive()) is not None:
            yield message

    def send(self, message: bytes | str) -> None:
        """Send, waiting as long as the client takes to read; nothing happens if it has gone."""
        with self._sending, contextlib.suppress(ConnectionClosed):
            self._connection.send(message)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a code, waiting up to `CLOSE_TIMEOUT` for the answer."""
        if self._sending.acquire(timeout=STUCK_AFTER):
            try:
                self._connection.close(code, reason)
            finally:
                self._sending.release()
        else:
            self.drop()

    def drop(self) -> None:
        """Cut the connection without a word."""
        with contextlib.suppress(OSError):
            self._connection.socket.shutdown(socket.SHUT_RDWR)


class Server:
    """Listens on the loopback address and gives each client to ``attend``, on a thread of the client's own.

    ``port`` 0 picks a free one, which stays the same over a stop and a start.
    """

    def __init__(self, name: str, attend: Callable[[Client], None], port: int = 0) -> None:
        self.name = name
        self.port = port
        self._attend = attend
        self._lock = threading.Lock()
        self._clients: list[Client] = []
        self._threads: list[threading.Thread] = []
        self._server: WebSocketServer | None = None
        self._listener: threading.Thread

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def is_open(self) -> bool:
        return self._server is not None

    @property
    def clients(self) -> list[Client]:
        with self._lock:
            return list(self._clients)

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        if self._server is not None:
            return
        self._server = serve(self._handle, HOST, self.port, close_timeout=CLOSE_TIMEOUT, logger=logger)
        self.port = self._server.socket.getsockname()[1]
        self._listener = threading.Thread(target=self._server.serve_forever, name=f"{self.name} listener")
        self._listener.start()

    def stop(self, code: int = 1000, reason: str = "", *, abruptly: bool = False) -> None:
        """Stop listening, close every client and wait for every thread; not from a client's own thread."""
        server, self._server = self._server, None
        if server is None:
            return
        server.socket.close()
        for client in self.clients:
            if abruptly:
                client.drop()
            else:
                client.close(code, reason)
        with self._lock:
            threads = list(self._threads)
        # First, for the library's own wait for them is a poll.
        for thread in threads:
            thread.join()
        server.shutdown()
        self._listener.join()

    def _handle(self, connection: ServerConnection) -> None:
        client = Client(connection, self.name)
        if not self._admit(client):
            client.close(1001)
            return
        try:
            self._attend(client)
        finally:
            # Closed here, where a client that does not read can hold up nobody.
            client.close()
            with self._lock:
                self._clients.remove(client)

    def _admit(self, client: Client) -> bool:
        """Count a client in, unless it came while the server was stopping, which would wait for it in vain."""
        with self._lock:
            if self._server is None:
                return False
            self._clients.append(client)
            self._threads = [thread for thread in self._threads if thread.is_alive()] + client.threads
            return True
