"""What only one place of a file can have: a parameter of a neuron, a control of a port."""

from collections.abc import Callable, Hashable
from typing import Final

from nallely_midibridge.mapping_file import names
from nallely_midibridge.mapping_file.expand import expand
from nallely_midibridge.mapping_file.report import Spot

MAX_CLAIMS: Final = 16_384
"""Parameters of one file, patterns expanded; and controls that its probes play."""


class Claims:
    """Who has what: the first claim of a thing stands."""

    def __init__(self) -> None:
        self._owners: dict[Hashable, Spot] = {}

    def refusal(self, thing: Hashable, spot: Spot) -> str:
        """Claim ``thing`` for ``spot``: nothing when it was free, else the end of a sentence that says why not."""
        owner = self._owners.get(thing)
        if owner is not None:
            return "comes more than once here" if owner.path == spot.path else f"is already taken by {owner}"
        if len(self._owners) == MAX_CLAIMS:
            return f"is one too many; a file has at most {MAX_CLAIMS:,}"
        self._owners[thing] = spot
        return ""


class Parameters:
    """The names of all parameters of a file, each once in its neuron."""

    def __init__(self) -> None:
        self._claims = Claims()

    def of_key(self, key: str, spot: Spot) -> tuple[str, ...]:
        """The parameters that the key of ``spot`` stands for; none when it is wrong."""
        try:
            return self.take(expand(key) or (key,), spot, spot.wrong_key)
        except ValueError as error:
            spot.wrong_key(str(error))
            return ()

    def take(self, wanted: tuple[str, ...], spot: Spot, wrong: Callable[[str], None]) -> tuple[str, ...]:
        """``wanted``, from now on taken by ``spot``; none when one of them is not free, or not a name."""
        for name in wanted:
            try:
                names.parameter(name)
            except ValueError as error:
                wrong(str(error))
                return ()
            if refusal := self._claims.refusal((spot.path[:2], name), spot):
                wrong(f"the name {name!r} {refusal}")
                return ()
        return wanted
