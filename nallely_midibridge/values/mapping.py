"""What a mapping file says, once it is known to be right.

The file's own spelling (names of notes, channels from 1, durations with units, ``{1..8}``) ends where these
values begin: channels are 0-15, notes 0-127, durations seconds, and every pattern is expanded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.device import UNKNOWN, Device
from nallely_midibridge.values.handling import BUTTONS, PLAIN, Handling, Mode
from nallely_midibridge.values.scale import Curve, Points, Scale
from nallely_midibridge.values.source import ALL_CHANNELS, CLOCKED, SPELT, Source, SourceKind
from nallely_midibridge.values.wiring import Wire

HARDWARE_RATE = 1_000.0
"""Messages a second on a device: about what a DIN cable carries (31,250 baud, three bytes of ten bits each)."""
VIRTUAL_RATE = 10_000.0
"""Messages a second on a port of ours, whose other end is a program."""

LONGEST_NOTE = 60.0
"""Seconds that a probe can have a note last at most."""


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
    it was sent counts as input. With ``passes_parameters`` the controllers that spell an NRPN or RPN are plain
    ones too.
    """

    name: str
    input: str | None = None
    output: str | None = None
    virtual: str | None = None
    rate: float | None = None
    device: Device = UNKNOWN
    nth: int = 1
    takes_echo: bool = False
    passes_parameters: bool = False

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


class Allocation(Enum):
    """Which voice a key takes.

    * ``ROTATE``: the one that has been silent longest.
    * ``LOWEST``: the first of those that are free, in their order.
    * ``UNISON``: all of them; the block plays one note.
    * ``MONO``: the first one only; the block plays one note.
    """

    ROTATE = "rotate"
    LOWEST = "lowest"
    UNISON = "unison"
    MONO = "mono"


class Priority(Enum):
    """Which of the keys held sounds where one note is played. A key that goes up gives way to the next of them."""

    LAST = "last"
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Mpe:
    """A keyboard that has each key on a channel of its own (MPE, version 1.0).

    ``lower`` and ``upper`` are how many member channels the zones have until the keyboard says otherwise (RPN 6): those
    of the lower zone rise from channel 2, those of the upper one fall from channel 15. ``bend_range`` is the bend of a
    member channel in semitones until it says otherwise (RPN 0). The names are parameters, one a voice, or ().
    """

    lower: int = 15
    upper: int = 0
    bend_range: float = 48.0
    bends: tuple[str, ...] = ()
    pressures: tuple[str, ...] = ()
    timbres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VoiceBlock:
    """A keyboard spread over voices. ``voices`` and ``velocities`` are parameter names, one a voice.

    * ``lowest`` to ``highest`` are the notes and ``softest`` to ``loudest`` the velocities of its zone.
    * ``velocity_curve`` bends velocities 1-127.
    * ``retrigger_gap`` is in seconds. With ``restore`` a stolen note comes back when a voice frees and its key is down.
    * ``priority`` and ``legato`` are for one note at a time: with ``legato`` a key pressed while another is held
      changes the note without a gap.
    * ``mpe`` is None for a keyboard that plays on one channel at a time.
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
    softest: int = 1
    loudest: int = 127
    velocity_curve: Curve | Points = Curve.LINEAR
    allocation: Allocation = Allocation.ROTATE
    priority: Priority = Priority.LAST
    legato: bool = False
    mpe: Mpe | None = None


@dataclass(frozen=True, slots=True)
class ProbeRoute:
    """Nallely to MIDI: one probe moves one destination. A probe may have several routes.

    * ``rate`` is how many messages a second it sends at most; None: as many as its port takes.
    * ``deadband`` is the share of the range, 0-1, by which the value must move to count.
    * ``smooth`` is the time constant in seconds with which what is sent follows; 0: at once.
    """

    parameter: str
    destination: Destination
    scale: Scale
    rate: float | None = None
    deadband: float = 0.0
    smooth: float = 0.0


@dataclass(frozen=True, slots=True)
class ParamRoute:
    """MIDI to Nallely: one source moves one parameter."""

    parameter: str
    source: Source
    scale: Scale
    handling: Handling = PLAIN

    @property
    def is_button(self) -> bool:
        """Whether the control is pressed rather than turned."""
        return self.handling.mode in BUTTONS or self.source.kind in (SourceKind.NOTE_GATE, SourceKind.NOTE_VELOCITY)

    @property
    def feedback_route(self) -> ProbeRoute | None:
        """How the device is told of the parameter: at the place of its source; on all channels, it is the first."""
        kind = _FEEDBACK.get(self.source.kind)
        if self.handling.feedback is None or kind is None:
            return None
        source = self.source
        destination = Destination(
            source.port, kind, source.number, min(source.channels), fine=source.fine, bits=source.bits
        )
        return ProbeRoute(self.parameter, destination, self.scale)


_FEEDBACK = {
    SourceKind.CC: DestinationKind.CC,
    SourceKind.CC14: DestinationKind.CC14,
    SourceKind.NRPN: DestinationKind.NRPN,
    SourceKind.RPN: DestinationKind.RPN,
    SourceKind.NOTE_GATE: DestinationKind.GATE,
    SourceKind.NOTE_VELOCITY: DestinationKind.GATE,
    SourceKind.PITCHBEND: DestinationKind.PITCHBEND,
    SourceKind.PRESSURE: DestinationKind.PRESSURE,
    SourceKind.POLY_PRESSURE: DestinationKind.POLY_PRESSURE,
    SourceKind.PROGRAM: DestinationKind.PROGRAM,
}
"""What a device takes at the place where it sends."""


@dataclass(frozen=True, slots=True)
class Neuron:
    """One entry of ours in a Nallely session.

    ``trevor`` is where the session's Trevor listens, through which the registration is verified and ``wiring`` made;
    None: neither is. With ``take_over`` what another program registered under the name is replaced.
    """

    name: str
    bus: Bus = Bus()
    voices: tuple[VoiceBlock, ...] = ()
    params: tuple[ParamRoute, ...] = ()
    probes: tuple[ProbeRoute, ...] = ()
    wiring: tuple[Wire, ...] = ()
    trevor: Bus | None = None
    take_over: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is registered, each name once: voices, then their velocities, then params, then probes."""
        return tuple({parameter.name: parameter for parameter in self._parameters()}.values())

    @property
    def limits(self) -> dict[str, dict[str, float]]:
        """The same as the connector takes them: ``{NAME: {"min": LOW, "max": HIGH}, …}``."""
        return {parameter.name: {"min": parameter.low, "max": parameter.high} for parameter in self.parameters}

    def _parameters(self) -> Iterator[Parameter]:
        for block in self.voices:
            for name in (*block.voices, *block.velocities):
                yield Parameter(name, 0, 127)
            if block.mpe is not None:
                bend = block.mpe.bend_range
                yield from (Parameter(name, -bend, bend) for name in block.mpe.bends)
                yield from (Parameter(name, 0, 1) for name in (*block.mpe.pressures, *block.mpe.timbres))
        routes: tuple[ParamRoute | ProbeRoute, ...] = (*self.params, *self.probes)
        for route in routes:
            yield Parameter(route.parameter, route.scale.low, route.scale.high)
        for probe in self.probes:
            if probe.destination.velocity_from is not None:
                yield Parameter(probe.destination.velocity_from, 0, 127)
            if probe.destination.length_from is not None:
                yield Parameter(probe.destination.length_from, 0, LONGEST_NOTE)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file."""

    ports: tuple[Port, ...] = ()
    neurons: tuple[Neuron, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the parameters of all neurons follow."""
        return tuple(route.source for neuron in self.neurons for route in neuron.params)

    @property
    def clocked_ports(self) -> frozenset[str]:
        """The names of the ports whose clock somebody follows."""
        return frozenset(source.port for source in self.sources if source.kind in CLOCKED)

    def spells_on(self, port: Port) -> frozenset[int]:
        """The channels of a port on which the controllers that spell an NRPN or RPN are no plain ones."""
        if port.passes_parameters:
            return frozenset()
        spelt = (source for source in self.sources if source.port == port.name and source.kind in SPELT)
        return frozenset(channel for source in spelt for channel in source.channels)

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
    def destinations(self) -> frozenset[Destination]:
        """Where our messages go that a device may send back: the rings of endless encoders are none of them."""
        lit = [route for neuron in self.neurons for route in neuron.params if route.handling.mode is not Mode.RELATIVE]
        shown = [route.feedback_route for route in lit]
        return frozenset(route.destination for route in (*self.probes, *shown) if route is not None)

    @property
    def output_ports(self) -> tuple[Port, ...]:
        """The ports to send to, likewise."""
        told = {route.destination.port for route in self.probes}
        told |= {route.source.port for neuron in self.neurons for route in neuron.params if route.handling.feedback}
        return tuple(port for port in self.ports if port.virtual or (port.output and port.name in told))
