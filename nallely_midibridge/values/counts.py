"""How much passed, and how much did not: nothing is merged, dropped or ignored without being counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class PortCounts:
    """Messages of one MIDI port since the bridge started.

    * ``received`` is all that came in, and of these ``echoes`` were what we had sent there ourselves, and
      ``ignored``, by kind, what no route can use.
    * ``sent`` is what went out. ``merged`` were replaced by a newer one while they waited for their turn, and
      ``refused`` were not taken by the MIDI system at once.
    """

    received: int = 0
    echoes: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    sent: int = 0
    merged: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class NeuronCounts:
    """Values of one neuron since the bridge started.

    * ``received`` came from the session; of these ``ignored``, by kind, were of no use.
    * ``sent`` went to the session or wait for it; ``merged`` were replaced by a newer one while they waited.
    """

    received: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    sent: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True)
class VoiceCounts:
    """The voices of one neuron now: ``held`` by a key or a pedal, and ``sounding`` as far as the session was told.

    ``stolen`` are notes that gave their voice to another, since the voices are there.
    """

    count: int = 0
    held: int = 0
    sounding: int = 0
    stolen: int = 0

    def __add__(self, other: "VoiceCounts") -> "VoiceCounts":
        return VoiceCounts(
            self.count + other.count,
            self.held + other.held,
            self.sounding + other.sounding,
            self.stolen + other.stolen,
        )


@dataclass(frozen=True, slots=True)
class RouteCounts:
    """The values of one route since the bridge started, or since the route is in the mapping.

    * ``kind`` is ``voices``, ``param`` or ``probe``, and ``name`` the name of the block or the parameter.
    * ``port`` is the MIDI port it listens to or plays on, and ``what`` the kind of source or destination.
    * ``values`` went to the session; of a probe they came from it. ``last`` is the last of them, ``parameter`` what it
      was of, and ``seconds_ago`` when that was; all None where there was none.
    """

    neuron: str
    kind: str
    name: str
    port: str
    what: str
    values: int = 0
    parameter: str | None = None
    last: float | None = None
    seconds_ago: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the MIDI callback until the system took what it sent to a session.

    Of the last ``count`` messages that a session was sent anything for at once; None where there was none.
    """

    count: int = 0
    p50: float | None = None
    p99: float | None = None


NOT_MEASURED: Final = Latency()
