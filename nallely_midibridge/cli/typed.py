"""What to type."""

import os
import shutil
import sys


def command_name() -> str:
    """How to call this program, for sentences that say what to type: by its name where the shell finds it."""
    name = "nallely-midibridge"
    here = os.path.join(os.path.dirname(sys.executable), name)
    if shutil.which(name) or not os.path.exists(here):
        return name
    return min(here, os.path.relpath(here), key=len)
