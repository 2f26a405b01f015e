"""That the stage of the faults accuses nobody in the wrong: what it cannot know it does not count."""

from collections.abc import Sequence

from nallely_midibridge.edges.memory_system import MemorySystem
from tests.faults.keyboard import CONTROL, CUTOFF, WIDE
from tests.faults.tap import Tap


def turned_to(value: int) -> Sequence[int]:
    return CONTROL | WIDE, CUTOFF, value


def test_a_knob_turned_while_a_bridge_stops_is_in_doubt_until_it_is_turned_again() -> None:
    system = MemorySystem()
    keyboard = system.plug("keys")
    tap = Tap(lambda: system)

    def stop_at_44(message: Sequence[int]) -> None:
        tap.is_heard = tap.is_heard and message[2] != 44

    port = tap.find_system().open_input("keys", stop_at_44)
    keyboard.send(*turned_to(27))
    assert tap.keyboard.positions == {"cutoff": 27}
    keyboard.send(*turned_to(44))
    keyboard.send(*turned_to(45))
    assert tap.keyboard.positions == {}
    tap.is_heard = True
    keyboard.send(*turned_to(46))
    assert tap.keyboard.positions == {"cutoff": 46}
    port.close()
