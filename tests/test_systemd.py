"""What systemd is told: readiness, status, reloads, the end, and the watchdog's food."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.core.status_line import status_line
from nallely_midibridge.core.watchdog import Watchdog
from nallely_midibridge.edges.alarm import Alarm
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.systemd import Systemd, watchdog_period
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.counts import NeuronCounts, VoiceCounts
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.events import Direction, Event, TimeReached
from nallely_midibridge.values.status import NeuronStatus, PortStatus, Status
from tests.daemon import NOWHERE, Daemon
from tests.notify_socket import Manager, listening
from tests.recording_bus import RecordingBus
from tests.waiting import wait_for

MAPPING = """
nallely: {{bus: "{address}"}}
ports: {{keys: "KeyStep 37", daw: {{virtual: "Nallely"}}}}
neurons:
  keys:
    voices: {{voice: {{from: keys, count: 4, retrigger_gap: 1ms}}}}
    probes: {{mon: {{to: daw, cc: 20}}}}
"""


def neuron(name: str, connected: bool, count: int = 0, held: int = 0) -> NeuronStatus:
    return NeuronStatus(name, "ws://a:1", connected, 1.0, None, VoiceCounts(count=count, held=held), NeuronCounts())


WHOLE = Status(
    "the ALSA sequencer",
    None,
    (
        PortStatus("keys", Direction.INPUT, "KeyStep 37", "KeyStep 37"),
        PortStatus("daw", Direction.INPUT, "virtual", "virtual"),
        PortStatus("daw", Direction.OUTPUT, "virtual", None),
    ),
    {},
    (neuron("keys", True, 4, 3), neuron("visuals", False)),
)


def test_the_line_says_ports_links_and_voices() -> None:
    assert status_line(WHOLE) == (
        "ports open: 1 of 2, waiting for daw; connected: keys; not connected: visuals; voices held: 3 of 4"
    )
    assert status_line(WHOLE, "the last reload was refused").endswith("; the last reload was refused")


def test_the_line_says_why_there_is_no_midi_system_and_leaves_out_what_there_is_none_of() -> None:
    without = replace(WHOLE, midi_system=None, midi_trouble="no MIDI system: install one")
    assert status_line(without).startswith("no port is open: no MIDI system: install one; connected: keys")
    assert status_line(replace(without, ports=(), neurons=(neuron("a", True),))) == "connected: a"
    assert status_line(Status(None, None, (), {}, ())) == "nothing to do"


@given(st.lists(st.text(max_size=30), max_size=40), st.text(max_size=30))
def test_the_line_is_one_line_of_bounded_length_whatever_things_are_called(names: list[str], remark: str) -> None:
    ports = tuple(PortStatus(name, Direction.INPUT, name, None) for name in names)
    line = status_line(replace(WHOLE, ports=ports, neurons=tuple(neuron(n, False) for n in names)), remark)
    assert line.isprintable()
    assert len(line) < 600


def test_a_watchdog_is_fed_at_half_its_period_and_not_without_an_answer() -> None:
    watchdog = Watchdog(20.0, 100.0)
    assert watchdog.asks(100.0)
    assert watchdog.wait(1000.0) is None
    assert not watchdog.asks(1000.0), "it asks again only when it was answered"
    watchdog.answered()
    assert watchdog.wait(104.0) == 6.0
    assert not watchdog.asks(109.9)
    assert watchdog.asks(110.0)


def test_the_watchdog_of_another_process_is_not_ours_to_feed() -> None:
    ours = str(os.getpid())
    assert watchdog_period({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": ours}) == 20.0
    assert watchdog_period({"WATCHDOG_USEC": "20000000"}) == 20.0
    assert watchdog_period({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}) is None
    assert [watchdog_period({"WATCHDOG_USEC": wrong}) for wrong in ("", "0", "-1", "soon")] == [None] * 4


@pytest.fixture
def manager() -> Iterator[Manager]:
    with listening() as manager:
        yield manager


def at_once(answer: Callable[[], None]) -> None:
    answer()


@pytest.mark.parametrize("abstract", [False, True])
def test_each_state_is_one_message(abstract: bool) -> None:
    with listening(abstract) as manager, Systemd({"NOTIFY_SOCKET": manager.address}) as systemd:
        before = time.monotonic_ns() // 1000
        systemd.ready(lambda: "all is well", at_once)
        assert manager.hear() == ["READY=1", "STATUS=all is well"]
        systemd.reloading()
        reloading, since = manager.hear() or ["", ""]
        assert reloading == "RELOADING=1"
        assert before <= int(since.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
        systemd.reloaded()
        assert manager.hear() == ["READY=1", "STATUS=all is well"]
        systemd.stopping()
        assert manager.hear() == ["STOPPING=1", "STATUS=stopping"]


def test_nothing_is_said_and_no_thread_runs_where_nobody_listens() -> None:
    for environment in ({}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}, {"WATCHDOG_USEC": "1000"}):
        with Systemd(environment) as systemd:
            before = threading.active_count()
            systemd.ready(lambda: "never", lambda answer: pytest.fail("asked"))
            systemd.changed()
            assert threading.active_count() == before
            assert not systemd.is_there


def test_a_manager_that_is_gone_is_said_once(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with Systemd({"NOTIFY_SOCKET": str(tmp_path / "none")}) as systemd:
        systemd.reloading()
        systemd.stopping()
    assert len(caplog.messages) == 1


def test_a_change_is_told_at_once_and_what_is_no_news_is_not(manager: Manager) -> None:
    line = ["one"]
    with Systemd({"NOTIFY_SOCKET": manager.address}) as systemd:
        systemd.ready(lambda: line[0], at_once)
        manager.hear()
        systemd.changed()
        assert manager.hear(0.3) is None
        line[0] = "two"
        systemd.changed()
        assert manager.hear() == ["STATUS=two"]


def test_a_bridge_is_ready_when_what_exists_is_open_and_tells_of_what_comes(manager: Manager) -> None:
    """Law: readiness waits for no device and no session."""
    system = MemorySystem()
    with (
        RecordingBus() as far,
        Systemd({"NOTIFY_SOCKET": manager.address}) as systemd,
        Bridge(load_text(MAPPING.format(address=far.address)), lambda: system) as bridge,
    ):
        bridge.on_change = systemd.changed
        systemd.ready(lambda: status_line(bridge.status()), bridge.check)
        said = manager.wait_for("READY=1")[1]
        assert said.startswith("STATUS=ports open: 1 of 2, waiting for keys; ")
        far.wait_for_values(4)
        system.plug("KeyStep 37")
        manager.wait_for("STATUS=ports open: 2 of 2; connected: keys; voices held: 0 of 4")


def fed(manager: Manager, count: int) -> None:
    for _ in range(count):
        manager.wait_for("WATCHDOG=1")


def test_the_watchdog_is_fed_while_the_engine_turns_and_starves_when_it_does_not(manager: Manager) -> None:
    """Law: an engine whose lock is held for ever is not alive, whatever else is."""
    held, letting_go = threading.Event(), threading.Event()
    freeze = [False]

    def observe(event: Event, effects: Sequence[Effect]) -> None:
        if freeze[0] and not isinstance(event, TimeReached):
            held.set()
            letting_go.wait(20)

    environment = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"}
    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    mapping = load_text(MAPPING.format(address=NOWHERE))
    with Bridge(mapping, lambda: system, observe) as bridge, Systemd(environment) as systemd:
        systemd.ready(lambda: status_line(bridge.status()), bridge.check)
        fed(manager, 3)
        freeze[0] = True
        player = threading.Thread(target=keys.send, args=(0x90, 60, 100))
        player.start()
        assert held.wait(5)
        while manager.hear(0.5) is not None:  # what was on its way
            assert len(manager.messages) < 20, "fed on and on"
        freeze[0] = False
        letting_go.set()
        player.join()
        fed(manager, 2)


def raised(error: Exception) -> None:
    raise AssertionError from error


def test_the_watchdog_starves_when_the_alarm_is_dead(manager: Manager) -> None:
    environment = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "100000"}
    with (
        Bridge(load_text(MAPPING.format(address=NOWHERE)), MemorySystem) as bridge,
        Systemd(environment) as systemd,
    ):
        systemd.ready(lambda: "well", Alarm(lambda: None, raised).check)
        manager.wait_for("READY=1")
        assert manager.hear(0.5) is None
        assert not bridge.blunders


def test_a_check_rings_the_alarm_once_and_leaves_its_time_as_it_is() -> None:
    rung, answered = [], threading.Event()
    alarm = Alarm(lambda: rung.append(time.monotonic()), raised)
    alarm.start()
    try:
        at = time.monotonic() + 0.3
        alarm.set(at)
        alarm.check(answered.set)
        assert answered.wait(5)
        assert len(rung) == 1
        assert wait_for(lambda: len(rung) == 2)
        assert rung[1] >= at > rung[0]
    finally:
        alarm.stop()


def test_the_daemon_tells_of_its_start_its_reloads_and_its_end(manager: Manager, tmp_path: Path) -> None:
    text = MAPPING.format(address=NOWHERE)
    environment = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": ""}
    environment["MIDO_BACKEND"] = "tests.no_such_backend"
    config = tmp_path / "bridge.yaml"
    with Daemon(config, text, environment) as daemon:
        manager.wait_for("READY=1")
        config.write_text("ports: 7")
        daemon.tell(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        assert manager.wait_for("READY=1")[1].endswith("; the last reload was refused")
        config.write_text(text)
        daemon.tell(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        assert "refused" not in manager.wait_for("READY=1")[1]
        daemon.stop()
        manager.wait_for("STOPPING=1")
    assert daemon.status == 0


def test_the_daemon_tells_why_it_ends_at_a_wrong_file(manager: Manager, tmp_path: Path) -> None:
    with Daemon(tmp_path / "bridge.yaml", "ports: 7", {"NOTIFY_SOCKET": manager.address}) as daemon:
        assert "bridge.yaml:1" in manager.wait_for("STATUS=")[0]
        daemon.wait_to_end()
    assert daemon.status == 2
