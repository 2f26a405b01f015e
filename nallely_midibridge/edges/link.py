"""A WebSocket connection that is made again after every loss, and a `send` that never blocks.

The protocol is websockets' Sans-I/O one on a non-blocking socket. One thread (``nallely-link-NAME``) connects,
reads, keeps alive and reconnects; any thread may send: what the socket takes is written at once by the sender,
the rest waits in an `Outbox`. The lock guards the protocol, the outbox and what is half written; it is never held
while the listener is called.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from websockets.uri import parse_uri

from nallely_midibridge.core.connection import Connection
from nallely_midibridge.core.frames import LONGEST, Message
from nallely_midibridge.core.keepalive import ANSWER_WITHIN, ASK_AFTER, Keepalive, Verdict
from nallely_midibridge.core.outbox import Outbox
from nallely_midibridge.core.pace import Pace
from nallely_midibridge.edges.fork import abandon_in_forks
from nallely_midibridge.edges.transport import READ, WRITE, Interrupted, Transport, Waker, Watch, connect, tls_for
from nallely_midibridge.values.errors import words

if TYPE_CHECKING:
    import ssl

RETRY_AFTER: Final = 1.0
"""Seconds from a loss, or a try that failed, to the next try."""
CONNECT_WITHIN: Final = 5.0
"""Seconds for one address to accept, and for the handshake after that."""
STEADY_AFTER: Final = 3.0
"""Seconds that a connection has to last to be called steady."""
GOODBYE_WITHIN: Final = 0.5
"""Seconds that the end may take, so that what was sent last arrives."""
CLOSE_WITHIN: Final = 0.9
"""Seconds that `Link.close` waits at most unless told otherwise, whatever the thread is busy with."""
READS_A_SECOND: Final = 1000
READS_AT_ONCE: Final = 0.02
"""How often a flood is read, and how many seconds' worth of reads may follow each other at once.

A wake-up costs as much as several values. With eight probes at 2,000 values a second this takes a third off each. A
value in a flood waits a millisecond at most, which a message takes on a DIN cable; what comes slower never waits.
"""
UNSENT_LIMIT: Final = 1 << 20
"""Bytes that may wait half written: a peer that lets more pile up asks for answers and reads none."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told, on the link's thread and with no lock held. None of these may raise.

    * ``opened()``: connected and greeted. What is sent from here replaces what was kept of the same name.
    * ``steady()``: the connection has lasted a while.
    * ``received(messages)``: whole messages came, at least one.
    * ``closed(reason, error)``: a connection that was open is gone; the error is None for a close in good order.
    * ``failed(error)``: a try to connect failed.
    """

    opened: Callable[[], None]
    steady: Callable[[], None]
    received: Callable[[Sequence[Message]], None]
    closed: Callable[[str, Exception | None], None]
    failed: Callable[[Exception], None]


class _Phase(Enum):
    DOWN = "down"
    OPENING = "opening"
    OPEN = "open"


class Link:
    """One connection to ``url`` at a time, greeted with ``greeting`` each time it opens.

    ``greeting`` may be set anew, and so may ``retry_after``, the seconds from a loss to the next try. A message of the
    peer has at most ``longest`` bytes; None: as many as it likes.
    """

    def __init__(
        self,
        url: str,
        greeting: str | None,
        listener: Listener,
        *,
        name: str,
        tls: "ssl.SSLContext | None" = None,
        headers: Sequence[tuple[str, str]] = (),
        longest: int | None = LONGEST,
    ) -> None:
        self._uri = parse_uri(url)
        self.greeting = greeting
        self.retry_after = RETRY_AFTER
        self._listener = listener
        self._hear: Callable[[list[Message]], object] = listener.received
        """Who is given the messages that come: the listener, once it knows of the connection."""
        self._tls = tls or tls_for(url)
        self._headers = headers
        self._longest = longest
        self._lock = threading.Lock()
        self._phase = _Phase.DOWN
        self._outbox = Outbox()
        self._unsent = b""
        self._is_clear = False
        """Whether a value goes straight to the socket: kept, and not worked out for each one, for speed."""
        self._write_error: OSError | None = None
        self._is_stopping = False
        self._hurried = threading.Event()
        self._has_tried = threading.Event()
        """Set once the first try has failed, or what waited for it is on its way."""
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name=f"nallely-link-{name}", daemon=True)
        self._connection: Connection | None = None
        self._transport: Transport | None = None
        abandon_in_forks(self)

    # Public methods, for any thread.

    def start(self) -> None:
        """Begin connecting, in the background. Does nothing the second time, nor after `close`."""
        if self._thread.ident is None and not self._is_stopping:
            self._thread.start()

    def send(self, name: str, frame: bytes, *, every: bool = True) -> bool:
        """Send a binary frame about ``name``, now or as soon as the peer takes it; whether it went now. Never blocks.

        While the link is down the newest frame of each name is kept. While it is up but the peer is slow,
        ``every`` frame is kept in order, or else the newest.
        """
        with self._lock:
            if self._is_clear:
                assert self._connection is not None
                self._give(self._connection.value(frame))
                return not self._unsent
            self._outbox.put(name, frame, every=every and self._phase is not _Phase.DOWN)
            return False

    def say(self, text: str) -> bool:
        """Send a text now, in order with the frames; False when there is no connection. Nothing is kept for later."""
        with self._lock:
            if not self._takes_values:
                return False
            assert self._connection is not None
            self._connection.send_text(text)
            self._write()
            return True

    def hurry(self) -> None:
        """The peer is likely to be there now: if a try is awaited, it is made at once."""
        self._hurried.set()

    @property
    def close_code(self) -> int | None:
        """With which code the peer closed the connection there was last, if it did."""
        return None if self._connection is None else self._connection.close_code

    @property
    def is_this_thread(self) -> bool:
        """Whether the caller is the link's own thread, where its listener is called."""
        return threading.current_thread() is self._thread

    def settle(self, within: float = GOODBYE_WITHIN) -> None:
        """Wait until the first try is over, half a second at most, if it is under way and something waits for it."""
        if self._outbox and self._thread.is_alive() and not self.is_this_thread:
            self._has_tried.wait(min(within, GOODBYE_WITHIN))

    def close(self, within: float = CLOSE_WITHIN) -> None:
        """Say goodbye and end the thread. What was sent before arrives if the peer reads within 0.5 s.

        Waits ``within`` seconds. A thread that is kept longer, by a name server or a callback, ends by itself then.
        """
        self._is_stopping = True
        self._hurried.set()
        self._waker.wake()
        if self._thread.ident is None:
            self._waker.close()
        elif self._thread.is_alive() and not self.is_this_thread:
            self._thread.join(within)

    def abandon(self) -> None:
        """Be as if closed, in a process that was forked off; the parent's connection goes on undisturbed.

        A copy of its socket that stays open would keep the session from noticing that the parent is gone.
        """
        self._is_stopping = True
        self._lock, self._hurried, self._has_tried = threading.Lock(), threading.Event(), threading.Event()
        with self._lock:
            self._end()
        self._waker.close()
        if self._transport is not None:
            self._transport.close()

    @property
    def waiting(self) -> int:
        """How many frames wait for the peer."""
        return len(self._outbox)

    @property
    def merged(self) -> int:
        """How many frames a newer one replaced while they waited."""
        return self._outbox.merged

    # The thread.

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                self._connect_and_talk()
            except Interrupted:
                break
            except Exception as error:  # a peer may send anything, and the link must outlive it
                if not self._is_stopping:
                    self._listener.failed(error)
            self._has_tried.set()
            if not self._is_stopping:
                self._hurried.wait(self.retry_after)
        self._waker.close()

    def _connect_and_talk(self) -> None:
        self._waker.clear()
        self._hurried.clear()
        if self._is_stopping:
            raise Interrupted
        transport = connect(self._uri.host, self._uri.port, self._tls, timeout=CONNECT_WITHIN, waker=self._waker)
        try:
            self._transport = transport
            self._connection = Connection(self._uri, self._headers, self._longest)
            self._write_error = None
            watch = Watch(transport, self._waker)
            early = self._shake_hands(self._connection, watch)
            self._talk(self._connection, watch, early)
        finally:
            with self._lock:
                self._end()
            transport.close()

    def _shake_hands(self, connection: Connection, watch: Watch) -> list[Message]:
        """Returns the messages that came right behind the peer's answer: a neuron that it knows may be linked."""
        early: list[Message] = []
        self._hear = early.extend
        deadline = time.monotonic() + CONNECT_WITHIN
        with self._lock:
            self._write()
        while connection.is_connecting and time.monotonic() < deadline:
            self._turn(watch, deadline - time.monotonic())
            if self._is_stopping:
                raise Interrupted
            if connection.refusal is not None:
                raise connection.refusal
        if connection.is_connecting:
            raise TimeoutError("it accepts connections but does not answer as a WebSocket server")
        return early

    def _talk(self, connection: Connection, watch: Watch, early: list[Message]) -> None:
        with self._lock:
            if connection.is_open and self.greeting is not None:
                connection.send_text(self.greeting)
                self._write()
            self._phase = _Phase.OPENING
        self._listener.opened()
        with self._lock:
            self._phase = _Phase.OPEN
            self._flush()
        self._has_tried.set()
        self._hear = self._listener.received
        if early and not self._is_stopping:
            self._hear(early)
        error: Exception | None = None
        try:
            reason = self._read_until_closed(connection, watch)
        except Exception as broken:  # told to the listener, which says it
            reason, error = words(broken), broken
        with self._lock:
            self._end()
        self._listener.closed(reason, error)

    def _read_until_closed(self, connection: Connection, watch: Watch) -> str:
        """Serve an open connection; returns why it ended, or raises what broke it."""
        now = opened_at = time.monotonic()
        keepalive = Keepalive(now)
        pace = Pace(READS_A_SECOND, READS_AT_ONCE)
        is_steady = False
        while connection.is_open:
            if self._is_stopping:
                self._say_goodbye(connection, watch)
                return "disposed"
            wait = keepalive.wait(now) if is_steady else min(keepalive.wait(now), opened_at + STEADY_AFTER - now)
            heard = self._turn(watch, wait)
            now = time.monotonic()
            if heard:
                keepalive.heard(now)
                pace.take(now)
                if pace.ready_at > now:
                    time.sleep(pace.ready_at - now)
            if not is_steady and now >= opened_at + STEADY_AFTER:
                is_steady = True
                self._listener.steady()
            verdict = keepalive.verdict(now)
            if verdict is Verdict.GONE:
                raise TimeoutError(f"no answer for {ASK_AFTER + ANSWER_WITHIN:g} seconds")
            if verdict is Verdict.ASK:
                self._ping(connection)
        return connection.why_closed()

    def _ping(self, connection: Connection) -> None:
        with self._lock:
            if connection.is_open:
                connection.ping()
                self._flush()

    def _say_goodbye(self, connection: Connection, watch: Watch) -> None:
        """Send what waits, then the close frame, and read on until the peer has closed.

        Closing with data unread would make the system reset the connection and throw away what was sent last.
        """
        deadline = time.monotonic() + GOODBYE_WITHIN
        while (self._unsent or self._outbox) and time.monotonic() < deadline:
            self._turn(watch, deadline - time.monotonic())
        with self._lock:
            self._phase = _Phase.DOWN
            self._is_clear = False
            if connection.is_open:
                connection.close()
                self._write()
        while not connection.is_closed and time.monotonic() < deadline:
            self._turn(watch, deadline - time.monotonic())

    def _turn(self, watch: Watch, timeout: float) -> bool:
        """Wait for the socket or the waker, then write and read what can be; True when the peer sent something."""
        if self._write_error is not None:
            raise self._write_error
        events = watch.wait(max(0.0, timeout), for_room=bool(self._unsent))
        if events & WRITE:
            with self._lock:
                self._flush()
        return self._read() if events & READ else False

    def _read(self) -> bool:
        assert self._transport is not None
        assert self._connection is not None
        data = self._transport.read()
        if data is None:
            return False
        with self._lock:
            messages = self._connection.receive(data)
            if self._connection.calls_for_answer:
                self._flush()
        if messages and not self._is_stopping:
            self._hear(messages)
        return True

    # With the lock held.

    @property
    def _takes_values(self) -> bool:
        """Whether a value may be given to the protocol: not before the greeting, nor after a close came in."""
        return self._phase is _Phase.OPEN and self._connection is not None and self._connection.is_open

    def _flush(self) -> None:
        """Write what is half written, what the protocol has to say, and what waits, as far as the peer takes it."""
        assert self._lock.locked()
        assert self._connection is not None
        self._write()
        while not self._unsent and self._takes_values and (frame := self._outbox.pop()) is not None:
            self._give(self._connection.value(frame))
        self._is_clear = self._takes_values and not self._unsent and not self._outbox

    def _write(self) -> None:
        """Write what is half written and what the protocol has to say."""
        assert self._connection is not None
        if data := self._unsent + self._connection.to_send():
            self._give(data)

    def _give(self, data: bytes) -> None:
        """Give the socket what comes next; what it does not take waits for the thread."""
        assert self._transport is not None
        try:
            written = self._transport.write(data)
            if written < len(data) or self._unsent:
                self._keep(data[written:])
        except OSError as error:
            self._write_error = error
            self._end()
            self._waker.wake()

    def _keep(self, unsent: bytes) -> None:
        """Have the thread write the rest when the socket takes it. Raises OSError when too much piles up."""
        had_unsent, self._unsent = bool(self._unsent), unsent
        self._is_clear = False
        if len(unsent) > UNSENT_LIMIT:
            raise ConnectionError("the peer asks and does not read the answers")
        if unsent and not had_unsent:
            self._waker.wake()

    def _end(self) -> None:
        """Nothing more can be sent on this connection."""
        assert self._lock.locked()
        self._phase = _Phase.DOWN
        self._is_clear = False
        self._unsent = b""
        self._outbox.settle()
