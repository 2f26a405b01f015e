"""A handful of the fuzzer's inputs with every run of the tests; ``make fuzz`` takes as many as there is time for."""

from collections.abc import Iterator
from random import Random

import pytest

from nallely_midibridge.values.errors import MappingError
from tests.fuzz.mapping_files import MappingFiles
from tests.fuzz.requests import Requests
from tests.fuzz.work import TooMuchWork, Work


@pytest.fixture(scope="module")
def requests() -> Iterator[Requests]:
    with Requests() as requests:
        yield requests


@pytest.mark.parametrize("seed", range(20))
def test_mapping_files_that_are_nearly_right(seed: int) -> None:
    files = MappingFiles()
    files.check(files.make(Random(seed)))


@pytest.mark.parametrize("seed", range(20))
def test_clients_that_say_nearly_the_right_thing(requests: Requests, seed: int) -> None:
    requests.check(requests.make(Random(seed)))


def test_a_seed_makes_the_same_input_again() -> None:
    assert MappingFiles().make(Random(7)) == MappingFiles().make(Random(7))


def test_the_fuzzer_sees_what_is_no_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise MappingError(("it is wrong",))

    monkeypatch.setattr("tests.fuzz.mapping_files.load_text", wrong)
    with pytest.raises(AssertionError):
        MappingFiles().check("")


def test_the_fuzzer_ends_what_never_ends() -> None:
    def for_ever() -> None:
        while True:
            len("")

    with pytest.raises(TooMuchWork), Work(1000):
        for_ever()
