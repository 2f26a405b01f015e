"""The heart: an event and the time in, effects out.

Everything the bridge does in answer to anything is decided here, with no thread, clock, port or socket. Whoever
brings an event performs the effects, in order; the caller sees to it that events come one at a time.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.controls import Control
from nallely_midibridge.core.cycles import Case, Cycles
from nallely_midibridge.core.inlet import Inlet, Tally
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.parts import Parts
from nallely_midibridge.core.probes import Probe
from nallely_midibridge.values import midi
from nallely_midibridge.values.counts import PortCounts, VoiceCounts
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.effects import Effect, SendMidi, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkDown,
    Linked,
    LinkUp,
    MidiReceived,
    Panic,
    PortLost,
    PortOpened,
    PortRefused,
    Stopped,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping
from nallely_midibridge.values.midi import MidiMessage


class Engine:
    """A mapping at work. `handle` is all there is to it, and `prepare` with `switch` to change the mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._agenda = Agenda()
        self._wake_at: float | None = None
        self._linked: set[str] = set()
        self._cycles = Cycles(self._hold_back, self._agenda.add, self._way_around)
        self._now = 0.0
        self._unsettled: list[SendMidi] = []
        self._parts = Parts(mapping, self._agenda, self._unsettled.append, self._cycles)
        self._handlers: dict[type, Callable[[Any, float], list[Effect]]] = {
            MidiReceived: self._midi_received,
            ValueReceived: self._value_received,
            PortOpened: self._port_opened,
            PortLost: self._port_lost,
            PortRefused: self._port_refused,
            LinkUp: self._link_up,
            LinkDown: self._link_down,
            Linked: self._parameters_linked,
            TimeReached: self._time_reached,
            Panic: self._panic,
            Stopped: self._stopped,
        }

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What to do about an event that happened at ``now`` (seconds of a clock that only goes forward)."""
        if self._unsettled:
            self.settle()
        self._now = now
        effects = self._handlers[type(event)](event, now)
        return effects if self._agenda.next_at == self._wake_at else self._with_wish(effects)

    def receive(self, port: str, message: Sequence[int], now: float) -> list[Effect]:
        """The same about `MidiReceived`, without its being made: a note is heard sooner by a tenth of our part."""
        if self._unsettled:
            self.settle()
        self._now = now
        inlet = self._parts.inlets.get(port)
        effects = [] if inlet is None else inlet.receive(message, now)
        return effects if self._agenda.next_at == self._wake_at else self._with_wish(effects)

    def take(self, neuron: str, parameter: str, value: float, now: float) -> list[Effect]:
        """The same about `ValueReceived`, without its being made."""
        if self._unsettled:
            self.settle()
        self._now = now
        listeners = self._parts.listeners.get((neuron, parameter), ())
        if len(listeners) == 1:  # nearly always
            effects = listeners[0](value, now)
        else:
            effects = [effect for listen in listeners for effect in listen(value, now)]
        return effects if self._agenda.next_at == self._wake_at else self._with_wish(effects)

    def settle(self) -> None:
        """Take note of the messages that went out and may come back.

        It is done before the next event. Who has performed the effects may have it done then: the messages do not
        wait for it, and after a pause it takes as long as all that is done before.
        """
        try:
            for port, message in self._unsettled:
                self._sent(port, message, self._now)
        finally:
            self._unsettled.clear()

    def prepare(self, mapping: Mapping, anew: Collection[str] = ()) -> Parts:
        """What would be at work for another mapping. May take a while, and may be done while events are handled.

        The neurons in ``anew`` get another link: nothing of theirs is taken over.
        """
        return Parts(mapping, self._agenda, self._unsettled.append, self._cycles, self._parts, anew)

    def held_in_vain(self, parts: Parts) -> dict[str, int]:
        """How many voices are held that a switch would silence, for each block (``NEURON.NAME``) that has any."""
        went = set(self._parts.voices) - set(parts.voices)
        held = {f"{voices.neuron}.{voices.block.name}": voices.counts.held for voices in went}
        return {block: count for block, count in sorted(held.items()) if count}

    def switch(self, parts: Parts, now: float) -> list[Effect]:
        """Put another mapping to work: finish what went, begin what came, leave alone what both have."""
        self.settle()
        self._now = now
        before, self._parts = self._parts, parts
        effects: list[Effect] = []
        for probe in set(before.probes) - set(parts.probes):
            effects += probe.leave(now)
        ended = [effect for voices in set(before.voices) - set(parts.voices) for effect in voices.stop(now)]
        for control in set(before.controls) - set(parts.controls):
            effects += control.leave(now)
        for control in set(parts.controls) - set(before.controls):
            effects += control.output_opened(now) if control.lane and control.lane.is_open else []
        self._linked &= parts.neurons.keys() - parts.anew
        begun = [effect for name in self._linked for effect in self._begin(name, before, now)]
        zeroed = set(begun)  # a voice of both is zeroed as it begins, which is enough
        return self._with_wish([*(effect for effect in ended if effect not in zeroed), *effects, *begun])

    def counts(self) -> dict[str, PortCounts]:
        """What passed on each port of the mapping, and what did not; what the ports refused is not known here."""
        inlets, lanes = self._parts.inlets, self._parts.lanes
        return {name: _port_counts(inlets.get(name), lanes.get(name)) for name in inlets.keys() | lanes.keys()}

    def voices(self) -> dict[str, VoiceCounts]:
        """How the voices of each neuron are now."""
        neurons = self._parts.neurons.items()
        return {name: sum((v.counts for v in parts.voices.values()), VoiceCounts()) for name, parts in neurons}

    def _with_wish(self, effects: list[Effect]) -> list[Effect]:
        """Add the wish to be woken at another time than before."""
        self._wake_at = self._agenda.next_at
        return effects if self._wake_at is None else [*effects, WakeAt(self._wake_at)]

    def _begin(self, neuron: str, before: Parts, now: float) -> list[Effect]:
        """What is new on a neuron that is connected learns that it is."""
        parts = self._parts.neurons[neuron]
        effects: list[Effect] = []
        for voices in set(parts.voices.values()) - set(before.voices):
            effects += voices.link_up(now)
        for control in set(parts.controls.values()) - set(before.controls):
            effects += control.link_up()
        return effects

    # What happens.

    def _midi_received(self, event: MidiReceived, now: float) -> list[Effect]:
        return self.receive(*event, now)

    def _value_received(self, event: ValueReceived, now: float) -> list[Effect]:
        return self.take(*event, now)

    def _port_opened(self, event: PortOpened, now: float) -> list[Effect]:
        lane = self._parts.lanes.get(event.port)
        if event.direction is Direction.INPUT or lane is None:
            return []
        lane.is_open = True
        effects = [] if lane.was_open else self._end_all_notes(lane, now)
        lane.was_open = True
        effects += [effect for probe in self._probes_to(event.port) for effect in probe.port_opened(now)]
        return effects + [effect for control in self._shown_on(lane) for effect in control.output_opened(now)]

    def _end_all_notes(self, lane: Lane, now: float) -> list[Effect]:
        """A device that is met first may sound what a bridge left on that was killed."""
        if lane.port.virtual:
            return []
        notes = (DestinationKind.NOTE, DestinationKind.GATE)
        destinations = (probe.route.destination for probe in self._probes_to(lane.port.name))
        channels = sorted({to.channel for to in destinations if to.kind in notes})
        messages = [(midi.CONTROL_CHANGE | channel, midi.ALL_NOTES_OFF, 0) for channel in channels]
        return [effect for message in messages for effect in lane.send(message, now)]

    def _port_lost(self, event: PortLost, now: float) -> list[Effect]:
        if event.direction is Direction.INPUT:
            return self._release_input(event.port, now)
        lane = self._parts.lanes.get(event.port)
        if lane is not None:
            lane.close()
        return []

    def _port_refused(self, event: PortRefused, now: float) -> list[Effect]:
        lane = self._parts.lanes.get(event.port)
        if lane is not None:
            lane.refuse(now)
        return []

    def _release_input(self, port: str, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if port in self._parts.inlets:
            self._parts.inlets[port].lose()
        for voices in self._parts.voices:
            effects += voices.release(now) if voices.block.port == port else []
        for control in self._parts.controls:
            effects += control.release(now) if control.route.source.port == port else []
        return effects

    def _probes_to(self, port: str) -> list[Probe]:
        return [probe for probe in self._parts.probes if probe.route.destination.port == port]

    def _shown_on(self, lane: Lane) -> list[Control]:
        return [control for control in self._parts.controls if control.lane is lane]

    def _link_up(self, event: LinkUp, now: float) -> list[Effect]:
        parts = self._parts.neurons.get(event.neuron)
        if parts is None:
            return []
        self._linked.add(event.neuron)
        effects = [effect for voices in parts.voices.values() for effect in voices.link_up(now)]
        return effects + [effect for control in parts.controls.values() for effect in control.link_up()]

    def _link_down(self, event: LinkDown, now: float) -> list[Effect]:
        self._linked.discard(event.neuron)
        parts = self._parts.neurons.get(event.neuron)
        if parts is None:
            return []
        for voices in parts.voices.values():
            voices.link_down()
        for control in parts.controls.values():
            control.link_down()
        return [effect for probe in parts.probes.values() for effect in probe.release(now)]

    def _parameters_linked(self, event: Linked, now: float) -> list[Effect]:
        """What is held sounds there too, and controls are where they are. A button is not pressed again."""
        parts = self._parts.neurons.get(event.neuron)
        if parts is None or event.neuron not in self._linked:
            return []
        effects = [effect for voices in parts.voices.values() for effect in voices.linked(event.parameters, now)]
        for route, control in parts.controls.items():
            if route.parameter in event.parameters and not route.is_button:
                effects += control.link_up()
        return effects

    def _time_reached(self, event: TimeReached, now: float) -> list[Effect]:
        self._wake_at = None
        return [effect for task in self._agenda.due(now) for effect in task(now)]

    def _panic(self, event: Panic, now: float) -> list[Effect]:
        """Silence as far as we reach, also where the ledger says that there is silence already."""
        effects = [effect for voices in self._parts.voices for effect in voices.panic(now)]
        effects += [effect for control in self._parts.controls for effect in control.release(now)]
        effects += [effect for probe in self._parts.probes for effect in probe.silence(now)]
        for lane in self._parts.lanes.values():
            for message in midi.PANIC:
                effects += lane.send(message, now)
        return effects

    def _stopped(self, event: Stopped, now: float) -> list[Effect]:
        effects = [effect for voices in self._parts.voices for effect in voices.stop(now)]
        effects += [effect for control in self._parts.controls for effect in control.leave(now)]
        return effects + [effect for probe in self._parts.probes for effect in probe.release(now)]

    # What comes back.

    def _sent(self, port: str, message: MidiMessage, now: float) -> None:
        """A message went out; it may come back, on the same port or on another."""
        inlet = self._parts.inlets.get(port)
        if inlet is not None and inlet.echo is not None:
            inlet.echo.sent(message, now)
        self._cycles.sent(port, message, now)

    def _hold_back(self, port: str, until: float) -> None:
        lane = self._parts.lanes.get(port)
        if lane is not None:
            lane.hold_back(until)

    def _way_around(self, case: Case) -> str:
        """A cycle's routes, for people: ``keys.mon1 -> CC 20 on channel 1 of daw -> pads -> keys.cutoff -> …``."""
        port, message = case.sent_on, case.message
        inlet = self._parts.inlets.get(case.heard_on)
        row = inlet.listeners(message) if inlet else ()
        probes, receivers = [], []
        for name, parts in self._parts.neurons.items():
            probes += [f"{name}.{r.parameter}" for r in parts.probes if r.destination.carries(port, message)]
            receivers += [f"{name}.{r.parameter}" for r, control in parts.controls.items() if control.receive in row]
            receivers += [f"{name}.{block.name}" for block, voices in parts.voices.items() if voices.play in row]
        sent = f"{midi.subject(message)} of {port}"
        return " -> ".join([", ".join(probes), sent, case.heard_on, ", ".join(receivers), ", ".join(probes)])


def _port_counts(inlet: Inlet | None, lane: Lane | None) -> PortCounts:
    tally = inlet.tally if inlet else Tally()
    sent, merged = (lane.sent, lane.merged) if lane else (0, 0)
    return PortCounts(tally.received, tally.echoes, dict(tally.ignored), sent, merged)
