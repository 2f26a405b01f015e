"""How a param's control is handled: its ``mode``, and which keys go with what."""

from collections.abc import Iterator
from typing import Final

from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Body
from nallely_midibridge.mapping_file.schema import Param
from nallely_midibridge.values.handling import Encoding, Feedback, Handling, Mode, Pickup, Sends
from nallely_midibridge.values.scale import Scale

_KINDS_OF_MODE: Final = {
    "relative": ("cc",),
    "toggle": ("cc", "note"),
    "momentary": ("cc", "note"),
    "pickup": ("cc", "cc14", "nrpn", "rpn", "pitchbend", "pressure"),
}
_MODES: Final = tuple(mode.value for mode in Mode)
_SWITCHES: Final = ("toggle", "momentary")
_MODES_OF_KEY: Final = {
    "encoding": ("relative",),
    "step": ("relative",),
    "pickup": ("pickup",),
    "sends": _SWITCHES,
}

_TWO_ENDS: Final = "which has two ends and nothing between"
_KEYS_NOT_BESIDE: Final = (
    ("mode: relative", ("deadband",), "whose every step counts"),
    ("mode: toggle", ("curve", "deadband"), "which goes from place to place"),
    ("mode: momentary", ("curve", "accepted", "deadband"), _TWO_ENDS),
    ("value: gate", ("accepted", "deadband"), _TWO_ENDS),
    ("clock: bpm", ("curve", "invert"), "whose value is the tempo itself"),
    ("clock: beat", ("curve",), _TWO_ENDS),
    ("clock: running", ("curve",), _TWO_ENDS),
    ("transport", ("curve",), _TWO_ENDS),
    ("accepted", ("curve",), "whose values are spread evenly"),
    ("accepted", ("step",), "of which each step is the next"),
)
"""What keeps keys out that would do nothing beside it, or could not be meant; and why."""


def check_handling(body: Body, kind: str, spot: Spot) -> None:
    """Say which keys of one route do not go together."""
    mode = str(body.get("mode", "absolute"))
    kinds = _KINDS_OF_MODE.get(mode, (kind,))
    if kind not in kinds:
        spot.wrong_key(f"'mode: {mode}' goes with {listed(kinds, 'or')}, not with {kind}", "mode")
    for key, modes in _MODES_OF_KEY.items():
        if key in body and mode in _MODES and mode not in modes:
            which = listed((f"'mode: {word}'" for word in modes), "or")
            advice = f", not with 'mode: {mode}'" if "mode" in body else "; write that too"
            spot.wrong_key(f"{key!r} goes with {which}{advice}", key)
    if mode in _SWITCHES and body.get("value", "gate") != "gate":
        spot.wrong_key(f"'value' does not go with 'mode: {mode}', which takes each press alike", "value")
    refused: set[str] = set()
    besides = set(_besides(body, kind, mode))
    for beside, keys, why in _KEYS_NOT_BESIDE:
        for key in body.keys() & set(keys) - refused if beside in besides else ():
            spot.wrong_key(f"{key!r} does not go with {beside!r}, {why}", key)
            refused.add(key)


def _besides(body: Body, kind: str, mode: str) -> Iterator[str]:
    """What a route is that keeps some keys out."""
    yield f"mode: {mode}"
    if kind == "note" and mode == "absolute":
        yield f"value: {body.get('value', 'gate')}"
    yield f"clock: {body['clock']}" if kind == "clock" else kind
    if "accepted" in body:
        yield "accepted"


def check_accepted(param: Param, scale: Scale, spot: Spot) -> None:
    """Say which of the accepted values, if any, the parameter cannot have."""
    low, high = sorted((scale.low, scale.high))
    outside = [value for value in param.accepted if not low <= value <= high]
    if outside:
        (spot / "accepted").wrong(f"the range is {low:g} to {high:g}, and {outside[0]:g} is outside")


def handling_of(param: Param, feedback: Feedback | None) -> Handling:
    """The handling of a route that is right."""
    return Handling(
        mode=Mode(param.mode),
        encoding=Encoding(param.encoding),
        step=param.step,
        pickup=Pickup(param.pickup),
        sends=Sends(param.sends),
        accepted=param.accepted,
        deadband=param.deadband,
        smooth=param.smooth,
        rate=param.rate,
        feedback=feedback,
    )
