"""Sources at work: one reader by itself, or routes in an engine, with a clock that the test moves."""

from collections.abc import Iterable

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.core.readers import make_reader
from nallely_midibridge.values.effects import Effect, SendValue
from nallely_midibridge.values.events import Event, LinkUp, MidiReceived, TimeReached
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import ALL_CHANNELS, Source, SourceKind

NEURON = "keys"
MESSAGE_EVERY = 0.001
"""Seconds: a DIN cable."""


def param(
    kind: SourceKind,
    number: int | None = None,
    *,
    name: str = "p",
    port: str = "in",
    channels: Iterable[int] = ALL_CHANNELS,
    fine: int | None = None,
    bits: int = 14,
) -> ParamRoute:
    """A parameter with the range 0 to 1."""
    return ParamRoute(name, Source(port, kind, number, frozenset(channels), fine, bits=bits), Scale(0, 1))


class Device:
    """A reader, what is played to it, and what it says of it."""

    def __init__(self, source: Source) -> None:
        self.asked: list[float] = []
        self.positions: list[float] = []
        self.reader = make_reader(source, self.asked.append)
        self.now = 0.0

    def plays(self, *messages: tuple[int, ...]) -> None:
        """Messages one after the other, without a pause."""
        for message in messages:
            self.rests(MESSAGE_EVERY)
            self._note(self.reader.read(message, self.now))

    def rests(self, seconds: float) -> None:
        """Time passes, and what was asked for is done."""
        end = self.now + seconds
        while due := [at for at in self.asked if at <= end]:
            self.now = min(due)
            self.asked.remove(self.now)
            self._note(self.reader.wake(self.now))
        self.now = end

    def _note(self, position: float | None) -> None:
        if position is not None:
            self.positions.append(position)


class Patch:
    """Routes at work for a neuron that is connected. ``known`` is what the session knows of each parameter."""

    def __init__(self, *routes: ParamRoute, passes_parameters: bool = False) -> None:
        self._passes = passes_parameters
        self.engine = Engine(self.mapping(*routes))
        self.now = 0.0
        self.known: dict[str, float] = {}
        self.happens(LinkUp(NEURON))

    def mapping(self, *routes: ParamRoute) -> Mapping:
        names = dict.fromkeys(("in", *(route.source.port for route in routes)))
        ports = tuple(Port(name, input=name, passes_parameters=self._passes) for name in names)
        return Mapping(ports, (Neuron(NEURON, params=routes),))

    def change(self, *routes: ParamRoute) -> None:
        """Other routes; those that stay go on."""
        self._sent(self.engine.switch(self.engine.prepare(self.mapping(*routes)), self.now))

    def happens(self, event: Event) -> dict[str, float]:
        """What the session was sent."""
        return self._sent(self.engine.handle(event, self.now))

    def values(self, *messages: tuple[int, ...]) -> dict[str, float]:
        """What the session was sent last for each parameter, in answer to messages."""
        sent: dict[str, float] = {}
        for message in messages:
            self.now += MESSAGE_EVERY
            sent |= self.happens(TimeReached()) | self.happens(MidiReceived("in", message))
        return sent

    def rests(self, seconds: float) -> dict[str, float]:
        self.now += seconds
        return self.happens(TimeReached())

    def _sent(self, effects: list[Effect]) -> dict[str, float]:
        sent = {effect.parameter: effect.value for effect in effects if isinstance(effect, SendValue)}
        self.known |= sent
        return sent
