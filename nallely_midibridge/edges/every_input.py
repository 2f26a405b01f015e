"""Every MIDI input that is there: opened when it comes, closed when it goes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

from nallely_midibridge.edges.midi_system import MidiSystem, OpenPort
from nallely_midibridge.edges.usb import plugging_of
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a port, by its full name. ``refusal`` is why one that is there cannot be opened."""

    name: str
    is_open: bool
    refusal: str | None = None


class EveryInput:
    """``receive`` is called with a port's full name and each message, on the threads of the MIDI system.

    One thread makes it, and calls its methods. Raises MidiSystemError when there is no MIDI system at first; when it
    goes later, ``trouble`` says so until there is one again. ``present`` are the full names of all inputs.
    """

    def __init__(self, find_system: Callable[[], MidiSystem], receive: Callable[[str, Sequence[int]], None]) -> None:
        self._find_system = find_system
        self._receive = receive
        self._system: MidiSystem | None = find_system()
        self._opened: dict[str, tuple[OpenPort, str | None]] = {}
        self._refused: dict[str, str] = {}
        self.present: list[str] = []
        self.trouble: str | None = None

    @property
    def system_name(self) -> str | None:
        return self._system.name if self._system is not None else None

    def look(self) -> list[Change]:
        """Close what is gone or was plugged anew, and open what has come; a refusal is told when it is new."""
        self.present = self._names()
        self._refused = {name: why for name, why in self._refused.items() if name in self.present}
        return [*self._close_gone(), *self._open_new()]

    def close(self) -> None:
        """Let go of all ports, and of the system."""
        for port, _ in self._opened.values():
            port.quiet()
        while self._opened:
            self._opened.popitem()[1][0].close()
        if self._system is not None:
            self._system.close()
            self._system = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _names(self) -> list[str]:
        try:
            if self._system is None:
                self._system = self._find_system()
            names = self._system.port_names(Direction.INPUT)
        except MidiSystemError as error:
            self.trouble = str(error)
            return []
        self.trouble = None
        return list(dict.fromkeys(names))

    def _close_gone(self) -> Iterator[Change]:
        for name, (port, plugging) in list(self._opened.items()):
            if name not in self.present or plugging_of(name) != plugging:
                del self._opened[name]
                port.close()
                yield Change(name, is_open=False)
        if self.trouble is not None and self._system is not None:
            self._system.close()
            self._system = None

    def _open_new(self) -> Iterator[Change]:
        for name in self.present:
            if name in self._opened or self._system is None:
                continue
            try:
                port = self._system.open_input(name, partial(self._receive, name))
            except PortError as error:
                if self._refused.get(name) != str(error):
                    self._refused[name] = str(error)
                    yield Change(name, is_open=False, refusal=str(error))
                continue
            port.follow_clock(True)
            self._refused.pop(name, None)
            self._opened[name] = port, plugging_of(name)
            yield Change(name, is_open=True)
