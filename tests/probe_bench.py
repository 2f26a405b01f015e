"""Probes on one port, a clock moved by hand, and devices of several habits at the other end."""

from itertools import product

from nallely_midibridge.core.engine import Engine
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.effects import SendMidi, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkUp,
    PortLost,
    PortOpened,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping, Neuron, Port, ProbeRoute
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.scale import Scale
from tests.receiver import Receiver

NEURON, PORT = "scope", "out"
FAST = 1_000_000.0
"""Messages a second of a port on which nothing waits."""


def route(
    name: str, kind: DestinationKind, number: int | None = None, scale: Scale | None = None, **words: object
) -> ProbeRoute:
    """A probe route; ``words`` are those of the route or of its destination. Its values are positions by default."""
    shaping = {key: words.pop(key) for key in ("rate", "deadband", "smooth") if key in words}
    destination = Destination(PORT, kind, number, **words)  # type: ignore[arg-type]
    return ProbeRoute(name, destination, scale or Scale(0, 1), **shaping)  # type: ignore[arg-type]


class ProbeBench:
    """An engine with probes, connected, and its port open."""

    def __init__(self, *routes: ProbeRoute, rate: float = FAST) -> None:
        self.now = 0.0
        self.sent: list[tuple[float, MidiMessage]] = []
        self.wakes = 0
        self.wake_at: float | None = None
        self.engine = Engine(self.mapping(*routes, rate=rate))
        self.plug_in()
        self.happens(PortOpened(PORT, Direction.OUTPUT))
        self.sent.clear()  # all notes off, for what a bridge that was killed may have left
        self.now = 100.0
        self.happens(LinkUp(NEURON))

    @staticmethod
    def mapping(*routes: ProbeRoute, rate: float = FAST) -> Mapping:
        return Mapping((Port(PORT, output="out", rate=rate),), (Neuron(NEURON, probes=routes),))

    def plug_in(self) -> None:
        """Put devices at the other end that have just been switched on, one of each habit."""
        self.receivers = [Receiver(*habits) for habits in product((True, False), repeat=2)]

    def value(self, parameter: str, value: float) -> list[MidiMessage]:
        return self.happens(ValueReceived(NEURON, parameter, value))

    def values(self, parameter: str, *values: float) -> list[MidiMessage]:
        return [message for value in values for message in self.value(parameter, value)]

    def lose_port(self) -> None:
        self.happens(PortLost(PORT, Direction.OUTPUT))

    def open_port(self) -> list[MidiMessage]:
        return self.happens(PortOpened(PORT, Direction.OUTPUT))

    def happens(self, event: Event) -> list[MidiMessage]:
        """What was sent because of an event."""
        messages = []
        for effect in self.engine.handle(event, self.now):
            if isinstance(effect, WakeAt):
                self.wake_at = effect.at
            elif isinstance(effect, SendMidi):
                messages.append(effect.message)
                self._deliver(effect.message)
        return messages

    def pass_time(self, seconds: float, late: float = 0.0) -> list[MidiMessage]:
        """Let time go by, and every wake-up come so many seconds too late; what was sent meanwhile."""
        end, count = self.now + seconds, len(self.sent)
        while self.wake_at is not None and self.wake_at + late <= end:
            self.now = max(self.now, self.wake_at + late)
            self.wake_at = None
            self.wakes += 1
            self.happens(TimeReached())
        self.now = end
        return [message for _, message in self.sent[count:]]

    @property
    def messages(self) -> list[MidiMessage]:
        return [message for _, message in self.sent]

    def _deliver(self, message: MidiMessage) -> None:
        self.sent.append((self.now, message))
        for receiver in self.receivers:
            receiver.receive(message)
