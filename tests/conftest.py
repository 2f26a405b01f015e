"""What tests share: a check that each leaves nothing behind, and a real JACK server."""

import shutil
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.jack_server import environment_of, running_jack

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # how fast the machine is just now is no law


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Law: a test ends every thread it started."""
    before = _threads()
    yield
    deadline = time.monotonic() + 3
    while (left := _threads() - before) and time.monotonic() < deadline:
        for thread in left:
            thread.join(0.05)
    assert not left, f"threads left behind: {left}"


def _threads() -> set[threading.Thread]:
    """Those of a MIDI library that called Python once stay listed as "Dummy", and are not ours to end."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Dummy")}


@pytest.fixture(scope="session", autouse=True)
def _folder_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    """pytest makes it when a test first wants it, which may be one that has TMPDIR elsewhere for a while."""
    tmp_path_factory.getbasetemp()


@pytest.fixture
def quick_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which it is not the law that a second passes before the next try."""
    monkeypatch.setattr("nallely_midibridge.edges.link.RETRY_AFTER", 0.02)


def skip_without_jack() -> None:
    pytest.importorskip("rtmidi", exc_type=ImportError)
    if shutil.which("jackd") is None:
        pytest.skip("jackd is not installed (Debian: jackd2)")


@pytest.fixture(scope="session")
def jack_server() -> Iterator[str]:
    """A JACK server of our own, by name."""
    skip_without_jack()
    with running_jack(period=1024) as name:
        yield name


@pytest.fixture(scope="session")
def quick_jack_server() -> Iterator[str]:
    """One that waits for nobody: it carries messages four times as often, and loses one now and then."""
    skip_without_jack()
    with running_jack(period=256, patience=50) as name:
        yield name


@pytest.fixture
def jack(jack_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of a user of that server."""
    return use_jack(jack_server, monkeypatch)


@pytest.fixture
def quick_jack(quick_jack_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same with the quick one."""
    return use_jack(quick_jack_server, monkeypatch)


def use_jack(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in environment_of(server).items():
        monkeypatch.setenv(name, value)
    return server
