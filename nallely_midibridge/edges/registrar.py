"""Telling a running session that a neuron's parameters changed.

The bus reads such a change only as the first message of a connection (measured on Nallely 0.7.0), so it gets one of
its own, and the one that plays goes on undisturbed. Adding a parameter that is there already would double it: only
the difference is ever sent.
"""

import contextlib
import json
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed, WebSocketException

from nallely_midibridge.edges.transport import tls_for
from nallely_midibridge.values.mapping import Bus, Parameter
from nallely_midibridge.values.wire import registration_list

if TYPE_CHECKING:
    import ssl

    from websockets.sync.client import ClientConnection

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
        with _connection(url, tls, headers, within) as connection:
            connection.send(text)
            time.sleep(TAKEN_AFTER)
    except (WebSocketException, TimeoutError) as error:
        raise OSError(f"the session did not take {change}: {error}") from error


def tell_unregister(bus: Bus, neuron: str) -> None:
    """Have a session forget a neuron and its links. Nobody may be connected as it. Raises OSError as `tell_change`.

    Nallely 0.7.0 forgets a link first, if there is one, so it is asked more than once; once too often does no harm.
    """
    tls = tls_for(bus.url, bus.ca_file)
    try:
        for _ in range(UNREGISTER_ASKS):
            with _connection(f"{bus.url}/{quote(neuron, safe='')}/unregister", tls, bus.headers) as connection:
                _wait_for_close(connection)
    except (WebSocketException, TimeoutError) as error:
        raise OSError(f"the session did not forget {neuron!r}: {error}") from error


def _wait_for_close(connection: "ClientConnection") -> None:
    """How the session says that it is done."""
    with contextlib.suppress(ConnectionClosed):
        connection.recv(TELL_WITHIN)


def _connection(
    url: str, tls: "ssl.SSLContext | None", headers: Sequence[tuple[str, str]], within: float = TELL_WITHIN
) -> "AbstractContextManager[ClientConnection]":
    from websockets.sync.client import connect

    return connect(
        url,
        ssl=tls,
        additional_headers=list(headers),
        compression=None,
        proxy=None,
        open_timeout=within,
        close_timeout=within,
    )
