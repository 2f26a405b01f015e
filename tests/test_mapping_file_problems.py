# ruff: noqa: E501  (a table of exact sentences)
"""Every rule of the mapping file, broken: the exact problems a person then reads."""

from pathlib import Path

import pytest
import yaml

from nallely_midibridge.mapping_file import Problem, load_file, load_text
from nallely_midibridge.values.errors import MappingError

PORTS = "ports: {keys: KeyStep, knobs: {input: nanoKONTROL2}, synth: {output: UM-ONE}, daw: {virtual: Nallely}}\n"


def lines(*body: str) -> str:
    return "".join(f"      {line}\n" for line in body)


def params(*body: str) -> str:
    return f"{PORTS}neurons:\n  n:\n    params:\n{lines(*body)}"


def probes(*body: str) -> str:
    return f"{PORTS}neurons:\n  n:\n    probes:\n{lines(*body)}"


def param(body: str) -> str:
    return params(f"x: {body}")


def probe(body: str) -> str:
    return probes(f"x: {body}")


def voices(body: str) -> str:
    return f"{PORTS}neurons:\n  n:\n    voices:\n{lines(f'x: {body}')}"


def neuron(*body: str) -> str:
    return f"{PORTS}neurons:\n" + "".join(f"  {line}\n" for line in body)


def port(body: str) -> str:
    return f"ports:\n  p: {body}\nneurons: {{n: {{params: {{x: {{from: p, cc: 1}}}}}}}}\n"


def bus(body: str) -> str:
    return f"nallely:\n  bus: {body}\nports: {{p: K}}\nneurons: {{n: {{params: {{x: {{from: p, cc: 1}}}}}}}}\n"


# Each row: a file, then all of its problems after "bridge.yaml:".

STRUCTURE = [
    (neuron("keys: {parms: {}}"), "3:10: neurons.keys: unknown key 'parms'; did you mean 'params'?"),
    (neuron("keys: {}"), "3:3: neurons.keys: a neuron needs voices, params or probes"),
    # The line with the neuron's name is missing, or what is under it does not stand further in.
    (
        neuron("params: {x: {from: keys, cc: 1}}"),
        "3:3: neurons.params: 'params' stands where a neuron has its name; write neurons: {keys: {params: …}}",
    ),
    (
        neuron("keys:", "probes:", "  x: {to: daw, cc: 1}"),
        "3:8: neurons.keys: must be a block with voices, params or probes, not empty",
        "4:3: neurons.probes: 'probes' stands where a neuron has its name; write neurons: {keys: {probes: …}}",
    ),
    (
        neuron("wiring: [voice1 -> a.b]"),
        "3:3: neurons.wiring: 'wiring' stands where a neuron has its name; write neurons: {keys: {wiring: …}}",
    ),
    (
        neuron("params: {params: {}, param: {}}"),
        "3:24: neurons.params: unknown key 'param'; did you mean 'params'?",
    ),
    (neuron("params: {}"), "3:3: neurons.params: a neuron needs voices, params or probes"),
    (neuron("keys:"), "3:8: neurons.keys: must be a block with voices, params or probes, not empty"),
    (neuron("keys: [1]"), "3:9: neurons.keys: must be a block with voices, params or probes, not a list"),
    (
        neuron("keys: {params: [], probes: {}}"),
        "3:18: neurons.keys.params: must be a block of keys, one a line, not an empty list",
    ),
    (
        neuron("keys: {voices: {from: p, count: 4}, wiring: [voice1 -> a.b]}"),
        "3:19: neurons.keys.voices: 'from' is of a route, and a route has a name; write voices: {voice: {from: keys, "
        "count: 4}}",
    ),
    (
        neuron("keys: {probes: {to: p, cc: 4}}"),
        "3:19: neurons.keys.probes: 'to' is of a route, and a route has a name; write probes: {mon1: {to: daw, cc: 20}}",
    ),
    (
        param("{from: keys, cc: 1}") + "wiring: []\ntrevor: off\n",
        "6:1: 'wiring' does not go here: it goes under a neuron, as in neurons: {keys: {voices: …}}",
        "7:1: 'trevor' does not go here: it goes under 'nallely', or under a neuron",
    ),
    (
        param("{from: KeyStep 37, cc: 1}").replace("keys: KeyStep", "keys: KeyStep 37"),
        "5:17: neurons.n.params.x.from: no port is named 'KeyStep 37', which is the device; write 'keys', as this file "
        "calls it",
    ),
    (
        param("{from: keys, cc: 1..4}"),
        "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not '1..4'; for a route each write "
        "'{1..4}', and as many names",
    ),
    (
        param("{from: keys, cc: 1, mode: Relative, encoding: offset}"),
        "5:36: neurons.n.params.x.mode: must be absolute, relative, toggle, momentary or pickup, not 'Relative'; did you "
        "mean 'relative'?",
    ),
    ("neurons: {}\n", "1:1: the file has no neuron; write at least one under 'neurons'"),
    ("ports: {keys: KeyStep}\n", "1:1: the file has no neuron; write at least one under 'neurons'"),
    ("neurons: 5\n", "1:10: neurons: must be a block of keys, one a line, not 5"),
    ("port: {keys: KeyStep}\n", "1:1: unknown key 'port'; did you mean 'ports'?"),
    ("", "1:1: the file is empty; it needs 'ports' and 'neurons'"),
    ("# nothing\n", "1:1: the file is empty; it needs 'ports' and 'neurons'"),
    ("- keys\n", "1:1: must be the keys nallely, ports and neurons, not a list"),
    (param("74"), "5:10: neurons.n.params.x: must be a route such as {from: keys, cc: 74}, not 74"),
    (probe("[]"), "5:10: neurons.n.probes.x: an empty list leads nowhere; write a route such as {to: daw, cc: 20}"),
    (probe("[7]"), "5:11: neurons.n.probes.x[1]: must be a route such as {to: daw, cc: 20}, not 7"),
    (param("{cc: 74}"), "5:7: neurons.n.params.x: 'from' is missing: the port it listens to, as in from: keys"),
    (probe("{cc: 20}"), "5:7: neurons.n.probes.x: 'to' is missing: the port it plays on, as in to: daw"),
    (voices("{count: 2}"), "5:7: neurons.n.voices.x: 'from' is missing: the port with the keys, as in from: keys"),
    (
        param("{from: keys, chanel: 1, cc: 74}"),
        "5:23: neurons.n.params.x: unknown key 'chanel'; did you mean 'channel'?",
    ),
    (
        param("{from: keys, cc: 74, colour: red}"),
        "5:31: neurons.n.params.x: unknown key 'colour'; it can be from, cc, cc14, nrpn, rpn, note, pitchbend, pressure, poly_pressure, program, clock, transport, value, bits, channel, mode, encoding, step, pickup, sends, range, curve, invert, accepted, deadband, smooth, rate or feedback",
    ),
]

LATER = [
    (
        port("{match: Pad, input: Pad}"),
        "2:7: ports.p: 'match' is for both ways; keep it, or 'input' and 'output'",
    ),
    (
        port("{virtual: Nallely, usb: 1-1, nth: 2}"),
        "2:25: ports.p: 'usb' tells devices apart; a virtual port is none",
        "2:35: ports.p: 'nth' tells devices apart; a virtual port is none",
    ),
    (port("{match: Pad, nth: 0}"), "2:24: ports.p.nth: must be a whole number from 1 to 64, not 0"),
    (
        port("{match: Pad, usb: [1]}"),
        "2:24: ports.p.usb: must be text, not a list",
    ),
    # A serial number may be made of digits.
    (
        port("{match: K, serial: 123456}"),
        "2:25: ports.p.serial: must be text, not 123456; put quotes around it",
    ),
    (
        probe("{to: daw, cc: 16, rate: 0}"),
        "5:34: neurons.n.probes.x.rate: must be a number of messages a second, from 0.1 to 100,000, not 0",
    ),
    (
        probe("{to: daw, cc: 16, rate: fast}"),
        "5:34: neurons.n.probes.x.rate: must be a number of messages a second, from 0.1 to 100,000, not 'fast'",
    ),
    (
        port("“KeyStep 37”"),
        "2:6: ports.p: '“KeyStep 37”' has typographic quotes, which would be part of the name; write straight ones: \"",
    ),
    (param("{from: keys, cc:74}"), "5:23: neurons.n.params.x: a space is missing after the ':'; write 'cc: 74'"),
    (neuron("n\u200c\u200d: 7"), r"3:8: neurons.n\u200c\u200d: must be a block with voices, params or probes, not 7"),
    (
        param("{from: keys, cc: 7, range: [0,5, 1]}"),
        "5:37: neurons.n.params.x.range: must be two numbers with a comma between, such as [0, 1], not a list of 3",
    ),
    (port("{rate: 50}"), "2:6: ports.p: must be a port's name, {input: …, output: …} or {virtual: …}"),
    (port("{input: K, rate: 50}"), "2:17: ports.p: 'rate' is about what is sent, and this port has no output"),
    (
        port("{input: K, echo: take}"),
        "2:17: ports.p: 'echo' is about what comes back of what is sent, and this port goes one way only",
    ),
    (port("{virtual: K, echo: tale}"), "2:25: ports.p.echo: must be drop or take, not 'tale'; did you mean 'take'?"),
]

NAMES = [
    (
        neuron("my_keys: {params: {x: {from: keys, cc: 1}}}"),
        "3:3: neurons.my_keys: Nallely cuts a neuron's name at the first '_', and no value would come back; write 'my-keys'",
    ),
    (
        neuron("a/b: {params: {x: {from: keys, cc: 1}}}"),
        "3:3: neurons.a/b: a neuron's name is part of an address and cannot have a '/'; use a hyphen",
    ),
    (
        neuron("'50%': {params: {x: {from: keys, cc: 1}}}"),
        "3:3: neurons.50%: a neuron's name is part of an address and cannot have a '%'; use a hyphen",
    ),
    (neuron("' ': {params: {x: {from: keys, cc: 1}}}"), "3:3: neurons. : the name of a neuron cannot be empty"),
    (
        neuron("é" * 128 + ": {params: {x: {from: keys, cc: 1}}}"),
        "3:3: neurons." + "é" * 128 + ": the name of a neuron has at most 255 bytes, this has 256",
    ),
    (
        params("'a::b': {from: keys, cc: 1}"),
        "5:7: neurons.n.params.a::b: Nallely parts a path at '::', and could not link this; write 'a-b'",
    ),
    (params("'': {from: keys, cc: 1}"), "5:7: neurons.n.params.: the name of a parameter cannot be empty"),
    (
        params("x" * 256 + ": {from: keys, cc: 1}"),
        "5:7: neurons.n.params." + "x" * 256 + ": the name of a parameter has at most 255 bytes, this has 256",
    ),
    (
        neuron("n: {voices: {v: {from: keys}}, params: {v2: {from: keys, cc: 1}}}"),
        "3:43: neurons.n.params.v2: the name 'v2' is already taken by neurons.n.voices.v (line 3)",
    ),
    (
        neuron("n: {voices: {v: {from: keys, velocity: v}}}"),
        "3:42: neurons.n.voices.v.velocity: the name 'v1' is already taken by neurons.n.voices.v (line 3)",
    ),
    (
        neuron("n: {params: {x: {from: keys, cc: 1}}, probes: {x: {to: daw, cc: 1}}}"),
        "3:50: neurons.n.probes.x: the name 'x' is already taken by neurons.n.params.x (line 3)",
    ),
    (params("'{a,a}': {from: keys, cc: 1}"), "5:7: neurons.n.params.{a,a}: the name 'a' comes more than once here"),
]

PORTS_ROWS = [
    (
        f"ports: {{{', '.join(f'p{i}: K' for i in range(20))}}}\nneurons: {{n: {{params: {{x: {{from: q, cc: 1}}}}}}}}\n",
        "2:34: neurons.n.params.x.from: no port is named 'q'; the ports are "
        "p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15 and 4 more",
    ),
    (port(""), '2:5: ports.p: must be part of a port\'s name such as "KeyStep 37", not empty'),
    (port("'  '"), "2:6: ports.p: must be part of a port's name such as \"KeyStep 37\", not '  '"),
    (
        port("KeyStep 37 MIDI 1 24:0"),
        "2:6: ports.p: the number 24:0 changes whenever the device is plugged in; write 'KeyStep 37 MIDI 1'",
    ),
    (
        port("'24:0'"),
        "2:6: ports.p: the number 24:0 changes whenever the device is plugged in; write the name before it",
    ),
    (port("[KeyStep]"), '2:6: ports.p: must be part of a port\'s name such as "KeyStep 37", not a list'),
    (port("{}"), "2:6: ports.p: must be a port's name, {input: …, output: …} or {virtual: …}, not empty"),
    (
        port("{virtual: Nallely, input: KeyStep}"),
        "2:7: ports.p: a virtual port goes both ways by itself; leave out 'match', 'input' and 'output'",
    ),
    (
        port("{virtual: RtMidi In}"),
        "2:16: ports.p.virtual: Nallely hides ports with 'RtMidi' in their name; choose another",
    ),
    (port("{virtual: ''}"), "2:16: ports.p.virtual: must be a name for the port such as \"Nallely\", not ''"),
    (
        port("{virtual: " + "é" * 32 + "}"),
        "2:16: ports.p.virtual: a virtual port's name has at most 63 bytes, this has 64",
    ),
    (port("{inputs: KeyStep}"), "2:7: ports.p: unknown key 'inputs'; did you mean 'input'?"),
    (
        "ports: {a: {virtual: N}, b: {virtual: N}}\nneurons: {n: {params: {x: {from: a, cc: 1}}}}\n",
        "1:39: ports.b.virtual: the name 'N' is already taken by ports.a.virtual (line 1)",
    ),
    (
        "ports: {a b: K}\nneurons: {n: {params: {x: {from: a b, cc: 1}}}}\n",
        "1:9: ports.a b: a port's short name is made of letters, digits, - and _, not 'a b'",
    ),
    (
        param("{from: kees, cc: 1}"),
        "5:17: neurons.n.params.x.from: no port is named 'kees'; the ports are keys, knobs, synth and daw; did you mean 'keys'?",
    ),
    (
        param("{from: zzz, cc: 1}"),
        "5:17: neurons.n.params.x.from: no port is named 'zzz'; the ports are keys, knobs, synth and daw",
    ),
    (
        "neurons: {n: {params: {x: {from: keys, cc: 1}}}}\n",
        "1:34: neurons.n.params.x.from: no port is named 'keys'; the file has no ports",
    ),
    (
        param("{from: synth, cc: 1}"),
        "5:17: neurons.n.params.x.from: port 'synth' has no input; give it one in 'ports', or take another port",
    ),
    (
        probe("{to: knobs, cc: 1}"),
        "5:15: neurons.n.probes.x.to: port 'knobs' has no output; give it one in 'ports', or take another port",
    ),
    (param("{from: [keys], cc: 1}"), "5:17: neurons.n.params.x.from: must be the short name of a port, not a list"),
]

BUSES = [
    (bus("{url: studio, ca: ''}"), "2:26: nallely.bus.ca: must be text, not ''"),
    (bus("6789"), "2:8: nallely.bus: must be an address such as localhost:6789, not 6789"),
    (
        bus("http://studio:6789"),
        "2:8: nallely.bus: a bus is reached by ws:// or wss://, not http://; write 'ws://studio:6789'",
    ),
    (bus("'::1'"), "2:8: nallely.bus: an IPv6 address needs brackets; write '[::1]:6789'"),
    (bus("300.1.1.1"), "2:8: nallely.bus: '300.1.1.1' is not the name or number of a machine; write HOST or HOST:PORT"),
    (bus("studio:99999"), "2:8: nallely.bus: a port is a number from 1 to 65535, not '99999'"),
    (bus("me:secret@studio"), "2:8: nallely.bus: a name and password go into 'headers', not into the address"),
    (
        bus("studio?x"),
        "2:8: nallely.bus: 'studio?x' is not an address; write HOST:PORT such as 192.168.1.74:6789, or a ws:// or wss:// URL",
    ),
    (bus("{ca: studio.pem}"), "2:3: nallely.bus: 'url' is missing: where the bus listens, as in url: localhost:6789"),
    (bus("{url: 'wss://studio:443', ca: missing.pem}"), "2:38: nallely.bus.ca: there is no file 'missing.pem'"),
    (
        bus("{url: studio, ca: missing.pem}"),
        "2:26: nallely.bus.ca: a certificate is for a wss:// address; write one, or leave out 'ca'",
    ),
    (
        bus("{url: studio, headers: {Authorization: 5}}"),
        "2:31: nallely.bus.headers: header 'Authorization' must be plain text; put quotes around it",
    ),
    (
        bus("{url: studio, headers: {'a b': c}}"),
        "2:31: nallely.bus.headers: 'a b' cannot be the name of a header; use letters, digits and -",
    ),
    (
        bus("{url: studio, headers: x}"),
        "2:31: nallely.bus.headers: must be a block of headers such as {Authorization: \"…\"}, not 'x'",
    ),
    (
        neuron("n: {bus: a b, params: {x: {from: keys, cc: 1}}}"),
        "3:12: neurons.n.bus: 'a b' is not the name or number of a machine; write HOST or HOST:PORT",
    ),
]

VALUES = [
    # Words that others use.
    (
        param("{from: keys, cc: 1, min: 0, max: 1}"),
        "5:30: neurons.n.params.x: 'min' does not go here: write both ends, as in range: [0, 1]",
        "5:38: neurons.n.params.x: 'max' does not go here: write both ends, as in range: [0, 1]",
    ),
    (
        param("{from: keys, aftertouch: true}"),
        "5:23: neurons.n.params.x: 'aftertouch' does not go here: write 'pressure: true', or 'poly_pressure' for one "
        "of each key",
    ),
    (
        probe("{to: daw, controller: 1, cc: 2}"),
        "5:20: neurons.n.probes.x: 'controller' does not go here: write 'cc'",
    ),
    (param("{from: keys, cc: true}"), "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not true"),
    (voices("{from: keys, velocity: 1.5}"), "5:33: neurons.n.voices.x.velocity: must be a name, not 1.5"),
    (
        params("x:", "  from: keys", "  cc:"),
        "7:12: neurons.n.params.x.cc: must be a whole number from 0 to 127, not empty",
    ),
    (param("{from: keys, cc: 128}"), "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not 128"),
    (param("{from: keys, cc: 1.5}"), "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not 1.5"),
    (
        param("{from: keys, cc: 010}"),
        "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not '010'; leave out the zeros before it",
    ),
    (
        param("{from: keys, cc: 0x4A}"),
        "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not '0x4A'; write 74",
    ),
    (
        param("{from: keys, cc: 4aH}"),
        "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not '4aH'; write 74",
    ),
    (
        param("{from: keys, cc: CC 74}"),
        "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not 'CC 74'; write 74",
    ),
    (
        param("{from: keys, cc: 74.0}"),
        "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not 74.0; write 74",
    ),
    # What comes out is not in reach either: then it is no advice.
    (param("{from: keys, cc: 0xFF}"), "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not '0xFF'"),
    (
        param("{from: keys, nrpn: 0x0102}"),
        "5:29: neurons.n.params.x.nrpn: must be a whole number from 0 to 16382, not '0x0102'; write 258",
    ),
    (param("{from: keys, cc: 1:30}"), "5:27: neurons.n.params.x.cc: must be a whole number from 0 to 127, not '1:30'"),
    (
        param("{from: keys, note: H4}"),
        "5:29: neurons.n.params.x.note: 'H4' is not a note; write a name such as C4 or F#2 (C4 = 60), or 0 to 127",
    ),
    (param("{from: keys, note: A9}"), "5:29: neurons.n.params.x.note: note A9 is outside 0 to 127 (C-1 to G9)"),
    (
        param("{from: keys, note: 010}"),
        "5:29: neurons.n.params.x.note: must be a note such as C4 or F#2 (C4 = 60), or 0 to 127, not '010'",
    ),
    (
        param("{from: keys, note: true}"),
        "5:29: neurons.n.params.x.note: must be a note such as C1 or 36, or any, not true",
    ),
    (
        param("{from: keys, note: C1, value: volume}"),
        "5:40: neurons.n.params.x.value: must be gate, velocity or number, not 'volume'",
    ),
    (
        param("{from: keys, cc: 1, channel: 0}"),
        "5:39: neurons.n.params.x.channel: must be a channel from 1 to 16, a list such as [1, 2], or all, not 0",
    ),
    (
        param("{from: keys, cc: 1, channel: [1, 17]}"),
        "5:39: neurons.n.params.x.channel: must be a channel from 1 to 16, a list such as [1, 2], or all, not 17",
    ),
    (
        param("{from: keys, cc: 1, channel: []}"),
        "5:39: neurons.n.params.x.channel: must be a channel from 1 to 16, a list such as [1, 2], or all, not an empty list",
    ),
    (
        param("{from: keys, cc: 1, range: [0, 0]}"),
        "5:37: neurons.n.params.x.range: must be two different numbers such as [0, 1], not [0, 0]",
    ),
    (
        param("{from: keys, cc: 1, range: [0, .inf]}"),
        "5:37: neurons.n.params.x.range: must be two different numbers such as [0, 1], not [0, '.inf']",
    ),
    (
        param("{from: keys, cc: 1, range: 0-1}"),
        "5:37: neurons.n.params.x.range: must be two different numbers such as [0, 1], not '0-1'",
    ),
    (
        param("{from: keys, cc: 1, curve: expo}"),
        "5:37: neurons.n.params.x.curve: must be linear, exp, log, s or a list of points such as [[0, 0], [0.5, 0.2], [1, 1]], not 'expo'; did you mean 'exp'?",
    ),
    (param("{from: keys, cc: 1, invert: on}"), "5:38: neurons.n.params.x.invert: must be true or false, not 'on'"),
    (
        param("{from: keys, pitchbend: false}"),
        "5:34: neurons.n.params.x.pitchbend: must be true, or the key left out, not false",
    ),
    (
        probe("{to: daw, cc: 1, channel: all}"),
        "5:36: neurons.n.probes.x.channel: a probe sends on one channel from 1 to 16, not 'all'; make it a list of routes",
    ),
    (
        probe("{to: daw, cc: 1, channel: 17}"),
        "5:36: neurons.n.probes.x.channel: must be a channel from 1 to 16, not 17",
    ),
    (
        probe("{to: daw, note: C3}"),
        "5:26: neurons.n.probes.x.note: must be true (the value is the note), not 'C3'; a fixed note is a 'gate'",
    ),
    (
        probe("{to: daw, gate: C3, velocity: 0}"),
        "5:40: neurons.n.probes.x.velocity: must be a whole number from 1 to 127, or a parameter's name, not 0",
    ),
    (voices("{from: keys, count: 0}"), "5:30: neurons.n.voices.x.count: must be a whole number from 1 to 128, not 0"),
    (
        voices("{from: keys, notes: C4}"),
        "5:30: neurons.n.voices.x.notes: must be two notes such as C2..C7 or 36..96, not 'C4'",
    ),
    (voices("{from: keys, notes: C7..C2}"), "5:30: neurons.n.voices.x.notes: the low note comes first; write C2..C7"),
    (
        voices("{from: keys, notes: C2..H7}"),
        "5:30: neurons.n.voices.x.notes: 'H7' is not a note; write a name such as C4 or F#2 (C4 = 60), or 0 to 127",
    ),
    (
        voices("{from: keys, transpose: 200}"),
        "5:34: neurons.n.voices.x.transpose: must be a whole number from -127 to 127, not 200",
    ),
    (
        voices("{from: keys, steal: newest}"),
        "5:30: neurons.n.voices.x.steal: must be oldest, quietest, lowest, highest or none, not 'newest'; with 'none' the new key stays silent, with 'oldest' the note that sounds longest gives way",
    ),
    (
        voices("{from: keys, steal: null}"),
        "5:30: neurons.n.voices.x.steal: must be oldest, quietest, lowest, highest or none, not empty",
    ),
    (
        voices("{from: keys, retrigger_gap: 50}"),
        "5:38: neurons.n.voices.x.retrigger_gap: must be a duration in ms or s, such as 50ms or 0.5s, not 50",
    ),
    (
        voices("{from: keys, retrigger_gap: 11s}"),
        "5:38: neurons.n.voices.x.retrigger_gap: must be from 0ms to 10s, not 11s",
    ),
    (voices("{from: keys, velocity: []}"), "5:33: neurons.n.voices.x.velocity: must be a name, not an empty list"),
]

ROUTES = [
    (
        param("{from: keys}"),
        "5:7: neurons.n.params.x: has no source; add one of cc, cc14, nrpn, rpn, note, pitchbend, pressure, poly_pressure, program, clock or transport",
    ),
    (
        probe("{to: daw}"),
        "5:7: neurons.n.probes.x: has no destination; add one of cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure, program, note, gate, clock or transport",
    ),
    (
        param("{from: keys, cc: 1, note: C1}"),
        "5:30: neurons.n.params.x: 'cc' and 'note' are both a source; a route has one, so keep one of them",
    ),
    (
        param("{from: keys, cc: 1, nrpn: 2}"),
        "5:30: neurons.n.params.x: 'cc' and 'nrpn' are both a source; a route has one, so keep one of them",
    ),
    (param("{from: keys, cc: 1, value: velocity}"), "5:30: neurons.n.params.x: 'value' goes with note, not with cc"),
    (
        probe("{to: daw, cc: 1, velocity: 90}"),
        "5:27: neurons.n.probes.x: 'velocity' goes with note or gate, not with cc",
    ),
    (
        probe("{to: daw, note: true, curve: exp, invert: true}"),
        "5:32: neurons.n.probes.x: 'curve' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure or program, not with note",
        "5:44: neurons.n.probes.x: 'invert' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure or program, not with note",
    ),
    (
        probes("a: {to: daw, cc: 1}", "b: {to: daw, cc: 1, range: [0, 1]}"),
        "6:24: neurons.n.probes.b.cc: CC 1 on channel 1 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
    ),
    (
        probes("a: {to: daw, note: true, channel: 2}", "b: {to: daw, note: true, channel: 2}"),
        "6:26: neurons.n.probes.b.note: any note on channel 2 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
    ),
    (
        probes("a: {to: daw, gate: C3}", "b: {to: daw, gate: 48}"),
        "6:26: neurons.n.probes.b.gate: note C3 on channel 1 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
    ),
    (
        neuron("a: {probes: {x: {to: daw, pitchbend: true}}}", "b: {probes: {x: {to: daw, pitchbend: true}}}"),
        "4:40: neurons.b.probes.x.pitchbend: pitch bend on channel 1 of port 'daw' is already taken by neurons.a.probes.x (line 3); a control follows one parameter",
    ),
    (
        probes("a: [{to: daw, cc: 1}, {to: daw, cc: 1}]"),
        "5:43: neurons.n.probes.a[2].cc: CC 1 on channel 1 of port 'daw' is already taken by neurons.n.probes.a[1] (line 5); a control follows one parameter",
    ),
    (
        probe("[{to: daw, cc: 1}, {to: daw, gate: C3}]"),
        "5:29: neurons.n.probes.x[2]: runs over [0, 1], but neurons.n.probes.x[1] (line 5) over [0, 127]; a probe has one range, so write the same 'range' in each",
    ),
    (
        probe("[{to: daw, cc: 1, range: [0, 1]}, {to: daw, cc: 2}, {to: daw, cc: 3, range: [0, 2]}]"),
        "5:62: neurons.n.probes.x[3]: runs over [0, 2], but neurons.n.probes.x[1] (line 5) over [0, 1]; a probe has one range, so write the same 'range' in each",
    ),
]

PATTERNS = [
    (
        probe(f"{{to: daw, cc: '{{{','.join(['1'] * 1025)}}}'}}"),
        "5:24: neurons.n.probes.x.cc: a pattern makes at most 1,024, this makes 1,025",
    ),
    (
        probes("m{1..8}: {to: daw, cc: '{20..26}'}"),
        "5:30: neurons.n.probes.m{1..8}.cc: makes 7 of this route, but its name makes 8; both must make the same number",
    ),
    (
        probes("m: {to: daw, cc: '{20..27}'}"),
        "5:24: neurons.n.probes.m.cc: makes 8 of this route, but its name makes one; give the name a pattern too, such as {1..8}",
    ),
    (
        probes("m{1..8}: {to: daw, cc: 20}"),
        "5:30: neurons.n.probes.m{1..8}.cc: CC 20 on channel 1 of port 'daw' comes more than once here; a control follows one parameter",
    ),
    (
        probes("m{1..3}: {to: daw, cc: {126..128}}"),
        "5:30: neurons.n.probes.m{1..3}.cc: must be a whole number from 0 to 127, not '128'",
    ),
    (
        probes("m{5}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{5}: {5} is not a pattern; write {1..8}, {a,b,c}, or leave out the braces",
    ),
    (
        probes("m{1..}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..}: {1..} must run between two whole numbers, as in {1..8}",
    ),
    (
        probes("m{01..08}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{01..08}: {01..08}: the numbers of a pattern are written without leading "
        "zeros, as in {1..8}",
    ),
    (
        probes("m{1..1025}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..1025}: {1..1025} makes 1,025, and a pattern makes at most 1,024",
    ),
    (
        probes("m{1..1000000}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..1000000}: {1..1000000} makes 1,000,000, and a pattern makes at most 1,024",
    ),
    (
        probes("m{1..1000000000000000}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..1000000000000000}: a number of a pattern has at most 15 digits",
    ),
    (
        probes("m{a,}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{a,}: {a,} has an empty place; write a name between the commas",
    ),
    (
        probes("m{1..2: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..2: each '{' needs its own '}', and none can stand inside another",
    ),
    (
        probes("m{1..2}{1..3}: {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..2}{1..3}: the patterns of 'm{1..2}{1..3}' must all make the same number",
    ),
    (
        probes("m" + "{1..2}" * 9 + ": {to: daw, cc: 1}"),
        "5:7: neurons.n.probes.m{1..2}{1..2}{1..2}{1..2}{1..2}{1..2}{1..2}{1..2}{1..2}: one text has at most 8 patterns, this has 9",
    ),
    (
        probes("m{1..2}: {to: daw, cc: {5}}"),
        "5:30: neurons.n.probes.m{1..2}.cc: {5} is not a pattern; write {1..8}, {a,b,c}, or leave out the braces",
    ),
    (
        params("m{1..2}: {from: 'k{1..2}', cc: 1}"),
        "5:23: neurons.n.params.m{1..2}.from: no port is named 'k1'; the ports are keys, knobs, synth and daw",
    ),
    (
        neuron("n: {voices: {'v{1..4}': {from: keys}}}"),
        "3:16: neurons.n.voices.v{1..4}: voices are numbered by themselves; write the name without braces, and a 'count'",
    ),
    (
        voices("{from: keys, velocity: 'vel{1..3}'}"),
        "5:33: neurons.n.voices.x.velocity: makes 3 names, but the voices are 4; write {1..4}",
    ),
    (
        voices("{from: keys, velocity: 'vel{1}'}"),
        "5:33: neurons.n.voices.x.velocity: {1} is not a pattern; write {1..8}, {a,b,c}, or leave out the braces",
    ),
    (
        params(*(f"m{i}x{{1..1024}}: {{from: keys, cc: 1}}" for i in range(17))),
        "21:7: neurons.n.params.m16x{1..1024}: the name 'm16x1' is one too many; a file has at most 16,384",
    ),
]

YAML = [
    (
        params("x: {from: keys, cc: 1}", "x: {from: keys, cc: 2}"),
        "6:7: neurons.n.params: 'x' stands here a second time; the first is on line 5",
    ),
    (
        "a: b: c\n",
        "1:5: a ':' cannot stand here; one is missing above, or the indentation is off, or text with ': ' needs quotes",
    ),
    ("ports:\n\tkeys: K\n", "2:1: ports: a tab cannot indent; use spaces"),
    (
        "ports:\n  keys\n  daw: N\n",
        "3:6: a ':' cannot stand here; one is missing above, or the indentation is off, or text with ': ' needs quotes",
    ),
    ("ports:\n  keys: K\n0", "3:1: a key needs a ':' and a value after it"),
    (
        "ports: {keys: KeyStep\nneurons:\n",
        "2:8: ports: a comma is missing here, or the '{' is not closed; text with { or } in it needs quotes",
    ),
    (
        "ports: [a, b\n",
        "1:8: ports: a comma is missing here, or the '[' is not closed; text with [ or ] in it needs quotes",
    ),
    (
        "ports: {keys: k{1..2}}\n",
        "1:16: ports: a comma is missing here, or the '{' is not closed; text with { or } in it needs quotes",
    ),
    ("ports: {keys: 'KeyStep}\n", "1:15: ports.keys: this quote is never closed"),
    (
        "ports:\n  keys: K\n knobs: L\n",
        "3:2: this does not line up with the lines above, or follows a closed quote or bracket",
    ),
    ("ports: {keys: K}}\n", "1:17: this does not line up with the lines above, or follows a closed quote or bracket"),
    ("ports:\n  keys: *KeyStep*\n", "2:17: ports.keys: text that begins with * or & needs quotes"),
    ("ports:\n  keys: @home\n", "2:9: ports.keys: text cannot begin with '@'; put quotes around it"),
    (
        "nallely: {bus: [::1]:6789}\n",
        "1:17: nallely.bus: something is missing here, or text that begins with [ or { wants quotes",
    ),
    ("ports: ]\n", "1:8: ports: something is missing here, or a bracket is closed that was never opened"),
    ("ports: {\n", "1:8: ports: something is missing here, or text that begins with [ or { wants quotes"),
    (
        port("!device KeyStep"),
        "2:6: ports.p: a tag ('!…') has no meaning here; leave it out, or put quotes around the text",
    ),
    (
        port("!!python/object/apply:os.system [ls]"),
        "2:6: ports.p: a tag ('!…') has no meaning here; leave it out, or put quotes around the text",
    ),
    (
        port("!e!x KeyStep"),
        "2:6: ports.p: a tag ('!…') has no meaning here; leave it out, or put quotes around the text",
    ),
    (port("*keys"), "2:6: ports.p: '*keys' repeats an '&keys' that is not above; put quotes around text with a *"),
    (port("&k {input: *k}"), "2:17: ports.p.input: '*k' stands inside the '&k' it repeats"),
    (
        param("{from: keys, cc: 1}") + "---\nports: {}\n",
        "6:1: a second document begins here; a mapping file is one, so leave out the '---'",
    ),
    ("%YAML 2.0\n---\nports: {}\n", "1:1: a mapping file is YAML 1.1 or 1.2; leave out the '%YAML' line"),
    (port('"a\\0b"'), "2:6: ports.p: the invisible character U+0000 cannot stand here"),
    (port('"a\\nb"'), "2:6: ports.p: a line break cannot stand here"),
    ("ports: {keys: \0}\n", "1:15: the invisible character U+0000 cannot stand here"),
    # As they come with what is copied from a web page, or from a Japanese keyboard.
    (
        param("{from: keys, note: C1,\xa0value: velocity}"),
        "5:32: neurons.n.params.x: a character that looks like a space (U+00A0) cannot stand here; type a plain space",
    ),
    (
        port("KeyStep\u300037"),
        "2:6: ports.p: a character that looks like a space (U+3000) cannot stand here; type a plain space",
    ),
    (port("KeyStep\u200b 37"), "2:6: ports.p: the invisible character U+200B cannot stand here"),
    (port("KeyStep \ufeff37"), "2:6: ports.p: the invisible character U+FEFF cannot stand here"),
    ("# é\nports: {k\u2028: K}\n", "2:10: the invisible character U+2028 cannot stand here"),
    (
        "ports: " + "[" * 30 + "\n",
        "1:31: ports[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]: more than 24 blocks and lists inside each other",
    ),
    (
        params("? [a, b]", ": {from: keys, cc: 1}"),
        "3:3: neurons.n: a neuron needs voices, params or probes",
        "5:9: neurons.n.params: a key must be plain text; put quotes around one that begins with a bracket",
    ),
    (
        params("? !!str x", ": {from: keys, cc: 1}"),
        "5:9: neurons.n.params: a tag ('!…') has no meaning here; leave it out, or put quotes around the text",
    ),
    (
        "ports: {a: &a {x: 1}, <<: 5}\n",
        "1:1: the file has no neuron; write at least one under 'neurons'",
        "1:16: ports.a: unknown key 'x'; it can be match, input, output, virtual, rate, usb, serial, nth, echo or nrpn",
        "1:27: ports: '<<' takes a block of keys by its alias, as in '<<: *name'",
    ),
    (port("x" * 5000), "2:6: ports.p: a text of more than 4,096 characters"),
    ("#" * (1 << 20) + "\n", "1:1: a mapping file has at most 1,048,576 characters, this has 1,048,577"),
]

# PyYAML's own parser, which serves where libyaml is missing, sees these otherwise.
LIBYAML = [
    (param("{from: keys, cc:}"), "5:25: neurons.n.params.x: a ':' needs a space after it, and a value"),
    (
        'ports: {keys: "a\\qb"}\n',
        "1:17: ports.keys: a '\\' is special between double quotes; use single quotes, or write '\\\\'",
    ),
    (
        param("{from: keys, cc: 1}") + "...\nports: {}\n",
        "7:1: the text goes on after its end; a mapping file is one YAML document",
    ),
]

ROWS = [
    *STRUCTURE,
    *LATER,
    *NAMES,
    *PORTS_ROWS,
    *BUSES,
    *VALUES,
    *ROUTES,
    *PATTERNS,
    *YAML,
    *(LIBYAML if yaml.__with_libyaml__ else []),
]


def problems_of(text: str, **options: bool) -> tuple[Problem, ...]:
    with pytest.raises(MappingError) as caught:
        load_text(text, **options)
    return caught.value.problems  # type: ignore[return-value]


@pytest.mark.parametrize("row", ROWS, ids=[row[1][:70] for row in ROWS])
def test_a_wrong_file_gets_exactly_these_problems(row: tuple[str, ...]) -> None:
    text, *expected = row
    assert [str(problem) for problem in problems_of(text)] == [f"bridge.yaml:{problem}" for problem in expected]


def is_for_musicians(message: str) -> bool:
    """Law: no sentence is Python's, none begins with a capital but a name, none ends with a stop."""
    names = ("Nallely", "CC ", "NRPN ", "RPN ")
    assert not any(word in message for word in ("NoneType", "Traceback", "<class", "None"))
    assert message[0].islower() or message[0] in "'{" or message.startswith(names)
    return not message.endswith(".")


def test_problems_speak_to_musicians() -> None:
    for text, *_ in ROWS:
        for problem in problems_of(text):
            assert is_for_musicians(problem.message)


def test_every_problem_of_a_file_is_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
nallely: {buss: localhost}
ports:
  keys: KeyStep 37 24:0
  daw: {virtual: RtMidi}
neurons:
  my_keys:
    voices:
      voice: {from: kees, count: 0, count: 4}
    params:
      cutoff: {from: keys, cc: 74, chanel: 1}
      mute: {from: keys, note: H1, curve: expo}
    probes:
      mon{1..8}: {to: daw, cc: "{20..26}"}
      lead: {to: dew, note: true}
      lead: {to: daw, cc: *none}
"""
    assert [str(problem) for problem in problems_of(text)] == [
        "bridge.yaml:1:11: nallely: unknown key 'buss'; did you mean 'bus'?",
        "bridge.yaml:3:9: ports.keys: the number 24:0 changes whenever the device is plugged in; write 'KeyStep 37'",
        "bridge.yaml:4:18: ports.daw.virtual: Nallely hides ports with 'RtMidi' in their name; choose another",
        "bridge.yaml:6:3: neurons.my_keys: Nallely cuts a neuron's name at the first '_', and no value would come back; write 'my-keys'",
        "bridge.yaml:8:21: neurons.my_keys.voices.voice.from: no port is named 'kees'; the ports are keys and daw; did you mean 'keys'?",
        "bridge.yaml:8:34: neurons.my_keys.voices.voice.count: must be a whole number from 1 to 128, not 0",
        "bridge.yaml:8:37: neurons.my_keys.voices.voice: 'count' stands here a second time; the first is on line 8",
        "bridge.yaml:10:36: neurons.my_keys.params.cutoff: unknown key 'chanel'; did you mean 'channel'?",
        "bridge.yaml:11:32: neurons.my_keys.params.mute.note: 'H1' is not a note; write a name such as C4 or F#2 (C4 = 60), or 0 to 127",
        "bridge.yaml:11:43: neurons.my_keys.params.mute.curve: must be linear, exp, log, s or a list of points such as [[0, 0], [0.5, 0.2], [1, 1]], not 'expo'; did you mean 'exp'?",
        "bridge.yaml:13:32: neurons.my_keys.probes.mon{1..8}.cc: makes 7 of this route, but its name makes 8; both must make the same number",
        "bridge.yaml:14:18: neurons.my_keys.probes.lead.to: no port is named 'dew'; the ports are keys and daw; did you mean 'daw'?",
        "bridge.yaml:15:7: neurons.my_keys.probes: 'lead' stands here a second time; the first is on line 14",
        "bridge.yaml:15:27: neurons.my_keys.probes.lead.cc: '*none' repeats an '&none' that is not above; put quotes around text with a *",
    ]


def test_a_problem_that_aliases_repeat_is_told_once() -> None:
    text = params("a: &a {from: keys, cc: 200}", "b: *a", "c: {<<: *a, channel: 3}")
    assert [str(problem) for problem in problems_of(text)] == [
        "bridge.yaml:5:30: neurons.n.params.a.cc: must be a whole number from 0 to 127, not 200"
    ]


def test_a_virtual_port_where_the_system_has_none() -> None:
    text = param("{from: daw, cc: 1}")
    load_text(text, virtual_ports=True)
    assert [str(problem) for problem in problems_of(text, virtual_ports=False)] == [
        f"bridge.yaml:1:{PORTS.index('Nallely') + 1}: ports.daw.virtual: this system has no virtual ports; "
        "install a loopback MIDI driver and write the name of its port instead"
    ]


@pytest.mark.parametrize("text", ["&a [" * 5 + "*a" + "]" * 5, "a: &a [*a]", "&a {? *a : 1}", "<<: &m {<<: *m}"])
def test_an_alias_inside_itself_is_told(text: str) -> None:
    assert any("repeats" in problem.message for problem in problems_of(text))


def test_aliases_that_multiply_are_stopped() -> None:
    """Law: a file of ten lines cannot stand for a thousand million values."""
    text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    text += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    (problem,) = problems_of(text)
    assert problem.message == "more than 40,000 keys and values, those repeated by '*' counted each time"


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000, "".join(" " * i + "a:\n" for i in range(1000))],
)
def test_deep_nesting_is_told_not_suffered(text: str) -> None:
    assert problems_of(text)[-1].message == "more than 24 blocks and lists inside each other"


# -- files


def file_problem(path: Path) -> str:
    with pytest.raises(MappingError) as caught:
        load_file(path)
    (problem,) = caught.value.problems
    return str(problem).replace(str(path), "FILE")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert file_problem(tmp_path / "none.yaml") == "FILE: there is no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert file_problem(tmp_path) == "FILE: this is a folder, not a file"


def test_a_file_under_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert file_problem(tmp_path / "file" / "bridge.yaml") == "FILE: the file cannot be read: not a directory"


def test_a_name_no_file_can_have() -> None:
    assert file_problem(Path("a\0b")) == "FILE: the file cannot be read: embedded null byte"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").touch()
    assert file_problem(tmp_path / "bridge.yaml") == "FILE:1:1: the file is empty; it needs 'ports' and 'neurons'"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_that_is_not_utf_8(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "bridge.yaml").write_bytes(mark + "ports:\n  ü: K\n".encode() + b"  k: Tast\xe9\n")
    assert file_problem(tmp_path / "bridge.yaml") == "FILE:3:10: byte 0xe9 is not UTF-8 text; save the file as UTF-8"


def test_a_huge_file(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_bytes(b"#" * (1 << 20) + b"\n")
    assert (
        file_problem(tmp_path / "bridge.yaml")
        == "FILE: this is too long for a mapping file, which has at most 1,048,576 bytes"
    )


def test_a_certificate_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(bus("{url: 'wss://studio:443', ca: studio.pem}"))
    assert file_problem(path) == f"FILE:2:38: nallely.bus.ca: there is no file {str(tmp_path / 'studio.pem')!r}"
    (tmp_path / "studio.pem").touch()
    assert load_file(path).neurons[0].bus.ca_file == str(tmp_path / "studio.pem")
