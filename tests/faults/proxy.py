"""A network between the bridge and its session: passes bytes on, or does to them what networks do."""

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final

HOST: Final = "127.0.0.1"
CHUNK: Final = 65536
MOST_WAITING: Final = 65536
"""Bytes held for a side that does not read before the other side is no longer read."""
WINDOW: Final = 4096
SEGMENT: Final = 536
"""Small enough that a peer that stops reading is felt after some thousand values, not after a hundred thousand."""
OBEYS_WITHIN: Final = 5.0
RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection and throws away what is under way."""


class _Side:
    """One end of a connection, and what waits to be written to it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.waiting = bytearray()
        self.has_ended = False
        self.registered = 0
        self.other: _Side
        self.pair: _Pair


class _Pair:
    """One connection of the bridge's, and ours to the session for it."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = _Side(near), _Side(far)
        self.near.other, self.far.other = self.far, self.near
        self.near.pair = self.far.pair = self
        self.is_dark = False


class Proxy:
    """Listens on ``port`` and connects to ``target``. One thread does everything; any thread may ask."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._pairs: list[_Pair] = []
        self._reads = True
        self._answers = True
        self._is_dark = False
        self._selector = selectors.DefaultSelector()
        self._waker, self._wakes = socket.socketpair()
        self._waker.setblocking(False)
        self._selector.register(self._waker, selectors.EVENT_READ)
        self._asked: list[tuple[Callable[[], object], threading.Event]] = []
        self._lock = threading.Lock()
        self._is_open = True
        self._listener: socket.socket | None = None
        self.port = 0
        self._listen()
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._thread.start()

    # What networks do.

    def refuse(self) -> None:
        """Accept no more connections; those that are there go on."""
        self._do(self._stop_listening)

    def admit(self) -> None:
        """Undo `refuse`."""
        self._do(self._listen)

    def reset(self) -> None:
        """Reset every connection."""
        self._do(lambda: [self._drop(pair) for pair in list(self._pairs)])

    def go_dark(self) -> None:
        """Pull the cable: whatever is said on either side is lost and nobody is told, nor is anybody admitted."""
        self._do(self._darken)

    def go_light(self) -> None:
        """Put it back. What was connected before stays lost."""
        self._do(self._lighten)

    def stop_reading(self, *, both: bool = False) -> None:
        """Take nothing more from the bridge, as a session does that hangs; with ``both`` it says nothing either."""

        def stop() -> None:
            self._reads, self._answers = False, not both

        self._do(stop)

    def read_on(self) -> None:
        """Undo `stop_reading`; nothing was lost."""

        def read() -> None:
            self._reads = self._answers = True

        self._do(read)

    def inject(self, data: bytes) -> None:
        """Say something to the bridge that the session did not say, in the middle of everything."""
        self._do(lambda: [pair.near.waiting.extend(data) for pair in self._pairs])

    def close(self) -> None:
        """Drop everything."""
        self._do(self._shut)
        self._thread.join()
        self._selector.close()
        self._waker.close()
        self._wakes.close()

    # On the proxy's thread.

    def _run(self) -> None:
        while self._is_open:
            self._register()
            for key, events in self._selector.select():
                if key.fileobj is self._waker:
                    self._obey()
                elif key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.data, _Side) and key.data.pair in self._pairs:
                    self._pass_on(key.data, events)

    def _do(self, what: Callable[[], object]) -> None:
        """Have it done by the thread, and wait until it is."""
        done = threading.Event()
        with self._lock:
            self._asked.append((what, done))
        self._wakes.send(b"\0")
        assert done.wait(OBEYS_WITHIN), "the proxy is dead"

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._waker.recv(CHUNK)
        with self._lock:
            asked, self._asked = self._asked, []
        for what, done in asked:
            what()
            done.set()

    def _listen(self) -> None:
        if self._listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        listener.bind((HOST, self.port))
        listener.listen()
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        if not self._is_dark:
            self._selector.register(listener, selectors.EVENT_READ)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _darken(self) -> None:
        self._is_dark = True
        if self._listener is not None:
            self._selector.unregister(self._listener)
        for pair in self._pairs:
            pair.is_dark = True

    def _lighten(self) -> None:
        self._is_dark = False
        if self._listener is not None:
            self._selector.register(self._listener, selectors.EVENT_READ)
        for pair in [pair for pair in self._pairs if pair.is_dark]:
            self._drop(pair)

    def _shut(self) -> None:
        self._is_open = False
        self._stop_listening()
        for pair in list(self._pairs):
            self._drop(pair)

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            near, _ = self._listener.accept()
        except OSError:
            return  # it left before it was let in
        try:
            self._pairs.append(_Pair(near, socket.create_connection((HOST, self._target), timeout=1)))
        except OSError:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            near.close()

    def _register(self) -> None:
        """Ask for what each side is to be watched for."""
        for pair in self._pairs:
            for side in (pair.near, pair.far):
                wanted = self._wanted(side)
                if wanted == side.registered:
                    continue
                if not wanted:
                    self._selector.unregister(side.sock)
                elif side.registered:
                    self._selector.modify(side.sock, wanted, side)
                else:
                    self._selector.register(side.sock, wanted, side)
                side.registered = wanted

    def _wanted(self, side: _Side) -> int:
        is_read = side.pair.is_dark or (self._reads if side is side.pair.near else self._answers)
        if side.has_ended or len(side.other.waiting) > MOST_WAITING:
            is_read = False
        return (selectors.EVENT_READ if is_read else 0) | (selectors.EVENT_WRITE if side.waiting else 0)

    def _pass_on(self, side: _Side, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                self._take(side)
            if events & selectors.EVENT_WRITE:
                _write(side)
        except OSError:
            if side.pair.is_dark:
                side.has_ended = True
            else:
                self._drop(side.pair)
            return
        if side.has_ended and side.other.has_ended and not side.waiting and not side.other.waiting:
            self._drop(side.pair, in_good_order=True)

    def _take(self, side: _Side) -> None:
        data = side.sock.recv(CHUNK)
        if not data:
            side.has_ended = True
        if side.pair.is_dark:
            return
        side.other.waiting += data
        _write(side.other)

    def _drop(self, pair: _Pair, *, in_good_order: bool = False) -> None:
        self._pairs.remove(pair)
        for side in (pair.near, pair.far):
            if side.registered:
                self._selector.unregister(side.sock)
            if not in_good_order:
                side.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            side.sock.close()


def _write(side: _Side) -> None:
    """Write what is taken; once everything is, the end of the other side is passed on too."""
    with contextlib.suppress(BlockingIOError):
        while side.waiting:
            del side.waiting[: side.sock.send(side.waiting)]
        if side.other.has_ended:
            side.sock.shutdown(socket.SHUT_WR)
