"""The daemon as a user starts it: a process of its own, looked at from outside."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

ROOT: Final = Path(__file__).parent.parent
PAGES_PER_MIB: Final = 2**20 // resource.getpagesize()


class Daemon:
    """``nallely-midibridge run -c FILE`` with these variables in its environment. A context manager; Linux only."""

    def __init__(self, config: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "nallely_midibridge", "run", "-c", str(config)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
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

    @property
    def resident(self) -> float:
        """MiB of memory."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) / PAGES_PER_MIB

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> None:
        self._process.terminate()
        self._process.communicate()
        if error is None and self._process.returncode:
            raise RuntimeError(f"the daemon ended with status {self._process.returncode}")
