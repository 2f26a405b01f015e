"""A keyboard into Nallely with config/keyboard.yaml: played, unplugged while it sounds, plugged again."""

import time
from typing import NamedTuple

from devices import Keyboard
from machine import client_of, open_files, our_clients, threads, wait_for
from programs import CONFIG, Program, daemon
from report import check, finish, note, spread
from session import Session

KEYBOARD = Keyboard("Arturia KeyStep 37")
OTHER = Keyboard("Beta Pad 8")
CHORD = (60, 64, 67, 71)
OPEN = "Arturia KeyStep 37 MIDI 1 is open (input)"
GONE = "Arturia KeyStep 37 MIDI 1 is gone (input)"
REPLUGS = 20


def on(*notes: int) -> list[str]:
    return [f"90 {note:02x} 64" for note in notes]


def off(*notes: int) -> list[str]:
    return [f"80 {note:02x} 00" for note in notes]


def quiet(session: Session) -> int:
    """Wait until nothing comes any more; returns a mark."""
    mark = -1
    while mark != session.mark():
        mark = session.mark()
        time.sleep(0.3)
    return mark


def playing(session: Session) -> None:
    mark = quiet(session)
    KEYBOARD.play(*on(*CHORD))
    got = session.wait_since(mark, 4)
    check("a chord of four takes four voices", got == [(f"voice{n + 1}", note) for n, note in enumerate(CHORD)], got)
    got = session.wait_since(mark, 4, "vel")
    check("with each key's velocity", got == [(f"vel{n}", 100) for n in range(1, 5)], got)
    mark = quiet(session)
    KEYBOARD.play(*on(72))
    got = session.wait_since(mark, 2)
    check("a fifth key takes the oldest voice", got == [("voice1", 0), ("voice1", 72)], got)
    mark = quiet(session)
    KEYBOARD.play(*off(*CHORD, 72))
    got = session.wait_since(mark, 4)
    check("released, each voice once", got == [("voice2", 0), ("voice3", 0), ("voice4", 0), ("voice1", 0)], got)


def gaps(session: Session) -> None:
    """Measured where they arrive, so single ones may be shortened by a receiver that was late."""
    times = []
    for _ in range(10):
        KEYBOARD.play(*on(*CHORD))
        mark = quiet(session)
        KEYBOARD.play(*on(72))
        session.wait_since(mark, 2)
        first, second = (heard.at for heard in session.heard[mark:] if heard.parameter.startswith("voice"))
        times.append(second - first)
        KEYBOARD.play(*off(*CHORD, 72))
        quiet(session)
    check("a stolen voice is silent for 50 ms first", sorted(times)[5] >= 0.045, spread(times))


def moving(session: Session) -> None:
    mark = quiet(session)
    KEYBOARD.play("b0 4a 00", "b0 4a 7f")
    got = [value for _, value in session.wait_since(mark, 2, "cutoff")]
    check("a knob moves its parameter", [round(value, 6) for value in got] == [20, 18000], got)
    mark = quiet(session)
    KEYBOARD.play("e0 00 00")
    session.wait_since(mark, 1, "bend")
    KEYBOARD.play("e0 7f 7f")
    session.wait_since(mark, 2, "bend")
    KEYBOARD.play("e0 00 40")
    got = [value for _, value in session.wait_since(mark, 3, "bend")]
    check("the wheel bends both ways and back", got == [-2, 2, 0], got)


class Silence(NamedTuple):
    """Seconds until every voice was 0: since the sequencer lost the keyboard, and since the command began."""

    since_gone: float
    since_command: float


def pull_the_cable(session: Session, bridge: Program) -> Silence:
    """In the middle of a chord."""
    mark = quiet(session)
    KEYBOARD.play(*on(*CHORD))
    session.wait_since(mark, 4)
    assert len(session.sounding()) == 4, session.sounding()
    place = len(bridge.lines)
    began, gone = KEYBOARD.unplug_and_see()
    silent = session.silent_at() or float("inf")
    bridge.wait_for(GONE, place)
    return Silence(silent - gone, silent - began)


def plug_again(bridge: Program) -> float:
    """Returns after how long the bridge had it open, from when the sequencer showed it."""
    place = len(bridge.lines)
    seen = KEYBOARD.plug_and_see()
    line = bridge.wait_for(OPEN, place)
    return line.at - seen if line else float("inf")


def plays_once(session: Session) -> list[tuple[str, float]]:
    mark = quiet(session)
    KEYBOARD.play(*on(61), *off(61))
    session.wait_since(mark, 2)
    time.sleep(0.5)
    return session.since(mark)


def replugging(session: Session, bridge: Program) -> None:
    took = pull_the_cable(session, bridge)
    check("unplugged in a chord: every voice 0 within a second", took.since_gone < 1, took)
    was = client_of(OTHER.name)
    OTHER.plug()
    opened = plug_again(bridge)
    number = client_of(KEYBOARD.name)
    check("under another client number, open within a second", opened < 1, f"client {number}, {opened:.2f} s")
    check("the other device was there first", was is None and client_of(OTHER.name) is not None)
    got = plays_once(session)
    check("plays on, and each note comes once", got == [("voice1", 61), ("voice1", 0)], got)
    OTHER.unplug()
    took = pull_the_cable(session, bridge)
    check("unplugged again: every voice 0 within a second", took.since_gone < 1, took)
    opened = plug_again(bridge)
    check("and open again within a second", opened < 1, f"client {client_of(KEYBOARD.name)}, {opened:.2f} s")


def twenty_times(session: Session, bridge: Program) -> None:
    wait_for(lambda: False, 1)
    before = open_files(bridge.pid), threads(bridge.pid), len(our_clients())
    note(f"before: {before[0]} files, threads {before[1]}, {before[2]} sequencer clients")
    silences: list[Silence] = []
    openings, wrong = [], []
    for _ in range(REPLUGS):
        silences.append(pull_the_cable(session, bridge))
        openings.append(plug_again(bridge))
        got = plays_once(session)
        if got != [("voice1", 61), ("voice1", 0)]:
            wrong.append(got)
    after = open_files(bridge.pid), threads(bridge.pid), len(our_clients())
    since_gone, since_command = map(list, zip(*silences, strict=True))
    check(f"{REPLUGS} times: silent within a second of the unplug", max(since_gone) < 1, spread(since_gone))
    note(f"since the command began: {spread(since_command)}")
    check(f"{REPLUGS} times: open within a second of appearing", max(openings) < 1, spread(openings))
    check(f"{REPLUGS} times: each note came once", not wrong, wrong)
    check("no file, thread or sequencer client is left over", before == after, after)


with Session("keys") as session, daemon(CONFIG / "keyboard.yaml") as bridge:
    check("starts without the keyboard, and says what it waits for", bridge.wait_for("waiting for the input"))
    check("registers", session.nallely.wait_for_neuron("keys", 20))
    opened = plug_again(bridge)
    check("plugged: open within a second", opened < 1, f"{opened:.2f} s")
    playing(session)
    gaps(session)
    moving(session)
    replugging(session, bridge)
    twenty_times(session, bridge)
    took = bridge.stop()
    check("stops within a second, status 0", took < 1 and bridge.status == 0, f"{took:.2f} s, status {bridge.status}")
    check("none of our clients is left", not our_clients(), our_clients())
    note("the log's beginning:\n" + "\n".join(line.text for line in bridge.lines[:12]))
if KEYBOARD.plugged:
    KEYBOARD.unplug()
finish()
