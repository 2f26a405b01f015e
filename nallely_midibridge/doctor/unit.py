"""Whether systemd looks after a bridge: the unit is there, is started at boot, and runs."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem, warning

UNIT: Final = "nallely-midibridge.service"
WITHIN: Final = 5.0
SYSTEMD_RUNS: Final = Path("/run/systemd/system")
"""There if and only if systemd is the init (sd_booted(3))."""
ASKED: Final = "LoadState,ActiveState,SubState,UnitFileState,NRestarts,Result"

Show = Callable[[bool], Mapping[str, str] | None]
"""What systemd says of the unit, of the user's one or the system's; None where it cannot be asked."""


def show(of_user: bool) -> Mapping[str, str] | None:
    """What ``systemctl show`` says of the unit."""
    command = ["systemctl", *(["--user"] if of_user else []), "show", UNIT, f"--property={ASKED}"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)


def unit(patient: Patient, show: Show = show, booted: Path = SYSTEMD_RUNS) -> Iterator[Finding]:
    """The system's unit and the user's; that there is none is nothing wrong."""
    if not booted.exists() or shutil.which("systemctl") is None:
        yield ok("no systemd here, so no service")
        return
    found = {of_user: show(of_user) for of_user in (False, True)}
    installed = {of_user: said for of_user, said in found.items() if said and said.get("LoadState") == "loaded"}
    if not installed:
        yield ok(f"{UNIT} is not installed: the bridge runs when you start it")
    for of_user, said in installed.items():
        yield _grade(said, "--user " if of_user else "", "" if of_user else "sudo ")


def _grade(said: Mapping[str, str], user: str, sudo: str) -> Finding:
    name = f"{UNIT}{' of this user' if user else ''}"
    active, restarts = said.get("ActiveState", ""), said.get("NRestarts", "0")
    if active == "failed":
        return problem(f"{name} has failed ({said.get('Result')})", f"journalctl {user}-u {UNIT} -b -n 50")
    if active != "active":
        return warning(f"{name} is installed and does not run ({active})", f"{sudo}systemctl {user}start {UNIT}")
    if said.get("UnitFileState") != "enabled":
        return warning(f"{name} runs, but is not started at boot", f"{sudo}systemctl {user}enable {UNIT}")
    again = f"; it was restarted {restarts} times" if restarts not in ("", "0") else ""
    return ok(f"{name} runs and is started at boot{again}")
