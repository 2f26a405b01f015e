"""What systemd is told of a running bridge, by the protocol of sd_notify(3), and nothing where there is no systemd.

The thread ``nallely-systemd`` sends STATUS= as soon as a port or a link comes or goes; voices change too often for
that and are looked at when the watchdog is fed. It asks the engine, by way of the alarm, to turn once in half the
watchdog's period, and feeds the watchdog when it has.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Self

from nallely_midibridge.core.watchdog import Watchdog
from nallely_midibridge.values.errors import words

TAKES_WITHIN: Final = 2.0
"""Seconds that systemd may take to take a message: its queue may be full for a moment."""
LOOK_EVERY: Final = 10.0
"""Seconds between two looks at the voices where no watchdog is to be fed."""
SETTLES_WITHIN: Final = 0.1
"""Seconds from a change to what is said of it: a device comes with several ports."""

ENDS_WITHIN: Final = 1.0
"""Seconds that the end waits for the thread, which an engine that does not turn may keep."""

log = logging.getLogger(__name__)


class NotifySocket:
    """Where the service manager listens. The address is a path, or an abstract name behind an ``@``."""

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._troubled = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "NotifySocket | None":
        """The one that NOTIFY_SOCKET names; None when nobody listens, or in a way that is not ours."""
        address = environment.get("NOTIFY_SOCKET", "")
        return cls(address) if address[:1] in ("/", "@") and hasattr(socket, "AF_UNIX") else None

    def send(self, *assignments: str) -> bool:
        """Send assignments such as ``READY=1`` in one message. One that cannot be sent is said once; whether it was."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(TAKES_WITHIN)
                sender.sendto("\n".join(assignments).encode(errors="replace"), self._address)
        except OSError as error:
            if not self._troubled:
                log.warning("the service manager cannot be told how this bridge is: %s", words(error))
            self._troubled = True
            return False
        self._troubled = False
        return True


def watchdog_period(environment: Mapping[str, str]) -> float | None:
    """Seconds after which a watchdog that is not fed bites; None when there is none, or it is another process's."""
    usec, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(os.getpid()))
    return int(usec) / 1e6 if usec.isdecimal() and int(usec) > 0 and pid == str(os.getpid()) else None


class Systemd:
    """The service manager of this process. Without one, nothing here does anything.

    A context manager: when it is left, the thread has ended.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._socket = NotifySocket.of(environment)
        self._period = watchdog_period(environment) if self._socket is not None else None
        self._describe: Callable[[], str] = str
        self._said = ""
        self._is_changed = threading.Event()
        self._is_turned = threading.Event()
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_there(self) -> bool:
        """Whether a service manager listens."""
        return self._socket is not None

    def ready(self, describe: Callable[[], str], turn: Callable[[Callable[[], None]], None]) -> None:
        """The bridge is at work. ``describe`` gives the status line from now on.

        ``turn`` has the engine turn once and calls what it is given, on any thread, when it has.
        """
        if self._socket is None:
            return
        self._describe = describe
        self._said = describe()
        self._socket.send("READY=1", f"STATUS={self._said}")
        self._thread = threading.Thread(target=self._run, args=(turn,), name="nallely-systemd", daemon=True)
        self._thread.start()

    def changed(self) -> None:
        """Something may be to be said. Any thread may call it; it returns at once."""
        self._is_changed.set()
        self._woken.set()

    def reloading(self) -> None:
        """The mapping file is about to be read again."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def reloaded(self) -> None:
        """It has been read, and is at work or refused."""
        if self._socket is not None:
            self._said = self._describe()
            self._send("READY=1", f"STATUS={self._said}")

    def waiting(self, why: str) -> None:
        """The bridge is not at work yet, or not any more, and this is why."""
        self._send(f"STATUS={why}")

    def stopping(self) -> None:
        """The bridge is about to end."""
        self._send("STOPPING=1", "STATUS=stopping")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(ENDS_WITHIN)

    def _send(self, *assignments: str) -> None:
        if self._socket is not None:
            self._socket.send(*assignments)

    # The thread.

    def _run(self, turn: Callable[[Callable[[], None]], None]) -> None:
        watchdog = Watchdog(self._period, time.monotonic()) if self._period is not None else None
        while not self._stopping.is_set():
            if watchdog is not None:
                self._attend(watchdog, turn)
            wait = watchdog.wait(time.monotonic()) if watchdog is not None else LOOK_EVERY
            self._woken.wait(wait)
            self._woken.clear()
            if self._is_changed.is_set():
                self._stopping.wait(SETTLES_WITHIN)
                self._is_changed.clear()
            # Who holds the engine's lock for ever keeps us here, and the watchdog hungry.
            self._tell()

    def _attend(self, watchdog: Watchdog, turn: Callable[[Callable[[], None]], None]) -> None:
        if self._is_turned.is_set():
            self._is_turned.clear()
            watchdog.answered()
            self._send("WATCHDOG=1")
        if watchdog.asks(time.monotonic()):
            turn(self._turned)

    def _turned(self) -> None:
        self._is_turned.set()
        self._woken.set()

    def _tell(self) -> None:
        """Say how things are if that is news."""
        if self._stopping.is_set():
            return
        try:
            line = self._describe()
        except Exception:  # a fault of ours in the words must not starve the watchdog
            log.exception("the status line could not be made")
            return
        if line != self._said and self._socket is not None and self._socket.send(f"STATUS={line}"):
            self._said = line
