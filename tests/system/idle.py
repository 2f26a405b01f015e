"""What the bridge costs while nothing happens."""

import time

from devices import Keyboard
from machine import cpu_seconds, memory
from programs import CONFIG, daemon
from report import check, finish, note
from session import Session

SECONDS = 20
KEYBOARD = Keyboard("Arturia KeyStep 37")


def cost(pid: int) -> float:
    """Share of one processor, over some seconds."""
    time.sleep(3)
    before = cpu_seconds(pid)
    time.sleep(SECONDS)
    return (cpu_seconds(pid) - before) / SECONDS


KEYBOARD.plug()
with daemon(CONFIG / "keyboard.yaml") as bridge:
    bridge.wait_for("is open (input)")
    note(f"no session, keyboard open: {cost(bridge.pid):.2%} of one processor (it tries to connect every second)")
    with Session("keys") as session:
        session.nallely.wait_for_neuron("keys", 20)
        share = cost(bridge.pid)
        check("session and keyboard there: below 5 % of one processor", share < 0.05, f"{share:.2%}")
        note(f"resident memory {memory(bridge.pid)} KiB")
        KEYBOARD.unplug()
        note(f"keyboard gone: {cost(bridge.pid):.2%}")
    bridge.stop()
began = time.process_time()
for _ in range(1_000_000):
    pass
note(f"for scale: a million empty turns of a loop take {time.process_time() - began:.3f} s here")
finish()
