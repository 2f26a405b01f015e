"""Batches of events for engines with other mappings, taken in turns so that whatever the machine does hurts all alike.

No socket, port or thread: `Engine.handle` alone, which is what could grow with a mapping.
"""

import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.values import midi
from nallely_midibridge.values.events import Direction, Event, LinkUp, MidiReceived, PortOpened, ValueReceived
from nallely_midibridge.values.mapping import Mapping

EVENTS: Final = 400
"""Events of a batch."""
EVERY: Final = 0.001
"""Seconds of the engine's clock from one event to the next."""
HOW: Final = (
    f"Engine.handle: a controller in, a value out, a note on and off; batches of {EVENTS} events, the mappings taking "
    "turns"
)


class Spot(NamedTuple):
    """A param and a probe that events are about, and the port with the voices that a note is about."""

    port: str
    channel: int
    controller: int
    neuron: str
    probe: str
    keys: str


class Stage:
    """A mapping at work, and where on it there is something to play."""

    def __init__(self, mapping: Mapping, spots: Sequence[Spot]) -> None:
        self._engine = Engine(mapping)
        self._spots = spots
        self._now = 0.0
        self._turn = 0
        for port in mapping.ports:
            self._engine.handle(PortOpened(port.name, Direction.OUTPUT), self._now)
        for neuron in mapping.neurons:
            self._engine.handle(LinkUp(neuron.name), self._now)

    def play(self, count: int) -> float:
        """µs of each event of a batch about the first so many spots in turn; 0: about all of them."""
        events = list(self._events(count or len(self._spots)))
        handle, now = self._engine.handle, self._now
        began = time.perf_counter_ns()
        for event in events:
            now += EVERY
            handle(event, now)
        took = time.perf_counter_ns() - began
        self._now = now
        return took / len(events) / 1000

    def _events(self, count: int) -> Iterator[Event]:
        for _ in range(EVENTS // 4):
            self._turn += 1
            spot, value = self._spots[self._turn % count], self._turn % 128
            yield MidiReceived(spot.port, (midi.CONTROL_CHANGE | spot.channel, spot.controller, value))
            yield ValueReceived(spot.neuron, spot.probe, value / 127)
            yield MidiReceived(spot.keys, (midi.NOTE_ON, 60, 100))
            yield MidiReceived(spot.keys, (midi.NOTE_OFF, 60, 0))


def costs(turns: Sequence[tuple[Stage, int]], batches: int) -> tuple[list[float], list[float]]:
    """µs of an event for each stage and number of spots, and for all but the first as multiples of the first's."""
    rounds = [[stage.play(count) for stage, count in turns] for _ in range(batches)]
    first, *others = zip(*rounds, strict=True)
    beside = [median(a / b for a, b in zip(column, first, strict=True)) for column in others]
    return [median(column) for column in (first, *others)], beside
