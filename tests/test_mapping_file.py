"""Good mapping files: what they mean, how YAML's traps are closed, and the routing table."""

import subprocess
import sys
from pathlib import Path

import pytest

from nallely_midibridge.mapping_file import explain, load_file, load_text
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import (
    Bus,
    Mapping,
    Neuron,
    Parameter,
    ParamRoute,
    Port,
    ProbeRoute,
    Steal,
    VoiceBlock,
)
from nallely_midibridge.values.scale import Curve, Scale
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
                voices=(VoiceBlock("v", ("v1", "v2", "v3", "v4"), "k", retrigger_gap=0.05, steal=Steal.OLDEST),),
                params=(ParamRoute("p", Source("k", SourceKind.CC, 1), Scale(0, 127)),),
                probes=(ProbeRoute("q", Destination("k", DestinationKind.CC, 1, 0, 100), Scale(0, 127)),),
            ),
        ),
    )


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


# -- the routing table


def test_the_routing_table() -> None:
    assert (
        explain(load_text(EVERYTHING))
        == """\
ports
  keys   KeyStep 37                        in and out
  knobs  nanoKONTROL2 / nanoKONTROL2 CTRL  in / out
  lamp   *Lamp*                            out                  at most 200 messages a second
  duo    Duo                               in and out           takes its echo for input
  pedal  FC7                               in
  daw    Nallely                           virtual, in and out

neuron keys: 13 parameters on ws://192.168.1.74:6789
  voices
    keys  C2..B4, channels 1 and 2, transposed -12  ->  voice1..voice2  velocity vel1..vel2, steals the lowest, gap 1s, restored
    keys  C-1..B0, any channel                      ->  bass1           velocity hit1, steals none, gap 50ms
  params
    knobs  cc 74, channel 16                ->  cutoff  20 to 18000.5, exp, inverted
    keys   pitchbend, any channel           ->  bend    -1 to 1
    keys   pressure, any channel            ->  press   0 to 127, log
    keys   program, any channel             ->  patch   0 to 127
    keys   note C1 (gate), any channel      ->  mute    0 to 1
    keys   note C2 (velocity), any channel  ->  soft    0 to 127
    keys   any note (number), any channel   ->  last    0 to 127

neuron lights: 7 parameters on wss://studio.example:443
  probes
    mon1    0 to 127                 ->  daw   cc 22, channel 2
    mon2    0 to 127                 ->  daw   cc 21, channel 2
    mon3    0 to 127                 ->  daw   cc 20, channel 2
    lead    0 to 127                 ->  daw   any note, channel 2, velocity 90
    hit     0 to 1                   ->  daw   note C3, channel 1, velocity 100
    wobble  -2 to 2                  ->  daw   pitchbend, channel 1              at most 50 messages a second
    swell   0 to 127                 ->  daw   pressure, channel 1
    swell   0 to 127, log, inverted  ->  lamp  program, channel 1"""
    )


def test_the_routing_table_keeps_secrets() -> None:
    text = "nallely: {bus: {url: studio, headers: {Authorization: Bearer hunter2}}}\n" + route("x: {from: k, cc: 1}")
    table = explain(load_text(text))
    assert "with the header Authorization" in table
    assert "hunter2" not in table


# -- the shipped files


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_file_is_right(path: Path) -> None:
    mapping = load_file(path)
    table = explain(mapping)
    assert all(f"neuron {neuron.name}: " in table for neuron in mapping.neurons)


def test_the_three_jobs_are_shipped() -> None:
    assert {path.name for path in CONFIG.glob("*.yaml")} >= {"keyboard.yaml", "daw.yaml", "service.yaml"}


def test_the_values_do_not_know_the_libraries_of_the_file() -> None:
    """pydantic and PyYAML are for reading files; whoever uses the values or the core does not pay for them."""
    code = "import sys, nallely_midibridge.values.mapping as m; sys.exit(bool({'pydantic', 'yaml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=CONFIG.parent, check=False).returncode == 0
