"""Registered and non-registered parameters, RPN and NRPN: which one is meant, and what its value is.

A device says the number of a parameter with two controllers, and then, as often as it likes, its value with others
(page 17 of the specification and table III): ``CC 99, 98`` or ``CC 101, 100`` select, ``CC 6, 38, 96, 97`` enter data.
`Parameters` follows what is selected on each channel of a port, and hands data to those who listen to that parameter;
one look-up, whatever the number of routes.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from nallely_midibridge.core.readers.fine import MAX_14, Halves, Pair
from nallely_midibridge.core.readers.reader import Schedule
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect

DATA: Final = frozenset((midi.DATA_ENTRY, midi.DATA_ENTRY_FINE, midi.DATA_INCREMENT, midi.DATA_DECREMENT))
CONTROLLERS: Final = DATA | {midi.NRPN, midi.NRPN_FINE, midi.RPN, midi.RPN_FINE}
"""The controllers that spell a parameter and its value."""
COARSE_STEP: Final = 128

Receiver = Callable[[Sequence[int], float], list[Effect]]


class Parameter(NamedTuple):
    """One of 16,383 registered or as many non-registered ones."""

    registered: bool
    number: int


class Selection:
    """What is selected on one channel, as far as it is known: a number has two halves, and both must have come."""

    __slots__ = ("_coarse", "_fine", "_registered", "parameter")

    def __init__(self) -> None:
        self.parameter: Parameter | None = None
        self._registered: bool | None = None
        self._coarse: int | None = None
        self._fine: int | None = None

    def select(self, controller: int, value: int) -> None:
        """One half of a number. A device may leave out the other when it stays, but not from NRPN to RPN or back."""
        registered = controller in (midi.RPN, midi.RPN_FINE)
        if registered is not self._registered:
            self._registered, self._coarse, self._fine = registered, None, None
        if controller in (midi.RPN, midi.NRPN):
            self._coarse = value
        else:
            self._fine = value
        self.parameter = self._found()

    def _found(self) -> Parameter | None:
        if self._registered is None or self._coarse is None or self._fine is None:
            return None
        number = self._coarse << 7 | self._fine
        return None if number == midi.NULL_PARAMETER else Parameter(self._registered, number)


class Parameters:
    """The parameters of one port. ``selections``, one a channel, outlive a change of the mapping."""

    def __init__(self, selections: list[Selection] | None = None) -> None:
        self.selections = selections or [Selection() for _ in midi.CHANNELS]
        self._rows: dict[tuple[int, Parameter], tuple[Receiver, ...]] = {}

    def add(self, receiver: Receiver, parameter: Parameter, channels: Iterable[int]) -> None:
        """Have ``receiver`` called with the data entry messages of a parameter."""
        for channel in channels:
            self._rows[channel, parameter] = (*self._rows.get((channel, parameter), ()), receiver)

    def receive(self, message: Sequence[int], now: float) -> list[Effect]:
        """A message came in that may be about parameters: one of `CONTROLLERS`, or "reset all controllers"."""
        status, controller, value = message
        if controller in DATA:
            return [effect for receive in self.listeners(message) for effect in receive(message, now)]
        if controller == midi.RESET_ALL_CONTROLLERS:
            self.selections[status & 0x0F] = Selection()  # RP-015: it selects the null parameter
        else:
            self.selections[status & 0x0F].select(controller, value)
        return []

    def listeners(self, message: Sequence[int]) -> tuple[Receiver, ...]:
        """Those who listen to a data entry message, by what is selected now."""
        channel = message[0] & 0x0F
        parameter = self.selections[channel].parameter
        return () if parameter is None else self._rows.get((channel, parameter), ())

    def forget(self) -> None:
        """The port is gone: what comes next is not about what was selected."""
        self.selections[:] = [Selection() for _ in midi.CHANNELS]


class Data(Pair):
    """The value of one parameter of 14 bits, or of 7 for a device that sends no fine half.

    Increment and decrement are steps of one, whatever value they carry, from what came last; from 0 if nothing did.
    """

    def __init__(self, bits: int, schedule: Schedule) -> None:
        fine = midi.DATA_ENTRY_FINE if bits == 14 else None
        super().__init__(midi.DATA_ENTRY, fine, False, schedule)
        self._step = 1 if bits == 14 else COARSE_STEP

    def read(self, message: Sequence[int], now: float) -> float | None:
        if message[1] == midi.DATA_INCREMENT:
            return self._move(self._of(message), self._step)
        if message[1] == midi.DATA_DECREMENT:
            return self._move(self._of(message), -self._step)
        return super().read(message, now)

    def _move(self, halves: Halves, step: int) -> float:
        number = min(max(halves.number + step, 0), MAX_14)
        halves.coarse = number >> 7
        halves.fine = number & 0x7F if self._fine is not None else None
        return self._settled(halves)
