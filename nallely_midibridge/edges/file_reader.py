"""A mapping file, read by a process of its own.

Reading it takes 4 MiB of modules and, with their loading, 60 ms of processor (measured), which the process that plays
has better uses for. The other process runs the same Python with the same modules, and answers on a pipe by pickle,
which is safe between a program and itself and nowhere else. Of our descriptors it gets the standard three, and the one
that the file's name means, if it means one.
"""

import io
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Self

from nallely_midibridge import __version__
from nallely_midibridge.values.errors import MappingError, ReadError, words

if TYPE_CHECKING:
    from nallely_midibridge.values.mapping import Mapping

READ_WITHIN: Final = 30.0
"""Seconds that reading may take: a small computer that has just booted needs several."""
LOOK_EVERY: Final = 0.1
"""Seconds between two looks whether a stop was asked for."""

_PROGRAM: Final = """
import contextlib, gc, os, sys
gc.disable()
with contextlib.suppress(AttributeError, OSError):
    os.nice(int(sys.argv[1]))
sys.path[:] = sys.argv[3:]
from nallely_midibridge.edges.frugal_imports import frugal_imports
with frugal_imports():
    from nallely_midibridge.mapping_file.answer import answer
    answer(sys.argv[2])
"""
"""It gives way if it is to, where it can, and finds its modules where we found ours.

Until it knows where that is, -P keeps it from the current folder. It lives too short for a collection of garbage to
find any; without them, and without what frugal imports leave out, it takes an eighth less.
"""

_GIVES_WAY: Final = 10
"""The niceness that is added for a process that gives way."""

_DESCRIPTOR: Final = re.compile(r"/(?:dev|proc/self)/fd/([0-9]+)")
"""The name of a file that is open already, as a shell writes it for ``<(command)``."""


class FileReader:
    """Reads one mapping file, beginning when it is made. A context manager: when it is left, the process is gone.

    The process is in a group of its own, so a Ctrl-C, which a terminal sends to the whole group that it waits for,
    is left to us. ``gives_way`` is for when somebody plays meanwhile: on a machine that is busy with anything else, it
    makes reading take ten times as long (measured). Raises ReadError when the process cannot be started.
    """

    def __init__(self, path: str | os.PathLike[str], *, gives_way: bool = False) -> None:
        self._name = os.fspath(path)
        niceness = str(_GIVES_WAY if gives_way else 0)
        command = [sys.executable, "-P", "-c", _PROGRAM, niceness, self._name, *sys.path]
        try:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, pass_fds=_descriptors(self._name), process_group=0
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise self._failed(f"could not be started: {words(error)}") from None

    def mapping(self, stop_is_asked: Callable[[], bool]) -> "Mapping | None":
        """Wait for the mapping; None when a stop is asked for meanwhile.

        Raises MappingError, with a text for each problem, when the file is wrong, and ReadError when that is not known.
        """
        deadline = time.monotonic() + READ_WITHIN
        while (answer := self._listen()) is None:
            if stop_is_asked():
                return None
            if time.monotonic() > deadline:
                raise self._failed(f"gave no answer within {READ_WITHIN:g} seconds")
        if self._process.returncode == 0:
            return self._understand(answer)
        if stop_is_asked():  # by somebody who ends all processes of a service
            return None
        raise self._failed(_ended(self._process.returncode))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _listen(self) -> bytes | None:
        """All that was said when the process is at its end, None when it is not yet there."""
        try:
            return self._process.communicate(timeout=LOOK_EVERY)[0]
        except subprocess.TimeoutExpired:
            return None

    def _understand(self, answer: bytes) -> "Mapping":
        from nallely_midibridge.values.mapping import Mapping  # it takes a while, in which the other process works

        stream = io.BytesIO(answer)
        try:
            version = pickle.load(stream)
            said: Any = pickle.load(stream) if version == __version__ else None
        except Exception as error:  # pickle raises anything for what is none
            raise self._failed(f"gave an answer that means nothing: {words(error)}") from None
        if version != __version__:
            raise self._failed(f"is of version {version}, but {__version__} is running; start nallely-midibridge anew")
        if isinstance(said, Mapping):
            return said
        raise MappingError(said)

    def _failed(self, how: str) -> ReadError:
        return ReadError(f"{self._name}: the process that reads it {how}")


def _descriptors(name: str) -> tuple[int, ...]:
    named = _DESCRIPTOR.fullmatch(name)
    return (int(named[1]),) if named and os.path.exists(name) else ()


def _ended(status: int) -> str:
    if status > 0:
        return f"failed with status {status}"
    return f"was ended by signal {-status} ({signal.strsignal(-status)})"
