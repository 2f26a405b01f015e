"""``init [FILE]``: a first mapping file for the MIDI devices that are plugged in now."""

import shlex
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from nallely_midibridge.cli.config import FILE_NAME
from nallely_midibridge.cli.typed import command_name
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.usb import device_of, is_of_program
from nallely_midibridge.edges.whole_file import create
from nallely_midibridge.mapping_file.first_file import DAW, first_file, notes_of
from nallely_midibridge.mapping_file.load import VIRTUAL_PORTS
from nallely_midibridge.mapping_file.plugged import Plugged, plugged
from nallely_midibridge.values.errors import MidiSystemError, WriteError, words
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.port_name import THROUGH, is_ours, short_name

STANDARD_OUTPUT: Final = Path("-")


def init(file: Path) -> int:
    """Write the file, or to standard output for ``-``. Raises WriteError: it is there already, or has no room."""
    present, trouble = _inputs()
    others = [name for name in present if THROUGH not in name and not is_ours(name)]
    devices = [name for name in others if not is_of_program(name)]
    ports = plugged(present, device_of, devices, taken=(DAW,))
    notes = notes_of(ports, [name for name in others if is_of_program(name)], trouble)
    text = first_file(ports, notes, arguments=_arguments(file), virtual_ports=VIRTUAL_PORTS)
    if file == STANDARD_OUTPUT:
        print(text, end="", flush=True)
        return 0
    _create(file, text)
    _say(file, ports, trouble)
    return 0


def _inputs() -> tuple[list[str], str | None]:
    """The inputs that are there, and why there is no MIDI system, if there is none."""
    try:
        with closing(find_midi_system()) as system:
            return system.port_names(Direction.INPUT), None
    except MidiSystemError as error:
        return [], str(error)


def _create(file: Path, text: str) -> None:
    try:
        create(file, text)
    except FileExistsError:
        advice = f"write another with: {command_name()} init OTHER.yaml (or - to see it)"
        raise WriteError(f"{file} is there already and stays as it is; {advice}") from None
    except (OSError, ValueError) as error:
        raise WriteError(f"{file} cannot be written: {words(error)}; nothing was written") from error


def _arguments(file: Path) -> str:
    """What to type for the file after a command that looks for one by itself."""
    if file in (STANDARD_OUTPUT, Path(FILE_NAME)):
        return ""
    return shlex.quote(str(file)) if str(file).isprintable() else "FILE"


def _say(file: Path, ports: list[Plugged], trouble: str | None) -> None:
    found = [short_name(port.name) for port in ports if port.written is not None]
    print(f"wrote {file}, with " + (", ".join(map(repr, found)) or "a placeholder for a device: put in its name"))
    if trouble:
        print(trouble, file=sys.stderr)
    arguments = _arguments(file)
    for when, command in (("next", "check"), ("then", "run")):
        print(f"{when}: {command_name()} {command} {arguments}".rstrip(), flush=True)
