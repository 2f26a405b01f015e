"""Routes that differ in their numbers only, so that one sentence can be said of all of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from nallely_midibridge.values.destination import Destination
from nallely_midibridge.values.mapping import ParamRoute, ProbeRoute
from nallely_midibridge.values.source import Source

_NAME: Final = re.compile(r"(.*?)(0|[1-9][0-9]{0,8})?", re.DOTALL)
_NONE: Final = -1
"""In place of a number that a route has not."""

R = TypeVar("R", ParamRoute, ProbeRoute)
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Run(Generic[R]):
    """The first and the last of ``count`` routes; each number goes up or down by one, or stays the same."""

    first: R
    last: R
    count: int

    def between(self, first: str, last: str) -> str:
        """``20``, ``20 and 21`` or ``20 to 27``: what the first and the last route say."""
        if first == last:
            return first
        return f"{first} and {last}" if self.count == 2 else f"{first} to {last}"


def runs(routes: Iterable[R]) -> Iterator[Run[R]]:
    """All routes in runs as long as can be. A run stands where the first of its kind stood."""
    alike: dict[object, list[tuple[R, Numbers]]] = {}
    for route in routes:
        rest, numbers = _split(route)
        alike.setdefault(rest, []).append((route, numbers))
    for members in alike.values():
        yield from _consecutive(members)


def _consecutive(members: Sequence[tuple[R, Numbers]]) -> Iterator[Run[R]]:
    start = 0
    stride: Numbers | None = None
    for end in range(1, len(members) + 1):
        steps = _steps(members[end - 1][1], members[end][1]) if end < len(members) else None
        if steps is None or stride not in (None, steps):
            yield Run(members[start][0], members[end - 1][0], end - start)
            start, stride = end, None
        else:
            stride = steps


def _steps(before: Numbers, after: Numbers) -> Numbers | None:
    """From one route to the next, or None when that is too far for a run."""
    steps = tuple(there - here for here, there in zip(before, after, strict=True))
    return steps if all(abs(step) <= 1 for step in steps) else None


def _split(route: ParamRoute | ProbeRoute) -> tuple[object, Numbers]:
    """What routes of a run have in common, and what differs."""
    name, number = _split_name(route.parameter)
    if isinstance(route, ParamRoute):
        source, numbers = _split_source(route.source)
        return replace(route, parameter=name, source=source), (number, *numbers)
    destination, numbers = _split_destination(route.destination)
    return replace(route, parameter=name, destination=destination), (number, *numbers)


def _split_source(source: Source) -> tuple[Source, Numbers]:
    rest = replace(source, number=_blank(source.number), fine=_blank(source.fine))
    if len(source.channels) > 1:
        return rest, (_known(source.number), _known(source.fine))
    (channel,) = source.channels
    return replace(rest, channels=frozenset({0})), (_known(source.number), _known(source.fine), channel)


def _split_destination(destination: Destination) -> tuple[Destination, Numbers]:
    velocity_from, velocity_number = _split_name(destination.velocity_from)
    length_from, length_number = _split_name(destination.length_from)
    rest = replace(
        destination,
        number=_blank(destination.number),
        fine=_blank(destination.fine),
        channel=0,
        velocity_from=velocity_from,
        length_from=length_from,
    )
    numbers = (_known(destination.number), _known(destination.fine), destination.channel)
    return rest, (*numbers, velocity_number, length_number)


S = TypeVar("S", str, str | None)


def _split_name(name: S) -> tuple[S, int]:
    """``mon12`` as ``mon`` and 12."""
    match = _NAME.fullmatch(name) if name else None
    return (match[1], int(match[2])) if match and match[2] else (name, _NONE)


def _blank(number: int | None) -> int | None:
    return None if number is None else 0


def _known(number: int | None) -> int:
    return _NONE if number is None else number
