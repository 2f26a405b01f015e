"""A Nallely session as its Trevor server describes it, as far as wiring needs.

The words are Nallely's: a *device* has parameters, ``repr`` is the name people see (``LFO1``), ``kind`` its class.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.values.address import name_in_session

VIRTUAL: Final = "__virtual__"
"""The one section of every device that is no MIDI device."""
ALL_KEYS: Final = "all_keys_or_pads"
"""What a command calls all keys of a section."""
BUS_KIND: Final = "WebSocketBus"

Bound = float | None


@dataclass(frozen=True, slots=True)
class Path:
    """Where a parameter is, as commands name it: ``DEVICE_ID::SECTION::NAME``. Ids are new in every session."""

    device: int
    section: str
    name: str

    def __str__(self) -> str:
        return f"{self.device}::{self.section}::{self.name}"


@dataclass(frozen=True, slots=True)
class PortOfDevice:
    """A parameter of a device. ``name`` is what people see, ``command_name`` what a path has; a bound may be open."""

    section: str
    name: str
    command_name: str
    low: Bound = None
    high: Bound = None

    @property
    def label(self) -> str:
        """As a mapping file names it, after its device: ``output``, ``X0.cc_1``."""
        return self.name if self.section == VIRTUAL else f"{self.section}.{self.command_name}"


@dataclass(frozen=True, slots=True)
class SessionDevice:
    """A device, or a neuron that a program registered (``is_neuron``), which has the id of the bus."""

    id: int
    repr: str
    kind: str
    parameters: tuple[PortOfDevice, ...] = ()
    is_neuron: bool = False
    is_midi: bool = False

    def path(self, parameter: PortOfDevice) -> Path:
        return Path(self.id, parameter.section, parameter.command_name)

    def plain_name(self, parameter: PortOfDevice) -> str:
        """What the program that registered a neuron calls its parameter; the session puts the neuron's name before."""
        return parameter.name.removeprefix(f"{self.repr}_")


@dataclass(frozen=True, slots=True)
class Chain:
    """How a link scales: to which range, and whether to whole numbers."""

    to_low: Bound = None
    to_high: Bound = None
    as_int: bool = False


@dataclass(frozen=True, slots=True)
class SessionLink:
    """A link between two parameters; ``chain`` is None for a raw one. ``muted`` passes nothing."""

    source: Path
    destination: Path
    chain: Chain | None = None
    muted: bool = False

    @property
    def ends(self) -> tuple[Path, Path]:
        return self.source, self.destination


@dataclass(frozen=True, slots=True)
class SessionState:
    """The whole session at one moment. ``kinds`` are the classes of which devices can be created."""

    devices: tuple[SessionDevice, ...] = ()
    links: tuple[SessionLink, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def bus(self) -> SessionDevice | None:
        """The WebSocket Bus; None while there is none, as for a second after a reset."""
        return next((device for device in self.devices if device.kind == BUS_KIND and not device.is_neuron), None)

    def device(self, name: str) -> SessionDevice | None:
        """The device that people see under this name; not a neuron."""
        return next((device for device in self.devices if device.repr == name and not device.is_neuron), None)

    def devices_called(self, name: str) -> list[SessionDevice]:
        """All devices that people see under this name; no neurons."""
        return [device for device in self.devices if device.repr == name and not device.is_neuron]

    def first(self, kind: str) -> SessionDevice | None:
        """The first device of a class."""
        return next((device for device in self.devices if device.kind == kind and not device.is_neuron), None)

    def neuron(self, name: str) -> SessionDevice | None:
        """What is registered under a neuron's name."""
        names = {name, name_in_session(name)}
        return next((device for device in self.devices if device.is_neuron and device.repr in names), None)

    def has_link(self, source: Path, destination: Path) -> bool:
        return any(link.ends == (source, destination) for link in self.links)

    def has_ends(self, source: Path, destination: Path) -> bool:
        """Whether the devices of both ends, and those of their parameters that are listed, are there."""
        there = {device.path(port) for device in self.devices for port in device.parameters}
        midi = {device.id for device in self.devices if device.is_midi}
        return all(end in there or end.device in midi for end in (source, destination))

    def link(self, source: Path, destination: Path) -> SessionLink | None:
        """The link between two parameters; of two there is one to be seen."""
        return next((link for link in self.links if link.ends == (source, destination)), None)

    def names(self) -> Iterator[str]:
        """The devices that people see, by name."""
        return (device.repr for device in self.devices if not device.is_neuron)
