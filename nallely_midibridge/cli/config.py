"""Where a mapping file is looked for."""

import os
from pathlib import Path
from typing import Final

from nallely_midibridge.values.errors import MappingError

FILE_NAME: Final = "bridge.yaml"


def users_folder() -> Path | None:
    """Where the user's settings are; None of a user without a home, as in a container."""
    home = os.path.expanduser("~")
    default = None if home == "~" else Path(home, ".config")
    return Path(given) if (given := os.environ.get("XDG_CONFIG_HOME")) else default


def places() -> list[Path]:
    """Where a mapping file is looked for, best first."""
    folders = (users_folder(), Path("/etc"))
    return [Path(FILE_NAME), *(folder / "nallely-midibridge" / FILE_NAME for folder in folders if folder)]


def found_config() -> Path | None:
    """The first mapping file there is, of those in folders that this user may look into."""
    return next((place for place in places() if os.path.isfile(place)), None)


def find_config() -> Path:
    """The same. Raises MappingError that says where was looked when there is none."""
    if found := found_config():
        return found
    looked = ", ".join(str(place) for place in places())
    advice = "Name one, as in run FILE, have one written by: nallely-midibridge init, or try: nallely-midibridge demo"
    raise MappingError((f"no mapping file; looked for {looked}. {advice}",))
