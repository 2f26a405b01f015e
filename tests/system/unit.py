"""The installed unit, and what systemd says of it."""

import subprocess
import time
from pathlib import Path

from machine import output_of

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


def restart() -> float:
    """Seconds that ``systemctl restart`` takes."""
    began = time.monotonic()
    systemctl("restart", UNIT)
    return time.monotonic() - began
