"""The simulated session: what is registered, what is wired to what, and where a value goes.

No thread, no socket and no clock: a value or the time goes in, what the patch does with it comes out.
"""

import itertools
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from nallely_midibridge.simulated.devices import Lfo, Parameter, Synth
from nallely_midibridge.simulated.happenings import Delivery, ProbeValue
from nallely_midibridge.simulated.patch import End, Link, Patch, WithScaler, scaling
from nallely_midibridge.simulated.registry import Registry, SessionError, port_name

BUS = "WebSocketBus1"

_ids = itertools.count(1001)
"""Ids are new in every session."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A link that waits for its ends; with ``keep`` it is made again whenever they come back."""

    source: End
    destination: End
    with_scaler: WithScaler
    keep: bool


class Session:
    """See the module. Names are those a person sees: neurons by name, devices by their ``repr``."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.devices: dict[str, Lfo | Synth] = {}
        self.patch = Patch()
        self.wishes: list[Wish] = []
        self.bus_id = 0
        """0 while there is no bus."""
        self.osc_bus_id = 0
        self._created: dict[str, int] = {}
        self.open_bus()

    # Neurons.

    def configure(self, neuron: str, parameters: list[Parameter], action: str | None = None) -> bool:
        """`Registry.configure`, and the wiring that waited for it. What is wired to a removed parameter stays so."""
        changed = self.registry.configure(neuron, parameters, action)
        self._grant_wishes()
        return changed

    def unregister(self, neuron: str) -> list[Delivery]:
        """Forget a neuron, its parameters and the wiring that is shown."""
        ends = {End(BUS, port) for port in self.registry.unregister(neuron)}
        return self._unlink(link for link in self.patch if link.source in ends or link.destination in ends)

    # Devices.

    def add(self, device: Lfo | Synth) -> None:
        """Put a device into the session, under a new id."""
        device.id = next(_ids)
        self.devices[device.name] = device
        self._grant_wishes()

    def create(self, kind: str) -> Lfo | Synth:
        """Make an ``LFO`` (LFO1, LFO2 …) or a ``MIDIBridge`` (from 0, keys in section X0).

        Raises SessionError for another class.
        """
        number = self._created.get(kind, sum(name.startswith(kind) for name in self.devices))
        device: Lfo | Synth
        if kind == Lfo.KIND:
            device = Lfo(f"{kind}{number + 1}", speed=0.01)
        elif kind == Synth.KIND:
            device = Synth(f"{kind}{number}", section="X0")
        else:
            raise SessionError(f"no class {kind}")
        self._created[kind] = number + 1
        self.add(device)
        return device

    def kill(self, name: str) -> list[Delivery]:
        """Take a device and its wiring away. Raises KeyError for an unknown one."""
        silenced = self._unlink(link for link in self.patch if link.destination.device == name)
        self.patch.drop(name)
        del self.devices[name]
        return silenced

    # Wiring.

    def link(self, source: End, destination: End, with_scaler: WithScaler = True, keep: bool = False) -> None:
        """Wire two parameters now, or as soon as both are there. Wired twice, they are linked twice.

        Raises SessionError where there can be no such parameter.
        """
        self._must_be_possible(source)
        self._must_be_possible(destination)
        if isinstance(self.devices.get(source.device), Synth):
            raise SessionError("a synth's keys as a source are not simulated")
        wish = Wish(source, destination, with_scaler, keep)
        there = self._grant(wish)
        if keep or not there:
            self.wishes.append(wish)

    def unlink(self, source: End, destination: End) -> list[Delivery]:
        """Undo `link`; nothing happens where there is none. A synth that was linked falls silent."""
        self.wishes = [wish for wish in self.wishes if (wish.source, wish.destination) != (source, destination)]
        return self._unlink(link for link in self.patch if (link.source, link.destination) == (source, destination))

    def end(self, name: str) -> End:
        """The end a person means by ``LFO1.output``, ``synth.keys`` or, for a neuron, ``keys.voice1``."""
        device, _, parameter = name.partition(".")
        match self.devices.get(device):
            case None:
                return End(BUS, port_name(device, parameter))
            case Synth():
                return End(device, parameter.removesuffix(".all_keys_or_pads"))
            case Lfo():
                return End(device, parameter)

    def parameter(self, end: End) -> Parameter | None:
        """What is at an end now."""
        if end.device == BUS:
            return self.registry.parameter(end.parameter)
        device = self.devices.get(end.device)
        return device.parameter(end.parameter) if device else None

    def _must_be_possible(self, end: End) -> None:
        """Anything may register on the bus later; another device is what it is."""
        if end.device != BUS and self.parameter(end) is None:
            raise SessionError(f"no parameter {end.parameter} on {end.device}")

    def _unlink(self, links: Iterable[Link]) -> list[Delivery]:
        silenced: list[Delivery] = []
        for link in list(links):
            self.patch.remove(link)
            silenced += self._silence(link.destination.device)
        return silenced

    def _silence(self, name: str) -> list[Delivery]:
        device = self.devices.get(name)
        return [*device.all_notes_off()] if isinstance(device, Synth) else []

    def _grant_wishes(self) -> None:
        for wish in list(self.wishes):
            if wish.keep and (wish.source, wish.destination) in self.patch:
                continue
            if self._grant(wish) and not wish.keep:
                self.wishes.remove(wish)

    def _grant(self, wish: Wish) -> bool:
        source, destination = self.parameter(wish.source), self.parameter(wish.destination)
        if source is None or destination is None:
            return False
        self.patch.add(Link(wish.source, wish.destination, scaling(source, destination, wish.with_scaler)))
        return True

    # Values.

    def receive(self, neuron: str, parameter: str, value: float) -> list[Delivery]:
        """A client sends a value. One for a parameter that is not registered leaves a phantom, and goes nowhere."""
        port = port_name(neuron, parameter)
        if self.registry.parameter(port) is None:
            self.registry.phantoms.add(port)
            return []
        return self._send(End(BUS, port), value, port)

    def feed(self, end: End, value: float, sender: str = "") -> list[Delivery]:
        """A value arrives at a parameter, as if from the patch. Raises SessionError for a synth's keys."""
        device = self.devices.get(end.device)
        if isinstance(device, Lfo):
            device.set(end.parameter, value)
            return []
        if end.device != BUS:
            raise SessionError(f"{end.device} takes values over a link only")
        neuron, _, parameter = end.parameter.partition("_")
        self.registry.attach(neuron)
        return [ProbeValue(neuron, parameter, sys.float_info.min if math.isnan(value) else value, sender)]

    def advance(self, now: float) -> list[Delivery]:
        """Step every LFO up to ``now``, in seconds of any steady clock."""
        deliveries: list[Delivery] = []
        for lfo in self._lfos():
            for value in lfo.advance(now):
                deliveries += self._send(End(lfo.name, "output"), value, lfo.KIND)
        return deliveries

    def next_at(self, now: float) -> float | None:
        """When an LFO is due next; None if there is none."""
        return min((now if lfo.next_at is None else lfo.next_at for lfo in self._lfos()), default=None)

    def _lfos(self) -> list[Lfo]:
        return [device for device in self.devices.values() if isinstance(device, Lfo)]

    def _send(self, source: End, value: float, sender: str) -> list[Delivery]:
        deliveries: list[Delivery] = []
        try:
            for link in self.patch.leaving(source):
                deliveries += self._trigger(link, value, sender)
        except (ValueError, OverflowError):
            # What is no number plays no note; the links after this one get nothing, as in the real session.
            pass
        return deliveries

    def _trigger(self, link: Link, value: float, sender: str) -> list[Delivery]:
        scaled = link.scaled(value)
        device = self.devices.get(link.destination.device)
        if isinstance(device, Synth):
            return [device.play(on, note) for on, note in link.keys(scaled)]
        return self.feed(link.destination, scaled, sender)

    # The whole.

    def forget_bus(self) -> list[Delivery]:
        """The bus goes, and with it every neuron and its wiring. `open_bus` follows a little later."""
        silenced = [delivery for neuron in list(self.registry.neurons) for delivery in self.unregister(neuron)]
        self.patch.drop(BUS)
        self.registry.clear()
        self.bus_id = 0
        return silenced

    def open_bus(self) -> None:
        """There is a bus again, a new one."""
        self.registry.clear()
        self.bus_id, self.osc_bus_id = next(_ids), next(_ids)

    def reset(self) -> list[Delivery]:
        """Empty the session: the bus and every device go, and the wiring that is not kept."""
        silenced = self.forget_bus()
        for name in list(self.devices):
            silenced += self._silence(name)
            self.kill(name)
        self.wishes = [wish for wish in self.wishes if wish.keep]
        self._created.clear()
        return silenced
