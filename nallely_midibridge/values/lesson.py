"""What was learned of a control by moving it."""

from dataclasses import dataclass

from nallely_midibridge.values.handling import Encoding
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.source import Source


@dataclass(frozen=True, slots=True)
class Lesson:
    """One control: the ``source`` that a parameter follows it by, and the last ``message`` that showed it.

    * ``encoding`` is that of an endless encoder, None for any other control.
    * ``is_sure``: nothing that the control may still send makes it another.
    * ``corrects``: it was taken for something else before.
    * ``begins_channel``: a note, and the first of its channel, which voices may play.
    """

    source: Source
    message: MidiMessage
    encoding: Encoding | None = None
    is_sure: bool = True
    corrects: bool = False
    begins_channel: bool = False
