"""How much of a mapping another one keeps."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from nallely_midibridge.values.mapping import Mapping, ParamRoute, ProbeRoute, VoiceBlock

Named = tuple[Hashable, Hashable]
"""A thing of a mapping, after what it is called there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How many things are in both mappings word for word, in both by their name only, or in one."""

    kept: int = 0
    changed: int = 0
    added: int = 0
    removed: int = 0

    @property
    def is_none(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.added or self.removed)

    def words(self, noun: str) -> str:
        """For people: ``12 routes kept, 1 added``."""
        counts = {"kept": self.kept, "changed": self.changed, "added": self.added, "removed": self.removed}
        said = [(what, count) for what, count in counts.items() if count]
        if not said:
            return f"no {noun}s"
        (what, count), *rest = said
        first = f"{count} {noun}{'s' * (count != 1)} {what}"
        return ", ".join([first, *(f"{count} {what}" for what, count in rest)])


def of_routes(before: Mapping, after: Mapping) -> Difference:
    """Between the routes: voices, params and probes. One whose neuron moved to another bus has changed."""
    return _compare(_routes(before), _routes(after))


def of_ports(before: Mapping, after: Mapping) -> Difference:
    """Between the ports."""
    return _compare(((port.name, port) for port in before.ports), ((port.name, port) for port in after.ports))


def ended_words(ended: dict[str, int]) -> str:
    """After what differs: ``; ended 2 held voices of keys.voice``. ``ended`` has how many of each block."""
    blocks = (f"{count} held voice{'s' * (count != 1)} of {block}" for block, count in ended.items())
    return f"; ended {', '.join(blocks)}" if ended else ""


def _routes(mapping: Mapping) -> Iterator[Named]:
    for neuron in mapping.neurons:
        routes: tuple[VoiceBlock | ParamRoute | ProbeRoute, ...] = (*neuron.voices, *neuron.params, *neuron.probes)
        for route in routes:
            name = route.name if isinstance(route, VoiceBlock) else route.parameter
            yield (neuron.name, type(route), name), (route, neuron.bus)


def _compare(before: Iterable[Named], after: Iterable[Named]) -> Difference:
    old, new = Counter(before), Counter(after)
    went, came = _names(old - new), _names(new - old)
    changed = (went & came).total()
    return Difference((old & new).total(), changed, came.total() - changed, went.total() - changed)


def _names(things: Counter[Named]) -> Counter[Hashable]:
    return Counter(name for name, _ in things.elements())
