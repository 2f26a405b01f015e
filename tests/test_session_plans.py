"""What follows from the state of a session, as laws: a plan that is carried out leaves nothing to do."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.session.registration import compare, registered
from nallely_midibridge.core.session.wiring import (
    MakeDevice,
    MakeLink,
    Step,
    asked_links,
    neuron_links,
    plan,
    present_links,
    unnamed_links,
)
from nallely_midibridge.values.mapping import Parameter
from nallely_midibridge.values.session import (
    ALL_KEYS,
    BUS_KIND,
    VIRTUAL,
    Path,
    PortOfDevice,
    SessionDevice,
    SessionLink,
    SessionState,
)
from nallely_midibridge.values.wiring import Scaling, Wire, WireEnd

NAMES = ("voice1", "voice2", "vel1", "vel2", "mon1")
KINDS = ("LFO", "MIDIBridge")
BUS = 7


def ports(*names: str) -> tuple[PortOfDevice, ...]:
    return tuple(PortOfDevice(VIRTUAL, name, f"{name}_cv", 0, 127) for name in names)


def device(number: int, kind: str, count: int) -> SessionDevice:
    if kind == "MIDIBridge":
        keys = PortOfDevice("X0", "notes", ALL_KEYS, 0, 127)
        return SessionDevice(number, f"MIDIBridge{count}", kind, (keys,), is_midi=True)
    return SessionDevice(number, f"{kind}{count + 1}", kind, ports("output", "speed"))


def session(*kinds: str) -> SessionState:
    neuron = SessionDevice(BUS, "keys", "keys", ports(*(f"keys_{name}" for name in NAMES)), is_neuron=True)
    state = SessionState((SessionDevice(BUS, "WebSocketBus1", BUS_KIND, neuron.parameters), neuron), (), KINDS)
    for kind in kinds:
        state = with_device(state, kind)
    return state


def with_device(state: SessionState, kind: str) -> SessionState:
    count = sum(d.kind == kind for d in state.devices)
    return replace(state, devices=(*state.devices, device(100 + len(state.devices), kind, count)))


def carried_out(step: Step, state: SessionState) -> SessionState:
    match step:
        case MakeLink(_, ends, _):
            return replace(state, links=(*state.links, SessionLink(*ends)))
        case MakeDevice(_, kind, _):
            return with_device(state, kind)


ours = st.sampled_from(NAMES).map(WireEnd)
theirs = st.sampled_from(
    [
        WireEnd("X0", "MIDIBridge0"),
        WireEnd(f"X0.{ALL_KEYS}", "MIDIBridge", is_first=True),
        WireEnd("X0.60", "MIDIBridge0"),
        WireEnd("output", "LFO1"),
        WireEnd("speed", "LFO", is_first=True),
        WireEnd("spead", "LFO1"),
        WireEnd("x", "Nothing1"),
    ]
)
plain = st.builds(Wire, ours, theirs, st.sampled_from([None, *Scaling]), st.booleans())
wirings = st.lists(plain, max_size=6, unique_by=lambda wire: (wire.source, wire.destination))


@given(wirings, st.lists(st.sampled_from(KINDS), max_size=3))
def test_a_plan_that_is_carried_out_leaves_nothing_to_do_and_no_link_twice(wires: list[Wire], kinds: list[str]) -> None:
    state = session(*kinds)
    for _ in range(40):
        steps = plan("keys", wires, state).steps
        if not steps:
            break
        state = carried_out(steps[0], state)
    found = plan("keys", wires, state)
    assert not found.steps
    assert len(found.there) + len(found.waiting) + len(found.wrong) == len(wires)
    assert not [ends for ends, count in Counter(link.ends for link in state.links).items() if count > 1]
    assert all(wire.destination.device == "Nothing1" or not wire.create for wire in found.waiting)


@given(wirings)
def test_what_the_file_asks_for_is_not_besides_it(wires: list[Wire]) -> None:
    state = session(*KINDS)
    for _ in range(40):
        steps = plan("keys", wires, state).steps
        if not steps:
            break
        state = carried_out(steps[0], state)
    assert unnamed_links("keys", asked_links("keys", wires, state), state) == []
    there = {str(link) for link in present_links("keys", state)}
    assert {str(link) for link in unnamed_links("keys", [], state)} == there


@pytest.mark.parametrize("number", [0, 1])
def test_a_link_to_either_of_two_devices_of_one_name_is_there_and_not_made_to_the_other(number: int) -> None:
    """Nallely 0.7.0 calls every MIDIBridge MIDIBridge0."""
    state = session("MIDIBridge", "MIDIBridge")
    twins = [replace(device, repr="MIDIBridge0") for device in state.devices if device.is_midi]
    state = replace(state, devices=(*state.devices[:-2], *twins))
    wire = Wire(WireEnd("voice1"), WireEnd("X0", "MIDIBridge0"), create=True)
    voice, keys = Path(BUS, VIRTUAL, "keys_voice1_cv"), Path(twins[number].id, "X0", ALL_KEYS)
    assert [step.ends for step in plan("keys", [wire], state).steps if isinstance(step, MakeLink)] == [
        (voice, Path(twins[0].id, "X0", ALL_KEYS))
    ]
    state = replace(state, links=(SessionLink(voice, keys),))
    assert plan("keys", [wire], state).there == [wire]
    assert unnamed_links("keys", asked_links("keys", [wire], state), state) == []
    both = tuple(SessionLink(voice, Path(twin.id, "X0", ALL_KEYS)) for twin in twins)
    assert len(unnamed_links("keys", (), replace(state, links=both))) == 1


def test_links_of_a_neuron_that_a_session_calls_otherwise_have_its_own_names() -> None:
    made = tuple(replace(port, name=port.name.replace("keys", "my%20keys")) for port in session().devices[1].parameters)
    neuron = SessionDevice(BUS, "my%20keys", "my%20keys", made, is_neuron=True)
    bus, lfo = replace(session().devices[0], parameters=made), device(100, "LFO", 0)
    link = SessionLink(neuron.path(made[0]), lfo.path(lfo.parameters[1]))
    state = SessionState((bus, neuron, lfo), (link,), KINDS)
    assert neuron_links("my keys", state) == {link.ends: ("voice1",)}
    assert [str(found) for found in present_links("my keys", state)] == ["voice1 -> LFO1.speed"]


parameters = st.builds(Parameter, st.sampled_from(NAMES), st.sampled_from([0.0, 1.0]), st.sampled_from([2.0, 127.0]))
lists = st.lists(parameters, max_size=6)


def neuron_of(items: list[Parameter]) -> SessionDevice:
    made = tuple(PortOfDevice(VIRTUAL, f"keys_{p.name}", f"keys_{p.name}_cv", p.low, p.high) for p in items)
    return SessionDevice(BUS, "keys", "keys", made, is_neuron=True)


@given(st.lists(parameters, unique_by=lambda p: p.name, max_size=5), lists)
def test_the_difference_applied_makes_it_right(wanted: list[Parameter], there: list[Parameter]) -> None:
    found = compare(wanted, neuron_of(there), [p.name for p in there])
    assert not found.is_anothers
    assert set(found.doubled) == {name for name, count in Counter(p.name for p in there).items() if count > 1}
    if found.needs_new_registration:
        return
    removed = {p.name for p in (*found.surplus, *found.wrong)}
    after = [p for p in there if p.name not in removed] + [*found.missing, *found.wrong]
    assert compare(wanted, neuron_of(after), ()).is_right or not wanted
    assert {p.name for p in registered(neuron_of(after))} == {p.name for p in wanted}


@given(st.lists(parameters, min_size=1, unique_by=lambda p: p.name), lists, st.sets(st.sampled_from(NAMES)))
def test_a_list_is_anothers_only_when_it_has_nothing_of_ours(
    wanted: list[Parameter], there: list[Parameter], known: set[str]
) -> None:
    names = {p.name for p in there}
    found = compare(wanted, neuron_of(there), known)
    assert found.is_anothers == (bool(names) and not names & ({p.name for p in wanted} | known))


def test_an_absent_neuron_is_absent() -> None:
    assert compare([Parameter("a", 0, 1)], None, ()).is_absent


def test_words_are_for_people() -> None:
    found = compare([Parameter("a", 0, 1), Parameter("b", 0, 1)], neuron_of([Parameter("b", 0, 2)]), ())
    assert str(found) == "missing: a; of another range: b"


@pytest.mark.parametrize(
    ("device", "kind", "name"),
    [
        (WireEnd("x", "LFO3"), "LFO", "LFO3"),
        (WireEnd("x", "Sequencer8", is_first=True), "Sequencer8", None),
        (WireEnd("x", "Sequencer81"), "Sequencer8", "Sequencer81"),
        (WireEnd("x", "NTS1"), "NTS1", "NTS1"),
    ],
)
def test_a_class_may_end_in_a_digit(device: WireEnd, kind: str, name: str | None) -> None:
    state = replace(session(), kinds=("LFO", "NTS1", "Sequencer8", "Sequencer"))
    wire = Wire(WireEnd("voice1"), device, create=True)
    assert plan("keys", [wire], state).steps == [MakeDevice(wire, kind, name)]


def test_the_first_of_what_is_no_class_is_not_waited_for() -> None:
    wire = Wire(WireEnd("voice1"), WireEnd("x", "LFO1", is_first=True))
    assert plan("keys", [wire], session()).wrong == {
        wire: "the session has no first LFO1, and no class 'LFO1' to make it of; did you mean LFO?"
    }
    assert plan("keys", [wire], replace(session(), kinds=())).wrong == {}
