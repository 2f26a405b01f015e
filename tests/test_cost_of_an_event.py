"""The law that what an event costs does not grow with the mapping, counted in calls instead of microseconds."""

import sys
from types import FrameType

import pytest

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.events import Direction, Event, LinkUp, MidiReceived, PortOpened, ValueReceived

NRPN = ((0xB0, 99, 0), (0xB0, 98, 1), (0xB0, 6, 77))


def engine(size: int) -> Engine:
    """So many params of each kind, and as many probes; the events below are about the first."""
    mapping = load_text(
        f"""
ports: {{a: {{virtual: A}}, b: {{virtual: B}}}}
neurons:
  n:
    voices: {{voice: {{from: a, count: 2}}}}
    params:
      param{{1..{size}}}: {{from: a, cc: "{{7..{6 + size}}}", channel: 1}}
      turned{{1..{size}}}: {{from: a, cc: "{{7..{6 + size}}}", channel: 2, mode: relative, feedback: true}}
      macro{{1..{size}}}: {{from: a, nrpn: "{{1..{size}}}", channel: 4}}
    probes:
      probe{{1..{size}}}: {{to: b, cc: "{{7..{6 + size}}}", channel: 3}}
      spelt{{1..{size}}}: {{to: b, nrpn: "{{1..{size}}}", channel: 4}}
"""
    )
    playing = Engine(mapping)
    for event in (*(PortOpened(port, Direction.OUTPUT) for port in "ab"), LinkUp("n")):
        playing.handle(event, 0.0)
    return playing


def calls(playing: Engine, event: Event) -> int:
    """How many functions are called on an event."""
    count = 0

    def counted(frame: FrameType, what: str, argument: object) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        playing.handle(event, 1.0)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "events",
    [
        [MidiReceived("a", (0xB0, 7, 64))],
        [MidiReceived("a", (0xB1, 7, 1))],
        [MidiReceived("a", (message[0] | 3, *message[1:])) for message in NRPN],
        [MidiReceived("a", (0x90, 60, 100)), MidiReceived("a", (0x80, 60, 0))],
        [ValueReceived("n", "probe1", 64.0)],
        [ValueReceived("n", "spelt1", 64.0)],
        [ValueReceived("n", "turned1", 64.0)],
        [MidiReceived("a", (0xB0, 1, 1))],
        [MidiReceived("a", (0xFE,))],
    ],
    ids=["cc", "encoder", "nrpn", "note", "probe", "nrpn out", "feedback", "nobody", "ignored"],
)
def test_an_event_takes_as_many_calls_with_a_hundred_routes_of_a_kind_as_with_two(events: list[Event]) -> None:
    few, many = engine(2), engine(100)
    for event in events:
        assert calls(many, event) == calls(few, event)
