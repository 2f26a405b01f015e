"""What comes out, in the words of a scenario: ``n.voice1 = 60``, ``daw: CC 20 = 64`` or ``says: …``."""

import math
import re
from typing import Final

from nallely_midibridge.scenario.midi_words import message_of, message_words
from nallely_midibridge.values.effects import Effect, Report, SendMidi, SendValue

VALUE: Final = re.compile(r"([^.:\s]+)\.(\S+?) ?= ?(\S+)")
PLACE: Final = re.compile(r"([^:]+): (.+)")
_SAYS: Final = "says: "

Heard = SendValue | SendMidi | Report


def effect_words(effect: Effect) -> str:
    """What an effect is called; values have six digits."""
    match effect:
        case SendValue(neuron, parameter, value):
            return f"{neuron}.{parameter} = {value:.6g}"
        case SendMidi(port, message):
            return f"{port}: {message_words(message)}"
        case Report(text):
            return f"{_SAYS}{text}"
    raise AssertionError(effect)


def effect_of(words: str) -> Heard:
    """The effect that words say. Raises ValueError with a sentence."""
    if words.startswith(_SAYS):
        return Report(words.removeprefix(_SAYS))
    if value := VALUE.fullmatch(words):
        return SendValue(value[1], value[2], number(value[3]))
    if place := PLACE.fullmatch(words):
        return SendMidi(place[1], message_of(place[2]))
    raise ValueError(
        f"'> {words}' is nothing that comes out; "
        "write such as '> neuron.voice1 = 60', '> daw: CC 20 = 64' or '> says: …'"
    )


def number(text: str) -> float:
    """A value. Raises ValueError with a sentence."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise ValueError(f"a value is a number, not {text!r}")
    return value
