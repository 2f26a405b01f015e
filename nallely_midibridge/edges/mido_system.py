"""MIDI ports through whichever other backend of mido the environment's MIDO_BACKEND names."""

import importlib
from collections.abc import Sequence
from typing import Any

import mido

from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.port_name import OUR_CLIENT, is_of


class MidoSystem:
    """A backend of mido by its module's name. Raises MidiSystemError when it cannot be loaded."""

    announcements = None

    def __init__(self, backend: str, client_name: str = OUR_CLIENT) -> None:
        self.name = backend
        self._client_name = client_name
        try:
            importlib.import_module(backend.partition("/")[0])
            self._backend = mido.Backend(backend, load=True)
            self._backend.get_input_names()
        except Exception as error:  # a backend is anybody's module, and raises what it likes
            raise MidiSystemError(f"MIDO_BACKEND names {backend}, which cannot be used: {error}") from error

    def port_names(self, direction: Direction) -> list[str]:
        list_names = self._backend.get_input_names if direction is Direction.INPUT else self._backend.get_output_names
        try:
            return [name for name in list_names() if not is_of(self._client_name, name)]
        except Exception as error:
            raise MidiSystemError(f"{self.name} no longer lists its ports: {error}") from error

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        return self._open(self._backend.open_input, name, callback=_bytes_to(receive))

    def open_output(self, name: str) -> OpenPort:
        return self._open(self._backend.open_output, name)

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        return self._open(
            self._backend.open_input, name, virtual=True, client_name=self._client_name, callback=_bytes_to(receive)
        )

    def open_virtual_output(self, name: str) -> OpenPort:
        return self._open(self._backend.open_output, name, virtual=True, client_name=self._client_name)

    def close(self) -> None:
        """Nothing is held between calls."""

    def _open(self, open_port: Any, name: str, **options: object) -> OpenPort:
        try:
            return MidoPort(open_port(name, **options))
        except Exception as error:
            raise PortError(f"{name} cannot be opened: {error}") from error


class MidoPort:
    """One open port of mido."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def send(self, message: Sequence[int]) -> None:
        try:
            self._port.send(mido.Message.from_bytes(message))
        except Exception as error:
            raise PortError(f"{self._port.name} does not take a message: {error}") from error

    def follow_clock(self, wanted: bool) -> None:
        """mido has no word for this: a backend passes the clock or does not."""

    def quiet(self) -> None:
        """The backend does this itself, in `close`."""

    def close(self) -> None:
        self._port.close()


def _bytes_to(receive: Receive) -> Any:
    return lambda message: receive(message.bytes())
