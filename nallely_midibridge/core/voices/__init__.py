"""A keyboard spread over voices: which key sounds on which voice, and for how long."""

from nallely_midibridge.core.voices.group import Group
from nallely_midibridge.core.voices.monophonic import Monophonic
from nallely_midibridge.core.voices.mpe import MpeVoices
from nallely_midibridge.core.voices.polyphonic import Polyphonic
from nallely_midibridge.core.voices.voice import Schedule
from nallely_midibridge.values.mapping import Allocation, VoiceBlock

__all__ = ["Group", "Schedule", "make_voices"]


def make_voices(neuron: str, block: VoiceBlock, schedule: Schedule) -> Group:
    """The voices of a block. ``schedule`` asks for their `Group.wake`."""
    if block.allocation in (Allocation.UNISON, Allocation.MONO):
        return Monophonic(neuron, block, schedule)
    if block.mpe is not None:
        return MpeVoices(neuron, block, block.mpe, schedule)
    return Polyphonic(neuron, block, schedule)
