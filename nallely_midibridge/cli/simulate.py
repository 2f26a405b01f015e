"""``simulate``: a scenario played through a mapping, without ports, session or waiting."""

import sys
from pathlib import Path

from nallely_midibridge.mapping_file import load_file, load_text
from nallely_midibridge.scenario import agrees, perform, read_script, side_by_side, transcript
from nallely_midibridge.scenario.problem import ScenarioError

OK, DIFFERS, WRONG = 0, 1, 2


def simulate(file: Path, config: Path | None) -> int:
    """Print what comes of a scenario; where it says what is expected and that is not it, both side by side."""
    name = str(file)
    try:
        script = read_script(_text(file), name)
        if config is None and script.mapping is None:
            raise ScenarioError(name, 1, "it has no mapping; put one above a line '---', or name one with --config")
        mapping = load_file(config) if config else load_text(script.mapping or "", name)
        performance = perform(script, mapping, name)
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


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScenarioError(str(file), None, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(str(file), None, "is no text in UTF-8") from None
