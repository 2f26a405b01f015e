"""Telling a running session that a neuron's parameters changed.

The bus reads such a change only as the first message of a connection (measured on Nallely 0.7.0), so it gets one of
its own, and the one that plays goes on undisturbed. Adding a parameter that is there already would double it: only
the difference is ever sent.
"""

import json
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Self

from nallely_midibridge.edges.link import Link, Listener
from nallely_midibridge.edges.transport import tls_for
from nallely_midibridge.values.address import name_in_session
from nallely_midibridge.values.errors import words
from nallely_midibridge.values.mapping import Bus, Parameter
from nallely_midibridge.values.wire import registration_list

if TYPE_CHECKING:
    import ssl

TELL_WITHIN: Final = 3.0
TAKEN_AFTER: Final = 0.05
"""Seconds: the bus acknowledges nothing, so a change gets this long before the next thing is said."""
UNREGISTER_ASKS: Final = 3


def tell_change(
    url: str,
    kind: str,
    change: str,
    parameters: Sequence[Parameter],
    tls: "ssl.SSLContext | None",
    headers: Sequence[tuple[str, str]],
    within: float,
) -> None:
    """Send ``add_parameters`` or ``remove_parameters`` for these.

    Raises OSError, and has told nothing then, when the session does not answer ``within`` so many seconds.
    """
    text = json.dumps({"kind": kind, "parameters": registration_list(parameters), "type": change})
    try:
        with _Visit(url, text, tls, headers, within):
            time.sleep(TAKEN_AFTER)
    except OSError as error:
        raise OSError(f"the session did not take {change}: {error}") from error


def tell_unregister(bus: Bus, neuron: str) -> None:
    """Have a session forget a neuron and its links. Nobody may be connected as it. Raises OSError as `tell_change`.

    Nallely 0.7.0 forgets a link first, if there is one, so it is asked more than once; once too often does no harm.
    """
    url, tls = f"{bus.url}/{name_in_session(neuron)}/unregister", tls_for(bus.url, bus.ca_file)
    try:
        for _ in range(UNREGISTER_ASKS):
            with _Visit(url, None, tls, bus.headers, TELL_WITHIN) as visit:
                visit.closed.wait(TELL_WITHIN)  # how the session says that it is done
    except OSError as error:
        raise OSError(f"the session did not forget {neuron!r}: {error}") from error


class _Visit:
    """A connection made once, for what its greeting says. A context manager; entering it raises OSError.

    On the link that plays, not on the library's own client, for which a daemon would load 5 MiB that it never uses
    again.
    """

    def __init__(
        self,
        url: str,
        greeting: str | None,
        tls: "ssl.SSLContext | None",
        headers: Sequence[tuple[str, str]],
        within: float,
    ) -> None:
        self._within = within
        self._error: Exception | None = None
        self._opened = threading.Event()
        self._settled = threading.Event()
        self.closed = threading.Event()
        listener = Listener(self._open, lambda: None, lambda message: None, self._close, self._fail)
        self._link = Link(url, greeting, listener, name="registrar", tls=tls, headers=headers)

    def __enter__(self) -> Self:
        self._link.start()
        self._settled.wait(self._within)
        if self._opened.is_set():
            return self
        self._link.close()
        if self._opened.is_set():  # at the last moment: what was to be said is said
            return self
        raise OSError(words(self._error) if self._error else "no answer")

    def __exit__(self, *_: object) -> None:
        self._link.close()

    # What the link tells, on its thread.

    def _open(self) -> None:
        self._opened.set()
        self._settled.set()

    def _fail(self, error: Exception) -> None:
        self._error = error
        self._settled.set()

    def _close(self, reason: str, error: Exception | None) -> None:
        self.closed.set()
