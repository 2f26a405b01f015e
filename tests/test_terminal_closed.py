"""A bridge that runs on a terminal, and what becomes of it when somebody closes that."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from nallely_midibridge.edges.control_client import ask
from nallely_midibridge.values.control import Do
from tests.control import runtime_folder
from tests.daemon import NOWHERE
from tests.test_cli import NO_MIDI
from tests.waiting import wait_for

MAPPING: Final = (
    f"nallely: {{bus: '{NOWHERE}'}}\nports: {{k: K}}\nneurons: {{n: {{params: {{x: {{from: k, cc: 1}}}}}}}}\n"
)
ON_A_TERMINAL: Final = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Our end, which closes it, and the program's."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        for end in (ours, theirs):
            with suppress(OSError):
                os.close(end)


@contextmanager
def running_on(theirs: int, runtime: Path, *before: str) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """A bridge on a terminal, and its control socket; it is killed in the end."""
    config = runtime / "bridge.yaml"
    config.write_text(MAPPING)
    command = [*before, sys.executable, "-m", "nallely_midibridge", "run", str(config)]
    environment = {**os.environ, **NO_MIDI}
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, *command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as bridge:
        socket = runtime / "nallely-midibridge" / f"{bridge.pid}.sock"
        try:
            assert wait_for(socket.exists, 10)
            yield bridge, socket
        finally:
            bridge.kill()


def test_a_bridge_whose_terminal_is_closed_ends(runtime: Path) -> None:
    with terminal() as (ours, theirs), running_on(theirs, runtime) as (bridge, socket):
        os.close(theirs)
        bridge.send_signal(signal.SIGHUP)  # as long as the terminal is there, it means as ever to read the file again
        assert wait_for(lambda: b"again" in os.read(ours, 4096), 10)
        assert ask(socket, Do.STATUS, 5.0)["ok"]
        os.close(ours)
        bridge.wait(10)
        assert not socket.exists()


def test_one_that_was_started_to_outlive_its_terminal_does(runtime: Path) -> None:
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])"
    )
    with terminal() as (ours, theirs), running_on(theirs, runtime, sys.executable, "-c", ignoring) as (bridge, socket):
        os.close(theirs)
        os.close(ours)
        bridge.send_signal(signal.SIGHUP)
        assert ask(socket, Do.RELOAD, 20.0)["ok"]
        assert bridge.poll() is None
