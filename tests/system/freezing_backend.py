"""A backend of mido whose output hangs for ever when it is sent the value 127, with the engine's lock held.

Only who names it in MIDO_BACKEND, with this folder in PYTHONPATH, has it.
"""

import threading
from typing import Any

from mido.ports import BaseInput, BaseOutput

FREEZE = 127


def get_devices(**_: Any) -> list[dict[str, Any]]:
    return []


class Input(BaseInput):  # type: ignore[misc]
    def _open(self, **_: Any) -> None:
        """Nothing ever comes."""


class Output(BaseOutput):  # type: ignore[misc]
    def _send(self, message: Any) -> None:
        if FREEZE in message.bytes():
            threading.Event().wait()
