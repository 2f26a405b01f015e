"""The simulated WebSocket Bus: where neurons register and values come and go."""

from nallely_midibridge.simulated import wire
from nallely_midibridge.simulated.happenings import ProbeValue, ValueReceived
from nallely_midibridge.simulated.registry import SessionError
from nallely_midibridge.simulated.server import Client, Server
from nallely_midibridge.simulated.shared import SharedSession

SHUTTING_DOWN = "WebSocket Bus is shutting down"


class Bus:
    """Serves ``/NEURON/autoconfig``, ``/NEURON/unregister`` and, for a neuron it knows, ``/NEURON``."""

    def __init__(self, shared: SharedSession, port: int = 0) -> None:
        self._shared = shared
        self._server = Server("simulated bus", self._attend, port)
        self._clients: dict[str, list[Client]] = {}
        shared.deliver = self.deliver

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def is_open(self) -> bool:
        return self._server.is_open

    def start(self) -> None:
        """Listen, on the same port as before. Raises OSError when it is taken."""
        self._server.start()

    def stop(self, *, abruptly: bool = False) -> None:
        """Close every client, with the code and reason of the real bus or without a word, and stop listening."""
        self._server.stop(1000, SHUTTING_DOWN, abruptly=abruptly)

    def drop_clients(self) -> None:
        """Cut every connection, as a network that fails does; the bus goes on listening."""
        for client in self._server.clients:
            client.drop()

    def clients(self, neuron: str) -> list[Client]:
        """Who receives what is sent to a neuron."""
        with self._shared.condition:
            return list(self._clients.get(neuron, ()))

    def deliver(self, value: ProbeValue) -> None:
        """Send a value to every client of its neuron, on the caller's thread: one that does not read holds it up."""
        self.send(value.neuron, wire.encode(value))

    def send(self, neuron: str, message: bytes | str) -> None:
        """Send any message to every client of a neuron."""
        for client in self.clients(neuron):
            client.send(message)

    def unregister(self, neuron: str) -> None:
        """Forget a neuron and close its clients."""
        with self._shared.open() as session:
            known = neuron in session.registry.neurons
            deliveries = session.unregister(neuron)
            clients = self._clients.pop(neuron, []) if known else []
        self._shared.perform(deliveries)
        for client in list(clients):
            client.close()

    def _attend(self, client: Client) -> None:
        neuron = client.path.split("/")[1]
        with self._shared.condition:
            known = neuron in self._shared.session.registry.neurons
        if client.path.endswith("/autoconfig"):
            self._register(client, neuron)
        elif client.path.endswith("/unregister"):
            self.unregister(neuron)
        elif known:
            self._exchange(client, neuron)

    def _register(self, client: Client, neuron: str) -> None:
        message = client.receive()
        try:
            changed = message is not None and self._configure(neuron, message)
        except (SessionError, ValueError):
            client.close(1011)
            return
        if changed:
            self._shared.announce()
        self._exchange(client, neuron)

    def _configure(self, neuron: str, message: bytes | str) -> bool:
        registration = wire.decode_registration(message)
        with self._shared.open() as session:
            return session.configure(neuron, registration.parameters, registration.action)

    def _exchange(self, client: Client, neuron: str) -> None:
        with self._shared.open() as session:
            # A client that left without registering gets here too: the real bus makes a ghost of it.
            session.registry.attach(neuron)
            clients = self._clients.setdefault(neuron, [])
            clients.append(client)
        try:
            for message in client:
                self._take(neuron, message)
        finally:
            with self._shared.open():
                clients.remove(client)

    def _take(self, neuron: str, message: bytes | str) -> None:
        try:
            value = ValueReceived(neuron, *wire.decode(message))
        except ValueError:
            self._shared.ignore(message)
        else:
            self._shared.receive(value)
