"""Waiting for the signals that ask the program to end."""

import contextlib
import select
import signal
import socket
from typing import Final, Self

STOP_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class StopSignals:
    """While entered (by the main thread), the stop signals end `wait` and do nothing else.

    The signal handler only writes to a socket, in C: there is no moment at which a signal could meet a lock.
    """

    def __enter__(self) -> Self:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old_handlers = {number: signal.signal(number, lambda *_: None) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        with contextlib.ExitStack() as stack:
            stack.callback(self._reader.close)
            stack.callback(self._writer.close)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a stop signal, at most ``timeout`` seconds; True when there was one. Once True, always True."""
        return bool(select.select([self._reader], [], [], timeout)[0])
