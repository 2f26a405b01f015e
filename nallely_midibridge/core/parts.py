"""What is at work for one mapping: its ports, its voices, controls and probes, and who listens to what.

Building it changes nothing that is at work already, so it may be done while the engine plays. What an older mapping
said in the same words is taken over as it is, with all it holds.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.controls import Control
from nallely_midibridge.core.cycles import Cycles
from nallely_midibridge.core.echo import Echo
from nallely_midibridge.core.inlet import Inlet, Tally
from nallely_midibridge.core.lane import Lane, Told
from nallely_midibridge.core.probes import Probe, make_probe
from nallely_midibridge.core.voices import Voices
from nallely_midibridge.values import midi
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.source import SourceKind

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
class NeuronParts:
    """What is at work for one neuron."""

    voices: dict[VoiceBlock, Voices] = field(default_factory=dict)
    controls: dict[ParamRoute, Control] = field(default_factory=dict)
    probes: dict[ProbeRoute, Probe] = field(default_factory=dict)


class Parts:
    """Everything at work for a mapping.

    ``before`` is what is at work now; of the neurons in ``anew`` nothing is taken over. ``told`` hears of each message
    that goes out, and ``cycles`` of those that come in.
    """

    def __init__(
        self,
        mapping: Mapping,
        agenda: Agenda,
        told: Told,
        cycles: Cycles,
        before: "Parts | None" = None,
        anew: Collection[str] = (),
    ) -> None:
        self.anew = frozenset(anew)
        self.neurons: dict[str, NeuronParts] = {}
        self.inlets: dict[str, Inlet] = {}
        self.lanes: dict[str, Lane] = {}
        self.probes_by_parameter: dict[tuple[str, str], list[Probe]] = {}
        self._agenda = agenda
        for port in mapping.input_ports:
            kept_inlet = before.inlets.get(port.name) if before else None
            self.inlets[port.name] = _make_inlet(port, mapping, cycles, kept_inlet)
        for port in mapping.output_ports:
            kept = before.lanes.get(port.name) if before else None
            self.lanes[port.name] = kept if kept and kept.port == port else self._make_lane(port, told)
        for neuron in mapping.neurons:
            kept_parts = before.neurons.get(neuron.name) if before and neuron.name not in self.anew else None
            self._add(neuron, kept_parts or NeuronParts())

    @property
    def voices(self) -> Iterator[Voices]:
        return (voices for parts in self.neurons.values() for voices in parts.voices.values())

    @property
    def controls(self) -> Iterator[Control]:
        return (control for parts in self.neurons.values() for control in parts.controls.values())

    @property
    def probes(self) -> Iterator[Probe]:
        return (probe for parts in self.neurons.values() for probe in parts.probes.values())

    def _make_lane(self, port: Port, told: Told) -> Lane:
        lane = Lane(port, lambda at: self._agenda.add(at, lane.wake), told)
        return lane

    def _add(self, neuron: Neuron, before: NeuronParts) -> None:
        parts = self.neurons[neuron.name] = NeuronParts()
        for block in neuron.voices:
            voices = parts.voices[block] = before.voices.get(block) or self._make_voices(neuron.name, block)
            self._listen_to_keys(voices)
        for param in neuron.params:
            control = parts.controls[param] = before.controls.get(param) or Control(neuron.name, param)
            self._listen_to_source(control)
        for route in neuron.probes:
            lane = self.lanes[route.destination.port]
            kept = before.probes.get(route)
            probe = parts.probes[route] = kept if kept and kept.lane is lane else make_probe(route, lane)
            self.probes_by_parameter.setdefault((neuron.name, route.parameter), []).append(probe)

    def _make_voices(self, neuron: str, block: VoiceBlock) -> Voices:
        voices = Voices(neuron, block, lambda at: self._agenda.add(at, voices.wake))
        return voices

    def _listen_to_keys(self, voices: Voices) -> None:
        block = voices.block
        table = self.inlets[block.port].table
        for status in NOTES:
            table.add(voices.play, status, block.channels, range(block.lowest, block.highest + 1))
        table.add(voices.control, midi.CONTROL_CHANGE, block.channels, VOICE_CONTROLLERS)

    def _listen_to_source(self, control: Control) -> None:
        source = control.route.source
        numbers = ANY_NUMBER if source.number is None else (source.number,)
        for status in STATUSES[source.kind]:
            self.inlets[source.port].table.add(control.receive, status, source.channels, numbers)


def _make_inlet(port: Port, mapping: Mapping, cycles: Cycles, before: Inlet | None) -> Inlet:
    """The way in of a port; what one of the same name has counted goes on, and what it expects back if it may."""
    destinations = frozenset(route.destination for route in mapping.probes if route.destination.port == port.name)
    echo = Echo(destinations) if destinations and not port.takes_echo else None
    if echo and before and before.echo and before.port == port and before.echo.destinations == destinations:
        echo = before.echo
    returns = cycles if mapping.probes else None
    return Inlet(port, before.tally if before else Tally(), echo, returns)
