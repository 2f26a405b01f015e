"""The installed unit, and what systemd says of it."""

import re
import subprocess
import time
from pathlib import Path

from machine import output_of
from programs import COMMAND

UNIT = "nallely-midibridge"
FILE = Path("/etc/nallely-midibridge/bridge.yaml")


NOTIFY_RELOAD_SINCE = 253
VERSION = int(re.findall(r"systemd (\d+)", output_of("systemctl", "--version"))[0])


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


def journal_since(began: float) -> str:
    """The unit's lines from a time of ``time.monotonic`` on, each with the seconds from then."""
    lines = output_of("journalctl", "-u", UNIT, "-b", "-o", "short-monotonic", "-n", "100").splitlines()
    told = (re.match(r"\[ *([0-9.]+)\] \S+ (.*)", line) for line in lines)
    return "\n".join(
        f"{float(found[1]) - began:6.2f} s  {found[2]}" for found in told if found and float(found[1]) >= began
    )


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
