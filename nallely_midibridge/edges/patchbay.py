"""What keeps the neurons of one session registered and wired as the mapping says, through the session's Trevor.

One thread, ``nallely-patchbay``, looks whenever the session says how it is or a neuron connects, and does what is
missing. It alone waits for the session: nothing that plays does. What is to be done is decided in ``core/session``.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from nallely_midibridge.connector import NallelyService
from nallely_midibridge.edges.keeper import Keeper
from nallely_midibridge.trevor import TrevorClient
from nallely_midibridge.values.mapping import Bus
from nallely_midibridge.values.status import SessionStatus

log = logging.getLogger(__name__)

STOP_WITHIN: Final = 0.5
"""Seconds that the thread may take to end; what it waits for ends when the client is closed."""
UNHEARD_AFTER: Final = 3.0
"""Seconds in which Trevor has to answer, or else it is said that nothing can be verified: from when a neuron connects,
or Trevor is lost, for a session that ends may cut that connection first.
"""


class Patchbay:
    """The neurons of one session, each with its `Keeper`. Started with the first of them, stopped with the last."""

    def __init__(self, server: Bus) -> None:
        self.server = server
        self._keepers: dict[str, Keeper] = {}
        self._changed = threading.Condition()
        self._is_dirty = False
        self._stopping = False
        self._lost_at = float("-inf")
        self._working = threading.RLock()
        """Held while the session is being looked at and changed: whoever holds it sees to it that nothing is."""
        self._client = TrevorClient(
            server.url, lambda line: log.debug("%s", line), ca_file=server.ca_file, headers=dict(server.headers)
        )
        self._client.onstate = lambda state: self._notify()
        self._client.onclose = self._lost
        self._thread = threading.Thread(target=self._run, name="nallely-patchbay", daemon=True)

    def start(self) -> None:
        """Begin connecting, in the background."""
        self._client.start()
        self._thread.start()

    def stop(self) -> None:
        """Let go of the session, which stays wired as it is. Takes less than a second."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._client.close()
            self._thread.join(STOP_WITHIN)

    def keep(self, keepers: Iterable[Keeper]) -> None:
        """Keep these neurons from now on, and no others. Of those that were kept before, what they know goes on."""
        with self._working:
            self._keepers = {keeper.name: keeper for keeper in keepers}
        self._notify()

    def keeper(self, neuron: str) -> Keeper | None:
        return self._keepers.get(neuron)

    def link_up(self, service: NallelyService) -> None:
        """A neuron connected to the bus: the session is there. Never waits."""
        keeper = self._keepers.get(service.name)
        if keeper is not None and keeper.service is service:
            keeper.connected_at = time.monotonic()
            self._client.hurry()
            self._notify()

    def link_down(self, service: NallelyService) -> None:
        """A neuron lost its bus. Never waits."""
        keeper = self._keepers.get(service.name)
        if keeper is not None and keeper.service is service:
            keeper.connected_at = None

    @property
    def answers(self) -> bool:
        """Whether the session is there, so that it can be seen and changed."""
        return self._client.connected

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """A block in which the session is not being changed. What is under way is not finished but looked at again."""
        with self._client.interrupted(), self._working:
            yield
        self._notify()

    def status(self, neuron: str) -> SessionStatus | None:
        """How a neuron's registration and wiring are; None for one that is not kept here."""
        keeper = self._keepers.get(neuron)
        if keeper is None:
            return None
        return keeper.status(None if self._client.connected else self._client.trouble or "it does not answer yet")

    def _lost(self, reason: str) -> None:
        self._lost_at = time.monotonic()
        self._notify()

    def _notify(self) -> None:
        with self._changed:
            self._is_dirty = True
            self._changed.notify_all()

    def _run(self) -> None:
        look_again_at: float | None = None
        while self._wait(look_again_at):
            try:
                with self._working:
                    look_again_at = self._tend()
            except Exception:  # a session may say anything; the next state is another chance
                log.exception("the session at %s could not be kept as the mapping says", self.server.url)
                look_again_at = None

    def _wait(self, until: float | None) -> bool:
        """Until there is something to look at; False when it is time to end."""
        with self._changed:
            while not (self._stopping or self._is_dirty):
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            self._is_dirty = False
            return not self._stopping

    def _tend(self) -> float | None:
        """Look after each neuron; returns when to look again at the latest, if nothing happens before."""
        times = [self._tend_one(keeper) for keeper in self._keepers.values()]
        return min((at for at in times if at is not None), default=None)

    def _tend_one(self, keeper: Keeper) -> float | None:
        connected_at = keeper.connected_at
        if connected_at is None or self._stopping:
            return None
        state = self._client.state
        if state is not None:
            return keeper.tend(state, self._client)
        heard_until = max(connected_at, self._lost_at) + UNHEARD_AFTER
        if time.monotonic() < heard_until:
            return heard_until
        keeper.say_unverified(f"Trevor does not answer at {self._client.url}: {self._client.trouble or 'no answer'}")
        return None


class Patchbays:
    """A patchbay for each session that the neurons of a mapping are in."""

    def __init__(self) -> None:
        self._patchbays: dict[Bus, Patchbay] = {}
        self._of: dict[str, Patchbay] = {}
        self._started = False

    def start(self) -> None:
        self._started = True
        for patchbay in self._patchbays.values():
            patchbay.start()

    def stop(self) -> None:
        for patchbay in self._patchbays.values():
            patchbay.stop()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """A block in which no session is being changed, and no session is waited for to have it so."""
        before = dict(self._patchbays)
        with ExitStack() as stack:
            for patchbay in before.values():
                stack.enter_context(patchbay.at_rest())
            yield
        for server, patchbay in before.items():
            if server not in self._patchbays:
                patchbay.stop()

    def keep(self, keepers: Iterable[Keeper]) -> None:
        """Keep these neurons from now on, and no others. Once any are kept, for a block that is `at_rest`."""
        by_server: dict[Bus, list[Keeper]] = {}
        for keeper in keepers:
            if keeper.server is not None:
                by_server.setdefault(keeper.server, []).append(keeper)
        before, self._patchbays = (
            self._patchbays,
            {server: self._patchbays.get(server) or Patchbay(server) for server in by_server},
        )
        self._of = {keeper.name: self._patchbays[server] for server, its in by_server.items() for keeper in its}
        for server, patchbay in self._patchbays.items():
            patchbay.keep(by_server[server])
            if self._started and server not in before:
                patchbay.start()

    def keeper(self, neuron: str) -> Keeper | None:
        patchbay = self._of.get(neuron)
        return patchbay.keeper(neuron) if patchbay else None

    def link_up(self, service: NallelyService) -> None:
        if patchbay := self._of.get(service.name):
            patchbay.link_up(service)

    def link_down(self, service: NallelyService) -> None:
        if patchbay := self._of.get(service.name):
            patchbay.link_down(service)

    def answers(self, neuron: str) -> bool:
        """Whether the session of a neuron is there, and is kept as the mapping says."""
        patchbay = self._of.get(neuron)
        return patchbay is not None and patchbay.answers

    def status(self, neuron: str) -> SessionStatus | None:
        patchbay = self._of.get(neuron)
        return patchbay.status(neuron) if patchbay else None
