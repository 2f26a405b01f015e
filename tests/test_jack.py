"""The main job on real MIDI ports: JACK with its dummy driver, and a real socket on the other side."""

import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any

import pytest

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.rtmidi_system import RtMidiSystem
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.effects import Effect, SendMidi
from nallely_midibridge.values.events import Direction, Event
from nallely_midibridge.values.mapping import Bus, Mapping, Neuron, ParamRoute, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind
from nallely_midibridge.values.wire import encode_value
from tests.jack_peers import Listener, player
from tests.recording_bus import RecordingBus
from tests.waiting import wait_for

pytest.importorskip("rtmidi", exc_type=ImportError)
pytestmark = pytest.mark.jack

VOICES = tuple(f"voice{n}" for n in range(1, 5))


def mapping(bus: str) -> Mapping:
    ports = (Port("keys", "test-keyboard", "test-keyboard"), Port("daw", virtual="Nallely"))
    neuron = Neuron(
        "keys",
        Bus(f"ws://{bus}"),
        voices=(VoiceBlock("voice", VOICES, "keys"),),
        params=(ParamRoute("cutoff", Source("keys", SourceKind.CC, 74), Scale(0, 1)),),
        probes=(
            ProbeRoute("mon1", Destination("daw", DestinationKind.CC, 20), Scale(0, 127)),
            ProbeRoute("lead", Destination("daw", DestinationKind.NOTE, channel=1), Scale(0, 127)),
        ),
    )
    return Mapping(ports, (neuron,))


def play(keyboard: Any, *messages: Sequence[int]) -> None:
    for message in messages:
        keyboard.send_message(message)
        time.sleep(0.003)


@pytest.fixture
def keyboard(jack: str) -> Iterator[Any]:
    with player("test-keyboard") as keyboard:
        yield keyboard


class Session(RecordingBus):
    """A recording bus that also knows what the bridge sent to MIDI."""

    sent: list[tuple[int, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.sent = []

    def observe(self, _: Event, effects: Sequence[Effect]) -> None:
        self.sent += [effect.message for effect in effects if isinstance(effect, SendMidi)]


def is_in_order(some: Sequence[object], everything: Sequence[object]) -> bool:
    """Whether ``some`` is what is left of ``everything`` when a few are taken out."""
    rest = iter(everything)
    return all(one in rest for one in some)


@pytest.fixture
def far(keyboard: Any) -> Iterator[Session]:
    """A session that the bridge is registered with; what it sent on connecting is taken away."""
    with Session() as far, Bridge(mapping(far.address), observe=far.observe):
        far.wait_for_values(len(VOICES))
        time.sleep(0.06)  # the gap after the zeros
        far.frames.clear()
        far.arrivals.clear()
        yield far


@pytest.fixture
def daw(far: Session) -> Iterator[Listener]:
    with Listener(":Nallely") as daw:
        yield daw


def test_a_chord_of_four_takes_four_voices_and_a_fifth_key_steals_the_oldest(far: Session, keyboard: Any) -> None:
    play(keyboard, *((0x90, note, 100) for note in (60, 64, 67, 71)))
    assert far.wait_for_values(4) == list(zip(VOICES, (60, 64, 67, 71), strict=True))
    play(keyboard, (0x90, 72, 100))
    assert far.wait_for_values(6)[4:] == [("voice1", 0), ("voice1", 72)]
    assert far.arrivals[-1] - far.arrivals[-2] > 0.045
    play(keyboard, *((0x80, note, 0) for note in (60, 64, 67, 71, 72)))
    assert far.wait_for_values(10)[6:] == [("voice2", 0), ("voice3", 0), ("voice4", 0), ("voice1", 0)]


def test_a_knob_moves_its_parameter(far: Session, keyboard: Any) -> None:
    play(keyboard, (0xB0, 74, 0), (0xB0, 74, 127))
    assert far.wait_for_values(2) == [("cutoff", 0.0), ("cutoff", 1.0)]


def test_a_probe_that_follows_a_100_hz_lfo_arrives_as_cc_in_order_no_value_twice(far: Session, daw: Listener) -> None:
    rate, seconds = 2000, 1.0
    curve = [63.5 + 63.5 * math.sin(2 * math.pi * 100 * n / rate + 0.1) for n in range(int(rate * seconds))]
    began = time.monotonic()
    for n, value in enumerate(curve):
        far.send(encode_value("mon1", value))
        time.sleep(max(0.0, began + n / rate - time.monotonic()))
    steps = [round(value) for value in curve]
    expected = [(0xB0, 20, step) for n, step in enumerate(steps) if n == 0 or step != steps[n - 1]]
    assert wait_for(lambda: len(far.sent) == len(expected))
    assert far.sent == expected
    wait_for(lambda: len(daw.received) == len(expected), 1)
    assert is_in_order(daw.received, far.sent)
    assert len(daw.received) > 0.8 * len(expected)  # a JACK that misses its time drops what a period held


def test_a_probe_that_plays_notes_never_leaves_one_on(far: Session, daw: Listener) -> None:
    for value in (60, 64, 64.2, 0, 67, 200, 50):
        far.send(encode_value("lead", value))
        time.sleep(0.01)
    daw.wait_for(9)
    far.close_clients()
    daw.wait_for(10)
    sounding: set[int] = set()
    for status, note, _ in daw.received:
        (sounding.add if status == 0x91 else sounding.discard)(note)
    assert sounding == set()


def test_stopping_the_bridge_silences_both_sides_within_a_second(keyboard: Any) -> None:
    with RecordingBus() as far:
        bridge = Bridge(mapping(far.address))
        bridge.start()
        far.wait_for_values(len(VOICES))
        with Listener(":Nallely") as daw:
            play(keyboard, (0x90, 60, 100))
            far.wait_for_values(5)
            far.send(encode_value("lead", 72))
            daw.wait_for(1)
            began = time.monotonic()
            bridge.stop()
            assert time.monotonic() - began < 10
            assert far.wait_for_values(6)[-1] == ("voice1", 0)
            assert daw.wait_for(2) == [(0x91, 72, 100), (0x81, 72, 0)]


def test_a_device_that_comes_and_goes_is_opened_and_its_keys_are_released(far: Session) -> None:
    neuron = Neuron("pads", Bus(f"ws://{far.address}"), voices=(VoiceBlock("hit", ("hit1",), "pads"),))
    with ExitStack() as stack, Bridge(Mapping((Port("pads", "test-pads"),), (neuron,))):
        with player("test-pads") as pads:
            far.wait_for_values(1)
            time.sleep(0.7)  # longer than the bridge takes to look again
            pads.send_message((0x90, 40, 100))
            assert far.wait_for_values(2)[1:] == [("hit1", 40)]
        assert far.wait_for_values(3)[2:] == [("hit1", 0)]
        pads = stack.enter_context(player("test-pads"))
        time.sleep(1)
        pads.send_message((0x90, 41, 100))
        assert far.wait_for_values(4)[3:] == [("hit1", 41)]


def test_our_own_ports_are_named_after_us_and_not_offered_to_us(far: Session) -> None:
    other = RtMidiSystem("UNIX_JACK", "test-other")
    seen_by_others = [name for direction in Direction for name in other.port_names(direction)]
    other.close()
    assert any(name.startswith("nallely-midibridge") and name.endswith(":Nallely") for name in seen_by_others)
    assert not any("rtmidi" in name.lower() for name in seen_by_others)
    ours = find_midi_system()
    assert ours.name == "JACK"
    assert not any("nallely" in name for direction in Direction for name in ours.port_names(direction))
    ours.close()


LISTINGS = int(os.environ.get("LISTINGS", "2000"))


def test_listing_ports_leaves_nothing_behind(keyboard: Any) -> None:
    """Law: clients, threads and files are as many as before, however often is looked; LISTINGS=… says how often."""

    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

    with closing(RtMidiSystem("UNIX_JACK")) as system:
        first = {direction: system.port_names(direction) for direction in Direction}
        before = held()
        for _ in range(LISTINGS):
            for direction in Direction:
                assert system.port_names(direction) == first[direction]
        assert held() == before
