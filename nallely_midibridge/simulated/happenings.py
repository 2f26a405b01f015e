"""What happens in the simulated session, as those who watch it are told."""

from typing import NamedTuple

FULL_VELOCITY = 127
"""The bus carries no velocity: every note a voice plays has this one, its note-off too."""


class ValueReceived(NamedTuple):
    """A client sent a value on one of its neuron's parameters."""

    neuron: str
    parameter: str
    value: float


class ProbeValue(NamedTuple):
    """The patch sent a value to a probe. ``sender`` is the parameter or the class of device it came from."""

    neuron: str
    parameter: str
    value: float
    sender: str = ""


class SynthNote(NamedTuple):
    """A synth got a note-on or a note-off."""

    synth: str
    on: bool
    note: int
    velocity: int = FULL_VELOCITY

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'} {self.note}"


Delivery = ProbeValue | SynthNote
"""What comes out of the patch."""

Happening = ValueReceived | ProbeValue | SynthNote
