"""A loop through a running session: a neuron of our own, one parameter of it linked to another.

Both are parameters of one neuron, and the link is raw (measured on Nallely 0.7.0: what is sent on one comes back on the
other, also where it is the same value again).
"""

import contextlib
from contextlib import ExitStack
from typing import Final, Self

from nallely_midibridge.connector import NallelyService
from nallely_midibridge.edges.loop import Ear
from nallely_midibridge.edges.neuron_locks import NeuronLocks
from nallely_midibridge.edges.registrar import tell_unregister
from nallely_midibridge.trevor import Path, SessionDevice, TrevorClient, TrevorError
from nallely_midibridge.values.errors import LoopError
from nallely_midibridge.values.mapping import Bus, Neuron

NEURON: Final = "latency"
OUT, BACK = "out", "back"
LIMITS: Final = {"min": 0.0, "max": 127.0}
ANSWERS_WITHIN: Final = 3.0
"""Seconds that the bus, and Trevor, are given to be there."""


class SessionLoop:
    """Registers the neuron at a bus, and leaves nothing of it. A context manager.

    Entering links the two parameters where Trevor answers, which ``trevor`` is the address of, if there is one:
    ``is_linked``. Otherwise somebody has to. Raises LoopError when no session answers or it has another neuron of the
    name, HeldError when this command runs a second time.
    """

    def __init__(self, bus: Bus, trevor: Bus | None) -> None:
        self._bus = bus
        self._trevor_at = trevor
        self._trevor: TrevorClient | None = None
        self._ear = Ear()
        self.is_linked = False

    @property
    def where(self) -> str:
        return f"from {NEURON}_{OUT} to {NEURON}_{BACK} at {self._bus.url}"

    @property
    def advice(self) -> str:
        if self._ear.heard_another:
            return "other values came; link the two raw, without scaling, and nothing else to the second"
        return "link the two in Nallely"

    def once(self, number: int) -> int | None:
        value = float(1 + number % 127)
        if not self._service.registered:
            raise LoopError(f"the session at {self._bus.url} is gone: {self._service.trouble}")
        return self._ear.time(value, lambda: self._service.send(OUT, value))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            locks = stack.enter_context(NeuronLocks("nallely-midibridge latency"))
            locks.take([Neuron(NEURON, self._bus)])
            self._find_trevor(stack)
            self._register(stack)
            self.is_linked = self._link()
            self._leave = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.close()

    def _find_trevor(self, stack: ExitStack) -> None:
        if self._trevor_at is None:
            return
        at = self._trevor_at
        trevor = TrevorClient(at.url, lambda _: None, ca_file=at.ca_file, headers=dict(at.headers))
        trevor.start()
        stack.callback(trevor.close)
        with contextlib.suppress(TrevorError):
            neuron = trevor.wait_for(lambda state: True, ANSWERS_WITHIN).neuron(NEURON)
            self._trevor = trevor
            if neuron is not None and not _is_ours(neuron):
                raise LoopError(f"the session has another neuron {NEURON!r}; take that one away first")

    def _register(self, stack: ExitStack) -> None:
        self._service = NallelyService(
            "external",
            NEURON,
            {OUT: LIMITS, BACK: LIMITS},
            {},
            self._bus.url,
            lambda _: None,
            ca_file=self._bus.ca_file,
            headers=dict(self._bus.headers),
        )
        self._service.onvalue = self._hear
        self._service.start()
        if not self._service.wait(ANSWERS_WITHIN):
            trouble = self._service.trouble
            self._service.dispose()
            raise LoopError(f"no session answers at {self._bus.url}{f': {trouble}' if trouble else ''}")
        stack.callback(self._unregister)

    def _link(self) -> bool:
        if self._trevor is None:
            return False
        neuron = self._trevor.wait_for(lambda state: state.neuron(NEURON), ANSWERS_WITHIN).neuron(NEURON)
        assert neuron is not None
        self._trevor.associate(_path(neuron, OUT), _path(neuron, BACK), scaler=False)
        return True

    def _unregister(self) -> None:
        """The connection goes first: a value after it, or a new connection, would leave a ghost of the neuron."""
        self._service.dispose()
        if self._trevor is not None:
            with contextlib.suppress(TrevorError):
                self._trevor.unregister(NEURON)
                return
        with contextlib.suppress(OSError):  # the session went, and the neuron with it
            tell_unregister(self._bus, NEURON)

    def _hear(self, parameter: str, value: float) -> None:
        if parameter == BACK:
            self._ear.hear(value)


def _is_ours(neuron: SessionDevice) -> bool:
    return {parameter.name for parameter in neuron.parameters} == {f"{NEURON}_{OUT}", f"{NEURON}_{BACK}"}


def _path(neuron: SessionDevice, parameter: str) -> Path:
    return next(neuron.path(port) for port in neuron.parameters if port.name == f"{NEURON}_{parameter}")
