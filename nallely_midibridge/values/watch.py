"""What a program may watch: the words of docs/control.md for what happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Happening = Mapping[str, object]
"""What happened: ``event`` says what, and ``at`` when, in seconds since 1970."""

TRAFFIC: Final = ("midi_in", "midi_out", "value_in", "value_out")
"""What happens all the time, and is told only to those who ask for it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What one program wants to be told: the rare events, and ``also`` these kinds of traffic.

    ``of`` are names of ports and neurons: what is about none of them is left out, unless it is about none at all.
    """

    also: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()

    def wants(self, happening: Happening) -> bool:
        """Whether to tell of this."""
        if happening["event"] in TRAFFIC and happening["event"] not in self.also:
            return False
        about = [happening[key] for key in ("port", "neuron") if key in happening]
        return not (self.of and about) or not self.of.isdisjoint(map(str, about))
