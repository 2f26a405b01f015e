"""What the system's service cannot see of this machine: its user owns nothing, and its unit hides what people own."""

import os
import stat
from pathlib import Path
from typing import Final

HIDDEN: Final = {
    "/home": "ProtectHome= hides",
    "/root": "ProtectHome= hides",
    "/run/user": "ProtectHome= hides",
    "/tmp": "PrivateTmp= hides",
    "/var/tmp": "PrivateTmp= hides",
}
"""Folders, and the line of the unit that hides each."""
GROUP: Final = "audio"


def why_unseen(path: Path) -> str | None:
    """Why the service could not read a file, or enter a folder; None if it could."""
    for folder, how in HIDDEN.items():
        if path.is_relative_to(folder):
            return f"{path} is in {folder}, which {how} from it"
    for part in (path, *path.parents):
        status = part.stat()
        needed = stat.S_IXOTH if stat.S_ISDIR(status.st_mode) else stat.S_IROTH
        if not (status.st_mode & needed or _audio_may(status, needed)):
            return f"{part} is closed to other users"
    return None


def _audio_may(status: os.stat_result, needed: int) -> bool:
    """Whether the group audio, in which the service is, may do what others may not."""
    import grp

    try:
        gid = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return False
    return status.st_gid == gid and bool(status.st_mode & (needed << 3))
