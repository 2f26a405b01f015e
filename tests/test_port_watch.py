"""When the bridge looks for ports: at once where the MIDI system announces changes, now and then elsewhere."""

from collections.abc import Iterator, Sequence

import pytest

from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.edges.port_watch import PortWatch
from nallely_midibridge.edges.transport import Waker
from nallely_midibridge.values.errors import PortError
from nallely_midibridge.values.events import Event, PortLost, PortOpened
from nallely_midibridge.values.mapping import Mapping, Neuron, Port, VoiceBlock
from tests.waiting import wait_for

MAPPING = Mapping((Port("keys", input="Keys"),), (Neuron("n", voices=(VoiceBlock("v", ("v1",), "keys"),)),))
NEVER = 60.0


class AnnouncingSystem(MemorySystem):
    """Ports in memory that announce what comes and goes, as the ALSA sequencer does: also what we do ourselves."""

    def __init__(self) -> None:
        super().__init__()
        self.announcements = Waker()  # type: ignore[assignment]
        self.looks = 0
        self.refuses = False

    def announce(self) -> None:
        self.announcements.wake()  # type: ignore[attr-defined]

    def port_names(self, direction: object) -> list[str]:
        self.looks += 1
        return super().port_names(direction)  # type: ignore[arg-type]

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        self.announce()
        if self.refuses:
            raise PortError("busy")
        return super().open_input(name, receive)

    def close(self) -> None:
        self.announcements.close()  # type: ignore[attr-defined]


def ignore(port: str, message: Sequence[int]) -> None:
    """What comes in on a port is not looked at here."""


@pytest.fixture
def system() -> AnnouncingSystem:
    return AnnouncingSystem()


@pytest.fixture
def events(system: AnnouncingSystem, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Event]]:
    """What a watch tells that would by itself look once a minute."""
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_EVERY", NEVER)
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_ANYWAY", NEVER)
    told: list[Event] = []
    watch = PortWatch(MAPPING, lambda: system, ignore, told.append)
    watch.start()
    yield told
    watch.stop()


def test_a_device_that_is_announced_is_open_at_once_and_lost_at_once(
    system: AnnouncingSystem, events: list[Event]
) -> None:
    system.plug("Keys")
    system.announce()
    assert wait_for(lambda: [type(event) for event in events] == [PortOpened])
    system.unplug("Keys")
    system.announce()
    assert wait_for(lambda: [type(event) for event in events] == [PortOpened, PortLost])


def test_what_is_announced_before_it_is_ready_is_found_by_a_second_look(
    system: AnnouncingSystem, monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_EVERY", 0.05)
    before = system.looks
    system.announce()
    assert wait_for(lambda: system.looks > before)
    system.plug("Keys")
    assert wait_for(lambda: [type(event) for event in events] == [PortOpened])


def test_a_port_that_cannot_be_opened_is_not_tried_without_a_pause(
    system: AnnouncingSystem, events: list[Event]
) -> None:
    """Trying announces something by itself: without a pause it would go on as fast as it can."""
    system.refuses = True
    system.plug("Keys")
    before = system.looks
    system.announce()
    assert wait_for(lambda: system.looks > before)
    for _ in range(100):
        system.announce()
    assert not wait_for(lambda: system.looks - before > 2 * 2, timeout=0.3)


def test_a_changed_mapping_is_looked_for_at_once(system: AnnouncingSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_ANYWAY", NEVER)
    events: list[Event] = []
    watch = PortWatch(Mapping(), lambda: system, ignore, events.append)
    watch.start()
    system.plug("Keys")
    watch.change(MAPPING)
    assert wait_for(lambda: [type(event) for event in events] == [PortOpened])
    watch.stop()
