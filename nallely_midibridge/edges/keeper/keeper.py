"""Looks after one neuron in a session, whenever Trevor shows another state."""

import logging
from collections.abc import Callable

from nallely_midibridge.connector import NallelyService
from nallely_midibridge.edges.keeper.registration import RIGHT, UNVERIFIED, KeptRegistration
from nallely_midibridge.edges.keeper.sayings import Sayings
from nallely_midibridge.edges.keeper.wiring import KeptWiring
from nallely_midibridge.trevor import Interrupted, NotConnected, TrevorClient, TrevorError
from nallely_midibridge.values.mapping import Bus, Neuron
from nallely_midibridge.values.session import SessionState
from nallely_midibridge.values.status import SessionStatus

log = logging.getLogger(__name__)

Resound = Callable[[str, frozenset[str]], None]
"""Told of parameters of a neuron that somebody has just linked to something."""


class Keeper:
    """What is known of one neuron. All but `connected_at` and `status` is for the patchbay's thread."""

    def __init__(self, neuron: Neuron, service: NallelyService, resound: Resound) -> None:
        self.connected_at: float | None = None
        self._neuron = neuron
        self._service = service
        self._sayings = Sayings(neuron.name)
        self._wiring = KeptWiring(neuron, self._sayings, lambda parameters: resound(neuron.name, parameters))
        self._registration = KeptRegistration(neuron, service, self._sayings, self._wiring)
        self._seen_connection: float | None = None

    @property
    def name(self) -> str:
        return self._neuron.name

    @property
    def service(self) -> NallelyService:
        return self._service

    @property
    def server(self) -> Bus | None:
        return self._neuron.trevor

    def follow(self, neuron: Neuron) -> None:
        """The mapping says something else of the neuron now."""
        self._neuron = neuron
        self._sayings.forget()
        self._registration.follow(neuron)
        self._wiring.follow(neuron)

    def status(self, trouble: str | None) -> SessionStatus:
        """How it is; ``trouble`` is why Trevor does not answer. What was seen in another connection counts no more."""
        wanted = len(self._neuron.wiring)
        if trouble is not None or self.connected_at is None or self.connected_at != self._seen_connection:
            return SessionStatus(UNVERIFIED, wanted, trouble=trouble)
        if self._registration.how != RIGHT:
            return SessionStatus(self._registration.how, wanted)
        return SessionStatus(RIGHT, wanted, self._wiring.wired, self._wiring.notes)

    def say_unverified(self, why: str) -> None:
        """Without Trevor it goes on, and this is said once until Trevor is there."""
        count = len(self._neuron.wiring)
        links = f", and its {count} link{'s' * (count != 1)} not made" if count else ""
        text = f"{why}; whether it is registered as the file says is not verified{links}"
        self._sayings.say(text, UNVERIFIED, is_trouble=True)

    def tend(self, state: SessionState, client: TrevorClient) -> float | None:
        """Do what a state asks for. Returns when to look again if nothing happens before."""
        if self.connected_at != self._seen_connection:
            self._registration.forget()
            self._wiring.forget()
            self._seen_connection = self.connected_at
        try:
            self._registration.take_leave(state, client)
            look_again_at = self._registration.verify(client.state or state, client, self.connected_at or 0.0)
            if look_again_at is None and self._registration.how == RIGHT:
                self._wiring.tend(client)
        except (NotConnected, Interrupted) as error:
            log.debug("neuron %r: %s", self.name, error)
            return None
        except TrevorError as error:
            self._sayings.say(str(error))
            return None
        else:
            return look_again_at
