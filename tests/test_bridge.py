"""The edges together, on in-process ports: port watch, alarm, links, and the log an operator reads."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.edges.alarm import Alarm
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.midi_system import MidiSystem, OpenPort
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction, Event, TimeReached
from nallely_midibridge.values.mapping import Mapping
from nallely_midibridge.values.wire import encode_value
from tests.recording_bus import RecordingBus
from tests.waiting import wait_for

MAPPING = """
nallely: {{bus: "{bus}"}}
ports:
  keys: "KeyStep 37"
  daw: {{virtual: "Nallely"}}
neurons:
  keys:
    voices:
      voice: {{from: keys, count: 4, retrigger_gap: 20ms}}
    params:
      cutoff: {{from: keys, cc: 74, range: [0, 1]}}
    probes:
      mon1: {{to: daw, cc: 20}}
      lead: {{to: daw, note: true}}
"""


def mapping(bus: str) -> Mapping:
    return load_text(MAPPING.format(bus=bus))


@pytest.fixture
def quick_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_EVERY", 0.02)


@pytest.fixture
def far() -> Iterator[RecordingBus]:
    with RecordingBus() as bus:
        yield bus


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, "nallely_midibridge"):
        yield caplog


def test_a_device_that_comes_goes_and_comes_back_plays_each_time(
    far: RecordingBus, quick_look: None, log: pytest.LogCaptureFixture
) -> None:
    system = MemorySystem()
    with Bridge(mapping(far.address), lambda: system):
        far.wait_for_values(4)
        far.frames.clear()
        for count in (1, 3):
            keys = system.plug("KeyStep 37")
            assert wait_for(lambda: "KeyStep 37 is open" in log.messages[-1])
            keys.send(0x90, 60, 100)
            far.wait_for_values(count)
            system.unplug("KeyStep 37")
            far.wait_for_values(count + 1)
    assert [value for _, value in far.values] == [60, 0, 60, 0]
    lines = [line for line in log.messages if line.startswith("port keys")]
    waiting = "port keys: waiting for the input 'KeyStep 37'; inputs present: none"
    assert lines == [
        waiting,
        *(["port keys: KeyStep 37 is open (input)", "port keys: KeyStep 37 is gone (input)", waiting] * 2),
    ]


def test_the_voices_are_silenced_before_any_port_is_opened(far: RecordingBus) -> None:
    """Law: what a killed bridge held waits for nothing but the session. Ports may take a while."""
    silenced: list[bool] = []

    def find_system() -> MidiSystem:
        far.wait_for_values(4)
        silenced.append(all(value == 0 for _, value in far.values))
        return MemorySystem()

    with Bridge(mapping(far.address), find_system):
        assert silenced == [True]


def test_a_held_chord_sounds_again_after_a_loss_of_the_link(far: RecordingBus, quick_retry: None) -> None:
    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    with Bridge(mapping(far.address), lambda: system):
        far.wait_for_values(4)
        time.sleep(0.03)
        keys.send(0x90, 60, 100)
        keys.send(0x90, 64, 100)
        keys.send(0xB0, 74, 127)
        far.wait_for_values(7)
        far.close_clients()
        far.frames.clear()
        keys.send(0x80, 64, 0)
        again = far.wait_for_values(6)
        assert sorted(again[:5]) == [("cutoff", 1.0), *((f"voice{n}", 0.0) for n in range(1, 5))]
        assert again[5] == ("voice1", 60)


def test_two_neurons_on_two_buses_do_not_wait_for_each_other(far: RecordingBus) -> None:
    text = f"""
    nallely: {{bus: "127.0.0.1:1"}}
    ports: {{keys: "KeyStep 37"}}
    neurons:
      near: {{params: {{one: {{from: keys, cc: 1}}}}}}
      there: {{bus: "{far.address}", params: {{two: {{from: keys, cc: 1}}}}}}
    """
    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    with Bridge(load_text(text), lambda: system) as bridge:
        far.wait_for_clients()
        assert wait_for(lambda: bridge.is_registered("there"))
        assert not bridge.is_registered("near")
        keys.send(0xB0, 1, 64)
        assert far.wait_for_values(1) == [("two", 64)]
    assert far.paths == ["/there/autoconfig"]


class StubbornSystem(MemorySystem):
    """Has no ports until it is allowed to, and then refuses what it is sent while it is full."""

    there = False
    broken: Exception | None = None
    full: Exception | None = PortError("the port does not take a message: it is full")

    def port_names(self, direction: Direction) -> list[str]:
        if self.broken is not None:
            raise self.broken
        return super().port_names(direction)

    def find(self) -> MidiSystem:
        if not self.there:
            raise MidiSystemError("no MIDI system: it is not there")
        return self

    def open_virtual_output(self, name: str) -> OpenPort:
        return Refusing(self, super().open_virtual_output(name))


class Refusing:
    """An output that refuses every message while its system is full."""

    def __init__(self, system: StubbornSystem, port: OpenPort) -> None:
        self.quiet, self.close = port.quiet, port.close
        self._system, self._port = system, port

    def send(self, message: Sequence[int]) -> None:
        if self._system.full is not None:
            raise self._system.full
        self._port.send(message)


def test_a_midi_system_that_comes_later_is_taken_and_said_once(
    far: RecordingBus, quick_look: None, log: pytest.LogCaptureFixture
) -> None:
    system = StubbornSystem()
    with Bridge(mapping(far.address), system.find):
        time.sleep(0.1)
        system.there = True
        assert wait_for(lambda: any("virtual port 'Nallely' is open" in line for line in log.messages))
    said = [line for line in log.messages if "no MIDI system" in line]
    assert said == ["no MIDI system: it is not there; looking again until there is one"]
    assert "MIDI: in-process ports" in log.messages


def test_a_midi_system_that_dies_releases_what_is_held_and_is_replaced(
    far: RecordingBus, quick_look: None, log: pytest.LogCaptureFixture
) -> None:
    first, second = StubbornSystem(), StubbornSystem()
    systems = [first, second]
    keys = first.plug("KeyStep 37")
    with Bridge(mapping(far.address), lambda: systems.pop(0)):
        far.wait_for_values(4)
        time.sleep(0.03)
        keys.send(0x90, 60, 100)
        far.wait_for_values(5)
        first.broken = MidiSystemError("the JACK server is gone")
        assert far.wait_for_values(6)[5] == ("voice1", 0)
        keys = second.plug("KeyStep 37")
        assert wait_for(lambda: keys._receivers)
        keys.send(0x90, 62, 100)
        assert far.wait_for_values(7)[6] == ("voice2", 62)
    assert "the JACK server is gone; looking again until there is one" in log.messages


def test_whatever_a_midi_library_raises_ports_are_looked_for_again(
    far: RecordingBus, quick_look: None, log: pytest.LogCaptureFixture
) -> None:
    system = StubbornSystem()
    with Bridge(mapping(far.address), lambda: system):
        system.broken = ZeroDivisionError("a library's")
        assert wait_for(lambda: "looking for MIDI ports failed; looking again" in log.messages)
        system.broken = None
        system.plug("KeyStep 37")
        assert wait_for(lambda: "port keys: KeyStep 37 is open (input)" in log.messages)


def test_an_effect_that_fails_does_not_take_the_others_along(far: RecordingBus, log: pytest.LogCaptureFixture) -> None:
    system = MemorySystem()
    keys, daw = system.plug("KeyStep 37"), system.virtual("Nallely")
    with Bridge(mapping(far.address), lambda: system) as bridge:
        far.wait_for_values(4)
        far.send(encode_value("lead", 60))
        assert wait_for(lambda: daw.received)
        time.sleep(0.03)
        keys.send(0x90, 60, 100)
        far.wait_for_values(5)
        bridge._services["keys"].send = None  # type: ignore[assignment]  # every value from here on fails
    assert daw.received == [(0x90, 60, 100), (0x80, 60, 0)]
    assert any("could not be done" in line for line in log.messages)


def test_an_output_that_refuses_is_said_once_and_counted(far: RecordingBus, log: pytest.LogCaptureFixture) -> None:
    system = StubbornSystem()
    system.there = True
    with Bridge(mapping(far.address), system.find) as bridge:
        far.wait_for_values(4)
        for value in range(10):
            far.send(encode_value("mon1", value))
        assert wait_for(lambda: bridge.refused["daw"])
        assert wait_for(lambda: bridge.status().port_counts["daw"].merged == 8)
    assert len([line for line in log.messages if "does not take a message" in line]) == 1


@pytest.mark.parametrize("error", [PortError("it is full"), ZeroDivisionError("a library's")])
def test_what_an_output_refuses_is_sent_when_it_takes_messages_again(far: RecordingBus, error: Exception) -> None:
    """Law: a note that sounds is ended, whenever the port allows it, and a value is the newest."""
    system = StubbornSystem()
    system.there, system.full = True, None
    daw = system.virtual("Nallely")
    with Bridge(mapping(far.address), system.find) as bridge:
        far.wait_for_values(4)
        far.send(encode_value("lead", 60))
        assert wait_for(lambda: daw.received == [(0x90, 60, 100)])
        system.full = error
        far.send(encode_value("lead", 0))
        for value in range(10):
            far.send(encode_value("mon1", value))
        assert wait_for(lambda: bridge.status().port_counts["daw"].merged == 9)
        system.full = None
        assert wait_for(lambda: len(daw.received) == 3)
    assert daw.received[1:] == [(0x80, 60, 0), (0xB0, 20, 9)]


def test_what_an_output_refuses_until_the_end_is_tried_once_more_then(far: RecordingBus) -> None:
    system = StubbornSystem()
    system.there, system.full = True, None
    daw = system.virtual("Nallely")
    with Bridge(mapping(far.address), system.find) as bridge:
        far.wait_for_values(4)
        far.send(encode_value("lead", 60))
        assert wait_for(lambda: daw.received == [(0x90, 60, 100)])
        system.full = PortError("it is full")
        far.send(encode_value("lead", 0))
        assert wait_for(lambda: bridge.refused["daw"])
        recovery = threading.Timer(0.05, setattr, (system, "full", None))
        recovery.start()
    recovery.join()
    assert daw.received[1:] == [(0x80, 60, 0)]


def test_everything_that_a_session_may_send_is_survived(far: RecordingBus) -> None:
    system = MemorySystem()
    with Bridge(mapping(far.address), lambda: system):
        far.wait_for_values(4)
        for garbage in (b"", b"\xff\xff", "no json", encode_value("voice1", 3), encode_value("nobody", 1)):
            far.send(garbage)
        far.send(encode_value("mon1", float("inf")))
        far.send(encode_value("mon1", -5))
        assert wait_for(lambda: system.virtual("Nallely").received == [(0xB0, 20, 127), (0xB0, 20, 0)])


def test_after_a_stop_nothing_happens_any_more(far: RecordingBus) -> None:
    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    bridge = Bridge(mapping(far.address), lambda: system)
    bridge.start()
    far.wait_for_values(4)
    bridge.stop()
    bridge.stop()
    keys.send(0x90, 60, 100)
    assert len(far.frames) == 4


def test_with_a_session_a_synth_and_an_lfo_both_ways_work_at_once() -> None:
    system = MemorySystem()
    keys, daw = system.plug("KeyStep 37"), system.virtual("Nallely")
    with SimulatedNallely() as nallely:
        for voice in ("voice1", "voice2", "voice3", "voice4"):
            nallely.link(f"keys.{voice}", "synth.keys", with_scaler=False)
        nallely.link("LFO1.output", "keys.mon1")
        with Bridge(mapping(nallely.address), lambda: system):
            assert nallely.wait_for_neuron("keys")
            for note in (60, 64, 67):
                keys.send(0x90, note, 100)
            assert nallely.wait_for(lambda: sorted(nallely.synth.notes) == [60, 64, 67])
            assert wait_for(lambda: len(daw.received) > 5)
        assert nallely.wait_for(lambda: not nallely.synth.notes)


def test_an_alarm_outlives_what_its_ring_and_those_who_ask_raise() -> None:
    blamed: list[str] = []
    answered = threading.Event()

    def fail() -> None:
        raise ValueError("no")

    alarm = Alarm(fail, lambda error: blamed.append(str(error)))
    alarm.start()
    alarm.check(fail)
    alarm.set(time.monotonic())
    assert wait_for(lambda: len(blamed) >= 2)
    alarm.check(answered.set)
    assert answered.wait(5)
    alarm.stop()


def test_a_fault_in_what_the_alarm_brings_is_counted_and_said_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Bridge(Mapping(), MemorySystem) as bridge:
        monkeypatch.setattr(bridge, "_happen", lambda event: [][0])
        for count in (1, 2):
            bridge._alarm.set(time.monotonic())
            assert wait_for(lambda count=count: bridge.blunders.total() == count)  # type: ignore[misc]
        monkeypatch.undo()
    assert sum("could not be handled; said once" in record.getMessage() for record in caplog.records) == 1


def test_an_alarm_rings_once_a_time_and_the_newest_wish_counts() -> None:
    rings: list[float] = []
    rang = threading.Event()

    def ring() -> None:
        rings.append(time.monotonic())
        rang.set()

    alarm = Alarm(ring, pytest.fail)
    alarm.start()
    now = time.monotonic()
    alarm.set(now + 60)
    alarm.set(now + 0.02)
    assert rang.wait(5)
    time.sleep(0.05)
    alarm.stop()
    assert len(rings) == 1
    assert rings[0] >= now + 0.02


def test_a_fault_of_ours_ends_no_thread_and_is_said_once_a_place(
    far: RecordingBus, quick_look: None, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer, a key and a value of the session all meet the fault; then all is well again."""
    handle, receive, take, faulty = Engine.handle, Engine.receive, Engine.take, True

    def stumble() -> None:
        if faulty:
            raise ZeroDivisionError("a fault of ours")

    def handle_badly(engine: Engine, event: Event, now: float) -> list[Effect]:
        if isinstance(event, TimeReached):
            stumble()
        return handle(engine, event, now)

    def receive_badly(engine: Engine, port: str, message: Sequence[int], now: float) -> list[Effect]:
        stumble()
        return receive(engine, port, message, now)

    def take_badly(engine: Engine, neuron: str, parameter: str, value: float, now: float) -> list[Effect]:
        stumble()
        return take(engine, neuron, parameter, value, now)

    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    with Bridge(mapping(far.address), lambda: system) as bridge:
        far.wait_for_values(4)
        monkeypatch.setattr(Engine, "handle", handle_badly)
        monkeypatch.setattr(Engine, "receive", receive_badly)
        monkeypatch.setattr(Engine, "take", take_badly)
        for _ in range(5):
            keys.send(0x90, 60, 100)
            bridge.handle(TimeReached())
        far.send(encode_value("mon1", 1.0))
        assert wait_for(lambda: bridge.blunders.total() == 11)
        faulty = False
        time.sleep(0.03)
        keys.send(0x90, 62, 100)
        assert far.wait_for_values(5)[4] == ("voice1", 62)
    said = [record for record in log.records if record.exc_info]
    assert len(said) == 1
    assert "could not be handled" in said[0].message


def test_an_observer_that_raises_ends_nothing(far: RecordingBus, log: pytest.LogCaptureFixture) -> None:
    """Law: whoever looks on takes no note away, and is told of once a place."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("mine")

    system = MemorySystem()
    keys = system.plug("KeyStep 37")
    with Bridge(mapping(far.address), lambda: system, fail):
        far.wait_for_values(4)
        time.sleep(0.03)
        keys.send(0x90, 60, 100)
        keys.send(0x80, 60, 0)
        assert far.wait_for_values(6)[4:] == [("voice1", 60), ("voice1", 0)]
    assert len([line for line in log.messages if "could not be handled" in line]) == 1
