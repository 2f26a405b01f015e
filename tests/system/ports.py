"""``nallely-midibridge ports``: what it lists, and what it says with ``--watch``."""

import json
import signal
import time

from devices import Keyboard
from machine import OURS, output_of
from programs import COMMAND, Program
from report import check, finish, note

KEYBOARD = Keyboard("Arturia KeyStep 37")


def listing() -> None:
    before = output_of(COMMAND, "ports")
    check("no keyboard: says so", "KeyStep" not in before, before.strip())
    KEYBOARD.plug()
    text = output_of(COMMAND, "ports")
    note(text)
    check("a plugged keyboard is listed with the name to write", "'Arturia KeyStep 37 MIDI 1'" in text)
    check("both ways", "input and output" in text)
    check("our own ports are not listed", OURS not in text)
    entries = json.loads(output_of(COMMAND, "ports", "--json"))["ports"]
    check("the same for programs", any(entry["write"] == "Arturia KeyStep 37 MIDI 1" for entry in entries), entries)
    KEYBOARD.unplug()


def watching() -> None:
    with Program(COMMAND, "ports", "--watch") as watch:
        check("watches", watch.wait_for("watching"))
        seen = KEYBOARD.plug_and_see()
        line = watch.wait_for("+ 'Arturia KeyStep 37 MIDI 1'")
        check("tells of the plug", line, line and f"{line.text!r} after {line.at - seen:.2f} s")
        began = time.monotonic()
        KEYBOARD.unplug()
        line = watch.wait_for("- 'Arturia KeyStep 37 MIDI 1'")
        check("tells of the unplug", line, line and f"{line.text!r} {line.at - began:.2f} s after the command began")
        took = watch.stop(signal.SIGINT)
        check("ends well at Ctrl-C", watch.status == 0, f"status {watch.status} after {took:.2f} s")
        changes = [line.text for line in watch.lines if line.text[:1] in "+-"]
        check("each is told once", len(changes) == 2, changes)


listing()
watching()
finish()
