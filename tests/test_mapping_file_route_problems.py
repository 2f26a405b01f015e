# ruff: noqa: E501  (a table of exact sentences)
"""What can be wrong with sources, controls, feedback, destinations and voices: the exact problems a person then reads."""

import pytest

from tests.test_mapping_file_problems import (
    is_for_musicians,
    neuron,
    param,
    params,
    port,
    probe,
    probes,
    problems_of,
    voices,
)

# Each row: a file, then all of its problems after "bridge.yaml:".

SOURCES = [
    (
        param("{from: keys, cc14: 32}"),
        "5:29: neurons.n.params.x.cc14: must be a whole number from 0 to 31, whose fine half is 32 above, or {coarse: 32, fine: …}, not 32",
    ),
    (
        param("{from: keys, cc14: true}"),
        "5:29: neurons.n.params.x.cc14: must be a whole number from 0 to 31, whose fine half is 32 above, or {coarse: 10, fine: 75}, not true",
    ),
    (
        param("{from: keys, cc14: {fine: 33}}"),
        "5:23: neurons.n.params.x.cc14: 'coarse' is missing: the controller with the upper seven bits, as in coarse: 10",
    ),
    (
        param("{from: keys, cc14: {coarse: 40}}"),
        "5:23: neurons.n.params.x.cc14: 'fine' is missing: controller 40 has none 32 above it",
    ),
    (
        param("{from: keys, cc14: {coarse: 40, fine: 40}}"),
        "5:48: neurons.n.params.x.cc14.fine: must be another controller than the coarse one, not 40",
    ),
    (
        param("{from: keys, cc14: {coarse: 128, fine: no, fine_frist: true}}"),
        "5:38: neurons.n.params.x.cc14.coarse: must be a whole number from 0 to 127, not 128",
        "5:49: neurons.n.params.x.cc14.fine: must be a whole number from 0 to 127, not 'no'",
        "5:53: neurons.n.params.x.cc14: unknown key 'fine_frist'; did you mean 'fine_first'?",
    ),
    (
        param("{from: keys, nrpn: 16383}"),
        "5:29: neurons.n.params.x.nrpn: must be a whole number from 0 to 16382, and 16383 means none",
    ),
    (
        param("{from: keys, nrpn: [9, 82]}"),
        "5:29: neurons.n.params.x.nrpn: must be a whole number from 0 to 16382, not a list; a manual's two halves make one: 128 times the first and the second",
    ),
    (param("{from: keys, nrpn: -1}"), "5:29: neurons.n.params.x.nrpn: must be a whole number from 0 to 16382, not -1"),
    (
        param("{from: keys, rpn: pitch-bend}"),
        "5:28: neurons.n.params.x.rpn: must be pitch-bend-range, fine-tuning, coarse-tuning or a number from 0 to 16382, not 'pitch-bend'; did you mean 'pitch-bend-range'?",
    ),
    (
        param("{from: keys, rpn: 20000}"),
        "5:28: neurons.n.params.x.rpn: must be pitch-bend-range, fine-tuning, coarse-tuning or a number from 0 to 16382, not 20000",
    ),
    (param("{from: keys, nrpn: 5, bits: 8}"), "5:38: neurons.n.params.x.bits: must be 7 or 14, not 8"),
    (param("{from: keys, cc: 5, bits: 7}"), "5:30: neurons.n.params.x: 'bits' goes with nrpn or rpn, not with cc"),
    (
        param("{from: keys, poly_pressure: true}"),
        "5:38: neurons.n.params.x.poly_pressure: must be a note such as C1 or 36, or any, not true",
    ),
    (param("{from: keys, clock: true}"), "5:30: neurons.n.params.x.clock: must be bpm, beat or running, not true"),
    (param("{from: keys, clock: tempo}"), "5:30: neurons.n.params.x.clock: must be bpm, beat or running, not 'tempo'"),
    (
        param("{from: keys, clock: bpm, channel: 1, curve: exp, invert: true, deadband: 0.1}"),
        "5:35: neurons.n.params.x: 'channel' does not go with clock, which is for all of the port",
        "5:47: neurons.n.params.x: 'curve' does not go with 'clock: bpm', whose value is the tempo itself",
        "5:59: neurons.n.params.x: 'invert' does not go with 'clock: bpm', whose value is the tempo itself",
        "5:73: neurons.n.params.x: 'deadband' goes with cc, cc14, nrpn, rpn, note, pitchbend, pressure, poly_pressure or program, not with clock",
    ),
    (
        param("{from: keys, clock: running, curve: exp, mode: toggle}"),
        "5:39: neurons.n.params.x: 'curve' does not go with 'mode: toggle', which goes from place to place",
        "5:51: neurons.n.params.x: 'mode: toggle' goes with cc or note, not with clock",
    ),
    (
        param("{from: keys, clock: beat, curve: exp}"),
        "5:36: neurons.n.params.x: 'curve' does not go with 'clock: beat', which has two ends and nothing between",
    ),
    (
        param("{from: keys, transport: start}"),
        "5:34: neurons.n.params.x.transport: must be true, or the key left out, not 'start'",
    ),
    (
        param("{from: keys, transport: true, channel: 2, curve: s, accepted: [0, 1]}"),
        "5:40: neurons.n.params.x: 'channel' does not go with transport, which is for all of the port",
        "5:52: neurons.n.params.x: 'curve' does not go with 'transport', which has two ends and nothing between",
        "5:62: neurons.n.params.x: 'accepted' goes with cc, cc14, nrpn, rpn, note, pitchbend, pressure, poly_pressure or program, not with transport",
    ),
    (
        param("{from: keys, gate: C1}"),
        "5:23: neurons.n.params.x: 'gate' does not go here: write 'note', whose value is the gate",
    ),
    (
        param("{from: keys, note: C1, velocity: 100}"),
        "5:33: neurons.n.params.x: 'velocity' does not go here: write 'note' with 'value: velocity'",
    ),
    (
        param("{from: keys, nrpn: 5, send: full}"),
        "5:32: neurons.n.params.x: 'send' does not go here: it is for probes; a param takes numbers short or full",
    ),
    (
        param("{to: keys, cc: 1}"),
        "5:11: neurons.n.params.x: 'to' does not go here: a param listens to a port; write 'from', or move this to 'probes'",
    ),
    (
        params("a: {from: keys, cc: 6, channel: 2}", "b: {from: keys, nrpn: 5}"),
        "6:29: neurons.n.params.b.nrpn: CC 6, 38 or 96 to 101 on channel 2 of port 'keys' is already taken by neurons.n.params.a (line 5), and these spell an nrpn or rpn; write 'nrpn: pass' at port 'keys' to have both",
    ),
    (
        params("a: {from: keys, rpn: 5}", "b: {from: keys, cc14: 6, channel: [3, 4]}"),
        "6:29: neurons.n.params.b.cc14: CC 6 on channel 3 of port 'keys' is already taken by neurons.n.params.a (line 5), and these spell an nrpn or rpn; write 'nrpn: pass' at port 'keys' to have both",
    ),
    (
        params("a: {from: keys, rpn: 5}", "b: {from: keys, cc14: {coarse: 5, fine: 38}}"),
        "6:29: neurons.n.params.b.cc14: CC 38 on channel 1 of port 'keys' is already taken by neurons.n.params.a (line 5), and these spell an nrpn or rpn; write 'nrpn: pass' at port 'keys' to have both",
    ),
]

CONTROLS = [
    (
        param("{from: keys, cc: 1, mode: endless}"),
        "5:36: neurons.n.params.x.mode: must be absolute, relative, toggle, momentary or pickup, not 'endless'; an endless encoder is 'relative'",
    ),
    (
        param("{from: keys, cc: 1, mode: soft-takeover}"),
        "5:36: neurons.n.params.x.mode: must be absolute, relative, toggle, momentary or pickup, not 'soft-takeover'; soft takeover is 'pickup'",
    ),
    (
        param("{from: keys, cc: 1, mode: tuggle}"),
        "5:36: neurons.n.params.x.mode: must be absolute, relative, toggle, momentary or pickup, not 'tuggle'; did you mean 'toggle'?",
    ),
    (
        param("{from: keys, note: C1, mode: relative, encoding: twos_complement}"),
        "5:33: neurons.n.params.x: 'mode: relative' goes with cc, not with note",
        "5:59: neurons.n.params.x.encoding: must be twos-complement, offset or sign-bit, not 'twos_complement'; did you mean 'twos-complement'?",
    ),
    (
        param("{from: keys, cc: 1, encoding: offset, step: 0.1, pickup: scale}"),
        "5:30: neurons.n.params.x: 'encoding' goes with 'mode: relative'; write that too",
        "5:48: neurons.n.params.x: 'step' goes with 'mode: relative'; write that too",
        "5:59: neurons.n.params.x: 'pickup' goes with 'mode: pickup'; write that too",
    ),
    (
        param("{from: keys, cc: 1, mode: toggle, step: 0.1, deadband: 0.1, curve: exp}"),
        "5:44: neurons.n.params.x: 'step' goes with 'mode: relative', not with 'mode: toggle'",
        "5:55: neurons.n.params.x: 'deadband' does not go with 'mode: toggle', which goes from place to place",
        "5:70: neurons.n.params.x: 'curve' does not go with 'mode: toggle', which goes from place to place",
    ),
    (
        param("{from: keys, cc: 1, sends: presses}"),
        "5:30: neurons.n.params.x: 'sends' goes with 'mode: toggle' or 'mode: momentary'; write that too",
    ),
    (
        param("{from: keys, cc: 1, mode: relative, sends: toggles}"),
        "5:46: neurons.n.params.x: 'sends' goes with 'mode: toggle' or 'mode: momentary', not with 'mode: relative'",
    ),
    (
        param("{from: keys, cc: 1, mode: toggle, sends: press}"),
        "5:51: neurons.n.params.x.sends: must be both, presses or toggles, not 'press'; did you mean 'presses'?",
    ),
    (
        param("{from: keys, cc: 1, mode: relative, accepted: [1, 2], step: 0.1}"),
        "5:64: neurons.n.params.x: 'step' does not go with 'accepted', of which each step is the next",
    ),
    (
        param("{from: keys, cc: 1, mode: relative, step: 0, deadband: 0.1}"),
        "5:52: neurons.n.params.x.step: must be a share of the range, above 0 and at most 1, such as 0.01, not 0",
        "5:55: neurons.n.params.x: 'deadband' does not go with 'mode: relative', whose every step counts",
    ),
    (
        param("{from: keys, cc: 1, mode: relative, step: 1%}"),
        "5:52: neurons.n.params.x.step: must be a share of the range, above 0 and at most 1, such as 0.01, not '1%'; write 0.01",
    ),
    (
        param("{from: keys, note: C1, mode: pickup}"),
        "5:33: neurons.n.params.x: 'mode: pickup' goes with cc, cc14, nrpn, rpn, pitchbend or pressure, not with note",
    ),
    (
        param("{from: keys, cc: 1, mode: pickup, pickup: true}"),
        "5:52: neurons.n.params.x.pickup: must be cross or scale, not true",
    ),
    (
        param("{from: keys, cc14: 1, mode: toggle}"),
        "5:32: neurons.n.params.x: 'mode: toggle' goes with cc or note, not with cc14",
    ),
    (
        param("{from: keys, program: true, mode: toggle}"),
        "5:38: neurons.n.params.x: 'mode: toggle' goes with cc or note, not with program",
    ),
    (
        param("{from: keys, note: C1, value: velocity, mode: toggle}"),
        "5:33: neurons.n.params.x: 'value' does not go with 'mode: toggle', which takes each press alike",
    ),
    (
        param("{from: keys, note: C1, mode: momentary, curve: exp, accepted: [0, 1], deadband: 0.1}"),
        "5:50: neurons.n.params.x: 'curve' does not go with 'mode: momentary', which has two ends and nothing between",
        "5:62: neurons.n.params.x: 'accepted' does not go with 'mode: momentary', which has two ends and nothing between",
        "5:80: neurons.n.params.x: 'deadband' does not go with 'mode: momentary', which has two ends and nothing between",
    ),
    (
        param("{from: keys, note: C1, accepted: [0, 1], deadband: 0.1}"),
        "5:33: neurons.n.params.x: 'accepted' does not go with 'value: gate', which has two ends and nothing between",
        "5:51: neurons.n.params.x: 'deadband' does not go with 'value: gate', which has two ends and nothing between",
    ),
    (
        param("{from: keys, cc: 1, accepted: [0, 0.25, 2], range: [0, 1]}"),
        "5:40: neurons.n.params.x.accepted: the range is 0 to 1, and 2 is outside",
    ),
    (
        param("{from: keys, cc: 1, accepted: [0, 1], curve: exp}"),
        "5:48: neurons.n.params.x: 'curve' does not go with 'accepted', whose values are spread evenly",
    ),
    (
        param("{from: keys, cc: 1, accepted: [-1, 0, 1], range: [1, 0]}"),
        "5:40: neurons.n.params.x.accepted: the range is 0 to 1, and -1 is outside",
    ),
    (
        param("{from: keys, cc: 1, accepted: [1]}"),
        "5:40: neurons.n.params.x.accepted: must be a list of 2 to 1,024 numbers such as [0, 0.25, 1], not a list of 1",
    ),
    (
        param("{from: keys, cc: 1, accepted: 1}"),
        "5:40: neurons.n.params.x.accepted: must be a list of 2 to 1,024 numbers such as [0, 0.25, 1], not 1",
    ),
    (
        param("{from: keys, cc: 1, accepted: [1, on]}"),
        "5:40: neurons.n.params.x.accepted: must be numbers such as [0, 0.25, 1], and 'on' is none",
    ),
    (param("{from: keys, cc: 1, accepted: [1, 2, 1]}"), "5:40: neurons.n.params.x.accepted: has 1 more than once"),
    (
        param("{from: keys, cc: 1, deadband: 2%}"),
        "5:40: neurons.n.params.x.deadband: must be a share of the whole way, from 0 to below 1, such as 0.02, not '2%'; write 0.02",
    ),
    (
        param("{from: keys, cc: 1, deadband: 1}"),
        "5:40: neurons.n.params.x.deadband: must be a share of the whole way, from 0 to below 1, such as 0.02, not 1",
    ),
    (
        param("{from: keys, cc: 1, smooth: 50}"),
        "5:38: neurons.n.params.x.smooth: must be a duration in ms or s, such as 50ms or 0.5s, not 50",
    ),
    (param("{from: keys, cc: 1, smooth: 20s}"), "5:38: neurons.n.params.x.smooth: must be from 0ms to 10s, not 20s"),
    (
        param("{from: keys, cc: 1, rate: 0}"),
        "5:36: neurons.n.params.x.rate: must be a number of messages a second, from 0.1 to 100,000, not 0",
    ),
    (
        param("{from: keys, cc: 16, curve: x}"),
        "5:38: neurons.n.params.x.curve: must be linear, exp, log, s or a list of points such as [[0, 0], [0.5, 0.2], [1, 1]], not 'x'",
    ),
    (
        param("{from: keys, cc: 16, curve: []}"),
        "5:38: neurons.n.params.x.curve: must be 2 to 128 points such as [[0, 0], [0.5, 0.2], [1, 1]], not 0",
    ),
    (
        param("{from: keys, cc: 16, curve: [[0, 0], [1]]}"),
        "5:38: neurons.n.params.x.curve: point 2 must be two numbers such as [0.5, 0.2], not a list",
    ),
    (
        param("{from: keys, cc: 16, curve: [0, 1]}"),
        "5:38: neurons.n.params.x.curve: point 1 must be two numbers such as [0.5, 0.2], not 0",
    ),
    (
        param("{from: keys, cc: 16, curve: [[0, 0], [0.5, 0.6], [0.5, 0.7], [1, 1]]}"),
        "5:38: neurons.n.params.x.curve: both numbers must rise from point to point, and point 3, [0.5, 0.7], does not",
    ),
    (
        param("{from: keys, cc: 16, curve: [[0, 0], [1, 127]]}"),
        "5:38: neurons.n.params.x.curve: the first point must be [0, 0] and the last [1, 1], not [0, 0] and [1, 127]",
    ),
    (
        param("{from: keys, cc: 16, curve: [[0, 1], [1, 1]]}"),
        "5:38: neurons.n.params.x.curve: the first point must be [0, 0] and the last [1, 1], not [0, 1] and [1, 1]",
    ),
    (
        param("{from: keys, cc: 16, curve: [[0, 0], [0.2, 0.5], [0.4, 0.5], [1, 1]]}"),
        "5:38: neurons.n.params.x.curve: both numbers must rise from point to point, and point 3, [0.4, 0.5], does not",
    ),
]

FEEDBACK = [
    (
        param("{from: keys, cc: 1, feedback: yes}"),
        "5:40: neurons.n.params.x.feedback: must be true, or a block such as {repeat: 2s, on: 5}, not 'yes'",
    ),
    (
        param("{from: keys, cc: 1, feedback: false}"),
        "5:40: neurons.n.params.x.feedback: must be true, or a block such as {repeat: 2s, on: 5}, not false",
    ),
    (
        param("{from: keys, cc: 1, feedback: {}}"),
        "5:40: neurons.n.params.x.feedback: must be true, or a block such as {repeat: 2s, on: 5}, not empty",
    ),
    (
        param("{from: keys, cc: 1, feedback: {repeat: 2, afterrelease: true, on: 128, lights_off: note_off}}"),
        "5:49: neurons.n.params.x.feedback.repeat: must be a duration in ms or s, such as 50ms or 0.5s, not 2",
        "5:52: neurons.n.params.x.feedback: unknown key 'afterrelease'; did you mean 'after_release'?",
        "5:72: neurons.n.params.x.feedback: 'on' is for the light of a note, 'mode: toggle' or 'mode: momentary'",
        "5:76: neurons.n.params.x.feedback.on: must be a whole number from 0 to 127, not 128",
        "5:81: neurons.n.params.x.feedback: 'lights_off' goes with note, not with cc",
        "5:93: neurons.n.params.x.feedback.lights_off: must be note-off or velocity-0, not 'note_off'; did you mean 'note-off'?",
    ),
    (
        param("{from: keys, cc: 1, feedback: {repeat: 1ms}}"),
        "5:49: neurons.n.params.x.feedback.repeat: must be from 100ms to 60s, not 1ms",
    ),
    (
        param("{from: keys, cc: 1, mode: toggle, feedback: {on: 5, off: 5}}"),
        "5:54: neurons.n.params.x.feedback: 'on' and 'off' must differ, and both are 5",
    ),
    (
        param("{from: keys, note: C1, feedback: {off: 5, lights_off: note-off}}"),
        "5:44: neurons.n.params.x.feedback: 'off' keeps the light at 5, and 'lights_off: note-off' puts it out; keep one of them",
    ),
    (
        param("{from: keys, cc: 1, feedback: {lights_off: note-off}}"),
        "5:41: neurons.n.params.x.feedback: 'lights_off' goes with note, not with cc",
    ),
    (
        param("{from: keys, pitchbend: true, feedback: {on: 5, after_release: true}}"),
        "5:51: neurons.n.params.x.feedback: 'on' is for the light of a note, 'mode: toggle' or 'mode: momentary'",
        "5:58: neurons.n.params.x.feedback: 'after_release' is for the light of a note, 'mode: toggle' or 'mode: momentary'",
    ),
    (
        param("{from: keys, cc: 1, mode: relative, feedback: {after_release: true}}"),
        "5:57: neurons.n.params.x.feedback: 'after_release' is for the light of a note, 'mode: toggle' or 'mode: momentary'",
    ),
    (
        param("{from: keys, note: any, feedback: true}"),
        "5:34: neurons.n.params.x: 'feedback' lights one note; write which one, instead of any",
    ),
    (
        param("{from: keys, note: C1, value: number, feedback: true}"),
        "5:48: neurons.n.params.x: 'feedback' does not go with 'value: number', which no light can show",
    ),
    (
        param("{from: keys, poly_pressure: any, feedback: true}"),
        "5:43: neurons.n.params.x: 'feedback' goes with cc, cc14, nrpn, note, pitchbend, pressure or program, not with poly_pressure",
    ),
    (
        param("{from: keys, rpn: 1, feedback: true}"),
        "5:31: neurons.n.params.x: 'feedback' goes with cc, cc14, nrpn, note, pitchbend, pressure or program, not with rpn",
    ),
    (
        param("{from: knobs, cc: 1, feedback: true}"),
        "5:31: neurons.n.params.x: 'feedback' needs an output, and port 'knobs' has none; give it one in 'ports'",
    ),
    (
        params("a: {from: keys, cc: 1, feedback: true}", "b: {from: keys, cc: 1, feedback: true}"),
        "6:30: neurons.n.params.b: CC 1 on channel 1 of port 'keys' is already taken by neurons.n.params.a (line 5); a light or motor follows one parameter",
    ),
    (
        neuron(
            "n: {params: {a: {from: daw, note: C3, channel: 2, feedback: true}}, probes: {b: {to: daw, gate: C3, channel: 2}}}"
        ),
        "3:99: neurons.n.probes.b.gate: note C3 on channel 2 of port 'daw' is already taken by neurons.n.params.a (line 3); a control follows one parameter",
    ),
]

DESTINATIONS = [
    (
        probe("{to: daw, cc14: {coarse: 1, fine_first: true}}"),
        "5:38: neurons.n.probes.x.cc14: 'fine_first' does not go here: a probe sends the coarse half first; the order is for params",
    ),
    (
        probe("{to: daw, cc14: 32}"),
        "5:26: neurons.n.probes.x.cc14: must be a whole number from 0 to 31, whose fine half is 32 above, or {coarse: 32, fine: …}, not 32",
    ),
    (
        probe("{to: daw, nrpn: none}"),
        "5:26: neurons.n.probes.x.nrpn: must be a whole number from 0 to 16382, not 'none'",
    ),
    (
        probe("{to: daw, nrpn: 5, send: long, bits: 6}"),
        "5:35: neurons.n.probes.x.send: must be short or full, not 'long'",
        "5:47: neurons.n.probes.x.bits: must be 7 or 14, not 6",
    ),
    (
        probe("{to: daw, cc: 5, send: full, bits: 7}"),
        "5:27: neurons.n.probes.x: 'send' goes with nrpn or rpn, not with cc",
        "5:39: neurons.n.probes.x: 'bits' goes with nrpn or rpn, not with cc",
    ),
    (
        probe("{to: daw, poly_pressure: any}"),
        "5:35: neurons.n.probes.x.poly_pressure: must be one note such as C3 or 48, not 'any'",
    ),
    (probe("{to: daw, gate: true}"), "5:26: neurons.n.probes.x.gate: must be one note such as C3 or 48, not true"),
    (probe("{to: daw, clock: bpm}"), "5:27: neurons.n.probes.x.clock: must be true, or the key left out, not 'bpm'"),
    (
        probe("{to: daw, clock: true, channel: 1, curve: exp, rate: 10}"),
        "5:33: neurons.n.probes.x: 'channel' does not go with clock, which is for all of the port",
        "5:45: neurons.n.probes.x: 'curve' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure or program, not with clock",
        "5:57: neurons.n.probes.x: 'rate' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure, program, note or gate, not with clock",
    ),
    (
        probe("{to: daw, transport: true, invert: true, smooth: 1s, deadband: 0.1}"),
        "5:37: neurons.n.probes.x: 'invert' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure or program, not with transport",
        "5:51: neurons.n.probes.x: 'smooth' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure, program or clock, not with transport",
        "5:63: neurons.n.probes.x: 'deadband' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure, program or clock, not with transport",
    ),
    (
        probe("{to: daw, note: true, velocity: 1.5}"),
        "5:42: neurons.n.probes.x.velocity: must be a whole number from 1 to 127, or a parameter's name, not 1.5",
    ),
    (
        probe("{to: daw, note: true, velocity: x}"),
        "5:42: neurons.n.probes.x.velocity: the name 'x' is already taken by neurons.n.probes.x (line 5)",
    ),
    (
        probe("{to: daw, note: true, length: 200}"),
        "5:40: neurons.n.probes.x.length: must be a duration in ms or s, such as 50ms or 0.5s, or a parameter's name, not 200",
    ),
    (probe("{to: daw, note: true, length: 0ms}"), "5:40: neurons.n.probes.x.length: must be from 1ms to 60s, not 0ms"),
    (probe("{to: daw, note: true, length: 61s}"), "5:40: neurons.n.probes.x.length: must be from 1ms to 60s, not 61s"),
    (
        probe("{to: daw, note: true, velocity: v, length: v}"),
        "5:53: neurons.n.probes.x.length: the name 'v' is already taken by neurons.n.probes.x.velocity (line 5)",
    ),
    (
        probe("{to: daw, gate: C3, legato: true, smooth: 50ms, deadband: 0.1}"),
        "5:30: neurons.n.probes.x: 'legato' goes with note, not with gate",
        "5:44: neurons.n.probes.x: 'smooth' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure, program or clock, not with gate",
        "5:58: neurons.n.probes.x: 'deadband' goes with cc, cc14, nrpn, rpn, pitchbend, pressure, poly_pressure, program or clock, not with gate",
    ),
    (
        probe("{to: daw, cc: 1, length: 1s, legato: true}"),
        "5:27: neurons.n.probes.x: 'length' goes with note or gate, not with cc",
        "5:39: neurons.n.probes.x: 'legato' goes with note, not with cc",
    ),
    (
        probe("{from: daw, cc: 1}"),
        "5:11: neurons.n.probes.x: 'from' does not go here: a probe plays on a port; write 'to', or move this to 'params'",
    ),
    (
        probe("{to: daw, cc: 1, mode: relative, feedback: true, value: gate, accepted: [0, 1]}"),
        "5:27: neurons.n.probes.x: 'mode' does not go here: how a control is handled is for params",
        "5:43: neurons.n.probes.x: 'feedback' does not go here: a probe is feedback already; the key is for params",
        "5:59: neurons.n.probes.x: 'value' does not go here: what a probe plays comes from the patch; the key is for params",
        "5:72: neurons.n.probes.x: 'accepted' does not go here: how a control is handled is for params",
    ),
    (
        probes("a: {to: daw, cc14: 1}", "b: {to: daw, cc: 33}"),
        "6:24: neurons.n.probes.b.cc: CC 33 on channel 1 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
    ),
    (
        probes("a: {to: daw, nrpn: 5}", "b: {to: daw, rpn: 5}", "c: {to: daw, nrpn: 5}", "d: {to: daw, cc: 38}"),
        "7:26: neurons.n.probes.c.nrpn: NRPN 5 on channel 1 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
        "8:24: neurons.n.probes.d.cc: CC 38 on channel 1 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
    ),
    (
        probes(
            "a: {to: daw, clock: true}",
            "b: {to: daw, clock: true}",
            "c: {to: daw, transport: true}",
            "d: {to: daw, transport: true}",
        ),
        "6:27: neurons.n.probes.b.clock: the clock of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
        "8:31: neurons.n.probes.d.transport: the transport of port 'daw' is already taken by neurons.n.probes.c (line 7); a control follows one parameter",
    ),
    (
        probes("a: {to: daw, poly_pressure: C3}", "b: {to: daw, poly_pressure: 48}"),
        "6:35: neurons.n.probes.b.poly_pressure: the pressure of C3 on channel 1 of port 'daw' is already taken by neurons.n.probes.a (line 5); a control follows one parameter",
    ),
    (
        probes("a: {to: daw, note: true, velocity: b}", "b: {to: daw, cc: 1}"),
        "6:7: neurons.n.probes.b: the name 'b' is already taken by neurons.n.probes.a.velocity (line 5)",
    ),
    (
        probes("a: {to: daw, note: true, velocity: v}", "b: {to: daw, gate: C3, length: v}"),
        "6:38: neurons.n.probes.b.length: the name 'v' is already taken by neurons.n.probes.a.velocity (line 5)",
    ),
]

VOICES = [
    (
        voices("{from: keys, velocities: 0..64}"),
        "5:35: neurons.n.voices.x.velocities: must be two velocities from 1 to 127 such as 1..64, not '0..64'",
    ),
    (
        voices("{from: keys, velocities: 64}"),
        "5:35: neurons.n.voices.x.velocities: must be two velocities from 1 to 127 such as 1..64, not 64",
    ),
    (
        voices("{from: keys, velocities: 64..1}"),
        "5:35: neurons.n.voices.x.velocities: the soft velocity comes first; write 1..64",
    ),
    (
        voices("{from: keys, velocity_curve: sine}"),
        "5:39: neurons.n.voices.x.velocity_curve: must be linear, exp, log, s or a list of points such as [[0, 0], [0.5, 0.2], [1, 1]], not 'sine'; did you mean 'linear'?",
    ),
    (
        voices("{from: keys, allocate: round-robin}"),
        "5:33: neurons.n.voices.x.allocate: must be rotate, lowest, unison or mono, not 'round-robin'; 'rotate' takes the voice that has been silent longest",
    ),
    (
        voices("{from: keys, allocate: mono, count: 4, steal: oldest, restore: true}"),
        "5:46: neurons.n.voices.x.count: 'allocate: mono' plays one voice, not 4; with 'unison' one key plays all",
        "5:49: neurons.n.voices.x: 'steal' goes with 'allocate: rotate' or 'allocate: lowest', not with 'allocate: mono'",
        "5:64: neurons.n.voices.x: 'restore' goes with 'allocate: rotate' or 'allocate: lowest', not with 'allocate: mono'",
    ),
    (
        voices("{from: keys, priority: high, legato: true}"),
        "5:23: neurons.n.voices.x: 'priority' goes with 'allocate: unison' or 'allocate: mono', not with 'allocate: rotate'",
        "5:39: neurons.n.voices.x: 'legato' goes with 'allocate: unison' or 'allocate: mono', not with 'allocate: rotate'",
    ),
    (
        voices("{from: keys, allocate: mono, priority: highest}"),
        "5:49: neurons.n.voices.x.priority: must be last, high or low, not 'highest'; did you mean 'high'?",
    ),
    (
        voices("{from: keys, bend: b, pressure: p, timbre: t}"),
        "5:23: neurons.n.voices.x: 'bend' of each voice is for MPE keyboards; write 'mpe: true' too",
        "5:32: neurons.n.voices.x: 'pressure' of each voice is for MPE keyboards; write 'mpe: true' too",
        "5:45: neurons.n.voices.x: 'timbre' of each voice is for MPE keyboards; write 'mpe: true' too",
    ),
    (
        voices("{from: keys, mpe: true, channel: 1}"),
        "5:34: neurons.n.voices.x: 'channel' does not go with 'mpe', whose zones say the channels",
    ),
    (
        voices("{from: keys, mpe: yes}"),
        "5:28: neurons.n.voices.x.mpe: must be true, or a block such as {lower: 15, bend_range: 48}, not 'yes'",
    ),
    (
        voices("{from: keys, mpe: {}}"),
        "5:28: neurons.n.voices.x.mpe: must be true, or a block such as {lower: 15, bend_range: 48}, not empty",
    ),
    (
        voices("{from: keys, mpe: {lower: 16, bend: 2}}"),
        "5:36: neurons.n.voices.x.mpe.lower: must be a whole number from 0 to 15, not 16",
        "5:40: neurons.n.voices.x.mpe: unknown key 'bend'; it can be lower, upper or bend_range",
    ),
    (
        voices("{from: keys, mpe: {lower: 0}}"),
        "5:28: neurons.n.voices.x.mpe: has no channel in either zone; write lower: 15",
    ),
    (
        voices("{from: keys, mpe: {lower: 10, upper: 5}}"),
        "5:28: neurons.n.voices.x.mpe: two zones have 14 channels between them, not 10 and 5",
    ),
    (
        voices("{from: keys, mpe: {bend_range: 100}}"),
        "5:41: neurons.n.voices.x.mpe.bend_range: must be semitones, above 0 and at most 96, not 100",
    ),
    (
        voices("{from: keys, mpe: true, allocate: unison}"),
        "5:23: neurons.n.voices.x: 'mpe' goes with 'allocate: rotate' or 'allocate: lowest', not with 'allocate: unison'",
    ),
    (
        voices("{from: keys, mpe: true, count: 2, bend: 'b{1..3}'}"),
        "5:50: neurons.n.voices.x.bend: makes 3 names, but the voices are 2; write {1..2}",
    ),
    (
        voices("{from: keys, mpe: true, bend: x}"),
        "5:40: neurons.n.voices.x.bend: the name 'x1' is already taken by neurons.n.voices.x (line 5)",
    ),
    (
        voices("{to: keys}"),
        "5:11: neurons.n.voices.x: 'to' does not go here: voices listen to a keyboard; write 'from'",
    ),
    (voices("{from: keys, curve: exp}"), "5:23: neurons.n.voices.x: 'curve' does not go here: write 'velocity_curve'"),
    (
        voices("{from: keys, allocate: poly}"),
        "5:33: neurons.n.voices.x.allocate: must be rotate, lowest, unison or mono, not 'poly'; 'rotate' takes the voice that has been silent longest",
    ),
    (
        voices("{from: keys, mpe: {upper: none}}"),
        "5:36: neurons.n.voices.x.mpe.upper: must be a whole number from 0 to 15, not 'none'",
    ),
]

PORTS = [
    (port("{match: K, nrpn: keep}"), "2:23: ports.p.nrpn: must be consume or pass, not 'keep'"),
    (
        port("{output: K, nrpn: pass}"),
        "2:18: ports.p: 'nrpn' is about what comes in, and this port has no input",
        "3:34: neurons.n.params.x.from: port 'p' has no input; give it one in 'ports', or take another port",
    ),
]

PATTERNS = [
    (
        params("m{1..3}: {from: keys, cc14: {coarse: '{1..2}', fine: '{34..36}'}}"),
        "5:44: neurons.n.params.m{1..3}.cc14.coarse: makes 2 of this route, but its name makes 3; both must make the same number",
    ),
    (
        params("m{1..2}: {from: keys, cc14: '{31..32}'}"),
        "5:35: neurons.n.params.m{1..2}.cc14: must be a whole number from 0 to 31, whose fine half is 32 above, or {coarse: 32, fine: …}, not '32'",
    ),
    (
        params("m{1..2}: {from: keys, note: C1, feedback: {on: '{1..2}x'}}"),
        "5:54: neurons.n.params.m{1..2}.feedback.on: must be a whole number from 0 to 127, not '1x'",
    ),
    (
        params("m{1..2}: {from: keys, cc: 1, feedback: true}"),
        "5:36: neurons.n.params.m{1..2}: CC 1 on channel 1 of port 'keys' comes more than once here; a light or motor follows one parameter",
    ),
    (
        probes("m{1..2}: {to: daw, gate: '{60..61}', velocity: '{x}'}"),
        "5:54: neurons.n.probes.m{1..2}.velocity: {x} is not a pattern; write {1..8}, {a,b,c}, or leave out the braces",
    ),
    (
        params("m{1..2}: {from: keys, nrpn: '{16382..16383}'}"),
        "5:35: neurons.n.params.m{1..2}.nrpn: must be a whole number from 0 to 16382, and 16383 means none",
    ),
]

ROWS = [*SOURCES, *CONTROLS, *FEEDBACK, *DESTINATIONS, *VOICES, *PORTS, *PATTERNS]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[1][:60]}-{place}" for place, row in enumerate(ROWS)])
def test_a_wrong_route_gets_exactly_these_problems(row: tuple[str, ...]) -> None:
    text, *expected = row
    assert [str(problem) for problem in problems_of(text)] == [f"bridge.yaml:{problem}" for problem in expected]


def test_problems_of_routes_speak_to_musicians() -> None:
    assert all(is_for_musicians(problem.message) for text, *_ in ROWS for problem in problems_of(text))
