"""A scenario played: the engine itself, on a clock that jumps from one thing to the next."""

from collections.abc import Iterator
from dataclasses import dataclass

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.mapping_file.problem import did_you_mean, listed
from nallely_midibridge.scenario.effect_words import effect_words
from nallely_midibridge.scenario.problem import Problem, ScenarioError
from nallely_midibridge.scenario.script import BusBack, BusGone, Happening, PortBack, PortGone, Script, Step
from nallely_midibridge.values.effects import SendMidi, SendValue, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkDown,
    LinkUp,
    MidiReceived,
    PortLost,
    PortOpened,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping

SETTLED_BEFORE = 10.0
"""Seconds for which everything has been connected when a scenario starts."""
HALF_A_MILLISECOND = 0.0005
"""What a time that is said to the millisecond may be short of: what comes at 333.3 ms is said to come at 333."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something came out, at a time in seconds; ``words`` as a scenario says it."""

    at: float
    words: str


class Performance:
    """One mapping, connected and at rest, and then what a script does to it."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._engine = Engine(mapping)
        self._wake_at: float | None = None
        self._now = -SETTLED_BEFORE
        for port in mapping.ports:
            self._happen(PortBack(port.name))
        self._happen(BusBack())
        list(self._pass_time(0.0))

    def play(self, step: Step) -> Iterator[Heard]:
        """What comes out up to a step, and because of it."""
        yield from self._pass_time(step.at)
        if step.happening is not None:
            yield from self._happen(step.happening)

    def _pass_time(self, until: float) -> Iterator[Heard]:
        while self._wake_at is not None and self._wake_at <= until:
            self._now, self._wake_at = max(self._now, self._wake_at), None
            yield from self._handle(TimeReached())
        self._now = until

    def _happen(self, happening: Happening) -> list[Heard]:
        return [heard for event in self._events(happening) for heard in self._handle(event)]

    def _events(self, happening: Happening) -> list[Event]:
        neurons = [neuron.name for neuron in self._mapping.neurons]
        match happening:
            case PortGone(port):
                return [PortLost(port, direction) for direction in Direction]
            case PortBack(port):
                return [PortOpened(port, direction) for direction in Direction]
            case BusGone():
                return [LinkDown(neuron) for neuron in neurons]
            case BusBack():
                return [LinkUp(neuron) for neuron in neurons]
        return [happening]

    def _handle(self, event: Event) -> Iterator[Heard]:
        for effect in self._engine.handle(event, self._now):
            if isinstance(effect, WakeAt):
                self._wake_at = effect.at
            else:
                yield Heard(self._now, effect_words(effect))


def perform(script: Script, mapping: Mapping, name: str = "scenario") -> list[tuple[Step, list[Heard]]]:
    """Each step with what came out since the one before, or because of it. Raises ScenarioError that tells it all."""
    if problems := [*script.problems, *_unknown(script, mapping)]:
        raise ScenarioError(name, problems)
    performance = Performance(mapping)
    last = max(
        [step.at for step in script.steps] + [expected.at + HALF_A_MILLISECOND for expected in script.expected],
        default=0.0,
    )
    steps = [*script.steps, Step(last, "", None)]
    return [(step, list(performance.play(step))) for step in steps]


def _unknown(script: Script, mapping: Mapping) -> Iterator[Problem]:
    """What a script speaks of must be in the mapping, or it would show that nothing comes of nothing."""
    ports = {port.name for port in mapping.ports}
    parameters = {f"{neuron.name}.{parameter.name}" for neuron in mapping.neurons for parameter in neuron.parameters}
    spoken_of = [(step.line, step.happening) for step in script.steps]
    for line, subject in [*spoken_of, *((expected.line, expected.effect) for expected in script.expected)]:
        match subject:
            case MidiReceived(port) | PortGone(port) | PortBack(port) | SendMidi(port) if port not in ports:
                yield line, f"the mapping has no port {port!r}{_known(port, ports)}"
            case ValueReceived(neuron, parameter) | SendValue(neuron, parameter) if (
                f"{neuron}.{parameter}" not in parameters
            ):
                known = _known(f"{neuron}.{parameter}", parameters)
                yield line, f"the mapping has no {neuron}.{parameter}{known}"


def _known(name: str, names: set[str]) -> str:
    return f"; it has {listed(sorted(names))}{did_you_mean(name, names)}" if names else ""
