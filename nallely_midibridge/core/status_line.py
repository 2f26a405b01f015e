"""How a running bridge is, in the one line that `systemctl status` shows."""

from collections.abc import Collection
from typing import Final

from nallely_midibridge.values.status import Status

NAMES: Final = 5
"""More names than this are counted."""


def status_line(status: Status, remark: str = "") -> str:
    """``ports open: 1 of 2, waiting for pads; connected: keys; voices held: 3 of 4``, with a remark at the end."""
    said = [_ports(status), *_neurons(status), _voices(status), remark]
    return _one_line("; ".join(part for part in said if part)) or "nothing to do"


def _ports(status: Status) -> str:
    names = dict.fromkeys(port.name for port in status.ports)
    awaited = dict.fromkeys(port.name for port in status.ports if port.device is None)
    if not names:
        return ""
    if status.midi_system is None:
        return f"no port is open: {status.midi_trouble or 'no MIDI system'}"
    waiting = f", waiting for {_list(awaited)}" if awaited else ""
    return f"ports open: {len(names) - len(awaited)} of {len(names)}{waiting}"


def _neurons(status: Status) -> list[str]:
    there = [neuron.name for neuron in status.neurons if neuron.connected]
    away = [neuron.name for neuron in status.neurons if not neuron.connected]
    return [f"{how}: {_list(names)}" for how, names in (("connected", there), ("not connected", away)) if names]


def _voices(status: Status) -> str:
    count = sum(neuron.voices.count for neuron in status.neurons)
    held = sum(neuron.voices.held for neuron in status.neurons)
    return f"voices held: {held} of {count}" if count else ""


def _list(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:NAMES])
    return shown if len(names) <= NAMES else f"{shown} and {len(names) - NAMES} more"


def _one_line(text: str) -> str:
    """A line end would begin another assignment of the protocol."""
    return "".join(c if c.isprintable() else " " for c in text)
