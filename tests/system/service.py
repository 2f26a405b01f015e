"""The system unit, installed by the README's commands. ``after_reboot.py`` is the second half."""

import shutil
import subprocess
import time
from pathlib import Path

from machine import output_of, wait_for
from programs import CONFIG
from report import check, finish, note
from sequencer_module import DEVICE, load, no_autoload, unload
from session import Session
from unit import FILE, UNIT, journal, restart, show, systemctl


def first_start() -> None:
    """config/service.yaml as it is: its session is elsewhere and none of its devices is there."""
    systemctl("enable", "--now", UNIT)
    check("enabled and started", show("ActiveState", "UnitFileState") == ["active", "enabled"])
    check("logs what it waits for", wait_for(lambda: "waiting for the input" in journal(), 20, 0.5))
    note(journal())
    user = output_of("ps", "-o", "user:30=,group=,supgrp=,nlwp=,rss=", "-p", show("MainPID")[0]).strip()
    check("runs as a user of its own", not user.startswith("root"), user)
    priorities = output_of("journalctl", "-u", UNIT, "-b", "-o", "json", "--output-fields=PRIORITY,MESSAGE", "-n", "1")
    check("priorities are the journal's, not text", '"PRIORITY":"6"' in priorities and "<6>" not in priorities)


def analyze() -> None:
    verified = output_of("systemd-analyze", "verify", f"/etc/systemd/system/{UNIT}.service")
    check("systemd-analyze verify has nothing to say of it", UNIT not in verified, verified.strip() or "silent")
    exposure = output_of("systemd-analyze", "security", "--no-pager", UNIT).splitlines()
    check("systemd-analyze security says OK", "OK" in exposure[-1], exposure[-1].strip())
    note("\n".join(line for line in exposure if line.startswith("✗")))


def wrong_file() -> None:
    FILE.write_text("ports:\n  keys: KeyStep\nneurons:\n  keys:\n    voicess: {}\n")
    systemctl("restart", UNIT)
    wait_for(lambda: show("ActiveState") == ["failed"], 20, 0.2)
    time.sleep(5)
    found = show("ActiveState", "ExecMainStatus", "NRestarts")
    check("a wrong file: status 2, and no restart", found == ["failed", "2", "0"], found)
    check("says what is wrong and where", "bridge.yaml:5" in journal(4), journal(4))


def right_file() -> None:
    shutil.copy(CONFIG / "keyboard.yaml", FILE)
    with Session("keys") as session:
        systemctl("restart", UNIT)
        check("restart with a right file", session.nallely.wait_for_neuron("keys", 20), show("ActiveState"))
        old = show("MainPID")[0]
        began = time.monotonic()
        subprocess.run(["kill", "-KILL", old], check=True)
        back = wait_for(lambda: show("ActiveState") == ["active"] and show("MainPID")[0] not in (old, "0"), 20, 0.1)
        check("killed: started again", back, f"after {time.monotonic() - began:.1f} s, {show('NRestarts')[0]} restart")
        took = restart()
        check("restart takes less than 10 s", took < 10, f"{took:.2f} s")


def started_before_the_module(has_node: bool) -> None:
    """The unit may open one device only; it must be allowed to when that appears later."""
    what = "with a device node standing" if has_node else "with no device node"
    systemctl("stop", UNIT)
    if not check("the module can be taken out", unload()):
        return
    with no_autoload():
        if not has_node:
            DEVICE.unlink(missing_ok=True)
        place = len(journal(1000).splitlines())
        systemctl("start", UNIT)
        wait_for(lambda: any(said in journal_after(place) for said in ("looking again", "MIDI: ")), 20, 0.3)
        load()
        going = wait_for(lambda: "MIDI: the ALSA sequencer" in journal_after(place), 10, 0.3)
        check(f"started before the module is loaded, {what}: gets going after", going)
        note(journal_after(place))


def journal_after(place: int) -> str:
    return "\n".join(journal(1000).splitlines()[place:])


first_start()
analyze()
wrong_file()
right_file()
started_before_the_module(has_node=True)
started_before_the_module(has_node=False)
assert Path(FILE).read_text() == (CONFIG / "keyboard.yaml").read_text()
finish()
