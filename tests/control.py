"""The far end of a control socket in tests, and a runtime folder of its own to find it in."""

import contextlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nallely_midibridge.edges import control_folder


@contextlib.contextmanager
def runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A login's runtime folder, and nowhere else to look. Its path is short, for a socket's may have 107 bytes."""
    base = Path(tempfile.mkdtemp(prefix="nmb-"))
    folders = {name: base / name for name in ("login", "tmp", "users")}
    for folder in folders.values():
        folder.mkdir()
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folders["login"]))
    monkeypatch.setenv("TMPDIR", str(folders["tmp"]))
    monkeypatch.setattr(tempfile, "tempdir", str(folders["tmp"]))
    monkeypatch.setattr(control_folder, "USERS_FOLDER", folders["users"])
    monkeypatch.setattr(control_folder, "SYSTEM_FOLDER", base / "system")
    try:
        yield folders["login"]
    finally:
        shutil.rmtree(base)


class Client:
    """A connection to a control socket. It waits for fifteen seconds at most."""

    def __init__(self, path: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(15)
        try:
            self.sock.connect(str(path))
        except OSError:
            self.sock.close()
            raise

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def ask(self, do: str) -> dict[str, Any]:
        self.send(json.dumps({"do": do}).encode() + b"\n")
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next answer, of which nothing else is left."""
        line = b""
        while not line.endswith(b"\n"):
            data = self.sock.recv(1 << 16)
            assert data, f"closed after {line!r}"
            line += data
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def is_closed(self) -> bool:
        """Whether the bridge hangs up and says no more. What was sent and not read by it makes that a reset."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
