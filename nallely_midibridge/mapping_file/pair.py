"""The two controllers of a ``cc14``: one number for the usual pair, or a block that names both."""

from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.schema import HeardPair, Pair
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.mapping_file.words import integer

FINE_ABOVE: Final = 32
"""How far the fine controller is above the coarse one (MIDI 1.0, table III)."""


def read_pair(value: object, spot: Spot, shape: type[Pair] = HeardPair) -> HeardPair | None:
    """The pair with both numbers, or None when it is wrong. A ``shape`` without an order has the coarse one first."""
    if not isinstance(value, dict):
        coarse = spot.checked(_coarse, value)
        return None if coarse is None else HeardPair(coarse=coarse, fine=coarse + FINE_ABOVE)
    pair = shaped(shape, value, spot)
    if pair is None:
        return None
    fine = pair.coarse + FINE_ABOVE if pair.fine is None else pair.fine
    if pair.fine is None and pair.coarse >= FINE_ABOVE:
        spot.wrong_key(f"'fine' is missing: controller {pair.coarse} has none {FINE_ABOVE} above it")
    elif fine == pair.coarse:
        (spot / "fine").wrong(f"must be another controller than the coarse one, not {fine}")
    else:
        return HeardPair(coarse=pair.coarse, fine=fine, fine_first=getattr(pair, "fine_first", False))
    return None


def _coarse(value: object) -> int:
    coarse = integer(value)
    if coarse is None or not 0 <= coarse < FINE_ABOVE:
        block = f"{{coarse: {coarse}, fine: …}}" if coarse in range(128) else "{coarse: 10, fine: 75}"
        usual = f"a whole number from 0 to {FINE_ABOVE - 1}, whose fine half is {FINE_ABOVE} above, or {block}"
        raise ValueError(f"must be {usual}, not {shown(value)}")
    return coarse
