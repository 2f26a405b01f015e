"""Good mapping files: what they mean, and how YAML's traps are closed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nallely_midibridge.mapping_file import load_file, load_text
from nallely_midibridge.mapping_file.schema import (
    BusAddress,
    FeedbackWords,
    HeardPair,
    MpeZones,
    NeuronParts,
    Pair,
    Param,
    PortNames,
    Probe,
    Session,
    Voices,
    WireScale,
    WireWords,
)
from nallely_midibridge.mapping_file.shape import Shape
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.handling import PLAIN, Encoding, Feedback, Handling, LightsOff, Mode, Pickup, Sends
from nallely_midibridge.values.mapping import (
    Allocation,
    Bus,
    Mapping,
    Mpe,
    Neuron,
    Parameter,
    ParamRoute,
    Port,
    Priority,
    ProbeRoute,
    Steal,
    VoiceBlock,
)
from nallely_midibridge.values.scale import Curve, Points, Scale
from nallely_midibridge.values.source import Source, SourceKind

CONFIG = Path(__file__).parent.parent / "config"
EVERYTHING = """\
nallely:
  bus: 192.168.1.74
ports:
  keys: "KeyStep 37"
  knobs: {input: nanoKONTROL2, output: nanoKONTROL2 CTRL}
  lamp: {output: "*Lamp*", rate: 200}
  duo: {match: Duo, echo: take}
  pedal: {input: FC7}
  daw: {virtual: Nallely}
neurons:
  keys:
    voices:
      voice:
        {from: keys, count: 2, channel: [1, 2], notes: C2..B4, transpose: -12, velocity: vel, steal: lowest,
         retrigger_gap: 1s, restore: true}
      bass: {from: keys, count: 1, notes: 0..23, velocity: "hit{1..1}", steal: none}
    params:
      cutoff: {from: knobs, cc: 74, channel: 16, range: [20, 18000.5], curve: exp, invert: true}
      bend: {from: keys, pitchbend: true}
      press: {from: keys, pressure: true, curve: log}
      patch: {from: keys, program: true, channel: all}
      mute: {from: keys, note: C1}
      soft: {from: keys, note: 36, value: velocity}
      last: {from: keys, note: any, value: number}
  lights:
    bus: wss://studio.example:443
    probes:
      mon{1..3}: {to: daw, cc: "{22..20}", channel: 2}
      lead: {to: daw, note: true, channel: 2, velocity: 90}
      hit: {to: daw, gate: C3}
      wobble: {to: daw, pitchbend: true, range: [-2, 2], rate: 50}
      swell:
        - {to: daw, pressure: true}
        - {to: lamp, program: true, curve: log, invert: true}
"""


def test_every_kind_of_line() -> None:
    mapping = load_text(EVERYTHING)
    assert mapping.ports == (
        Port("keys", input="KeyStep 37", output="KeyStep 37"),
        Port("knobs", input="nanoKONTROL2", output="nanoKONTROL2 CTRL"),
        Port("lamp", output="*Lamp*", rate=200),
        Port("duo", input="Duo", output="Duo", takes_echo=True),
        Port("pedal", input="FC7"),
        Port("daw", virtual="Nallely"),
    )
    keys, lights = mapping.neurons
    assert (keys.name, keys.bus) == ("keys", Bus("ws://192.168.1.74:6789"))
    assert keys.voices == (
        VoiceBlock(
            "voice",
            ("voice1", "voice2"),
            "keys",
            channels=frozenset({0, 1}),
            lowest=36,
            highest=71,
            transpose=-12,
            velocities=("vel1", "vel2"),
            steal=Steal.LOWEST,
            retrigger_gap=1.0,
            restore=True,
        ),
        VoiceBlock("bass", ("bass1",), "keys", lowest=0, highest=23, velocities=("hit1",), steal=Steal.NONE),
    )
    assert keys.params == (
        ParamRoute(
            "cutoff",
            Source("knobs", SourceKind.CC, 74, frozenset({15})),
            Scale(20, 18000.5, Curve.EXP, invert=True),
        ),
        ParamRoute("bend", Source("keys", SourceKind.PITCHBEND), Scale(-1, 1)),
        ParamRoute("press", Source("keys", SourceKind.PRESSURE), Scale(0, 127, Curve.LOG)),
        ParamRoute("patch", Source("keys", SourceKind.PROGRAM), Scale(0, 127)),
        ParamRoute("mute", Source("keys", SourceKind.NOTE_GATE, 24), Scale(0, 1)),
        ParamRoute("soft", Source("keys", SourceKind.NOTE_VELOCITY, 36), Scale(0, 127)),
        ParamRoute("last", Source("keys", SourceKind.NOTE_NUMBER), Scale(0, 127)),
    )
    assert (lights.name, lights.bus) == ("lights", Bus("wss://studio.example:443"))
    assert lights.probes == (
        ProbeRoute("mon1", Destination("daw", DestinationKind.CC, 22, channel=1), Scale(0, 127)),
        ProbeRoute("mon2", Destination("daw", DestinationKind.CC, 21, channel=1), Scale(0, 127)),
        ProbeRoute("mon3", Destination("daw", DestinationKind.CC, 20, channel=1), Scale(0, 127)),
        ProbeRoute("lead", Destination("daw", DestinationKind.NOTE, channel=1, velocity=90), Scale(0, 127)),
        ProbeRoute("hit", Destination("daw", DestinationKind.GATE, 48), Scale(0, 1)),
        ProbeRoute("wobble", Destination("daw", DestinationKind.PITCHBEND), Scale(-2, 2), rate=50),
        ProbeRoute("swell", Destination("daw", DestinationKind.PRESSURE), Scale(0, 127)),
        ProbeRoute("swell", Destination("lamp", DestinationKind.PROGRAM), Scale(0, 127, Curve.LOG, invert=True)),
    )


def test_what_is_left_out_has_its_default() -> None:
    text = "voices: {v: {from: k}}, params: {p: {from: k, cc: 1}}, probes: {q: {to: k, cc: 1}}"
    text = f"{{ports: {{k: K}}, neurons: {{n: {{{text}}}}}}}"
    assert load_text(text) == Mapping(
        ports=(Port("k", "K", "K"),),
        neurons=(
            Neuron(
                "n",
                Bus("ws://localhost:6789"),
                trevor=Bus("ws://localhost:6788/trevor"),
                voices=(VoiceBlock("v", ("v1", "v2", "v3", "v4"), "k", retrigger_gap=0.05, steal=Steal.OLDEST),),
                params=(ParamRoute("p", Source("k", SourceKind.CC, 1), Scale(0, 127)),),
                probes=(ProbeRoute("q", Destination("k", DestinationKind.CC, 1, 0, 100), Scale(0, 127)),),
            ),
        ),
    )


# -- the vocabulary


ALL = frozenset(range(16))


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("cc14: 1", Source("k", SourceKind.CC14, 1, ALL, fine=33)),
        ("cc14: '31'", Source("k", SourceKind.CC14, 31, ALL, fine=63)),
        ("cc14: {coarse: 10, fine: 75}", Source("k", SourceKind.CC14, 10, ALL, fine=75)),
        ("cc14: {coarse: 1, fine_first: true}", Source("k", SourceKind.CC14, 1, ALL, fine=33, fine_first=True)),
        ("nrpn: 16382", Source("k", SourceKind.NRPN, 16382, ALL)),
        ("nrpn: 1234, bits: 7, channel: 3", Source("k", SourceKind.NRPN, 1234, frozenset({2}), bits=7)),
        ("rpn: 5", Source("k", SourceKind.RPN, 5, ALL)),
        ("rpn: pitch-bend-range", Source("k", SourceKind.RPN, 0, ALL)),
        ("rpn: fine-tuning, bits: 14", Source("k", SourceKind.RPN, 1, ALL)),
        ("rpn: coarse-tuning", Source("k", SourceKind.RPN, 2, ALL)),
        ("poly_pressure: C1", Source("k", SourceKind.POLY_PRESSURE, 24, ALL)),
        ("poly_pressure: any", Source("k", SourceKind.POLY_PRESSURE, None, ALL)),
        ("note: any, value: velocity", Source("k", SourceKind.NOTE_VELOCITY, None, ALL)),
        ("clock: bpm", Source("k", SourceKind.CLOCK_BPM)),
        ("clock: beat", Source("k", SourceKind.CLOCK_BEAT)),
        ("clock: running", Source("k", SourceKind.CLOCK_RUNNING)),
        ("transport: true", Source("k", SourceKind.TRANSPORT)),
    ],
)
def test_sources(written: str, source: Source) -> None:
    (found,) = params(f"x: {{from: k, {written}}}")
    assert found.source == source
    assert found.handling == PLAIN


@pytest.mark.parametrize(
    ("written", "destination"),
    [
        ("cc14: 1", Destination("k", DestinationKind.CC14, 1, fine=33)),
        ("cc14: {coarse: 10, fine: 75}", Destination("k", DestinationKind.CC14, 10, fine=75)),
        ("nrpn: 1234", Destination("k", DestinationKind.NRPN, 1234)),
        ("nrpn: 7, send: full, bits: 7", Destination("k", DestinationKind.NRPN, 7, full=True, bits=7)),
        ("rpn: fine-tuning, send: short", Destination("k", DestinationKind.RPN, 1)),
        ("poly_pressure: C3, channel: 4", Destination("k", DestinationKind.POLY_PRESSURE, 48, 3)),
        ("clock: true", Destination("k", DestinationKind.CLOCK)),
        ("transport: true", Destination("k", DestinationKind.TRANSPORT)),
        ("note: true, velocity: '90'", Destination("k", DestinationKind.NOTE, velocity=90)),
        ("note: true, velocity: hard", Destination("k", DestinationKind.NOTE, velocity_from="hard")),
        ("note: true, legato: true", Destination("k", DestinationKind.NOTE, legato=True)),
        ("gate: C3, length: 200ms", Destination("k", DestinationKind.GATE, 48, length=0.2)),
        ("gate: C3, length: 60s", Destination("k", DestinationKind.GATE, 48, length=60.0)),
        ("gate: C3, length: long", Destination("k", DestinationKind.GATE, 48, length_from="long")),
    ],
)
def test_destinations(written: str, destination: Destination) -> None:
    assert [found.destination for found in probes(f"x: {{to: k, {written}}}")] == [destination]


@pytest.mark.parametrize(
    ("written", "handling"),
    [
        ("cc: 1, mode: absolute", PLAIN),
        ("cc: 1, mode: relative", Handling(Mode.RELATIVE)),
        (
            "cc: 1, mode: relative, encoding: offset, step: 0.01",
            Handling(Mode.RELATIVE, Encoding.OFFSET, step=0.01),
        ),
        ("cc: 1, mode: relative, encoding: sign-bit, step: 1", Handling(Mode.RELATIVE, Encoding.SIGN_BIT, step=1)),
        ("cc: 1, mode: relative, encoding: twos-complement", Handling(Mode.RELATIVE, Encoding.TWOS_COMPLEMENT)),
        ("cc: 1, mode: toggle", Handling(Mode.TOGGLE)),
        ("note: any, mode: momentary", Handling(Mode.MOMENTARY)),
        ("cc: 1, mode: pickup", Handling(Mode.PICKUP)),
        ("nrpn: 1, mode: pickup, pickup: scale", Handling(Mode.PICKUP, pickup=Pickup.SCALE)),
        ("cc: 1, accepted: [1, 0.25, 0]", Handling(accepted=(1, 0.25, 0))),
        (
            "pressure: true, deadband: 0.02, smooth: 50ms, rate: 100",
            Handling(deadband=0.02, smooth=0.05, rate=100),
        ),
        ("cc: 1, feedback: true", Handling(feedback=Feedback())),
        (
            "note: C1, feedback: {repeat: 2s, after_release: true, on: 5, lights_off: note-off}",
            Handling(feedback=Feedback(2.0, True, 5, 0, LightsOff.NOTE_OFF)),
        ),
        ("cc: 1, mode: toggle, feedback: {on: 5, off: 1}", Handling(Mode.TOGGLE, feedback=Feedback(on=5, off=1))),
        ("cc: 1, mode: toggle, accepted: [1, 2, 4]", Handling(Mode.TOGGLE, accepted=(1, 2, 4))),
        ("cc: 1, mode: toggle, sends: presses", Handling(Mode.TOGGLE, sends=Sends.PRESSES)),
        ("note: C1, mode: momentary, sends: toggles", Handling(Mode.MOMENTARY, sends=Sends.TOGGLES)),
        ("note: C1, feedback: {lights_off: velocity-0}", Handling(feedback=Feedback())),
    ],
)
def test_handlings(written: str, handling: Handling) -> None:
    assert [found.handling for found in params(f"x: {{from: k, {written}}}")] == [handling]


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("cc14: 1", (0, 127)),
        ("nrpn: 1", (0, 127)),
        ("clock: bpm", (20, 300)),
        ("clock: beat", (0, 1)),
        ("clock: running", (0, 1)),
        ("transport: true", (0, 1)),
        ("cc: 1, mode: toggle", (0, 1)),
        ("cc: 1, mode: momentary", (0, 1)),
        ("note: C1, mode: toggle, range: [3, 4]", (3, 4)),
        ("cc: 1, accepted: [5, 2, 7]", (2, 7)),
        ("cc: 1, accepted: [5, 2, 7], range: [0, 10]", (0, 10)),
    ],
)
def test_the_range_that_is_not_written(written: str, ends: tuple[float, float]) -> None:
    (found,) = params(f"x: {{from: k, {written}}}")
    assert (found.scale.low, found.scale.high) == ends


@pytest.mark.parametrize(("written", "ends"), [("clock: true", (20, 300)), ("transport: true", (0, 1))])
def test_the_range_of_a_probe_that_is_not_written(written: str, ends: tuple[float, float]) -> None:
    (found,) = probes(f"x: {{to: k, {written}}}")
    assert (found.scale.low, found.scale.high) == ends


@pytest.mark.parametrize(
    ("written", "curve"),
    [
        ("s", Curve.S),
        ("linear", Curve.LINEAR),
        ("[[0, 0], [0.5, 0.2], [1, 1]]", Points(((0, 0), (0.5, 0.2), (1, 1)))),
        ("[[0, 0], [1.0, 1.0]]", Points(((0, 0), (1, 1)))),
    ],
)
def test_curves(written: str, curve: Curve | Points) -> None:
    assert params(f"x: {{from: k, cc: 1, curve: {written}}}")[0].scale.curve == curve
    assert probes(f"x: {{to: k, cc: 1, curve: {written}}}")[0].scale.curve == curve


def test_a_probe_that_is_shaped() -> None:
    (found,) = probes("x: {to: k, cc: 1, deadband: 0.1, smooth: 0.5s, rate: 20}")
    assert (found.deadband, found.smooth, found.rate) == (0.1, 0.5, 20)


def voices(written: str) -> VoiceBlock:
    return load_text(f"ports: {{k: K}}\nneurons: {{n: {{voices: {{v: {{from: k, {written}}}}}}}}}").neurons[0].voices[0]


def test_a_zone_by_velocity() -> None:
    block = voices("velocities: 10..64, velocity_curve: [[0, 0], [0.5, 0.1], [1, 1]]")
    assert (block.softest, block.loudest) == (10, 64)
    assert block.velocity_curve == Points(((0, 0), (0.5, 0.1), (1, 1)))


@pytest.mark.parametrize(
    ("written", "count", "allocation", "priority", "legato"),
    [
        ("allocate: rotate, count: 2", 2, Allocation.ROTATE, Priority.LAST, False),
        ("allocate: lowest", 4, Allocation.LOWEST, Priority.LAST, False),
        ("allocate: unison, priority: low", 4, Allocation.UNISON, Priority.LOW, False),
        ("allocate: mono", 1, Allocation.MONO, Priority.LAST, False),
        ("allocate: mono, count: 1, priority: high, legato: true", 1, Allocation.MONO, Priority.HIGH, True),
    ],
)
def test_allocations(written: str, count: int, allocation: Allocation, priority: Priority, legato: bool) -> None:
    block = voices(written)
    assert len(block.voices) == count
    assert (block.allocation, block.priority, block.legato) == (allocation, priority, legato)


@pytest.mark.parametrize(
    ("written", "mpe"),
    [
        ("mpe: true", Mpe()),
        ("mpe: {bend_range: 24}", Mpe(bend_range=24)),
        ("mpe: {lower: 7, upper: 7}", Mpe(7, 7)),
        ("mpe: {upper: 15}", Mpe(0, 15)),
        (
            "mpe: true, bend: 'b{7..8}', pressure: press, timbre: t",
            Mpe(bends=("b7", "b8"), pressures=("press1", "press2"), timbres=("t1", "t2")),
        ),
    ],
)
def test_mpe(written: str, mpe: Mpe) -> None:
    assert voices(f"count: 2, {written}").mpe == mpe


def test_a_port_that_passes_what_spells_a_number() -> None:
    def passes(written: str) -> bool:
        return (
            load_text(f"ports: {{k: {written}}}\nneurons: {{n: {{params: {{x: {{from: k, cc: 1}}}}}}}}")
            .ports[0]
            .passes_parameters
        )

    assert passes("{match: K, nrpn: pass}")
    assert passes("{virtual: K, nrpn: pass}")
    assert not passes("{input: K, nrpn: consume}")
    assert not passes("K")


def test_what_spells_a_number_beside_it() -> None:
    """With ``pass``, on another channel, on another port, or beside other controllers only."""
    text = """\
ports: {a: {match: A, nrpn: pass}, b: B, c: C}
neurons:
  n:
    params:
      one: {from: a, nrpn: 5}
      two: {from: a, cc: 6}
      three: {from: b, nrpn: 5, channel: 1}
      four: {from: b, rpn: 5, channel: 1}
      five: {from: b, cc: 6, channel: 2}
      six: {from: b, cc: 7, channel: 1}
      seven: {from: c, cc: 6}
      eight: {from: c, cc: 6}
      nine: {from: c, cc14: 6}
"""
    assert len(load_text(text).neurons[0].params) == 9


def test_numbers_of_one_channel_share_what_spells_them() -> None:
    assert len(probes("a: {to: k, nrpn: 5}", "b: {to: k, rpn: 5}", "c: {to: k, nrpn: 6}", "d: {to: k, cc: 7}")) == 4


def test_lights_of_different_channels_are_different_lights() -> None:
    text = "ports: {k: K}\nneurons: {n: {params: {a: {from: k, cc: 1, channel: 1, feedback: true}, "
    text += "b: {from: k, cc: 1, channel: 2, feedback: true}}, probes: {c: {to: k, cc: 1, channel: 3}}}}"
    assert [len(part) for part in (load_text(text).neurons[0].params, load_text(text).neurons[0].probes)] == [2, 1]


def test_a_port_with_lights_only_is_sent_to() -> None:
    mapping = load_text("ports: {k: K}\nneurons: {n: {params: {x: {from: k, cc: 1, feedback: true}}}}")
    assert mapping.output_ports == mapping.ports


def test_notes_may_share_a_velocity_and_a_length() -> None:
    """Each is one parameter, however many notes follow it."""
    text = route(
        "a: {to: k, note: true, velocity: hard, length: long}",
        "b: [{to: k, gate: C3, velocity: hard, range: [0, 1]}, {to: k, gate: D3, length: long, range: [0, 1]}]",
    )
    (neuron,) = load_text(text).neurons
    assert [(p.name, p.low, p.high) for p in neuron.parameters] == [
        ("a", 0, 127),
        ("b", 0, 1),
        ("hard", 0, 127),
        ("long", 0, 60),
    ]


def test_patterns_in_new_values() -> None:
    found = params(
        "p{1..2}: {from: k, cc14: '{3..4}', step: '{0.1,0.25}', mode: relative}".replace("cc14", "cc"),
        "q{1..2}: {from: k, cc14: {coarse: '{10..11}', fine: '{75..76}'}, channel: '{1..2}'}",
        "r{1..2}: {from: k, note: '{C1,D1}', mode: '{toggle,momentary}', feedback: {on: {5..6}, repeat: 2s}}",
        "s{1..2}: {from: k, nrpn: {200..201}, rate: '{10,0.5}'}",
    )
    assert [(p.source.number, p.handling.step) for p in found[:2]] == [(3, 0.1), (4, 0.25)]
    assert [(p.source.number, p.source.fine, *p.source.channels) for p in found[2:4]] == [(10, 75, 0), (11, 76, 1)]
    assert [(p.handling.mode, p.handling.feedback) for p in found[4:6]] == [
        (Mode.TOGGLE, Feedback(2.0, on=5)),
        (Mode.MOMENTARY, Feedback(2.0, on=6)),
    ]
    assert [(p.source.number, p.handling.rate) for p in found[6:]] == [(200, 10), (201, 0.5)]
    played = probes("m{1..2}: {to: k, note: true, channel: '{1..2}', velocity: 'v{1..2}', length: '{1s,2s}'}")
    assert [(p.destination.velocity_from, p.destination.length) for p in played] == [("v1", 1.0), ("v2", 2.0)]


def test_ranges_are_registered_as_they_are_written() -> None:
    """Whole numbers stay whole: the registration has [0, 127], not [0.0, 127.0]."""
    (neuron,) = load_text(route("a: {from: k, cc: 1}", "b: {from: k, cc: 2, range: [-1.5, 2]}")).neurons
    assert repr(neuron.parameters) == repr((Parameter("a", 0, 127), Parameter("b", -1.5, 2)))


def route(*lines: str) -> str:
    """A file with these params, or probes when they go to a port."""
    part = "probes" if " to: k" in lines[0] or "{to: k" in lines[0] else "params"
    body = "".join(f"      {line}\n" for line in lines)
    return f"ports: {{k: K}}\nneurons:\n  n:\n    {part}:\n{body}"


def params(*lines: str) -> tuple[ParamRoute, ...]:
    return load_text(route(*lines)).neurons[0].params


def probes(*lines: str) -> tuple[ProbeRoute, ...]:
    return load_text(route(*lines)).neurons[0].probes


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("localhost", "ws://localhost:6789"),
        ("studio:7000", "ws://studio:7000"),
        ("'[::1]'", "ws://[::1]:6789"),
        ("'[::1]:7000'", "ws://[::1]:7000"),
        ("ws://studio:7000/", "ws://studio:7000"),
        ("wss://studio:443", "wss://studio:443"),
        ("{url: 'wss://studio:443', headers: {Authorization: Bearer x, X-Box: '7'}}", "wss://studio:443"),
    ],
)
def test_addresses(written: str, url: str) -> None:
    mapping = load_text(f"nallely: {{bus: {written}}}\n" + route("a: {from: k, cc: 1}"))
    bus = mapping.neurons[0].bus
    assert bus.url == url
    assert bus.headers == ((("Authorization", "Bearer x"), ("X-Box", "7")) if "Bearer" in written else ())


# -- patterns


def test_a_pattern_in_the_values_goes_with_the_one_in_the_name() -> None:
    found = params("'{kick,snare}': {from: k, note: '{C,D}{1..2}', channel: '{9..10}'}")
    assert [(p.parameter, p.source.number, p.source.channels) for p in found] == [
        ("kick", 24, frozenset({8})),
        ("snare", 38, frozenset({9})),
    ]


@pytest.mark.parametrize("written", ['"{20..22}"', "{20..22}", "{20, 21, 22}", "'{20,21,22}'"])
def test_a_pattern_with_or_without_quotes(written: str) -> None:
    """YAML reads {20..22} as a block with one key; nothing else could be meant where a number stands."""
    found = probes(f"mon{{1..3}}: {{to: k, cc: {written}}}")
    assert [(p.parameter, p.destination.number) for p in found] == [("mon1", 20), ("mon2", 21), ("mon3", 22)]


def test_a_key_that_is_a_pattern_needs_no_quotes_either() -> None:
    assert [p.parameter for p in params("{a, b}: {from: k, cc: {1..2}}")] == ["a", "b"]


def test_a_pattern_over_ports_and_lists() -> None:
    text = """\
ports: {a1: A, a2: B}
neurons:
  n:
    probes:
      m{1..2}:
        - {to: "a{1..2}", cc: 1}
        - {to: "a{2..1}", cc: 2, range: [0, 1]}
"""
    assert [
        (p.parameter, p.destination.port, p.destination.number, p.scale) for p in load_text(text).neurons[0].probes
    ] == [
        ("m1", "a1", 1, Scale(0, 1)),
        ("m1", "a2", 2, Scale(0, 1)),
        ("m2", "a2", 1, Scale(0, 1)),
        ("m2", "a1", 2, Scale(0, 1)),
    ]


# -- YAML's traps


def test_on_off_yes_no_stay_text() -> None:
    text = "ports: {on: On, off: Off, yes: Yes, no: No, 1: One, null: Nil}\n"
    text += "neurons: {on: {params: {off: {from: on, cc: 1}, y: {from: 1, cc: 2}}}}\n"
    mapping = load_text(text)
    assert [port.name for port in mapping.ports] == ["on", "off", "yes", "no", "1", "null"]
    assert [(p.parameter, p.source.port) for p in mapping.neurons[0].params] == [("off", "on"), ("y", "1")]


@pytest.mark.parametrize("written", ["12", "'12'", "+12"])
def test_a_number_may_stand_in_quotes(written: str) -> None:
    assert params(f"x: {{from: k, cc: {written}}}")[0].source.number == 12


@pytest.mark.parametrize("written", ["[0, 1e3]", "[0.0, 1000.]", "[-0, +1.0e+3]"])
def test_floats(written: str) -> None:
    assert params(f"x: {{from: k, cc: 1, range: {written}}}")[0].scale == Scale(0, 1000)


@pytest.mark.parametrize("written", ["0x10", "0b11", "1_000", "010", "1:30", ".inf", ".nan", "1e999", "2026-01-01"])
def test_other_numbers_of_yaml_are_not_numbers(written: str) -> None:
    with pytest.raises(
        Exception, match="must be a whole number from 0 to 127, not '?" + written.replace("1e999", "inf")
    ):
        params(f"x: {{from: k, cc: {written}}}")


def test_aliases_and_merge_keys() -> None:
    found = params(
        "a: &a {from: k, cc: 1, channel: 5}",
        "b: {<<: *a, cc: 2}",
        "c: {cc: 3, <<: [{channel: 7}, *a]}",
    )
    assert [(p.source.number, p.source.channels) for p in found] == [
        (1, frozenset({4})),
        (2, frozenset({4})),
        (3, frozenset({6})),
    ]


def test_aliases_of_single_texts() -> None:
    """An alias may repeat a value or a key, and is then that text."""
    found = params("&x one: {from: &k k, cc: &n 7}", "two: {from: *k, cc: *n, channel: 2}")
    assert [(p.parameter, p.source.port, p.source.number) for p in found] == [("one", "k", 7), ("two", "k", 7)]
    text = "ports: {k: K}\nneurons: {&x n: {params: {*x : {from: k, cc: 1}}}}"
    assert load_text(text).neurons[0].params[0].parameter == "n"


def test_parts_may_be_left_empty() -> None:
    text = "nallely:\nports: {k: K}\nneurons:\n  n:\n    voices:\n    probes:\n    params:\n      x: {from: k, cc: 1}\n"
    assert len(load_text("---\n" + text).neurons) == 1


def test_voices_may_lie_over_each_other() -> None:
    """Two blocks on the same keys are layers, not a mistake."""
    text = "{n: {voices: {a: {from: k}, b: {from: k, transpose: 12}}}, m: {voices: {a: {from: k}}}}"
    text = f"ports: {{k: K}}\nneurons: {text}"
    assert [len(neuron.parameters) for neuron in load_text(text).neurons] == [8, 4]


def test_gates_of_one_channel_are_not_in_each_others_way() -> None:
    assert len(probes("a: {to: k, gate: C2}", "b: {to: k, gate: D2}", "c: {to: k, note: true}")) == 3


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + route("x: {from: k, cc: 1}").replace("\n", "\r\n").encode())
    assert load_file(path) == load_text(route("x: {from: k, cc: 1}"))


# -- the shipped files


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_file_is_right(path: Path) -> None:
    assert load_file(path).neurons


@pytest.mark.parametrize(
    "shape",
    [
        Session,
        BusAddress,
        PortNames,
        NeuronParts,
        WireWords,
        WireScale,
        Voices,
        MpeZones,
        Param,
        FeedbackWords,
        Pair,
        HeardPair,
        Probe,
    ],
)
def test_the_readme_has_every_key(shape: type[Shape]) -> None:
    readme = (CONFIG.parent / "README.md").read_text("utf-8")
    missing = [key for key in shape.known() if not re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", readme)]
    assert missing == []


def test_the_three_jobs_are_shipped() -> None:
    assert {path.name for path in CONFIG.glob("*.yaml")} >= {"keyboard.yaml", "daw.yaml", "service.yaml"}


def test_the_values_do_not_know_the_library_of_the_file() -> None:
    """PyYAML is for reading files; whoever uses the values or the core does not pay for it."""
    code = "import sys, nallely_midibridge.values.mapping as m; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=CONFIG.parent, check=False).returncode == 0
