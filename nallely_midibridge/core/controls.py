"""MIDI to Nallely: a parameter that follows one source on a port."""

from collections.abc import Callable, Sequence
from typing import Final

from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, SendValue
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.source import SourceKind


class Control:
    """One parameter's present value. It is sent when it changes, and again after every connect."""

    def __init__(self, neuron: str, route: ParamRoute) -> None:
        self.route = route
        self._neuron = neuron
        self._value: float | None = None
        self._linked = False
        self._held: dict[tuple[int, int], int] = {}
        self._read = _READERS[route.source.kind]

    def receive(self, message: Sequence[int], now: float) -> list[Effect]:
        """A message of this control's source came in."""
        position = self._read(self, message)
        return [] if position is None else self._move(position)

    def link_up(self) -> list[Effect]:
        """The session is there: it is told the present value, if a hand ever moved the control."""
        self._linked = True
        return [] if self._value is None else [self._send(self._value)]

    def link_down(self) -> None:
        """Nobody listens; the control is still followed."""
        self._linked = False

    def release(self) -> list[Effect]:
        """The port is gone: a key that was held down on it is down no more."""
        if not self._held:
            return []
        self._held.clear()
        return [] if self.route.source.kind is SourceKind.NOTE_NUMBER else self._move(0.0)

    def _move(self, position: float) -> list[Effect]:
        value = self.route.scale.value(position)
        if value == self._value:
            return []
        self._value = value
        return [self._send(value)] if self._linked else []

    def _send(self, value: float) -> SendValue:
        return SendValue(self._neuron, self.route.parameter, value)

    # Reading a message: the position 0-1 of the control, or None when it does not move it.

    def _data1(self, message: Sequence[int]) -> float:
        return message[1] / 127

    def _data2(self, message: Sequence[int]) -> float:
        return message[2] / 127

    def _bend(self, message: Sequence[int]) -> float:
        return midi.bend_position(message[1] | message[2] << 7)

    def _gate(self, message: Sequence[int]) -> float:
        self._hold(message)
        return 1.0 if self._held else 0.0

    def _velocity(self, message: Sequence[int]) -> float:
        """The velocity of the key pressed last; 0 when none is held."""
        self._hold(message)
        return next(reversed(self._held.values())) / 127 if self._held else 0.0

    def _number(self, message: Sequence[int]) -> float | None:
        """The number of the key held that was pressed last; when all are up the last one stays."""
        self._hold(message)
        return next(reversed(self._held))[1] / 127 if self._held else None

    def _hold(self, message: Sequence[int]) -> None:
        status, note, velocity = message
        key = (status & 0x0F, note)
        self._held.pop(key, None)
        if status & 0xF0 == midi.NOTE_ON and velocity:
            self._held[key] = velocity


_READERS: Final[dict[SourceKind, Callable[[Control, Sequence[int]], float | None]]] = {
    SourceKind.CC: Control._data2,
    SourceKind.NOTE_GATE: Control._gate,
    SourceKind.NOTE_VELOCITY: Control._velocity,
    SourceKind.NOTE_NUMBER: Control._number,
    SourceKind.PITCHBEND: Control._bend,
    SourceKind.PRESSURE: Control._data1,
    SourceKind.PROGRAM: Control._data1,
}
