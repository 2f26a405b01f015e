"""What the demo's keyboard plays: four bars of broken chords, a turning knob and a wheel."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from nallely_midibridge.values import midi
from nallely_midibridge.values.midi import MidiMessage

CHORDS: Final = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 55, 60, 64), (55, 59, 62, 67, 71))
"""A minor, F, C and G; the last has five keys for four voices, so the oldest is stolen."""

BAR: Final = 2.0
STRUM: Final = 0.15
HOLD: Final = 1.6
KNOB_STEP: Final = 0.05
CUTOFF: Final = 74


class Played(NamedTuple):
    """A message and when it is played, in seconds from the beginning."""

    at: float
    message: MidiMessage


def phrase() -> list[Played]:
    """One round of the phrase, in order."""
    played = [*_chords(), *_knob(), *_wheel()]
    return sorted(played, key=lambda p: p.at)


def length() -> float:
    """Seconds from one round to the next."""
    return BAR * len(CHORDS)


def _chords() -> Iterator[Played]:
    for bar, chord in enumerate(CHORDS):
        for step, note in enumerate(chord):
            at = bar * BAR + step * STRUM
            yield Played(at, (midi.NOTE_ON, note, 60 + 13 * step))
            yield Played(bar * BAR + HOLD + 0.02 * step, (midi.NOTE_OFF, note, 0))


def _knob() -> Iterator[Played]:
    for step in range(round(length() / KNOB_STEP)):
        turn = 0.5 - 0.5 * math.cos(2 * math.pi * step * KNOB_STEP / length())
        yield Played(step * KNOB_STEP, (midi.CONTROL_CHANGE, CUTOFF, round(127 * turn)))


def _wheel() -> Iterator[Played]:
    """A bend up and back in the last bar."""
    for step in range(21):
        bend = midi.bend_value(0.5 + 0.5 * math.sin(math.pi * step / 20))
        yield Played(3 * BAR + 0.8 + step * 0.03, (midi.PITCH_BEND, bend & 0x7F, bend >> 7))
