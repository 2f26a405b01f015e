"""MIDI's own words: status bytes, controllers, note names, 14-bit values.

Channels are 0-15 here and everywhere inside; people read and write 1-16, and the conversion is made where
the mapping file is read and where text for people is written. Numbers are from the MIDI 1.0 Detailed
Specification (4.2.1), tables I to III.
"""

import re
from collections.abc import Sequence
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

FINE_ABOVE: Final = 32
"""Controllers 32-63 are the fine halves of 0-31 (table III)."""

DATA_ENTRY: Final = 6
DATA_ENTRY_FINE: Final = 38
DATA_INCREMENT: Final = 96
DATA_DECREMENT: Final = 97
NRPN_FINE: Final = 98
NRPN: Final = 99
RPN_FINE: Final = 100
RPN: Final = 101
"""The controllers of registered and non-registered parameters (table III; the coarse one has the plain name)."""
NULL_PARAMETER: Final = 16383
"""Selecting this number selects none: data entry means nothing until the next."""

TIMBRE: Final = 74
"""Brightness (table III); the third dimension of an MPE key."""
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

PANIC: Final = tuple(
    (CONTROL_CHANGE | channel, controller, 0) for channel in CHANNELS for controller in (ALL_NOTES_OFF, ALL_SOUND_OFF)
)
"""What ends every note on a port: let go of all, which some devices do not obey while a pedal is down, then cut."""

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

CHANNEL_LENGTH: Final = {kind | channel: 1 + length for kind, length in DATA_LENGTH.items() for channel in range(16)}
"""How many bytes a channel voice message has in all, by its status byte."""

NUMBERED: Final = (NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL_CHANGE)
"""Kinds of message whose first data byte is a note or a controller."""

CLOCK: Final = 0xF8
START: Final = 0xFA
CONTINUE: Final = 0xFB
STOP: Final = 0xFC
CLOCKS_PER_BEAT: Final = 24
"""Real-time messages (table V), and how many clocks make a quarter note."""
SONG_POSITION: Final = 0xF2
"""A system common message (table VI): where to go on from, in sixteenth notes, 14 bits."""

SYSTEM_DATA_LENGTH: Final = {CLOCK: 0, START: 0, CONTINUE: 0, STOP: 0, SONG_POSITION: 2}
"""How many data bytes follow the system messages that routes can use."""

SYSTEM_NAMES: Final = {
    0xF0: "a system exclusive message",
    0xF1: "MIDI time code",
    0xF2: "song position",
    0xF3: "song select",
    0xF6: "a tune request",
    0xF7: "the end of a system exclusive message",
    0xF8: "clock",
    0xFA: "start",
    0xFB: "continue",
    0xFC: "stop",
    0xFE: "active sensing",
    0xFF: "a system reset",
}
"""System messages (table V and VI), for people."""

MidiMessage = tuple[int, ...]
"""One whole message: a status byte and its data bytes."""

Address = tuple[int, int]
"""What a message is about: its status byte with the channel, and the note or controller (0 where it has none)."""

Selection = tuple[int, int]
"""A parameter: `NRPN` or `RPN`, by the coarse selecting controller, and its number 0-16383."""

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


def is_whole(message: Sequence[int]) -> bool:
    """Whether this is one whole channel voice message; system messages and fragments are not."""
    if not message or len(message) != CHANNEL_LENGTH.get(message[0]):
        return False
    return message[1] <= DATA_MAX and message[-1] <= DATA_MAX  # two data bytes at most; faster than max() of them


def is_whole_system(message: Sequence[int]) -> bool:
    """Whether this is one whole message of the system that a route can use."""
    if not message or len(message) != 1 + SYSTEM_DATA_LENGTH.get(message[0], -1):
        return False
    return all(byte <= DATA_MAX for byte in message[1:])


def fault(message: Sequence[int]) -> str:
    """What kind of message this is that no route uses, for people: ``clock``, ``a cut message``."""
    if not message:
        return "an empty message"
    status = message[0]
    if status < NOTE_OFF:
        return "data without a status byte"
    if status >= SYSTEM:
        return SYSTEM_NAMES.get(status, "an undefined system message")
    if any(byte > DATA_MAX for byte in message[1:]):
        return "a message with a broken data byte"
    return "a cut message" if len(message) <= DATA_LENGTH[status & 0xF0] else "a message with too many bytes"


def split(message: Sequence[int]) -> tuple[Address, int]:
    """A whole channel voice message as what it is about and its value 0-127 (of a pitch bend, the coarse half)."""
    status, first, last = message[0], message[1], message[-1]
    return ((status, first) if status & 0xF0 in NUMBERED else (status, 0)), last


def starts_note(message: Sequence[int]) -> bool:
    """Whether this is a note on; one with velocity 0 is a note off (page 10 of the specification)."""
    return message[0] & 0xF0 == NOTE_ON and message[2] > 0


def ends_note(message: Sequence[int]) -> bool:
    """Whether this is a note off, in either spelling."""
    kind = message[0] & 0xF0
    return kind == NOTE_OFF or (kind == NOTE_ON and message[2] == 0)


def lets_go(message: Sequence[int]) -> bool:
    """Whether this ends something held: a note off, a pedal going up, or a message that ends all notes."""
    if message[0] & 0xF0 != CONTROL_CHANGE:
        return ends_note(message)
    controller = message[1]
    return controller >= ALL_SOUND_OFF or (controller in (SUSTAIN, SOSTENUTO) and message[2] < PEDAL_DOWN)


def selects(message: Sequence[int]) -> bool:
    """Whether this is half of the number of an RPN or NRPN; without it, what follows would be about another."""
    return message[0] & 0xF0 == CONTROL_CHANGE and NRPN_FINE <= message[1] <= RPN


def subject(message: Sequence[int]) -> str:
    """What a channel voice message is about, for people: ``CC 20 on channel 1``, ``note C4 on channel 10``."""
    status, number = message[0], message[1]
    names = {
        NOTE_OFF: f"note {note_name(number)}",
        NOTE_ON: f"note {note_name(number)}",
        POLY_PRESSURE: f"pressure of {note_name(number)}",
        CONTROL_CHANGE: f"CC {number}",
        PROGRAM_CHANGE: "program",
        CHANNEL_PRESSURE: "pressure",
        PITCH_BEND: "pitch bend",
    }
    return f"{names[status & 0xF0]} on channel {(status & 0x0F) + 1}"


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
