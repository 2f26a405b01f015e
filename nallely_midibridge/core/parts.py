"""What is at work for one mapping: its ports, its voices, controls and probes, and who listens to what.

Building it changes nothing that is at work already, so it may be done while the engine plays. What an older mapping
said in the same words is taken over as it is, with all it holds.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.controls import Control, make_control
from nallely_midibridge.core.cycles import Cycles
from nallely_midibridge.core.echo import Echo
from nallely_midibridge.core.inlet import Inlet
from nallely_midibridge.core.lane import Lane, Told
from nallely_midibridge.core.probes import Listener, Probe, make_probe
from nallely_midibridge.core.voices import Group, make_voices
from nallely_midibridge.values.mapping import Mapping, Neuron, ParamRoute, Port, ProbeRoute, VoiceBlock


@dataclass(slots=True)
class NeuronParts:
    """What is at work for one neuron."""

    voices: dict[VoiceBlock, Group] = field(default_factory=dict)
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
        self.listeners: dict[tuple[str, str], list[Listener]] = {}
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
    def voices(self) -> Iterator[Group]:
        return (voices for parts in self.neurons.values() for voices in parts.voices.values())

    @property
    def controls(self) -> Iterator[Control]:
        return (control for parts in self.neurons.values() for control in parts.controls.values())

    @property
    def probes(self) -> Iterator[Probe]:
        return (probe for parts in self.neurons.values() for probe in parts.probes.values())

    def _make_lane(self, port: Port, told: Told) -> Lane:
        agenda = self._agenda  # by itself: a lane that another mapping takes over must not keep these parts
        lane = Lane(port, lambda at: agenda.add(at, lane.wake), told)
        return lane

    def _add(self, neuron: Neuron, before: NeuronParts) -> None:
        parts = self.neurons[neuron.name] = NeuronParts()
        for block in neuron.voices:
            voices = parts.voices[block] = before.voices.get(block) or self._make_voices(neuron.name, block)
            self._listen_to_keys(voices)
        for param in neuron.params:
            control = parts.controls[param] = self._control(neuron.name, param, before.controls.get(param))
            self._listen_to_source(control)
            self._listen_to_session(neuron.name, control.listeners)
        for route in neuron.probes:
            probe = parts.probes[route] = self._probe(route, before.probes.get(route))
            self._listen_to_session(neuron.name, probe.listeners)

    def _control(self, neuron: str, param: ParamRoute, before: Control | None) -> Control:
        lane = self.lanes[param.source.port] if param.feedback_route else None
        return before if before and before.lane is lane else make_control(neuron, param, self._agenda.add, lane)

    def _probe(self, route: ProbeRoute, before: Probe | None) -> Probe:
        lane = self.lanes[route.destination.port]
        return before if before and before.lane is lane else make_probe(route, lane, self._agenda.add)

    def _make_voices(self, neuron: str, block: VoiceBlock) -> Group:
        agenda = self._agenda  # by itself, as for a lane
        voices = make_voices(neuron, block, lambda at: agenda.add(at, voices.wake))
        return voices

    def _listen_to_keys(self, voices: Group) -> None:
        table = self.inlets[voices.block.port].table
        for receiver, kind, numbers in voices.subscriptions():
            table.add(receiver, kind, voices.block.channels, numbers)

    def _listen_to_session(self, neuron: str, listeners: Iterable[tuple[str, Listener]]) -> None:
        for parameter, listener in listeners:
            self.listeners.setdefault((neuron, parameter), []).append(listener)

    def _listen_to_source(self, control: Control) -> None:
        source = control.route.source
        self.inlets[source.port].listen(source, control.receive)


def _make_inlet(port: Port, mapping: Mapping, cycles: Cycles, before: Inlet | None) -> Inlet:
    """The way in of a port; what one of the same name has counted goes on, and what it expects back if it may."""
    destinations = frozenset(to for to in mapping.destinations if to.port == port.name)
    echo = Echo(destinations) if destinations and not port.takes_echo else None
    if echo and before and before.echo and before.port == port and before.echo.destinations == destinations:
        echo = before.echo
    returns = cycles if mapping.destinations else None
    return Inlet(port, echo, returns, mapping.spells_on(port), before)
