"""``ports``: this machine's MIDI ports, and what to write in the mapping file for them."""

import json
import sys
from collections.abc import Iterable

from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.midi_system import MidiSystem
from nallely_midibridge.edges.port_watch import LOOK_EVERY
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.edges.usb import device_of
from nallely_midibridge.values.errors import MidiSystemError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.port_name import THROUGH, short_name

Listing = dict[str, tuple[Direction, ...]]
"""Full names of ports, with the directions each can be opened in."""


def ports(as_json: bool, watch: bool) -> int:
    """Print the ports. Raises MidiSystemError when there is no MIDI system."""
    try:
        system = find_midi_system()
    except MidiSystemError as error:
        if as_json:
            print(json.dumps({"midi_system": None, "error": str(error), "ports": []}))
            return 1
        raise
    try:
        listing = _list(system)
        print(_json(system, listing) if as_json else _table(system, listing), flush=True)
        if watch:
            _watch(system, listing, as_json)
    finally:
        system.close()
    return 0


def _list(system: MidiSystem) -> Listing:
    listing: Listing = {}
    for direction in Direction:
        for name in system.port_names(direction):
            listing[name] = (*listing.get(name, ()), direction)
    return listing


def _entry(name: str, directions: Iterable[Direction]) -> dict[str, object]:
    device = device_of(name)
    ways = {direction.value: direction in directions for direction in Direction}
    return {"name": name, "write": short_name(name), "usb": device.usb, "serial": device.serial, **ways}


def _json(system: MidiSystem, listing: Listing) -> str:
    return json.dumps({"midi_system": system.name, "ports": [_entry(*item) for item in listing.items()]})


def _table(system: MidiSystem, listing: Listing) -> str:
    if not listing:
        return f"MIDI: {system.name}. No ports but ours: plug something in, and try again or with --watch."
    width = max(len(short_name(name)) for name in listing) + 2
    rows = [f"  {short_name(name)!r:<{width}}  {_words(listing[name])}{_device(name)}" for name in listing]
    example = min((short_name(name) for name in listing), key=lambda name: name.startswith(THROUGH))
    advice = [f'In the mapping file, a name or whole words of it:  ports: {{keys: "{example}"}}', *_twins(listing)]
    return "\n".join([f"MIDI: {system.name}", *rows, *advice])


def _device(name: str) -> str:
    device = device_of(name)
    return (f", usb {device.usb}" if device.usb else "") + (f", serial {device.serial}" if device.serial else "")


def _twins(listing: Listing) -> list[str]:
    """What to write for devices that have one name, when there are such."""
    names = [short_name(name) for name in listing]
    twin = next((name for name in listing if names.count(short_name(name)) > 1), None)
    if twin is None:
        return []
    usb = device_of(twin).usb
    which = f'usb: "{usb}"' if usb else "nth: 1"
    return [f'Two of one name are told apart:  ports: {{keys: {{match: "{short_name(twin)}", {which}}}}}']


def _words(directions: Iterable[Direction]) -> str:
    return " and ".join(direction.value for direction in directions)


def _watch(system: MidiSystem, before: Listing, as_json: bool) -> None:
    if not as_json:
        print("watching; Ctrl-C ends it", file=sys.stderr)
    with Signals() as signals:
        while not signals.wait(LOOK_EVERY):
            now = _list(system)
            for sign, names in (("-", before.keys() - now.keys()), ("+", now.keys() - before.keys())):
                for name in sorted(names):
                    _say_change(sign, name, (now if sign == "+" else before)[name], as_json)
            before = now


def _say_change(sign: str, name: str, directions: Iterable[Direction], as_json: bool) -> None:
    if as_json:
        change = {"change": "appeared" if sign == "+" else "vanished", **_entry(name, directions)}
        print(json.dumps(change), flush=True)
    else:
        print(f"{sign} {short_name(name)!r}  {_words(directions)}", flush=True)
