"""MIDI's own words: status bytes, controllers, note names, 14-bit values.

Channels are 0-15 here and everywhere inside; people read and write 1-16, and the conversion is made where
the mapping file is read and where text for people is written. Numbers are from the MIDI 1.0 Detailed
Specification (4.2.1), tables I to III.
"""

import re
from typing import Final

NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
POLY_PRESSURE: Final = 0xA0
CONTROL_CHANGE: Final = 0xB0
PROGRAM_CHANGE: Final = 0xC0
CHANNEL_PRESSURE: Final = 0xD0
PITCH_BEND: Final = 0xE0
SYSTEM: Final = 0xF0
"""From here up a status byte is a system message and carries no channel."""

DATA_MAX: Final = 127
"""Data bytes have their top bit clear."""

SUSTAIN: Final = 64
SOSTENUTO: Final = 66
PEDAL_DOWN: Final = 64
"""A pedal controller is down from this value up (table III: 0-63 off, 64-127 on)."""

ALL_SOUND_OFF: Final = 120
RESET_ALL_CONTROLLERS: Final = 121
ALL_NOTES_OFF: Final = 123
OMNI_OFF: Final = 124
"""From here to 127 the mode messages; each one also means all notes off (page 20 of the specification)."""

CHANNELS: Final = range(16)
BEND_CENTRE: Final = 8192
BEND_MAX: Final = 16383

DATA_LENGTH: Final = {
    NOTE_OFF: 2,
    NOTE_ON: 2,
    POLY_PRESSURE: 2,
    CONTROL_CHANGE: 2,
    PROGRAM_CHANGE: 1,
    CHANNEL_PRESSURE: 1,
    PITCH_BEND: 2,
}
"""How many data bytes follow each channel voice status."""

MidiMessage = tuple[int, ...]
"""One whole message: a status byte and its data bytes."""

_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NOTE = re.compile(r"([A-Ga-g])([#b♯♭]?)(-?\d)")
_SEMITONES: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


def note_name(note: int) -> str:
    """The name of note 0-127 with C4 = 60: ``60 -> 'C4'``, ``0 -> 'C-1'``."""
    return f"{_NAMES[note % 12]}{note // 12 - 1}"


def note_number(text: str) -> int:
    """The number 0-127 of a note written as a name (``C4``, ``F#2``, ``Bb-1``) or as a number.

    Raises ValueError when it is neither, or outside 0-127.
    """
    if text.isascii() and text.isdecimal():
        number = int(text)
    else:
        match = _NOTE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a note; write a name such as C4 or F#2 (C4 = 60), or 0 to 127")
        letter, accidental, octave = match.groups()
        number = 12 * (int(octave) + 1) + _SEMITONES[letter.upper()] + _ACCIDENTALS[accidental]
    if not 0 <= number <= 127:
        raise ValueError(f"note {text} is outside 0 to 127 (C-1 to G9)")
    return number


def bend_position(bend: int) -> float:
    """The position 0-1 of a 14-bit pitch bend 0-16383; the centre, 8192, is exactly 0.5 and both ends are reached."""
    if bend <= BEND_CENTRE:
        return bend / (2 * BEND_CENTRE)
    return 0.5 + (bend - BEND_CENTRE) / (2 * (BEND_MAX - BEND_CENTRE))


def bend_value(position: float) -> int:
    """The 14-bit pitch bend nearest to a position 0-1: the inverse of `bend_position`."""
    if position <= 0.5:
        return round(position * 2 * BEND_CENTRE)
    return BEND_CENTRE + round((position - 0.5) * 2 * (BEND_MAX - BEND_CENTRE))
