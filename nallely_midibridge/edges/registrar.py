"""Telling a running session that a neuron's parameters changed.

The bus reads such a change only as the first message of a connection (measured on Nallely 0.7.0), so it gets one of
its own, and the one that plays goes on undisturbed. Adding a parameter that is there already would double it: only
the difference is ever sent.
"""

import json
import ssl
import time
from collections.abc import Sequence
from typing import Final

from websockets.exceptions import WebSocketException

from nallely_midibridge.values.mapping import Parameter
from nallely_midibridge.values.wire import registration_list

TELL_WITHIN: Final = 3.0
TAKEN_AFTER: Final = 0.05
"""Seconds: the bus acknowledges nothing, so a change gets this long before the next thing is said."""


def tell_change(
    url: str,
    kind: str,
    change: str,
    parameters: Sequence[Parameter],
    tls: ssl.SSLContext | None,
    headers: Sequence[tuple[str, str]],
) -> None:
    """Send ``add_parameters`` or ``remove_parameters`` for these. Raises OSError when the session does not answer."""
    from websockets.sync.client import connect

    text = json.dumps({"kind": kind, "parameters": registration_list(parameters), "type": change})
    try:
        with connect(
            url,
            ssl=tls,
            additional_headers=list(headers),
            compression=None,
            proxy=None,
            open_timeout=TELL_WITHIN,
            close_timeout=TELL_WITHIN,
        ) as connection:
            connection.send(text)
            time.sleep(TAKEN_AFTER)
    except (WebSocketException, TimeoutError) as error:
        raise OSError(f"the session did not take {change}: {error}") from error
