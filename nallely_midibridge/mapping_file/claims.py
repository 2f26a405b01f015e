"""What only one place of a file can have: a parameter of a neuron, a control of a port."""

from collections.abc import Callable, Hashable
from typing import Final

from nallely_midibridge.mapping_file import names
from nallely_midibridge.mapping_file.expand import expand
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.spoken import SPELLERS, controls
from nallely_midibridge.values.destination import Destination
from nallely_midibridge.values.source import Source, SourceKind

MAX_CLAIMS: Final = 16_384
"""Parameters of one file, patterns expanded; and controls that are sent to."""

_PARAMETERS: Final = (SourceKind.NRPN, SourceKind.RPN)


class Claims:
    """Who has what: the first claim of a thing stands."""

    def __init__(self) -> None:
        self._owners: dict[Hashable, tuple[Spot, str]] = {}

    def refusal(self, thing: Hashable, spot: Spot, purpose: str = "") -> str:
        """Claim ``thing`` for ``spot``: nothing when it was free, else the end of a sentence that says why not.

        What was claimed for a ``purpose`` can be claimed for the same one again.
        """
        owner, its_purpose = self._owners.get(thing, (None, ""))
        if owner is None and len(self._owners) == MAX_CLAIMS:
            return f"is one too many; a file has at most {MAX_CLAIMS:,}"
        if owner is None:
            self._owners[thing] = (spot, purpose)
        elif not purpose or purpose != its_purpose:
            return "comes more than once here" if owner.path == spot.path else f"is already taken by {owner}"
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

    def take(
        self, wanted: tuple[str, ...], spot: Spot, wrong: Callable[[str], None], purpose: str = ""
    ) -> tuple[str, ...]:
        """``wanted``, from now on taken by ``spot``; none when one of them is not free, or not a name.

        Names for the same ``purpose`` may be shared.
        """
        for name in wanted:
            try:
                names.parameter(name)
            except ValueError as error:
                wrong(str(error))
                return ()
            if refusal := self._claims.refusal((spot.path[:2], name), spot, purpose):
                wrong(f"the name {name!r} {refusal}")
                return ()
        return wanted


class Controls:
    """The controls of all ports: what is sent to, each by one route, and what is listened to."""

    def __init__(self) -> None:
        self._sent = Claims()
        self._heard = Claims()

    def refusal(self, destination: Destination, spot: Spot) -> str:
        """Claim what a destination sends to: nothing when all of it was free, else a sentence that says why not."""
        for control, purpose in controls(destination).items():
            if refusal := self._sent.refusal((destination.port, control), spot, purpose):
                return f"{control} of port {destination.port!r} {refusal}"
        return ""

    def unheard(self, source: Source, spot: Spot) -> str:
        """Listen to a source: nothing when all of it arrives, else a sentence that says why not.

        For a port that keeps the controllers that spell an NRPN or RPN to itself.
        """
        spellers = [number for number in (source.number, source.fine) if number in SPELLERS]
        if source.kind in _PARAMETERS:
            purpose, what = "parameters", "CC 6, 38 or 96 to 101"
        elif source.kind in (SourceKind.CC, SourceKind.CC14) and spellers:
            purpose, what = "controllers", f"CC {spellers[0]}"
        else:
            return ""
        for channel in sorted(source.channels):
            if refusal := self._heard.refusal((source.port, channel), spot, purpose):
                both = f"these spell an nrpn or rpn; write 'nrpn: pass' at port {source.port!r} to have both"
                return f"{what} on channel {channel + 1} of port {source.port!r} {refusal}, and {both}"
        return ""
