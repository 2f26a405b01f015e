"""Closing ports while notes come in: never a hang. Two hundred times, in three ways."""

import faulthandler
import os
import time

from devices import Keyboard
from machine import open_files, our_clients, threads
from programs import CONFIG, daemon
from report import check, finish, spread
from session import Session

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.mapping_file import load_file

KEYBOARD = Keyboard("Arturia KeyStep 37")
STOPS = int(os.environ.get("STOPS", "100"))
SIGTERMS = int(os.environ.get("SIGTERMS", "50"))
UNPLUGS = int(os.environ.get("UNPLUGS", "50"))
PER_SECOND = 400
HANGS_AFTER = 60
MAPPING = CONFIG / "keyboard.yaml"


def watch_for_a_hang() -> None:
    """A deadlock over the interpreter's lock would hold up any watching thread; this one needs no such lock."""
    faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)


def hears_notes(session: Session) -> bool:
    mark = session.mark()
    return len(session.wait_since(mark, 20, timeout=20)) >= 20


def stops(session: Session) -> None:
    """The bridge stopped in a process that lives on, so that what it leaves behind would show."""
    mapping = load_file(MAPPING)
    times, unsilenced, deaf = [], 0, 0
    before = None
    with KEYBOARD.stream(PER_SECOND):
        for _ in range(STOPS):
            watch_for_a_hang()
            bridge = Bridge(mapping)
            bridge.start()
            deaf += not hears_notes(session)
            began = time.monotonic()
            bridge.stop()
            times.append(time.monotonic() - began)
            unsilenced += session.silent_at(3) is None
            left = open_files(os.getpid()), len(our_clients())
            before = before or left
    check(f"stopped {STOPS} times while notes came: within a second", max(times) < 1, spread(times))
    check("each time they did come, and every voice was silent after", not unsilenced and not deaf, (deaf, unsilenced))
    check("no file or sequencer client more at the end than after the first", left == before, (before, left))


def sigterms(session: Session) -> None:
    times: list[float] = []
    statuses: list[int | None] = []
    unsilenced = deaf = 0
    for _ in range(SIGTERMS):
        watch_for_a_hang()
        with KEYBOARD.stream(PER_SECOND), daemon(MAPPING) as bridge:
            deaf += not hears_notes(session)
            times.append(bridge.stop(timeout=30))
            statuses.append(bridge.status)
            unsilenced += session.silent_at(3) is None
    check(f"SIGTERM {SIGTERMS} times while notes came: ended within a second", max(times) < 1, spread(times))
    check("with status 0", set(statuses) == {0}, set(statuses))
    check("each time notes did come, and every voice was silent after", not unsilenced and not deaf, (deaf, unsilenced))


def unplugs(session: Session) -> None:
    silences, wrong = [], 0
    with daemon(MAPPING) as bridge:
        bridge.wait_for("is open (input)")
        wrong += not session.nallely.wait_for_neuron("keys", 20)
        time.sleep(1)
        before = open_files(bridge.pid), len(threads(bridge.pid)), len(our_clients())
        for _ in range(UNPLUGS):
            watch_for_a_hang()
            place = len(bridge.lines)
            with KEYBOARD.stream(PER_SECOND):
                wrong += not hears_notes(session)
                began = time.monotonic()
                KEYBOARD.unplug()
                wrong += bridge.wait_for("is gone (input)", place) is None
                silent = session.silent_at()
                silences.append((silent or float("inf")) - began)
            place = len(bridge.lines)
            KEYBOARD.plug()
            wrong += bridge.wait_for("is open (input)", place) is None
        after = open_files(bridge.pid), len(threads(bridge.pid)), len(our_clients())
        check(f"unplugged {UNPLUGS} times while notes came: never a hang", not wrong, wrong)
        check("every voice silent each time", max(silences) < HANGS_AFTER, f"after the command: {spread(silences)}")
        check("no file, thread or sequencer client is left over", before == after, (before, after))
        took = bridge.stop()
        check("and stops at the end", bridge.status == 0, f"{took:.2f} s")


KEYBOARD.plug()
with Session("keys") as session:
    stops(session)
    sigterms(session)
    unplugs(session)
faulthandler.cancel_dump_traceback_later()
KEYBOARD.unplug()
finish()
