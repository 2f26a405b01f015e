"""Ports listed a million times, as a bridge that is never stopped does in months; what that costs and leaves behind."""

import os
import time

from devices import Keyboard
from machine import memory, open_files, sequencer_clients, threads
from report import check, finish, note

from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.values.events import Direction

LISTINGS = int(os.environ.get("LISTINGS", "1000000"))
WARM_UP = 1000
KEYBOARD = Keyboard("Arturia KeyStep 37")


def held() -> tuple[int, list[str], int]:
    return open_files(os.getpid()), threads(os.getpid()), len(sequencer_clients())


KEYBOARD.plug()
system = find_midi_system()
directions = list(Direction)
expected = {direction: system.port_names(direction) for direction in Direction}
for number in range(WARM_UP):
    system.port_names(directions[number % 2])
before, resident = held(), memory(os.getpid())
wrong = 0
began = time.monotonic()
for number in range(LISTINGS):
    direction = directions[number % 2]
    wrong += system.port_names(direction) != expected[direction]
took = time.monotonic() - began
check(f"{LISTINGS:,} listings, each the same", not wrong, f"{1e6 * took / LISTINGS:.0f} µs each")
check("no file, thread or sequencer client more", held() == before, f"files, threads, clients: {held()}")
note(f"memory {resident} KiB before, {memory(os.getpid())} KiB after")
system.close()
KEYBOARD.unplug()
finish()
