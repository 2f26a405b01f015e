"""The system unit, installed by the README's commands. ``after_reboot.py`` is the second half."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from devices import Keyboard
from machine import IS_EMULATED, output_of, wait_for
from programs import CONFIG
from report import check, finish, note
from sequencer_module import DEVICE, load, no_autoload, unload
from session import Session
from unit import (
    FILE,
    NOTIFY_RELOAD_SINCE,
    UNIT,
    VERSION,
    install,
    journal,
    journal_after,
    journal_since,
    lines_so_far,
    restart,
    show,
    systemctl,
)

KEYBOARD = Keyboard("Arturia KeyStep 37")
SILENT_WITHIN = 15.0 if IS_EMULATED else 3.0
WAITS_FOR_RELOAD = VERSION >= NOTIFY_RELOAD_SINCE
KILLS = int(os.environ.get("KILLS", "1"))
RESTARTED_WITHIN = 20.0 if IS_EMULATED else 10.0


def first_start() -> None:
    """As the README installs it: no session, no network beyond this machine, no device."""
    FILE.unlink(missing_ok=True)
    said = install()
    note(said)
    check("installed: says what it did", f"wrote {FILE}" in said and "is running" in said)
    check("enabled and started", show("ActiveState", "UnitFileState") == ["active", "enabled"])
    kind = "notify-reload" if WAITS_FOR_RELOAD else "notify"
    check(f"Type={kind} for systemd {VERSION}", show("Type") == [kind], show("Type"))
    check("logs what it waits for", wait_for(lambda: "waiting for the input" in journal(), 20, 0.5))
    note(journal())
    check(
        "the status says it too", "waiting for keys; not connected: keys" in show("StatusText")[0], show("StatusText")
    )
    note(output_of("systemctl", "status", "--no-pager", UNIT))
    again = install()
    check("installed again: the mapping file is kept", f"kept {FILE}" in again and "is as it should be" in again)
    user = output_of("ps", "-o", "user:30=,group=,supgrp=,nlwp=,rss=", "-p", show("MainPID")[0]).strip()
    check("runs as a user of its own", not user.startswith("root"), user)
    priorities = output_of("journalctl", "-u", UNIT, "-b", "-o", "json", "--output-fields=PRIORITY,MESSAGE", "-n", "1")
    check("priorities are the journal's, not text", '"PRIORITY":"6"' in priorities and "<6>" not in priorities)


def analyze() -> None:
    verified = output_of("systemd-analyze", "verify", f"/etc/systemd/system/{UNIT}.service")
    check("systemd-analyze verify has nothing to say of it", UNIT not in verified, verified.strip() or "silent")
    exposure = output_of("systemd-analyze", "security", "--no-pager", UNIT).splitlines()
    found = re.search(r"level for .*: ([0-9.]+)", exposure[-1])
    check("systemd-analyze security: 1.5 or better", found and float(found[1]) <= 1.5, exposure[-1].strip())
    note("\n".join(line for line in exposure if line.startswith("✗")))


def no_name_server() -> None:
    """A session by a name that nobody knows, and no way to ask."""
    FILE.write_text((CONFIG / "keyboard.yaml").read_text().replace("bus: localhost:6789", "bus: studio.invalid"))
    place = lines_so_far()
    took = restart()
    check("started without a network to find the session in", show("ActiveState") == ["active"], f"{took:.1f} s")
    check("says so", wait_for(lambda: "no connection to ws://studio.invalid" in journal_after(place), 30, 0.5))
    note(journal_after(place))


def wrong_file() -> None:
    FILE.write_text("ports:\n  keys: KeyStep\nneurons:\n  keys:\n    voicess: {}\n")
    place = lines_so_far()
    systemctl("restart", UNIT)
    wait_for(lambda: show("ActiveState") == ["failed"], 20, 0.2)
    time.sleep(5)
    found = show("ActiveState", "ExecMainStatus", "NRestarts")
    check("a wrong file: status 2, and no restart", found == ["failed", "2", "0"], found)
    check("says what is wrong and where", "bridge.yaml:5" in journal_after(place), journal_after(place))
    check("so does the status", "bridge.yaml:" in show("StatusText")[0], show("StatusText"))


def right_file() -> None:
    shutil.copy(CONFIG / "keyboard.yaml", FILE)
    with Session("keys") as session:
        systemctl("restart", UNIT)
        check("restart with a right file", session.nallely.wait_for_neuron("keys", 20), show("ActiveState"))
        unplugged_in_a_chord(session)
        for _ in range(KILLS):
            killed_in_a_chord(session)
        reloaded(session)
        took = restart()
        if not check(f"restart takes less than {RESTARTED_WITHIN:g} s", took < RESTARTED_WITHIN, f"{took:.2f} s"):
            note(output_of("journalctl", "-u", UNIT, "-b", "-o", "short-precise", "-n", "20"))
        KEYBOARD.unplug()


def chord(session: Session, what: str) -> None:
    KEYBOARD.play("90 3c 64", "90 40 64", "90 43 64", "90 47 64")
    wait_for(lambda: len(session.sounding()) == 4)
    check(what, sorted(session.sounding().values()) == [60, 64, 67, 71], session.sounding())


def opened() -> bool:
    return wait_for(lambda: show("StatusText")[0].startswith("ports open: 1 of 1; connected: keys"), 20, 0.1)


def unplugged_in_a_chord(session: Session) -> None:
    KEYBOARD.plug()
    check("plugged: open, and the status says so", opened(), show("StatusText"))
    chord(session, "plays")
    KEYBOARD.unplug()
    check("unplugged in a chord: silent", session.silent_at(10))
    waits = wait_for(lambda: "waiting for keys" in show("StatusText")[0], 10, 0.1)
    check("and waits for it", waits, show("StatusText"))
    KEYBOARD.plug()
    check("plugged again: open", opened(), show("StatusText"))


def killed_in_a_chord(session: Session) -> None:
    chord(session, "plays again")
    old = show("MainPID")[0]
    began = time.monotonic()
    subprocess.run(["kill", "-KILL", old], check=True)
    silent = session.silent_at(30)
    took = silent - began if silent else float("inf")
    check(f"killed in a chord: silent within {SILENT_WITHIN:g} s", took <= SILENT_WITHIN, f"{took:.2f} s")
    back = wait_for(lambda: show("ActiveState") == ["active"] and show("MainPID")[0] not in (old, "0"), 30, 0.1)
    check("and at work again", back and opened(), f"{time.monotonic() - began:.1f} s, {show('NRestarts')[0]} restart")
    started = int(show("ExecMainStartTimestampMonotonic")[0]) / 1e6 - began
    note(f"from the kill on; the new process was there after {started:.2f} s:\n{journal_since(began)}")
    chord(session, "and plays")


def reloaded(session: Session) -> None:
    good = FILE.read_text()
    mark, place = session.mark(), lines_so_far()
    FILE.write_text(good.replace("cutoff:", "brightness:"))
    systemctl("reload", UNIT)
    is_done = wait_for(lambda: f"read {FILE} again" in journal_after(place), 0.3, 0.1)
    if WAITS_FOR_RELOAD:  # without notify-reload nothing is promised, and a quick one may be done all the same
        check("systemctl reload returns when the file has been read", is_done)
    taken = wait_for(lambda: "brightness" in session.nallely.parameters("keys"), 20)
    check("reload with a good file, while a chord sounds", taken, session.nallely.parameters("keys"))
    check("what did not change plays on", not session.since(mark), session.since(mark))
    place = lines_so_far()
    FILE.write_text(good.replace("voices:", "voicess:"))
    systemctl("reload", UNIT)
    refused = wait_for(lambda: "the last reload was refused" in show("StatusText")[0], 20, 0.1)
    check("reload with a wrong file is refused, and the status says so", refused, show("StatusText"))
    note(journal_after(place))
    errors = output_of("journalctl", "-u", UNIT, "-b", "-p", "err", "-o", "cat")
    check("what is wrong is an error in the journal", "voicess" in errors)
    check("it goes on all the same", show("ActiveState") == ["active"] and len(session.sounding()) == 4)
    FILE.write_text(good)
    systemctl("reload", UNIT)
    check("and takes a right one again", wait_for(lambda: "refused" not in show("StatusText")[0], 20, 0.1))


def started_before_the_module(has_node: bool) -> None:
    """The unit may open one device only; it must be allowed to when that appears later."""
    what = "with a device node standing" if has_node else "with no device node"
    systemctl("stop", UNIT)
    if not check("the module can be taken out", unload()):
        return
    with no_autoload():
        if not has_node:
            DEVICE.unlink(missing_ok=True)
        place = lines_so_far()
        systemctl("start", UNIT)
        wait_for(lambda: any(said in journal_after(place) for said in ("looking again", "MIDI: ")), 20, 0.3)
        load()
        going = wait_for(lambda: "MIDI: the ALSA sequencer" in journal_after(place), 10, 0.3)
        check(f"started before the module is loaded, {what}: gets going after", going)
        note(journal_after(place))


first_start()
analyze()
no_name_server()
wrong_file()
right_file()
started_before_the_module(has_node=True)
started_before_the_module(has_node=False)
assert Path(FILE).read_text() == (CONFIG / "keyboard.yaml").read_text()
finish()
