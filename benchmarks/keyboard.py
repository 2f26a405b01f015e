"""A keyboard in a process of its own, which shares no interpreter with whoever it plays to.

    python -m benchmarks.keyboard API NAME

``API`` is python-rtmidi's word for a MIDI system, ``NAME`` what the port's client is called. It imports no more than it
needs, so that it is there soon.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path(__file__).parent.parent
LOWEST: Final = 48
NOTE_ON: Final = 0x90
NOTE_OFF: Final = 0x80


def play(send: Callable[[list[int]], object], size: int, presses: int, pause: float) -> None:
    """Press and release a note, or several at once, so many times; ``pause`` seconds before each press and release."""
    notes = range(LOWEST, LOWEST + size)
    for _ in range(presses):
        time.sleep(pause)
        for note in notes:
            send([NOTE_ON, note, 100])
        time.sleep(pause)
        for note in notes:
            send([NOTE_OFF, note, 0])
    time.sleep(2 * pause)  # the last of them is on its way


class Keyboard:
    """The parent's hold on the process. A context manager."""

    def __init__(self, api: str, name: str) -> None:
        command = [sys.executable, "-m", "benchmarks.keyboard", api, name]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._await("ready")

    def play(self, size: int, presses: int, pause: float) -> None:
        """As `play`, and wait until it has."""
        assert self._process.stdin is not None
        print(size, presses, pause, file=self._process.stdin, flush=True)
        self._await("played")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _await(self, word: str) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != word:
            raise RuntimeError(f"the keyboard ended: {self._process.communicate()[1]}")


def main() -> None:
    """Be the process: open a port, and play what each line of standard input says."""
    import rtmidi

    api, name = sys.argv[1:]
    client = rtmidi.MidiOut(getattr(rtmidi, f"API_{api}"), name=name)
    client.open_virtual_port("out")
    print("ready", flush=True)
    for line in sys.stdin:
        size, presses, pause = line.split()
        play(client.send_message, int(size), int(presses), float(pause))
        print("played", flush=True)
    client.close_port()
    client.delete()


if __name__ == "__main__":
    main()
