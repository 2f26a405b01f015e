"""A JACK server of our own with the dummy driver: real MIDI ports on a machine without any hardware."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import wait_for

ENDS_WITHIN = 20.0
"""Seconds."""


@contextmanager
def running_jack(period: int, patience: int = 500) -> Iterator[str]:
    """In the block it runs; gives its name.

    Messages travel once a ``period``, in frames of 1/48000 s. A short one is quicker, and a busy machine misses it more
    often. ``patience`` is how many milliseconds a client may hold up the others: one that opens a port has Python's
    lock, which JACK's call of another one waits for, and both wait that long.
    """
    name = f"midibridge-test-{os.getpid()}-{period}"
    server_options = ["-n", name, "--no-realtime", "-t", str(patience)]
    command = [*_dying_with_us(), "jackd", *server_options, "-d", "dummy", "-r", "48000", "-p", str(period)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        if shutil.which("jack_wait"):
            wait = ["jack_wait", "-s", name, "-w", "-t", "10"]
            subprocess.run(wait, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            socket = Path(f"/dev/shm/jack_{name}_{os.getuid()}_0")
            assert wait_for(socket.exists, 10), "jackd did not start"
        yield name
    finally:
        _end(server)


def _end(server: "subprocess.Popen[bytes]") -> None:
    """In good order if it can: it may take long on a busy machine, and one that is left takes a place for good."""
    server.terminate()
    try:
        server.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _dying_with_us() -> list[str]:
    """What goes before a command that must not outlive tests that are killed: a machine has room for eight servers."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def environment_of(server: str) -> dict[str, str]:
    """What a user of the server has in the environment."""
    return {
        "JACK_DEFAULT_SERVER": server,
        "JACK_NO_START_SERVER": "1",
        "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
    }
