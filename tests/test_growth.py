"""That a soak would see what a bridge leaves behind: each leak made on purpose, and named."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from nallely_midibridge.core.agenda import Agenda
from tests.faults import growth
from tests.faults.footprint import only_what_comes
from tests.faults.growth import ENOUGH, MORE, Growth

Leak = Callable[[ExitStack], object]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(growth, "SETTLES_WITHIN", 0.0)
    with only_what_comes():
        yield


def a_file(stack: ExitStack) -> None:
    stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))


def a_thread(stack: ExitStack) -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="left over")
    stack.callback(thread.join)
    stack.callback(end.set)
    thread.start()


def an_object(stack: ExitStack) -> None:
    stack.callback(len, [Agenda()])


@pytest.mark.parametrize(
    ("leak", "said"),
    [(a_file, "open files"), (a_thread, "thread left over"), (an_object, "core.agenda.Agenda")],
)
def test_what_is_left_over_is_named(leak: Leak, said: str) -> None:
    seen = Growth()
    seen.begin()
    seen.look()
    with ExitStack() as stack:
        leak(stack)
        seen.look()
    assert any(change.startswith(said) for change in seen.found()), seen.found()


def test_what_is_as_it_was_has_not_grown() -> None:
    seen = Growth()
    seen.begin()
    with ExitStack() as stack:
        seen.look()
        a_file(stack)
        seen.look()
        stack.close()
        seen.look()
    assert seen.found() == []
    first, last = seen.rests[0].files, seen.rests[-1].files
    assert seen.rows()["descriptors"] == f"first {first}, greatest {first + 1}, last {last}"


@pytest.mark.parametrize(("more", "is_told"), [(MORE, False), (MORE + 1, True)])
def test_memory_is_judged_by_its_last_quarter(monkeypatch: pytest.MonkeyPatch, more: int, is_told: bool) -> None:
    memory = iter([10] * (ENOUGH - 2) + [10 + more] * 2)
    monkeypatch.setattr(growth, "resident_memory", lambda: next(memory))
    seen = Growth()
    seen.begin()
    for _ in range(ENOUGH):
        seen.look()
    assert any(change.startswith("memory") for change in seen.found()) == is_told


def test_a_short_run_tells_of_files_and_threads_only() -> None:
    seen = Growth()
    seen.look()
    with ExitStack() as stack:
        an_object(stack)
        seen.look()
        assert seen.found() == []
        a_file(stack)
        seen.look()
    assert [change.partition(":")[0] for change in seen.found()] == ["open files"]
    assert seen.rows()["memory by quarters"] == "the run is too short to tell"
