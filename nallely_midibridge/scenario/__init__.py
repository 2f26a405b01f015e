"""Scenarios: what happens to a mapping and what is to come of it, as text that a musician can read.

docs/scenarios.md has the words.
"""

from nallely_midibridge.scenario.comparison import agrees, side_by_side, transcript
from nallely_midibridge.scenario.performance import perform
from nallely_midibridge.scenario.script import Script, is_mapping, read_script

__all__ = ["Script", "agrees", "is_mapping", "perform", "read_script", "side_by_side", "transcript"]
