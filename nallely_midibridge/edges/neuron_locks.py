"""One bridge a neuron: who bridges one holds its lock, and says so to whoever wants it too.

A lock is an abstract Unix socket that listens (unix(7)): a name that one process at a time can have, on this machine,
whatever its user, and that is free again as soon as the process has ended, however it did. The kernel tells who holds
it (SO_PEERCRED); with which mapping file, the holder says itself, on the thread ``nallely-locks``. Only Linux has such
names: elsewhere nothing is locked.
"""

import contextlib
import hashlib
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from nallely_midibridge.edges.transport import Waker
from nallely_midibridge.values.errors import HeldError
from nallely_midibridge.values.mapping import Neuron

SAYS_WITHIN: Final = 0.5
"""Seconds that a holder is given to say what it is."""
LONGEST_SAYING: Final = 400
"""Characters of it that are believed."""
LEAVES_WITHIN: Final = 1.0
"""Seconds that letting go may take: the thread is answering somebody at worst."""
ASKED_AT_MOST_EVERY: Final = 0.02
"""Seconds: who asks all the time must not take the time of the music."""
IS_LOCKED_HERE: Final = sys.platform == "linux"
LOOPBACK: Final = ("127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Holder:
    """The bridge that holds a neuron: its process, its user, and what it says of itself."""

    pid: int
    user: str
    file: str

    def __str__(self) -> str:
        process = f"process {self.pid}" if self.pid > 0 else "a process in a container"
        return f"{process} of user {self.user}{f', with {self.file}' if self.file else ''}"


class NeuronLocks:
    """The locks of the neurons that this process bridges, with ``file``. A context manager that lets go of them."""

    def __init__(self, file: str) -> None:
        self._saying = file.encode(errors="replace")
        self._locks: dict[str, socket.socket] = {}
        self._leaving: list[socket.socket] = []
        self._left = threading.Event()
        self._ending = False
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="nallely-locks", daemon=True)

    def take(self, neurons: Iterable[Neuron]) -> None:
        """Take the locks of these neurons, those that are ours already included.

        Raises HeldError, and takes none, when another process holds one of them; its text has a line for each.
        """
        taken: dict[str, socket.socket] = {}
        held = []
        for neuron in neurons if IS_LOCKED_HERE else ():
            name = lock_name(neuron)
            if name in self._locks or name in taken:
                continue
            try:
                taken[name] = _listen_at(name)
            except OSError:
                held.append(_sentence(neuron, holder_of(name)))
        if held:
            _close(taken)
            raise HeldError("\n".join(held))
        self._locks |= taken
        self._waker.wake()

    def keep(self, neurons: Iterable[Neuron]) -> None:
        """Let go of all locks but those of these neurons. They are free when this returns.

        The thread does it: a name is taken for as long as somebody waits for what comes there.
        """
        wanted = {lock_name(neuron) for neuron in neurons}
        before = self._locks
        self._locks = {name: lock for name, lock in before.items() if name in wanted}
        leaving = [lock for name, lock in before.items() if name not in wanted]
        if leaving:
            self._left.clear()
            self._leaving = leaving
            self._waker.wake()
            self._left.wait(LEAVES_WITHIN)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.keep(())
        self._ending = True
        self._waker.wake()
        self._thread.join()
        self._waker.close()

    # The thread.

    def _run(self) -> None:
        while not self._ending:
            self._let_go()
            locks = list(self._locks.values())
            ready = select.select([self._waker.fileno(), *(lock.fileno() for lock in locks)], [], [])[0]
            self._waker.clear()
            for lock in locks:
                if lock.fileno() in ready:
                    with contextlib.suppress(OSError):  # who asked is gone, or there are no descriptors left
                        self._answer(lock)
                    time.sleep(ASKED_AT_MOST_EVERY)
        self._let_go()

    def _let_go(self) -> None:
        locks, self._leaving = self._leaving, []
        for lock in locks:
            lock.close()
        if locks:
            self._left.set()

    def _answer(self, lock: socket.socket) -> None:
        asking, _ = lock.accept()
        with asking:
            asking.setblocking(False)
            asking.send(self._saying)


def lock_name(neuron: Neuron) -> str:
    """The name of a neuron's lock. One bus may be written in several ways: those that are told by sight are one."""
    parts = urlsplit(neuron.bus.url)
    host = parts.netloc.lower()
    for loopback in LOOPBACK:
        host = host.replace(f"{loopback}:", "localhost:")
    key = f"{parts.scheme}://{host}{parts.path} {neuron.name}"
    return f"\0nallely-midibridge/{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def holder_of(name: str) -> Holder | None:
    """Who holds a lock; None when it is free, or does not tell."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(SAYS_WITHIN)
        try:
            asking.connect(name)
            form = struct.Struct("3i")
            pid, uid, _ = form.unpack(asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
        except OSError:
            return None
        said = b""
        with contextlib.suppress(OSError):
            said = asking.recv(4 * LONGEST_SAYING)
    file = "".join(c if c.isprintable() else "?" for c in said.decode(errors="replace"))[:LONGEST_SAYING]
    return Holder(pid, _user_name(uid), file)


def _listen_at(name: str) -> socket.socket:
    """A socket of this name; OSError when there is one already."""
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind(name)
        lock.setblocking(False)
        lock.listen(8)
    except OSError:
        lock.close()
        raise
    return lock


def _close(locks: dict[str, socket.socket]) -> None:
    for lock in locks.values():
        lock.close()


def _sentence(neuron: Neuron, holder: Holder | None) -> str:
    return (
        f"the neuron {neuron.name!r} at {neuron.bus.url} is held by {holder or 'another bridge on this machine'};"
        " end that bridge, or give one of the two neurons another name"
    )


def _user_name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"number {uid}"
