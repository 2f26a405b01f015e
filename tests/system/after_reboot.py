"""The unit after a boot without device, network or session; then both come, and it is stopped while it sounds."""

import time

from devices import Keyboard
from machine import our_clients, output_of, wait_for
from report import check, finish, note
from session import Session
from unit import UNIT, journal, restart, show, systemctl

KEYBOARD = Keyboard("Arturia KeyStep 37")


def chord(session: Session, what: str) -> None:
    KEYBOARD.play("90 3c 64", "90 40 64", "90 43 64", "90 47 64")
    wait_for(lambda: len(session.sounding()) == 4)
    got = session.sounding()
    check(what, list(got.values()) == [60, 64, 67, 71], got)


check("started at boot", show("ActiveState", "NRestarts") == ["active", "0"], show("ActiveState", "NRestarts"))
check("by itself, and waits", wait_for(lambda: "waiting for the input" in journal(), 20, 0.5))
check("and for the session", wait_for(lambda: "no connection to" in journal(), 20, 0.5))
note(journal())
note(output_of("systemd-analyze", "blame", "--no-pager").splitlines()[0])
with Session("keys") as session:
    began = time.monotonic()
    check("registers when the session is there", session.nallely.wait_for_neuron("keys", 20))
    note(f"{time.monotonic() - began:.2f} s after the session began")
    KEYBOARD.plug()
    check("opens the keyboard", wait_for(lambda: "is open (input)" in journal(), 10, 0.2))
    chord(session, "plays")
    began = time.monotonic()
    systemctl("stop", UNIT)
    took = time.monotonic() - began
    silent = session.silent_at(3)
    check(
        "systemctl stop silences within a second", silent and silent - began < 1, silent and f"{silent - began:.2f} s"
    )
    check("and ends well", show("Result", "ExecMainStatus") == ["success", "0"], f"{took:.2f} s")
    check("no sequencer client is left", not our_clients(), our_clients())
    place = len(journal(1000).splitlines())
    systemctl("start", UNIT)
    wait_for(lambda: "is open (input)" in "\n".join(journal(1000).splitlines()[place:]), 20, 0.2)
    session.nallely.wait_for_neuron("keys", 20)
    chord(session, "started again, plays")
    place = len(journal(1000).splitlines())
    took = restart()
    check("systemctl restart while it sounds", session.silent_at(3) is not None, f"took {took:.2f} s")
    wait_for(lambda: "is open (input)" in "\n".join(journal(1000).splitlines()[place:]), 20, 0.2)
    chord(session, "and plays again")
    note(journal(12))
    KEYBOARD.unplug()
systemctl("disable", "--now", UNIT)
finish()
