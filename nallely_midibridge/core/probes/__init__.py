"""Nallely to MIDI: a probe that becomes messages on a port."""

from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.clock import Clock
from nallely_midibridge.core.probes.continuous import Continuous, Shaped
from nallely_midibridge.core.probes.note import Note
from nallely_midibridge.core.probes.probe import Listener, Probe, Schedule
from nallely_midibridge.core.probes.transport import Transport
from nallely_midibridge.core.spelling import make_spelling
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.mapping import ProbeRoute

__all__ = ["Listener", "Probe", "Schedule", "make_probe"]


def make_probe(route: ProbeRoute, lane: Lane, schedule: Schedule) -> Probe:
    """The probe of a route."""
    spelling = make_spelling(route.destination, lane)
    if spelling is not None:
        is_shaped = route.deadband or route.smooth
        return Shaped(route, lane, spelling, schedule) if is_shaped else Continuous(route, lane, spelling)
    if route.destination.kind is DestinationKind.CLOCK:
        return Clock(route, lane, schedule)
    if route.destination.kind is DestinationKind.TRANSPORT:
        return Transport(route, lane)
    return Note(route, lane, schedule)
