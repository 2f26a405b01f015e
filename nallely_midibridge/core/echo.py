"""What comes back on a port of what it was sent: a controller that reports what it is told, a DAW with "thru" on.

An echo is told by its value, give or take a step for devices that round, and by its time. A hand must not be taken
for one, least of all where a patch follows a control and the value goes back to light its ring: the hand's next steps
look like what was sent. So nothing is expected back of what only repeats a hand, and what goes on from where a hand
was is the hand.

Halves of a value must not be torn apart: a fine one goes the way of its coarse one. And what selects a parameter is
never an echo, or the data entry after it would be about another.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from nallely_midibridge.core.readers.parameters import DATA, Parameter, Selection
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

Place = tuple[int, ...]
"""What a message is about: its address, and where that is data entry, also the parameter."""


class Heard(NamedTuple):
    """A value, and when it was there."""

    value: int
    at: float


NOBODY: Final = Heard(0, LONG_AGO)


class Echo:
    """One port that goes both ways. ``destinations`` are what it may be sent; nothing else comes back."""

    def __init__(self, destinations: frozenset[Destination]) -> None:
        self.destinations = destinations
        places = [_places(destination) for destination in destinations]
        self._sent_at = {place: [LONG_AGO] * 128 for halves in places for place in halves}
        self._coarse = {halves[1]: halves[0] for halves in places if len(halves) == 2}
        self._with_parameters = {to.addresses[0][0] for to in destinations if to.selection is not None}
        self._system_sent_at: dict[int, float] = {}
        self._selected_out: dict[int, Selection] = {}
        self._selected_in: dict[int, Selection] = {}
        self._hands: dict[Place, Heard] = {}
        self._echoed_at: dict[Place, float] = {}
        self._notes: dict[Address, _Note] = {}

    def sent(self, message: Sequence[int], now: float) -> None:
        """The port was sent a message."""
        if message[0] >= midi.SYSTEM:
            self._system_sent_at[message[0]] = now
            return
        address, value = midi.split(message)
        if message[0] >= midi.POLY_PRESSURE:  # all that are no notes
            is_spelt = message[0] in self._with_parameters
            place = self._place(address, value, self._selected_out) if is_spelt else address
            sent_at = self._sent_at.get(place)
            if sent_at is not None and not (self._hands and self._is_near_a_hand(place, value, now, STEP)):
                sent_at[value] = now
        elif midi.starts_note(message):
            self._note(message).start(value, now)
        else:
            self._note(message).end(now)

    def is_echo(self, message: Sequence[int], now: float) -> bool:
        """Whether a message that came in is an echo."""
        if message[0] >= midi.SYSTEM:
            sent_at = self._system_sent_at.get(message[0], LONG_AGO)
            return now - sent_at <= ECHO_WITHIN and message[0] != midi.STOP
        address, value = midi.split(message)
        if midi.starts_note(message):
            return self._notes != {} and self._note(message).is_start_echo(value, now)
        if midi.ends_note(message):
            return self._notes != {} and self._note(message).is_end_echo(now)
        place = self._place(address, value, self._selected_in)
        if place not in self._sent_at or midi.lets_go(message):
            return False
        is_echo = self._is_fine_echo if place in self._coarse else self._is_value_echo
        if is_echo(place, value, now):
            self._echoed_at[place] = now
            return True
        self._hands[place] = Heard(value, now)
        return False

    def _place(self, address: Address, value: int, selected: dict[int, Selection]) -> Place:
        """What a message is about. One that selects a parameter changes what the next are about."""
        status, controller = address
        if status not in self._with_parameters:
            return address
        selection = selected.setdefault(status, Selection())
        if controller in DATA:
            return (*address, *(selection.parameter or ()))
        if midi.selects((*address, value)):
            selection.select(controller, value)
        return address

    def _is_value_echo(self, place: Place, value: int, now: float) -> bool:
        near = self._sent_at[place][max(0, value - STEP) : value + STEP + 1]
        return max(near) >= now - ECHO_WITHIN and not self._is_near_a_hand(place, value, now, HAND_STEP)

    def _is_fine_echo(self, place: Place, value: int, now: float) -> bool:
        """A fine half goes the way of its coarse half; where that is not sent, a hand may be anywhere in it."""
        coarse = self._coarse[place]
        hand_at = max(self._hands.get(half, NOBODY).at for half in (coarse, place))
        echoed_at = self._echoed_at.get(coarse, LONG_AGO)
        if max(hand_at, echoed_at) >= now - ECHO_WITHIN:
            return echoed_at > hand_at
        return now - hand_at > HAND_WITHIN and self._is_value_echo(place, value, now)

    def _is_near_a_hand(self, place: Place, value: int, now: float, step: int) -> bool:
        hand = self._hands.get(place)
        return hand is not None and abs(hand.value - value) <= step and now - hand.at <= HAND_WITHIN

    def _note(self, message: Sequence[int]) -> "_Note":
        address = (message[0] & 0x0F, message[1])
        note = self._notes.get(address)
        if note is None:
            note = self._notes[address] = _Note()
        return note


def _places(destination: Destination) -> tuple[Place, ...]:
    if destination.selection is None:
        return destination.addresses
    selector, number = destination.selection
    return tuple((*address, *Parameter(selector == midi.RPN, number)) for address in destination.addresses)


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
