"""A user's own service, installed and taken away by that user. USER_OF_SERVICE (default bench) has to linger."""

import os
import pwd
import subprocess
import time
from pathlib import Path

from devices import Keyboard
from machine import wait_for
from programs import COMMAND, CONFIG
from report import check, finish, note
from session import Session
from unit import UNIT

USER = os.environ.get("USER_OF_SERVICE", "bench")
KEYBOARD = Keyboard("Arturia KeyStep 37")


def as_user(*command: str) -> subprocess.CompletedProcess[str]:
    """A command of the user's, as a login has it; standard error is with the output."""
    runtime = f"XDG_RUNTIME_DIR=/run/user/{pwd.getpwnam(USER).pw_uid}"
    words = ["runuser", "-u", USER, "--", "env", "-u", "SUDO_USER", f"HOME={home()}", runtime, *command]
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd="/")


def home() -> Path:
    return Path(pwd.getpwnam(USER).pw_dir)


def state(*properties: str) -> list[str]:
    lines = as_user("systemctl", "--user", "show", UNIT, "-p", ",".join(properties)).stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return [found.get(name, "") for name in properties]


def installed(session: Session) -> None:
    done = as_user(COMMAND, "service", "install", "--user")
    check("service install --user", done.returncode == 0, done.stdout)
    check("it runs", state("ActiveState", "UnitFileState") == ["active", "enabled"], state("StatusText"))
    check("and registers", session.nallely.wait_for_neuron("keys", 30))
    pid = state("MainPID")[0]
    owner = Path(f"/proc/{pid}").stat().st_uid
    check("as that user", owner == pwd.getpwnam(USER).pw_uid, owner)
    again = as_user(COMMAND, "service", "install", "--user").stdout
    check("installed again, it says what was there", "is as it should be" in again and "kept" in again)


def plays(session: Session) -> None:
    KEYBOARD.plug()
    waiting = "ports open: 1 of 1; connected: keys"
    check("opens the keyboard", wait_for(lambda: waiting in state("StatusText")[0], 30, 0.3), state("StatusText")[0])
    session.nallely.wait_for_neuron("keys", 20)
    KEYBOARD.play("90 3c 64", "90 40 64")
    check("plays", wait_for(lambda: len(session.sounding()) == 2), session.sounding())
    check("killed", as_user("kill", "-KILL", state("MainPID")[0]).returncode == 0)
    began = time.monotonic()
    silent = session.silent_at(30)
    check("killed in a chord: silent again", silent, silent and f"after {silent - began:.1f} s")
    KEYBOARD.unplug()


def uninstalled() -> None:
    file = home() / ".config/nallely-midibridge/bridge.yaml"
    file.write_text((CONFIG / "keyboard.yaml").read_text() + "\n# mine\n")
    done = as_user(COMMAND, "service", "uninstall", "--user")
    check("service uninstall --user", done.returncode == 0 and f"kept {file}" in done.stdout, done.stdout)
    check("nothing of it runs", state("ActiveState") == ["inactive"], state("ActiveState"))
    again = as_user(COMMAND, "service", "uninstall", "--user")
    check(
        "and again: nothing to do", again.returncode == 0 and "there is no such service" in again.stdout, again.stdout
    )
    file.unlink()


try:
    pwd.getpwnam(USER)
except KeyError:
    note(f"there is no user {USER}: not tried")
    finish()
with Session("keys") as session:
    installed(session)
    plays(session)
    uninstalled()
finish()
