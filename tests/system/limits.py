"""`make soak` under the limits and locks of the system's unit: whatever the unit forbids, the bridge does without.

The soak's exit status says that nothing was wrong and that nothing grew: descriptors, threads, objects, memory. Not
among the usual scenarios: SOAK_SECONDS (default 60) says how long it plays.
"""

import os
import subprocess
from pathlib import Path

from programs import COMMAND
from report import check, finish

CHECKOUT = Path(os.environ.get("CHECKOUT", Path(__file__).resolve().parents[2]))
SECONDS = os.environ.get("SOAK_SECONDS", "60")
NOT_LIMITS = ("Type=", "Exec", "Restart", "Watchdog", "Timeout", "SyslogLevel=", "RuntimeDirectory")
"""What the unit says of starting and ending, which is systemd-run's to say here."""


def limits() -> list[str]:
    unit = (CHECKOUT / "systemd/nallely-midibridge.service").read_text()
    service = unit.partition("[Service]\n")[2].partition("\n[")[0]
    return [line for line in service.splitlines() if "=" in line and not line.startswith(("#", *NOT_LIMITS))]


def soak() -> int:
    properties = [option for limit in limits() for option in ("-p", limit)]
    where = ["-p", f"WorkingDirectory={CHECKOUT}", "-E", "PYTHONDONTWRITEBYTECODE=1"]
    python = str(Path(COMMAND).parent / "python")
    command = ["systemd-run", "--wait", "--pipe", "--collect", *properties, *where, python, "-m", "tests.soak", SECONDS]
    return subprocess.run(command, check=False).returncode


check(f"soaks for {SECONDS} seconds under {len(limits())} limits of the unit", soak() == 0)
finish()
