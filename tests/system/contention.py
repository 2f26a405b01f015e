"""Closing an input while notes flood in and every thread of Python's is busy: never a hang. Needs no keyboard.

A MIDI library's thread that came with a message waits for the interpreter's lock; if the lock's holder then waits
for that thread, nobody goes on. The busier the process, the longer the wait for the lock.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import rtmidi
from machine import client_of, our_clients, wait_for
from programs import Program
from report import check, finish, spread

from nallely_midibridge.edges.rtmidi_system import ALSA, RtMidiSystem
from nallely_midibridge.values.events import Direction

CLOSES = int(os.environ.get("CLOSES", "200"))
BUSY_THREADS = int(os.environ.get("BUSY_THREADS", "8"))
PER_SECOND = 300
HANGS_AFTER = 30


def flood() -> None:
    """A program of its own: a port that plays until the program is ended."""
    client = rtmidi.MidiOut(rtmidi.API_LINUX_ALSA, name="test-flood")
    client.open_virtual_port("out")
    while True:
        client.send_message((0x90, 60, 100))
        client.send_message((0x80, 60, 0))
        time.sleep(2 / PER_SECOND)


@contextmanager
def busy_threads() -> Iterator[None]:
    ending = threading.Event()

    def work() -> None:
        while not ending.is_set():
            sum(range(1000))

    workers = [threading.Thread(target=work) for _ in range(BUSY_THREADS)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        ending.set()
        for worker in workers:
            worker.join()


def closings(system: RtMidiSystem, name: str) -> tuple[list[float], int]:
    """Open, hear a few messages, close; returns the times of closing, and how often nothing was heard."""
    times, deaf = [], 0
    for _ in range(CLOSES):
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
        received: list[object] = []
        port = system.open_input(name, received.append)
        deaf += not wait_for(lambda received=received: len(received) > 3, 10)
        began = time.monotonic()
        port.close()
        times.append(time.monotonic() - began)
        print(".", end="", flush=True)
    print()
    faulthandler.cancel_dump_traceback_later()
    return times, deaf


def main() -> None:
    system = RtMidiSystem(ALSA)
    with Program(sys.executable, __file__, "flood"):
        assert wait_for(lambda: client_of("test-flood"), 20)
        name = next(name for name in system.port_names(Direction.INPUT) if "test-flood" in name)
        with busy_threads():
            times, deaf = closings(system, name)
    check(f"closed {CLOSES} times while notes came and {BUSY_THREADS} threads were busy", not deaf, spread(times))
    system.close()
    check("no sequencer client is left over", not our_clients(), our_clients())
    finish()


if sys.argv[1:] == ["flood"]:
    flood()
main()
