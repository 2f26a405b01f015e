"""What the process that reads a mapping file for another says to it; `edges.file_reader` starts it and listens."""

import pickle
import signal
import sys
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any, Final

from nallely_midibridge import __version__
from nallely_midibridge.mapping_file.load import load_file
from nallely_midibridge.values.errors import MappingError
from nallely_midibridge.values.mapping import Mapping

LIFE: Final = 60
"""Seconds after which the process ends by itself, if nobody is left who would end it."""


def answer(name: str) -> None:
    """Write to standard output, pickled, the version of this program and what is in the file.

    That is a `Mapping`, or a tuple with the text of each problem: a `Problem` would bring our libraries along.
    """
    if hasattr(signal, "alarm"):
        signal.alarm(LIFE)
    said = _content(name)
    pickle.dump(__version__, sys.stdout.buffer)
    _Pickler(sys.stdout.buffer).dump(said)
    sys.stdout.buffer.flush()


def _content(name: str) -> Mapping | tuple[str, ...]:
    try:
        return load_file(name)
    except MappingError as error:
        return tuple(map(str, error.problems))


class _Pickler(pickle.Pickler):
    """Writes the fields of a dataclass with their names: who knows other fields refuses them, and mixes up none."""

    def reducer_override(self, value: Any) -> Any:
        if not is_dataclass(value) or isinstance(value, type):
            return NotImplemented
        by_name = {field.name: getattr(value, field.name) for field in fields(value)}
        return partial(type(value), **by_name), ()
