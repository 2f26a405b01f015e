"""What every route of a probe does, whatever it becomes on its port."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Final

from nallely_midibridge.core.agenda import Task
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.pace import Pace
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import ProbeRoute

NEXT_TO_NOTHING: Final = 1e-300
"""What is not above this is not above 0: Nallely sends 2.2e-308 where it has NaN (measured on 0.7.0)."""

Schedule = Callable[[float, Task], None]
"""Has a task done at a time; none is ever taken back."""
Listener = Callable[[float, float], list[Effect]]
"""Takes a value of a parameter, any float but NaN, and the time."""


class Probe(ABC):
    """One route of a probe: what it wants to be heard, and what the port was sent."""

    def __init__(self, route: ProbeRoute, lane: Lane) -> None:
        self.route = route
        self.pace = Pace(route.rate) if route.rate else None
        self.lane = lane

    @property
    def listeners(self) -> Iterator[tuple[str, Listener]]:
        """The parameters whose values this route is about, and what takes them."""
        yield self.route.parameter, self.receive

    @abstractmethod
    def receive(self, value: float, now: float) -> list[Effect]:
        """The session sent a value: any float but NaN."""

    @abstractmethod
    def release(self, now: float) -> list[Effect]:
        """The source of the values is gone: end what sounds or runs."""

    def silence(self, now: float) -> list[Effect]:
        """Somebody wants silence: end what sounds."""
        return self.release(now)

    def leave(self, now: float) -> list[Effect]:
        """The route is gone: end what sounds or runs, and send nothing more."""
        return self.release(now)

    @abstractmethod
    def port_opened(self, now: float) -> list[Effect]:
        """The port is there, and knows nothing: it is told the present state."""
