# ruff: noqa: E501  (sentences as they are printed)
"""What `check` says of a good file: its ports, and a sentence for each route."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.mapping_file import explain, load_file, load_text
from nallely_midibridge.mapping_file.params import SOURCES
from nallely_midibridge.mapping_file.probes import DESTINATIONS
from nallely_midibridge.mapping_file.runs import Run, runs
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import ParamRoute, ProbeRoute
from nallely_midibridge.values.scale import Scale
from nallely_midibridge.values.source import Source, SourceKind

CONFIG = Path(__file__).parent.parent / "config"
PORTS = "ports: {keys: KeyStep, knobs: nanoKONTROL2, pads: Pads, daw: {virtual: Nallely}}\n"


def sentences(part: str, *lines: str) -> list[str]:
    """What is said of the routes in one part of the neuron ``n``."""
    body = "".join(f"      {line}\n" for line in lines)
    _, said = explain(load_text(f"{PORTS}neurons:\n  n:\n    {part}:\n{body}")).split("\n\n")
    return [line.removeprefix("  ") for line in said.splitlines()[1:]]


PARAMS = [
    (
        "{from: knobs, cc: 74, channel: 1, range: [0, 1], curve: exp}",
        "knob CC 74 on channel 1 of nanoKONTROL2 moves n.x from 0 to 1, exponentially",
    ),
    ("{from: keys, cc: 64, channel: [1, 3]}", "pedal CC 64 on channels 1 and 3 of KeyStep moves n.x from 0 to 127"),
    ("{from: knobs, cc14: 1}", "14-bit knob CC 1 (fine: CC 33) on any channel of nanoKONTROL2 moves n.x from 0 to 127"),
    (
        "{from: knobs, cc14: {coarse: 10, fine: 75, fine_first: true}}",
        "14-bit knob CC 10 (fine: CC 75, sent first) on any channel of nanoKONTROL2 moves n.x from 0 to 127",
    ),
    ("{from: knobs, nrpn: 1234}", "NRPN 1234 on any channel of nanoKONTROL2 moves n.x from 0 to 127"),
    ("{from: knobs, nrpn: 7, bits: 7}", "NRPN 7 (7 bits) on any channel of nanoKONTROL2 moves n.x from 0 to 127"),
    (
        "{from: knobs, rpn: pitch-bend-range, range: [0, 24], bits: 7}",
        "RPN 0 (pitch-bend-range, 7 bits) on any channel of nanoKONTROL2 moves n.x from 0 to 24",
    ),
    ("{from: knobs, rpn: 5}", "RPN 5 on any channel of nanoKONTROL2 moves n.x from 0 to 127"),
    ("{from: keys, note: C1}", "key C1 on any channel of KeyStep sets n.x to 1 while it is held and to 0 when not"),
    (
        "{from: keys, note: any, invert: true}",
        "any key on any channel of KeyStep sets n.x to 0 while it is held and to 1 when not",
    ),
    (
        "{from: keys, note: C1, value: velocity}",
        "the velocity of key C1 on any channel of KeyStep moves n.x from 0 to 127",
    ),
    (
        "{from: keys, note: any, value: velocity}",
        "the velocity of the last key on any channel of KeyStep moves n.x from 0 to 127",
    ),
    (
        "{from: keys, note: any, value: number}",
        "the number of the last key on any channel of KeyStep moves n.x from 0 to 127",
    ),
    (
        "{from: keys, pitchbend: true, range: [-2, 2]}",
        "the pitch wheel on any channel of KeyStep moves n.x from -2 to 2",
    ),
    ("{from: keys, pressure: true}", "the pressure on any channel of KeyStep moves n.x from 0 to 127"),
    ("{from: keys, poly_pressure: C3}", "the pressure of key C3 on any channel of KeyStep moves n.x from 0 to 127"),
    ("{from: keys, poly_pressure: any}", "the pressure of any key on any channel of KeyStep moves n.x from 0 to 127"),
    ("{from: keys, program: true}", "a program change on any channel of KeyStep moves n.x from 0 to 127"),
    ("{from: daw, clock: bpm}", "the clock of daw sets n.x to its tempo, from 20 to 300 beats a minute"),
    (
        "{from: daw, clock: beat, range: [0, 8]}",
        "the clock of daw sets n.x to 8 in the first half of each beat and to 0 in the second",
    ),
    ("{from: daw, clock: running}", "the clock of daw sets n.x to 1 while it runs and to 0 when not"),
    ("{from: daw, transport: true}", "start and continue of daw set n.x to 1, and stop to 0"),
    (
        "{from: knobs, cc: 16, mode: relative, step: 0.01}",
        "endless encoder CC 16 on any channel of nanoKONTROL2 turns n.x from 0 to 127 by 1 % a step (two's complement)",
    ),
    (
        "{from: knobs, cc: 16, mode: relative, encoding: offset}",
        "endless encoder CC 16 on any channel of nanoKONTROL2 turns n.x from 0 to 127 by 0.787 % a step (offset)",
    ),
    (
        "{from: knobs, cc: 16, mode: relative, encoding: sign-bit, accepted: [1, 2, 4]}",
        "endless encoder CC 16 on any channel of nanoKONTROL2 turns n.x through 1, 2 and 4 by one value a step (sign bit)",
    ),
    (
        "{from: pads, note: C1, mode: toggle, feedback: true}",
        "pad C1 on any channel of Pads turns n.x on and off, and its light follows (on channel 1)",
    ),
    ("{from: pads, note: any, mode: toggle}", "any pad on any channel of Pads turns n.x on and off"),
    (
        "{from: knobs, cc: 20, mode: toggle, range: [10, 20]}",
        "button CC 20 on any channel of nanoKONTROL2 turns n.x to 20 and 10",
    ),
    (
        "{from: knobs, cc: 20, mode: momentary}",
        "button CC 20 on any channel of nanoKONTROL2 sets n.x to 1 while it is held and to 0 when not",
    ),
    (
        "{from: knobs, cc: 20, mode: toggle, accepted: [1, 2, 4], invert: true}",
        "button CC 20 on any channel of nanoKONTROL2 steps n.x through 4, 2 and 1, one at each press",
    ),
    (
        "{from: knobs, cc: 20, mode: toggle, accepted: [2, 7], invert: true}",
        "button CC 20 on any channel of nanoKONTROL2 turns n.x to 2 and 7",
    ),
    (
        "{from: knobs, cc: 20, mode: toggle, sends: toggles}",
        "button CC 20 on any channel of nanoKONTROL2 turns n.x on and off, sending on and off in turn",
    ),
    (
        "{from: pads, note: C1, mode: momentary, sends: presses}",
        "pad C1 on any channel of Pads sets n.x to 1 for a moment at each press, and back to 0, sending presses only",
    ),
    (
        "{from: knobs, cc: 7, mode: pickup}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 0 to 127, once it has met the value",
    ),
    (
        "{from: knobs, cc: 7, mode: pickup, pickup: scale}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 0 to 127, catching up with the value from where it stands",
    ),
    (
        "{from: knobs, cc: 7, accepted: [0, 0.25, 1], invert: true}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x through 1, 0.25 and 0",
    ),
    (
        "{from: knobs, cc: 7, range: [0, 1], invert: true}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 1 to 0",
    ),
    (
        "{from: knobs, cc: 7, range: [0, 1], curve: s, invert: true}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 1 to 0, in an S curve",
    ),
    (
        "{from: knobs, cc: 7, curve: log}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 0 to 127, logarithmically",
    ),
    (
        "{from: knobs, cc: 7, curve: [[0, 0], [0.5, 0.2], [1, 1]]}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 0 to 127, along a curve of 3 points",
    ),
    (
        "{from: knobs, cc: 7, deadband: 0.02, smooth: 50ms, rate: 100}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 0 to 127, ignoring moves under 2 %, smoothed over 50ms, at most 100 values a second",
    ),
    (
        "{from: knobs, cc: 7, feedback: {repeat: 2s}}",
        "knob CC 7 on any channel of nanoKONTROL2 moves n.x from 0 to 127, and its ring or motor follows (on channel 1, again every 2s)",
    ),
    (
        "{from: pads, note: C1, mode: toggle, feedback: {on: 5, off: 1, after_release: true}}",
        "pad C1 on any channel of Pads turns n.x on and off, and its light follows (on channel 1, 1 is off and 5 is on, again after each release)",
    ),
    (
        "{from: pads, note: C1, feedback: {lights_off: note-off}}",
        "pad C1 on any channel of Pads sets n.x to 1 while it is held and to 0 when not, and its light follows (on channel 1, put out by a note-off)",
    ),
]

PROBES = [
    ("{to: daw, cc: 20}", "n.x, from 0 to 127, moves CC 20 on channel 1 of daw"),
    ("{to: daw, cc14: 1}", "n.x, from 0 to 127, moves 14-bit CC 1 (fine: CC 33) on channel 1 of daw"),
    (
        "{to: daw, nrpn: 1234, send: full}",
        "n.x, from 0 to 127, moves NRPN 1234 on channel 1 of daw, its number sent with each value",
    ),
    (
        "{to: daw, rpn: fine-tuning, bits: 7}",
        "n.x, from 0 to 127, moves RPN 1 (fine-tuning, 7 bits) on channel 1 of daw",
    ),
    ("{to: daw, note: true, channel: 2}", "n.x, from 0 to 127, plays notes on channel 2 of daw, velocity 100"),
    (
        "{to: daw, note: true, velocity: hard, length: long, legato: true}",
        "n.x, from 0 to 127, plays notes on channel 1 of daw, velocity from n.hard, for as many seconds as n.long has, legato",
    ),
    (
        "{to: daw, gate: C3, velocity: 90, length: 200ms}",
        "n.x, from 0 to 1, plays C3 on channel 1 of daw while above 0, velocity 90, for 200ms at most",
    ),
    (
        "{to: daw, pitchbend: true, invert: true}",
        "n.x, from -1 to 1, moves the pitch bend on channel 1 of daw, inverted",
    ),
    (
        "{to: daw, pressure: true, curve: log}",
        "n.x, from 0 to 127, moves the pressure on channel 1 of daw, logarithmically",
    ),
    ("{to: daw, poly_pressure: C3}", "n.x, from 0 to 127, moves the pressure of C3 on channel 1 of daw"),
    (
        "{to: daw, program: true, rate: 0.5}",
        "n.x, from 0 to 127, chooses the program on channel 1 of daw, at most 0.5 messages a second",
    ),
    ("{to: daw, clock: true}", "n.x, from 20 to 300, sends daw a clock of as many beats a minute"),
    ("{to: daw, transport: true}", "n.x, from 0 to 1, starts daw above 0 and stops it at 0"),
    (
        "{to: daw, cc: 20, deadband: 0.01, smooth: 1s}",
        "n.x, from 0 to 127, moves CC 20 on channel 1 of daw, ignoring moves under 1 %, smoothed over 1s",
    ),
]

VOICES = [
    ("{from: keys}", "all keys on any channel of KeyStep play n.x1 to x4, and the oldest gives way to further keys"),
    (
        "{from: keys, count: 2, notes: C2..B4, channel: 1, transpose: -12, velocity: vel}",
        "keys C2 to B4 on channel 1 of KeyStep play n.x1 and x2, 12 semitones lower, velocity in n.vel1 and vel2, and the oldest gives way to further keys",
    ),
    (
        "{from: keys, transpose: 1, steal: lowest, restore: true, retrigger_gap: 0ms}",
        "all keys on any channel of KeyStep play n.x1 to x4, a semitone higher, with 0ms between two notes of a voice, and the lowest gives way to further keys, and comes back when another ends",
    ),
    (
        "{from: keys, velocities: 1..64, velocity_curve: exp, steal: none}",
        "all keys of velocity 1 to 64 on any channel of KeyStep play n.x1 to x4, velocities bent exponentially, and further keys are silent",
    ),
    (
        "{from: keys, allocate: lowest, count: 3}",
        "all keys on any channel of KeyStep play n.x1 to x3, the first free voice each, and the oldest gives way to further keys",
    ),
    ("{from: keys, count: 1}", "all keys on any channel of KeyStep play n.x1, and it gives way to further keys"),
    (
        "{from: keys, allocate: unison, priority: low}",
        "all keys on any channel of KeyStep play n.x1 to x4, all together, one note at a time and the lowest first",
    ),
    (
        "{from: keys, allocate: mono, priority: high, legato: true}",
        "all keys on any channel of KeyStep play n.x1, one note at a time and the highest first, legato",
    ),
    (
        "{from: keys, allocate: mono}",
        "all keys on any channel of KeyStep play n.x1, one note at a time and the last first",
    ),
    (
        "{from: keys, mpe: true, count: 2, bend: b, pressure: p, timbre: t}",
        "all keys on MPE channels 2 to 16 of KeyStep play n.x1 and x2, bent by up to 48 semitones, bend in n.b1 and b2, pressure in n.p1 and p2, timbre in n.t1 and t2, and the oldest gives way to further keys",
    ),
    (
        "{from: keys, mpe: {lower: 7, upper: 5, bend_range: 24}}",
        "all keys on MPE channels 2 to 8 and 15 to 11 of KeyStep play n.x1 to x4, bent by up to 24 semitones, and the oldest gives way to further keys",
    ),
    (
        "{from: keys, mpe: {lower: 1}, count: 1}",
        "all keys on MPE channel 2 of KeyStep play n.x1, bent by up to 48 semitones, and it gives way to further keys",
    ),
]

ROWS = (
    [("params", *row) for row in PARAMS] + [("probes", *row) for row in PROBES] + [("voices", *row) for row in VOICES]
)


@pytest.mark.parametrize(("part", "written", "sentence"), ROWS, ids=[row[2] for row in ROWS])
def test_a_route_is_a_sentence(part: str, written: str, sentence: str) -> None:
    assert sentences(part, f"x: {written}") == [sentence]


@pytest.mark.parametrize(("kinds", "rows"), [(SOURCES, PARAMS), (DESTINATIONS, PROBES)])
def test_each_kind_has_its_sentence_above(kinds: tuple[str, ...], rows: list[tuple[str, str]]) -> None:
    assert all(any(f" {kind}: " in written for written, _ in rows) for kind in kinds)


# -- runs


@pytest.mark.parametrize(
    ("part", "written", "sentence"),
    [
        ("params", "k{1..8}: {from: knobs, cc: '{16..23}', curve: exp}", "knobs CC 16 to 23 on any channel of nanoKONTROL2 move n.k1 to k8 from 0 to 127, exponentially"),
        ("params", "k{1..2}: {from: knobs, cc: '{23..22}'}", "knobs CC 23 and 22 on any channel of nanoKONTROL2 move n.k1 and k2 from 0 to 127"),
        ("params", "k{1..3}: {from: keys, cc: '{65..67}'}", "pedals CC 65 to 67 on any channel of KeyStep move n.k1 to k3 from 0 to 127"),
        ("params", "k{1..3}: {from: keys, cc: '{69..71}'}", "knobs CC 69 to 71 on any channel of KeyStep move n.k1 to k3 from 0 to 127"),
        ("params", "k{1..16}: {from: daw, cc: 7, channel: '{1..16}'}", "knobs CC 7 on channels 1 to 16 of daw move n.k1 to k16 from 0 to 127"),
        ("params", "k{1..3}: {from: daw, cc: 7}", "knob CC 7 on any channel of daw moves n.k1 to k3 from 0 to 127"),
        ("params", "k{1..3}: {from: daw, cc14: '{4..6}', channel: 3}", "14-bit knobs CC 4 to 6 (fine: CC 36 to 38) on channel 3 of daw move n.k1 to k3 from 0 to 127"),
        ("params", "k{0..2}: {from: daw, rpn: '{0..2}'}", "RPN 0 to 2 on any channel of daw move n.k0 to k2 from 0 to 127"),
        ("params", "k{1..4}: {from: pads, note: '{36..39}', mode: toggle, feedback: true}", "pads C2 to D#2 on any channel of Pads turn n.k1 to k4 on and off, and their lights follow (on channel 1)"),
        ("params", "k{1..4}: {from: pads, note: '{36..39}', mode: toggle, range: [2, 3]}", "pads C2 to D#2 on any channel of Pads turn n.k1 to k4 to 3 and 2"),
        ("params", "k{1..4}: {from: pads, note: '{36..39}'}", "keys C2 to D#2 on any channel of Pads set n.k1 to k4 to 1 while each is held and to 0 when not"),
        ("params", "k{1..4}: {from: pads, pitchbend: true, channel: '{1..4}', feedback: true, mode: pickup}", "the pitch wheels on channels 1 to 4 of Pads move n.k1 to k4 from -1 to 1, once each has met the value, and their rings or motors follow"),
        ("params", "k{1..4}: {from: pads, note: '{36..39}', value: velocity}", "the velocities of keys C2 to D#2 on any channel of Pads move n.k1 to k4 from 0 to 127"),
        ("params", "k{1..4}: {from: pads, note: any, value: number, channel: '{1..4}'}", "the numbers of the last key on channels 1 to 4 of Pads move n.k1 to k4 from 0 to 127"),
        ("params", "k{1..4}: {from: pads, poly_pressure: '{36..39}'}", "the pressures of keys C2 to D#2 on any channel of Pads move n.k1 to k4 from 0 to 127"),
        ("params", "k{1..4}: {from: pads, pressure: true, channel: '{1..4}'}", "the pressures on channels 1 to 4 of Pads move n.k1 to k4 from 0 to 127"),
        ("probes", "m{1..8}: {to: daw, cc: '{20..27}', channel: 1}", "n.m1 to m8, each from 0 to 127, move CC 20 to 27 on channel 1 of daw"),
        ("probes", "m: [{to: daw, cc: 1}, {to: daw, cc: 2}]", "n.m, from 0 to 127, moves CC 1 and 2 on channel 1 of daw"),
        ("probes", "m{1..4}: {to: daw, note: true, channel: '{1..4}', velocity: 'v{1..4}', length: 'l{5..8}'}", "n.m1 to m4, each from 0 to 127, play notes on channels 1 to 4 of daw, velocity from n.v1 to v4, for as many seconds as n.l5 to l8 has"),
        ("probes", "m{1..2}: {to: daw, gate: '{C3,C#3}'}", "n.m1 and m2, each from 0 to 1, play C3 and C#3 on channel 1 of daw while above 0, velocity 100"),
    ],
)  # fmt: skip
def test_routes_that_differ_in_their_numbers_share_a_sentence(part: str, written: str, sentence: str) -> None:
    assert sentences(part, written) == [sentence]


def test_a_pattern_over_a_list_is_a_sentence_for_each_of_the_list() -> None:
    assert sentences("probes", "m{1..3}: [{to: daw, cc: '{1..3}'}, {to: pads, cc: '{7..5}', channel: 2}]") == [
        "n.m1 to m3, each from 0 to 127, move CC 1 to 3 on channel 1 of daw",
        "n.m1 to m3, each from 0 to 127, move CC 7 to 5 on channel 2 of Pads",
    ]


def test_what_differs_in_more_than_numbers_has_sentences_of_its_own() -> None:
    said = sentences(
        "params",
        "k1: {from: knobs, cc: 1}",
        "k2: {from: knobs, cc: 2, range: [0, 1]}",
        "k3: {from: knobs, cc: 3, channel: 1}",
        "k4: {from: knobs, cc: 4, smooth: 50ms}",
        "z5: {from: knobs, cc: 5}",
        "k7: {from: knobs, cc: 7}",
        "k8: {from: knobs, cc: 9}",
        "k09: {from: knobs, cc: 10}",
    )
    assert len(said) == 8


def members(run: Run[ParamRoute]) -> Iterator[ParamRoute]:
    """The routes that a run stands for, made from its ends."""
    first, last = run.first, run.last
    for place in range(run.count):

        def at(one: int, other: int, place: int = place) -> int:
            return one + (other > one) * place - (other < one) * place

        name = f"p{at(int(first.parameter[1:]), int(last.parameter[1:]))}"
        number = at(first.source.number or 0, last.source.number or 0)
        yield ParamRoute(name, Source("k", SourceKind.CC, number), Scale(0, 1))


STRIDE = st.sampled_from((1, 1, 1, -1, 0, 2))


@given(st.lists(st.tuples(STRIDE, STRIDE), max_size=8))
def test_runs_say_exactly_what_there_is(strides: list[tuple[int, int]]) -> None:
    """Law: what the runs stand for is what was there, in the same order."""
    pairs = [(20, 20)]
    for name, number in strides:
        pairs.append((pairs[-1][0] + name, pairs[-1][1] + number))
    routes = [ParamRoute(f"p{name}", Source("k", SourceKind.CC, number), Scale(0, 1)) for name, number in pairs]
    assert [route for run in runs(routes) for route in members(run)] == routes


def test_a_run_of_one_parameter_to_many_places() -> None:
    routes = [ProbeRoute("m", Destination("k", DestinationKind.CC, 1, channel), Scale(0, 1)) for channel in range(3)]
    assert list(runs(routes)) == [Run(routes[0], routes[2], 3)]


def test_three_hundred_routes_of_three_patterns_are_three_sentences() -> None:
    said = sentences(
        "params",
        "a{1..100}: {from: knobs, cc: '{1..100}', range: [0, 1]}",
        "b{1..100}: {from: pads, cc: '{1..100}', mode: toggle}",
        "c{1..100}: {from: keys, nrpn: '{1..100}'}",
    )
    assert len(said) == 3


# -- what is around the sentences


def test_ports_and_neurons_are_told_as_well() -> None:
    text = """\
nallely:
  bus: 192.168.1.74
ports:
  keys: "KeyStep 37"
  knobs: {input: nanoKONTROL2, output: nanoKONTROL2 CTRL}
  lamp: {output: "*Lamp*", rate: 200}
  duo: {match: Duo, echo: take, nrpn: pass, usb: 1-1.4}
  pedal: {input: FC7, nth: 2}
  daw: {virtual: Nallely}
neurons:
  keys:
    voices: {voice: {from: keys}}
    params: {cutoff: {from: knobs, cc: 74}}
    probes: {mon: {to: daw, cc: 20}}
  lights:
    bus: wss://studio.example:443
    probes: {lamp: {to: lamp, cc: 1}}
"""
    assert (
        explain(load_text(text))
        == """\
ports
  keys   KeyStep 37                        in and out
  knobs  nanoKONTROL2 / nanoKONTROL2 CTRL  in / out
  lamp   *Lamp*                            out                  at most 200 messages a second
  duo    Duo                               in and out           at USB 1-1.4, takes its echo for input, takes what spells an NRPN or RPN for CCs too
  pedal  FC7                               in                   number 2 of its name
  daw    Nallely                           virtual, in and out

neuron keys: 6 parameters on ws://192.168.1.74:6789
  all keys on any channel of KeyStep 37 play keys.voice1 to voice4, and the oldest gives way to further keys
  knob CC 74 on any channel of nanoKONTROL2 moves keys.cutoff from 0 to 127
  keys.mon, from 0 to 127, moves CC 20 on channel 1 of daw

neuron lights: 1 parameter on wss://studio.example:443
  lights.lamp, from 0 to 127, moves CC 1 on channel 1 of *Lamp*"""
    )


def test_devices_of_one_name_are_told_apart_by_their_short_names() -> None:
    text = """\
ports:
  left: {match: Pads, nth: 1}
  right: {match: Pads, nth: 2}
neurons: {n: {params: {x: {from: left, cc: 1}, y: {from: right, cc: 1}}}}
"""
    assert explain(load_text(text)).splitlines()[-2:] == [
        "  knob CC 1 on any channel of Pads (left) moves n.x from 0 to 127",
        "  knob CC 1 on any channel of Pads (right) moves n.y from 0 to 127",
    ]


def test_the_sentence_that_the_design_asks_for() -> None:
    text = "ports: {knobs: nanoKONTROL2}\n"
    text += "neurons: {keys: {params: {cutoff: {from: knobs, cc: 74, channel: 1, range: [0, 1], curve: exp}}}}"
    wanted = "knob CC 74 on channel 1 of nanoKONTROL2 moves keys.cutoff from 0 to 1, exponentially"
    assert explain(load_text(text)).endswith(f"  {wanted}")


def test_secrets_are_kept() -> None:
    text = "nallely: {bus: {url: studio, headers: {Authorization: Bearer hunter2}}}\n"
    text += f"{PORTS}neurons: {{n: {{params: {{x: {{from: keys, cc: 1}}}}}}}}"
    said = explain(load_text(text))
    assert "with the header Authorization" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_file_can_be_explained(path: Path) -> None:
    mapping = load_file(path)
    said = explain(mapping)
    assert all(f"neuron {neuron.name}: " in said for neuron in mapping.neurons)
