"""Watching a bridge: what is told, to whom, and that a program which does not read costs nothing but its own lines."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.cli.daemon import Daemon
from nallely_midibridge.core.feed import LINES, WAITING, Feed, Stream
from nallely_midibridge.core.happenings import happenings
from nallely_midibridge.edges.control_socket import WATCHERS, ControlSocket
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.neuron_locks import NeuronLocks
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.control import line_of, success
from nallely_midibridge.values.effects import Report, SendMidi, SendValue, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    LinkDown,
    LinkUp,
    MidiReceived,
    Panic,
    PortLost,
    PortOpened,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.watch import TRAFFIC, Watch
from tests.control import Client, runtime_folder
from tests.recording_bus import RecordingBus
from tests.waiting import wait_for

NOTE_ON = (0x90, 60, 100)


class Watcher(Client):
    """A program that watches, and takes one line after the other."""

    def __init__(self, path: Path, **request: object) -> None:
        super().__init__(path)
        self._file = self.sock.makefile("rb")
        self.send(json.dumps({"do": "watch", **request}).encode() + b"\n")
        self.said = self.next()

    def next(self) -> dict[str, Any]:
        found = json.loads(self._file.readline())
        assert isinstance(found, dict)
        return found

    def until(self, event: str) -> list[dict[str, Any]]:
        """The lines up to one about this event."""
        found = [self.next()]
        while found[-1]["event"] != event:
            found.append(self.next())
        return found

    def __exit__(self, *_: object) -> None:
        self._file.close()
        super().__exit__()


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


@pytest.fixture
def control(runtime: Path) -> Iterator[ControlSocket]:
    control = ControlSocket(lambda do, reply: reply(success()))
    control.start()
    yield control
    control.stop()


# What is told.


def test_each_event_and_each_effect_has_its_words() -> None:
    told = [
        (PortOpened("keys", Direction.INPUT), {"event": "port_opened", "port": "keys", "direction": "input"}),
        (PortLost("daw", Direction.OUTPUT), {"event": "port_lost", "port": "daw", "direction": "output"}),
        (LinkUp("n"), {"event": "link_up", "neuron": "n"}),
        (LinkDown("n"), {"event": "link_down", "neuron": "n"}),
        (Panic(), {"event": "panic"}),
        (MidiReceived("keys", NOTE_ON), {"event": "midi_in", "port": "keys", "bytes": [144, 60, 100]}),
        (ValueReceived("n", "mon", 0.5), {"event": "value_in", "neuron": "n", "parameter": "mon", "value": 0.5}),
        (ValueReceived("n", "mon", -1e999), {"event": "value_in", "neuron": "n", "parameter": "mon", "value": None}),
    ]
    for event, words in told:
        assert list(happenings(5.0, event, [])) == [{"at": 5.0, **words}]
    effects = [SendMidi("daw", NOTE_ON), SendValue("n", "voice1", 60.0), Report("muted"), WakeAt(1.0)]
    assert list(happenings(5.0, TimeReached(), effects)) == [
        {"event": "midi_out", "at": 5.0, "port": "daw", "bytes": [144, 60, 100]},
        {"event": "value_out", "at": 5.0, "neuron": "n", "parameter": "voice1", "value": 60.0},
        {"event": "report", "at": 5.0, "text": "muted"},
    ]


@given(st.frozensets(st.sampled_from(TRAFFIC)), st.frozensets(st.sampled_from(["keys", "daw", "n", "m"])))
def test_a_program_is_told_what_it_asks_for_and_what_is_rare(also: frozenset[str], of: frozenset[str]) -> None:
    watch = Watch(also, of)
    for event in TRAFFIC:
        assert watch.wants({"event": event, "port": "keys"}) == (event in also and (not of or "keys" in of))
    assert watch.wants({"event": "link_up", "neuron": "n"}) == (not of or "n" in of)
    assert watch.wants({"event": "panic"})


def test_traffic_costs_nothing_while_nobody_wants_it_but_what_it_led_to_is_told() -> None:
    woken: list[int] = []
    feed = Feed(lambda: woken.append(1))
    feed.saw(1.0, MidiReceived("keys", NOTE_ON), [SendValue("n", "v", 1.0)])
    assert feed.is_empty
    feed.saw(2.0, MidiReceived("keys", NOTE_ON), [Report("a cycle")])
    feed.saw(3.0, Panic(), [])
    assert woken == [1]
    lost, told = feed.take()
    assert (lost, [words["event"] for words in told]) == (0, ["midi_in", "report", "panic"])
    assert feed.is_empty


def test_the_feed_is_bounded_and_says_how_much_it_lost() -> None:
    feed = Feed(lambda: None)
    feed.wants_traffic = True
    for number in range(WAITING + 7):
        feed.saw(float(number), Panic(), [])
    lost, told = feed.take()
    assert lost == 7
    assert next(told)["at"] == 7.0
    assert feed.take()[0] == 0


def test_a_slow_program_loses_the_oldest_lines_and_is_told_how_many() -> None:
    stream = Stream(Watch())
    for number in range(LINES + 5):
        stream.tell({"event": "panic"}, b"%d\n" % number)
    stream.lose(3)
    lines = stream.batch().splitlines()
    assert json.loads(lines[0]) == {"event": "lost", "count": 8}
    assert lines[1:] == [b"%d" % number for number in range(5, LINES + 5)]
    assert stream.batch() == b""


# On the socket.


def test_lines_come_until_the_program_hangs_up(control: ControlSocket) -> None:
    assert control.path
    with Watcher(control.path) as watcher:
        assert watcher.said == {"ok": True}
        control.feed.saw(1.0, Panic(), [])
        control.feed.tell({"event": "reload", "at": 2.0, "ok": True})
        assert watcher.next() == {"event": "panic", "at": 1.0}
        assert watcher.next() == {"event": "reload", "at": 2.0, "ok": True}
        assert control.watchers == 1
        with Client(control.path) as other:
            assert other.ask("status") == {"ok": True}
    assert wait_for(lambda: control.watchers == control.clients == 0)


def test_who_watches_is_told_that_the_bridge_stops(runtime: Path) -> None:
    control = ControlSocket(lambda do, reply: None)
    control.start()
    assert control.path
    with Watcher(control.path) as watcher:
        control.stop()
        assert watcher.next()["event"] == "stopping"
        assert watcher.is_closed()


def test_who_watches_may_only_hang_up(control: ControlSocket) -> None:
    assert control.path
    with Watcher(control.path) as watcher:
        watcher.send(b'{"do": "status"}\n')
        assert watcher.is_closed()
    assert control.ignored == {"a request while watching": 1}


def test_so_many_may_watch_and_no_more(control: ControlSocket) -> None:
    assert control.path
    watchers = [Watcher(control.path) for _ in range(WATCHERS + 1)]
    assert [watcher.said["ok"] for watcher in watchers] == [True] * WATCHERS + [False]
    assert "watch already" in watchers[-1].said["error"]
    for watcher in watchers:
        watcher.__exit__()


def test_one_that_does_not_read_neither_holds_up_the_others_nor_the_bridge(control: ControlSocket) -> None:
    """Law: telling is an append and a wake, whatever becomes of it; the deaf one finds what it lost counted."""
    assert control.path
    with Watcher(control.path, also=["midi_in"]) as deaf, Watcher(control.path) as other:
        assert control.feed.wants_traffic
        message = MidiReceived("keys", [0xF0, *[1] * 500, 0xF7])
        for _ in range(40):
            for _ in range(100):
                control.feed.saw(1.0, message, [])
            assert wait_for(lambda: control.feed.is_empty)
        control.feed.saw(2.0, Panic(), [])
        assert other.until("panic") == [{"event": "panic", "at": 2.0}]
        found = deaf.until("panic")
        lost = sum(line["count"] for line in found if line["event"] == "lost")
        assert lost
        assert len([line for line in found if line["event"] == "midi_in"]) + lost == 4000
    assert wait_for(lambda: not control.feed.wants_traffic)


MAPPING = """
nallely: {{bus: "{address}"}}
ports: {{keys: "KeyStep 37", daw: {{virtual: "Nallely"}}}}
neurons:
  n:
    params: {{cutoff: {{from: keys, cc: 74}}}}
    probes: {{mon: {{to: daw, cc: 20}}}}
"""


def test_a_bridge_tells_what_happens_in_order(runtime: Path, quick_retry: None) -> None:
    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    with RecordingBus() as far:
        path = runtime / "bridge.yaml"
        path.write_text(MAPPING.format(address=far.address))
        bridge = Bridge(load_text(path.read_text()), lambda: system)
        with (
            Signals(reload=True) as signals,
            NeuronLocks(str(path)) as locks,
            bridge,
            Daemon(bridge, path, signals, locks) as daemon,
        ):
            assert wait_for(lambda: bridge.is_registered("n"))
            socket = next((runtime / "nallely-midibridge").glob("*.sock"))
            began = time.time()
            with Watcher(socket, also=list(TRAFFIC), of=["keys", "n"]) as watcher, Watcher(socket) as calm:
                keys.send(0xB0, 74, 127)
                assert [line["event"] for line in watcher.until("value_out")] == ["midi_in", "value_out"]
                far.send(b"\x03mon" + bytes.fromhex("404e000000000000"))
                assert watcher.until("value_in")[-1]["value"] == 60.0
                path.write_text("ports: 7")
                daemon.reload()
                (refused,) = watcher.until("reload")
                assert not refused["ok"]
                assert refused["problems"]
                with Client(socket) as other:
                    other.ask("panic")
                far.stop()
                watcher.until("link_down")
                told = calm.until("link_down")
                assert [line["event"] for line in told] == ["reload", "panic", "link_down"]
                assert all(began <= line["at"] <= time.time() for line in told)
            assert wait_for(lambda: bridge._observe is None)


def test_a_line_is_a_line_whatever_happened() -> None:
    assert line_of({"event": "report", "text": "a\nb"}).count(b"\n") == 1
