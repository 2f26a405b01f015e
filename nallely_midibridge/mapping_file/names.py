"""The names of a mapping file: of neurons, parameters, ports and headers, and what each can be made of.

As in ``words``, each function gives the name or raises ValueError with a sentence on what is wrong.
"""

import re
from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.words import duration, integer
from nallely_midibridge.values.mapping import LONGEST_NOTE
from nallely_midibridge.values.midi import DATA_MAX

MAX_NAME: Final = 255
"""Bytes of a name: its length travels in one byte (measured on Nallely 0.7.0)."""
MAX_VIRTUAL_NAME: Final = 63
"""Bytes of a virtual port's name: ALSA keeps 64 with the closing zero."""

TYPOGRAPHIC_QUOTES: Final = "“”„‘’«"
"""What a pattern does not begin with: an editor has put it where a straight one was meant."""

_CLIENT_NUMBER: Final = re.compile(r"(?:^|\s)([0-9]{1,3}:[0-9]{1,3})\s*$")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_TEXT: Final = re.compile(r"[\x20-\x7e]+")
_note_length: Final = duration(0.001, LONGEST_NOTE, otherwise=", or a parameter's name")


def parameter(value: object) -> str:
    """A parameter's name."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"must be a name, not {shown(value)}")
    name = _name(str(value), "a parameter")
    if "::" in name:
        raise ValueError(f"Nallely parts a path at '::', and could not link this; write {name.replace('::', '-')!r}")
    return name


def velocity(value: object) -> int | str:
    """A velocity, or the parameter that has it."""
    if _is_word(value):
        return parameter(value)
    number = integer(value)
    if number is None or not 1 <= number <= DATA_MAX:
        raise ValueError(f"must be a whole number from 1 to {DATA_MAX}, or a parameter's name, not {shown(value)}")
    return number


def length(value: object) -> float | str:
    """A note's length in seconds, or the parameter that has it."""
    return parameter(value) if _is_word(value) else _note_length(value)


def _is_word(value: object) -> bool:
    """Whether a text is meant as a name where a number may stand too."""
    return isinstance(value, str) and not re.match(r"\s*($|[-+.]?[0-9])", value)


def neuron(name: str) -> str:
    """A neuron's name, which travels in a URL and before an underscore (measured on Nallely 0.7.0)."""
    if "_" in name:
        raise ValueError(
            f"Nallely cuts a neuron's name at the first '_', and no value would come back; "
            f"write {name.replace('_', '-')!r}"
        )
    for character in "/?#%":
        if character in name:
            raise ValueError(f"a neuron's name is part of an address and cannot have a {character!r}; use a hyphen")
    return _name(name, "a neuron")


def pattern(value: object) -> str:
    """What a hardware port's name must contain, or look like."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'must be part of a port\'s name such as "KeyStep 37", not {shown(value)}')
    if value[0] in TYPOGRAPHIC_QUOTES:
        raise ValueError(f'{value!r} has typographic quotes, which would be part of the name; write straight ones: "')
    if number := _CLIENT_NUMBER.search(value):
        rest = value[: number.start()].rstrip(" :")
        advice = f"write {rest!r}" if rest else "write the name before it"
        raise ValueError(f"the number {number[1]} changes whenever the device is plugged in; {advice}")
    return value.strip()


def virtual(value: object) -> str:
    """The name of a port of ours."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'must be a name for the port such as "Nallely", not {shown(value)}')
    if "rtmidi" in value.lower():
        raise ValueError("Nallely hides ports with 'RtMidi' in their name; choose another")
    if (size := len(value.encode())) > MAX_VIRTUAL_NAME:
        raise ValueError(f"a virtual port's name has at most {MAX_VIRTUAL_NAME} bytes, this has {size}")
    return value


def short_name(name: str) -> str:
    """The name the file gives a port."""
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"a port's short name is made of letters, digits, - and _, not {shown(name)}")
    return name


def port(value: object) -> str:
    """That name, where a route says which port it means."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"must be the short name of a port, not {shown(value)}")
    return str(value)


def headers(value: object) -> tuple[tuple[str, str], ...]:
    """Extra headers of the connection's first request."""
    if not isinstance(value, dict):
        raise ValueError(f'must be a block of headers such as {{Authorization: "…"}}, not {shown(value)}')
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{shown(name)} cannot be the name of a header; use letters, digits and -")
        if not isinstance(text, str) or not _HEADER_TEXT.fullmatch(text):
            raise ValueError(f"header {name!r} must be plain text; put quotes around it")
    return tuple(value.items())


def _name(name: str, owner: str) -> str:
    if not name.strip():
        raise ValueError(f"the name of {owner} cannot be empty")
    if (size := len(name.encode())) > MAX_NAME:
        raise ValueError(f"the name of {owner} has at most {MAX_NAME} bytes, this has {size}")
    return name
