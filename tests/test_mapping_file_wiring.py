# ruff: noqa: E501  (sentences as they are printed)
"""The ``wiring`` of a mapping file: what a line stands for, what is said of it, and what is wrong with it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.cli.main import main
from nallely_midibridge.mapping_file import explain, load_text, read_text
from nallely_midibridge.values.errors import MappingError
from nallely_midibridge.values.mapping import Bus, Neuron
from nallely_midibridge.values.wiring import ScaleTo, Scaling, Wire, WireEnd

HEAD = """\
ports: {keys: KeyStep, daw: {virtual: Nallely}}
neurons:
  keys:
    voices: {voice: {from: keys, count: 4, velocity: vel}}
    params: {cutoff: {from: keys, cc: 74}}
    probes: {mon1: {to: daw, cc: 1}}
    wiring:
"""
KEYS = WireEnd("X0", "MIDIBridge0")


def neuron(text: str) -> Neuron:
    return load_text(text).neurons[0]


def wires(*items: str) -> tuple[Wire, ...]:
    return neuron(HEAD + "".join(f"      - {item}\n" for item in items)).wiring


def ours(name: str) -> WireEnd:
    return WireEnd(name)


@pytest.mark.parametrize("pattern", ["voice*", "voice?", "voice{1..4}", "keys.voice*", "keys.voice{1,2,3,4}"])
def test_a_pattern_stands_for_parameters_of_the_neuron(pattern: str) -> None:
    assert wires(f"{pattern} -> MIDIBridge0.X0") == tuple(Wire(ours(f"voice{n}"), KEYS) for n in range(1, 5))


@pytest.mark.parametrize(
    ("item", "wire"),
    [
        ("LFO1.output -> mon1", Wire(WireEnd("output", "LFO1"), ours("mon1"))),
        ("LFO1.output → mon1", Wire(WireEnd("output", "LFO1"), ours("mon1"))),
        ("first LFO.output->mon1", Wire(WireEnd("output", "LFO", is_first=True), ours("mon1"))),
        ("cutoff -> MIDIBridge0.X0.cc_1", Wire(ours("cutoff"), WireEnd("X0.cc_1", "MIDIBridge0"))),
        ("cutoff -> mon1", Wire(ours("cutoff"), ours("mon1"))),
        ("{link: cutoff -> LFO1.speed, scale: raw}", Wire(ours("cutoff"), WireEnd("speed", "LFO1"), Scaling.RAW)),
        ("{link: cutoff -> LFO1.speed, scale: auto, create: true}", Wire(ours("cutoff"), WireEnd("speed", "LFO1"), Scaling.AUTO, create=True)),
        ("{link: cutoff -> LFO1.speed, scale: {to_min: 0, to_max: 1.5, as_int: true}}", Wire(ours("cutoff"), WireEnd("speed", "LFO1"), ScaleTo(0, 1.5, as_int=True))),
    ],
)  # fmt: skip
def test_a_line_is_a_link(item: str, wire: Wire) -> None:
    assert wires(item) == (wire,)


def test_patterns_go_side_by_side() -> None:
    assert [str(wire) for wire in wires("vel{1..2} -> VCA{1..2}.level", "LFO{1..2}.output -> voice{3..4}")] == [
        "vel1 -> VCA1.level",
        "vel2 -> VCA2.level",
        "LFO1.output -> voice3",
        "LFO2.output -> voice4",
    ]


def test_an_empty_list_wires_nothing() -> None:
    assert neuron(HEAD).wiring == ()
    assert neuron(HEAD.replace("wiring:", "wiring: []")).wiring == ()


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ("voic1 -> LFO1.speed", "8:9: neurons.keys.wiring[1]: the neuron has no parameter 'voic1'; did you mean 'voice1'?"),
        ("xyz -> LFO1.speed", "8:9: neurons.keys.wiring[1]: the neuron has no parameter 'xyz'; a device's parameter is written DEVICE.PARAMETER, such as LFO1.output"),
        ("pad* -> LFO1.speed", "8:9: neurons.keys.wiring[1]: no parameter of this neuron is like 'pad*'; it has voice1, voice2, voice3, voice4, vel1, vel2, vel3, vel4, cutoff and mon1"),
        ("LFO1.output -> LFO2.speed", "8:9: neurons.keys.wiring[1]: neither 'LFO1.output' nor 'LFO2.speed' is a parameter of this neuron"),
        ("voice1", "8:9: neurons.keys.wiring[1]: must be one link, not 'voice1'; write SOURCE -> DESTINATION, as in voice* -> MIDIBridge0.X0 or LFO1.output -> mon1"),
        ("a -> b -> c", "8:9: neurons.keys.wiring[1]: must be one link, not 'a -> b -> c'; write SOURCE -> DESTINATION, as in voice* -> MIDIBridge0.X0 or LFO1.output -> mon1"),
        ("5", "8:9: neurons.keys.wiring[1]: must be a link, not 5; write SOURCE -> DESTINATION, as in voice* -> MIDIBridge0.X0 or LFO1.output -> mon1"),
        ("voice* -> LFO{1..3}.speed", "8:9: neurons.keys.wiring[1]: makes 4 sources and 3 destinations; both must make the same number, or one"),
        ("mon1 -> LFO*.speed", "8:9: neurons.keys.wiring[1]: 'LFO*.speed': * and ? stand for parameters of this neuron only; name the device's"),
        ("12::__virtual__::output_cv.x -> mon1", "8:9: neurons.keys.wiring[1]: '12::__virtual__::output_cv.x' has the id of a device, which is new in every session; write its name"),
        ("LFO1. -> mon1", "8:9: neurons.keys.wiring[1]: 'LFO1.' is no parameter of a device; write DEVICE.PARAMETER or DEVICE.SECTION.PARAMETER"),
        ("{lnk: a -> b}", "8:9: neurons.keys.wiring[1]: 'link' is missing: as in link: voice* -> MIDIBridge0.X0|8:10: neurons.keys.wiring[1]: unknown key 'lnk'; did you mean 'link'?"),
        ("{link: LFO1.output -> mon1, scale: row}", "8:44: neurons.keys.wiring[1].scale: must be raw, auto or a block such as {to_min: 0, to_max: 1}, not 'row'; did you mean 'raw'?"),
        ("{link: LFO1.output -> mon1, scale: {to_min: 0}}", "8:37: neurons.keys.wiring[1].scale: 'to_max' is missing: the highest value that arrives"),
        ("{link: LFO1.output -> mon1, scale: {to_min: 0, to_max: x}}", "8:64: neurons.keys.wiring[1].scale.to_max: must be a number, not 'x'"),
        ("{link: LFO1.output -> mon1, create: yes}", "8:45: neurons.keys.wiring[1].create: must be true or false, not 'yes'"),
        ("{link: voice1 -> MIDIBridge0.X0, velocity: true}", "8:42: neurons.keys.wiring[1]: 'velocity' does not go here: a link carries none; link the voices' velocity parameters to what is to follow them"),
        ("voice{1..x} -> mon1", "8:9: neurons.keys.wiring[1]: {1..x} must run between two whole numbers, as in {1..8}"),
    ],
)  # fmt: skip
def test_a_wrong_line_says_where_and_what(item: str, problem: str) -> None:
    with pytest.raises(MappingError) as error:
        wires(item)
    assert [str(found).removeprefix("bridge.yaml:") for found in error.value.problems] == problem.split("|")


@pytest.mark.parametrize(
    "wrong", [("count: 4", "cuont: 4"), ("{from: keys, count", "{from: kesy, count"), ("to: daw", "to: dwa")]
)
def test_what_is_wrong_with_a_route_is_not_told_again_by_its_links(wrong: tuple[str, str]) -> None:
    with pytest.raises(MappingError) as error:
        neuron(HEAD.replace(*wrong) + "      - voice* -> MIDIBridge0.X0\n      - LFO1.output -> mon1\n")
    assert [("wiring" in str(problem)) for problem in error.value.problems] == [False]


@pytest.mark.parametrize(
    ("wrong", "item", "told"),
    [
        (("from: keys, count", "from: kesy, count"), "voice9 -> synth.keys", "the neuron has no parameter 'voice9'"),
        (("from: keys, count", "from: kesy, count"), "voice4 -> synth", "the neuron has no parameter 'synth'"),
        (("from: keys, count", "from: kesy, count"), "vel7 -> LFO1.speed", ""),
        (("cc: 74", "cc: 740"), "cutof -> LFO1.speed", "the neuron has no parameter 'cutof'; did you mean 'cutoff'?"),
        (("cc: 74", "cc: 740"), "cutoff -> LFO1.speed", ""),
        (("cc: 74", "cc: 740"), "voice{1..3} -> LFO{1..2}.speed", "makes 3 sources and 2 destinations"),
        (("count: 4", "cuont: 9"), "voice9 -> synth.keys", ""),
        (("count: 4", "count: 400"), "voice* -> LFO{1..2}.speed", ""),
        (("count: 4", "count: 4, legato: true"), "voice* -> synth.keys", ""),
        (("params:", "parms:"), "cutoff -> LFO1.speed", ""),
        (("params: {cutoff: {from: keys, cc: 74}}", "params: cutoff"), "cutoff -> LFO1.speed", ""),
        (("cutoff:", "'cut{1..':"), "cut1 -> LFO1.speed", ""),
        (("cc: 1}", "cc: 1, velocity: loud}"), "LFO1.output -> loud", ""),
        (("probes:", "take_over: 7\n    probes:"), "mon2 -> LFO1.speed", "the neuron has no parameter 'mon2'"),
        (("probes:", "probes:"), "{link: mon2 -> LFO1.speed, scale: odd}", "the neuron has no parameter 'mon2'"),
        (("probes:", "probes:"), "{link: mon2 -> LFO1.speed, creat: true}", "the neuron has no parameter 'mon2'"),
    ],
)
def test_of_a_neuron_that_something_is_wrong_with_all_is_told_that_is_surely_wrong(
    wrong: tuple[str, str], item: str, told: str
) -> None:
    with pytest.raises(MappingError) as error:
        neuron(HEAD.replace(*wrong) + f"      - {item}\n")
    said = [problem.message for problem in error.value.problems if ".wiring[1]" in problem.path]
    ends = [message for message in said if "no parameter" in message or "makes" in message or "twice" in message]
    assert [message[: len(told)] for message in ends] == ([told] if told else [])


def test_a_link_asked_for_twice_is_told_with_its_first_line() -> None:
    with pytest.raises(MappingError, match=r":9:9: .*voice1 -> MIDIBridge0\.X0 is asked for twice, first by .*line 8"):
        wires("voice* -> MIDIBridge0.X0", "voice1 -> MIDIBridge0.X0")


def test_a_list_is_wanted() -> None:
    with pytest.raises(MappingError, match=r"7:13: neurons\.keys\.wiring: must be a list with a link a line"):
        neuron(HEAD.replace("wiring:", "wiring: voice* -> MIDIBridge0.X0"))


# -- Trevor


@pytest.mark.parametrize(
    ("session", "trevor"),
    [
        ("{}", Bus("ws://localhost:6788/trevor")),
        ("{trevor: auto}", Bus("ws://localhost:6788/trevor")),
        ("{bus: 192.168.1.74}", Bus("ws://192.168.1.74:6788/trevor")),
        ("{bus: 'ws://[::1]:6789'}", Bus("ws://[::1]:6788/trevor")),
        ("{bus: 'localhost:7000'}", None),
        ("{bus: 'wss://studio.example'}", None),
        ("{trevor: off}", None),
        ("{trevor: false}", None),
        ("{trevor: 'studio:7788'}", Bus("ws://studio:7788/trevor")),
        ("{bus: 'localhost:7000', trevor: studio}", Bus("ws://studio:6788/trevor")),
        ("{trevor: {url: 'wss://studio/x', headers: {A: b}}}", Bus("wss://studio:443/x/trevor", None, (("A", "b"),))),
    ],
)
def test_where_trevor_is(session: str, trevor: Bus | None) -> None:
    assert neuron(f"nallely: {session}\n{HEAD}").trevor == trevor


def test_a_neuron_of_another_session_has_a_trevor_of_its_own() -> None:
    head = HEAD.replace("    voices:", "    bus: other\n    voices:")
    assert neuron(f"nallely: {{trevor: 'studio:7788'}}\n{head}").trevor == Bus("ws://other:6788/trevor")
    head = head.replace("    voices:", "    trevor: off\n    take_over: true\n    voices:")
    assert neuron(head).trevor is None
    assert neuron(head).take_over


@pytest.mark.parametrize(
    ("trevor", "problem"),
    [
        ("of", "must be auto, off, or an address such as localhost:6788, not 'of'; did you mean 'off'?"),
        ("true", "must be auto, off, or an address such as localhost:6788"),
        ("", "must be auto, off, or an address such as localhost:6788"),
        ("http://x", "Trevor is reached by ws:// or wss://, not http://; write 'ws://x'"),
    ],
)
def test_a_wrong_trevor_is_told_once(trevor: str, problem: str) -> None:
    with pytest.raises(MappingError) as error:
        neuron(f"nallely:\n  trevor: {trevor}\n{HEAD}")
    assert [str(found).partition("nallely.trevor: ")[2] for found in error.value.problems] == [problem]


@pytest.mark.parametrize("session", ["{trevor: off}", "{bus: 'localhost:7000'}"])
def test_links_need_a_trevor(session: str) -> None:
    with pytest.raises(MappingError, match="links are made through Trevor"):
        neuron(f"nallely: {session}\n{HEAD}      - LFO1.output -> mon1\n")


# -- sentences


def test_each_link_has_a_sentence_and_those_to_one_place_share_it() -> None:
    items = (
        "{link: voice* -> MIDIBridge0.X0.all_keys_or_pads, create: true}",
        "voice{1..2} -> MIDIBridge1.X1",
        "{link: first LFO.output -> mon1, scale: {to_min: 0, to_max: 1, as_int: true}}",
        "{link: cutoff -> MIDIBridge0.X0.60, scale: raw}",
    )
    said = explain(load_text(HEAD + "".join(f"      - {item}\n" for item in items))).splitlines()
    assert said[-5:] == [
        "  keys.voice1 to voice4 go to all keys of X0 of MIDIBridge0, and the device is made if it is missing",
        "  keys.voice1 and voice2 go to X1 of MIDIBridge1",
        "  output of the first LFO goes to keys.mon1, scaled to 0 to 1 in whole numbers",
        "  keys.cutoff goes to key 60 of X0 of MIDIBridge0, raw",
        "  links are made after every connect, through ws://localhost:6788/trevor",
    ]


@given(st.text(st.sampled_from("voice1mn*?{}.,->: LFO[]#'\"→"), max_size=40))
def test_whatever_stands_in_a_list_is_links_or_problems(text: str) -> None:
    with suppress(MappingError):
        made = wires(repr(text))
        assert all(wire.source.is_ours or wire.destination.is_ours for wire in made)


def notes(*items: str, other: str = "") -> list[str]:
    text = HEAD + "".join(f"      - {item}\n" for item in items) + other
    return [f"{note.line}:{note.column} {note.message}" for note in read_text(text)[1]]


def test_a_device_that_an_empty_session_would_number_otherwise_is_noted_and_no_problem() -> None:
    said = (
        "note: LFO2 cannot be made in a session that has no LFO yet, for Nallely numbers what it makes: it would be LFO1; "
        "write 'first LFO', or have LFO1 made before it"
    )
    assert notes("{link: LFO2.output -> mon1, create: true}") == [f"8:9 {said}"]
    assert notes("LFO2.output -> mon1", "{link: first LFO.output -> mon1, create: true}") == []
    assert notes("{link: LFO1.output -> mon1, create: true}", "{link: cutoff -> LFO2.speed, create: true}") == []
    assert notes("{link: voice* -> MIDIBridge0.X0, create: true}", "{link: voice* -> MPD32.keys, create: true}") == []
    assert notes("{link: voice* -> MIDIBridge0.X0, create: true}", "{link: mon1 -> MIDIBridge1.X0, create: true}") == [
        "9:9 note: MIDIBridge1 cannot be made, for Nallely calls each MIDIBridge MIDIBridge0; write that"
    ]


def test_what_seems_to_be_no_class_is_noted() -> None:
    assert notes("first LFO1.output -> mon1") == [
        "8:9 note: after 'first' comes a class, such as 'LFO'; 'LFO1' looks like one device"
    ]
    assert notes("first Sequencer8.output -> mon1") == []


def test_a_device_that_another_neuron_has_made_in_the_same_session_counts() -> None:
    other = "  b: {probes: {m: {to: daw, cc: 2}}, wiring: [{link: LFO2.output -> m, create: true}]%s}\n"
    first = "{link: LFO1.output -> mon1, create: true}"
    assert notes(first, other=other % "") == []
    assert len(notes(first, other=other % ", bus: studio")) == 1
    assert notes(first, other=other % ", trevor: 'elsewhere:1'") != []


def test_check_prints_notes_and_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(HEAD + "      - {link: LFO2.output -> mon1, create: true}\n")
    assert main(["check", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith(f"{path}:8:9: neurons.keys.wiring[1]: note: LFO2 cannot be made")
    assert "output of LFO2 goes to keys.mon1" in printed.out


def test_a_bus_on_the_port_of_trevor_is_noted() -> None:
    text = "nallely: {bus: 'localhost:6788'}\n" + HEAD.replace("    wiring:\n", "")
    assert [str(note) for note in read_text(text)[1]] == [
        "bridge.yaml:1:16: nallely.bus: note: 6788 is where Trevor listens; the bus of Nallely is on 6789"
    ]
