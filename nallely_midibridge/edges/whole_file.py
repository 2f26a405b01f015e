"""Files that are written whole or not at all: nobody ever reads half of one, whatever happens meanwhile."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

RIGHTS: Final = 0o644


def replace(file: Path, text: str) -> None:
    """Write a file anew, with the rights it had; a link to a file stays one. Raises OSError."""
    target = Path(os.path.realpath(file))
    with _written_beside(target, text) as new:
        os.chmod(new, target.stat().st_mode & 0o7777 if target.exists() else RIGHTS)
        os.replace(new, target)


def create(file: Path, text: str) -> None:
    """Write a file that is not there yet. Raises FileExistsError when it is, by whatever name it goes, or OSError."""
    with _written_beside(file, text) as new:
        os.chmod(new, RIGHTS)
        try:
            os.link(new, file)  # unlike a rename it never takes the place of another
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links, such as that of a memory card
            _take_place(new, file)


def _take_place(new: str, file: Path) -> None:
    """Rename a file to a name that nobody has, which is ours first and so nobody else's."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, RIGHTS))
    try:
        os.replace(new, file)
    except BaseException:
        os.unlink(file)
        raise


@contextlib.contextmanager
def _written_beside(file: Path, text: str) -> Iterator[str]:
    """In the block, a file with the text in the folder of ``file``, by its name."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=file.parent, delete=False) as new:
        try:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
            yield new.name
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(new.name)
