"""What happens on a bridge, in lines for people."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from nallely_midibridge.scenario.midi_words import message_words
from nallely_midibridge.values.difference import ended_words
from nallely_midibridge.values.watch import TRAFFIC

Event = Mapping[str, Any]


def line(event: Event) -> str:
    """``12:34:56.789  keys -> C4 on 100``: when, and what. An event of a later version is shown as it came."""
    words = _WORDS.get(str(event.get("event")))
    try:
        said = words(event) if words else str(dict(event))
    except (KeyError, TypeError, ValueError):
        said = str(dict(event))
    return f"{_clock(event.get('at'))}  {''.join(c if c.isprintable() else '?' for c in said)}"


def is_traffic(event: Event) -> bool:
    """Whether it is one of those that happen all the time."""
    return event.get("event") in TRAFFIC


def _clock(at: object) -> str:
    if not isinstance(at, int | float):
        return " " * len("00:00:00.000")
    try:
        return f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at * 1000) % 1000:03}"
    except (ValueError, OverflowError, OSError):
        return "??:??:??.???"


def _value(event: Event) -> str:
    value = event["value"]
    return "beyond all numbers" if value is None else f"{value:.6g}"


def _reload(event: Event) -> str:
    if event["ok"]:
        return f"the mapping file was read again: {event['file']}{ended_words(event.get('ended') or {})}"
    return f"the mapping file was not taken: {event['error']}"


_WORDS: Final[Mapping[str, Callable[[Event], str]]] = {
    "midi_in": lambda e: f"{e['port']} -> {message_words(e['bytes'])}",
    "midi_out": lambda e: f"{e['port']} <- {message_words(e['bytes'])}",
    "value_in": lambda e: f"{e['neuron']}.{e['parameter']} <- {_value(e)}",
    "value_out": lambda e: f"{e['neuron']}.{e['parameter']} -> {_value(e)}",
    "port_opened": lambda e: f"port {e['port']} is open ({e['direction']})",
    "port_lost": lambda e: f"port {e['port']} is gone ({e['direction']})",
    "link_up": lambda e: f"neuron {e['neuron']} is connected",
    "link_down": lambda e: f"neuron {e['neuron']} is not connected any more",
    "panic": lambda e: "panic: all is silent",
    "report": lambda e: str(e["text"]),
    "reload": _reload,
    "lost": lambda e: f"… {e['count']:,} more, too fast to show",
    "stopping": lambda e: "the bridge is stopping",
}
