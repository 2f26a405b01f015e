"""Other programs on a JACK server: one that plays, one that listens.

The listener is a process of its own, as a DAW is. In one process with the bridge it would share the interpreter's
lock, wait for it inside JACK's callback, and miss what JACK meanwhile writes over.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from nallely_midibridge.edges.rtmidi_system import PERIOD_ENDS_WITHIN
from tests.waiting import wait_for


@contextmanager
def player(name: str) -> Iterator[Any]:
    """A client of this name with a port to play on (``send_message``)."""
    import rtmidi

    client = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    client.open_virtual_port("out")
    try:
        yield client
    finally:
        client.close_port()
        time.sleep(PERIOD_ENDS_WITHIN)
        client.delete()


class Listener:
    """Hears the port whose name has this in it, from when the ``with`` block begins."""

    def __init__(self, name: str) -> None:
        self.received: list[tuple[int, ...]] = []
        self._name = name

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.jack_peers", self._name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate("end\n", timeout=15)
        self._reader.join()

    def wait_for(self, count: int, timeout: float = 15.0) -> list[tuple[int, ...]]:
        assert wait_for(lambda: len(self.received) >= count, timeout), f"only {self.received}"
        return self.received

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.received.append(tuple(bytes.fromhex(line)))


def listen(name: str) -> None:
    """The listener's process: a line of hexadecimal digits for each message, until its input ends."""
    import rtmidi

    def hear(stamped: tuple[Sequence[int], float], _: object) -> None:
        print(bytes(stamped[0]).hex(), flush=True)

    client = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="test-listener")
    client.set_callback(hear)

    def number() -> int | None:
        return next((n for n, port in enumerate(client.get_ports()) if name in port), None)

    assert wait_for(lambda: number() is not None), client.get_ports()
    client.open_port(number(), name="in")
    print("listening", flush=True)
    sys.stdin.readline()
    client.cancel_callback()
    client.close_port()
    client.delete()


if __name__ == "__main__":
    listen(sys.argv[1])
