"""What one port's messages say of the controls behind them."""

from collections.abc import Hashable, Sequence
from typing import Final

from nallely_midibridge.core.learning.controllers import Controllers
from nallely_midibridge.core.readers.parameters import CONTROLLERS, DATA, Selection
from nallely_midibridge.values import midi
from nallely_midibridge.values.lesson import Lesson
from nallely_midibridge.values.source import ALL_CHANNELS, Source, SourceKind

DRUMS: Final = 9
"""The channel of percussion (General MIDI), where each note is an instrument: there are pads, not keys."""
ALONE_AFTER: Final = 0.4
"""Seconds after which a note is struck by itself, to be learned, and is no part of what is played."""

_NO_CONTROLS: Final = (midi.ALL_SOUND_OFF, midi.RESET_ALL_CONTROLLERS, midi.ALL_NOTES_OFF)
"""What a panic button sends, on all channels."""
_OF_CHANNEL: Final = {
    midi.PITCH_BEND: SourceKind.PITCHBEND,
    midi.CHANNEL_PRESSURE: SourceKind.PRESSURE,
    midi.POLY_PRESSURE: SourceKind.POLY_PRESSURE,
    midi.PROGRAM_CHANGE: SourceKind.PROGRAM,
}
"""Kinds of message that a channel has one control of."""
_OF_SYSTEM: Final = {
    midi.CLOCK: SourceKind.CLOCK_BPM,
    midi.START: SourceKind.TRANSPORT,
    midi.CONTINUE: SourceKind.TRANSPORT,
    midi.STOP: SourceKind.TRANSPORT,
}


class Learner:
    """One port, by the name that sources are given. Each control is told once; again only if it turns out another."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._controllers = Controllers(port)
        self._selections = [Selection() for _ in midi.CHANNELS]
        self._told: set[Hashable] = set()
        self._held: set[tuple[int, int]] = set()
        self._struck_at = float("-inf")

    def hear(self, message: Sequence[int], now: float) -> Lesson | None:
        """A message came in, at a time in seconds. What is no whole message of a control teaches nothing."""
        if midi.is_whole(message):
            kind = message[0] & 0xF0
            if kind in (midi.NOTE_ON, midi.NOTE_OFF):
                return self._hear_note(message, now)
            if kind == midi.CONTROL_CHANGE:
                return self._hear_controller(message, now)
            return self._once(self._source(message, _OF_CHANNEL[kind]), message)
        if midi.is_whole_system(message) and message[0] in _OF_SYSTEM:
            return self._once(Source(self._port, _OF_SYSTEM[message[0]], channels=ALL_CHANNELS), message)
        return None

    def due(self, now: float) -> Lesson | None:
        """What is known now that time has passed; call it until it gives nothing."""
        return self._controllers.due(now)

    def _hear_note(self, message: Sequence[int], now: float) -> Lesson | None:
        channel, note = key = message[0] & 0x0F, message[1]
        if midi.ends_note(message):
            self._held.discard(key)
            return None
        is_alone = not self._held and now - self._struck_at >= ALONE_AFTER
        self._held.add(key)
        self._struck_at = now
        begins = channel != DRUMS and self._is_new(channel)
        if not (begins or is_alone or channel == DRUMS):
            return None
        return self._once(self._source(message, SourceKind.NOTE_GATE, note), message, begins_channel=begins)

    def _hear_controller(self, message: Sequence[int], now: float) -> Lesson | None:
        channel, number, value = message[0] & 0x0F, message[1], message[2]
        if number in _NO_CONTROLS:
            if number == midi.RESET_ALL_CONTROLLERS:
                self._selections[channel] = Selection()  # as `Parameters` has it
            return None
        if number not in CONTROLLERS:
            return self._controllers.hear(message, now)
        if number not in DATA:
            self._selections[channel].select(number, value)
            return None
        return self._hear_data(message, now)

    def _hear_data(self, message: Sequence[int], now: float) -> Lesson | None:
        """Data entry is a controller of its own where no parameter is selected."""
        parameter = self._selections[message[0] & 0x0F].parameter
        if parameter is None:
            return self._controllers.hear(message, now)
        kind = SourceKind.RPN if parameter.registered else SourceKind.NRPN
        bits = 7 if message[1] in (midi.DATA_INCREMENT, midi.DATA_DECREMENT) else 14
        return self._once(self._source(message, kind, parameter.number, bits), message)

    def _source(self, message: Sequence[int], kind: SourceKind, number: int | None = None, bits: int = 14) -> Source:
        return Source(self._port, kind, number, frozenset((message[0] & 0x0F,)), bits=bits)

    def _once(self, source: Source, message: Sequence[int], *, begins_channel: bool = False) -> Lesson | None:
        what = (source.kind, source.number, source.channels)
        return Lesson(source, tuple(message), begins_channel=begins_channel) if self._is_new(what) else None

    def _is_new(self, what: Hashable) -> bool:
        is_new = what not in self._told
        self._told.add(what)
        return is_new
