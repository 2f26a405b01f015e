"""What happened, in the words of docs/control.md, from an event and what was done about it."""

import math
from collections.abc import Iterator, Sequence

from nallely_midibridge.values.effects import Effect, Report, SendMidi, SendValue
from nallely_midibridge.values.events import (
    Event,
    LinkDown,
    LinkUp,
    MidiReceived,
    Panic,
    PortLost,
    PortOpened,
    ValueReceived,
)
from nallely_midibridge.values.watch import Happening


def happenings(at: float, event: Event, effects: Sequence[Effect]) -> Iterator[Happening]:
    """First the event if it is one to tell of, then its effects. ``at`` is in seconds since 1970."""
    at = round(at, 6)
    match event:
        case MidiReceived(port, message):
            yield {"event": "midi_in", "at": at, "port": port, "bytes": list(message)}
        case ValueReceived(neuron, parameter, value):
            yield {"event": "value_in", "at": at, "neuron": neuron, "parameter": parameter, "value": _finite(value)}
        case PortOpened() | PortLost():
            name = "port_opened" if isinstance(event, PortOpened) else "port_lost"
            yield {"event": name, "at": at, "port": event.port, "direction": event.direction.value}
        case LinkUp(neuron) | LinkDown(neuron):
            yield {"event": "link_up" if isinstance(event, LinkUp) else "link_down", "at": at, "neuron": neuron}
        case Panic():
            yield {"event": "panic", "at": at}
        case _:
            pass  # the clock, and the end, which the socket tells by itself
    for effect in effects:
        match effect:
            case SendMidi(port, message):
                yield {"event": "midi_out", "at": at, "port": port, "bytes": list(message)}
            case SendValue(neuron, parameter, value):
                yield {"event": "value_out", "at": at, "neuron": neuron, "parameter": parameter, "value": value}
            case Report(text):
                yield {"event": "report", "at": at, "text": text}
            case _:
                pass


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON has no infinity
