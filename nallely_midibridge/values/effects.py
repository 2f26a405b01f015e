"""What the engine asks for. Performing an effect never waits, so whoever brought the event performs them."""

from dataclasses import dataclass
from typing import NamedTuple

from nallely_midibridge.values.midi import MidiMessage


class SendValue(NamedTuple):
    """Send a value to the session. ``every`` keeps it in order behind a slow peer; else the newest is enough."""

    neuron: str
    parameter: str
    value: float
    every: bool = False


class SendMidi(NamedTuple):
    """Send a message on an open port of the mapping."""

    port: str
    message: MidiMessage


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Try once more to send what an open port of the mapping did not take, in order."""

    port: str


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Bring `TimeReached` at this time (seconds of the clock that stamps the events); replaces an earlier wish."""

    at: float


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the operator, in one line."""

    text: str


Effect = SendValue | SendMidi | SendAgain | WakeAt | Report
