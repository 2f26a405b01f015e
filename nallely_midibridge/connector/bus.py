"""The services of one program: `NallelyWebsocketBus`."""

import threading
import time
from collections.abc import Mapping
from typing import Final, Self

from nallely_midibridge.connector.service import Config, Log, NallelyService, Parameters
from nallely_midibridge.edges.link import CLOSE_WITHIN

BLOCK_TIMEOUT: Final = 15.0
"""Seconds that ``register(block=True)`` waits unless told otherwise."""


class NallelyWebsocketBus:
    """The services of a program, by kind and name. Also a context manager that disposes of them all.

    ``address`` is ``HOST:PORT``, or a ``ws://`` or ``wss://`` URL; default ``localhost:6789``. For ``wss://``,
    ``ca_file`` names the certificates to trust in place of the system's, and ``headers`` are sent with the
    handshake, as a proxy may want; a ``Host`` among them takes the place of the address's.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        ca_file: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.address = address
        self.registered: dict[tuple[str, str], NallelyService] = {}
        self._registering = threading.Lock()
        self._ca_file = ca_file
        self._headers = dict(headers or {})

    def register(
        self,
        kind: str,
        name: str,
        parameters: Parameters,
        config: Config,
        address: str | None = None,
        log: Log = print,
        *,
        block: bool = False,
        timeout: float = BLOCK_TIMEOUT,
    ) -> NallelyService:
        """Register a neuron and keep it registered, whenever the session is there.

        ``parameters`` is ``{NAME: {"min": LOW, "max": HIGH}}``; ``config`` receives the latest values;
        ``address`` overrides the bus's. With ``block``, waits at most ``timeout`` seconds until registered; the
        service is returned, and goes on trying, whether it was or not (see `NallelyService.registered`).
        A service of the same kind and name is disposed of first. Raises ValueError for a name that the bus
        cannot carry (empty, over 255 bytes, or a neuron's with a ``/``), limits that are not numbers, or an
        address that is none; OSError for a ``ca_file`` that cannot be read.
        """
        service = NallelyService(
            kind,
            name,
            parameters,
            config,
            address or self.address,
            log,
            ca_file=self._ca_file,
            headers=self._headers,
        )
        with self._registering:
            earlier = self.registered.get((kind, name))
            self.registered[kind, name] = service
        if earlier is not None:
            earlier.dispose()
        service.start()
        if block and not service.wait(timeout):
            log(f"neuron {name!r}: not registered after {timeout:g} s; trying on in the background")
        return service

    def send(self, kind: str, name: str, parameter: str, value: float) -> None:
        """Send a value through a registered service. Raises KeyError when there is none of that kind and name."""
        self.registered[kind, name].send(parameter, value)

    def close(self) -> None:
        """Dispose of every service, all at once: it takes no longer than one."""
        services = [self.registered.popitem()[1] for _ in range(len(self.registered))]
        deadline = time.monotonic() + CLOSE_WITHIN
        for service in services:
            service.settle(max(0.0, deadline - time.monotonic()))
        for service in services:
            service.dispose(within=0)
        for service in services:
            service.dispose(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
