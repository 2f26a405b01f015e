"""The mapping that is played, and what it is changed to in mid-play."""

from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.mapping import Mapping
from tests.faults.devices import KEYS, SYNTH
from tests.faults.far import NEURON
from tests.faults.keyboard import CUTOFF, NARROW, WIDE
from tests.faults.outputs import FIRST_MONITOR, HIT, LEAD, LEAD_MOVED, MONITORS

GAP = 0.005
"""Seconds of silence between two notes of one voice."""

PORTS = f"""
  keys: "{KEYS}*"
  synth: {{output: "{SYNTH}*"}}
"""
DAW = """
  daw: {virtual: "Nallely"}
"""
WIDE_VOICES = f"""
      wide: {{from: keys, channel: {WIDE + 1}, count: 16, velocity: vel, retrigger_gap: {GAP * 1000:g}ms}}
"""
NARROW_VOICES = f"""
      narrow: {{from: keys, channel: {NARROW + 1}, count: 3, restore: true, retrigger_gap: {GAP * 1000:g}ms}}
"""
PARAMS = f"""
      bend: {{from: keys, channel: {WIDE + 1}, pitchbend: true}}
      press: {{from: keys, channel: {WIDE + 1}, pressure: true}}
      gate: {{from: keys, channel: {WIDE + 1}, note: any, value: gate, range: [0, 1]}}
"""
KNOB = f"""
      cutoff: {{from: keys, channel: {WIDE + 1}, cc: {CUTOFF}}}
"""
PROBES = f"""
      hit: {{to: synth, gate: C3, channel: {HIT + 1}}}
      wobble: {{to: synth, pitchbend: true, channel: {LEAD + 1}, range: [0, 127]}}
"""
MONITOR_PROBES = f"""
      mon{{1..8}}: {{to: daw, cc: "{{{FIRST_MONITOR}..{FIRST_MONITOR + 7}}}", channel: {MONITORS + 1}}}
"""


def mapping(bus: str, *, without: str = "") -> Mapping:
    """The mapping, or it without a part: ``wide``, ``narrow and knob`` or ``daw``.

    Without the second the lead plays on another channel, and there is a parameter more.
    """
    is_other = without == "narrow and knob"
    lead = f"      lead: {{to: synth, note: true, channel: {(LEAD_MOVED if is_other else LEAD) + 1}}}\n"
    extra = f"      extra: {{from: keys, channel: {WIDE + 1}, cc: 75}}\n"
    text = [
        f'nallely: {{bus: "{bus}"}}\nports:{PORTS}{"" if without == "daw" else DAW}neurons:\n  {NEURON}:\n',
        f"    voices:{'' if without == 'wide' else WIDE_VOICES}{'' if is_other else NARROW_VOICES}",
        f"    params:{PARAMS}{extra if is_other else KNOB}",
        f"    probes:{PROBES}{lead}{'' if without == 'daw' else MONITOR_PROBES}",
    ]
    return load_text("".join(text))
