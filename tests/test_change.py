"""Laws of changing the mapping while it plays: what both say goes on, what went is finished, what came begins."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.core.engine import Engine
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.values.effects import Effect, SendMidi, SendValue, WakeAt
from nallely_midibridge.values.events import Direction, LinkUp, MidiReceived, PortOpened, TimeReached, ValueReceived
from nallely_midibridge.values.mapping import Mapping
from tests.waiting import wait_for

TWO = """
ports: {{keys: K, out: {{output: O}}}}
neurons:
  n:
    voices:
      left: {{from: keys, count: 2, notes: C-1..B3, retrigger_gap: 10ms{left}}}
      right: {{from: keys, count: 2, notes: C4..G9, retrigger_gap: 10ms{right}}}
    params:
      knob: {{from: keys, cc: 1{knob}}}
    probes:
      lead: {{to: out, note: true{lead}}}
      mon: {{to: out, cc: 20{mon}}}
"""


def mapping(left: str = "", right: str = "", knob: str = "", lead: str = "", mon: str = "") -> Mapping:
    return load_text(TWO.format(left=left, right=right, knob=knob, lead=lead, mon=mon))


class Stage:
    """An engine with everything there, a clock moved by hand, and what sounds on each side."""

    def __init__(self, first: Mapping) -> None:
        self.engine = Engine(first)
        self.now = 1.0
        self.wake_at: float | None = None
        self.effects: list[Effect] = []
        self.voices: dict[str, float] = {}
        self.notes: set[int] = set()
        self.happens(PortOpened("out", Direction.OUTPUT), LinkUp("n"))
        self.pass_time(1)

    def take(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, SendValue):
                self.voices[effect.parameter] = effect.value
            elif isinstance(effect, SendMidi) and effect.message[0] & 0xE0 == 0x80:
                (self.notes.add if effect.message[0] & 0x10 else self.notes.discard)(effect.message[1])
            elif isinstance(effect, WakeAt):
                self.wake_at = effect.at

    def happens(self, *events: object) -> None:
        for event in events:
            self.take(self.engine.handle(event, self.now))  # type: ignore[arg-type]

    def plays(self, *message: int) -> None:
        self.happens(MidiReceived("keys", message))

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.wake_at is not None and self.wake_at <= end:
            self.now, self.wake_at = max(self.now, self.wake_at), None
            self.happens(TimeReached())
        self.now = end

    def changes_to(self, other: Mapping) -> list[Effect]:
        self.effects = []
        self.take(self.engine.switch(self.engine.prepare(other), self.now))
        return [effect for effect in self.effects if not isinstance(effect, WakeAt)]

    @property
    def sounding(self) -> set[float]:
        return {value for name, value in self.voices.items() if value and name.startswith(("left", "right"))}


def test_a_change_that_changes_nothing_does_nothing() -> None:
    stage = Stage(mapping())
    stage.plays(0x90, 60, 100)
    stage.happens(ValueReceived("n", "lead", 40))
    assert stage.changes_to(mapping()) == []
    stage.plays(0x80, 60, 0)
    stage.happens(ValueReceived("n", "lead", 0))
    assert (stage.sounding, stage.notes) == (set(), set())


def test_what_is_held_on_a_route_that_went_is_finished_and_the_rest_goes_on() -> None:
    stage = Stage(mapping())
    stage.plays(0x90, 40, 100)
    stage.plays(0x90, 60, 100)
    stage.happens(ValueReceived("n", "lead", 40))
    stage.changes_to(mapping(left=", transpose: 12", lead=", channel: 2"))
    stage.pass_time(1)
    assert (stage.sounding, stage.notes) == ({60}, set())
    stage.plays(0x80, 40, 0)
    stage.plays(0x90, 41, 100)
    assert stage.sounding == {60, 53}


def test_held_voices_of_a_block_that_changes_are_counted_and_zeroed_once() -> None:
    stage = Stage(mapping())
    stage.plays(0x90, 60, 100)
    stage.plays(0x90, 40, 100)
    other = mapping(right=", transpose: 12")
    assert stage.engine.held_in_vain(stage.engine.prepare(other)) == {"n.right": 1}
    zeros = [effect.parameter for effect in stage.changes_to(other) if isinstance(effect, SendValue)]
    assert sorted(zeros) == ["right1", "right2"]
    assert stage.engine.held_in_vain(stage.engine.prepare(mapping(right=", transpose: 12"))) == {}
    fewer = Mapping(other.ports, (replace(other.neurons[0], voices=other.neurons[0].voices[:1]),))
    stage.plays(0x90, 61, 100)
    stage.pass_time(1)
    assert stage.engine.held_in_vain(stage.engine.prepare(fewer)) == {"n.right": 1}
    assert [effect.value for effect in stage.changes_to(fewer) if isinstance(effect, SendValue)] == [0]


def test_new_voices_are_zeroed_and_new_controls_wait_for_a_hand() -> None:
    stage = Stage(mapping())
    effects = stage.changes_to(mapping(right=", velocity: vel", knob=", range: [0, 1]"))
    assert effects == [SendValue("n", f"right{voice}", 0, every=True) for voice in (1, 2)]
    stage.effects = []
    stage.plays(0xB0, 1, 127)
    assert stage.effects == [SendValue("n", "knob", 1)]


def test_a_neuron_that_gets_another_link_is_silenced_on_the_old_one() -> None:
    stage = Stage(mapping())
    stage.plays(0x90, 60, 100)
    stage.take(stage.engine.switch(stage.engine.prepare(mapping(), anew={"n"}), stage.now))
    assert stage.sounding == set()
    stage.effects = []
    stage.plays(0x90, 62, 100)
    assert stage.effects == []
    stage.happens(LinkUp("n"))
    stage.pass_time(1)
    assert stage.sounding == {62}


choices = st.fixed_dictionaries(
    {
        "left": st.sampled_from(["", ", transpose: 1", ", steal: none", ", restore: true"]),
        "right": st.sampled_from(["", ", transpose: -1", ", velocity: vel"]),
        "knob": st.sampled_from(["", ", invert: true"]),
        "lead": st.sampled_from(["", ", channel: 2", ", rate: 10"]),
        "mon": st.sampled_from(["", ", rate: 5"]),
    }
).map(lambda words: mapping(**words))
happenings = st.one_of(
    st.tuples(st.sampled_from([0x90, 0x80]), st.integers(55, 64), st.integers(1, 127)),
    st.tuples(st.just(0xB0), st.sampled_from([1, 64]), st.integers(0, 127)),
    st.floats(0, 127),
    choices,
)


@given(choices, st.lists(happenings, max_size=40))
def test_whatever_is_played_and_changed_releasing_everything_leaves_silence(
    first: Mapping, script: list[object]
) -> None:
    """Law: no change of the mapping leaves a note on either side."""
    stage = Stage(first)
    for happening in script:
        if isinstance(happening, Mapping):
            stage.changes_to(happening)
        elif isinstance(happening, float):
            stage.happens(ValueReceived("n", "lead", happening))
        else:
            stage.plays(*happening)  # type: ignore[misc]
        stage.pass_time(0.004)
    stage.plays(0xB0, 64, 0)
    for note in range(55, 65):
        stage.plays(0x80, note, 0)
    stage.happens(ValueReceived("n", "lead", 0))
    stage.pass_time(2)
    assert (stage.sounding, stage.notes) == (set(), set())


def test_a_running_bridge_registers_the_difference_only_and_opens_and_closes_ports() -> None:
    first = (
        "ports: {keys: K}\nneurons:\n  n:\n    params:\n      a: {from: keys, cc: 1}\n      b: {from: keys, cc: 2}\n"
    )
    second = first.replace("b: {from: keys, cc: 2}", "c: {from: pads, cc: 2}").replace("keys: K", "keys: K, pads: P")
    system = MemorySystem()
    keys, pads = system.plug("K"), system.plug("P")
    with SimulatedNallely() as nallely:
        here = [
            replace(n, bus=replace(n.bus, url=f"ws://{nallely.address}"), trevor=None) for n in load_text(first).neurons
        ]
        there = [
            replace(n, bus=replace(n.bus, url=f"ws://{nallely.address}"), trevor=None)
            for n in load_text(second).neurons
        ]
        with Bridge(Mapping(load_text(first).ports, tuple(here)), lambda: system) as bridge:
            assert wait_for(lambda: bridge.is_registered("n") and keys._receivers)
            keys.send(0xB0, 1, 5)
            bridge.change(Mapping(load_text(second).ports, tuple(there)))
            assert nallely.wait_for(lambda: nallely.parameters("n") == ["a", "c"])
            assert wait_for(lambda: pads._receivers)
            pads.send(0xB0, 2, 7)
            keys.send(0xB0, 1, 5)
            assert nallely.wait_for(lambda: len(nallely.received) == 2)
    assert [tuple(value) for value in nallely.received] == [("n", "a", 5.0), ("n", "c", 7.0)]


def test_a_running_bridge_says_which_held_voices_a_change_ended() -> None:
    text = "ports: {keys: K}\nneurons: {n: {trevor: off, bus: '127.0.0.1:1', voices: {v: {from: keys, count: 2}}}}\n"
    system = MemorySystem()
    keys = system.plug("K")
    with Bridge(load_text(text), lambda: system) as bridge:
        assert wait_for(lambda: keys._receivers)
        keys.send(0x90, 60, 100)
        assert bridge.change(load_text(text)) == {}
        assert bridge.change(load_text(text.replace("count: 2", "count: 3"))) == {"n.v": 1}
        assert bridge.status().neurons[0].voices.held == 0


def test_what_a_service_brings_whose_neuron_has_moved_to_another_session_is_not_heard() -> None:
    text = (
        "ports: {keys: K, daw: {virtual: D}}\n"
        "neurons: {n: {trevor: off, bus: 'ADDRESS', "
        "voices: {v: {from: keys, count: 1}}, probes: {p: {to: daw, cc: 9}}}}\n"
    )
    system = MemorySystem()
    keys = system.plug("K")
    with (
        SimulatedNallely() as here,
        SimulatedNallely() as there,
        Bridge(load_text(text.replace("ADDRESS", here.address)), lambda: system) as bridge,
    ):
        assert here.wait_for_neuron("n")
        old = bridge._services["n"]
        bridge.change(load_text(text.replace("ADDRESS", there.address)))
        assert there.wait_for_neuron("n")
        assert wait_for(lambda: keys._receivers and bridge.is_registered("n"))
        heard: list[object] = []
        bridge.observe(lambda event, effects: heard.append(event))
        assert old.onclose is not None
        assert old.onvalue is not None
        old.onclose()
        old.onvalue("p", 5.0)
        assert heard == []
        keys.send(0x90, 60, 100)
        assert there.wait_for(lambda: ("n", "v1", 60.0) in there.received)
