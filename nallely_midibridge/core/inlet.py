"""One port that we listen to: what of its messages counts, and who is told."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from nallely_midibridge.core.cycles import Cycles
from nallely_midibridge.core.echo import Echo
from nallely_midibridge.core.readers.parameters import CONTROLLERS, Parameter, Parameters
from nallely_midibridge.core.table import Receiver, RoutingTable, Row
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, Report
from nallely_midibridge.values.mapping import Port
from nallely_midibridge.values.source import SPELT, Source, SourceKind

SHOWN: Final = 8
"""Bytes of an ignored message that are shown."""
ANY_NUMBER: Final = tuple(range(128))
SYSTEM_CHANNEL: Final = (0,)
"""Messages of the system have no channel; in the table they stand on this one."""

NOTES: Final = (midi.NOTE_ON, midi.NOTE_OFF)

STATUSES: Final = {
    SourceKind.CC: (midi.CONTROL_CHANGE,),
    SourceKind.CC14: (midi.CONTROL_CHANGE,),
    SourceKind.NOTE_GATE: NOTES,
    SourceKind.NOTE_VELOCITY: NOTES,
    SourceKind.NOTE_NUMBER: NOTES,
    SourceKind.PITCHBEND: (midi.PITCH_BEND,),
    SourceKind.PRESSURE: (midi.CHANNEL_PRESSURE,),
    SourceKind.POLY_PRESSURE: (midi.POLY_PRESSURE,),
    SourceKind.PROGRAM: (midi.PROGRAM_CHANGE,),
    SourceKind.CLOCK_BPM: (midi.CLOCK, midi.START, midi.CONTINUE),
    SourceKind.CLOCK_BEAT: (midi.CLOCK, midi.START, midi.CONTINUE, midi.STOP, midi.SONG_POSITION),
    SourceKind.CLOCK_RUNNING: (midi.CLOCK, midi.START, midi.CONTINUE, midi.STOP),
    SourceKind.TRANSPORT: (midi.START, midi.CONTINUE, midi.STOP),
}
"""The kinds of message, without their channel, that a source is made of; parameters have a table of their own."""


class Tally:
    """What came in on a port since the bridge started."""

    def __init__(self) -> None:
        self.received = 0
        self.echoes = 0
        self.ignored: Counter[str] = Counter()


class Inlet:
    """The way in of one port. What it learns of the port outlives a change of the mapping: see ``before``.

    * ``echo`` and ``cycles`` are None where nothing can come back.
    * ``spells_on`` are the channels on which the controllers that spell a parameter are no plain ones.
    """

    def __init__(
        self,
        port: Port,
        echo: Echo | None,
        cycles: Cycles | None,
        spells_on: frozenset[int] = frozenset(),
        before: "Inlet | None" = None,
    ) -> None:
        self.port = port
        self.tally: Tally = before.tally if before else Tally()
        self.echo = echo
        self.table = RoutingTable()
        self._parameters: Parameters = Parameters(before._parameters.selections if before else None)
        self._follows: frozenset[int] = frozenset()
        self._spells_on = spells_on
        self._cycles = cycles

    def listen(self, source: Source, receiver: Receiver) -> None:
        """Have ``receiver`` called for the messages of a source on this port."""
        if source.kind in SPELT:
            self._listen_to_parameter(source, receiver)
            return
        for kind in STATUSES[source.kind]:
            if kind == midi.CONTROL_CHANGE:
                self._listen_to_controllers(source, receiver)
            else:
                channels = source.channels if kind < midi.SYSTEM else SYSTEM_CHANNEL
                self.table.add(receiver, kind, channels, _numbers(source))

    def listeners(self, message: Sequence[int]) -> Row:
        """Those who a whole channel message would reach."""
        row = self.table.find(message) or ()
        return (*row, *self._parameters.listeners(message)) if self._parameters.receive in row else row

    def receive(self, message: Sequence[int], now: float) -> list[Effect]:
        """A message came in."""
        self.tally.received += 1
        row = self.table.find(message)
        if row is None:
            return self._receive_system(message, now)
        if (
            (self.echo is not None and self.echo.is_echo(message, now))
            or (self._cycles is not None and self._cycles.refuses(self.port.name, message, now))
        ) and not midi.selects(message):
            self.tally.echoes += 1
            return []
        if len(row) == 1:  # nearly always
            return row[0](message, now)
        return [effect for receive in row for effect in receive(message, now)]

    def lose(self) -> None:
        """The port is gone."""
        self._parameters.forget()

    def _listen_to_parameter(self, source: Source, receiver: Receiver) -> None:
        if source.number is None:
            return
        self._parameters.add(receiver, Parameter(source.kind is SourceKind.RPN, source.number), source.channels)
        controllers = (*CONTROLLERS, midi.RESET_ALL_CONTROLLERS)
        self.table.add(self._parameters.receive, midi.CONTROL_CHANGE, source.channels - self._follows, controllers)
        self._follows |= source.channels

    def _listen_to_controllers(self, source: Source, receiver: Receiver) -> None:
        for number in _numbers(source):
            channels = source.channels - self._spells_on if number in CONTROLLERS else source.channels
            self.table.add(receiver, midi.CONTROL_CHANGE, channels, (number,))

    def _receive_system(self, message: Sequence[int], now: float) -> list[Effect]:
        row = self.table.find_system(message[0]) if midi.is_whole_system(message) else ()
        if not row:
            return self._ignore(message)
        if self.echo is not None and self.echo.is_echo(message, now):
            self.tally.echoes += 1
            return []
        return [effect for receive in row for effect in receive(message, now)]

    def _ignore(self, message: Sequence[int]) -> list[Effect]:
        """A message that no route can use: it is counted, and the first of its kind is said."""
        kind = midi.fault(message)
        self.tally.ignored[kind] += 1
        if self.tally.ignored[kind] > 1:
            return []
        start = " ".join(f"{byte:02X}" for byte in message[:SHOWN])
        more = " …" if len(message) > SHOWN else ""
        return [Report(f"port {self.port.name}: ignored {kind} ({start}{more}); counted from now on, said once")]


def _numbers(source: Source) -> tuple[int, ...]:
    """The controllers or notes of a source; any, where it does not say."""
    if source.number is None:
        return ANY_NUMBER
    return (source.number,) if source.fine is None else (source.number, source.fine)
