"""The bridge as every benchmark runs it: one mapping on in-process ports."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from nallely_midibridge.bridge import Bridge, Observe
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.mapping_file import load_text

NEURON: Final = "keys"
KEYBOARD: Final = "Keyboard"

MAPPING: Final = """
nallely: {bus: "ws://127.0.0.1:PORT"}
ports:
  keyboard: Keyboard
  daw: {virtual: Nallely, rate: 100000}
neurons:
  keys:
    voices:
      voice: {from: keyboard, count: 16, retrigger_gap: 0ms}
    probes:
      mon{1..8}: {to: daw, cc: "{20..27}", range: [0, 127]}
"""
"""No velocity, so a note is one frame; no gap, so no note waits; a rate that merges as few values as can be."""


@contextmanager
def bridge_at(port: int, observe: Observe | None = None) -> Iterator[MemorySystem]:
    """A bridge on in-process ports, registered with the server and with its voices zeroed."""
    system = MemorySystem()
    system.plug(KEYBOARD)
    with Bridge(load_text(MAPPING.replace("PORT", str(port))), lambda: system, observe) as bridge:
        while not bridge.is_registered(NEURON):
            time.sleep(0.001)
        time.sleep(0.05)  # the zeros follow the registration
        yield system
