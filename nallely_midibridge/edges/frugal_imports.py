"""What libraries load and the daemon has no use for, left out of a process that runs for months.

Together that is 6.5 MiB of 30 and 20 ms of a start (measured, Python 3.11 and websockets 17.4). It is for a process of
our own, before anything else is imported: a program that uses the connector has its own mind about what it loads.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, find_spec
from types import ModuleType
from typing import Final

LATER: Final = ("importlib.metadata", "inspect")
"""Loaded when something of them is used: the first websockets would ask for the version of a copy that was never
released (it loads `email` and `zipfile`: 2.4 MiB, 15 ms), the second dataclasses for classes that have no docstring
(it loads `ast` and `dis`: 0.9 MiB, 5 ms)."""
NEVER: Final = "_hashlib"
"""OpenSSL's hashes: 3.3 MiB for the SHA-1 of a handshake, which Python's own module makes as well."""
OWN_HASH: Final = "_sha1"
"""That module; some systems' Python has OpenSSL's only."""


class _Frugal:
    """Finds those, before anybody else does."""

    def __init__(self, never: str | None) -> None:
        self._never = never

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == self._never:
            raise ModuleNotFoundError(f"{fullname} is left out", name=fullname)
        if fullname not in LATER:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def frugal_imports() -> Iterator[None]:
    """While this lasts, in this process."""
    finder = _Frugal(NEVER if find_spec(OWN_HASH) else None)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
