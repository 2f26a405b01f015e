"""What every route of a file goes through: its patterns expanded, its one source or destination found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

from nallely_midibridge.mapping_file.claims import Controls, Parameters
from nallely_midibridge.mapping_file.expand import expand, unbraced
from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.shape import KnownPorts, Shape

Body = dict[str, Any]
"""A route as the file has it, or one of those its patterns make."""

Range = tuple[float, float]

CHANNELLESS: Final = ("clock", "transport")
"""Kinds whose messages are for a whole port."""


@dataclass(frozen=True)
class Around:
    """What the routes of a file have in common while it is read."""

    ports: KnownPorts | None
    parameters: Parameters = field(default_factory=Parameters)
    controls: Controls = field(default_factory=Controls)


def spread(body: Body, count: int, spot: Spot) -> Iterator[Body]:
    """``body`` once for each of ``count`` parameters, each value's pattern at the same place.

    A value without a pattern is the same for all; a block in the body may have patterns of its own. When a pattern is
    wrong, or the ``count`` is not known (0), there is one body or none, only to look at.
    """
    columns = [_column(unbraced(value), count, spot / key) for key, value in body.items()]
    return _rows(body, columns, count or 1)


def _rows(body: Body, columns: Sequence[Iterator[object]], count: int) -> Iterator[Body]:
    for _, *row in zip(range(count), *columns, strict=False):
        yield dict(zip(body, row, strict=True))


def _column(value: object, count: int, spot: Spot) -> Iterator[object]:
    """A value for each of the rows; fewer when its pattern is wrong."""
    if isinstance(value, dict):
        return spread(value, count, spot)
    try:
        choices: Sequence[object] = (isinstance(value, str) and expand(value)) or (value,)
    except ValueError as error:
        spot.wrong(str(error))
        return iter(())
    if count and len(choices) not in (1, count):
        spot.wrong(_uneven(len(choices), count))
        return iter(choices[:1])
    return cycle(choices)


def _uneven(made: int, count: int) -> str:
    if count == 1:
        return f"makes {made} of this route, but its name makes one; give the name a pattern too, such as {{1..{made}}}"
    return f"makes {made} of this route, but its name makes {count}; both must make the same number"


def the_one(body: Body, kinds: Sequence[str], shape: type[Shape], word: str, spot: Spot) -> str | None:
    """The one key of ``kinds`` that says what a route follows or plays; None when there is not one."""
    found = [key for key in body if key in kinds]
    if len(found) > 1:
        both = f"{found[0]!r} and {found[1]!r}"
        spot.wrong_key(f"{both} are both a {word}; a route has one, so keep one of them", found[1])
    if not found and body.keys() <= shape.known().keys():
        spot.wrong_key(f"has no {word}; add one of {listed(kinds, 'or')}")
    return found[0] if len(found) == 1 else None


def check_company(body: Body, kind: str | None, company: Mapping[str, Sequence[str]], spot: Spot) -> None:
    """Some keys say something about some kinds only, and must not stand beside another."""
    for key, kinds in company.items():
        if key in body and kind and kind not in kinds:
            spot.wrong_key(f"{key!r} goes with {listed(kinds, 'or')}, not with {kind}", key)
    if "channel" in body and kind in CHANNELLESS:
        spot.wrong_key(f"'channel' does not go with {kind}, which is for all of the port", "channel")
