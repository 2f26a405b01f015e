"""What every test gets: a check that it left nothing behind."""

import threading
import time
from collections.abc import Iterator

import pytest


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
