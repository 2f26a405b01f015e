"""What is sent on an open output, in order, and what it did not take yet."""

import time
from typing import Final, NoReturn

from nallely_midibridge.core.backlog import Backlog
from nallely_midibridge.edges.midi_system import OpenPort
from nallely_midibridge.values.errors import PortError
from nallely_midibridge.values.midi import MidiMessage

LAST_TRIES_FOR: Final = 0.25
"""Seconds in which a port that refuses is tried again before it is closed."""
BETWEEN_LAST_TRIES: Final = 0.01


class Outlet:
    """Sends on a port, whatever that refuses meanwhile. One thread at a time."""

    def __init__(self, port: OpenPort) -> None:
        self._port = port
        self._backlog = Backlog()

    def send(self, message: MidiMessage) -> None:
        """Send a message. Raises PortError when the port does not take it now; it is kept for `send_again`."""
        if self._backlog.messages:
            self._backlog.put(message)
            raise PortError("the port took nothing more before")
        try:
            self._port.send(message)
        except Exception as error:
            self._backlog.put(message)
            _refuse(error)

    def send_again(self) -> None:
        """Send what was kept. Raises PortError when the port does not take all of it."""
        while self._backlog:
            try:
                self._port.send(self._backlog.first())
            except Exception as error:
                _refuse(error)
            self._backlog.took()

    def send_rest(self) -> None:
        """Try for a moment to send what was kept, before the port is closed."""
        deadline = time.monotonic() + LAST_TRIES_FOR
        while self._backlog and time.monotonic() < deadline:
            try:
                self.send_again()
            except PortError:
                time.sleep(BETWEEN_LAST_TRIES)


def _refuse(error: Exception) -> NoReturn:
    """A library may raise anything, and the next message may be a note-off."""
    if isinstance(error, PortError):
        raise error
    raise PortError(f"the port does not take a message: {type(error).__name__}: {error}") from error
