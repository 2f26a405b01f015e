"""What the bridge costs while nothing happens."""

import time
from typing import NamedTuple

from devices import Keyboard
from machine import cpu_seconds, memory, wake_ups
from programs import CONFIG, daemon
from report import check, finish, note
from session import Session

SECONDS = 20
AT_MOST = 5.0
"""Wake-ups a second. The processor's time is told, and not judged: an emulated one takes many times a real one's, and
ten times more when its host is busy."""
KEYBOARD = Keyboard("Arturia KeyStep 37")


class Cost(NamedTuple):
    """The share of one processor, and the wake-ups a second."""

    share: float
    wake_ups: float

    def __str__(self) -> str:
        return f"{self.wake_ups:.1f} a second, {self.share:.2%} of one processor"


def cost(pid: int) -> Cost:
    """What a process takes, over some seconds."""
    time.sleep(3)
    seconds, woken, began = cpu_seconds(pid), wake_ups(pid), time.monotonic()
    time.sleep(SECONDS)
    took = time.monotonic() - began
    return Cost((cpu_seconds(pid) - seconds) / took, (wake_ups(pid) - woken) / took)


KEYBOARD.plug()
with daemon(CONFIG / "keyboard.yaml") as bridge:
    bridge.wait_for("is open (input)")
    note(f"no session, keyboard open: wakes up {cost(bridge.pid)} (it tries to connect every second)")
    with Session("keys") as session:
        session.nallely.wait_for_neuron("keys", 20)
        idle = cost(bridge.pid)
        check(
            f"session and keyboard there: wakes up at most {AT_MOST:g} times a second", idle.wake_ups <= AT_MOST, idle
        )
        note(f"resident memory {memory(bridge.pid)} KiB")
        KEYBOARD.unplug()
        note(f"keyboard gone: wakes up {cost(bridge.pid)}")
    bridge.stop()
began = time.process_time()
for _ in range(1_000_000):
    pass
note(f"for scale: a million empty turns of a loop take {time.process_time() - began:.3f} s here")
finish()
