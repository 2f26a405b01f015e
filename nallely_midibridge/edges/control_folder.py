"""Where the control sockets of running bridges lie: ``PID.sock`` in a folder that only its owner can open."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nallely_midibridge.values.errors import words

NAME: Final = "nallely-midibridge"
SUFFIX: Final = ".sock"
UNHEARD_SUFFIX: Final = ".new"
SYSTEM_FOLDER: Final = Path("/run") / NAME
"""The folder of the system service, which the unit's RuntimeDirectory= makes."""
USERS_FOLDER: Final = Path("/run/user")
"""Where a login makes each user a folder, also for programs that are not told of it."""


def socket_path(folder: Path) -> Path:
    """The socket of this process in a folder."""
    return folder / f"{os.getpid()}{SUFFIX}"


def unheard_path(path: Path) -> Path:
    """Where a socket lies until somebody listens."""
    return path.with_suffix(UNHEARD_SUFFIX)


def folders() -> Iterator[Path]:
    """Where a bridge of this user may have its socket, best first. None of them has to be there, or to be safe."""
    uid = os.geteuid()
    given = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]  # systemd.exec(5); the first if there are several
    if given:
        yield Path(given).resolve()
    users = Path(os.environ.get("XDG_RUNTIME_DIR") or USERS_FOLDER / str(uid))
    if _is_ours(users):
        yield users / NAME
    import tempfile  # 0.4 MiB that a daemon with a folder of the system's does without

    yield Path(tempfile.gettempdir()) / f"{NAME}-{uid}"


def make_folder() -> Path:
    """The best folder for this process's socket, which nobody else can open. Raises OSError that says why not."""
    troubles = []
    for folder in folders():
        try:
            _make_safe(folder)
            return folder
        except OSError as error:
            troubles.append(f"{folder}: {words(error)}")
    raise OSError("; ".join(troubles))


def clean(folder: Path) -> None:
    """Take away the sockets that killed processes left."""
    for path in [*sockets_in(folder), *sockets_in(folder, UNHEARD_SUFFIX)]:
        if not _may_be_alive(path.stem) and not _is_answered(path):
            path.unlink(missing_ok=True)


def running_sockets() -> list[Path]:
    """The sockets that this user may ask, of bridges that run or ran. Of root: the system service's too."""
    places = dict.fromkeys([*folders(), SYSTEM_FOLDER])
    return [path for folder in places if _is_trusted(folder) for path in sockets_in(folder)]


def closed_folder() -> Path | None:
    """The system service's folder, if there is one that this user may not open."""
    is_closed = SYSTEM_FOLDER.is_dir() and not os.access(SYSTEM_FOLDER, os.R_OK | os.X_OK)
    return SYSTEM_FOLDER if is_closed else None


def sockets_in(folder: Path, suffix: str = SUFFIX) -> list[Path]:
    """The sockets in a folder, whoever listens; none where the folder cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix and path.is_socket())
    except OSError:
        return []


def _make_safe(folder: Path) -> None:
    """Make a folder ours alone. In a place where everybody may write, somebody else may have been there first."""
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError("it is somebody else's, or no folder")
    if stat.S_IMODE(folder.lstat().st_mode) != stat.S_IRWXU:
        folder.chmod(stat.S_IRWXU)


def _is_trusted(folder: Path) -> bool:
    """Whether nobody but us, or the system, can have put a socket there."""
    return folder == SYSTEM_FOLDER or _is_ours(folder)


def _is_ours(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _may_be_alive(pid: str) -> bool:
    """Whether a process of this number, other than this one, may be there."""
    if not pid.isdecimal() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _is_answered(path: Path) -> bool:
    """Whether anybody listens: a process in a container has a number that means nothing here."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
        return True
