"""How a running bridge is: its ports and its neurons at one moment."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from nallely_midibridge.values.counts import NOT_MEASURED, Latency, NeuronCounts, PortCounts, RouteCounts, VoiceCounts
from nallely_midibridge.values.events import Direction


@dataclass(frozen=True, slots=True)
class PortStatus:
    """One direction of a port of the mapping. ``device`` is what is open, or None while ``wanted`` is awaited.

    ``trouble`` is what was said last of why it is not open.
    """

    name: str
    direction: Direction
    wanted: str
    device: str | None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """What Trevor shows of a neuron: ``registration`` is ``right``, ``unverified``, or what is wrong with it.

    ``wired`` of the ``wanted`` links of the file are there; ``notes`` say of others what they wait for. ``trouble`` is
    why Trevor does not answer.
    """

    registration: str
    wanted: int = 0
    wired: int = 0
    notes: tuple[str, ...] = ()
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class NeuronStatus:
    """One neuron. It has been connected, or has not been, ``for_seconds``; ``trouble`` is why it is not.

    ``waiting`` values wait for the session to be there, or to take them. ``session`` is None where Trevor is off.
    """

    name: str
    url: str
    connected: bool
    for_seconds: float
    trouble: str | None
    voices: VoiceCounts
    counts: NeuronCounts
    waiting: int = 0
    session: SessionStatus | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A bridge. ``midi_system`` is None where there is none, and ``midi_trouble`` says why."""

    midi_system: str | None
    midi_trouble: str | None
    ports: tuple[PortStatus, ...]
    port_counts: Mapping[str, PortCounts]
    neurons: tuple[NeuronStatus, ...]
    routes: tuple[RouteCounts, ...] = ()
    latency: Latency = NOT_MEASURED

    @property
    def open_outputs(self) -> tuple[str, ...]:
        """The ports that can be sent to now."""
        return tuple(p.name for p in self.ports if p.direction is Direction.OUTPUT and p.device is not None)

    def as_data(self) -> dict[str, object]:
        """For programs, in the words of docs/control.md."""
        return {
            "midi": {"system": self.midi_system, "trouble": self.midi_trouble},
            "ports": [self._port(port) for port in self.ports],
            "neurons": [_neuron(neuron) for neuron in self.neurons],
            "routes": [_route(route) for route in self.routes],
            "latency": {
                "messages": self.latency.count,
                "p50_seconds": _rounded(self.latency.p50, 7),
                "p99_seconds": _rounded(self.latency.p99, 7),
            },
        }

    def _port(self, port: PortStatus) -> dict[str, object]:
        counts = self.port_counts.get(port.name, PortCounts())
        received = {"received": counts.received, "echoes": counts.echoes, "ignored": dict(counts.ignored)}
        sent = {"sent": counts.sent, "merged": counts.merged, "refused": counts.refused}
        return {
            "name": port.name,
            "direction": port.direction.value,
            "open": port.device is not None,
            "device": port.device,
            "wanted": port.wanted,
            "trouble": port.trouble,
            **(received if port.direction is Direction.INPUT else sent),
        }


def _neuron(neuron: NeuronStatus) -> dict[str, object]:
    return {
        "name": neuron.name,
        "bus": neuron.url,
        "connected": neuron.connected,
        "for_seconds": round(neuron.for_seconds, 3),
        "trouble": neuron.trouble,
        "voices": asdict(neuron.voices),
        **asdict(neuron.counts),
        "waiting": neuron.waiting,
        "session": asdict(neuron.session) if neuron.session else None,
    }


def _route(route: RouteCounts) -> dict[str, object]:
    last = route.last if route.last is None or math.isfinite(route.last) else None  # JSON has no infinity
    return {**asdict(route), "last": last, "seconds_ago": _rounded(route.seconds_ago, 3)}


def _rounded(seconds: float | None, digits: int) -> float | None:
    return None if seconds is None else round(seconds, digits)
