"""``check [FILE]``: what a mapping file does, or everything that is wrong with it."""

import sys
from pathlib import Path

from nallely_midibridge.cli.config import find_config
from nallely_midibridge.mapping_file import explain, read_file


def check(path: Path | None) -> int:
    """Print what each route of a good file does. Raises MappingError, which holds every problem of a wrong one."""
    mapping, notes = read_file(path or find_config())
    print(explain(mapping), flush=True)
    for note in notes:
        print(note, file=sys.stderr)
    return 0
