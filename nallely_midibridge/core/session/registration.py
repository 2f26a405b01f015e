"""What a session has registered for a neuron, held against what it should have."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from nallely_midibridge.values.mapping import Parameter
from nallely_midibridge.values.session import PortOfDevice, SessionDevice


@dataclass(frozen=True, slots=True)
class Registered:
    """How the registration of a neuron differs from what it should be.

    * ``is_absent``: the session does not know the neuron at all.
    * ``is_anothers``: what is registered under its name has nothing to do with it.
    * ``doubled``: names that are there more than once.
    * ``missing``, ``surplus``, ``wrong``: parameters to add, to remove, and those whose range is another.
    """

    is_absent: bool = False
    is_anothers: bool = False
    doubled: tuple[str, ...] = ()
    missing: tuple[Parameter, ...] = ()
    surplus: tuple[Parameter, ...] = ()
    wrong: tuple[Parameter, ...] = ()

    @property
    def is_right(self) -> bool:
        return self == RIGHT

    @property
    def needs_new_registration(self) -> bool:
        """Whether adding and removing cannot mend it: removing what is there twice ends the connection."""
        return self.is_absent or bool(self.doubled)

    def __str__(self) -> str:
        """For people, as in ``missing: cutoff; not of ours: old1, old2``."""
        if self.is_absent:
            return "the session does not have it"
        parts = {
            "there twice": self.doubled,
            "missing": [parameter.name for parameter in self.missing],
            "there but not in the file": [parameter.name for parameter in self.surplus],
            "of another range": [parameter.name for parameter in self.wrong],
        }
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts.items() if names) or "right"


RIGHT = Registered()


def compare(wanted: Sequence[Parameter], neuron: SessionDevice | None, ours: Collection[str]) -> Registered:
    """How what is registered as a ``neuron`` differs from what is ``wanted``.

    ``ours`` are the parameters that this program ever registered under the name. A list that has none of those and
    none of the wanted is another program's.
    """
    if neuron is None:
        return Registered(is_absent=True)
    there = list(registered(neuron))
    names = Counter(parameter.name for parameter in there)
    by_name = {parameter.name: parameter for parameter in wanted}
    return Registered(
        is_anothers=bool(names) and not names.keys() & (by_name.keys() | set(ours)),
        doubled=tuple(name for name, count in names.items() if count > 1),
        missing=tuple(parameter for parameter in wanted if parameter.name not in names),
        surplus=tuple(parameter for parameter in there if parameter.name not in by_name),
        wrong=tuple(by_name[p.name] for p in there if p.name in by_name and _range(p) != _range(by_name[p.name])),
    )


def registered(neuron: SessionDevice) -> Iterator[Parameter]:
    """The parameters of a neuron under their plain names; one without a range has NaN for it."""
    for port in neuron.parameters:
        yield Parameter(neuron.plain_name(port), _bound(port.low), _bound(port.high))


def port_named(neuron: SessionDevice, parameter: str) -> PortOfDevice | None:
    """A neuron's parameter by its plain name."""
    wanted = f"{neuron.repr}_{parameter}"
    return next((port for port in neuron.parameters if port.name == wanted), None)


def _bound(bound: float | None) -> float:
    return float("nan") if bound is None else bound


def _range(parameter: Parameter) -> tuple[float, float]:
    """As it is registered: the low end first."""
    return min(parameter.low, parameter.high), max(parameter.low, parameter.high)
