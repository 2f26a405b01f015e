"""What has to be done to have the bridge as a service, and to have it no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nallely_midibridge.values.errors import ServiceError
from nallely_midibridge.values.step import Provide, Remove, RemoveFolder, Run, Step, Write

NAME: Final = "nallely-midibridge"
UNIT: Final = f"{NAME}.service"
NOTIFY_RELOAD_SINCE: Final = 253
"""The version of systemd that brought Type=notify-reload."""
RELOAD: Final = "Type=notify-reload"
RELOAD_BEFORE: Final = "Type=notify\nExecReload=kill -HUP $MAINPID"
MODULES: Final = ("snd-seq", "snd-seq-midi")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service lies: the system's, or one user's. ``modules`` is where the system says what to load at boot."""

    unit: Path
    config: Path
    modules: Path | None
    systemctl: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What the files are made of."""

    unit: str
    example: str
    modules: str


def install_plan(place: Place, texts: Texts, command: Sequence[str], file: Path, version: int | None) -> list[Step]:
    """Install or upgrade: the same steps. ``version`` is systemd's, None if unknown."""
    steps: list[Step] = []
    if file == place.config:
        steps.append(Provide(file, texts.example))
    if place.modules is not None:
        steps.append(Write(place.modules, texts.modules))
        steps += [Run(("modprobe", module), f"it waits for the module {module}") for module in MODULES]
    steps.append(Write(place.unit, unit_text(texts.unit, command, file, version)))
    # Started anew if it runs: there may be another version of it now.
    manager = (("daemon-reload",), ("enable", UNIT), ("restart", UNIT))
    return [*steps, *(Run((*place.systemctl, *what)) for what in manager)]


def uninstall_plan(place: Place, texts: Texts) -> list[Step]:
    """Undo it. The user's mapping file stays."""
    modules = [Remove(place.modules)] if place.modules is not None else []
    return [
        Run((*place.systemctl, "disable", "--now", UNIT), "it was not running"),
        Remove(place.unit),
        *modules,
        Remove(place.config, only=texts.example),
        RemoveFolder(place.config.parent),
        Run((*place.systemctl, "daemon-reload")),
        Run((*place.systemctl, "reset-failed", UNIT), ""),
    ]


def unit_text(template: str, command: Sequence[str], file: Path, version: int | None) -> str:
    """The unit for a command and a mapping file, in the words that this version of systemd knows.

    Raises ServiceError for a path that cannot stand in a unit.
    """
    start = " ".join(_quoted(word) for word in (*command, "run", "-c", str(file)))
    lines = [f"ExecStart={start}" if line.startswith("ExecStart=") else line for line in template.splitlines()]
    if version is not None and version < NOTIFY_RELOAD_SINCE:
        lines = [RELOAD_BEFORE if line == RELOAD else line for line in lines]
    return "\n".join(lines) + "\n"


def _quoted(word: str) -> str:
    """A word of a command line as systemd.service(5) reads it."""
    if not word.isprintable():
        raise ServiceError(f"{word!r} cannot stand in a unit; give it a name of letters and digits")
    word = word.replace("%", "%%").replace("$", "$$").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{word}"' if any(c in word for c in " '\";\\\t") else word
