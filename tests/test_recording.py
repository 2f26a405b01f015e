"""Our side of the bus held against a recording of the real Nallely 0.7.0 (``data/transcript.jsonl``).

Law: what we send to register and to play is byte for byte what the recording has, and we accept every line that
the session sent.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.connector import NallelyWebsocketBus
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import Bus, Mapping, Neuron, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.wire import decode_value
from tests.recording_bus import RecordingBus
from tests.waiting import wait_for

Line = dict[str, Any]

RECORDING = Path(__file__).parent / "data/transcript.jsonl"
LINES: list[Line] = [json.loads(line) for line in RECORDING.read_text().splitlines()]
SCENARIOS = list(dict.fromkeys(line["scenario"] for line in LINES))
NOT_OURS = {"malformed-then-good", "float32-frame", "voice-to-probe-nan-inf", "json-value"}
"""Scenarios in which the client sends what a connector must not."""


def lines_of(scenario: str, side: str, kind: str) -> list[Line]:
    return [line for line in LINES if (line["scenario"], line["from"], line["kind"]) == (scenario, side, kind)]


def registrations() -> Iterator[tuple[str, str]]:
    """Every neuron's path and the text it registered with."""
    for scenario in SCENARIOS:
        texts = [line["text"] for line in lines_of(scenario, "client", "text")]
        for connect, text in zip(lines_of(scenario, "client", "connect"), texts, strict=False):
            if "type" not in json.loads(text):
                yield connect["path"], text


@pytest.fixture
def far() -> Iterator[RecordingBus]:
    with RecordingBus() as bus:
        yield bus


@pytest.mark.parametrize(("path", "text"), sorted(set(registrations())))
def test_we_register_as_the_recording_does(far: RecordingBus, path: str, text: str) -> None:
    parameters = {p["name"]: {"min": p["range"][0], "max": p["range"][1]} for p in json.loads(text)["parameters"]}
    with NallelyWebsocketBus(far.address) as bus:
        bus.register("external", path.split("/")[1], parameters, {}, log=lambda _: None)
        far.wait_for_clients()
    assert (far.paths[0], far.texts[0]) == (path, text)


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s not in NOT_OURS and lines_of(s, "client", "binary")])
def test_we_send_values_as_the_recording_does(far: RecordingBus, scenario: str) -> None:
    frames = [bytes.fromhex(line["hex"]) for line in lines_of(scenario, "client", "binary")]
    parameters = {decode_value(frame)[0]: {"min": 0, "max": 127} for frame in frames}
    with NallelyWebsocketBus(far.address) as bus:
        service = bus.register("external", "keys", parameters, {}, log=lambda _: None, block=True)
        for frame in frames:
            service.send(*decode_value(frame))
        far.wait_for_values(len(frames))
    assert far.frames == frames


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if lines_of(s, "server", "binary")])
def test_we_accept_every_value_the_session_sent(far: RecordingBus, scenario: str) -> None:
    frames = [bytes.fromhex(line["hex"]) for line in lines_of(scenario, "server", "binary")]
    values = [decode_value(frame) for frame in frames]
    seen: list[tuple[str, float]] = []
    log: list[str] = []
    with NallelyWebsocketBus(far.address) as bus:
        parameters = {name: {"min": 0, "max": 127} for name, _ in values}
        service = bus.register("external", "keys", parameters, {}, log=log.append, block=True)
        service.onmessage = lambda message: seen.append((message["on"], message["value"]))
        far.wait_for_clients()
        for frame in frames:
            far.send(frame)
        assert wait_for(lambda: len(seen) == len(values))
    assert seen == values
    assert not [line for line in log if "ignored" in line]


@pytest.mark.parametrize("line", [line for line in LINES if line["from"] == "server" and line["kind"] == "close"])
def test_no_close_that_the_session_sent_stops_us(far: RecordingBus, line: Line, quick_retry: None) -> None:
    with NallelyWebsocketBus(far.address) as bus:
        bus.register("external", "keys", {"voice1": {"min": 0, "max": 127}}, {}, log=lambda _: None)
        far.wait_for_clients()
        far.close_clients(line["code"], line["reason"])
        far.wait_for_clients(2)


def test_a_keyboard_on_the_bridge_plays_the_recorded_frames(far: RecordingBus) -> None:
    """The bytes of 60, 0, 60, 0 on voice1 and their echoes on mon1, from a keyboard and to a MIDI port."""
    neuron = Neuron(
        "keys",
        Bus(f"ws://{far.address}"),
        voices=(VoiceBlock("voice", ("voice1", "voice2"), "keys", retrigger_gap=0),),
        probes=tuple(
            ProbeRoute(name, Destination("daw", DestinationKind.NOTE, channel=n), Scale(0, high))
            for n, (name, high) in enumerate({"mon1": 127, "mon2": 1}.items())
        ),
    )
    system = MemorySystem()
    keys, daw = system.plug("Keys"), system.virtual("Nallely")
    sent = [bytes.fromhex(line["hex"]) for line in lines_of("voice-to-probe", "client", "binary")[:4]]
    echoes = [bytes.fromhex(line["hex"]) for line in lines_of("voice-to-probe", "server", "binary")[:4]]
    with Bridge(Mapping((Port("keys", "Keys"), Port("daw", virtual="Nallely")), (neuron,)), lambda: system):
        far.wait_for_values(2)
        far.frames.clear()
        keys.send(0x90, 60, 100)
        keys.send(0x80, 60, 0)
        far.wait_for_values(2)
        for echo in echoes:
            far.send(echo)
        assert wait_for(lambda: len(daw.received) == 4)
    assert far.texts == [lines_of("register-fresh", "client", "text")[0]["text"]]
    assert far.frames == sent[:2]
    assert daw.received == [(0x90, 60, 100), (0x80, 60, 0)] * 2
