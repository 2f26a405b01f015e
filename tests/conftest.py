"""What tests share: a check that each leaves nothing behind, and a real JACK server."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Law: a test ends every thread it started."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 3
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        for thread in left:
            thread.join(0.05)
    # Threads that a MIDI library made and that called Python once stay listed as "Dummy": they are not ours to end.
    left = {thread for thread in left if not thread.name.startswith("Dummy")}
    assert not left, f"threads left behind: {left}"


@pytest.fixture
def quick_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which it is not the law that a second passes before the next try."""
    monkeypatch.setattr("nallely_midibridge.edges.link.RETRY_AFTER", 0.02)


@pytest.fixture(scope="session")
def jack_server() -> Iterator[str]:
    """A JACK server of our own with the dummy driver: real MIDI ports on a machine without any hardware."""
    pytest.importorskip("rtmidi", exc_type=ImportError)
    if shutil.which("jackd") is None:
        pytest.skip("jackd is not installed (Debian: jackd2)")
    name = f"midibridge-test-{os.getpid()}"
    command = ["jackd", "-n", name, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "1024"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait = ["jack_wait", "-s", name, "-w", "-t", "10"]
        if shutil.which("jack_wait"):
            subprocess.run(wait, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            socket = f"/dev/shm/jack_{name}_{os.getuid()}_0"
            assert wait_for(lambda: os.path.exists(socket), 10), "jackd did not start"
        yield name
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def jack(jack_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of a user of that server."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    monkeypatch.setenv("MIDO_BACKEND", "mido.backends.rtmidi/UNIX_JACK")
    return jack_server
