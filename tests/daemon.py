"""The daemon as a process of its own, as a user starts it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final, Self

from tests.waiting import wait_for

NOWHERE: Final = f"127.{os.getpid() >> 16}.{os.getpid() >> 8 & 255}.{os.getpid() & 255}:1"
"""Where nobody listens. Another run of the tests has another: two bridges cannot have one neuron at one address."""


class Daemon:
    """``nallely-midibridge run -c FILE``. Its log is in ``lines``; leaving the ``with`` block stops it.

    Its runtime folder is where FILE is.
    """

    def __init__(self, config: Path, text: str, environment: dict[str, str] | None = None) -> None:
        config.write_text(text)
        self.lines: list[str] = []
        self.status: int | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nallely_midibridge", "run", "-c", str(config)],
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "RUNTIME_DIRECTORY": "",
                "XDG_RUNTIME_DIR": str(config.parent),
                **(environment or {}),
            },
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, text: str, timeout: float = 10.0) -> None:
        """Wait until a line of the log has this in it."""
        assert wait_for(lambda: any(text in line for line in self.lines), timeout), "\n".join(self.lines)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait_to_end(self) -> None:
        """Wait until it has ended by itself."""
        self._process.wait(10)

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Ask it to end; returns how many seconds that took. Its exit status is in ``status``."""
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(number)
        self.status = self._process.wait(10)
        took = time.monotonic() - began
        self._reader.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
        return took

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.status is None:
            self.stop()
