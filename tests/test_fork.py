"""Laws of the connector in a program that forks, as multiprocessing does."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from nallely_midibridge.connector import NallelyWebsocketBus
from tests.recording_bus import RecordingBus

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

PARAMETERS = {"note": {"min": 0, "max": 127}}
HANGS_AFTER = 10
"""Seconds."""


def holds_in_a_fork(law: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(HANGS_AFTER)
            os._exit(0 if law() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def sockets() -> int:
    """How many this process has open."""
    count = 0
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            count += os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
    return count


@pytest.fixture
def far() -> Iterator[RecordingBus]:
    with RecordingBus() as bus:
        yield bus


@pytest.fixture
def bus(far: RecordingBus) -> Iterator[NallelyWebsocketBus]:
    with NallelyWebsocketBus(far.address) as bus:
        bus.register("external", "keys", PARAMETERS, {}, log=lambda _: None, block=True)
        far.wait_for_clients()
        yield bus


def test_a_child_has_no_part_in_its_parents_connection(far: RecordingBus, bus: NallelyWebsocketBus) -> None:
    service = bus.registered["external", "keys"]
    its_own = 3  # the connection, and the two ends of what wakes its thread
    left = sockets() - its_own

    def law() -> bool:
        is_free = sockets() == left
        is_registered = service.registered or service.wait(0)
        went = service.send("note", 1)
        bus.close()
        return is_free and not is_registered and not went

    assert holds_in_a_fork(law)
    service.send("note", 2)
    assert far.wait_for_values(1) == [("note", 2)]
    assert service.registered


def test_a_child_may_register_a_neuron_of_its_own(far: RecordingBus, bus: NallelyWebsocketBus) -> None:
    def law() -> bool:
        service = bus.register("external", "keys", PARAMETERS, {}, log=lambda _: None, block=True)
        service.send("note", 1)
        bus.close()
        return True

    assert holds_in_a_fork(law)
    assert far.wait_for_values(1) == [("note", 1)]
    assert len(far.paths) == 2


def test_a_child_never_waits_for_what_its_parent_was_about(bus: NallelyWebsocketBus) -> None:
    """Law: `send` never blocks, in a process that was forked off while another thread sent either."""
    is_over = threading.Event()

    def play() -> None:
        while not is_over.is_set():
            bus.send("external", "keys", "note", 1)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        for _ in range(5):
            assert holds_in_a_fork(lambda: bus.send("external", "keys", "note", 2) is None)
    finally:
        is_over.set()
        thread.join()


def test_a_child_that_closes_its_copy_does_not_end_a_parent_that_connects(quick_retry: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(HANGS_AFTER)
        with NallelyWebsocketBus(f"wss://127.0.0.1:{silent.getsockname()[1]}") as bus:
            bus.register("external", "keys", PARAMETERS, {}, log=lambda _: None)
            client, _ = silent.accept()
            with client:
                client.recv(1)  # it waits for the answer to that
                assert holds_in_a_fork(lambda: bus.close() is None)
            again, _ = silent.accept()
            again.close()
