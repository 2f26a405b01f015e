"""The far end: a simulated session behind a network that can fail, what it was told, and a patch that feeds probes."""

import json
import math
import random
import struct
import threading
import time
from typing import Any, Final, Self

from nallely_midibridge.simulated import Happening, SimulatedNallely, ValueReceived
from nallely_midibridge.simulated.happenings import ProbeValue
from nallely_midibridge.simulated.wire import encode
from tests.faults.proxy import Proxy

NEURON: Final = "faults"
MONITORS: Final = range(8)
STEPS: Final = 16
"""Monitor n is fed n, n + 8, … n + 120."""
HIT_VALUES: Final = (0.0, 1.0)
LEAD_NOTES: Final = range(36, 96)
FLOOD_TICK: Final = 0.001
"""Seconds between two bursts of a flood."""


class Far:
    """Everything is asked for with plain values, so that it can be done in another process too (``remote.py``).

    The patch feeds every probe at random, ``calm`` seconds apart, and with ``flood`` the monitors at that many values
    a second each. ``bus_delay`` is how many seconds a session is without a bus after a reset.
    """

    def __init__(self, seed: str, *, calm: float = 0.004, flood: int = 0, bus_delay: float = 0.1) -> None:
        self._nallely = SimulatedNallely(self._observe, trevor=False, bus_delay=bus_delay)
        self._random = random.Random(seed)
        self._calm = calm
        self._flood = flood
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._onsets: list[tuple[float, str, int, int]] = []
        self._fed: dict[str, list[int]] = {"lead": [], "hit": []}
        self._present: dict[str, float] = {}
        self._fed_count = 0
        self._feeding = threading.Event()
        self._stopping = threading.Event()
        self._idle: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self._parts = [self._improvise, self._run_flood] if flood else [self._improvise]
        self._frames = [[_frame(f"mon{n + 1}", 8 * step + n) for step in range(STEPS)] for n in MONITORS]

    def __enter__(self) -> Self:
        self._nallely.__enter__()
        self._proxy = Proxy(self._nallely.bus.port)
        for part in self._parts:
            idle = threading.Event()
            idle.set()
            self._idle.append(idle)
            self._threads.append(threading.Thread(target=self._play_part, args=(part, idle), name=part.__name__))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._feeding.set()
        self._proxy.close()
        for thread in self._threads:
            thread.join()
        self._nallely.__exit__(None, None, None)

    @property
    def port(self) -> int:
        """Where the bridge finds the session, on the loopback address."""
        return self._proxy.port

    # What it was told.

    def last(self) -> dict[str, float]:
        """The last value of each parameter."""
        with self._lock:
            return dict(self._last)

    def take_onsets(self) -> list[tuple[float, str, int, int]]:
        """The notes that began since the last time: when, on which voice, which note, with what velocity."""
        with self._lock:
            taken, self._onsets = self._onsets, []
            return taken

    def take_fed(self) -> dict[str, list[int]]:
        """The notes that the probes ``lead`` and ``hit`` were fed since the last time, without silences."""
        with self._lock:
            taken, self._fed = self._fed, {"lead": [], "hit": []}
            return taken

    def fed_count(self) -> int:
        """How many values the probes were fed."""
        return self._fed_count

    # What the patch does.

    def go_on(self) -> None:
        """Feed probes, until `pause`."""
        for idle in self._idle:
            idle.clear()
        self._feeding.set()

    def pause(self) -> None:
        """Feed no more; nothing is fed after this returns."""
        self._feeding.clear()
        for idle in self._idle:
            idle.wait()

    def come_to_rest(self) -> dict[str, float]:
        """Silence the notes and say the present value of each probe once more; returns these values."""
        self._feed("lead", 0)
        self._feed("hit", 0)
        for probe, value in list(self._present.items()):
            self._send(probe, value)
        return dict(self._present)

    # What happens to a session and its network.

    def refuse(self) -> None:
        self._proxy.refuse()

    def admit(self) -> None:
        self._proxy.admit()

    def cut(self) -> None:
        """Reset every connection."""
        self._proxy.reset()

    def go_dark(self) -> None:
        self._proxy.go_dark()

    def go_light(self) -> None:
        self._proxy.go_light()

    def stop_reading(self, both: bool = False) -> None:
        self._proxy.stop_reading(both=both)

    def read_on(self) -> None:
        self._proxy.read_on()

    def close_clients(self, code: int) -> None:
        """Close every connection in good order."""
        for client in self._nallely.bus.clients(NEURON):
            client.close(code, "as a test wants it")

    def stop_bus(self, abruptly: bool = False) -> None:
        """The session ends; neurons and wiring are forgotten."""
        self._proxy.refuse()
        self._nallely.stop_bus(abruptly=abruptly)

    def start_bus(self) -> None:
        """Another one starts in its place."""
        self._nallely.start_bus()
        self._proxy.admit()

    def reset_all(self) -> None:
        """What Trevor's command does; returns when the bus is back."""
        self._proxy.refuse()
        self._nallely.reset()
        self._proxy.admit()

    def send_garbage(self) -> None:
        """Every kind of message that is no value, or none for us."""
        for message in GARBAGE:
            self._nallely.bus.send(NEURON, message)

    def break_protocol(self) -> None:
        """Half a frame, and then bytes that are no frame at all."""
        self._proxy.inject(b"\x82\x20half" + b"\xff" * 64)

    # Inside.

    def _observe(self, happening: Happening) -> None:
        if not isinstance(happening, ValueReceived):
            return
        _, parameter, value = happening
        with self._lock:
            self._last[parameter] = value
            if value and parameter.startswith(("wide", "narrow")):
                velocity = self._last.get(parameter.replace("wide", "vel"), 0)
                self._onsets.append((time.monotonic(), parameter, int(value), int(velocity)))

    def _play_part(self, part: Any, idle: threading.Event) -> None:
        while not self._stopping.is_set():
            if not self._feeding.is_set():
                idle.set()
                self._feeding.wait()
                continue
            part()
        idle.set()

    def _improvise(self) -> None:
        """Feed one probe, and wait a little."""
        probe = self._random.choice(("lead", "lead", "hit", "wobble", "monitor"))
        if probe == "lead":
            self._feed(probe, self._random.choice((0, self._random.choice(LEAD_NOTES))))
        elif probe == "hit":
            self._feed(probe, self._random.choice(HIT_VALUES))
        elif probe == "wobble":
            self._feed(probe, 8 * self._random.randrange(16))
        elif not self._flood:
            monitor = self._random.choice(MONITORS)
            self._feed(f"mon{monitor + 1}", 8 * self._random.randrange(STEPS) + monitor)
        self._stopping.wait(self._random.uniform(0, 2 * self._calm))

    def _run_flood(self) -> None:
        """Every monitor up and down its steps, as many LFOs would have it, until the patch pauses."""
        began, sent, step = time.monotonic(), 0, 0
        while self._feeding.is_set() and not self._stopping.is_set():
            due = int((time.monotonic() - began) * self._flood)
            if due - sent > self._flood:  # a stalled peer held us up: what is a second old is not made up for
                began, sent = time.monotonic(), 0
                continue
            while sent < due and self._feeding.is_set():
                step = abs(sent % (2 * STEPS - 2) - (STEPS - 1))
                for frames in self._frames:
                    self._nallely.bus.send(NEURON, frames[step])
                self._fed_count += len(self._frames)
                sent += 1
            time.sleep(FLOOD_TICK)
        self._present.update({f"mon{monitor + 1}": 8 * step + monitor for monitor in MONITORS})

    def _feed(self, probe: str, value: float) -> None:
        """Written down before it is sent: what follows from it may come out at once."""
        if probe in self._fed and value:
            with self._lock:
                self._fed[probe].append(int(value))
        self._present[probe] = value
        self._fed_count += 1
        self._send(probe, value)

    def _send(self, probe: str, value: float) -> None:
        """As the patch does, but also to a neuron that is not registered just now: the real bus makes a ghost of it."""
        self._nallely.bus.send(NEURON, _frame(probe, value))


def _frame(probe: str, value: float) -> bytes | str:
    return encode(ProbeValue(NEURON, probe, value))


GARBAGE: Final[tuple[bytes | str, ...]] = (
    b"",
    b"\x00",
    b"\xff",
    b"\x04lead",
    b"\x04lead\x40\x4e",
    b"\x02\xff\xfe" + struct.pack("!d", 1),
    b"\x06nobody" + struct.pack("!d", 60),
    b"\x05wide1" + struct.pack("!d", 60),
    b"\x04lead" + struct.pack("!d", math.nan),
    b"\x04lead" + struct.pack("!f", math.nan),
    "",
    "not json",
    "{}",
    "[" * 10_000,
    json.dumps({"on": "lead"}),
    json.dumps({"on": "lead", "value": "sixty"}),
    json.dumps({"on": ["lead"], "value": 60}),
    json.dumps({"on": "lead", "value": None}),
    '{"on": "lead", "value": NaN}',
    '{"on": "lead", "value": 1' + "0" * 400 + "}",
    "\u0000" * 100,
    b"\x04lead" + bytes(2**20 - 5),
)
"""The last is as long as a message may be. ``wide1`` is a parameter of ours, but one that nobody listens to."""
