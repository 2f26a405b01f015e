"""Started before the sequencer's module is loaded, and by a user who may not open it."""

import os
import time

from devices import Keyboard
from machine import output_of
from programs import COMMAND, CONFIG, Program, daemon
from report import check, finish, note
from sequencer_module import DEVICE, load, loaded, no_autoload, unload
from session import Session

KEYBOARD = Keyboard("Arturia KeyStep 37")


def without_module() -> None:
    if not check("the module can be taken out", unload(), sorted(name for name in loaded() if "snd" in name)):
        return
    with no_autoload(), Session("keys") as session:
        note(f"{DEVICE} is {'there (a static node)' if DEVICE.exists() else 'missing'}")
        text = output_of(COMMAND, "ports")
        check("`ports` says in one line what to do", len(text.splitlines()) == 1 and "modprobe snd-seq" in text, text)
        with daemon(CONFIG / "keyboard.yaml") as bridge:
            line = bridge.wait_for("looking again")
            check("`run` says in one line what to do, and goes on", line and "modprobe snd-seq" in line.text, line)
            check("registers all the same", session.nallely.wait_for_neuron("keys", 30))
            time.sleep(3)
            said = [line.text for line in bridge.lines if "looking again" in line.text]
            check("says so once", len(said) == 1, len(said))
            load()
            loaded_at = time.monotonic()
            found = bridge.wait_for("MIDI: the ALSA sequencer", timeout=10)
            after = found.at - loaded_at if found else float("inf")
            check("the module loaded: gets going within a second", after < 1, f"{after:.2f} s after modprobe ended")
            plays(session, bridge)
            bridge.stop()
            check("status 0", bridge.status == 0, bridge.status)


def static_node() -> None:
    """Where a device node stands for a module that is not loaded, as systemd makes them at boot."""
    if not unload():
        return
    with no_autoload():
        made = not DEVICE.exists()
        if made:
            os.mknod(DEVICE, 0o660 | 0o020000, os.makedev(116, 1))
        try:
            os.close(os.open(DEVICE, os.O_RDWR))
        except OSError as error:
            note(f"opening {DEVICE} fails with {error!r}")
        text = output_of(COMMAND, "ports")
        check("a node without its module: says what to do", "modprobe snd-seq" in text, text)
        if made:
            DEVICE.unlink()
    load()


def plays(session: Session, bridge: Program) -> None:
    KEYBOARD.plug()
    check("opens the keyboard", bridge.wait_for("is open (input)"))
    mark = session.mark()
    KEYBOARD.play("90 3c 64", "80 3c 00")
    got = session.wait_since(mark, 2)
    check("plays", got[-2:] == [("voice1", 60), ("voice1", 0)], got)
    KEYBOARD.unplug()


def without_permission() -> None:
    as_nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", COMMAND)
    text = output_of(*as_nobody, "ports")
    check("without the group: one clear line", len(text.splitlines()) == 1 and "usermod -aG audio" in text, text)
    with Program(*as_nobody, "run", "-c", str(CONFIG / "keyboard.yaml")) as bridge:
        bridge.wait_for("usermod -aG audio")
        time.sleep(3)
        said = [line for line in bridge.lines if "usermod -aG audio" in line.text]
        check("`run` says it once, and goes on", len(said) == 1 and bridge.status is None, bridge.text)
        bridge.stop()


without_module()
static_node()
without_permission()
finish()
