"""Whether the ports that the file names are there, and which come near those that are not."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem, warning
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.usb import device_of
from nallely_midibridge.values.device import UNKNOWN, choose
from nallely_midibridge.values.errors import MidiSystemError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.port_name import is_ours, matches, short_name

NEAR: Final = 0.6
"""How alike names are that may have been mistaken for each other, 0 to 1 (difflib's ratio)."""
PORTS: Final = "nallely-midibridge ports"


def ports(patient: Patient) -> Iterator[Finding]:
    """Every port of the mapping that a route uses. Virtual ones the bridge makes itself."""
    if patient.mapping is None:
        return
    try:
        system = find_midi_system()
    except MidiSystemError:
        return  # said of the MIDI system
    try:
        names = {direction: system.port_names(direction) for direction in Direction}
        wanted = [(port, Direction.INPUT, port.input) for port in patient.mapping.input_ports if port.input]
        wanted += [(port, Direction.OUTPUT, port.output) for port in patient.mapping.output_ports if port.output]
        yield from (_port(port, direction, pattern, names) for port, direction, pattern in wanted)
    except MidiSystemError as error:
        yield problem(str(error))
    finally:
        system.close()


def _port(port: Port, direction: Direction, pattern: str, names: Mapping[Direction, Sequence[str]]) -> Finding:
    there = names[direction]
    what = f"port {port.name}: the {direction.value} {pattern!r}"
    name = choose(pattern, there, port.device, port.nth, device_of)
    if name is not None:
        return ok(f"port {port.name}: the {direction.value} is {short_name(name)!r}")
    if matches(pattern, there):
        other = "has another USB place or serial number"
        which = other if port.device != UNKNOWN else f"is there, but not {port.nth} of that name"
        return problem(f"{what} {which}", PORTS)
    others = list(dict.fromkeys(short_name(name) for name in there if not is_ours(name)))
    near = _near(pattern, others)
    if near is not None:
        return problem(f"{what} is not there, but {near!r} is: write that", PORTS)
    present = ", ".join(map(repr, others)) or "none"
    return warning(f"{what} is not there, and will be waited for; there: {present}", PORTS)


def _near(pattern: str, names: Sequence[str]) -> str | None:
    """The name most like a pattern: by its letters, or because one has the other's words in it."""
    plain = pattern.casefold().strip("*? ")
    for name in names:
        if plain and plain in name.casefold():
            return name
    folded = {name.casefold(): name for name in names}
    found = difflib.get_close_matches(plain, folded, n=1, cutoff=NEAR)
    return folded[found[0]] if found else None
