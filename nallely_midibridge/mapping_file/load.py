"""A mapping file from its text or from the disk, or everything that is wrong with it."""

import os
import sys
from typing import Final

from nallely_midibridge.mapping_file.compose import MAX_LENGTH, read
from nallely_midibridge.mapping_file.meaning import meaning
from nallely_midibridge.mapping_file.problem import WHOLE_FILE, Place, Problem
from nallely_midibridge.mapping_file.report import Report
from nallely_midibridge.mapping_file.syntax import end_of
from nallely_midibridge.values.errors import MappingError
from nallely_midibridge.values.mapping import Mapping

VIRTUAL_PORTS: Final = sys.platform != "win32"
"""Whether programs can make MIDI ports here; Windows has no such thing."""


def load_text(text: str, name: str = "bridge.yaml", *, virtual_ports: bool = VIRTUAL_PORTS) -> Mapping:
    """The mapping that ``text`` says; see `read_text`."""
    return read_text(text, name, virtual_ports=virtual_ports)[0]


def read_text(
    text: str, name: str = "bridge.yaml", *, virtual_ports: bool = VIRTUAL_PORTS
) -> tuple[Mapping, tuple[Problem, ...]]:
    """The mapping that ``text`` says, and notes on what is right but may surprise.

    ``name`` is what problems call the file; other files it names are looked for in the same folder.
    Without ``virtual_ports`` a virtual port is a problem. Raises MappingError,
    whose ``problems`` are every `Problem` of the text in the order of the file.
    """
    document = read(text, name)
    report = Report(document)
    mapping = meaning(document, report, virtual_ports=virtual_ports) if document.complete else Mapping()
    if problems := report.problems():
        raise MappingError(problems)
    return mapping, report.notes


def load_file(path: str | os.PathLike[str], *, virtual_ports: bool = VIRTUAL_PORTS) -> Mapping:
    """The mapping in a file; see `read_file`."""
    return read_file(path, virtual_ports=virtual_ports)[0]


def read_file(
    path: str | os.PathLike[str], *, virtual_ports: bool = VIRTUAL_PORTS
) -> tuple[Mapping, tuple[Problem, ...]]:
    """The mapping in a file, UTF-8, and notes as in `read_text`. Raises MappingError, also when it cannot be read."""
    name = os.fspath(path)
    return read_text(_text(name), name, virtual_ports=virtual_ports)


def _text(name: str) -> str:
    try:
        with open(name, "rb") as file:
            content = file.read(MAX_LENGTH + 1)
    except FileNotFoundError:
        raise _unreadable(name, "there is no such file") from None
    except IsADirectoryError:
        raise _unreadable(name, "this is a folder, not a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(name, f"the file cannot be read: {reason.lower()}") from None
    if len(content) > MAX_LENGTH:
        raise _unreadable(name, f"this is too long for a mapping file, which has at most {MAX_LENGTH:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte 0x{error.object[error.start]:02x} is not UTF-8 text; save the file as UTF-8"
        before = error.object[: error.start].decode()
        raise _unreadable(name, message, end_of(before + "x")) from None


def _unreadable(name: str, message: str, place: Place = WHOLE_FILE) -> MappingError:
    return MappingError((Problem(name, *place, "", message),))
