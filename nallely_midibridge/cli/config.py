"""Where a mapping file is looked for."""

import os
from pathlib import Path
from typing import Final

from nallely_midibridge.values.errors import MappingError

FILE_NAME: Final = "bridge.yaml"


def places() -> list[Path]:
    """Where a mapping file is looked for, best first."""
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    system = Path("/etc")
    return [Path(FILE_NAME), *(base / "nallely-midibridge" / FILE_NAME for base in (user, system))]


def find_config() -> Path:
    """The first mapping file there is. Raises MappingError that says where was looked."""
    for place in places():
        if place.is_file():
            return place
    looked = ", ".join(str(place) for place in places())
    advice = "Name one, as in run FILE, have one written by: nallely-midibridge init, or try: nallely-midibridge demo"
    raise MappingError((f"no mapping file; looked for {looked}. {advice}",))
