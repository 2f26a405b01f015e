"""A first mapping file, for what is plugged in: it is right as it stands, and its comments say what to change."""

from collections.abc import Iterator, Sequence
from typing import Final

from nallely_midibridge.mapping_file.plugged import Plugged, scalar, visible
from nallely_midibridge.values.port_name import short_name

DAW: Final = "daw"
"""The short name of the port that others see, and the name of its neuron."""
PLACEHOLDER: Final = ("keys", '"KeyStep 37"')
"""Where there is no device: a port's short name, and what is written for it."""
COLUMN: Final = 60
"""Where comments begin."""


def first_file(ports: Sequence[Plugged], notes: Sequence[str], *, arguments: str, virtual_ports: bool) -> str:
    """The text of a mapping file.

    * ``notes`` are sentences about what is plugged in, for comments.
    * ``arguments`` is what to type after ``check`` and ``run``: the file's name, or nothing.
    * ``virtual_ports``: whether this system has any.
    """
    known = [(port.short, port.written) for port in ports if port.written is not None] or [PLACEHOLDER]
    lines = [*_head(arguments), *_ports(known, notes, virtual_ports)]
    for place, (short, _) in enumerate(known):
        lines += ["", *(_keyboard(short) if place == 0 else map(_uncommented, _keyboard(short)))]
    if virtual_ports:
        lines += ["", *_daw()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(arguments: str) -> Iterator[str]:
    yield "# What is plugged in plays Nallely, and Nallely's values go to a DAW. Written by nallely-midibridge init."
    yield "#"
    for command, purpose in (
        ("check", "is this file right, and what does it do"),
        ("run", "play, until Ctrl-C"),
        ("learn", "the line to write for any other knob, wheel or pad: move it"),
    ):
        yield f"#   {f'nallely-midibridge {command} {arguments}'.rstrip():<42}  {purpose}"
    yield ""
    yield "nallely:"
    yield _commented("  bus: localhost:6789", "where Nallely runs: HOST or HOST:PORT")
    yield ""


def _ports(known: Sequence[tuple[str, str]], notes: Sequence[str], virtual_ports: bool) -> Iterator[str]:
    yield _commented("ports:", "a short name for each MIDI port")
    yield from (f"  # {visible(note)}" for note in notes)
    yield from (f"  {scalar(short)}: {written}" for short, written in known)
    if virtual_ports:
        yield _commented(f'  {DAW}: {{virtual: "Nallely"}}', "made by the bridge: a MIDI input in the DAW")
    yield ""
    yield "neurons:"


def _keyboard(short: str) -> Iterator[str]:
    """What nearly every keyboard has."""
    name = scalar(short)
    yield _commented(f"  {name}:", "its name in Nallely; no underscore in it")
    yield _commented("    voices:", "if it has no keys, take these two lines out")
    yield _commented(f"      voice: {{from: {name}, count: 4, velocity: vel}}", "voice1 to voice4, four keys at once")
    yield _commented("    params:", "one control a line")
    yield _commented(f"      bend: {{from: {name}, pitchbend: true, range: [-2, 2]}}", "the pitch wheel")
    yield _commented(f"      mod: {{from: {name}, cc: 1, range: [0, 1]}}", "the modulation wheel")
    yield _commented(f"      sustain: {{from: {name}, cc: 64, range: [0, 1]}}", "the pedal; it holds the voices anyway")


def _daw() -> Iterator[str]:
    yield f"  {DAW}:"
    yield _commented("    probes:", f"what is patched to {DAW}_mon1 leaves as CC 20")
    yield f'      mon{{1..4}}: {{to: {DAW}, cc: "{{20..23}}", channel: 1, range: [0, 127]}}'
    yield _commented(f"      lead: {{to: {DAW}, note: true, channel: 2}}", "the value is the note, 60 is C4, 0 silence")


def _commented(line: str, comment: str) -> str:
    return f"{line:<{COLUMN}}  # {comment}"


def _uncommented(line: str) -> str:
    return line.partition("  # ")[0]


def notes_of(ports: Sequence[Plugged], programs: Sequence[str], trouble: str | None) -> list[str]:
    """What the comments say of the ports: why there is a placeholder, and what is not in the file."""
    notes = []
    if trouble:
        notes.append(f"There was no MIDI system when this was written: {trouble}")
    if not any(port.written for port in ports):
        notes.append("No MIDI device was there when this was written. Put its name here, as `nallely-midibridge ports`")
        notes.append("shows it: part of it is enough, in whole words. Until then the bridge waits for it.")
    for port in ports:
        if port.written is None:
            notes.append(f"left out, for no name that can be written means it alone: {short_name(port.name)[:100]}")
    notes += [f"left out, for it is a program's: {short_name(name)[:100]}" for name in programs]
    return notes
