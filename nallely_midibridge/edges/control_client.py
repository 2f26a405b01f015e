"""Asking a running bridge on its control socket."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from nallely_midibridge.values.control import Do
from nallely_midibridge.values.errors import ControlError, words

ANSWER_LIMIT: Final = 1 << 24
"""Bytes of the longest answer that is read: every problem of a long file that is wrong all over."""
READ_SIZE: Final = 1 << 16
READS_AT_ONCE: Final = 16


class NobodyListens(ControlError):
    """There is no bridge at this socket, or no more."""


def ask(path: Path, do: Do, within: float) -> dict[str, Any]:
    """The answer to one request. Raises ControlError when there is none ``within`` so many seconds."""
    if not hasattr(socket, "AF_UNIX"):
        raise ControlError("this system has no Unix sockets, so a running bridge cannot be asked")
    try:
        with _told(path, within):
            line = _exchange(path, json.dumps({"do": do.value}).encode() + b"\n", within)
    except BlockingIOError:  # its queue of those who wait is full
        raise ControlError(f"the bridge at {path} does not answer within {within:g} s") from None
    return _read(line, path)


class Watching:
    """What happens on a bridge, from now on. ``wanted`` are the keys of a request to watch (docs/control.md).

    Raises ControlError when the bridge does not answer ``within`` so many seconds, or refuses.
    """

    def __init__(self, path: Path, wanted: dict[str, object], within: float) -> None:
        self._path = path
        self._heard = b""
        self._sock = socket.socket(socket.AF_UNIX)
        try:
            with _told(path, within):
                self._sock.settimeout(within)
                self._sock.connect(str(path))
                self._sock.sendall(json.dumps({"do": Do.WATCH.value, **wanted}).encode() + b"\n")
                while b"\n" not in self._heard:
                    self._hear()
            answer, _, self._heard = self._heard.partition(b"\n")
            said = _read(answer, path)
            if not said["ok"]:
                raise ControlError(str(said.get("error")))
        except BaseException:
            self._sock.close()
            raise
        self._sock.setblocking(False)

    def take(self) -> list[dict[str, Any]]:
        """What happened since the last time. Raises ControlError when the bridge is gone and said nothing of it."""
        with contextlib.suppress(BlockingIOError), _told(self._path, 0.0):
            for _ in range(READS_AT_ONCE):
                self._hear()
        *lines, self._heard = self._heard.split(b"\n")
        return [event for line in lines if isinstance(event := json.loads(line), dict)]

    def _hear(self) -> None:
        part = self._sock.recv(READ_SIZE)
        if not part and b"\n" not in self._heard:
            raise ControlError(f"the bridge at {self._path} ended, or turned us away")
        if not part:
            raise BlockingIOError
        self._heard += part

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()


@contextlib.contextmanager
def _told(path: Path, within: float) -> Iterator[None]:
    """What keeps us from the bridge, as a ControlError."""
    try:
        yield
    except BlockingIOError:
        raise
    except (FileNotFoundError, ConnectionRefusedError):
        raise NobodyListens(f"no bridge listens at {path}") from None
    except PermissionError:
        raise ControlError(f"{path} is another user's; root may ask: sudo …") from None
    except TimeoutError:
        raise ControlError(f"the bridge at {path} does not answer within {within:g} s") from None
    except OSError as error:
        raise ControlError(f"the bridge at {path} cannot be asked: {words(error)}") from None


def _exchange(path: Path, request: bytes, within: float) -> bytes:
    deadline = time.monotonic() + within
    parts: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(within)
        sock.connect(str(path))
        sock.sendall(request)
        while not (parts and parts[-1].endswith(b"\n")) and sum(map(len, parts)) < ANSWER_LIMIT:
            sock.settimeout(max(0.001, deadline - time.monotonic()))
            part = sock.recv(READ_SIZE)
            if not part:
                break
            parts.append(part)
    return b"".join(parts)


def _read(line: bytes, path: Path) -> dict[str, Any]:
    if not line:
        raise ControlError(f"the bridge at {path} ended, or turned us away, before it answered")
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise ControlError(f"what listens at {path} is no bridge: it answers something else")
    return answer
