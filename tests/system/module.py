"""Started before the sequencer's module is loaded, and by a user who may not open it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices import Keyboard
from machine import output_of
from programs import COMMAND, CONFIG, daemon
from report import check, finish, note
from session import Session

KEYBOARD = Keyboard("Arturia KeyStep 37")
DEVICE = Path("/dev/snd/seq")
AUTOLOAD = Path("/proc/sys/kernel/modprobe")


def loaded() -> set[str]:
    return {line.split()[0] for line in Path("/proc/modules").read_text().splitlines()}


def unload() -> bool:
    """Take the sequencer's module out, whatever uses it first."""
    for _ in range(3):
        for module in sorted(name for name in loaded() if name.startswith("snd_seq") and name != "snd_seq_device"):
            subprocess.run(["rmmod", module], stderr=subprocess.DEVNULL, check=False)
    return "snd_seq" not in loaded()


@contextmanager
def no_autoload() -> Iterator[None]:
    """The kernel loads no module by itself, as where the module is not installed for it or autoloading is forbidden."""
    before = AUTOLOAD.read_text()
    AUTOLOAD.write_text("\n")
    try:
        yield
    finally:
        AUTOLOAD.write_text(before)


def load() -> None:
    """What the README says, and udev's answer to it."""
    subprocess.run(["modprobe", "-a", "snd-seq", "snd-seq-midi"], check=True)
    subprocess.run(["udevadm", "settle"], check=False)


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
            began = time.monotonic()
            load()
            loaded_at = time.monotonic()
            found = bridge.wait_for("MIDI: the ALSA sequencer", timeout=10)
            figure = (
                found and f"{found.at - began:.2f} s after modprobe began, {found.at - loaded_at:.2f} after its end"
            )
            check("the module loaded: gets going", found, figure)
            plays(session, bridge.wait_for)
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
        text = output_of(COMMAND, "ports")
        check("a node without its module: says what to do", "modprobe snd-seq" in text, text)
        if made:
            DEVICE.unlink()
    load()


def plays(session: Session, wait_for_line: object) -> None:
    assert callable(wait_for_line)
    KEYBOARD.plug()
    check("opens the keyboard", wait_for_line("is open (input)"))
    mark = session.mark()
    KEYBOARD.play("90 3c 64", "80 3c 00")
    got = session.wait_since(mark, 2)
    check("plays", got[-2:] == [("voice1", 60), ("voice1", 0)], got)
    KEYBOARD.unplug()


def without_permission() -> None:
    as_nobody = ("runuser", "-u", "nobody", "--", COMMAND)
    text = output_of(*as_nobody, "ports")
    check("without the group: one clear line", len(text.splitlines()) == 1 and "usermod -aG audio" in text, text)
    text = output_of("timeout", "6", *as_nobody, "run", "-c", str(CONFIG / "keyboard.yaml"))
    said = [line for line in text.splitlines() if "usermod -aG audio" in line]
    check("`run` says it once, and goes on", len(said) == 1, text)


without_module()
static_node()
without_permission()
finish()
