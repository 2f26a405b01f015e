"""One client of the control socket: the lines it sends and the answers it takes, one at a time.

Bounded whatever the client does: nothing more is read from it while it is owed an answer, a line has a length and
a time, and an answer that is not taken in time ends it.
"""

from typing import Final

from nallely_midibridge.core.feed import Stream
from nallely_midibridge.values.control import LINE_LIMIT, RequestError

LINE_WITHIN: Final = 5.0
"""Seconds from the first byte of a line to its newline."""
TAKE_WITHIN: Final = 5.0
"""Seconds in which an answer has to be taken."""


class Conversation:
    """What passes between us and one client. ``since`` is when what it does now began: at first, being silent."""

    def __init__(self, now: float) -> None:
        self.since = now
        self._heard = b""
        self._unsent = memoryview(b"")
        self._owes = False
        self._has_ended = False
        self.stream: Stream | None = None
        """What the client is told without asking again, once it watches."""

    @property
    def listens(self) -> bool:
        """Whether more is wanted of the client; of one that watches, only to learn that it is gone."""
        if self.stream is not None:
            return not self._has_ended
        return not (self._has_ended or self._owes or self._unsent or b"\n" in self._heard)

    @property
    def unsent(self) -> memoryview:
        """What the client has still to take."""
        return self._unsent

    @property
    def owes(self) -> bool:
        """Whether the client waits for an answer that is not there yet."""
        return self._owes

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to do for the client."""
        if self.stream is not None and self._has_ended:
            return True
        return self._has_ended and not (self._owes or self._unsent or b"\n" in self._heard)

    @property
    def deadline(self) -> float | None:
        """When the patience with the client ends, if it has anything to do."""
        if self.stream is not None:
            return None  # it may be as slow as it likes: it loses the oldest lines
        if self._unsent:
            return self.since + TAKE_WITHIN
        return self.since + LINE_WITHIN if self._heard and not self._owes else None

    @property
    def failing(self) -> str:
        """What a client does that lets its deadline pass."""
        return "a client that does not read" if self._unsent else "half a line"

    def hear(self, data: bytes, now: float) -> None:
        """The client sent this; nothing: it has ended its side. It may still wait for an answer."""
        if not self._heard:
            self.since = now
        self._heard += data
        self._has_ended = not data

    def next_line(self) -> bytes | None:
        """The next line if there is one; the client is owed an answer then. Raises RequestError for half a one."""
        if self._owes or self._unsent:
            return None
        line, newline, rest = self._heard.partition(b"\n")
        if len(line) >= LINE_LIMIT:
            raise self._wrong("an endless line", f"a request has at most {LINE_LIMIT} bytes, its newline included")
        if newline:
            self._heard, self._owes = rest, True
            return line
        if self._has_ended and line:
            raise self._wrong("half a line", "a request ends with a newline")
        return None

    def answer(self, line: bytes, now: float) -> None:
        """The answer is there."""
        self._unsent, self._owes, self.since = memoryview(line), False, now

    def took(self, count: int, now: float) -> None:
        """The client took so many bytes of what is unsent."""
        self._unsent = self._unsent[count:]
        if not self._unsent:
            self.since = now

    def watch(self, stream: Stream) -> None:
        """From now on the client is told what happens, and asks for nothing."""
        self.stream = stream
        self._heard = b""

    def refill(self) -> None:
        """Take the next of what happened, when the client has taken what came before."""
        if self.stream is not None and not (self._unsent or self._owes):
            self._unsent = memoryview(self.stream.batch())

    def end(self) -> None:
        """Nothing more is wanted of the client, but it may have its last answer."""
        self._heard, self._has_ended = b"", True

    def _wrong(self, kind: str, text: str) -> RequestError:
        self._owes = True
        return RequestError(kind, text)
