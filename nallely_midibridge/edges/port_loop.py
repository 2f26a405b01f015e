"""A loop through MIDI: out of one port, and in at another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from nallely_midibridge.edges.loop import Ear
from nallely_midibridge.edges.midi_system import MidiSystem
from nallely_midibridge.values.errors import LoopError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.midi import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, MidiMessage
from nallely_midibridge.values.port_name import matches, short_name

UNDEFINED_CONTROLLER: Final = 119
"""The last controller that the MIDI specification gives no meaning."""
LAST_CHANNEL: Final = 15


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent: a controller, or with ``note`` a note. Channels from 0."""

    note: int | None = None
    controller: int = UNDEFINED_CONTROLLER
    channel: int = LAST_CHANNEL

    def message(self, number: int) -> MidiMessage:
        """Another one than the one before."""
        if self.note is None:
            return CONTROL_CHANGE | self.channel, self.controller, number % 128
        return NOTE_ON | self.channel, self.note, 1 + number % 127

    @property
    def end(self) -> MidiMessage | None:
        """What ends it, when it has to."""
        return None if self.note is None else (NOTE_OFF | self.channel, self.note, 0)


class PortLoop:
    """Plays on the output that one pattern means and listens at the input of another. A context manager.

    Raises LoopError for a pattern that no port has, and when entered PortError for a port that does not open.
    """

    def __init__(self, system: MidiSystem, output: str, input_: str, sent: Sent) -> None:
        self._system = system
        self._names = _found(system, Direction.OUTPUT, output), _found(system, Direction.INPUT, input_)
        self._sent = sent
        self._ear = Ear()

    @property
    def where(self) -> str:
        return "from {!r} to {!r}".format(*map(short_name, self._names))

    @property
    def advice(self) -> str:
        return "connect the two, by a cable or in a patchbay"

    def once(self, number: int) -> int | None:
        message = self._sent.message(number)
        try:
            return self._ear.time(message, lambda: self._output.send(message))
        finally:
            if self._sent.end is not None:
                self._output.send(self._sent.end)

    def __enter__(self) -> Self:
        output, input_ = self._names
        self._input = self._system.open_input(input_, self._hear)
        try:
            self._output = self._system.open_output(output)
        except BaseException:
            self._input.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
        self._output.close()

    def _hear(self, message: Sequence[int]) -> None:
        self._ear.hear(tuple(message))


def _found(system: MidiSystem, direction: Direction, pattern: str) -> str:
    names = system.port_names(direction)
    found = matches(pattern, names)
    if not found:
        present = ", ".join(repr(short_name(name)) for name in names) or "none"
        raise LoopError(f"no {direction.value} is called {pattern!r}; {direction.value}s present: {present}")
    return found[0]
