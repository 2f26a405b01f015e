"""Asking a running bridge on its control socket."""

import json
import socket
import time
from pathlib import Path
from typing import Any, Final

from nallely_midibridge.values.control import Do
from nallely_midibridge.values.errors import ControlError, words

ANSWER_LIMIT: Final = 1 << 24
"""Bytes of the longest answer that is read: every problem of a long file that is wrong all over."""
READ_SIZE: Final = 1 << 16


class NobodyListens(ControlError):
    """There is no bridge at this socket, or no more."""


def ask(path: Path, do: Do, within: float) -> dict[str, Any]:
    """The answer to one request. Raises ControlError when there is none ``within`` so many seconds."""
    if not hasattr(socket, "AF_UNIX"):
        raise ControlError("this system has no Unix sockets, so a running bridge cannot be asked")
    try:
        line = _exchange(path, json.dumps({"do": do.value}).encode() + b"\n", within)
    except (FileNotFoundError, ConnectionRefusedError):
        raise NobodyListens(f"no bridge listens at {path}") from None
    except PermissionError:
        raise ControlError(f"{path} is another user's; root may ask: sudo …") from None
    except (TimeoutError, BlockingIOError):
        raise ControlError(f"the bridge at {path} does not answer within {within:g} s") from None
    except OSError as error:
        raise ControlError(f"the bridge at {path} cannot be asked: {words(error)}") from None
    return _read(line, path)


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
