"""Waiting for the signals that people and systemd send: end, or read the mapping file again."""

import contextlib
import os
import select
import signal
import socket
from enum import Enum
from typing import Final, Self


class Request(Enum):
    """What a signal asks for."""

    STOP = "stop"
    RELOAD = "reload"


STOP_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))
RELOAD_SIGNAL: Final = getattr(signal, "SIGHUP", None)
ASKED: Final = 0
"""In the place of a signal's number, which is never 0: this program itself wants the file read again."""


class Signals:
    """While entered (by the main thread), the signals end `wait` and do nothing else; after a stop was asked for, they
    do nothing any more: who asks twice gets the same clean end.

    SIGHUP asks to stop, as it does when a terminal is closed, unless ``reload`` is given a meaning: then it asks for
    that, as long as the terminal is there that we were started on, or none was, or we were started to outlive it, as
    nohup does. The handler only writes to a socket, in C: there is no moment at which a signal could meet a lock.
    """

    def __init__(self, *, reload: bool = False) -> None:
        self._stop_was_asked = False
        self._requests = dict.fromkeys(STOP_SIGNALS, Request.STOP)
        if RELOAD_SIGNAL is not None:
            self._requests[RELOAD_SIGNAL] = Request.RELOAD if reload else Request.STOP
        self._meanings = {ASKED: Request.RELOAD, **self._requests}

    def __enter__(self) -> Self:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old_handlers = {number: signal.signal(number, lambda *_: None) for number in self._requests}
        outlives_it = RELOAD_SIGNAL is not None and self._old_handlers[RELOAD_SIGNAL] is signal.SIG_IGN
        self._ends_with_terminal = _has_terminal() and not outlives_it
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old_handlers.items():
            signal.signal(number, signal.SIG_IGN if self._stop_was_asked else handler)
        signal.set_wakeup_fd(self._old_wakeup)
        self._reader.close()
        self._writer.close()

    def ask_to_reload(self) -> None:
        """Have `wait` return RELOAD, as the signal does. Any thread may call it."""
        with contextlib.suppress(BlockingIOError):  # full: there is a request to be read already, and that will do
            self._writer.send(bytes([ASKED]))

    def stop_is_asked(self) -> bool:
        """Whether a stop is among the requests that `wait` has not taken yet."""
        waiting = self._reader.recv(4096, socket.MSG_PEEK) if select.select([self._reader], [], [], 0)[0] else b""
        return any(self._meaning(number) is Request.STOP for number in waiting)

    def wait(self, timeout: float | None = None) -> Request | None:
        """The next request, or None when there is none within ``timeout`` seconds. STOP goes before RELOAD."""
        if not select.select([self._reader], [], [], timeout)[0]:
            return None
        asked = {self._meaning(number) for number in self._reader.recv(4096)}
        self._stop_was_asked |= Request.STOP in asked
        return next((request for request in Request if request in asked), None)

    def _meaning(self, number: int) -> Request | None:
        if number == RELOAD_SIGNAL and self._ends_with_terminal and not _has_terminal():
            return Request.STOP
        return self._meanings.get(number)


def _has_terminal() -> bool:
    """Whether somebody's terminal controls this process (tty(4)), wherever its output goes."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True
