"""The tempo of a MIDI clock, filtered to what a musician would call steady.

Clocks come late, by milliseconds over USB, and some not at all. A line laid through the times of the last eight beats
hardly minds; but it would follow a new tempo only after as many beats. So each clock is compared with the time that
the line foretells, and when the differences add up on one side (Page's test) something has changed for good, and a
new line begins. A clock that is far off is put aside until it is known what it was: one of a few that were held up,
or the first after a change. What is shown moves only by what the line is sure of.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import Final

from nallely_midibridge.core.readers.clock import SILENT_AFTER
from nallely_midibridge.core.readers.reader import Reader
from nallely_midibridge.values import midi

SLOWEST: Final = 5.0
FASTEST: Final = 1000.0
"""Beats a minute; what is outside is no tempo but noise."""
SHOWN_DECIMALS: Final = 1
SHOWN_WITHIN: Final = 0.08
"""Beats a minute: what is shown is right within a tenth, and stays while it is right within this."""
SURE: Final = 4.0
"""Standard errors by which the line must be off what is shown to move it."""

MICROSECOND: Final = 1e-6
LONGEST: Final = 8 * midi.CLOCKS_PER_BEAT
SHORTEST: Final = 8
FORETELLS_FROM: Final = 2
"""Clocks that a line goes through: at most, at least to be shown, and at least to foretell the next."""

MOST_ASIDE: Final = 12
"""Clocks that are put aside."""

UNSURE_AT_FIRST: Final = 1000.0
UNSURE_AT_LEAST: Final = 200.0
UNSURE_AT_MOST: Final = 4000.0
"""Microseconds by which clocks are early or late as a rule, as a standard deviation."""
LEARNS: Final = 1 / 16
"""How much of that one clock teaches."""
MEAN_TO_DEVIATION: Final = 1.25
"""From the mean of what clocks are off by to their standard deviation (normal distribution)."""

FAR: Final = 3.0
ALLOWED: Final = 1.0
ALARM: Final = 9.0
"""Page's test, in standard deviations: what one clock counts at most, less what each may be off by, and the sum that is
too much. Five clocks that are far off in a row are; a change of 1 bpm is noticed within a beat."""


class Line:
    """Clocks at even distances: the straight line that fits their times best (least squares).

    Whole microseconds, so that sums that are kept up to date for days stay exact.
    """

    def __init__(self) -> None:
        self._times: deque[int] = deque()
        self._sum = 0
        self._sum_by_place = 0

    def __len__(self) -> int:
        return len(self._times)

    def add(self, time: int) -> None:
        """The next clock."""
        self._sum_by_place += len(self._times) * time
        self._sum += time
        self._times.append(time)

    def keep(self, count: int) -> None:
        """Forget all clocks but the last ones."""
        while len(self._times) > count:
            self._sum -= self._times.popleft()
            self._sum_by_place -= self._sum

    @property
    def period(self) -> float:
        """Microseconds from one clock to the next; for two clocks or more."""
        return (2 * self._sum_by_place - (len(self._times) - 1) * self._sum) / (2 * self._spread)

    def foretold(self, place: int) -> float:
        """When the clock after so many more is due."""
        count = len(self._times)
        return self._sum / count + self.period * ((count + 1) / 2 + place)

    @property
    def doubt(self) -> float:
        """The standard error of the period, in standard deviations of one clock."""
        return 1 / math.sqrt(self._spread)

    @property
    def foresight(self) -> float:
        """The standard error of the next clock, likewise."""
        count = len(self._times)
        return math.sqrt(1 + (4 * count + 2) / (count * (count - 1)))

    @property
    def _spread(self) -> float:
        """The sum of squares of the places 0, 1, 2 … from their middle."""
        count = len(self._times)
        return count * (count * count - 1) / 12


class Page:
    """Page's test: whether clocks come later, or earlier, than they should, and since how many."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._sums = [0.0, 0.0]
        self._counts = [0, 0]

    def add(self, late: float) -> int:
        """A clock is late by so many standard deviations. How many clocks ago the tempo changed; 0: it has not."""
        for side, off in enumerate((late, -late)):
            self._sums[side] = max(0.0, self._sums[side] + min(off, FAR) - ALLOWED)
            self._counts[side] = self._counts[side] + 1 if self._sums[side] else 0
            if self._sums[side] > ALARM:
                return self._counts[side]
        return 0


class Tempo(Reader):
    """Beats a minute. When the clock stops, the tempo stays."""

    def __init__(self) -> None:
        self._line = Line()
        self._page = Page()
        self._aside: list[int] = []
        self._unsure = UNSURE_AT_FIRST
        self._heard_at = 0.0
        self._shown: float | None = None

    def read(self, message: Sequence[int], now: float) -> float | None:
        if message[0] != midi.CLOCK or now > self._heard_at + SILENT_AFTER:
            self._begin()
        if message[0] != midi.CLOCK:
            return None
        self._heard_at = now
        self._add(round(now / MICROSECOND))
        return self._show()

    def release(self) -> float | None:
        self._begin()
        return None

    def _begin(self, *times: int) -> None:
        """The next clock is not even with what was: a start, or the end of a silence."""
        self._line.keep(0)
        for time in times:
            self._line.add(time)
        self._page.clear()
        self._aside = []

    def _add(self, time: int) -> None:
        line = self._line
        if len(line) < FORETELLS_FROM:
            line.add(time)
            return
        late = (time - line.foretold(len(self._aside))) / line.foresight
        is_far = abs(late) > FAR * self._unsure
        if is_far and len(line) < SHORTEST:
            self._begin(time)
        elif (changed := self._page.add(late / self._unsure)) and (self._aside or not is_far):
            self._change(changed, time)
        elif is_far:
            self._put_aside(time)
        else:
            self._go_on(time, abs(late))

    def _put_aside(self, time: int) -> None:
        """Many far off, early and late in turn, are neither held up nor a change: clocks are less sure than thought."""
        self._aside.append(time)
        if len(self._aside) > MOST_ASIDE:
            for _ in self._aside:
                self._learn(FAR * self._unsure)
            self._begin(time)

    def _change(self, clocks: int, time: int) -> None:
        """The tempo is another, or the place in it, since so many clocks; or since those that were put aside.

        These are taken one by one: some between them may be lost, and no line goes through those.
        """
        if self._aside:
            times = (*self._aside, time)
            self._begin()
            for each in times:
                self._add(each)
        else:
            self._line.add(time)
            self._line.keep(clocks)
            self._page.clear()

    def _go_on(self, time: int, off: float) -> None:
        """The clock is where it should be. Those put aside were held up: each is taken for one in time."""
        for _ in self._aside:
            self._line.add(round(self._line.foretold(0)))
            self._learn(FAR * self._unsure)
        self._aside = []
        self._line.add(time)
        self._line.keep(LONGEST)
        self._learn(off)

    def _learn(self, off: float) -> None:
        """What a clock is off by says how unsure clocks are."""
        learned = self._unsure + LEARNS * (MEAN_TO_DEVIATION * off - self._unsure)
        self._unsure = min(max(learned, UNSURE_AT_LEAST), UNSURE_AT_MOST)

    def _show(self) -> float | None:
        line = self._line
        if len(line) < SHORTEST or line.period <= 0:
            return None
        tempo = 60 / (midi.CLOCKS_PER_BEAT * line.period * MICROSECOND)
        if not SLOWEST <= tempo <= FASTEST:
            return None
        doubt = SURE * tempo * self._unsure * line.doubt / line.period
        if self._shown is not None and abs(tempo - self._shown) <= max(SHOWN_WITHIN, doubt):
            return None
        self._shown = round(tempo, SHOWN_DECIMALS)
        return self._shown
