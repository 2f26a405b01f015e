"""The far end of a connector in tests: a WebSocket server that records all it is sent."""

import threading
import time
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from nallely_midibridge.values.wire import decode_value
from tests.waiting import wait_for


class RecordingBus:
    """Listens on 127.0.0.1. ``texts`` and ``frames`` are what came, ``paths`` who connected."""

    def __init__(self, port: int = 0, ssl: object = None) -> None:
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.texts: list[str] = []
        self.frames: list[bytes] = []
        self.arrivals: list[float] = []
        self.clients: list[ServerConnection] = []
        self._server = serve(self._serve, "127.0.0.1", port, compression=None, ssl=ssl)  # type: ignore[arg-type]
        self.port: int = self._server.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="recording-bus")
        self._thread.start()

    def _serve(self, client: ServerConnection) -> None:
        assert client.request is not None
        self.paths.append(client.request.path)
        self.headers.append(dict(client.request.headers.raw_items()))
        self.clients.append(client)
        try:
            for message in client:
                self.arrivals.append(time.monotonic())
                (self.texts if isinstance(message, str) else self.frames).append(message)  # type: ignore[arg-type]
        except ConnectionClosed:
            return

    @property
    def values(self) -> list[tuple[str, float]]:
        return [decode_value(frame) for frame in self.frames]

    def send(self, message: bytes | str) -> None:
        self.clients[-1].send(message)

    def wait_for_clients(self, count: int = 1, timeout: float = 15.0) -> None:
        assert wait_for(lambda: len(self.texts) >= count, timeout), f"{len(self.texts)} of {count} registered"

    def wait_for_values(self, count: int) -> list[tuple[str, float]]:
        assert wait_for(lambda: len(self.frames) >= count), f"only {self.values}"
        return self.values

    def close_clients(self, code: int = 1000, reason: str = "") -> None:
        for client in self.clients:
            client.close(code, reason)
        self.clients.clear()

    def stop(self) -> None:
        self._server.shutdown()
        for client in self.clients:
            client.close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
