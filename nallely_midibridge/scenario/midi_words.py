"""MIDI messages in words: ``C4 on 100, channel 2``. Channel 1 is not said; C4 is note 60."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from nallely_midibridge.values import midi
from nallely_midibridge.values.midi import MidiMessage

_CHANNEL: Final = re.compile(r"(.*?)(?:, channel (\d+))?")
_BYTES: Final = re.compile(r"[0-9A-F]{2}(?: [0-9A-F]{2})*")
_SYSTEM: Final = {"clock": midi.CLOCK, "start": midi.START, "continue": midi.CONTINUE, "stop": midi.STOP}
_SYSTEM_WORDS: Final = {status: word for word, status in _SYSTEM.items()}

_NOTE = r"([A-Ga-g][#b]?-?\d|\d+)"
_NUMBER = r"(\d{1,9})"
_SONG_POSITION: Final = re.compile(rf"song position ?= ?{_NUMBER}")


def message_of(text: str) -> MidiMessage:
    """The message that words say. Raises ValueError with a sentence."""
    if text in _SYSTEM:
        return (_SYSTEM[text],)
    if _BYTES.fullmatch(text):
        return tuple(bytes.fromhex(text))
    if place := _SONG_POSITION.fullmatch(text):
        return _carried((midi.SONG_POSITION, int(place[1]) & 0x7F, int(place[1]) >> 7), text)
    match = _CHANNEL.fullmatch(text)
    assert match is not None
    channel = int(match[2] or 1)
    if not 1 <= channel <= 16:
        raise ValueError(f"a channel is from 1 to 16, not {channel}")
    for pattern, make in _FORMS.items():
        if found := re.fullmatch(pattern, match[1].strip()):
            status, *data = make(found)
            return _carried((status | (channel - 1), *data), text)
    raise ValueError(f"{text!r} is no MIDI message; write such as {EXAMPLES}")


def _carried(message: MidiMessage, text: str) -> MidiMessage:
    if not all(0 <= byte <= midi.DATA_MAX for byte in message[1:]):
        raise ValueError(f"{text!r} has a number that MIDI cannot carry")
    return message


EXAMPLES: Final = "'C4 on 100', 'C4 off', 'CC 74 = 64', 'bend = 8192', 'program = 5', 'clock' or '90 3C 64'"

_FORMS: Final[dict[str, Callable[[re.Match[str]], Sequence[int]]]] = {
    rf"{_NOTE} on {_NUMBER}": lambda m: (midi.NOTE_ON, midi.note_number(m[1]), int(m[2])),
    rf"{_NOTE} off": lambda m: (midi.NOTE_OFF, midi.note_number(m[1]), 0),
    rf"{_NOTE} off {_NUMBER}": lambda m: (midi.NOTE_OFF, midi.note_number(m[1]), int(m[2])),
    rf"CC {_NUMBER} ?= ?{_NUMBER}": lambda m: (midi.CONTROL_CHANGE, int(m[1]), int(m[2])),
    rf"bend ?= ?{_NUMBER}": lambda m: (midi.PITCH_BEND, int(m[1]) & 0x7F, int(m[1]) >> 7),
    rf"pressure ?= ?{_NUMBER}": lambda m: (midi.CHANNEL_PRESSURE, int(m[1])),
    rf"pressure of {_NOTE} ?= ?{_NUMBER}": lambda m: (midi.POLY_PRESSURE, midi.note_number(m[1]), int(m[2])),
    rf"program ?= ?{_NUMBER}": lambda m: (midi.PROGRAM_CHANGE, int(m[1])),
}


def message_words(message: Sequence[int]) -> str:
    """A message in words; what is no whole message, in hexadecimal."""
    if len(message) == 1 and message[0] in _SYSTEM_WORDS:
        return _SYSTEM_WORDS[message[0]]
    if message[:1] == (midi.SONG_POSITION,) and midi.is_whole_system(message):
        return f"song position = {message[1] | message[2] << 7}"
    if not midi.is_whole(message):
        return " ".join(f"{byte:02X}" for byte in message)
    channel = message[0] & 0x0F
    return _channel_words(message) + (f", channel {channel + 1}" if channel else "")


def _channel_words(message: Sequence[int]) -> str:
    kind, first, last = message[0] & 0xF0, message[1], message[-1]
    if kind == midi.NOTE_OFF:
        return f"{midi.note_name(first)} off" + (f" {last}" if last else "")
    match kind:
        case midi.NOTE_ON:
            return f"{midi.note_name(first)} on {last}"
        case midi.CONTROL_CHANGE:
            return f"CC {first} = {last}"
        case midi.PITCH_BEND:
            return f"bend = {first | last << 7}"
        case midi.POLY_PRESSURE:
            return f"pressure of {midi.note_name(first)} = {last}"
        case midi.CHANNEL_PRESSURE:
            return f"pressure = {last}"
        case _:
            return f"program = {last}"
