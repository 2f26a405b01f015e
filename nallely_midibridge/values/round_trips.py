"""How long what was sent took to come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class RoundTrips:
    """The delays of what came back, in ns and in the order it was sent, and how much did not."""

    delays: list[int] = field(default_factory=list)
    lost: int = 0

    def add(self, delay: int | None) -> None:
        """One more; None: it did not come back."""
        if delay is None:
            self.lost += 1
        else:
            self.delays.append(delay)

    @property
    def sent(self) -> int:
        return len(self.delays) + self.lost

    def percentiles(self, percents: Sequence[int]) -> list[int]:
        """Of what came back, the delays that so many per cent do not pass (nearest rank); 0: the shortest."""
        ordered = sorted(self.delays)
        return [ordered[max(0, -(-len(ordered) * percent // 100) - 1)] for percent in percents]

    def as_data(self) -> dict[str, object]:
        """For programs, in seconds."""
        names = {"least": 0, "p50": 50, "p90": 90, "p99": 99, "greatest": 100}
        percentiles = self.percentiles(list(names.values())) if self.delays else [None] * len(names)
        return {
            "sent": self.sent,
            "lost": self.lost,
            **{f"{name}_seconds": _seconds(delay) for name, delay in zip(names, percentiles, strict=True)},
            "delays_seconds": [_seconds(delay) for delay in self.delays],
        }


def _seconds(delay: int | None) -> float | None:
    return None if delay is None else delay / 1e9
