"""Laws of `Lane` and of probes on it: note-offs never wait, the rest takes turns and only the newest counts."""

import itertools
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.agenda import Agenda
from nallely_midibridge.core.backlog import Backlog
from nallely_midibridge.core.lane import AGAIN_AFTER, BURST, Lane
from nallely_midibridge.core.probes import Probe, make_probe
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.effects import Effect, SendAgain, SendMidi
from nallely_midibridge.values.mapping import Port, ProbeRoute
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.scale import Scale

RATE = 100.0


class Cable:
    """A lane, probes on it, a clock moved by hand, and what went out when."""

    def __init__(self, rate: float = RATE) -> None:
        self.now = 10.0
        self.agenda = Agenda()
        self.lane = Lane(
            Port("out", output="out", rate=rate), lambda at: self.agenda.add(at, self.lane.wake), lambda *_: None
        )
        self.lane.is_open = True
        self.sent: list[tuple[float, MidiMessage]] = []

    def probe(self, kind: DestinationKind, number: int | None = None, rate: float | None = None) -> Probe:
        return make_probe(
            ProbeRoute("q", Destination("out", kind, number), Scale(0, 127), rate), self.lane, self.agenda.add
        )

    def take(self, effects: list[Effect]) -> None:
        self.sent += [(self.now, effect.message) for effect in effects if isinstance(effect, SendMidi)]

    def receive(self, probe: Probe, *values: float) -> None:
        for value in values:
            self.take(probe.receive(value, self.now))

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.agenda.next_at is not None and self.agenda.next_at <= end:
            self.now = max(self.now, self.agenda.next_at)
            for task in self.agenda.due(self.now):
                self.take(task(self.now))
        self.now = end

    @property
    def messages(self) -> list[MidiMessage]:
        return [message for _, message in self.sent]


def test_a_flood_is_merged_to_the_rate_and_the_newest_value_arrives() -> None:
    cable = Cable()
    knob = cable.probe(DestinationKind.CC, 20)
    for step in range(2000):
        cable.receive(knob, step % 128)
        cable.pass_time(0.0005)
    cable.pass_time(1)
    assert len(cable.sent) <= RATE * 1.0 + RATE * BURST + 1
    assert cable.messages[-1] == (0xB0, 20, 1999 % 128)
    assert cable.lane.merged == 2000 - len(cable.sent)


def test_floods_take_turns() -> None:
    cable = Cable()
    knobs = [cable.probe(DestinationKind.CC, number) for number in range(4)]
    for step in range(400):
        for knob in knobs:
            cable.receive(knob, step % 128)
        cable.pass_time(0.0025)
    counts = [sum(message[1] == number for message in cable.messages) for number in range(4)]
    assert max(counts) - min(counts) <= 2


def test_a_note_off_never_waits() -> None:
    cable = Cable(rate=1)
    note, knob = cable.probe(DestinationKind.NOTE), cable.probe(DestinationKind.CC, 20)
    cable.receive(note, 60)
    cable.receive(knob, 1, 2, 3)
    cable.receive(note, 0)
    assert cable.messages == [(0x90, 60, 100), (0x80, 60, 0)]


def test_a_note_that_had_to_wait_is_forgotten_when_another_is_wanted() -> None:
    cable = Cable(rate=1)
    note = cable.probe(DestinationKind.NOTE)
    cable.receive(note, 60, 61, 62, 63)
    cable.pass_time(5)
    assert cable.messages == [(0x90, 60, 100), (0x80, 60, 0), (0x90, 63, 100)]


def test_a_value_that_comes_back_to_what_was_sent_is_not_sent_again() -> None:
    cable = Cable(rate=1)
    knob = cable.probe(DestinationKind.CC, 20)
    cable.receive(knob, 5, 6, 5)
    cable.pass_time(5)
    assert cable.messages == [(0xB0, 20, 5)]


def test_a_route_keeps_its_own_rate_and_leaves_the_rest_of_the_port_to_others() -> None:
    cable = Cable(rate=1000)
    slow, fast = cable.probe(DestinationKind.CC, 1, rate=10), cable.probe(DestinationKind.CC, 2)
    for step in range(1000):
        cable.receive(slow, step % 128)
        cable.receive(fast, step % 128)
        cable.pass_time(0.002)
    times = [at for at, message in cable.sent if message[1] == 1]
    assert len(times) in (20, 21)
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.1 - 1e-9
    assert sum(message[1] == 2 for message in cable.messages) == 1000


def test_what_waited_for_a_port_that_was_lost_is_told_anew_when_it_is_back() -> None:
    cable = Cable(rate=1)
    knob = cable.probe(DestinationKind.CC, 20)
    cable.receive(knob, 1, 2)
    cable.lane.close()
    cable.receive(knob, 3)
    cable.pass_time(5)
    cable.lane.is_open = True
    cable.take(knob.port_opened(cable.now))
    assert cable.messages == [(0xB0, 20, 1), (0xB0, 20, 3)]


steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([0.0, 60.0, 61.0, 62.0, 127.0]), st.floats(0, 0.05)), max_size=80
)


@given(steps, st.sampled_from([1.0, 20.0, 1000.0]))
def test_when_the_flood_is_over_the_port_has_the_newest_of_everything(
    script: list[tuple[int, float, float]], rate: float
) -> None:
    """Law: in the end every controller has its last value and exactly the wanted notes sound."""
    cable = Cable(rate)
    probes = [
        cable.probe(DestinationKind.CC, 20),
        cable.probe(DestinationKind.NOTE),
        cable.probe(DestinationKind.GATE, 5),
    ]
    newest: dict[int, float] = {}
    for index, value, pause in script:
        newest[index] = value
        cable.receive(probes[index], value)
        cable.pass_time(pause)
    cable.pass_time(100)
    sounding: set[int] = set()
    controllers: dict[int, int] = {}
    for status, number, value in cable.messages:
        if status == 0xB0:
            controllers[number] = value
        else:
            assert (number in sounding) == (status == 0x80), "a note begins once and ends once"
            (sounding.add if status == 0x90 else sounding.discard)(number)
    assert controllers == ({20: newest[0]} if 0 in newest else {})
    wanted = {int(newest.get(1, 0))} - {0} | ({5} if newest.get(2) else set())
    assert sounding == wanted


@given(steps, st.sampled_from([20.0, 1000.0]))
def test_no_port_is_sent_more_than_its_rate_but_for_note_offs(
    script: list[tuple[int, float, float]], rate: float
) -> None:
    cable = Cable(rate)
    probes = [cable.probe(DestinationKind.CC, number) for number in range(3)]
    for index, value, pause in script:
        cable.receive(probes[index], value)
        cable.pass_time(pause)
    cable.pass_time(10)
    times = [at for at, _ in cable.sent]
    for first, at in enumerate(times):
        in_a_second = sum(at <= other < at + 1.0 for other in times[first:])
        assert in_a_second <= rate * (1 + BURST) + 1


class RefusingCable(Cable):
    """A cable that takes nothing while it ``refuses``; what it did not take is kept for it, as a port's outlet does."""

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self.refuses = False
        self.backlog = Backlog()

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, SendMidi):
                self._offer(effect.message)
            elif isinstance(effect, SendAgain):
                self._send_again()

    def _offer(self, message: MidiMessage) -> None:
        if self.refuses or self.backlog:
            self.backlog.put(message)
            self.lane.refuse(self.now)
        else:
            self.sent.append((self.now, message))

    def _send_again(self) -> None:
        while self.backlog and not self.refuses:
            self.sent.append((self.now, self.backlog.first()))
            self.backlog.took()
        if self.backlog:
            self.lane.refuse(self.now)


def test_a_port_that_goes_on_refusing_is_kept_no_stream_of_values_for() -> None:
    """Law: what waits is not given to a port of which it is not known yet whether it takes anything again."""
    cable = RefusingCable(1000.0)
    probe = cable.probe(DestinationKind.CC, 20)
    cable.refuses = True
    for step in range(200):
        cable.receive(probe, step % 128)
        cable.pass_time(0.01)
    assert len(cable.backlog) == 1
    cable.refuses = False
    cable.pass_time(1)
    assert cable.messages[-1] == (0xB0, 20, 199 % 128)


@given(steps, st.lists(st.booleans(), min_size=1, max_size=20), st.sampled_from([20.0, 1000.0]))
def test_whatever_a_port_refuses_its_notes_and_values_are_right_when_it_takes_messages_again(
    script: list[tuple[int, float, float]], refusals: list[bool], rate: float
) -> None:
    """Law: each note that was begun is ended if it should be, and little is kept meanwhile."""
    cable = RefusingCable(rate)
    probes = [cable.probe(DestinationKind.CC, 20), cable.probe(DestinationKind.NOTE)]
    newest: dict[int, float] = {}
    for (index, value, pause), refuses in zip(script, itertools.cycle(refusals), strict=False):
        cable.refuses = refuses
        newest[index % 2] = value
        cable.receive(probes[index % 2], value)
        cable.pass_time(pause)
        assert len(cable.backlog) <= 4
    cable.refuses = False
    cable.pass_time(100)
    assert not cable.backlog
    sounding = Counter(message[1] for message in cable.messages if message[0] == 0x90)
    sounding.subtract(message[1] for message in cable.messages if message[0] == 0x80)
    wanted = int(newest.get(1, 0))
    assert {note: count for note, count in sounding.items() if count} == ({wanted: 1} if wanted else {})
    controllers = [value for status, _, value in cable.messages if status == 0xB0]
    assert controllers[-1:] == ([int(newest[0])] if 0 in newest else [])


def test_a_port_that_refuses_is_tried_again_before_anything_new_is_sent() -> None:
    cable = RefusingCable(1000.0)
    knob, lead = cable.probe(DestinationKind.CC, 20), cable.probe(DestinationKind.NOTE)
    cable.receive(lead, 60)
    cable.refuses = True
    cable.receive(lead, 0)
    cable.receive(knob, *range(10))
    cable.pass_time(1)
    cable.refuses = False
    cable.pass_time(2 * AGAIN_AFTER)
    assert cable.messages == [(0x90, 60, 100), (0x80, 60, 0), (0xB0, 20, 9)]
