"""What a mapping file says of a neuron's wiring: links between its parameters and those of the session's devices."""

from dataclasses import dataclass
from enum import Enum


class Scaling(Enum):
    """How a link scales without numbers of its own.

    * ``AUTO``: from the declared range of the one end to that of the other.
    * ``RAW``: not at all.
    """

    AUTO = "auto"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class ScaleTo:
    """A link that scales to a range, perhaps to whole numbers."""

    low: float
    high: float
    as_int: bool = False


@dataclass(frozen=True, slots=True)
class WireEnd:
    """A parameter of this neuron (``device`` is ""), or of a device.

    ``device`` is the name that people see, or with ``is_first`` a class, of which the first device is meant.
    ``parameter`` is ``output`` or, of a MIDI device, ``SECTION.NAME``, ``SECTION.NUMBER`` for one key, or ``SECTION``
    for all its keys.
    """

    parameter: str
    device: str = ""
    is_first: bool = False

    @property
    def is_ours(self) -> bool:
        return not self.device

    @property
    def device_words(self) -> str:
        """The device as the file names it."""
        return f"first {self.device}" if self.is_first else self.device

    def __str__(self) -> str:
        return self.parameter if self.is_ours else f"{self.device_words}.{self.parameter}"


@dataclass(frozen=True, slots=True)
class Wire:
    """One link. At least one end is a parameter of the neuron.

    ``scaling`` is None for the usual: raw to a device's keys, else by the ranges. With ``create`` a device that is
    missing is made.
    """

    source: WireEnd
    destination: WireEnd
    scaling: Scaling | ScaleTo | None = None
    create: bool = False

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination}"
