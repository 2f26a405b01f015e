"""Laws under fault: whatever goes wrong while somebody plays, nothing is stuck, lost, invented or left behind."""

import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import combinations
from typing import Final

import pytest

from tests.faults.devices import Devices, JackDevices, MemoryDevices
from tests.faults.far import Far
from tests.faults.faults import FAULTS, Fault, Side, replugged_at_once
from tests.faults.footprint import Footprint, only_what_comes
from tests.faults.stage import Stage
from tests.waiting import wait_for

SEED: Final = os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(10**6))
"""Another one each time; FAULTS_SEED=… plays one again."""
PAIRS: Final = 6

LINK = [fault for fault in FAULTS if fault.side in (Side.NETWORK, Side.SESSION)]
OTHERS = [fault for fault in FAULTS if fault not in LINK]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bridge's own waits, made short."""
    monkeypatch.setattr("nallely_midibridge.edges.link.RETRY_AFTER", 0.03)
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_EVERY", 0.03)
    for name in ("ASK_AFTER", "ANSWER_WITHIN"):
        monkeypatch.setattr(f"nallely_midibridge.core.keepalive.{name}", 0.4)


@contextmanager
def staged(what: str, devices: Devices) -> Iterator[Stage]:
    """A stage at work; in the end all must be as it was."""
    seed = f"{SEED} {what}"
    with (
        only_what_comes(),
        Far(seed) as far,
        Stage(seed, devices, far, patience=5, moment=0.08, pause=0.002) as stage,
    ):
        play_through(stage)
        before = Footprint.take()
        yield stage
        wait_for(lambda: not Footprint.take().change_since(before), 2)
        change = Footprint.take().change_since(before)
        assert not change, told(stage, *change)


def play_through(stage: Stage, *faults: Fault) -> None:
    """Play before, during and after something goes wrong; then let go."""
    stage.is_strict = len(faults) == 1
    stage.go_on()
    stage.play_on()
    with ThreadPoolExecutor() as pool:
        happening = [pool.submit(fault.happen, stage) for fault in faults]
    trouble = [str(fault.exception()) for fault in happening if fault.exception() is not None]
    stage.play_on()
    findings = stage.rest()
    wrong = [*trouble, *([str(findings)] if findings else [])]
    assert not wrong, told(stage, *(fault.name for fault in faults), *wrong)


def told(stage: Stage, *what: str) -> str:
    return "\n".join([*what, f"FAULTS_SEED={SEED} plays it again; the log:", *stage.log])


def by_name(faults: Sequence[Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.name)


@by_name(FAULTS)
def test_a_fault_is_survived_on_in_process_ports(fault: Fault) -> None:
    with staged(fault.name, MemoryDevices()) as stage:
        play_through(stage, fault)


@pytest.mark.jack
@by_name([fault for fault in OTHERS if fault.happen is not replugged_at_once])
def test_a_fault_is_survived_on_jack(fault: Fault, quick_jack: str) -> None:
    with staged(fault.name, JackDevices()) as stage:
        play_through(stage, fault)


@pytest.mark.jack
def test_every_fault_of_the_link_is_survived_on_jack(quick_jack: str) -> None:
    """One after the other, for what the link does is the same whatever the ports are."""
    with staged("link", JackDevices()) as stage:
        for fault in stage.random.sample(LINK, len(LINK)):
            play_through(stage, fault)


@pytest.mark.parametrize("number", range(PAIRS))
def test_two_faults_at_once_are_survived(number: int) -> None:
    with staged(f"pair {number}", MemoryDevices()) as stage:
        pairs = [pair for pair in combinations(FAULTS, 2) if pair[0].side is not pair[1].side]
        play_through(stage, *stage.random.choice(pairs))
