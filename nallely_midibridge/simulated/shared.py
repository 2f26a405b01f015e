"""The simulated session as its threads share it: one lock, and who is told of what."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from nallely_midibridge.simulated.happenings import Delivery, Happening, ProbeValue, ValueReceived
from nallely_midibridge.simulated.session import Session

LONGEST_RECORD = 100_000

Item = TypeVar("Item")


class SharedSession:
    """A `Session` under a lock.

    ``observe`` is told of everything in the order it happens on one thread, by the thread that made it happen and
    without the lock; it must neither raise nor stop the simulation.
    """

    def __init__(self, observe: Callable[[Happening], None] | None = None) -> None:
        self.condition = threading.Condition()
        """Holds the lock; notified after every change."""
        self.received: list[ValueReceived] = []
        """Every value that came in, oldest first; the oldest half goes when it grows very long."""
        self.ignored: list[bytes | str] = []
        """Every message that was no value, likewise."""
        self.deliver: Callable[[ProbeValue], None] = _nobody
        """Sends a value to a neuron's clients. Set by the bus."""
        self.announce: Callable[[], None] = _nobody
        """Tells Trevor's clients of a change. Set by Trevor."""
        self.session = Session()
        """To look at it hold the lock; to change it use `open`."""
        self._observe: Callable[[Happening], None] = observe or _nobody

    @contextlib.contextmanager
    def open(self) -> Iterator[Session]:
        """The session, to be changed in the block. Nothing is sent inside it."""
        with self.condition:
            yield self.session
            self.condition.notify_all()

    def wait_for(self, predicate: Callable[[], object], timeout: float | None) -> bool:
        """Wait until something is so, looking after every change. False if it is not in time."""
        with self.condition:
            return bool(self.condition.wait_for(predicate, timeout))

    def receive(self, value: ValueReceived) -> None:
        """A client sent a value: let it through the patch."""
        with self.open() as session:
            _record(self.received, value)
            deliveries = session.receive(*value)
        self._observe(value)
        self.perform(deliveries)

    def ignore(self, message: bytes | str) -> None:
        """A client sent something that is no value."""
        with self.open():
            _record(self.ignored, message)

    def perform(self, deliveries: Iterable[Delivery]) -> None:
        """Send what came out of the patch."""
        for delivery in deliveries:
            self._observe(delivery)
            if isinstance(delivery, ProbeValue):
                self.deliver(delivery)


def _record(kept: list[Item], item: Item) -> None:
    if len(kept) >= LONGEST_RECORD:
        del kept[: LONGEST_RECORD // 2]
    kept.append(item)


def _nobody(*_: object) -> None:
    """Nobody is told."""
