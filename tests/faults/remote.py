"""The far end in a process of its own, so that its flood takes no time from the bridge under test."""

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, Self

from tests.faults.far import Far

ANSWERS_WITHIN: Final = 30.0
"""Seconds: a session that restarts takes some."""


class RemoteFar:
    """Has the methods of `Far`, each done there; whatever one raises is raised here. Any thread may ask."""

    def __init__(self, seed: str, **options: Any) -> None:
        self._near, far = multiprocessing.Pipe()
        self._lock = threading.Lock()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_serve, args=(far, seed, options), name="far", daemon=True)
        self.port = 0
        """Where the bridge finds the session, on the loopback address."""

    def __enter__(self) -> Self:
        self._process.start()
        self.port = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._near.send(None)
        self._process.join(ANSWERS_WITHIN)
        self._process.kill()
        self._process.join()
        self._near.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                self._near.send((name, args, kwargs))
                return self._answer()

        return ask

    def _answer(self) -> Any:
        if not self._near.poll(ANSWERS_WITHIN):
            raise RuntimeError("the far end does not answer")
        is_well, answer = self._near.recv()
        if not is_well:
            raise answer
        return answer


def _serve(near: Connection, seed: str, options: dict[str, Any]) -> None:
    """The other process."""
    with Far(seed, **options) as far:
        near.send((True, far.port))
        while (asked := near.recv()) is not None:
            near.send(_do(far, *asked))


def _do(far: Far, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[bool, Any]:
    try:
        return True, getattr(far, name)(*args, **kwargs)
    except Exception as error:
        return False, error
