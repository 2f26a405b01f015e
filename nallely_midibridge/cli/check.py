"""``check [FILE]``: what a mapping file does, or everything that is wrong with it."""

from pathlib import Path

from nallely_midibridge.cli.config import find_config
from nallely_midibridge.mapping_file import explain, load_file


def check(path: Path | None) -> int:
    """Print what each route of a good file does. Raises MappingError, which holds every problem of a wrong one."""
    print(explain(load_file(path or find_config())), flush=True)
    return 0
