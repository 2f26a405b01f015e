"""A block of known keys, and everything that is wrong with one.

A shape is a frozen dataclass whose fields are the keys. A field's annotation names its reader, which makes the value of
what stands in the file or raises ValueError with a sentence, and may name a check of that value beside the file's
ports: ``to: Annotated[str, names.port, has_output]``. A field that is ``Any`` takes what stands there. A trailing ``_``
is Python's, for a key that is a word of its own: ``from_``.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache, partial
from typing import Any, ClassVar, Final, TypeVar, get_type_hints

from nallely_midibridge.mapping_file.problem import did_you_mean, listed
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.values.mapping import Port

KnownPorts = dict[str, Port | None]
"""The file's ports by short name; None for one that is not right itself."""

_TWINS: Final = {"from": "to", "to": "from"}
"""A required key, and the one that stands for it in another part of the file: what is told of that is enough."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a shape: its field there, how it is read, and whether a block must have it."""

    field: str
    read: Callable[[Any], Any]
    check: Callable[[Any, KnownPorts], None] | None
    is_required: bool

    def value(self, found: object, ports: KnownPorts | None) -> Any:
        """What is meant by what was found. Raises ValueError."""
        value = self.read(found)
        if self.check is not None and ports is not None:
            self.check(value, ports)
        return value


class Shape:
    """What the shapes have in common.

    ``later`` are keys of the design that this version has not, ``hints`` what to say of keys that belong elsewhere,
    ``needs`` what each required key is for.
    """

    later: ClassVar[frozenset[str]] = frozenset()
    hints: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[Mapping[str, str]] = {}

    @classmethod
    @cache
    def known(cls) -> Mapping[str, Key]:
        """The keys that a block may have, as the file spells them."""
        types = get_type_hints(cls, include_extras=True)
        return {field.name.removesuffix("_"): _key(field, types[field.name]) for field in fields(cls)}  # type: ignore[arg-type]


def _key(field: Field[Any], annotation: Any) -> Key:
    said: tuple[Any, ...] = getattr(annotation, "__metadata__", (_as_it_is,))
    read, check = said if len(said) > 1 else (said[0], None)
    is_required = field.default is MISSING and field.default_factory is MISSING
    return Key(field.name, read, check, is_required)


def _as_it_is(value: object) -> object:
    return value


S = TypeVar("S", bound=Shape)


def shaped(shape: type[S], data: Mapping[str, Any], spot: Spot, ports: KnownPorts | None = None) -> S | None:
    """``data`` as a ``shape``, or None, and the spot's report has every reason why not."""
    known = shape.known()
    before = spot.report.complaints
    values = {}
    for name, key in known.items():
        if name in data:
            values[key.field] = (spot / name).checked(partial(key.value, ports=ports), data[name])
        elif key.is_required and _TWINS.get(name) not in data:
            spot.wrong_key(f"{name!r} is missing: {shape.needs[name]}")
    for name in data:
        if name not in known:
            spot.wrong_key(_unknown(name, shape), name)
    return shape(**values) if spot.report.complaints == before else None


def _unknown(key: str, shape: type[Shape]) -> str:
    if key in shape.later:
        return f"{key!r} is not supported by this version"
    if key in shape.hints:
        return f"{key!r} does not go here: {shape.hints[key]}"
    known = shape.known()
    name, colon, value = key.partition(":")
    if colon and name in known:
        return f"a space is missing after the ':'; write '{name}: {value}'"
    return f"unknown key {key!r}{did_you_mean(key, known) or '; it can be ' + listed(known, 'or', most=len(known))}"
