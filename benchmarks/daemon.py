"""The daemon as a user starts it: a process of its own, looked at from outside. Linux only: it reads /proc."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from nallely_midibridge.edges.control_client import ask
from nallely_midibridge.edges.control_folder import NAME, SUFFIX
from nallely_midibridge.values.control import Do

ROOT: Final = Path(__file__).parent.parent


class Daemon:
    """``nallely-midibridge run -c FILE`` with these variables in its environment. A context manager."""

    def __init__(self, config: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "nallely_midibridge", "run", "-c", str(config)]
        self._folder = config.parent
        own = {"XDG_RUNTIME_DIR": str(self._folder), "RUNTIME_DIRECTORY": ""}
        self._process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, **own, **environment}
        )

    def wait_for(self, words: str) -> None:
        """Until it logs a line with these words in it."""
        assert self._process.stderr is not None
        lines: list[str] = []
        while words not in (line := self._process.stderr.readline()):
            lines.append(line)
            if not line:
                raise RuntimeError(f"the daemon ended before it said {words!r}: {''.join(lines)}")

    def reload(self) -> None:
        """Ask it to read its file again."""
        self._process.send_signal(signal.SIGHUP)

    def status(self) -> dict[str, Any]:
        """What it answers on its control socket."""
        return ask(self._folder / NAME / f"{self._process.pid}{SUFFIX}", Do.STATUS, 5.0)

    def make_real_time(self, priority: int) -> None:
        """Give every thread of it SCHED_FIFO; those that it makes later inherit it. Raises PermissionError."""
        for task in self._of_threads("stat"):
            os.sched_setscheduler(int(task.parent.name), os.SCHED_FIFO, os.sched_param(priority))

    @property
    def resident(self) -> float:
        """MiB of memory."""
        return resident(self._process.pid)

    @property
    def run_time(self) -> float:
        """Seconds that its threads have had a processor."""
        return sum(int(thread.read_text().split()[0]) for thread in self._of_threads("schedstat")) / 1e9

    @property
    def switches(self) -> int:
        """How often a thread of it went to sleep or was put aside; so, how often one woke."""
        statuses = (thread.read_text() for thread in self._of_threads("status"))
        lines = (line for status in statuses for line in status.splitlines())
        return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)

    def _of_threads(self, file: str) -> Iterator[Path]:
        return Path(f"/proc/{self._process.pid}/task").glob(f"*/{file}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> None:
        self._process.terminate()
        self._process.communicate()
        if error is None and self._process.returncode:
            raise RuntimeError(f"the daemon ended with status {self._process.returncode}")


def resident(pid: int) -> float:
    """MiB of memory of a process, without what it shares with others that it talks to (JACK maps 100 MiB so)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssFile"))) / 1024
