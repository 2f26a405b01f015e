"""A small simulated Nallely, for `nallely-midibridge demo` and as the far end in tests.

Proved against a recording of Nallely 0.7.0 in ``tests/test_simulated_real.py``.
"""

from nallely_midibridge.simulated.happenings import Happening, ProbeValue, SynthNote, ValueReceived
from nallely_midibridge.simulated.nallely import SimulatedNallely

__all__ = ["Happening", "ProbeValue", "SimulatedNallely", "SynthNote", "ValueReceived"]
