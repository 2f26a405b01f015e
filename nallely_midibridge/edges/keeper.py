"""One neuron in a session: registered as the mapping says, and wired as the mapping says."""

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final

from nallely_midibridge.connector import NallelyService
from nallely_midibridge.core.session.registration import Registered, compare, port_named
from nallely_midibridge.core.session.wiring import (
    Ends,
    MakeDevice,
    MakeLink,
    Scaler,
    Step,
    asked_links,
    neuron_links,
    plan,
    scaled_as_asked,
    scaler_for,
    scaler_of,
)
from nallely_midibridge.trevor import CommandRefused, Interrupted, NotConnected, NotShown, TrevorClient, TrevorError
from nallely_midibridge.values.mapping import Bus, Neuron
from nallely_midibridge.values.session import Path, SessionLink, SessionState
from nallely_midibridge.values.status import SessionStatus
from nallely_midibridge.values.wiring import Scaling, Wire

log = logging.getLogger(__name__)

SETTLED_AFTER: Final = 0.5
"""Seconds from a connect in which the session may still be about to say what it registered: it acknowledges nothing."""
SHOWN_WITHIN: Final = 3.0
"""Seconds in which a repair has to show."""
TELL_WITHIN: Final = 1.0
"""Seconds in which the session has to take other parameters: a reload may be waiting meanwhile."""
MOST_MENDS: Final = 3
"""Repairs in one connection: whoever undoes them does so again, and two programs would fight for ever."""
MOST_TRIES: Final = 3
"""Times that a refused step is tried in one connection: while it makes a device the session refuses what is right."""
MOST_PASSES: Final = 64
"""Looks at the state in one go: each step may make another one possible."""

Resound = Callable[[str, frozenset[str]], None]
"""Told of parameters of a neuron that somebody has just linked to something."""


class Keeper:
    """What is known of one neuron. All but `connected_at` and `status` is for the patchbay's thread."""

    def __init__(self, neuron: Neuron, service: NallelyService, resound: Resound) -> None:
        self.connected_at: float | None = None
        self._neuron = neuron
        self._service = service
        self._resound = resound
        self._ours = {parameter.name for parameter in neuron.parameters}
        self._made: dict[Ends, Wire] = {}
        self._said: set[str] = set()
        self._to_restore: tuple[SessionLink, ...] = ()
        self._to_rescale: set[str] = set()
        self._status = SessionStatus("unverified", len(neuron.wiring))
        self._seen_connection: float | None = None
        self._known: dict[Ends, tuple[str, ...]] | None = None
        self._has_tried = False
        self._mends = 0
        self._is_verified = False
        self._tries: Counter[object] = Counter()
        self._given_up: dict[object, str] = {}
        self._told_wired = 0

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
        self._ours |= {parameter.name for parameter in neuron.parameters}
        self._said.clear()
        self._has_tried = False
        self._mends = 0
        self._is_verified = False
        self._tries.clear()
        self._given_up.clear()
        self._status = SessionStatus("unverified", len(neuron.wiring))

    def status(self, trouble: str | None) -> SessionStatus:
        """How it is; ``trouble`` is why Trevor does not answer. What was seen in another connection counts no more."""
        if trouble is not None or self.connected_at is None or self.connected_at != self._seen_connection:
            return SessionStatus("unverified", len(self._neuron.wiring), trouble=trouble)
        return self._status

    def say_unverified(self, why: str) -> None:
        """Without Trevor it goes on, and this is said once until Trevor is there."""
        count = len(self._neuron.wiring)
        links = f", and its {count} link{'s' * (count != 1)} not made" if count else ""
        self._say(
            f"{why}; whether it is registered as the file says is not verified{links}", "unverified", is_trouble=True
        )

    def _unlink(self, parameters: Iterable[str], client: TrevorClient) -> None:
        state = client.state
        neuron = state.neuron(self.name) if state else None
        if state is None or neuron is None:
            return
        ports = (port_named(neuron, name) for name in parameters)
        paths = {neuron.path(port) for port in ports if port is not None}
        for link in self._shown(paths, client):
            if link.source in paths or link.destination in paths:
                client.dissociate(*link.ends)
                self._made.pop(link.ends, None)

    def _shown(self, paths: AbstractSet[Path], client: TrevorClient) -> Sequence[SessionLink]:
        """The session's links, once those with these ends are shown that it was asked for just now."""
        for ends in self._made:
            if not paths.isdisjoint(ends):
                with contextlib.suppress(NotShown):
                    client.wait_for(partial(_shows, ends), SHOWN_WITHIN)
        return client.state.links if client.state else ()

    def tend(self, state: SessionState, client: TrevorClient) -> float | None:
        """Do what a state asks for. Returns when to look again if nothing happens before."""
        if self.connected_at != self._seen_connection:
            self._forget()
            self._seen_connection = self.connected_at
        try:
            self._take_leave(state, client)
            look_again_at = self._verify(client.state or state, client)
            if look_again_at is None and self._status.registration == "right":
                self._wire(client)
        except (NotConnected, Interrupted) as error:
            log.debug("neuron %r: %s", self.name, error)
            return None
        except TrevorError as error:
            self._say(str(error))
            return None
        else:
            return look_again_at

    # The registration.

    def _take_leave(self, state: SessionState, client: TrevorClient) -> None:
        """Remove what a reload left out, and first what is linked to it, which nobody could any more afterwards."""
        leaving = self._service.parameters.keys() - self._neuron.limits.keys()
        if not leaving or state.neuron(self.name) is None:
            return
        with contextlib.suppress(NotShown):
            self._unlink(leaving, client)
        self._service.change(self._neuron.limits, TELL_WITHIN)

    def _verify(self, state: SessionState, client: TrevorClient) -> float | None:
        """Look at the registration and mend it; returns when to look again while that cannot be told yet."""
        found = self._compare(state)
        if not found.is_right:
            settled_at = (self.connected_at or 0.0) + SETTLED_AFTER
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
        self._has_tried = False
        if not self._is_verified:
            self._is_verified = True
            self._said.discard("unverified")
            count = len(self._neuron.parameters)
            self._say(f"registered as the file says, {count} parameter{'s' * (count != 1)}", "verified")
        self._status = SessionStatus("right", len(self._neuron.wiring), self._status.wired, self._status.notes)

    def _compare(self, state: SessionState) -> Registered:
        return compare(self._neuron.parameters, state.neuron(self.name), self._ours)

    def _mend(self, found: Registered, client: TrevorClient) -> None:
        """Repair the registration; what cannot be repaired is said, and left alone."""
        self._has_tried = True
        self._mends += 1
        self._status = SessionStatus(str(found), len(self._neuron.wiring))
        if found.is_anothers and not self._neuron.take_over:
            names = ", ".join(parameter.name for parameter in found.surplus[:8])
            self._status = SessionStatus("another program's", len(self._neuron.wiring))
            self._say(
                f"another program has registered this name, with the parameters {names}; they are left alone. "
                "Give the neuron another name in the file, or write take_over: true",
                is_trouble=True,
            )
            return
        self._say(f"not registered as the file says ({found}); mending it")
        if found.is_absent:
            self._lay_ghost(client)
        elif found.needs_new_registration or found.is_anothers:
            self._register_anew(client)
        else:
            self._mend_parameters(found, client)

    def _mend_parameters(self, found: Registered, client: TrevorClient) -> None:
        self._unlink([parameter.name for parameter in found.surplus], client)
        removed, added = [*found.surplus, *found.wrong], [*found.missing, *found.wrong]
        if self._service.tell("remove_parameters", removed, TELL_WITHIN):
            self._service.tell("add_parameters", added, TELL_WITHIN)
        self._to_rescale = {parameter.name for parameter in found.wrong}
        self._see(client)

    def _see(self, client: TrevorClient) -> None:
        """Whether what was done is to be seen."""
        try:
            client.wait_for(lambda state: self._compare(state).is_right, SHOWN_WITHIN)
        except NotShown:
            found = self._compare(client.fresh_state(SHOWN_WITHIN))
            if not found.is_right:
                self._status = SessionStatus(str(found), len(self._neuron.wiring))
                self._say(
                    f"still not registered as the file says ({found}); a reset of the session helps", is_trouble=True
                )
                return
        self._be_right()

    def _register_anew(self, client: TrevorClient) -> None:
        """Unregistering closes our connection; the link comes back by itself, and registers."""
        state = client.state
        if state is not None:
            ends = neuron_links(self.name, state)
            self._to_restore = tuple(link for link in state.links if link.ends in ends)
        client.unregister(self.name, SHOWN_WITHIN)
        self._say("unregistered; registering again")

    def _lay_ghost(self, client: TrevorClient) -> None:
        """The bus has the name without a neuron. Nallely 0.7.0 cannot be talked out of it: only a reset can."""
        state = client.state
        if state is None or state.bus is None:
            self._has_tried = False
            return
        client.command("unregister_service", bus_id=state.bus.id, service_name=self.name)
        try:
            client.wait_for(lambda state: state.neuron(self.name) is not None, SHOWN_WITHIN)
        except NotShown:
            self._status = SessionStatus("skipped by the session", len(self._neuron.wiring))
            self._say(
                "the session skips this name, a ghost of an earlier registration: it hears and sends nothing. "
                "Reset the session, or give the neuron another name",
                is_trouble=True,
            )

    # The wiring.

    def _wire(self, client: TrevorClient) -> None:
        state = client.state
        if state is None:
            return
        if self._known is None:
            self._known = neuron_links(self.name, state)
        self._see_links(state)
        self._restore(state, client)
        self._take_away(client)
        self._see_links(client.state or state)  # what is linked anew in the next step has heard nothing either
        self._make(client)
        self._see_links(client.state or state)

    def _see_links(self, state: SessionState) -> None:
        """What is linked now and was not before, by us or by hand, has heard nothing of what is held."""
        before, self._known = self._known or {}, neuron_links(self.name, state)
        linked = {name for ends, names in self._known.items() if ends not in before for name in names}
        if linked:
            self._resound(self.name, frozenset(linked))

    def _restore(self, state: SessionState, client: TrevorClient) -> None:
        """After a new registration, give back the links that the old one had."""
        links, self._to_restore = self._to_restore, ()
        neuron = state.neuron(self.name)
        if not links or neuron is None:
            return
        there = {neuron.path(port) for port in neuron.parameters}
        known = {device.id for device in state.devices}
        for link in links:
            alive = {end.device for end in link.ends} <= known
            if alive and (link.source in there or link.destination in there) and not state.has_link(*link.ends):
                client.associate(*link.ends, scaler_of(link.chain))

    def _take_away(self, client: TrevorClient) -> None:
        """Take back the links of ours that the file names no more, or scales otherwise."""
        state, wanted = client.state, set(self._neuron.wiring)
        is_as_it_was = wanted.issuperset(self._made.values())
        asked = {} if state is None or is_as_it_was else asked_links(self.name, wanted, state)
        for ends, wire in list(self._made.items()):
            link = state.link(*ends) if state else None
            now = wire if wire in wanted else asked.get(ends)
            is_stale = now is None or scaler_for(now, ends) != scaler_for(wire, ends) or self._is_rescaled(wire)
            if link is None or is_stale:
                del self._made[ends]
            elif now is not None:
                self._made[ends] = now
            if link is not None and state is not None and is_stale and state.has_ends(*ends):
                client.dissociate(*ends)
                self._say(f"unlinked {wire}", once=False)
        self._to_rescale = set()

    def _is_rescaled(self, wire: Wire) -> bool:
        is_by_ranges = wire.scaling is Scaling.AUTO or wire.scaling is None
        return is_by_ranges and not self._to_rescale.isdisjoint((wire.source.parameter, wire.destination.parameter))

    def _make(self, client: TrevorClient) -> None:
        """Make what is missing, step by step."""
        for _ in range(MOST_PASSES):
            state = client.state
            if state is None:
                break
            planned = plan(self.name, self._neuron.wiring, state)
            steps = [step for step in planned.steps if self._key(step) not in self._given_up]
            if not steps:
                given_up = {step.wire: self._given_up[self._key(step)] for step in planned.steps}
                self._tell(planned.there, {**planned.waiting, **planned.wrong}, planned.wrong, given_up, state)
                break
            for step in steps:
                if not self._do(step, client):
                    return  # a session that shows nothing is waited for once, and not once for each link
                if isinstance(step, MakeDevice):
                    break  # what it makes possible comes first: voices before the LFO of another line

    def _do(self, step: Step, client: TrevorClient) -> bool:
        try:
            self._doing(step, client)
        except (NotConnected, Interrupted):
            raise
        except (TrevorError, ValueError) as error:
            key = self._key(step)
            self._tries[key] += 1
            if not isinstance(error, CommandRefused) or self._tries[key] == MOST_TRIES:
                self._given_up[key] = str(error)
                self._say(f"{step.wire}: {error}", is_trouble=True)
            return isinstance(error, ValueError)
        return True

    def _doing(self, step: Step, client: TrevorClient) -> None:
        match step:
            case MakeLink(wire, ends, scaler):
                self._link(wire, ends, scaler, client)
                # At once: a key that is pressed from here on is heard, and must not be heard again.
                self._see_links(client.state or SessionState())
            case MakeDevice(wire, kind, name):
                device = client.create_device(kind)
                if name is not None and device.repr != name:
                    client.kill_device(device)
                    raise ValueError(f"the session calls a new {kind} {device.repr}; write that, or 'first {kind}'")
                self._say(f"made {device.repr}", once=False)

    def _link(self, wire: Wire, ends: Ends, scaler: Scaler, client: TrevorClient) -> None:
        self._made[ends] = wire  # not once it shows: it may do so later than anybody waits
        client.associate(*ends, scaler)

    @staticmethod
    def _key(step: Step) -> object:
        return step.kind if isinstance(step, MakeDevice) else (step.wire, step.ends)

    def _tell(
        self,
        there: list[Wire],
        missing: dict[Wire, str],
        wrong: dict[Wire, str],
        given_up: dict[Wire, str],
        state: SessionState,
    ) -> None:
        """Say how the wiring is, when that is news. What was given up has been said."""
        count = len(self._neuron.wiring)
        for wire in there:
            self._check_scale(wire, state)
        for wire, why in missing.items():
            if wire in given_up:
                continue
            what = "cannot be made" if wire in wrong else "waits"
            self._say(f"the link {wire} {what}: {why}", is_trouble=wire in wrong)
        if there and len(there) != self._told_wired:
            self._said = {text for text in self._said if not text.startswith("the link")} if not missing else self._said
            self._say(f"{len(there)} of {count} link{'s' * (count != 1)} of the file there", once=False)
        self._told_wired = len(there)
        notes = tuple(f"{wire}: {why}" for wire, why in {**missing, **given_up}.items())
        self._status = SessionStatus("right", count, len(there), notes)

    def _check_scale(self, wire: Wire, state: SessionState) -> None:
        """A link that somebody made with another scaler is theirs: a second one would be worse."""
        neuron = state.neuron(self.name)
        port = port_named(neuron, wire.source.parameter) if neuron and wire.source.is_ours else None
        if wire.scaling is None or neuron is None or port is None:
            return
        for link in state.links:
            is_theirs = link.source == neuron.path(port) and link.ends not in self._made
            if is_theirs and self._is_for(wire, link, state) and not scaled_as_asked(wire, link.chain):
                self._say(f"the link {wire} was there before, scaled otherwise; it is left so")

    def _is_for(self, wire: Wire, link: SessionLink, state: SessionState) -> bool:
        device = next((d for d in state.devices if d.id == link.destination.device and not d.is_neuron), None)
        return device is not None and wire.destination.device in (device.repr, device.kind)

    # What is said.

    def _forget(self) -> None:
        """What was seen before does not hold of a new connection."""
        self._known = None
        self._said.discard("verified")
        self._has_tried = self._is_verified = False
        self._mends = 0
        self._tries.clear()
        self._given_up.clear()
        self._told_wired = 0
        self._status = SessionStatus("unverified", len(self._neuron.wiring))

    def _say(self, text: str, once_as: str = "", *, once: bool = True, is_trouble: bool = False) -> None:
        """One line, and the same one not again until something else is true; a warning if somebody's hand is needed."""
        key = once_as or text
        if once and key in self._said:
            return
        self._said.add(key)
        log.log(logging.WARNING if is_trouble else logging.INFO, "neuron %r: %s", self.name, text)


def _shows(ends: Ends, state: SessionState) -> bool:
    return state.has_link(*ends)
