"""``simulate``: a scenario played through a mapping, without ports, session or waiting."""

import sys
from pathlib import Path
from typing import Final

from nallely_midibridge.mapping_file import load_file, load_text
from nallely_midibridge.scenario import Script, agrees, is_mapping, perform, read_script, side_by_side, transcript
from nallely_midibridge.scenario.problem import ScenarioError
from nallely_midibridge.values.errors import MappingError
from nallely_midibridge.values.mapping import Mapping

OK, DIFFERS, WRONG = 0, 1, 2
IS_A_MAPPING: Final = (
    "this is a mapping file, not a scenario; to play one through it: simulate SCENARIO --config FILE, "
    "or write what happens below it, after a line '---'"
)


def simulate(file: Path, config: Path | None) -> int:
    """Print what comes of a scenario; where it says what is expected and that is not it, both side by side."""
    name = str(file)
    try:
        text = _text(file)
        if is_mapping(text):
            raise ScenarioError(name, [(0, IS_A_MAPPING)])
        script = read_script(text)
        performance = perform(script, _mapping(script, name, config), name)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return WRONG
    heard = [sound for _, sounds in performance for sound in sounds]
    if not script.expected:
        print(transcript(performance))
        return OK
    if agrees(script.expected, heard):
        print(f"{name}: all {len(script.expected)} as expected")
        return OK
    print(f"{name}: not as expected\n")
    print(side_by_side(script.expected, heard))
    return DIFFERS


def _mapping(script: Script, name: str, config: Path | None) -> Mapping:
    """The mapping that a scenario is for. Raises MappingError or ScenarioError, with what its lines have wrong too."""
    if config is None and script.mapping is None:
        nowhere = (1, "it has no mapping; put one above a line '---', or name one with --config")
        raise ScenarioError(name, [nowhere, *script.problems])
    try:
        return load_file(config) if config else load_text(script.mapping or "", name)
    except MappingError as error:
        told = str(ScenarioError(name, script.problems)).splitlines()
        raise MappingError((*error.problems, *told)) from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScenarioError(str(file), [(0, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ScenarioError(str(file), [(0, "is no text in UTF-8")]) from None
