"""What is wrong with a scenario."""

from collections.abc import Iterable
from typing import Final

from nallely_midibridge.values.errors import BridgeError

Problem = tuple[int, str]
"""The number of a line, 0 for the whole scenario, and what is wrong there."""

MOST_TOLD: Final = 50
"""Problems of one scenario: of a file that is something else altogether, not every line need be told."""


class ScenarioError(BridgeError):
    """What is wrong with a scenario, a line each: ``chord.txt:12: …``; of the whole of it, without a number."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        told = sorted(dict.fromkeys(problems), key=lambda problem: problem[0])
        lines = [f"{name}:{line}: {message}" if line else f"{name}: {message}" for line, message in told[:MOST_TOLD]]
        more = [f"{name}: and {len(told) - MOST_TOLD:,} more lines"] if len(told) > MOST_TOLD else []
        super().__init__("\n".join([*lines, *more]))
