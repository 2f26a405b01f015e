"""Cycles: what we send on one port comes in on another, moves a parameter, and is sent again, for ever.

Much looks like a cycle and is none: a hand whose control is lit by what it does, an LFO that a patchbay leads from
one of our ports to another. So a suspicion is put to two tests, and only what passes both is muted:

    watching ── returned too often ──> holding back: nothing is sent. Does the input go on? A hand: excused.
             ── it stopped, and is back ──> shut out: what returns is dropped. Does the output go on? Not fed: excused.
             ── it stopped ──> muted: what returns is dropped for a while, and again whenever it lasts.

Only what comes back as it was sent, give or take a step, is known to return. A message that ends something is never
dropped: it cannot keep a cycle alive, and somebody may be waiting for it.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from nallely_midibridge.core.echo import ECHO_WITHIN, STEP
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, Report
from nallely_midibridge.values.midi import Address, MidiMessage

SUSPECT_AFTER: Final = 32
"""Returns, other input on the port taken off, that make a suspicion if they come within `SUSPECT_WITHIN` seconds."""
SUSPECT_WITHIN: Final = 2.0
BACK_AFTER: Final = 4
"""Returns that show that a cycle, held back for a moment, goes on, if they come within `BACK_WITHIN` seconds."""
BACK_WITHIN: Final = 1.0
HOLD_BACK_FOR: Final = 0.2
"""Seconds in which nothing but note-offs leaves the port."""
SHUT_OUT_FOR: Final = 1.0
"""Seconds in which what returns is dropped: long enough for a slow LFO to turn around."""
SETTLES_WITHIN: Final = 0.1
"""Seconds of either that do not count: a message may be on its way."""
MUTE_FOR: Final = 10.0
"""Seconds a proven cycle is muted at a time."""
EXCUSE_FOR: Final = 60.0
"""Seconds in which what was tested and found harmless is not tested again."""
LONG_AGO: Final = float("-inf")


class Stage(Enum):
    """Where the case of one pair of ports stands; see above."""

    WATCHING = "watching"
    HOLDING_BACK = "holding back"
    WAITING = "waiting for it to go on"
    SHUT_OUT = "shut out"
    MUTED = "muted"
    EXCUSED = "excused"


Sent = tuple[str, float]
"""On which port a message was sent last, and when. (A plain one is made at a tenth of a named tuple's cost.)"""


class Case:
    """What is known of one way around: from the port ``sent_on`` to the port ``heard_on``."""

    def __init__(self, sent_on: str, heard_on: str) -> None:
        self.sent_on = sent_on
        self.heard_on = heard_on
        self.stage = Stage.WATCHING
        self.since = LONG_AGO
        self.score = 0
        self.addresses: dict[Address, None] = {}
        self.went_on = False
        self.is_said = False
        self.message: MidiMessage = ()

    def enter(self, stage: Stage, now: float) -> None:
        self.stage, self.since = stage, now
        self.score, self.went_on = 0, False

    def goes_on(self, address: Address, now: float) -> None:
        """Something of this case moved, on the side that a test looks at."""
        if address in self.addresses and now > self.since + SETTLES_WITHIN:
            self.went_on = True

    @property
    def drops(self) -> bool:
        return self.stage in (Stage.SHUT_OUT, Stage.MUTED)


class Cycles:
    """Watches what is sent and what comes in.

    ``hold_back(port, until)`` makes a port send nothing but note-offs, ``schedule`` has a task done at a time, and
    ``route(case)`` says what the cycle runs through.
    """

    def __init__(
        self,
        hold_back: Callable[[str, float], None],
        schedule: Callable[[float, Callable[[float], list[Effect]]], None],
        route: Callable[[Case], str],
    ) -> None:
        self._hold_back = hold_back
        self._schedule = schedule
        self._route = route
        self._sent: dict[Address, dict[int, Sent]] = {}
        self._cases: dict[tuple[str, str], Case] = {}

    def sent(self, port: str, message: MidiMessage, now: float) -> None:
        """A message went out."""
        if _says_nothing(message):
            return
        address, value = midi.split(message)
        self._sent.setdefault(address, {})[value] = port, now
        for case in self._cases.values():
            if case.stage is Stage.SHUT_OUT and case.sent_on == port:
                case.goes_on(address, now)

    def refuses(self, port: str, message: Sequence[int], now: float) -> bool:
        """Whether a message that came in is a return that must go no further."""
        if not (self._sent or self._cases):
            return False
        address, value = midi.split(message)
        if not (self._cases or address in self._sent) or _says_nothing(message):
            return False
        sent_on = self._sent_on(address, value, now)
        for case in self._cases.values():
            if case.heard_on == port:
                self._heard(case, address, is_return=case.sent_on == sent_on, now=now)
        if sent_on is None:
            return False
        return self._returned(self._case(sent_on, port), address, tuple(message), now)

    def _case(self, sent_on: str, heard_on: str) -> Case:
        case = self._cases.get((sent_on, heard_on))
        if case is None:
            case = self._cases[sent_on, heard_on] = Case(sent_on, heard_on)
        return case

    def _sent_on(self, address: Address, value: int, now: float) -> str | None:
        """The port that was sent this just now."""
        values = self._sent.get(address)
        if values is None:
            return None
        near = (values.get(step) for step in (value, value - STEP, value + STEP))
        return next((sent[0] for sent in near if sent is not None and now - sent[1] <= ECHO_WITHIN), None)

    def _heard(self, case: Case, address: Address, *, is_return: bool, now: float) -> None:
        if case.stage is Stage.HOLDING_BACK:
            case.goes_on(address, now)
        elif not is_return and case.score:
            case.score -= 1

    def _returned(self, case: Case, address: Address, message: MidiMessage, now: float) -> bool:
        if now - case.since > _LASTS[case.stage]:
            case.enter(Stage.WATCHING, now)
        case.addresses.pop(address, None)
        case.addresses[address] = None
        if len(case.addresses) > 2 * SUSPECT_AFTER:
            del case.addresses[next(iter(case.addresses))]
        if not midi.lets_go(message):
            case.message = message
        case.score += 1
        if case.stage is Stage.WATCHING and case.score >= SUSPECT_AFTER:
            self._suspect(case, now)
        elif case.stage is Stage.WAITING and case.score >= BACK_AFTER:
            case.enter(Stage.SHUT_OUT, now)
            self._schedule(now + SHUT_OUT_FOR, lambda at: self._judge(case, at))
        return case.drops and not midi.lets_go(message)

    def _suspect(self, case: Case, now: float) -> None:
        case.enter(Stage.HOLDING_BACK, now)
        self._hold_back(case.sent_on, now + HOLD_BACK_FOR)
        self._schedule(now + HOLD_BACK_FOR, lambda at: self._judge(case, at))

    def _judge(self, case: Case, now: float) -> list[Effect]:
        """The time of a test is over."""
        if case.went_on:
            case.enter(Stage.EXCUSED, now)
            return []
        if case.stage is Stage.HOLDING_BACK:
            case.enter(Stage.WAITING, now)
            return []
        case.enter(Stage.MUTED, now)
        if case.is_said:
            return []
        case.is_said = True
        return [Report(f"a cycle: {self._route(case)}; muted for {MUTE_FOR:g} s whenever it lasts; said once")]


def _says_nothing(message: Sequence[int]) -> bool:
    """Whether a message has no value that could go round: one of the system, or one that selects a parameter."""
    return message[0] >= midi.SYSTEM or midi.selects(message)


_LASTS: Final = {
    Stage.WATCHING: SUSPECT_WITHIN,
    Stage.WAITING: BACK_WITHIN,
    Stage.MUTED: MUTE_FOR,
    Stage.EXCUSED: EXCUSE_FOR,
    Stage.HOLDING_BACK: float("inf"),
    Stage.SHUT_OUT: float("inf"),
}
"""Seconds after which a stage gives way to a new watch; the tests end by themselves."""
