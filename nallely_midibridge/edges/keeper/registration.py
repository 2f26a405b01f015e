"""Sees to it that a neuron is registered as the mapping says: looks, mends, and says what it cannot mend."""

import contextlib
import time
from typing import Final

from nallely_midibridge.connector import NallelyService
from nallely_midibridge.core.session.registration import Registered, compare
from nallely_midibridge.edges.keeper.sayings import Sayings
from nallely_midibridge.edges.keeper.wiring import SHOWN_WITHIN, KeptWiring
from nallely_midibridge.trevor import NotShown, TrevorClient
from nallely_midibridge.values.mapping import Neuron
from nallely_midibridge.values.session import SessionState

RIGHT: Final = "right"
UNVERIFIED: Final = "unverified"
VERIFIED: Final = "verified"

SETTLED_AFTER: Final = 0.5
"""Seconds from a connect in which the session may still be about to say what it registered: it acknowledges nothing."""
TELL_WITHIN: Final = 1.0
"""Seconds in which the session has to take other parameters: a reload may be waiting meanwhile."""
MOST_MENDS: Final = 3
"""Repairs in one connection: whoever undoes them does so again, and two programs would fight for ever."""


class KeptRegistration:
    """``how`` it is: `RIGHT`, `UNVERIFIED`, or what is wrong with it, in words."""

    def __init__(self, neuron: Neuron, service: NallelyService, sayings: Sayings, wiring: KeptWiring) -> None:
        self.how = UNVERIFIED
        self._neuron = neuron
        self._service = service
        self._sayings = sayings
        self._wiring = wiring
        self._ours = {parameter.name for parameter in neuron.parameters}
        self._has_tried = False
        self._mends = 0
        self._is_verified = False

    def follow(self, neuron: Neuron) -> None:
        """The mapping says something else of the neuron now."""
        self._neuron = neuron
        self._ours |= {parameter.name for parameter in neuron.parameters}
        self._look_anew()

    def forget(self) -> None:
        """What was seen before does not hold of a new connection."""
        self._sayings.forget(VERIFIED)
        self._look_anew()

    def _look_anew(self) -> None:
        self.how = UNVERIFIED
        self._has_tried = self._is_verified = False
        self._mends = 0

    def take_leave(self, state: SessionState, client: TrevorClient) -> None:
        """Remove what a reload left out, and first what is linked to it, which nobody could any more afterwards."""
        leaving = self._service.parameters.keys() - self._neuron.limits.keys()
        if not leaving or state.neuron(self._neuron.name) is None:
            return
        with contextlib.suppress(NotShown):
            self._wiring.unlink(leaving, client)
        self._service.change(self._neuron.limits, TELL_WITHIN)

    def verify(self, state: SessionState, client: TrevorClient, connected_at: float) -> float | None:
        """Look at the registration and mend it; returns when to look again while that cannot be told yet."""
        found = self._compare(state)
        if not found.is_right:
            settled_at = connected_at + SETTLED_AFTER
            if time.monotonic() < settled_at:
                return settled_at
            if self._has_tried or self._mends == MOST_MENDS:
                return None
            # What was said last may be older than what was registered last; who connects anew is told what is so.
            found = self._compare(client.fresh_state(SHOWN_WITHIN))
            if not found.is_right:
                self._mend(found, client)
                return None
        self._be_right()
        return None

    def _be_right(self) -> None:
        self.how = RIGHT
        self._has_tried = False
        if not self._is_verified:
            self._is_verified = True
            self._sayings.forget(UNVERIFIED)
            count = len(self._neuron.parameters)
            self._sayings.say(f"registered as the file says, {count} parameter{'s' * (count != 1)}", VERIFIED)

    def _compare(self, state: SessionState) -> Registered:
        return compare(self._neuron.parameters, state.neuron(self._neuron.name), self._ours)

    def _mend(self, found: Registered, client: TrevorClient) -> None:
        """Repair the registration; what cannot be repaired is said, and left alone."""
        self._has_tried = True
        self._mends += 1
        self.how = str(found)
        if found.is_anothers and not self._neuron.take_over:
            self._leave_to_another(found)
            return
        self._sayings.say(f"not registered as the file says ({found}); mending it")
        if found.is_absent:
            self._lay_ghost(client)
        elif found.needs_new_registration or found.is_anothers:
            self._register_anew(client)
        else:
            self._mend_parameters(found, client)

    def _leave_to_another(self, found: Registered) -> None:
        self.how = "another program's"
        names = ", ".join(parameter.name for parameter in found.surplus[:8])
        self._sayings.say(
            f"another program has registered this name, with the parameters {names}; they are left alone. "
            "Give the neuron another name in the file, or write take_over: true",
            is_trouble=True,
        )

    def _mend_parameters(self, found: Registered, client: TrevorClient) -> None:
        self._wiring.unlink([parameter.name for parameter in found.surplus], client)
        removed, added = [*found.surplus, *found.wrong], [*found.missing, *found.wrong]
        if self._service.tell("remove_parameters", removed, TELL_WITHIN):
            self._service.tell("add_parameters", added, TELL_WITHIN)
        self._wiring.scale_anew(parameter.name for parameter in found.wrong)
        self._see(client)

    def _see(self, client: TrevorClient) -> None:
        """Whether what was done is to be seen."""
        try:
            client.wait_for(lambda state: self._compare(state).is_right, SHOWN_WITHIN)
        except NotShown:
            found = self._compare(client.fresh_state(SHOWN_WITHIN))
            if not found.is_right:
                self.how = str(found)
                text = f"still not registered as the file says ({found}); a reset of the session helps"
                self._sayings.say(text, is_trouble=True)
                return
        self._be_right()

    def _register_anew(self, client: TrevorClient) -> None:
        """Unregistering closes our connection; the link comes back by itself, and registers."""
        self._wiring.keep_links(client)
        client.unregister(self._neuron.name, SHOWN_WITHIN)
        self._sayings.say("unregistered; registering again")

    def _lay_ghost(self, client: TrevorClient) -> None:
        """The bus has the name without a neuron. Nallely 0.7.0 cannot be talked out of it: only a reset can."""
        name, state = self._neuron.name, client.state
        if state is None or state.bus is None:
            self._has_tried = False
            return
        client.command("unregister_service", bus_id=state.bus.id, service_name=name)
        try:
            client.wait_for(lambda state: state.neuron(name) is not None, SHOWN_WITHIN)
        except NotShown:
            self.how = "skipped by the session"
            self._sayings.say(
                "the session skips this name, a ghost of an earlier registration: it hears and sends nothing. "
                "Reset the session, or give the neuron another name",
                is_trouble=True,
            )
