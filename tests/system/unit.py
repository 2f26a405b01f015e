"""The installed unit, and what systemd says of it."""

import subprocess
import time
from pathlib import Path

from machine import output_of
from programs import COMMAND

UNIT = "nallely-midibridge"
FILE = Path("/etc/nallely-midibridge/bridge.yaml")


def systemctl(*arguments: str) -> None:
    done = subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        print("    ", "systemctl", *arguments, "->", done.returncode, done.stderr.strip(), flush=True)


def show(*properties: str) -> list[str]:
    """Values of the unit's properties, in the order asked for."""
    lines = output_of("systemctl", "show", UNIT, "-p", ",".join(properties)).splitlines()
    found = dict(line.split("=", 1) for line in lines)
    return [found[name] for name in properties]


def journal(lines: int = 30) -> str:
    """The unit's latest lines of this boot."""
    return output_of("journalctl", "-u", UNIT, "-b", "-o", "cat", "-n", str(lines)).strip()


def lines_so_far() -> int:
    return len(journal(100_000).splitlines())


def journal_after(place: int) -> str:
    """What the unit, and systemd of it, said after so many lines."""
    return "\n".join(journal(100_000).splitlines()[place:])


def install(*options: str) -> str:
    """Install the service as the main README does; what was said of it."""
    return output_of(COMMAND, "service", "install", *options)


def uninstall() -> str:
    return output_of(COMMAND, "service", "uninstall")


def restart() -> float:
    """Seconds that ``systemctl restart`` takes."""
    began = time.monotonic()
    systemctl("restart", UNIT)
    return time.monotonic() - began
