"""A small simulated Nallely on this machine: a WebSocket Bus, a Trevor server, an LFO and a synth.

Threads: one listener for the bus and one for Trevor, three for each client of either (its messages, the library's
reader and keepalive), and the clock that steps the LFOs. All are named and all have ended when the ``with`` block has.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from nallely_midibridge.simulated.bus import Bus
from nallely_midibridge.simulated.devices import Lfo, Synth
from nallely_midibridge.simulated.happenings import Happening, ValueReceived
from nallely_midibridge.simulated.patch import WithScaler
from nallely_midibridge.simulated.shared import SharedSession
from nallely_midibridge.simulated.trevor import Trevor

BUS_DELAY = 1.0
"""Seconds a reset leaves the session without a bus."""


class SimulatedNallely:
    """Behaves as Nallely 0.7.0 does at its bus and its Trevor server; use in a ``with`` block.

    A parameter is named as a person names it: ``keys.voice1`` for a neuron's, ``LFO1.output``, ``LFO1.speed``,
    ``synth.keys``. ``observe`` is told of every value and note, from several threads: see `SharedSession`. Ports of
    0 pick free ones.
    """

    def __init__(
        self,
        observe: Callable[[Happening], None] | None = None,
        *,
        port: int = 0,
        trevor_port: int = 0,
        trevor: bool = True,
        bus_delay: float = BUS_DELAY,
    ) -> None:
        self.synth = Synth("synth", section="keys")
        self.lfo = Lfo("LFO1")
        self.bus_delay = bus_delay
        self._shared = SharedSession(observe)
        self.bus = Bus(self._shared, port)
        """For what is seldom needed: `Bus.send` sends any message, garbage too, to a neuron's clients."""
        self.trevor = Trevor(self._shared, self.unregister, self.reset, trevor_port)
        self._with_trevor = trevor
        self._clock = threading.Thread(target=self._run_clock, name="simulated clock")
        self._bus_lock = threading.RLock()
        self._leaving = False
        self._furnish()

    def __enter__(self) -> Self:
        self.bus.start()
        try:
            if self._with_trevor:
                self.trevor.start()
        except OSError:
            self.bus.stop()
            raise
        self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._shared.open():
            self._leaving = True
        self.trevor.stop()
        self.bus.stop()
        self._clock.join()

    # What a test or a demonstration looks at.

    @property
    def address(self) -> str:
        """``HOST:PORT`` of the bus."""
        return self.bus.address

    @property
    def trevor_address(self) -> str:
        """``HOST:PORT`` of Trevor."""
        return self.trevor.address

    @property
    def received(self) -> list[ValueReceived]:
        """Every value that clients sent, as (neuron, parameter, value); to be read, not changed."""
        return self._shared.received

    @property
    def ignored(self) -> list[bytes | str]:
        """Every message of a client that was no value."""
        return self._shared.ignored

    @property
    def bus_is_open(self) -> bool:
        """Whether the session has a bus that listens; it has none for a while after a reset."""
        return self.bus.is_open

    def parameters(self, neuron: str) -> list[str]:
        """The names a neuron has registered; empty when it is not known."""
        with self._shared.condition:
            return [parameter.name for parameter in self._shared.session.registry.neurons.get(neuron, ())]

    def wait_for(self, predicate: Callable[[], object], timeout: float = 15.0) -> bool:
        """Wait until something is so, looking after every value, note, registration and client that comes or goes.

        False if it is not so in time.
        """
        return self._shared.wait_for(predicate, timeout)

    def wait_for_neuron(self, neuron: str, timeout: float = 15.0) -> bool:
        """Wait until a neuron is registered and a client of its is there to receive."""
        return self.wait_for(lambda: self.parameters(neuron) and self.bus.clients(neuron), timeout)

    # What a musician does.

    def link(self, source: str, destination: str, with_scaler: WithScaler = True, *, keep: bool = False) -> None:
        """Wire two parameters; what is not registered yet is wired when it registers.

        With ``keep`` the link is made again whenever it was lost with the neuron or the bus, and a reset puts the
        synth and the LFO back, as a musician would who loads the patch again. Wiring twice makes two links.
        """
        with self._shared.open() as session:
            session.link(session.end(source), session.end(destination), with_scaler, keep)
        self._shared.announce()

    def unlink(self, source: str, destination: str) -> None:
        """Undo `link`."""
        with self._shared.open() as session:
            deliveries = session.unlink(session.end(source), session.end(destination))
        self._shared.perform(deliveries)
        self._shared.announce()

    def feed(self, destination: str, value: float) -> None:
        """Send one value to a probe (or to a parameter of the LFO), as if something were patched to it."""
        with self._shared.open() as session:
            deliveries = session.feed(session.end(destination), value)
        self._shared.perform(deliveries)

    def set_lfo_speed(self, speed: float) -> None:
        """Cycles a second of LFO1."""
        self.feed("LFO1.speed", speed)

    def unregister(self, neuron: str) -> None:
        """Forget a neuron and close its clients (1000)."""
        self.bus.unregister(neuron)

    def haunt(self, neuron: str) -> None:
        """Leave a ghost: the next registration of that name is skipped in silence, until the next reset.

        The real session gets one from a client that leaves before it registers, and from a value that reaches a
        probe over a doubled link after the neuron was unregistered. Raises ValueError for a registered neuron.
        """
        with self._shared.open() as session:
            if neuron in session.registry.neurons:
                raise ValueError(f"{neuron} is registered")
            session.registry.attach(neuron)

    # What happens to a session.

    def drop_clients(self) -> None:
        """Cut every connection to the bus without a close frame, as a failing network does. Nothing is forgotten."""
        self.bus.drop_clients()

    def stop_bus(self, *, abruptly: bool = False) -> None:
        """Close the bus: its clients are closed (1000) or, abruptly, cut; neurons and their wiring are forgotten."""
        with self._bus_lock:
            self.bus.stop(abruptly=abruptly)
            with self._shared.open() as session:
                deliveries = session.forget_bus()
            self._shared.perform(deliveries)
            self._shared.announce()

    def start_bus(self) -> None:
        """Open the bus again, on the same port."""
        with self._bus_lock:
            with self._shared.open() as session:
                session.open_bus()
                self.bus.start()
            self._shared.announce()

    def reset(self) -> None:
        """Empty the session, as Trevor's ``reset_all``; the bus is back after ``bus_delay`` seconds."""
        with self._bus_lock:
            with self._shared.open() as session:
                deliveries = session.reset()
            self._shared.perform(deliveries)
            self._shared.announce()
            self.bus.stop()
            if self._shared.wait_for(lambda: self._leaving, self.bus_delay):
                return
            with self._shared.open() as session:
                session.open_bus()
                if session.wishes:
                    self._furnish()
                self.bus.start()

    def _furnish(self) -> None:
        with self._shared.open() as session:
            session.add(self.lfo)
            session.add(self.synth)

    # The clock.

    def _run_clock(self) -> None:
        while not self._leaving:
            with self._shared.condition:
                session = self._shared.session
                now = time.monotonic()
                due = session.next_at(now)
                if due is None or due > now:
                    self._shared.condition.wait(None if due is None else due - now)
                    continue
                deliveries = session.advance(now)
                self._shared.condition.notify_all()
            self._shared.perform(deliveries)
