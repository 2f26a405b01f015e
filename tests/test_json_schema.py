"""The JSON Schema of the mapping file: whatever the bridge takes it takes, and it sees what an editor should see."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nallely_midibridge.cli.main import main
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.mapping_file.compose import read
from nallely_midibridge.mapping_file.json_schema import json_schema

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "config").rglob("*.yaml")) + sorted((ROOT / "nallely_midibridge").rglob("*.yaml"))
SCHEMA = jsonschema.Draft7Validator(json_schema())

RIGHT = """
nallely: {bus: localhost}
ports: {keys: "KeyStep 37", knobs: {input: K, output: K}, daw: {virtual: Nallely, rate: 500}}
neurons:
  keys:
    trevor: localhost:6788
    take_over: true
    wiring:
      - voice* -> MIDIBridge0.X0
      - {link: LFO1.output -> lead, scale: {to_min: 0, to_max: 1, as_int: true}, create: true}
    voices: {voice: {from: keys, count: 4, notes: C2..B4, velocity: vel, mpe: {lower: 15}, bend: b}}
    params:
      cutoff: {from: knobs, cc: 74, range: [0, 1], curve: [[0, 0], [0.5, 0.2], [1, 1]]}
      fine: {from: knobs, cc14: {coarse: 10, fine: 75, fine_first: true}}
      mute: {from: knobs, note: C1, mode: toggle, feedback: {on: 5, repeat: 2s}}
      fader{1..8}: {from: knobs, cc: "{20..27}"}
      knob{1..8}: {from: knobs, cc: {40..47}}
      any: {from: keys, note: any, value: number}
    probes:
      lead: {to: daw, note: true, channel: 2, velocity: vol, length: 200ms}
      both: [{to: daw, cc: 1}, {to: knobs, nrpn: 300, send: full}]
"""


def problems(text: str) -> list[str]:
    data: Any = read(text, "bridge.yaml").data
    return [error.message for error in SCHEMA.iter_errors(data)]


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_the_examples_are_right(path: Path) -> None:
    assert problems(path.read_text("utf-8")) == []


def test_the_mappings_of_the_readme_are_right() -> None:
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    files = [(indent, block) for indent, block in blocks if "neurons:" in block]  # the others are parts of one
    assert len(files) >= 2
    for indent, block in files:
        assert problems(re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)) == []


def test_a_file_with_a_bit_of_everything_is_right_for_both() -> None:
    load_text(RIGHT.replace("mpe: {lower: 15}, bend: b", "steal: oldest"))
    assert problems(RIGHT) == []


NUMBERS = """
ports: {1: 37, 2: {match: 404}, 3: {input: 6, output: 7}}
neurons:
  n:
    trevor: false
    voices: {voice: {from: 1, velocity: 5}}
    params: {7: {from: 3, cc: 1}}
    probes: {8: {to: 2, cc: 1}}
"""


def test_names_that_are_numbers_are_right_for_both() -> None:
    load_text(NUMBERS)
    assert problems(NUMBERS) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("nallely:", "nalely:"),
        ("voices:", "voice:"),
        ("from: keys, count", "form: keys, count"),
        ("from: keys, ", ""),
        ("count: 4", "count: 0"),
        ("count: 4", "count: four"),
        ("C2..B4", "C2-B4"),
        ("cc: 74", "cc: 128"),
        ("cc: 74", "cc: 74, note: C1"),
        ("cc: 74, ", ""),
        ("[0, 1]", "[0, 1, 2]"),
        ("[0, 1]", "[1, 1]"),
        ("mode: toggle", "mode: toggel"),
        ("repeat: 2s", "repeat: 2"),
        ("feedback: {on: 5, repeat: 2s}", "feedback: false"),
        ("note: true", "note: C3"),
        ("channel: 2", "channel: 17"),
        ("channel: 2", "channel: all"),
        ("send: full", "send: long"),
        ("rate: 500", "rate: 0"),
        ("virtual: Nallely", "virtuel: Nallely"),
        ('"KeyStep 37"', "[KeyStep]"),
        ("lower: 15", "lower: 16"),
        ("to_min: 0, ", ""),
        ("take_over: true", "take_over: 1"),
        ("link: LFO1", "wire: LFO1"),
        ("fine: 75, ", "fine: 75, coarser: 1, "),
        ("bus: localhost", "bus: {ca: x.pem}"),
        ("mode: toggle", "mode: relative, step: 0"),
        ("mode: toggle", "deadband: 1"),
        ("mode: toggle", "accepted: [1, 1]"),
        ("lower: 15", "bend_range: 0"),
        ("mpe: {lower: 15}", "mpe: false"),
        ("note: C1", "note: C"),
        ("note: C1", "note: 0x24"),
        ("velocity: vol", "velocity: 128"),
    ],
)
def test_what_the_bridge_refuses_by_itself_the_schema_refuses_too(right: str, wrong: str) -> None:
    assert right in RIGHT
    text = RIGHT.replace(right, wrong, 1)
    assert problems(text)


def test_every_key_that_people_write_is_described() -> None:
    """Law: an editor has a word for each key but those that say by themselves what they are."""

    def undescribed(block: Any, path: str = "") -> list[str]:
        found = []
        for key, value in block.get("properties", {}).items():
            found += [f"{path}/{key}"] if value == {} else []
            found += undescribed(value, f"{path}/{key}")
        for inner in (block.get("additionalProperties"), block.get("items"), *block.get("anyOf", ())):
            found += undescribed(inner, path) if isinstance(inner, dict) else []
        return found

    assert undescribed(json_schema()) == []


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json_schema()
    jsonschema.Draft7Validator.check_schema(found)
