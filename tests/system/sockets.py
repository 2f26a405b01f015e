"""The machine's USB sockets, and a card that is no USB device."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from devices import Keyboard
from machine import sequencer_clients, wait_for

FIRST_CLIENT, CLIENTS_A_CARD = 16, 4


class Sockets:
    """Numbered from 0. What is plugged gets the first free one, so those below another one are filled first."""

    def __init__(self) -> None:
        self._held: list[Keyboard | None] = [None] * 4
        self._fillers = [Keyboard(f"Filler {number}") for number in range(len(self._held))]

    def plug(self, keyboard: Keyboard, socket: int | None = None) -> float:
        """Plug it into this socket, or any; returns when the sequencer first showed it."""
        if socket is not None:
            self._make_first(socket)
        place = self._held.index(None)
        seen = keyboard.plug_and_see()
        self._held[place] = keyboard
        return seen

    def unplug(self, keyboard: Keyboard) -> float:
        """Pull its cable; returns when the sequencer no longer showed it."""
        _, gone = keyboard.unplug_and_see()
        self._held[self._held.index(keyboard)] = None
        return gone

    def holder(self, socket: int) -> Keyboard | None:
        """What is plugged into this socket."""
        return self._held[socket]

    def clear(self) -> None:
        """Pull whatever only fills a socket."""
        for filler in self._fillers:
            if filler.plugged:
                self.unplug(filler)

    def _make_first(self, socket: int) -> None:
        """Make this socket the first free one."""
        holder = self._held[socket]
        if holder in self._fillers and holder is not None:
            self.unplug(holder)
        while (place := self._held.index(None)) < socket:
            self.plug(self._fillers[place])
        assert place == socket, f"socket {socket} is taken"


@contextmanager
def client_taken(client: int) -> Iterator[None]:
    """While the ``with`` block runs another card has a client number, one of hardware: 16 + 4 × card."""
    card = (client - FIRST_CLIENT) // CLIENTS_A_CARD
    subprocess.run(["modprobe", "snd-virmidi", f"index={card}", "midi_devs=1"], check=True)
    try:
        assert wait_for(lambda: client in sequencer_clients())
        yield
    finally:
        subprocess.run(["modprobe", "-r", "snd-virmidi"], check=True)
