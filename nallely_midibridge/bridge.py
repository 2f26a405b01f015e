"""The bridge at work: one engine between MIDI ports and sessions.

Threads, all daemons: ``nallely-link-NEURON`` reads one session and reconnects, ``nallely-ports`` opens and closes
MIDI ports, ``nallely-alarm`` wakes the engine, and the MIDI system has one a port that calls us; for each session with
Trevor, ``nallely-link-trevor`` hears how it is and ``nallely-patchbay`` keeps it as the mapping says. Each brings
events to `Bridge.handle`, where one lock makes them happen one at a time and the thread that brought an event performs
its effects. No effect waits for anybody, so nobody waits long. A change of a neuron's parameters is told by a link of
its own, ``nallely-link-registrar``, which is there for a moment.
"""

import logging
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from nallely_midibridge.connector import NallelyService
from nallely_midibridge.core.delays import Delays
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.core.parts import Parts
from nallely_midibridge.core.route_counts import route_counts
from nallely_midibridge.edges.alarm import Alarm
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.keeper import Keeper
from nallely_midibridge.edges.midi_system import MidiSystem
from nallely_midibridge.edges.patchbay import Patchbays
from nallely_midibridge.edges.port_watch import PortWatch
from nallely_midibridge.values.counts import NeuronCounts, VoiceCounts
from nallely_midibridge.values.effects import Effect, Report, SendAgain, SendMidi, SendValue, WakeAt
from nallely_midibridge.values.errors import PortError
from nallely_midibridge.values.events import (
    Event,
    LinkDown,
    Linked,
    LinkUp,
    MidiReceived,
    PortRefused,
    Stopped,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping, Neuron
from nallely_midibridge.values.status import NeuronStatus, SessionStatus, Status

log = logging.getLogger(__name__)

TELL_WITHIN: Final = 1.0
"""Seconds in which all sessions have to take the parameters of another mapping."""

Observe = Callable[[Event, Sequence[Effect]], None]
"""Sees every event and what was done about it; on the thread that brought it, with the lock held: be quick."""


class Bridge:
    """A mapping between this machine's MIDI ports and its sessions. Also a context manager.

    ``find_system`` gives the MIDI system and may be asked again later; ``observe`` sees what happens. ``on_change`` is
    called when a port or a link has come or gone, on any thread and with no lock held.
    """

    def __init__(
        self,
        mapping: Mapping,
        find_system: Callable[[], MidiSystem] = find_midi_system,
        observe: Observe | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._mapping = mapping
        self._engine = Engine(mapping)
        self._observe = observe
        self._delays = Delays()
        self._went_at_once = False
        self._now = time.monotonic()
        self._alarm = Alarm(lambda: self.handle(TimeReached()), lambda error: self._blunder(TimeReached(), error))
        self._ports = PortWatch(mapping, find_system, self.receive, self._tell)
        self._services = {neuron.name: self._make_service(neuron) for neuron in mapping.neurons}
        self._patchbays = Patchbays()
        self._patchbays.keep(self._keepers(mapping, self._services))
        self._refusing: list[str] = []
        self.on_change: Callable[[], None] | None = None
        self.refused: Counter[str] = Counter()
        self.blunders: Counter[str] = Counter()
        self._perform: dict[type, Callable[[Any], None]] = {
            SendMidi: self._send_midi,
            SendAgain: self._send_again,
            WakeAt: lambda effect: self._alarm.set(effect.at),
            Report: lambda effect: log.warning("%s", effect.text),
        }

    def start(self) -> None:
        """Begin connecting, and open the ports that are there. Returns when these are open."""
        self._alarm.start()
        for service in self._services.values():  # first: until it is connected, what a killed bridge held sounds
            service.start()
        self._patchbays.start()
        self._ports.start()

    def stop(self) -> None:
        """Leave nothing sounding on either side, then let go of everything. Takes less than a second."""
        with self._lock:
            if self._stopped:
                return
            self._tick()
            try:
                self._happen(Stopped())
            finally:
                self._stopped = True
        self._alarm.stop()
        disposals = [service.dispose for service in self._services.values()]
        closers = _begin([*disposals, self._patchbays.stop])
        self._ports.stop()
        for closer in closers:
            closer.join()

    def change(self, mapping: Mapping) -> dict[str, int]:
        """Do what another mapping says from now on; what both say goes on undisturbed. For one thread at a time.

        The new one is built while the old one plays. New parameters are registered before a value of theirs is
        sent, and old ones taken away after the last: the session would keep a phantom of one it does not know. A
        session that does not answer is waited for a second at most.

        Returns how many held voices that ended, for each block of voices (``NEURON.NAME``) that changed or went.
        """
        before = {neuron.name: neuron for neuron in self._mapping.neurons}
        after = {neuron.name: neuron for neuron in mapping.neurons}
        kept = [name for name in after if name in before and before[name].bus == after[name].bus]
        parts = self._engine.prepare(mapping, anew=after.keys() - set(kept))
        came = {name: self._make_service(after[name]) for name in after if name not in kept}
        deadline = time.monotonic() + TELL_WITHIN
        with self._patchbays.at_rest():
            for name in kept:
                service = self._services[name]
                service.change({**service.parameters, **after[name].limits}, _left(deadline))
            ended = self._switch(mapping, parts, kept, came)
            self._patchbays.keep(self._keepers(mapping, self._services))
            for name in kept:
                self._take_leave(after[name], deadline)
        for service in came.values():
            service.start()
        self._ports.change(mapping)
        return ended

    def _switch(
        self, mapping: Mapping, parts: Parts, kept: Collection[str], came: dict[str, NallelyService]
    ) -> dict[str, int]:
        with self._lock:
            ended = self._engine.held_in_vain(parts)
            self._perform_all(self._engine.switch(parts, self._tick()))
            went = [service for name, service in self._services.items() if name not in kept]
            self._services = {n.name: came.get(n.name) or self._services[n.name] for n in mapping.neurons}
            self._mapping = mapping
        for closer in _begin([service.dispose for service in went]):
            closer.join()
        return ended

    def _take_leave(self, neuron: Neuron, deadline: float) -> None:
        """Have the session forget what a neuron has no more: its keeper sees to it, where one can see the session."""
        service = self._services[neuron.name]
        if self._patchbays.answers(neuron.name):
            service.greet_with(neuron.limits)
        else:
            service.change(neuron.limits, _left(deadline))

    def handle(self, event: Event, service: NallelyService | None = None) -> None:
        """Let an event happen, and perform what it asks for, on the caller's thread.

        ``service`` is who brought it, if one did: whose neuron has gone to another by now is not heard any more.
        """
        came_at = time.monotonic()
        with self._lock:
            if self._stopped or (service is not None and self._services.get(service.name) is not service):
                return
            if came_at > self._now:  # another may have come later and been let in first
                self._now = came_at
            self._happen(event)

    def receive(self, port: str, message: Sequence[int]) -> None:
        """Let a message come in on a port of the mapping, on the caller's thread.

        The same as `handle`, with as few steps as can be: after a pause each costs ten times as much.
        """
        came_at = time.monotonic()
        with self._lock:
            if self._stopped:
                return
            self._went_at_once = False
            if came_at > self._now:
                self._now = came_at
            try:
                effects = self._engine.receive(port, message, self._now)
            except Exception as error:
                self._blunder(MidiReceived(port, message), error)
                return
            self._perform_all(effects)
            if self._went_at_once:
                self._delays.add(time.monotonic() - came_at)
            if self._observe is not None:
                self._show(self._observe, MidiReceived(port, message), effects)

    def _take(self, service: NallelyService, parameter: str, value: float) -> None:
        """Let a value come from a session, on the thread of its link; with as few steps, for the same reason."""
        came_at = time.monotonic()
        with self._lock:
            if self._stopped or self._services.get(service.name) is not service:
                return
            if came_at > self._now:
                self._now = came_at
            try:
                effects = self._engine.take(service.name, parameter, value, self._now)
                self._perform_all(effects)
                self._engine.settle()
            except Exception as error:
                self._blunder(ValueReceived(service.name, parameter, value), error)
                return
            if self._observe is not None:
                self._show(self._observe, ValueReceived(service.name, parameter, value), effects)

    def check(self, answer: Callable[[], None]) -> None:
        """Have the engine turn once, by way of the alarm; ``answer`` is called on the alarm's thread when it has."""
        self._alarm.check(answer)

    def observe(self, observe: Observe | None) -> None:
        """Have what happens seen from now on, or by nobody."""
        with self._lock:
            self._observe = observe

    def is_registered(self, neuron: str) -> bool:
        """Whether a neuron is connected and registered now."""
        return self._services[neuron].registered

    @property
    def away(self) -> list[str]:
        """The neurons that are not connected now: what their sessions last heard cannot be ended from here."""
        return [name for name, service in self._services.items() if not service.registered]

    @property
    def mapping(self) -> Mapping:
        """What it does now."""
        return self._mapping

    def status(self) -> Status:
        """How everything is now. Any thread may ask."""
        with self._lock:
            counts = self._engine.counts()
            ports = {name: replace(passed, refused=self.refused[name]) for name, passed in counts.items()}
            voices = self._engine.voices()
            services = [(neuron, self._services[neuron.name]) for neuron in self._mapping.neurons]
            latency = self._delays.latency()
        now = time.monotonic()
        neurons = (
            _status(neuron, service, voices[neuron.name], self._patchbays.status(neuron.name))
            for neuron, service in services
        )
        routes = (route for neuron, service in services for route in route_counts(neuron, service.traffic, now))
        return Status(
            self._ports.system_name,
            self._ports.system_trouble,
            self._ports.status(),
            ports,
            tuple(neurons),
            tuple(routes),
            latency,
        )

    def __enter__(self) -> "Bridge":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _tell(self, event: Event, service: NallelyService | None = None) -> None:
        """Let a change of the ports or links happen."""
        self.handle(event, service)
        if self.on_change is not None:
            self.on_change()

    def _tick(self) -> float:
        """The engine's time is now."""
        self._now = time.monotonic()
        return self._now

    def _happen(self, event: Event) -> None:
        """A fault of ours in one event must not end the thread that brought it: the next may be a note off."""
        assert self._lock.locked()
        try:
            effects = self._engine.handle(event, self._now)
        except Exception as error:
            self._blunder(event, error)
            return
        self._perform_all(effects)
        if self._observe is not None:
            self._show(self._observe, event, effects)

    def _show(self, observe: Observe, event: Event, effects: Sequence[Effect]) -> None:
        try:
            observe(event, effects)
        except Exception as error:
            self._blunder(event, error)

    def _blunder(self, event: Event, error: Exception) -> None:
        """Say where a fault of ours is, once a place: a bad route may be played a thousand times a second."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        self.blunders[f"{frame.filename}:{frame.lineno}"] += 1
        if self.blunders[f"{frame.filename}:{frame.lineno}"] == 1:
            log.exception("%s could not be handled; said once, please report it", str(event)[:200])

    def _perform_all(self, effects: Sequence[Effect]) -> None:
        """One effect that fails must not take the others along: they may be for another session, or note-offs."""
        for effect in effects:
            try:
                if type(effect) is SendValue:  # nearly always, and each step costs ten times as much after a pause
                    if self._services[effect.neuron].send(effect.parameter, effect.value, every=effect.every):
                        self._went_at_once = True
                else:
                    self._perform[type(effect)](effect)
            except Exception:
                log.exception("%s could not be done", effect)
        while self._refusing:  # only now: what it asks for must not be overtaken by what was asked for before
            self._happen(PortRefused(self._refusing.pop()))

    def _send_midi(self, effect: SendMidi) -> None:
        try:
            self._ports.send(effect.port, effect.message)
        except PortError as error:
            if not self.refused[effect.port]:
                log.warning("port %s: %s; trying again until it does, said once a port", effect.port, error)
            self.refused[effect.port] += 1
            self._refusing.append(effect.port)

    def _send_again(self, effect: SendAgain) -> None:
        try:
            self._ports.send_again(effect.port)
        except PortError:
            self._refusing.append(effect.port)

    def _make_service(self, neuron: Neuron) -> NallelyService:
        service = NallelyService(
            "external",
            neuron.name,
            neuron.limits,
            {},
            neuron.bus.url,
            log.info,
            ca_file=neuron.bus.ca_file,
            headers=dict(neuron.bus.headers),
        )

        def open_(registration: object) -> None:
            self._tell(LinkUp(neuron.name), service)
            self._patchbays.link_up(service)

        def close() -> None:
            self._tell(LinkDown(neuron.name), service)
            self._patchbays.link_down(service)

        service.onopen = open_
        service.onclose = close
        service.onvalue = partial(self._take, service)
        return service

    def _keepers(self, mapping: Mapping, services: dict[str, NallelyService]) -> list[Keeper]:
        """Who looks after each neuron; of one that goes on, what is known of it does too."""
        return [self._keeper(neuron, services[neuron.name]) for neuron in mapping.neurons]

    def _keeper(self, neuron: Neuron, service: NallelyService) -> Keeper:
        before = self._patchbays.keeper(neuron.name)
        if before is None or before.service is not service or before.server != neuron.trevor:
            keeper = Keeper(neuron, service, lambda name, parameters: self.handle(Linked(name, parameters)))
            if service.registered:
                keeper.connected_at = time.monotonic()
            return keeper
        before.follow(neuron)
        return before


def _left(deadline: float) -> float:
    return max(TELL_WITHIN / 10, deadline - time.monotonic())


def _begin(calls: Sequence[Callable[[], object]]) -> list[threading.Thread]:
    """Make calls that may each take a while beside each other, each on a thread that may be waited for."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def _status(
    neuron: Neuron, service: NallelyService, voices: VoiceCounts, session: SessionStatus | None
) -> NeuronStatus:
    return NeuronStatus(
        neuron.name,
        neuron.bus.url,
        service.registered,
        time.monotonic() - service.changed_at,
        service.trouble,
        voices,
        NeuronCounts(service.received, dict(service.ignored), service.sent, service.merged),
        service.waiting,
        session,
    )
