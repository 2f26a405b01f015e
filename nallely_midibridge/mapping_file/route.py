"""What every route of a file goes through: its patterns expanded, its one source or destination found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nallely_midibridge.mapping_file.claims import Claims, Parameters
from nallely_midibridge.mapping_file.expand import expand, unbraced
from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.schema import KnownPorts, Shape

Body = dict[str, Any]
"""A route as the file has it, or one of those its patterns make."""

Range = tuple[float, float]


@dataclass(frozen=True)
class Around:
    """What the routes of a file have in common while it is read."""

    ports: KnownPorts | None
    parameters: Parameters = field(default_factory=Parameters)
    controls: Claims = field(default_factory=Claims)


def spread(body: Body, count: int, spot: Spot) -> Iterator[Body]:
    """``body`` once for each of ``count`` parameters, each value's pattern at the same place.

    A value without a pattern is the same for all. When a pattern is wrong, or the ``count`` is not known (0),
    there is one body or none, only to look at.
    """
    columns = {}
    rows = count or 1
    for key, value in body.items():
        try:
            choices = _choices(unbraced(value))
        except ValueError as error:
            (spot / key).wrong(str(error))
            return
        if count and len(choices) not in (1, count):
            (spot / key).wrong(_uneven(len(choices), count))
            rows = 1
        columns[key] = choices
    for row in range(rows):
        yield {key: choices[row % len(choices)] for key, choices in columns.items()}


def _choices(value: object) -> Sequence[object]:
    return (isinstance(value, str) and expand(value)) or (value,)


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
    if not found and all(key in shape.descriptions() for key in body):
        spot.wrong_key(f"has no {word}; add one of {listed(kinds, 'or')}")
    return found[0] if len(found) == 1 else None


def check_company(body: Body, kind: str | None, company: Mapping[str, Sequence[str]], spot: Spot) -> None:
    """Some keys say something about some kinds only, and must not stand beside another."""
    for key, kinds in company.items():
        if key in body and kind and kind not in kinds:
            spot.wrong_key(f"{key!r} goes with {listed(kinds, 'or')}, not with {kind}", key)
