"""The control socket of a running bridge: other programs of its user ask it how it is, and tell it what to do.

One thread (``nallely-control``) serves all of them and sleeps while nobody asks. It trusts nobody with its time or its
memory: see `Conversation` for what one client may do, and the limits below for all of them together. What is wrong is
counted by kind in ``ignored``, and the first of a kind is said.
"""

import logging
import os
import select
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nallely_midibridge.core.conversation import Conversation
from nallely_midibridge.core.feed import Feed, Stream
from nallely_midibridge.core.pace import Pace
from nallely_midibridge.edges.control_folder import clean, make_folder, socket_path, unheard_path
from nallely_midibridge.edges.transport import Waker
from nallely_midibridge.values.control import (
    LINE_LIMIT,
    Answer,
    Do,
    Request,
    RequestError,
    failure,
    line_of,
    read_request,
    success,
)
from nallely_midibridge.values.errors import words

CLIENTS: Final = 32
"""Clients at a time. When more come, one that has been silent for `SILENT_FOR` seconds gives way."""
SILENT_FOR: Final = 1.0
BACKLOG: Final = 128
"""Clients that may wait to be let in."""
A_SECOND: Final = 200.0
"""Clients and requests a second that are served; more have to wait, so that a flood leaves time for the music."""
BURST: Final = 0.25
"""Seconds' worth of these that may come at once."""
WATCHERS: Final = 8
"""Clients that may watch at a time."""
TELL_EVERY: Final = 0.02
"""Seconds from one telling of what happened to the next, so that the music keeps the processor."""
ROOT: Final = 0
MISTAKE: Final = "a mistake of the bridge"

Reply = Callable[[Answer], None]
"""Gives a client its answer. Any thread may call it, now or later, once."""
Handle = Callable[[Do, Reply], None]
"""Does what is asked, or has it done, and replies. Called on the control thread: it has to return soon."""

log = logging.getLogger(__name__)


class ControlSocket:
    """Listens in this user's runtime folder, and hands what is asked to ``handle``.

    ``watched`` is told when the first client begins to watch and when the last one ceases to: what happens meanwhile
    is to be put into ``feed``.
    """

    def __init__(self, handle: Handle, watched: Callable[[bool], None] = lambda _: None) -> None:
        self.ignored: Counter[str] = Counter()
        self.path: Path | None = None
        self._handle = handle
        self._watched = watched
        self._listener: socket.socket | None = None
        self._clients: list[_Client] = []
        self._replies: deque[tuple[_Client, bytes]] = deque()
        self._pace = Pace(A_SECOND, BURST)
        self._deaf_until = 0.0
        self._stopping = threading.Event()
        self._tell_at = 0.0
        self._waker = Waker()
        self.feed = Feed(self._waker.wake)
        self._thread = threading.Thread(target=self._run, name="nallely-control", daemon=True)

    def start(self) -> None:
        """Listen. Where that cannot be, it is said in one line, and the bridge does without."""
        try:
            self._listen()
        except OSError as error:
            log.warning("no control socket, so this bridge cannot be asked anything: %s", words(error))
            return
        self._thread.start()

    def stop(self) -> None:
        """Listen no more, and end the thread. Who still waits is told that nothing more comes."""
        self._stopping.set()
        self._waker.wake()
        if self._thread.is_alive():
            self._thread.join()
        self._waker.close()

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    @property
    def watchers(self) -> int:
        """How many of them watch."""
        return len(self._streams())

    def _streams(self) -> list[Stream]:
        return [client.conversation.stream for client in self._clients if client.conversation.stream is not None]

    def _listen(self) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("this system has no Unix sockets")
        folder = make_folder()
        clean(folder)
        path = socket_path(folder)
        unheard = unheard_path(path)
        self._listener = listener = socket.socket(socket.AF_UNIX)
        try:
            listener.setblocking(False)
            listener.bind(str(unheard))
            unheard.chmod(0o600)
            listener.listen(BACKLOG)
            unheard.rename(path)  # who sees it is answered: a starting bridge clears away what nobody answers at
        except OSError:
            listener.close()
            raise
        self.path = path
        log.debug("control socket: %s", path)

    # The thread.

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except Exception:
                self._recover()
            self._rest()
        self._end()

    def _turn(self) -> None:
        """Wait until somebody wants something, and serve each a little."""
        assert self._listener is not None
        now = time.monotonic()
        listening = [client for client in self._clients if client.conversation.listens]
        talking = [client for client in self._clients if client.conversation.unsent]
        doors = [self._waker, self._listener] if now >= self._deaf_until else [self._waker]
        readable, writable, _ = select.select([*doors, *listening], talking, [], self._patience(now))
        self._waker.clear()
        now = time.monotonic()
        for client in talking:
            if client in writable:
                self._flush(client, now)
        for client in listening:
            if client in readable:
                self._hear(client, now)
        for _ in range(len(self._replies)):
            self._answer(*self._replies.popleft(), now)
        if now >= self._tell_at and not self.feed.is_empty:
            self._tell_at = now + TELL_EVERY
            self._tell_watchers()
        for client in list(self._clients):
            self._look_after(client, now)
        if self._listener in readable:
            self._welcome(self._listener, now)

    def _patience(self, now: float) -> float | None:
        """Seconds until something is due by itself, or None: an idle socket wakes nobody."""
        if self._replies:
            return 0.0
        deadlines = (client.conversation.deadline for client in self._clients)
        due = [at for at in deadlines if at is not None]
        if self._deaf_until > now:
            due.append(self._deaf_until)
        if not self.feed.is_empty:
            due.append(self._tell_at)
        return max(0.0, min(due) - now) if due else None

    def _rest(self) -> None:
        """Let what comes too fast wait."""
        while not self._stopping.is_set() and (seconds := self._pace.ready_at - time.monotonic()) > 0:
            select.select([self._waker], [], [], seconds)
            self._waker.clear()

    def _recover(self) -> None:
        """A mistake of ours: it must neither end the socket nor fill the journal."""
        if not self.ignored[MISTAKE]:
            log.exception("the control socket has trouble and lets its clients go; counted from now on, said once")
        self.ignored[MISTAKE] += 1
        self._drop_all()
        self._stopping.wait(SILENT_FOR)

    def _welcome(self, listener: socket.socket, now: float) -> None:
        if len(self._clients) >= CLIENTS and not self._make_room(now):
            self._deaf_until = now + SILENT_FOR
            return
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:  # no descriptors left, say: trying again at once would be a loop
            self._ignore("a client that cannot be let in", words(error))
            self._deaf_until = now + SILENT_FOR
            return
        self._pace.take(now)
        uid = _uid_of(sock)
        if uid not in (None, ROOT, os.geteuid()):
            self._ignore("a client of another user", f"uid {uid}")
            sock.close()
            return
        sock.setblocking(False)
        self._clients.append(_Client(sock, now))

    def _make_room(self, now: float) -> bool:
        """Let the client go that has been silent longest, if it was for long enough."""
        talks = [client for client in self._clients if client.conversation.stream is None]
        silent = [client for client in talks if client.conversation.listens]
        longest = min(silent, key=lambda client: client.conversation.since, default=None)
        if longest is None or longest.conversation.since > now - SILENT_FOR:
            return False
        self._ignore("a client too many", f"{CLIENTS} at a time; the one that was silent longest is let go")
        self._drop(longest)
        return True

    def _hear(self, client: "_Client", now: float) -> None:
        try:
            data = client.sock.recv(LINE_LIMIT)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)
            return
        if data and client.conversation.stream is not None:
            self._ignore("a request while watching", "who watches may only hang up")
            self._drop(client)
            return
        client.conversation.hear(data, now)

    def _look_after(self, client: "_Client", now: float) -> None:
        """Take the client's next request if there is one, and let the client go when it is done or too late."""
        conversation = client.conversation
        conversation.refill()
        try:
            line = conversation.next_line()
            if line is not None:
                self._pace.take(now)
                self._do(client, read_request(line))
        except RequestError as error:
            self._ignore(error.kind, str(error))
            conversation.end()
            self._reply_to(client)(failure(str(error)))
        if conversation.deadline is not None and conversation.deadline <= now:
            self._ignore(conversation.failing, "it is let go")
            self._drop(client)
        elif conversation.is_over:
            self._drop(client)

    def _do(self, client: "_Client", request: Request) -> None:
        reply = self._reply_to(client)
        try:
            if request.watch is not None:
                reply(self._begin_to_watch(client, Stream(request.watch)))
            else:
                self._handle(request.do, reply)
        except Exception as error:
            log.exception("%s could not be done", request.do.value)
            reply(failure(f"{request.do.value} went wrong inside the bridge, whose log says more: {words(error)}"))

    def _begin_to_watch(self, client: "_Client", stream: Stream) -> Answer:
        if len(self._streams()) >= WATCHERS:
            return failure(f"{WATCHERS} programs watch already, and that is all there is room for")
        client.conversation.watch(stream)
        self._count_watchers()
        return success()

    def _count_watchers(self) -> None:
        streams = self._streams()
        self.feed.wants_traffic = any(stream.watch.also for stream in streams)
        self._watched(bool(streams))

    def _tell_watchers(self) -> None:
        lost, happenings = self.feed.take()
        streams = self._streams()
        for stream in streams:
            stream.lose(lost)
        for happening in happenings:
            line = line_of(happening)
            for stream in streams:
                stream.tell(happening, line)

    def _reply_to(self, client: "_Client") -> Reply:
        def reply(answer: Answer) -> None:
            self._replies.append((client, line_of(answer)))
            if threading.current_thread() is not self._thread:
                self._waker.wake()

        return reply

    def _answer(self, client: "_Client", line: bytes, now: float) -> None:
        if client in self._clients and client.conversation.owes:
            client.conversation.answer(line, now)
            self._flush(client, now)

    def _flush(self, client: "_Client", now: float) -> None:
        """Give the client what it takes now."""
        try:
            client.conversation.took(client.sock.send(client.conversation.unsent), now)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)

    def _drop(self, client: "_Client") -> None:
        self._clients.remove(client)
        client.sock.close()
        if client.conversation.stream is not None:
            self._count_watchers()

    def _drop_all(self) -> None:
        while self._clients:
            self._drop(self._clients[-1])

    def _ignore(self, kind: str, text: str) -> None:
        """Count what is of no use, and say the first of its kind."""
        self.ignored[kind] += 1
        if self.ignored[kind] == 1:
            log.warning("control socket: %s: %s; counted from now on, said once", kind, text)

    def _end(self) -> None:
        """Nobody finds us any more; who waits gets what there is."""
        assert self._listener is not None
        assert self.path is not None
        self.path.unlink(missing_ok=True)
        self._listener.close()
        now = time.monotonic()
        while self._replies:
            self._answer(*self._replies.popleft(), now)
        for client in list(self._clients):
            self._answer(client, line_of(failure("the bridge is stopping")), now)
            self._say_goodbye(client, now)
        self._drop_all()

    def _say_goodbye(self, client: "_Client", now: float) -> None:
        """Who watches learns that nothing more comes, if there is room for it."""
        stream = client.conversation.stream
        if stream is not None:
            happening = {"event": "stopping", "at": round(time.time(), 6)}
            stream.tell(happening, line_of(happening))
            client.conversation.refill()
            self._flush(client, now)


class _Client:
    def __init__(self, sock: socket.socket, now: float) -> None:
        self.sock = sock
        self.conversation = Conversation(now)

    def fileno(self) -> int:
        return self.sock.fileno()


def _uid_of(sock: socket.socket) -> int | None:
    """Whose process is at the other end; None where the system does not tell (the folder keeps others out)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    form = struct.Struct("3i")
    _, uid, _ = form.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
    return int(uid)
