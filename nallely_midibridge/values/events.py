"""What can happen to the bridge. Each event is handed to the engine together with the time it came."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Direction(Enum):
    """Which way a MIDI port carries messages, seen from the bridge."""

    INPUT = "input"
    OUTPUT = "output"


class MidiReceived(NamedTuple):
    """A MIDI message came in. (The two hot events are named tuples: a third of a dataclass's cost to make.)"""

    port: str
    message: Sequence[int]


class ValueReceived(NamedTuple):
    """The session sent a value to one of our parameters."""

    neuron: str
    parameter: str
    value: float


@dataclass(frozen=True, slots=True)
class PortOpened:
    """A port of the mapping is there and open in this direction."""

    port: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class PortLost:
    """A port that was open is gone."""

    port: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class PortRefused:
    """An open output did not take a message; it is kept, and what follows it too, until `SendAgain`."""

    port: str


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A neuron is connected and registered."""

    neuron: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """A neuron's connection is gone."""

    neuron: str


@dataclass(frozen=True, slots=True)
class Linked:
    """Somebody linked these parameters of a neuron to something, which has heard nothing of them yet."""

    neuron: str
    parameters: frozenset[str]


@dataclass(frozen=True, slots=True)
class TimeReached:
    """The time asked for with `WakeAt` is there."""


@dataclass(frozen=True, slots=True)
class Panic:
    """Somebody wants silence on both sides, now."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The bridge is about to end: leave nothing sounding."""


Event = (
    MidiReceived
    | ValueReceived
    | PortOpened
    | PortLost
    | PortRefused
    | LinkUp
    | LinkDown
    | Linked
    | TimeReached
    | Panic
    | Stopped
)
