"""Clients of the control socket that say nearly the right thing, or hang up in the midst of it."""

import contextlib
import json
import socket
import tempfile
from pathlib import Path
from random import Random
from typing import Final, Self
from unittest import mock

from nallely_midibridge.edges import control_socket
from nallely_midibridge.edges.control_socket import ControlSocket, Reply
from nallely_midibridge.values.control import Do, success
from nallely_midibridge.values.events import Panic
from tests.fuzz.mutation import mutated

RIGHT: Final = (
    '{"do": "status"}\n',
    '{"do": "panic"}\n',
    '{"do": "reload"}\n',
    '{"do": "watch"}\n',
    '{"do": "watch", "also": ["midi_in", "midi_out", "value_in", "value_out"], "of": ["keys", "daw"]}\n',
    '{"do": "status"}\n{"do": "panic"}\n',
)
KNOWN: Final = {do.value for do in Do}
WITHIN: Final = 20.0
"""Seconds for an answer that takes a millisecond: only a socket that hangs needs so many."""


class Requests:
    """A control socket of its own, and random clients for it."""

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="nmb-")))
        for name, value in (("A_SECOND", 1e9), ("SILENT_FOR", 0.01)):  # a flood, which has to wait otherwise
            self._stack.enter_context(mock.patch.object(control_socket, name, value))
        self._stack.enter_context(mock.patch.object(control_socket, "make_folder", return_value=folder))
        self._control = ControlSocket(self._handle)
        self._control.start()
        self._stack.callback(self._control.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def make(self, random: Random) -> str:
        return mutated(random, random.choice(RIGHT), RIGHT)

    def check(self, text: str) -> None:
        """Raises AssertionError when an answer is none, or the next client is not served."""
        said = self._say(text.encode("utf-8", "surrogatepass"))
        self._control.feed.saw(0.0, Panic(), [])
        for line in said.splitlines():
            answer = json.loads(line)
            assert isinstance(answer, dict), line
            assert isinstance(answer.get("ok"), bool) or "event" in answer, line
            assert answer.get("ok") is not False or len(answer["error"]) < 300, line
        assert json.loads(self._say(RIGHT[0].encode())) == {"ok": True}, "the next client is not served"
        assert not self._control.ignored[control_socket.MISTAKE], "a mistake of the bridge"

    def _handle(self, do: Do, reply: Reply) -> None:
        assert do.value in KNOWN
        reply(success())

    def _say(self, data: bytes) -> bytes:
        """All that is answered to these bytes by the time the socket hangs up."""
        assert self._control.path is not None
        found = b""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(WITHIN)
            sock.connect(str(self._control.path))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while part := sock.recv(1 << 16):
                    found += part
        return found
