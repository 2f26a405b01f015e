"""What comes back on a port of what it was sent: a controller that reports what it is told, a DAW with "thru" on.

An echo is told by its value, give or take a step for devices that round, and by its time. A hand must not be taken
for one, least of all where a patch follows a control and the value goes back to light its ring: the hand's next steps
look like what was sent. So nothing is expected back of what only repeats a hand, and what goes on from where a hand
was is the hand.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from nallely_midibridge.values import midi
from nallely_midibridge.values.destination import Destination
from nallely_midibridge.values.midi import Address

ECHO_WITHIN: Final = 0.1
"""Seconds that an echo may take: two buffers of 2,048 frames at 44.1 kHz."""
HAND_WITHIN: Final = 0.5
"""Seconds for which the patch may follow what a hand did last."""
STEP: Final = 1
HAND_STEP: Final = 2
"""How far a hand that turns a control moves from one message to the next, unless it is in a hurry."""
NOTES_AWAITED: Final = 64
"""Echoes of one note that may be under way at once."""
LONG_AGO: Final = float("-inf")


class Heard(NamedTuple):
    """A value, and when it was there."""

    value: int
    at: float


class Echo:
    """One port that goes both ways. ``destinations`` are what it may be sent; nothing else comes back."""

    def __init__(self, destinations: frozenset[Destination]) -> None:
        self.destinations = destinations
        self._sent_at = {address: [LONG_AGO] * 128 for destination in destinations for address in destination.addresses}
        self._hands: dict[Address, Heard] = {}
        self._notes: dict[Address, _Note] = {}

    def sent(self, message: Sequence[int], now: float) -> None:
        """The port was sent a message."""
        address, value = midi.split(message)
        if midi.starts_note(message):
            self._note(message).start(value, now)
        elif midi.ends_note(message):
            self._note(message).end(now)
        elif address in self._sent_at and not self._is_near_a_hand(address, value, now, STEP):
            self._sent_at[address][value] = now

    def is_echo(self, message: Sequence[int], now: float) -> bool:
        """Whether a message that came in is an echo."""
        address, value = midi.split(message)
        if midi.starts_note(message):
            return self._notes != {} and self._note(message).is_start_echo(value, now)
        if midi.ends_note(message):
            return self._notes != {} and self._note(message).is_end_echo(now)
        sent_at = self._sent_at.get(address)
        if sent_at is None or midi.lets_go(message):
            return False
        is_expected = max(sent_at[max(0, value - STEP) : value + STEP + 1]) >= now - ECHO_WITHIN
        if is_expected and not self._is_near_a_hand(address, value, now, HAND_STEP):
            return True
        self._hands[address] = Heard(value, now)
        return False

    def _is_near_a_hand(self, address: Address, value: int, now: float, step: int) -> bool:
        hand = self._hands.get(address)
        return hand is not None and abs(hand.value - value) <= step and now - hand.at <= HAND_WITHIN

    def _note(self, message: Sequence[int]) -> "_Note":
        address = (message[0] & 0x0F, message[1])
        note = self._notes.get(address)
        if note is None:
            note = self._notes[address] = _Note()
        return note


class _Note:
    """One note of one channel: each note-on that was sent comes back once, and then its note-off does.

    A note-off that is not surely an echo is none: at worst it ends what nobody holds.
    """

    __slots__ = ("_ends", "_open", "_starts")

    def __init__(self) -> None:
        self._starts: deque[Heard] = deque(maxlen=NOTES_AWAITED)
        self._ends: deque[float] = deque(maxlen=NOTES_AWAITED)
        self._open = 0

    def start(self, velocity: int, now: float) -> None:
        self._starts.append(Heard(velocity, now))

    def end(self, now: float) -> None:
        self._ends.append(now)

    def is_start_echo(self, velocity: int, now: float) -> bool:
        while self._starts and now - self._starts[0].at > ECHO_WITHIN:
            self._starts.popleft()
        if not self._starts or abs(velocity - self._starts[0].value) > STEP:
            return False
        self._starts.popleft()
        self._open += 1
        return True

    def is_end_echo(self, now: float) -> bool:
        while self._ends and now - self._ends[0] > ECHO_WITHIN:
            self._ends.popleft()
        if not self._open or not self._ends:
            return False
        self._ends.popleft()
        self._open -= 1
        return True
