"""A probe that starts and stops what follows us."""

from nallely_midibridge.core.lane import Lane
from nallely_midibridge.core.probes.probe import NEXT_TO_NOTHING, Probe
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import ProbeRoute


class Transport(Probe):
    """Above 0 it runs, else it is stopped. It never waits.

    Each time it starts from the top: a continue would have to go on from somewhere, and a value above 0 does not say
    from where.
    """

    def __init__(self, route: ProbeRoute, lane: Lane) -> None:
        super().__init__(route, lane)
        self._runs = False
        self._told_to_run = False

    def receive(self, value: float, now: float) -> list[Effect]:
        self._runs = value > NEXT_TO_NOTHING
        return self._tell(now)

    def release(self, now: float) -> list[Effect]:
        self._runs = False
        return self._tell(now)

    def port_opened(self, now: float) -> list[Effect]:
        """It is told to run once more. One that was running when it was lost is stopped if it should be by now."""
        if self._runs:
            self._told_to_run = False
        return self._tell(now)

    def _tell(self, now: float) -> list[Effect]:
        if self._runs == self._told_to_run or not self.lane.is_open:
            return []
        self._told_to_run = self._runs
        return self.lane.send((midi.START if self._runs else midi.STOP,), now)
