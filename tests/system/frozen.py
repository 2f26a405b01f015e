"""The unit with an engine that hangs: the watchdog ends it, and it is started again. And a neuron that is held."""

import re
import time
from pathlib import Path

from machine import output_of, wait_for
from programs import COMMAND, Program
from report import check, finish, note
from session import Session
from unit import FILE, UNIT, install, journal, journal_after, lines_so_far, show, systemctl, uninstall

HERE = Path(__file__).resolve().parent
DROP_IN = Path(f"/etc/systemd/system/{UNIT}.service.d/frozen.conf")
MAPPING = """
ports: {out: {virtual: Out}}
neurons:
  keys:
    probes: {mon: {to: out, cc: 20}}
"""


def hangs(session: Session) -> None:
    check("it is at work", session.nallely.wait_for_neuron("keys", 30), show("StatusText"))
    session.nallely.feed("keys.mon", 5)
    time.sleep(25)
    check("the watchdog leaves alone what turns", show("ActiveState", "NRestarts") == ["active", "0"])
    place, old = lines_so_far(), show("MainPID")[0]
    began = time.monotonic()
    session.nallely.feed("keys.mon", 127)
    bitten = wait_for(lambda: "Watchdog timeout" in journal_after(place), 60, 0.1)
    after = time.monotonic() - began
    check("the watchdog bites the one that hangs", bitten, f"{after:.1f} s after it began to hang")
    back = wait_for(lambda: show("ActiveState") == ["active"] and show("MainPID")[0] not in (old, "0"), 30, 0.1)
    took = time.monotonic() - began - after
    check("and it is started again", back and session.nallely.wait_for_neuron("keys", 20), f"{took:.1f} s later")
    trace = journal_after(place)
    check("the journal says where it hung", "freezing_backend.py" in trace, "freezing_backend.py, in _send")
    note(output_of("journalctl", "-u", UNIT, "-b", "-o", "short-precise", "-n", "60"))


def held() -> None:
    with Program(COMMAND, "run", "-c", str(FILE)) as second:
        second.wait_for("is held by")
        second.process.wait(30)
    told = (
        rf"is held by process {show('MainPID')[0]} of user ({UNIT}|number \d+), with {FILE}"  # libnss-systemd names it
    )
    check("a second bridge is told who holds the neuron", re.search(told, second.text), second.text)
    check("and ends with 1", second.status == 1, second.status)


def waits_for_what_is_held() -> None:
    systemctl("stop", UNIT)
    with Program(COMMAND, "run", "-c", str(FILE)) as first:
        first.wait_for("with ")
        wait_for(lambda: first.find("no connection") or first.find("registered"), 20)
        place = lines_so_far()
        systemctl("start", "--no-block", UNIT)
        check(
            "the service waits for a bridge that runs by hand",
            wait_for(lambda: "waiting for it" in journal_after(place), 30),
        )
        note(journal_after(place))
        note(show("StatusText")[0])
        first.stop()
        check("and has the neuron when that one ends", wait_for(lambda: show("ActiveState") == ["active"], 20, 0.2))


FILE.parent.mkdir(exist_ok=True)
before = FILE.read_text() if FILE.exists() else None
FILE.write_text(MAPPING)
DROP_IN.parent.mkdir(parents=True, exist_ok=True)
DROP_IN.write_text(f"[Service]\nEnvironment=MIDO_BACKEND=freezing_backend PYTHONPATH={HERE}\n")
with Session("keys") as session:
    note(install())
    hangs(session)
    DROP_IN.unlink()
    DROP_IN.parent.rmdir()
    systemctl("daemon-reload")
    systemctl("restart", UNIT)
    held()
    waits_for_what_is_held()
note(uninstall())
check(
    "uninstall leaves no unit, and the mapping file",
    not output_of("systemctl", "cat", UNIT).startswith("#") and FILE.exists(),
)
if before is not None:
    FILE.write_text(before)
note(journal(3))
finish()
