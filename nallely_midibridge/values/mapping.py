"""What a mapping file says, once it is known to be right.

The file's own spelling (names of notes, channels from 1, durations with units, ``{1..8}``) ends where these
values begin: channels are 0-15, notes 0-127, durations seconds, and every pattern is expanded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from nallely_midibridge.values.destination import Destination
from nallely_midibridge.values.device import UNKNOWN, Device
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import ALL_CHANNELS, Source

HARDWARE_RATE = 1_000.0
"""Messages a second on a device: about what a DIN cable carries (31,250 baud, three bytes of ten bits each)."""
VIRTUAL_RATE = 10_000.0
"""Messages a second on a port of ours, whose other end is a program."""


class Steal(Enum):
    """Which voice gives way when a key finds none free."""

    OLDEST = "oldest"
    QUIETEST = "quietest"
    LOWEST = "lowest"
    HIGHEST = "highest"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Bus:
    """Where a session's WebSocket Bus listens. ``url`` is ``ws://HOST:PORT`` or ``wss://HOST:PORT``."""

    url: str = "ws://localhost:6789"
    ca_file: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """A short name for a MIDI port: hardware by pattern, in one direction or both, or a virtual one.

    Of several devices that the pattern means, it is the ``nth`` (from 1) that is the ``device``. ``rate`` is how many
    messages a second it is sent at most; None: the default of its kind. With ``takes_echo`` what it sends back of what
    it was sent counts as input.
    """

    name: str
    input: str | None = None
    output: str | None = None
    virtual: str | None = None
    rate: float | None = None
    device: Device = UNKNOWN
    nth: int = 1
    takes_echo: bool = False

    @property
    def output_rate(self) -> float:
        return self.rate or (VIRTUAL_RATE if self.virtual else HARDWARE_RATE)

    @property
    def has_input(self) -> bool:
        return self.input is not None or self.virtual is not None

    @property
    def has_output(self) -> bool:
        return self.output is not None or self.virtual is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of a neuron's ports as it is registered: its plain name and declared range."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VoiceBlock:
    """A keyboard spread over voices. ``voices`` and ``velocities`` are parameter names, one a voice.

    ``retrigger_gap`` is in seconds. With ``restore`` a stolen note comes back when a voice frees and its key is down.
    """

    name: str
    voices: tuple[str, ...]
    port: str
    channels: frozenset[int] = ALL_CHANNELS
    lowest: int = 0
    highest: int = 127
    transpose: int = 0
    velocities: tuple[str, ...] = ()
    steal: Steal = Steal.OLDEST
    retrigger_gap: float = 0.05
    restore: bool = False


@dataclass(frozen=True, slots=True)
class ParamRoute:
    """MIDI to Nallely: one source moves one parameter."""

    parameter: str
    source: Source
    scale: Scale


@dataclass(frozen=True, slots=True)
class ProbeRoute:
    """Nallely to MIDI: one probe moves one destination. A probe may have several routes.

    ``rate`` is how many messages a second it sends at most; None: as many as its port takes.
    """

    parameter: str
    destination: Destination
    scale: Scale
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Neuron:
    """One entry of ours in a Nallely session."""

    name: str
    bus: Bus = Bus()
    voices: tuple[VoiceBlock, ...] = ()
    params: tuple[ParamRoute, ...] = ()
    probes: tuple[ProbeRoute, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is registered, each name once: voices, then their velocities, then params, then probes."""
        return tuple({parameter.name: parameter for parameter in self._parameters()}.values())

    def _parameters(self) -> Iterator[Parameter]:
        for block in self.voices:
            for name in (*block.voices, *block.velocities):
                yield Parameter(name, 0, 127)
        routes: tuple[ParamRoute | ProbeRoute, ...] = (*self.params, *self.probes)
        for route in routes:
            yield Parameter(route.parameter, route.scale.low, route.scale.high)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file."""

    ports: tuple[Port, ...] = ()
    neurons: tuple[Neuron, ...] = ()

    @property
    def input_ports(self) -> tuple[Port, ...]:
        """The ports to receive from: those that a route listens to, and the virtual ones, which others see."""
        heard = {block.port for neuron in self.neurons for block in neuron.voices}
        heard |= {route.source.port for neuron in self.neurons for route in neuron.params}
        return tuple(port for port in self.ports if port.virtual or (port.input and port.name in heard))

    @property
    def probes(self) -> tuple[ProbeRoute, ...]:
        """The probe routes of all neurons."""
        return tuple(route for neuron in self.neurons for route in neuron.probes)

    @property
    def output_ports(self) -> tuple[Port, ...]:
        """The ports to send to, likewise."""
        told = {route.destination.port for route in self.probes}
        return tuple(port for port in self.ports if port.virtual or (port.output and port.name in told))
