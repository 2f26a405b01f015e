"""Programs that a scenario starts, and their lines with the time each came."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple, Self

from machine import wait_for

COMMAND = os.environ.get("COMMAND", "nallely-midibridge")
CONFIG = Path(os.environ.get("CHECKOUT", Path(__file__).resolve().parents[2])) / "config"


class Line(NamedTuple):
    at: float
    text: str


class Program:
    """A running program. Leaving the ``with`` block ends it, with force if it must."""

    def __init__(self, *command: str) -> None:
        self.lines: list[Line] = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def find(self, words: str, after: int = 0) -> Line | None:
        """The first line, from a place on, with these words in it."""
        return next((line for line in self.lines[after:] if words in line.text), None)

    def wait_for(self, words: str, after: int = 0, timeout: float = 30.0) -> Line | None:
        wait_for(lambda: self.find(words, after) or self._is_over(), timeout)
        return self.find(words, after)

    def stop(self, number: int = signal.SIGTERM, timeout: float = 20.0) -> float:
        """Ask it to end; returns after how many seconds it had. Raises TimeoutExpired when it hangs."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout)
        took = time.monotonic() - began
        self._reader.join()
        return took

    @property
    def status(self) -> int | None:
        return self.process.poll()

    def _is_over(self) -> bool:
        return self.process.poll() is not None and not self._reader.is_alive()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(Line(time.monotonic(), line.rstrip("\n")))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()


def daemon(config: Path) -> Program:
    """The bridge with a mapping file."""
    return Program(COMMAND, "run", "-c", str(config))
