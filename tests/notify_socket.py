"""systemd's end of the notification socket."""

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


class Manager:
    """Listens at a path or at an abstract name, and keeps what was said."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.messages: list[list[str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def hear(self, timeout: float = 15.0) -> list[str] | None:
        """The next message, as its assignments; None when there is none in time."""
        self._socket.settimeout(timeout)
        try:
            message = self._socket.recv(65536).decode().split("\n")
        except (TimeoutError, BlockingIOError):
            return None
        self.messages.append(message)
        return message

    def wait_for(self, assignment: str, timeout: float = 10.0) -> list[str]:
        """The next message with an assignment that begins so."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            message = self.hear(left)
            if message and any(line.startswith(assignment) for line in message):
                return message
        raise AssertionError(f"nobody said {assignment}; said: {self.messages}")

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def listening(abstract: bool = False) -> Iterator[Manager]:
    with tempfile.TemporaryDirectory(prefix="nmb-") as folder:
        manager = Manager(f"@nmb-test-{os.getpid()}" if abstract else str(Path(folder) / "notify"))
        try:
            yield manager
        finally:
            manager.close()
