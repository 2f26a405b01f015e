"""The wiring of the simulated session: links from one parameter to another, scaled or not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nallely_midibridge.simulated.devices import Bound, Parameter

WithScaler = bool | Mapping[str, float | bool | None]
"""How a link scales, as a command says it: by the declared ranges, not at all, or to ``to_min`` … ``to_max``."""


class End(NamedTuple):
    """One end of a link: a device's name and its parameter's (for a synth, its section's)."""

    device: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Scaling:
    """Straight from one range to another. With a bound missing a value passes as it is."""

    low: Bound
    high: Bound
    to_low: Bound
    to_high: Bound
    as_int: bool = False

    def __call__(self, value: float) -> float:
        if self.low is None or self.high is None or self.to_low is None or self.to_high is None:
            scaled = value
        else:
            # Written so that NaN passes: it is neither below nor above.
            held = self.low if value < self.low else self.high if value > self.high else value
            share = (held - self.low) / ((self.high - self.low) or 1)
            scaled = self.to_low + share * (self.to_high - self.to_low)
        return int(scaled) if self.as_int else scaled


def scaling(source: Parameter, destination: Parameter, with_scaler: WithScaler) -> Scaling | None:
    """The scaling that a command asks for; None for a raw link."""
    if isinstance(with_scaler, Mapping):
        to_low, to_high = with_scaler.get("to_min"), with_scaler.get("to_max")
        as_int = with_scaler.get("as_int")
        if as_int is None:
            as_int = isinstance(to_low, int) and isinstance(to_high, int)
        return Scaling(source.low, source.high, to_low, to_high, bool(as_int))
    if with_scaler:
        return Scaling(source.low, source.high, destination.low, destination.high)
    return None


@dataclass(slots=True, eq=False)
class Link:
    """From one parameter to another. A link to a synth's keys remembers the note it holds."""

    source: End
    destination: End
    scaling: Scaling | None
    held: int | None = None

    def scaled(self, value: float) -> float:
        return value if self.scaling is None else self.scaling(value)

    def keys(self, value: float) -> Iterator[tuple[bool, int]]:
        """What a value plays, as (on, note). 0 releases what is held, and so does the held note sent again.

        Raises ValueError or OverflowError for a value that is no number.
        """
        note = round(value)
        held, self.held = self.held, None
        if held is not None:
            yield False, held
        if note not in (0, held):
            self.held = note
            yield True, note


class Patch:
    """Every link of a session.

    A second link between the same two ends works beside the first and hides it: only the newest is shown, and only
    the newest can be removed (measured on Nallely 0.7.0).
    """

    def __init__(self) -> None:
        self._leaving: defaultdict[End, list[Link]] = defaultdict(list)
        self._shown: dict[tuple[End, End], Link] = {}

    def __contains__(self, ends: tuple[End, End]) -> bool:
        return ends in self._shown

    def __iter__(self) -> Iterator[Link]:
        """The links that are shown."""
        return iter(tuple(self._shown.values()))

    def leaving(self, source: End) -> tuple[Link, ...]:
        """Every link out of a parameter, in the order they were made."""
        return tuple(self._leaving.get(source, ()))

    def add(self, link: Link) -> None:
        self._leaving[link.source].append(link)
        self._shown[link.source, link.destination] = link

    def remove(self, link: Link) -> None:
        """Take away a link that is shown."""
        del self._shown[link.source, link.destination]
        self._leaving[link.source].remove(link)

    def drop(self, device: str) -> None:
        """Take away every link from or to a device, hidden ones too."""
        links = [link for leaving in self._leaving.values() for link in leaving]
        self._leaving.clear()
        self._shown.clear()
        for link in links:
            if device not in (link.source.device, link.destination.device):
                self.add(link)
