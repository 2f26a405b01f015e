"""The ``feedback`` of a param: lights, rings and motors of the device follow the parameter's value."""

from typing import Final

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around, Body
from nallely_midibridge.mapping_file.schema import FeedbackWords
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.values.handling import Feedback, LightsOff
from nallely_midibridge.values.mapping import ParamRoute

KINDS: Final = ("cc", "cc14", "nrpn", "note", "pitchbend", "pressure", "program")
"""What a device can be told at the place it sends from."""

_OF_BUTTONS: Final = ("on", "off", "after_release")
_SWITCHES: Final = ("toggle", "momentary")


def read_feedback(body: Body, kind: str, spot: Spot) -> Feedback | None:
    """The feedback of a route, or None when it has none or it is wrong."""
    if "feedback" not in body:
        return None
    if kind == "note" and body["note"] == "any":
        spot.wrong_key("'feedback' lights one note; write which one, instead of any", "feedback")
    if kind == "note" and body.get("value") == "number":
        spot.wrong_key("'feedback' does not go with 'value: number', which no light can show", "feedback")
    words = _words(body["feedback"], body, kind, spot / "feedback")
    return _feedback(words, spot / "feedback") if words else None


def _words(value: object, body: Body, kind: str, spot: Spot) -> FeedbackWords | None:
    if value is True:
        return FeedbackWords()
    if isinstance(value, dict) and value:
        _check_company(value, body, kind, spot)
        return shaped(FeedbackWords, value, spot)
    said = "empty" if value == {} else shown(value)
    spot.wrong(f"must be true, or a block such as {{repeat: 2s, on: 5}}, not {said}")
    return None


def _check_company(block: Body, body: Body, kind: str, spot: Spot) -> None:
    """Say which keys of a ``feedback`` do not go with its route."""
    is_button = kind == "note" or body.get("mode") in _SWITCHES
    for key in _OF_BUTTONS:
        if key in block and not is_button:
            spot.wrong_key(f"{key!r} is for the light of a note, 'mode: toggle' or 'mode: momentary'", key)
    if "lights_off" in block and kind != "note":
        spot.wrong_key(f"'lights_off' goes with note, not with {kind}", "lights_off")


def _feedback(words: FeedbackWords, spot: Spot) -> Feedback:
    if words.on == words.off:
        spot.wrong(f"'on' and 'off' must differ, and both are {words.on}")
    elif words.lights_off == "note-off" and words.off:
        message = f"'off' keeps the light at {words.off}, and 'lights_off: note-off' puts it out; keep one of them"
        spot.wrong_key(message, "off")
    return Feedback(words.repeat, words.after_release, words.on, words.off, LightsOff(words.lights_off))


def claim_light(route: ParamRoute, spot: Spot, around: Around) -> None:
    """Take the place where a route's feedback goes, or say why that cannot be."""
    light = route.feedback_route
    if light is None:
        return
    port = (around.ports or {}).get(light.destination.port)
    if port and not port.has_output:
        message = f"'feedback' needs an output, and port {port.name!r} has none; give it one in 'ports'"
        spot.wrong_key(message, "feedback")
    elif refusal := around.controls.refusal(light.destination, spot):
        spot.wrong_key(f"{refusal}; a light or motor follows one parameter", "feedback")
