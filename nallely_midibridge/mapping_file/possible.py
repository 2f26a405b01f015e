"""What parameters a neuron may turn out to have once what is wrong with its routes is mended."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.mapping_file.expand import expand

MAX_VOICES: Final = 128
_BESIDE: Final = ("velocity", "length", "bend", "pressure", "timbre")
"""The keys of a route that may name further parameters."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A route that something is wrong with, as the file has it: ``part`` is ``voices``, ``params`` or ``probes``."""

    part: str
    name: str
    body: object


@dataclass(frozen=True, slots=True)
class Possible:
    """Parameters that are meant, beginnings of names that a number may follow, and whether there may be any other."""

    names: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    anything: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the names are all there is."""
        return not (self.beginnings or self.anything)

    def may_have(self, name: str) -> bool:
        """Whether a parameter that is not among the names may be meant all the same."""
        rests = (name.removeprefix(start) for start in self.beginnings if name.startswith(start))
        return self.anything or any(not rest or rest.isdecimal() for rest in rests)


def possible(wrong: Iterable[Wrong], *, anything: bool) -> Possible:
    """What routes would make that something is wrong with; ``anything`` where not even they can be told."""
    names: list[str] = []
    beginnings: list[str] = []
    for route in wrong:
        try:
            made = expand(route.name) or (route.name,)
        except ValueError:
            return Possible(anything=True)
        if route.part != "voices":
            names += made
        elif (count := _count(route.body)) is None:
            beginnings += made
        else:
            names += [f"{name}{number}" for name in made for number in range(1, count + 1)]
        beginnings += _beside(route.body)
    return Possible(tuple(names), tuple(beginnings), anything)


def _count(body: object) -> int | None:
    """How many voices a block says that it has."""
    count = body.get("count") if isinstance(body, dict) else None
    return count if type(count) is int and 1 <= count <= MAX_VOICES else None


def _beside(body: object) -> Iterator[str]:
    bodies = body if isinstance(body, list) else [body]
    for key in _BESIDE:
        values = (each.get(key) for each in bodies if isinstance(each, dict))
        yield from (value.partition("{")[0] for value in values if isinstance(value, str))
