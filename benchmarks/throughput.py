"""How many frames a second, and how much processor each of them takes, out and in.

Processor time is that of the contestant's whole process, every thread, user and system.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from benchmarks.contestants import RECEIVERS, SENDERS, Between, Receiver
from benchmarks.keyboard import NOTE_OFF, NOTE_ON
from benchmarks.measure import SYNC, Effort, Figure, Measure, Times
from benchmarks.places import Place
from benchmarks.server import Server
from benchmarks.stamped import StampedSystem
from benchmarks.subject import KEYBOARD
from nallely_midibridge.edges.memory_system import MemorySystem

FAST_PROBES: Final = 16_000
"""Frames a second that eight probes bring when each follows an LFO at speed 100 (measured on Nallely 0.7.0)."""
SETTLE: Final = 0.1
"""Seconds after the last note for what is still on its way; nothing to do costs next to nothing."""

_CPU: Final = "process time of all threads"


def measures(effort: Effort, _: Sequence[Place]) -> list[Measure]:
    """Out as fast as it goes, in as fast as it goes, and in at the rate of eight fast probes."""
    return [_sending(effort.frames), _receiving(effort.frames), _keeping_up(int(FAST_PROBES * effort.seconds))]


def _sending(count: int) -> Measure:
    figures = (
        Figure("frames", "1,000/s", f"{count:,} notes on and off, from the first callback to the last frame read"),
        Figure("processor a note", "µs", f"{_CPU} during that, callback to socket", (Times(0.7, SYNC),)),
    )
    contestants = {name: partial(send, sender, count) for name, sender in SENDERS.items()}
    return Measure("sending, as fast as it goes", figures, contestants)


def _receiving(count: int) -> Measure:
    figures = (
        Figure("frames", "1,000/s", f"{count:,} values on 8 probes, one send each; the bridge makes CCs of them"),
        Figure("processor a frame", "µs", f"{_CPU} during that; sync only receives and decodes"),
    )
    contestants = {name: partial(receive, receiver, count) for name, receiver in RECEIVERS.items()}
    return Measure("receiving, as fast as it comes", figures, contestants)


def _keeping_up(count: int) -> Measure:
    figures = (
        Figure("frames", "1,000/s", f"{count:,} values in steps of 8, from the first sent to the last taken"),
        Figure("behind at the end", "ms", "from the last value sent to the last taken"),
        Figure("processor", "% of a core", f"{_CPU} over the time it took"),
        Figure("processor a frame", "µs", "the same, a frame; sync only receives and decodes", (Times(0.5, SYNC),)),
    )
    contestants = {name: partial(keep_up, receiver, count) for name, receiver in RECEIVERS.items()}
    return Measure(f"receiving {FAST_PROBES:,} a second", figures, contestants)


def send(sender: Between, count: int) -> Sequence[float]:
    """Thousands of frames a second, and µs of processor a frame, of notes played without a pause."""
    system = MemorySystem()
    keyboard = system.plug(KEYBOARD)
    with Server("collect") as server:
        with sender(server.port, StampedSystem(system)):
            began, cpu = time.monotonic_ns(), time.process_time_ns()
            for _ in range(count // 2):
                keyboard.send(NOTE_ON, 60, 100)
                keyboard.send(NOTE_OFF, 60, 0)
            time.sleep(SETTLE)
            cpu, ended = time.process_time_ns() - cpu, time.monotonic_ns()
        _, arrivals = server.arrivals()
    arrived = [arrival.at for arrival in arrivals if arrival.at >= began]
    if len(arrived) != count or arrived[-1] > ended:
        raise RuntimeError(f"{len(arrived)} frames of {count} arrived while the processor time was taken")
    return count * 1e6 / (arrived[-1] - began), cpu / count / 1000


def receive(receiver: Receiver, count: int) -> Sequence[float]:
    """Thousands of frames a second, and µs of processor a frame, of a burst."""
    first, _, taken, cpu = _take_burst(receiver, count)
    return count * 1e6 / (taken - first), cpu / count / 1000


def keep_up(receiver: Receiver, count: int) -> Sequence[float]:
    """Thousands of frames a second, ms behind, % of a core, and µs a frame, of a steady stream."""
    first, last, taken, cpu = _take_burst(receiver, count, FAST_PROBES)
    span = taken - first
    return count * 1e6 / span, (taken - last) / 1e6, 100 * cpu / span, cpu / count / 1000


def _take_burst(receiver: Receiver, *burst: int) -> tuple[int, int, int, int]:
    """When the first and last frame were sent, when the last was taken, and the processor time; all in ns."""
    with Server("burst", *burst) as server, receiver(server.port, burst[0]) as take:
        server.wait()
        cpu = time.process_time_ns()
        server.go()
        take()
        taken, cpu = time.monotonic_ns(), time.process_time_ns() - cpu
        first, last = server.sent()
        return first, last, taken, cpu
