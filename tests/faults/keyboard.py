"""What a keyboard's messages mean, told a second time and in the plainest way: the measure for the bridge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NOTE_OFF, NOTE_ON, CONTROL, PRESSURE, BEND = 0x80, 0x90, 0xB0, 0xD0, 0xE0
LENGTHS = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}
SUSTAIN, SOSTENUTO, CUTOFF = 64, 66, 74
ALL_SOUND_OFF, RESET_CONTROLLERS, ALL_NOTES_OFF = 120, 121, 123

WIDE, NARROW = 0, 1
"""Channels: the one that always has a free voice, and the one that steals."""


@dataclass(slots=True)
class Press:
    """A key that went down at a time of the monotonic clock, and when its note ended."""

    channel: int
    note: int
    velocity: int
    at: float
    ended_at: float | None = None


@dataclass(slots=True)
class Hand:
    """What is held on one channel."""

    down: set[int] = field(default_factory=set)
    sounding: dict[int, Press] = field(default_factory=dict)
    sustain: bool = False
    sostenuto: bool = False
    caught: set[int] = field(default_factory=set)

    def let_go(self, now: float) -> None:
        """End what nothing holds any more."""
        for note in [note for note in self.sounding if not self._is_held(note)]:
            self.sounding.pop(note).ended_at = now

    def clear(self, now: float) -> None:
        self.down.clear()
        self.caught.clear()
        self.sustain = self.sostenuto = False
        self.let_go(now)

    def _is_held(self, note: int) -> bool:
        return note in self.down or self.sustain or note in self.caught


class Keyboard:
    """``presses`` are all keys that went down, ``positions`` the values of the knobs by their parameter's name."""

    def __init__(self) -> None:
        self.presses: list[Press] = []
        self.positions: dict[str, float] = {}
        self._hands = {WIDE: Hand(), NARROW: Hand()}
        self._gates: set[int] = set()

    def down(self, channel: int) -> set[int]:
        """The keys that are down."""
        return set(self._hands[channel].down)

    def sounding(self, channel: int) -> set[int]:
        """The notes that a key or a pedal holds."""
        return set(self._hands[channel].sounding)

    @property
    def is_touched(self) -> bool:
        """Whether a key or a pedal is down."""
        hands = self._hands.values()
        return bool(self._gates) or any(hand.sounding or hand.sustain or hand.sostenuto for hand in hands)

    def take(self, message: Sequence[int], now: float) -> None:
        """A message of the keyboard's; one that is not whole means nothing."""
        if not message or len(message) != LENGTHS.get(message[0] & 0xF0) or max(message[1:]) > 127:
            return
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if channel not in self._hands:
            return
        if kind == NOTE_ON and message[2]:
            self._press(Press(channel, message[1], message[2], now))
        elif kind in (NOTE_ON, NOTE_OFF):
            self._release(channel, message[1], now)
        elif kind == CONTROL:
            self._control(channel, message[1], message[2], now)
        elif channel == WIDE:
            self._move(kind, message)

    def unplugged(self, now: float) -> None:
        """Its cable was pulled: nobody holds or presses anything. Knobs stay where they are."""
        for hand in self._hands.values():
            hand.clear(now)
        if self._gates:
            self._gates.clear()
            self.positions["gate"] = 0.0
        if "press" in self.positions:
            self.positions["press"] = 0.0

    def doubt(self, before: Mapping[str, float]) -> None:
        """What is not as before may not have been heard: where these knobs are is not known until they move again."""
        moved = [name for name, position in self.positions.items() if before.get(name) != position]
        for name in moved:
            del self.positions[name]

    def _press(self, press: Press) -> None:
        hand = self._hands[press.channel]
        hand.down.add(press.note)
        again = hand.sounding.pop(press.note, None)
        if again is not None:
            again.ended_at = press.at
        hand.sounding[press.note] = press
        self.presses.append(press)
        if press.channel == WIDE:
            self._gates.add(press.note)
            self.positions["gate"] = 1.0

    def _release(self, channel: int, note: int, now: float) -> None:
        hand = self._hands[channel]
        hand.down.discard(note)
        hand.let_go(now)
        if channel == WIDE:
            self._gates.discard(note)
            self.positions["gate"] = float(bool(self._gates))

    def _control(self, channel: int, number: int, value: int, now: float) -> None:
        hand = self._hands[channel]
        if number == SUSTAIN:
            hand.sustain = value >= 64
        elif number == SOSTENUTO:
            self._sostenuto(hand, is_down=value >= 64)
        elif number == RESET_CONTROLLERS:
            hand.sustain = hand.sostenuto = False
            hand.caught.clear()
        elif number == ALL_SOUND_OFF or number >= ALL_NOTES_OFF:
            hand.clear(now)
        elif number == CUTOFF and channel == WIDE:
            self.positions["cutoff"] = float(value)
        hand.let_go(now)

    def _sostenuto(self, hand: Hand, *, is_down: bool) -> None:
        if is_down and not hand.sostenuto:
            hand.caught = set(hand.down)
        elif not is_down:
            hand.caught = set()
        hand.sostenuto = is_down

    def _move(self, kind: int, message: Sequence[int]) -> None:
        if kind == PRESSURE:
            self.positions["press"] = float(message[1])
        elif kind == BEND:
            away = (message[1] | message[2] << 7) - 8192
            self.positions["bend"] = away / (8191 if away > 0 else 8192)
