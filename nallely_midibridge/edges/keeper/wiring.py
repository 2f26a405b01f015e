"""Sees to it that a neuron is linked as the mapping says, and knows which links are ours to take back."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final

from nallely_midibridge.core.session.registration import port_named
from nallely_midibridge.core.session.wiring import (
    Ends,
    MakeDevice,
    MakeLink,
    Plan,
    Scaler,
    Step,
    asked_links,
    neuron_links,
    plan,
    scaled_as_asked,
    scaler_for,
    scaler_of,
)
from nallely_midibridge.edges.keeper.sayings import Sayings
from nallely_midibridge.trevor import CommandRefused, Interrupted, NotConnected, NotShown, TrevorClient, TrevorError
from nallely_midibridge.values.mapping import Neuron
from nallely_midibridge.values.session import Path, SessionLink, SessionState
from nallely_midibridge.values.wiring import Scaling, Wire

SHOWN_WITHIN: Final = 3.0
"""Seconds in which what was done has to show."""
MOST_TRIES: Final = 3
"""Times that a refused step is tried in one connection: while it makes a device the session refuses what is right."""
MOST_PASSES: Final = 64
"""Looks at the state in one go: each step may make another one possible."""

OF_LINKS: Final = "the link"
"""How a line begins that tells of one link."""


class KeptWiring:
    """``wired`` of the links of the file are there; ``notes`` say of others what they wait for.

    ``resound`` is told of parameters that somebody has just linked to something.
    """

    def __init__(self, neuron: Neuron, sayings: Sayings, resound: Callable[[frozenset[str]], None]) -> None:
        self.wired = 0
        self.notes: tuple[str, ...] = ()
        self._neuron = neuron
        self._sayings = sayings
        self._resound = resound
        self._made: dict[Ends, Wire] = {}
        self._to_restore: tuple[SessionLink, ...] = ()
        self._to_rescale: set[str] = set()
        self._known: dict[Ends, tuple[str, ...]] | None = None
        self._tries: Counter[object] = Counter()
        self._given_up: dict[object, str] = {}
        self._told_wired = 0

    def follow(self, neuron: Neuron) -> None:
        """The mapping says something else of the neuron now."""
        self._neuron = neuron
        self._try_anew()

    def forget(self) -> None:
        """What was seen before does not hold of a new connection."""
        self._known = None
        self._told_wired = 0
        self._try_anew()

    def _try_anew(self) -> None:
        self.wired, self.notes = 0, ()
        self._tries.clear()
        self._given_up.clear()

    def tend(self, client: TrevorClient) -> None:
        """Do what the client's state asks for, of a neuron that is registered as it should be."""
        state = client.state
        if state is None:
            return
        if self._known is None:
            self._known = neuron_links(self._neuron.name, state)
        self._see_links(state)
        self._restore(state, client)
        self._take_away(client)
        self._see_links(client.state or state)  # what is linked anew in the next step has heard nothing either
        self._make(client)
        self._see_links(client.state or state)

    def _see_links(self, state: SessionState) -> None:
        """What is linked now and was not before, by us or by hand, has heard nothing of what is held."""
        before, self._known = self._known or {}, neuron_links(self._neuron.name, state)
        linked = {name for ends, names in self._known.items() if ends not in before for name in names}
        if linked:
            self._resound(frozenset(linked))

    # Before the registration changes.

    def unlink(self, parameters: Iterable[str], client: TrevorClient) -> None:
        """Take away every link of these parameters, whoever made it."""
        state = client.state
        neuron = state.neuron(self._neuron.name) if state else None
        if neuron is None:
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

    def scale_anew(self, parameters: Iterable[str]) -> None:
        """The ranges of these parameters have changed, and with them the scale that the session chose for a link."""
        self._to_rescale = set(parameters)

    def keep_links(self, client: TrevorClient) -> None:
        """The neuron is about to be registered anew: what it is linked to now is given back then."""
        state = client.state
        if state is not None:
            ends = neuron_links(self._neuron.name, state)
            self._to_restore = tuple(link for link in state.links if link.ends in ends)

    def _restore(self, state: SessionState, client: TrevorClient) -> None:
        links, self._to_restore = self._to_restore, ()
        neuron = state.neuron(self._neuron.name)
        if not links or neuron is None:
            return
        there = {neuron.path(port) for port in neuron.parameters}
        known = {device.id for device in state.devices}
        for link in links:
            alive = {end.device for end in link.ends} <= known
            if alive and (link.source in there or link.destination in there) and not state.has_link(*link.ends):
                client.associate(*link.ends, scaler_of(link.chain))

    # What the file names no more.

    def _take_away(self, client: TrevorClient) -> None:
        """Take back the links of ours that the file names no more, or scales otherwise."""
        state, wanted = client.state, set(self._neuron.wiring)
        is_as_it_was = wanted.issuperset(self._made.values())
        asked = {} if state is None or is_as_it_was else asked_links(self._neuron.name, wanted, state)
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
                self._sayings.say(f"unlinked {wire}", once=False)
        self._to_rescale = set()

    def _is_rescaled(self, wire: Wire) -> bool:
        is_by_ranges = wire.scaling is Scaling.AUTO or wire.scaling is None
        return is_by_ranges and not self._to_rescale.isdisjoint((wire.source.parameter, wire.destination.parameter))

    # What it names.

    def _make(self, client: TrevorClient) -> None:
        """Make what is missing, step by step."""
        for _ in range(MOST_PASSES):
            state = client.state
            if state is None:
                break
            planned = plan(self._neuron.name, self._neuron.wiring, state)
            steps = [step for step in planned.steps if _key(step) not in self._given_up]
            if not steps:
                self._tell(planned, state)
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
            key = _key(step)
            self._tries[key] += 1
            if not isinstance(error, CommandRefused) or self._tries[key] == MOST_TRIES:
                self._given_up[key] = str(error)
                self._sayings.say(f"{step.wire}: {error}", is_trouble=True)
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
                self._sayings.say(f"made {device.repr}", once=False)

    def _link(self, wire: Wire, ends: Ends, scaler: Scaler, client: TrevorClient) -> None:
        self._made[ends] = wire  # not once it shows: it may do so later than anybody waits
        client.associate(*ends, scaler)

    # What is said of it.

    def _tell(self, planned: Plan, state: SessionState) -> None:
        """Say how the wiring is, when that is news. What was given up has been said."""
        given_up = {step.wire: self._given_up[_key(step)] for step in planned.steps}
        missing = {**planned.waiting, **planned.wrong}
        for wire in planned.there:
            self._check_scale(wire, state)
        for wire, why in missing.items():
            if wire in given_up:
                continue
            what = "cannot be made" if wire in planned.wrong else "waits"
            self._sayings.say(f"{OF_LINKS} {wire} {what}: {why}", is_trouble=wire in planned.wrong)
        self.wired = len(planned.there)
        self.notes = tuple(f"{wire}: {why}" for wire, why in {**missing, **given_up}.items())
        if self.wired not in (0, self._told_wired):
            if not missing:
                self._sayings.forget(OF_LINKS)
            count = len(self._neuron.wiring)
            self._sayings.say(f"{self.wired} of {count} link{'s' * (count != 1)} of the file there", once=False)
        self._told_wired = self.wired

    def _check_scale(self, wire: Wire, state: SessionState) -> None:
        """A link that somebody made with another scaler is theirs: a second one would be worse."""
        neuron = state.neuron(self._neuron.name)
        port = port_named(neuron, wire.source.parameter) if neuron and wire.source.is_ours else None
        if wire.scaling is None or neuron is None or port is None:
            return
        for link in state.links:
            is_theirs = link.source == neuron.path(port) and link.ends not in self._made
            if is_theirs and _is_for(wire, link, state) and not scaled_as_asked(wire, link.chain):
                self._sayings.say(f"{OF_LINKS} {wire} was there before, scaled otherwise; it is left so")


def _shows(ends: Ends, state: SessionState) -> bool:
    return state.has_link(*ends)


def _key(step: Step) -> object:
    return step.kind if isinstance(step, MakeDevice) else (step.wire, step.ends)


def _is_for(wire: Wire, link: SessionLink, state: SessionState) -> bool:
    device = next((d for d in state.devices if d.id == link.destination.device and not d.is_neuron), None)
    return device is not None and wire.destination.device in (device.repr, device.kind)
