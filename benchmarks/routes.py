"""What an event costs the engine with ten routes, with a thousand, and with ten thousand.

No socket, port or thread: `Engine.handle` alone, which is what could grow with a mapping. The mappings are made without
a file. Their batches are taken in turns, and each is compared with the batch of ten routes beside it, so that whatever
else the machine does hurts all alike.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from functools import cache, partial
from statistics import median
from typing import Final

from benchmarks.measure import BRIDGE, AtMost, Effort, Figure, Measure
from benchmarks.places import Place
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.events import Direction, Event, LinkUp, MidiReceived, PortOpened, ValueReceived
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind

SIZES: Final = (10, 1_000, 10_000)
GOAL: Final = AtMost(1.05)
"""What an event may cost with ten thousand routes, as a multiple of what it costs with ten."""
PLAYED: Final = 5
"""Params, and as many probes, that events are about: all that the smallest mapping has."""
EVENTS: Final = 400
"""Events of a batch."""
EVERY: Final = 0.001
"""Seconds of the engine's clock from one event to the next."""

NEURON: Final = "keys"
UNIT: Final = Scale(0, 1)
A_PORT: Final = 8 * 128
"""Params, and as many probes, on one port: a controller each on half of the channels."""
VOICES: Final = VoiceBlock("voice", tuple(f"voice{i}" for i in range(16)), "port0", retrigger_gap=0.0)


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """One measure, whose samples are medians of as many batches as the effort has notes."""
    batches = effort.notes
    how = (
        f"Engine.handle: a controller in, a value out, a note on and off, about the same {PLAYED} controls, as many "
        f"probes and one of 16 voices; median of {batches} batches of {EVENTS} events, the sizes taking turns"
    )
    in_turn = f"{how}; here each controller and each value is about another route than the one before, of all there are"
    beside = "the median over these batches, each divided by the batch of 10 routes in the same turn"
    figures = [Figure(f"an event, {size:,} routes", "µs", how) for size in SIZES]
    figures.append(Figure("10,000, all of them in turn", "µs", in_turn))
    figures += [Figure(f"{size:,} routes beside 10", "times", beside, (GOAL,)) for size in SIZES[1:]]
    figures.append(Figure("10,000 in turn beside 10", "times", beside))
    return [Measure("the cost of an event by routes", figures, {BRIDGE: partial(costs, batches)})]


def costs(batches: int) -> Sequence[float]:
    """µs of an event for each size and for all routes in turn, and the larger ones as multiples of the smallest."""
    stages = [_stage(size) for size in SIZES]
    turns = [(stage, PLAYED) for stage in stages] + [(stages[-1], SIZES[-1] // 2)]
    rounds = [[stage.play(controls) for stage, controls in turns] for _ in range(batches)]
    smallest, *larger = zip(*rounds, strict=True)
    beside = [median(a / b for a, b in zip(column, smallest, strict=True)) for column in larger]
    return [*(median(column) for column in (smallest, *larger)), *beside]


class Stage:
    """A mapping of so many routes, half of them params and half of them probes, at work."""

    def __init__(self, size: int) -> None:
        mapping = _mapping(size)
        self._engine = Engine(mapping)
        self._now = 0.0
        self._turn = 0
        for port in mapping.ports:
            self._engine.handle(PortOpened(port.name, Direction.OUTPUT), self._now)
        self._engine.handle(LinkUp(NEURON), self._now)

    def play(self, controls: int) -> float:
        """µs of each event of a batch about so many params and probes."""
        events = list(self._events(controls))
        handle, now = self._engine.handle, self._now
        began = time.perf_counter_ns()
        for event in events:
            now += EVERY
            handle(event, now)
        took = time.perf_counter_ns() - began
        self._now = now
        return took / len(events) / 1000

    def _events(self, controls: int) -> Iterator[Event]:
        for _ in range(EVENTS // 4):
            self._turn += 1
            index, value = self._turn % controls, self._turn % 128
            port, channel, controller = _place(index)
            yield MidiReceived(port, (midi.CONTROL_CHANGE | channel, controller, value))
            yield ValueReceived(NEURON, f"probe{index}", value / 127)
            yield MidiReceived("port0", (midi.NOTE_ON, 60, 100))
            yield MidiReceived("port0", (midi.NOTE_OFF, 60, 0))


@cache
def _stage(size: int) -> Stage:
    """One stage a process: setting up ten thousand routes takes longer than playing on them."""
    stage = Stage(size)
    gc.collect()
    gc.freeze()  # as the daemon does once it has started
    return stage


def _mapping(size: int) -> Mapping:
    half = range(size // 2)
    names = sorted({_place(index)[0] for index in half})
    ports = tuple(Port(name, virtual=name, rate=100_000.0) for name in names)
    return Mapping(ports, (Neuron(NEURON, voices=(VOICES,), params=_params(half), probes=_probes(half)),))


def _params(indices: range) -> tuple[ParamRoute, ...]:
    places = ((f"param{index}", *_place(index)) for index in indices)
    return tuple(
        ParamRoute(name, Source(port, SourceKind.CC, controller, frozenset({channel})), UNIT)
        for name, port, channel, controller in places
    )


def _probes(indices: range) -> tuple[ProbeRoute, ...]:
    """On the channels that params leave."""
    places = ((f"probe{index}", *_place(index)) for index in indices)
    return tuple(
        ProbeRoute(name, Destination(port, DestinationKind.CC, controller, channel + 8), UNIT)
        for name, port, channel, controller in places
    )


def _place(index: int) -> tuple[str, int, int]:
    """The port, channel and controller of a param."""
    port, rest = divmod(index, A_PORT)
    return f"port{port}", *divmod(rest, 128)
