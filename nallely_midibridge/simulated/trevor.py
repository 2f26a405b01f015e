"""The simulated Trevor server: the session's state out, commands in."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from nallely_midibridge.simulated.patch import WithScaler
from nallely_midibridge.simulated.registry import SessionError
from nallely_midibridge.simulated.server import Client, Server
from nallely_midibridge.simulated.session import BUS, Session
from nallely_midibridge.simulated.shared import SharedSession
from nallely_midibridge.simulated.state import device_with, end_at, state_of

logger = logging.getLogger(__name__)


class Trevor:
    """Sends the whole state to a client that connects, and to every client of ``/trevor`` after a change.

    ``unregister`` and ``reset`` do what reaches further than the session: they close clients of the bus.
    """

    def __init__(
        self,
        shared: SharedSession,
        unregister: Callable[[str], None],
        reset: Callable[[], None],
        port: int = 0,
    ) -> None:
        self._shared = shared
        self._unregister = unregister
        self._reset = reset
        self._server = Server("simulated Trevor", self._attend, port)
        # Held while a state is made and sent, so that an older one never overtakes a newer one.
        self._pushing = threading.Lock()
        shared.announce = self.push

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Close every client and stop listening."""
        self._server.stop(1001)

    def push(self) -> None:
        """Send the state to every client, asked or not."""
        with self._pushing:
            self.send(self._state())

    def send(self, message: dict[str, Any]) -> None:
        """Send any message to every client; the real one sends notifications between its states."""
        text = json.dumps(message)
        for client in self._server.clients:
            if client.path.startswith("/trevor"):
                client.send(text)

    def _state(self) -> dict[str, Any]:
        with self._shared.condition:
            return state_of(self._shared.session)

    def _attend(self, client: Client) -> None:
        client.send(json.dumps(self._state()))
        for message in client:
            try:
                self._obey(message)
            except (SessionError, LookupError, TypeError, ValueError, AttributeError):
                # The real one dies of any mistake in a command.
                logger.debug("not a command: %r", message, exc_info=True)
                client.close(1011)

    def _obey(self, message: bytes | str) -> None:
        arguments = json.loads(message)
        name = arguments.pop("command")
        if name == "reset_all":
            self._reset(**arguments)
            return
        self.COMMANDS[name](self, **arguments)
        self.push()

    def _associate(self, from_parameter: str, to_parameter: str, unbind: bool, with_scaler: WithScaler = True) -> None:
        with self._shared.open() as session:
            source, destination = end_at(session, from_parameter), end_at(session, to_parameter)
            if not unbind:
                session.link(source, destination, with_scaler)
                return
            deliveries = session.unlink(source, destination)
        self._shared.perform(deliveries)

    def _unregister_service(self, bus_id: int, service_name: str) -> None:
        with self._shared.condition:
            is_bus = int(bus_id) == self._shared.session.bus_id
        if is_bus:
            self._unregister(service_name)

    def _create_device(self, name: str) -> None:
        with self._shared.open() as session:
            session.create(name)

    def _kill_device(self, device_id: int) -> None:
        with self._shared.open() as session:
            deliveries = session.kill(_own_device(session, device_id))
        self._shared.perform(deliveries)

    def _set_virtual_value(self, device_id: int, parameter: str, value: float | str) -> None:
        with self._shared.open() as session:
            end = session.end(f"{_own_device(session, device_id)}.{parameter}")
            session.feed(end, float(value))

    COMMANDS: Final[dict[str, Callable[..., None]]] = {
        "associate_parameters": _associate,
        "create_device": _create_device,
        "kill_device": _kill_device,
        "set_virtual_value": _set_virtual_value,
        "unregister_service": _unregister_service,
    }


def _own_device(session: Session, device_id: int) -> str:
    """A device other than the bus."""
    name = device_with(session, int(device_id))
    if name == BUS:
        raise SessionError("not a command for the bus")
    return name
