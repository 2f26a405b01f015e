"""Hears from the ALSA sequencer that clients and ports come and go, which python-rtmidi cannot.

The sequencer's System client announces every such change on a port that anybody may subscribe to. python-rtmidi
lists ports with musical data only, so ALSA's own library is asked, by its C names: five calls, and then a file
descriptor that becomes readable. What an event says is not read: whoever waits looks for itself.
"""

import contextlib
import ctypes
import os
import select
from typing import Final, Self

LIBRARY: Final = "libasound.so.2"

# From alsa/seq.h and alsa/seq_event.h.
OPEN_INPUT: Final = 2
NONBLOCK: Final = 1
CAP_WRITE: Final = 1 << 1
CAP_NO_EXPORT: Final = 1 << 7
TYPE_APPLICATION: Final = 1 << 20
SYSTEM_CLIENT: Final = 0
ANNOUNCE_PORT: Final = 1

ROOM: Final = 1 << 16
"""Bytes taken at once: some two thousand events, more than the sequencer keeps for a client."""


class _PollDescriptor(ctypes.Structure):
    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


class AlsaAnnouncements:
    """A sequencer client that is told of every change. Readable (`fileno`) when there was one since `clear`.

    Raises OSError when the sequencer or its library is not to be had.
    """

    def __init__(self, client_name: str) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._client = ctypes.c_void_p()
        self._call("snd_seq_open", ctypes.byref(self._client), b"default", OPEN_INPUT, NONBLOCK)
        try:
            self._call("snd_seq_set_client_name", self._client, client_name.encode())
            port = self._call(
                "snd_seq_create_simple_port",
                self._client,
                b"announcements",
                CAP_WRITE | CAP_NO_EXPORT,
                TYPE_APPLICATION,
            )
            self._call("snd_seq_connect_from", self._client, port, SYSTEM_CLIENT, ANNOUNCE_PORT)
            self._fileno = self._descriptor()
        except OSError:
            self.close()
            raise

    @classmethod
    def listen(cls, client_name: str) -> Self | None:
        """The announcements, or None where they cannot be heard."""
        try:
            return cls(client_name)
        except (OSError, AttributeError):  # no library; a library without these calls
            return None

    def fileno(self) -> int:
        """A descriptor to wait for."""
        return self._fileno

    def clear(self) -> None:
        """Forget what was announced."""
        with contextlib.suppress(OSError):  # nothing there any more, or more than the sequencer could keep
            while len(os.read(self._fileno, ROOM)) == ROOM:
                pass

    def close(self) -> None:
        """End the client."""
        if self._client:
            self._library.snd_seq_close(self._client)
            self._client = ctypes.c_void_p()

    def _descriptor(self) -> int:
        descriptor = _PollDescriptor()
        if self._call("snd_seq_poll_descriptors", self._client, ctypes.byref(descriptor), 1, select.POLLIN) != 1:
            raise OSError("the sequencer has nothing to wait for")
        return int(descriptor.fd)

    def _call(self, function: str, *arguments: object) -> int:
        result: int = getattr(self._library, function)(*arguments)
        if result < 0:
            raise OSError(-result, f"{function}: {os.strerror(-result)}")
        return result
