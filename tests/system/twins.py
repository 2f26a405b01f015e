"""Two USB keyboards of one name and another one, a DAW connected meanwhile: plugged and pulled in every way.

The twins are told apart by USB socket, by serial number and by order, each with a mapping made of what ``ports`` says.
By order, the law is: a twin that comes while none is there is ``nth: 1``, and the next one ``nth: 2``.
"""

import itertools
import os
import random
import re
import time
from typing import NamedTuple

from instrument import Instrument
from machine import IS_EMULATED, memory, open_files, our_clients, output_of, threads
from programs import COMMAND
from report import check, finish, note, spread
from sockets import Sockets, client_taken
from twin_stage import MAPPING, THIRD, TWIN, Desk, Law, Stage, staged

REPLUGS = int(os.environ.get("REPLUGS", "100"))
SEED = int(os.environ.get("SEED", "1"))
SETTLED = 1.5
"""Seconds after which nothing more follows of a change: the bridge has one second."""

OPEN_WITHIN = 3.0 if IS_EMULATED else 1.0
"""Seconds; making two clients of the sequencer takes a third of one on an emulated processor."""

openings: list[float] = []
silences: list[float] = []


SOCKETS = {"left": 0, "right": 1, "third": 2}


def make_desk(*, serials: bool) -> Desk:
    left, right = ("L-0001", "R-0001") if serials else (None, None)
    return Desk(
        Sockets(),
        Instrument(TWIN, 0, "left", left),
        Instrument(TWIN, 1, "right", right),
        Instrument(THIRD, 2),
    )


# The laws.


def by_usb(desk: Desk) -> dict[str, Instrument]:
    """Whatever twin is in the first socket is left."""
    holders = {"left": desk.sockets.holder(0), "right": desk.sockets.holder(1)}
    return {port: twin for port, twin in holders.items() if isinstance(twin, Instrument) and twin.name == TWIN}


def by_serial(desk: Desk) -> dict[str, Instrument]:
    return {"left": desk.left, "right": desk.right}


class ByOrder:
    """What comes takes the first number that is free, and keeps it while it is there."""

    def __init__(self) -> None:
        self._places: dict[str, Instrument] = {}

    def __call__(self, desk: Desk) -> dict[str, Instrument]:
        self._places = {port: twin for port, twin in self._places.items() if twin in desk.twins}
        for twin in desk.twins:
            if twin not in self._places.values():
                self._places[next(port for port in ("left", "right") if port not in self._places)] = twin
        return dict(self._places)


# What ``ports`` says.


class Listed(NamedTuple):
    """A line of ``ports``."""

    write: str
    usb: str
    serial: str | None


def listed() -> list[Listed]:
    text = output_of(COMMAND, "ports")
    note(text)
    found = re.findall(r"^  '(.*?)' .*?, usb ([\w.:-]+)(?:, serial (\S+))?$", text, re.MULTILINE)
    return [Listed(write, usb, serial or None) for write, usb, serial in found]


def mapping_for(desk: Desk, words: str) -> str:
    """A mapping made of what ``ports`` says while all three are there; ``words`` are what tells the twins apart."""
    for keyboard, socket in zip(desk.all, SOCKETS.values(), strict=True):
        desk.sockets.plug(keyboard, socket)
    ports = listed()
    left, right = [port for port in ports if port.write.startswith(TWIN)]
    third = next(port for port in ports if port.write.startswith(THIRD))
    for keyboard in desk.all:
        desk.sockets.unplug(keyboard)
    return MAPPING.format(
        name=left.write,
        left=words.format(usb=left.usb, serial=left.serial, nth=1),
        right=words.format(usb=right.usb, serial=right.serial, nth=2),
        third=third.write,
    )


# What is done with them.


def sound(stage: Stage, what: str) -> None:
    """Every keyboard plays its own voices and parameter, and sees its own lamp."""
    stage.play()
    stage.light()
    wrong = stage.found_wrong()
    check(what, not wrong, "; ".join(wrong))


def every_order(stage: Stage, places: dict[Instrument, int | None]) -> None:
    """Plug the three in each order, and pull them in each order in the middle of a chord."""
    for order in itertools.permutations(stage.desk.all):
        for keyboard in order:
            stage.plug(keyboard, places[keyboard])
        sound(stage, f"plugged in the order {names(order)}: each plays its own")
        for keyboard in order:
            stage.pull(keyboard)
        wrong = stage.found_wrong()
        check(f"pulled in the order {names(order)}: its voices end, the others sound on", not wrong, "; ".join(wrong))


def under_another_number(stage: Stage, places: dict[Instrument, int | None]) -> None:
    """Pull each in the middle of a chord, and put it back under another client number."""
    for keyboard in stage.desk.all:
        stage.plug(keyboard, places[keyboard])
    for keyboard in stage.desk.all:
        was, port = keyboard.client, stage.port_of(keyboard)
        assert was is not None
        stage.pull(keyboard)
        with client_taken(was):
            stage.plug(keyboard, places[keyboard])
        is_back = keyboard.client != was and stage.port_of(keyboard) == port
        check(f"{port}: back under another number, the same port", is_back, f"client {was} is {keyboard.client} now")
    sound(stage, "then each plays its own")


def many_times(stage: Stage, places: dict[Instrument, int | None], chance: random.Random) -> None:
    """Pull and plug at random, with a chord held on every keyboard."""
    time.sleep(SETTLED)
    pid = stage.bridge.pid
    before = open_files(pid), threads(pid), len(our_clients())
    resident = memory(pid)
    for _ in range(REPLUGS):
        keyboard = chance.choice(stage.desk.all)
        stage.pull(keyboard)
        stage.plug(keyboard, places[keyboard])
        if chance.random() < 0.2:
            stage.play()
    stage.release()
    wrong = stage.found_wrong()
    check(f"{REPLUGS} times more, at random (SEED={SEED}): never mixed up", not wrong, "; ".join(wrong))
    time.sleep(SETTLED)
    after = open_files(pid), threads(pid), len(our_clients())
    check("no file, thread or sequencer client more", after == before, f"files, threads, clients: {after}")
    note(f"memory {resident} KiB before, {memory(pid)} KiB after")
    sound(stage, "and each still plays its own")


def change_places(stage: Stage) -> None:
    """By USB socket it is the socket that counts, not the keyboard."""
    desk = stage.desk
    for twin in (desk.left, desk.right):
        stage.pull(twin)
    stage.plug(desk.left, SOCKETS["right"])
    stage.plug(desk.right, SOCKETS["left"])
    sound(stage, "the twins in each other's sockets: each is what its socket is")


def names(keyboards: tuple[Instrument, ...]) -> str:
    words = {0: "left", 1: "right", 2: "third"}
    return ", ".join(words[keyboard.number] for keyboard in keyboards)


def told_apart(what: str, words: str, law: Law, *, serials: bool = False, fixed: bool = False) -> None:
    """All of it with one way to tell twins apart; ``fixed``: each keyboard has a socket of its own."""
    note(f"--- by {what}")
    desk = make_desk(serials=serials)
    text = mapping_for(desk, words)
    places = {k: (socket if fixed else None) for k, socket in zip(desk.all, SOCKETS.values(), strict=True)}
    with staged(desk, law, text) as stage:
        every_order(stage, places)
        under_another_number(stage, places)
        if fixed:
            many_times(stage, places, random.Random(SEED))
            change_places(stage)
        for keyboard in desk.plugged:
            stage.pull(keyboard)
        openings.extend(stage.openings)
        silences.extend(stage.silences)
    desk.sockets.clear()


told_apart("USB socket", 'usb: "{usb}"', by_usb, fixed=True)
told_apart("serial number", 'serial: "{serial}"', by_serial, serials=True)
told_apart("order", "nth: {nth}", ByOrder())
check(f"every port was open again within {OPEN_WITHIN:g} s", max(openings) < OPEN_WITHIN, spread(openings))
check("every held note was released within a second", max(silences) < 1, spread(silences))
finish()
