"""MIDI to Nallely: a parameter that follows a control, as its owner expects of such a control."""

from nallely_midibridge.core.controls.control import Control, Schedule
from nallely_midibridge.core.controls.handled import Handled
from nallely_midibridge.core.lane import Lane
from nallely_midibridge.values.handling import PLAIN
from nallely_midibridge.values.mapping import ParamRoute

__all__ = ["Control", "make_control"]


def make_control(neuron: str, route: ParamRoute, schedule: Schedule, lane: Lane | None) -> Control:
    """The control of a route; ``lane`` is where its device is told of the parameter, if it is."""
    if route.handling == PLAIN:
        return Control(neuron, route, schedule)
    return Handled(neuron, route, schedule, lane)
