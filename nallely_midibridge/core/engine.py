"""The heart: an event and the time in, effects out.

Everything the bridge does in answer to anything is decided here, with no thread, clock, port or socket. Whoever
brings an event performs the effects, in order; the caller sees to it that events come one at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.controls import Control
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes import Probe, make_probe
from nallely_midibridge.core.table import RoutingTable
from nallely_midibridge.core.voices import Voices
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, WakeAt
from nallely_midibridge.values.events import (
    Direction,
    Event,
    LinkDown,
    LinkUp,
    MidiReceived,
    PortLost,
    PortOpened,
    Stopped,
    TimeReached,
    ValueReceived,
)
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port, ProbeRoute, SourceKind, VoiceBlock

ANY_NUMBER: Final = range(128)

VOICE_CONTROLLERS: Final = (
    midi.SUSTAIN,
    midi.SOSTENUTO,
    midi.ALL_SOUND_OFF,
    midi.RESET_ALL_CONTROLLERS,
    *range(midi.ALL_NOTES_OFF, 128),
)

NOTES: Final = (midi.NOTE_ON, midi.NOTE_OFF)

STATUSES: Final = {
    SourceKind.CC: (midi.CONTROL_CHANGE,),
    SourceKind.NOTE_GATE: NOTES,
    SourceKind.NOTE_VELOCITY: NOTES,
    SourceKind.NOTE_NUMBER: NOTES,
    SourceKind.PITCHBEND: (midi.PITCH_BEND,),
    SourceKind.PRESSURE: (midi.CHANNEL_PRESSURE,),
    SourceKind.PROGRAM: (midi.PROGRAM_CHANGE,),
}
"""The kinds of message, without their channel, that move a source."""


@dataclass(slots=True)
class _Parts:
    """What is at work for one neuron."""

    voices: list[Voices] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)


class Engine:
    """A mapping at work. `handle` is all there is to it."""

    def __init__(self, mapping: Mapping) -> None:
        self._table = RoutingTable()
        self._agenda = Agenda()
        self._wake_at: float | None = None
        self._lanes = {port.name: self._make_lane(port) for port in mapping.output_ports}
        self._neurons: dict[str, _Parts] = {}
        self._probes: dict[tuple[str, str], list[Probe]] = {}
        for neuron in mapping.neurons:
            self._add_neuron(neuron)
        self._handlers: dict[type, Callable[[Any, float], list[Effect]]] = {
            MidiReceived: self._midi_received,
            ValueReceived: self._value_received,
            PortOpened: self._port_opened,
            PortLost: self._port_lost,
            LinkUp: self._link_up,
            LinkDown: self._link_down,
            TimeReached: self._time_reached,
            Stopped: self._stopped,
        }

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What to do about an event that happened at ``now`` (seconds of a clock that only goes forward)."""
        effects = self._handlers[type(event)](event, now)
        if self._agenda.next_at != self._wake_at:
            self._wake_at = self._agenda.next_at
            if self._wake_at is not None:
                effects = [*effects, WakeAt(self._wake_at)]
        return effects

    # Building.

    def _make_lane(self, port: Port) -> Lane:
        lane = Lane(port.name, port.output_rate, lambda at: self._agenda.add(at, lane.wake))
        return lane

    def _add_neuron(self, neuron: Neuron) -> None:
        parts = self._neurons[neuron.name] = _Parts()
        for block in neuron.voices:
            parts.voices.append(self._add_voices(neuron.name, block))
        for param in neuron.params:
            parts.controls.append(self._add_control(neuron.name, param))
        for route in neuron.probes:
            parts.probes.append(self._add_probe(neuron.name, route))

    def _add_voices(self, neuron: str, block: VoiceBlock) -> Voices:
        voices = Voices(neuron, block, lambda at: self._agenda.add(at, voices.wake))
        for status in NOTES:
            zone = range(block.lowest, block.highest + 1)
            self._table.add(voices.play, block.port, status, block.channels, zone)
        self._table.add(voices.control, block.port, midi.CONTROL_CHANGE, block.channels, VOICE_CONTROLLERS)
        return voices

    def _add_control(self, neuron: str, route: ParamRoute) -> Control:
        control = Control(neuron, route)
        source = route.source
        numbers = ANY_NUMBER if source.number is None else (source.number,)
        for status in STATUSES[source.kind]:
            self._table.add(control.receive, source.port, status, source.channels, numbers)
        return control

    def _add_probe(self, neuron: str, route: ProbeRoute) -> Probe:
        probe = make_probe(route, self._lanes[route.destination.port])
        self._probes.setdefault((neuron, route.parameter), []).append(probe)
        return probe

    # What happens.

    def _midi_received(self, event: MidiReceived, now: float) -> list[Effect]:
        port, message = event
        if not is_whole(message):
            return []
        return [effect for receive in self._table.find(port, message) for effect in receive(message, now)]

    def _value_received(self, event: ValueReceived, now: float) -> list[Effect]:
        neuron, parameter, value = event
        probes = self._probes.get((neuron, parameter), ())
        return [effect for probe in probes for effect in probe.receive(value, now)]

    def _port_opened(self, event: PortOpened, now: float) -> list[Effect]:
        lane = self._lanes.get(event.port)
        if event.direction is Direction.INPUT or lane is None:
            return []
        lane.is_open = True
        return [effect for probe in self._probes_to(event.port) for effect in probe.port_opened(now)]

    def _port_lost(self, event: PortLost, now: float) -> list[Effect]:
        if event.direction is Direction.INPUT:
            return self._release_input(event.port, now)
        self._lanes[event.port].close()
        return []

    def _release_input(self, port: str, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for parts in self._neurons.values():
            for voices in parts.voices:
                effects += voices.release(now) if voices.block.port == port else []
            for control in parts.controls:
                effects += control.release() if control.route.source.port == port else []
        return effects

    def _probes_to(self, port: str) -> list[Probe]:
        parts = self._neurons.values()
        return [probe for part in parts for probe in part.probes if probe.route.destination.port == port]

    def _link_up(self, event: LinkUp, now: float) -> list[Effect]:
        parts = self._neurons[event.neuron]
        effects = [effect for voices in parts.voices for effect in voices.link_up(now)]
        return effects + [effect for control in parts.controls for effect in control.link_up()]

    def _link_down(self, event: LinkDown, now: float) -> list[Effect]:
        parts = self._neurons[event.neuron]
        for voices in parts.voices:
            voices.link_down()
        for control in parts.controls:
            control.link_down()
        return [effect for probe in parts.probes for effect in probe.release(now)]

    def _time_reached(self, event: TimeReached, now: float) -> list[Effect]:
        self._wake_at = None
        return [effect for task in self._agenda.due(now) for effect in task(now)]

    def _stopped(self, event: Stopped, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for parts in self._neurons.values():
            effects += [effect for voices in parts.voices for effect in voices.stop(now)]
            effects += [effect for probe in parts.probes for effect in probe.release(now)]
        return effects


def is_whole(message: Sequence[int]) -> bool:
    """Whether this is one whole channel voice message; system messages and fragments are not."""
    length = len(message)
    return (
        length > 1 and length == 1 + midi.DATA_LENGTH.get(message[0] & 0xF0, -1) and max(message[1:]) <= midi.DATA_MAX
    )
