"""The bridge as every benchmark runs it: one mapping, on the MIDI system it is given."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.stamped import StampedSystem
from nallely_midibridge.bridge import Bridge, Observe
from nallely_midibridge.cli.run import SWITCH_EVERY
from nallely_midibridge.mapping_file import load_text

NEURON: Final = "keys"
KEYBOARD: Final = "Keyboard"
DAW: Final = "Nallely"
CONTROLLER: Final = 20
"""The controller of the first probe, and those of the seven others after it."""

_MAPPING: Final = f"""
nallely: {{bus: "ws://127.0.0.1:PORT"}}
ports:
  keyboard: {KEYBOARD}
  daw: {{virtual: {DAW}, rate: RATE}}
neurons:
  {NEURON}:
    voices:
      voice: {{from: keyboard, count: 16, retrigger_gap: 0ms}}
    probes:
      mon{{1..8}}: {{to: daw, cc: "{{20..27}}", range: [0, 127]}}
"""
PORTS: Final = 2
MOST: Final = 100_000
"""The highest rate there is."""


def mapping_text(port: int, rate: int = MOST) -> str:
    """No velocity, so a note is one frame; no gap, so no note waits; a rate that merges as few values as can be."""
    return _MAPPING.replace("PORT", str(port)).replace("RATE", str(rate))


@contextmanager
def bridge_at(port: int, system: StampedSystem, observe: Observe | None = None) -> Iterator[None]:
    """A bridge with its ports open, registered with the server and with its voices zeroed."""
    with Bridge(load_text(mapping_text(port)), lambda: system, observe) as bridge, _switching_as_the_daemon():
        while not bridge.is_registered(NEURON) or system.opened < PORTS:
            time.sleep(0.001)
        time.sleep(0.05)  # the zeros follow the registration
        yield


@contextmanager
def _switching_as_the_daemon() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_EVERY)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
