"""The demo's far ends: a keyboard to play on and a DAW that listens, on real MIDI ports where there are any."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.midi_system import MidiSystem, OpenPort
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.port_name import is_ours, stable_name

KEYBOARD: Final = "Demo keyboard"
VIRTUAL: Final = "Nallely"
CLIENT: Final = "nallely-demo"

Hear = Callable[[Sequence[int]], None]


class Stage(Protocol):
    """Where the demo happens."""

    words: str
    """What to say of the ports."""

    def find_system(self) -> MidiSystem:
        """The MIDI system for the bridge."""

    def play(self, message: Sequence[int]) -> None:
        """Play a message on the keyboard."""

    def listen(self, hear: Hear) -> None:
        """Have the DAW open the bridge's virtual port; the bridge is there."""

    def close(self) -> None:
        """Take the far ends away."""


class RealStage:
    """On this machine's MIDI system. Raises MidiSystemError or PortError where it cannot be."""

    def __init__(self) -> None:
        self._system = find_midi_system(CLIENT)
        self._ports: list[OpenPort] = []
        self._keyboard = self._system.open_virtual_output(KEYBOARD)
        self._ports.append(self._keyboard)
        self.words = f"real MIDI ports on {self._system.name}"

    def find_system(self) -> MidiSystem:
        return find_midi_system()

    def play(self, message: Sequence[int]) -> None:
        self._keyboard.send(message)

    def listen(self, hear: Hear) -> None:
        names = self._system.port_names(Direction.INPUT)
        ours = next(name for name in names if is_ours(name) and stable_name(name).endswith(f":{VIRTUAL}"))
        self._ports.append(self._system.open_input(ours, hear))

    def close(self) -> None:
        while self._ports:
            self._ports.pop().close()
        self._system.close()


class MemoryStage:
    """Inside the process, for a machine without a MIDI system."""

    def __init__(self, why: str) -> None:
        self._system = MemorySystem()
        self._keyboard = self._system.plug(KEYBOARD)
        self.words = f"in-process ports ({why})"

    def find_system(self) -> MidiSystem:
        return self._system

    def play(self, message: Sequence[int]) -> None:
        self._keyboard.send(*message)

    def listen(self, hear: Hear) -> None:
        self._system.virtual(VIRTUAL).heard = hear

    def close(self) -> None:
        self._system.virtual(VIRTUAL).heard = None


def set_stage() -> Stage:
    """The best stage this machine has."""
    try:
        return RealStage()
    except (MidiSystemError, PortError) as error:
        return MemoryStage(str(error).partition(";")[0].partition(" (")[0])
