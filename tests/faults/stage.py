"""A bridge at work between devices, a player, a network and a session: `Stage`."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, Self

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.events import Direction, Event, LinkDown, LinkUp, Stopped
from tests.faults.account import Epoch, Findings, lost_notes, unasked_notes, unasked_values
from tests.faults.devices import KEYS, SYNTH, Devices
from tests.faults.far import MONITORS, NEURON, Far
from tests.faults.keyboard import BEND, CONTROL, NARROW, WIDE, Press
from tests.faults.mappings import GAP, mapping
from tests.faults.outputs import FIRST_MONITOR, HIT, LEAD
from tests.faults.player import Player
from tests.faults.resolver import HOST, Resolver
from tests.faults.tap import Tap
from tests.waiting import wait_for

NARROW_VOICES: Final = 3
AGAIN_AFTER: Final = 0.25
"""Seconds after which hands are lifted again where a MIDI system may lose a message, and probes fed again."""
NEARLY: Final = 1e-6


class Trouble(AssertionError):
    """A fault did not have the effect that it must have, or something is not back."""


class Stage:
    """Everything a bridge needs, and a bridge. Use in a ``with`` block.

    ``patience`` is how many seconds anything may take, ``moment`` about how many a fault lasts, and ``pause`` those
    between two movements of the player.
    """

    def __init__(self, seed: str, devices: Devices, far: Far, *, patience: float, moment: float, pause: float) -> None:
        self.random = random.Random(seed)
        self.devices = devices
        self.far = far
        self.patience = patience
        self.moment = moment
        self.tap = Tap(devices.find_system)
        self.resolver = Resolver()
        self.player = Player(seed, devices.play, pause)
        self.log: deque[str] = deque(maxlen=400)
        self.bridge: Bridge | None = None
        self.epochs: list[Epoch] = []
        self.losses = 0
        self.presses = 0
        self.merged = 0
        self.is_strict = True
        """Whether a fault must have the effect it has alone; of two at once one may take the other's away."""
        self._excused: set[str] = set()
        self._spans: list[tuple[float, float]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(_logged_to(self.log))
            stack.enter_context(self.resolver.at_work())
            stack.callback(self.devices.close)
            self.devices.plug(KEYS)
            self.devices.plug(SYNTH)
            stack.callback(self.stop_bridge)
            stack.enter_context(self.player)
            self.start_bridge()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # The bridge.

    def start_bridge(self) -> None:
        self.tap.is_heard = True
        self.bridge = Bridge(self.mapping(), self.tap.find_system, self._observe)
        self.bridge.start()

    def stop_bridge(self) -> None:
        """End the bridge, if there is one."""
        bridge, self.bridge = self.bridge, None
        if bridge is not None:
            is_surely_heard = self.is_strict and bridge.is_registered(NEURON)
            self._link_lost()
            bridge.stop()
            self.merged += _merged(bridge)
            if not is_surely_heard:  # what it said last may not have arrived, and the next bridge knows nothing of it
                self.tap.keyboard.positions.clear()

    def mapping(self, without: str = "") -> object:
        return mapping(f"{HOST}:{self.far.port}", without=without)

    @property
    def is_linked(self) -> bool:
        return self.bridge is not None and self.bridge.is_registered(NEURON)

    @property
    def is_back(self) -> bool:
        """Whether everything is there and at work."""
        outputs = (SYNTH, "Nallely")
        return (
            self.is_linked
            and self.tap.is_open(Direction.INPUT, KEYS)
            and all(self.tap.is_open(Direction.OUTPUT, name) for name in outputs)
        )

    @property
    def waiting(self) -> int:
        """Values that wait for the session to read them."""
        bridge = self.bridge
        return bridge.status().neurons[0].waiting if bridge is not None else 0

    # For faults.

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so. Raises Trouble when it is not in time."""
        if not wait_for(condition, self.patience):
            raise Trouble(f"not within {self.patience:g} s: {what}")

    def play_on(self, moments: float = 1.0) -> None:
        """Let everybody play for a while."""
        time.sleep(self.moment * moments * self.random.uniform(0.5, 1.5))

    @contextmanager
    def link_lost(self, why: str) -> Iterator[None]:
        """What is done in the block must lose the link."""
        before = self.losses
        yield
        self.wait_for(lambda: self.losses > before or not self.is_strict, f"the link is lost: {why}")

    def excuse(self, *parts: str) -> None:
        """What a mapping without these parts means for what is held is not known before everything was up once."""
        self._excused |= set(parts)

    def excuse_notes(self, since: float) -> None:
        """Notes of the wide channel that were pressed between then and now need not have sounded."""
        self._spans.append((since, time.monotonic()))

    # Rest.

    def go_on(self) -> None:
        """Let everybody play."""
        self.far.go_on()
        self.player.go_on()

    def rest(self) -> Findings:
        """Have everybody hold still, then let go, and see whether all is as it should be."""
        findings = Findings()
        self.player.pause()
        self.far.pause()
        if not wait_for(lambda: self.is_back, self.patience):
            findings.not_back.append(f"link {self.is_linked}, ports {sorted(port for _, port in self.tap.open)}")
        if not wait_for(lambda: not self._amiss_while_held(), self.patience):
            findings.silent += self._amiss_while_held()
        self._let_go()
        if self.tap.keyboard.is_touched:
            findings.not_back.append("the MIDI system does not carry what is played")
        finals = self._come_to_rest()
        self._wait_for_the_rest()
        findings.stuck += self._sounding() + self.tap.outputs.left_on
        findings.stale += self._stale_params() + self._stale_probes(finals)
        self._account(findings)
        self._excused.clear()
        self._spans.clear()
        return findings

    def must_be_silent(self, voices: str | None = None) -> None:
        """Raises Trouble when after a while anything still sounds, or the voices of a block do."""

        def sounding() -> Sequence[object]:
            return self._sounding() if voices is None else self._voices(voices)

        self.wait_for(lambda: not (sounding() and self.is_strict), f"silence; still sounding: {sounding()}")

    # What is so now.

    def _voices(self, name: str) -> list[int]:
        """The notes that sound in the session on the voices of a block, lowest first."""
        last = self.far.last()
        return sorted(int(value) for voice, value in last.items() if value and voice.startswith(name))

    def _amiss_while_held(self) -> list[str]:
        keyboard = self.tap.keyboard
        wide, narrow = self._voices("wide"), self._voices("narrow")
        amiss: list[str] = []
        held = sorted(keyboard.sounding(WIDE))
        if wide != held and "wide" not in self._excused:
            amiss.append(f"held on the wide channel {held}, sounding {wide}")
        held = sorted(keyboard.sounding(NARROW))
        forgotten = len(narrow) < NARROW_VOICES and not keyboard.down(NARROW) <= set(narrow)
        if (not set(narrow) <= set(held) or forgotten) and "narrow" not in self._excused:
            amiss.append(f"held on the narrow channel {held}, of which down {keyboard.down(NARROW)}, sounding {narrow}")
        return amiss

    def _let_go(self) -> None:
        deadline = time.monotonic() + self.patience
        while self.tap.keyboard.is_touched and time.monotonic() < deadline:
            self.player.lift()
            wait_for(lambda: not self.tap.keyboard.is_touched, AGAIN_AFTER)
        self.player.forget()

    def _come_to_rest(self) -> dict[str, float]:
        deadline = time.monotonic() + self.patience
        while True:
            finals = self.far.come_to_rest()
            is_quiet = wait_for(lambda: not (self._sounding() or self._stale(finals)), AGAIN_AFTER)  # noqa: B023
            if is_quiet or time.monotonic() > deadline:
                return finals

    def _wait_for_the_rest(self) -> None:
        """Short notes whose gap is not over are still to come, and a busy machine may wake the alarm late."""
        time.sleep(4 * GAP)
        if self.bridge is not None:
            has_turned = threading.Event()
            self.bridge.check(has_turned.set)
            has_turned.wait(self.patience)
        time.sleep(4 * GAP)  # for the way to the session

    def _sounding(self) -> list[str]:
        voices = [f"{voice} is at {value:g}" for voice, value in self.far.last().items() if value and _is_voice(voice)]
        return voices + [f"{port} sounds {note} on {channel}" for port, channel, note in self.tap.outputs.sounding]

    def _stale(self, finals: dict[str, float]) -> list[str]:
        return self._stale_params() + self._stale_probes(finals)

    def _stale_params(self) -> list[str]:
        last = self.far.last()
        return [
            f"{name} was left at {position:g} and is {last.get(name)}"
            for name, position in self.tap.keyboard.positions.items()
            if name not in self._excused and abs(last.get(name, -2.0) - position) > NEARLY
        ]

    def _stale_probes(self, finals: dict[str, float]) -> list[str]:
        places = {f"mon{n + 1}": (CONTROL, FIRST_MONITOR + n) for n in MONITORS} | {"wobble": (BEND, 0)}
        sent = self.tap.outputs.last
        return [
            f"{probe} was last fed {finals[probe]:g}, sent was {sent.get(place)}"
            for probe, place in places.items()
            if probe in finals and sent.get(place) != finals[probe]
        ]

    def _account(self, findings: Findings) -> None:
        """Compare what was played and fed since the last rest with what came of it, and forget both."""
        presses: Sequence[Press] = self.tap.keyboard.presses
        onsets, fed, notes = self.far.take_onsets(), self.far.take_fed(), self.tap.outputs.take_notes()
        findings.lost += lost_notes(presses, onsets, self.epochs, self._spans)
        findings.unasked += unasked_notes(presses, onsets, self.epochs) + self.tap.outputs.wrong
        findings.unasked += unasked_values(notes[LEAD], fed["lead"], "lead")
        findings.unasked += unasked_values(notes[HIT], [48] * len(fed["hit"]), "hit")
        self.presses += len(presses)
        self.tap.keyboard.presses = []
        self.tap.outputs.wrong, self.tap.outputs.left_on = [], []
        self.epochs = [Epoch(time.monotonic())] if self.is_linked else []

    # The link.

    def _observe(self, event: Event, _: Sequence[Effect]) -> None:
        if isinstance(event, LinkUp):
            self.epochs.append(Epoch(time.monotonic()))
        elif isinstance(event, LinkDown):
            self._link_lost()
        elif isinstance(event, Stopped):
            self.tap.is_heard = False

    def _link_lost(self) -> None:
        if self.epochs and self.epochs[-1].until is None:
            self.epochs[-1].until = time.monotonic()
            self.losses += 1


def _is_voice(parameter: str) -> bool:
    return parameter.startswith(("wide", "narrow"))


def _merged(bridge: Bridge) -> int:
    """Values and messages that a newer one replaced while they waited, both ways."""
    status = bridge.status()
    return sum(counts.merged for counts in (*status.port_counts.values(), *(n.counts for n in status.neurons)))


class _Lines(logging.Handler):
    """Keeps text only: a record of an exception would hold on to everything that was there when it happened."""

    def __init__(self, lines: deque[str]) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(logging.Formatter("%(relativeCreated)d %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{threading.current_thread().name}: {self.format(record)}")


@contextmanager
def _logged_to(lines: deque[str]) -> Iterator[None]:
    """What the bridge says goes there, and nowhere else."""
    log = logging.getLogger("nallely_midibridge")
    handler, level = _Lines(lines), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = True
        log.setLevel(level)
        log.removeHandler(handler)
