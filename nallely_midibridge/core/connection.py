"""One WebSocket connection as bytes in and bytes out: no socket, no thread, no clock.

The protocol is websockets' Sans-I/O one; values, which are nearly all that passes, go around it (see ``frames``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import WebSocketURI

from nallely_midibridge.core.frames import LONGEST, Masker, Message, Splitter

END_OF_HEAD: Final = b"\r\n\r\n"
ACCEPTED: Final = b"HTTP/1.1 101 "
LONGEST_HEAD: Final = 1 << 16
"""Bytes of an answer to the handshake, after which it is no such answer."""


class Connection:
    """A client's side. Whoever calls a method sends `to_send` then; one thread at a time.

    A message of the server has at most ``longest`` bytes; None: as many as it likes.
    """

    def __init__(
        self, uri: WebSocketURI, headers: Sequence[tuple[str, str]] = (), longest: int | None = LONGEST
    ) -> None:
        self._protocol = ClientProtocol(uri, max_size=longest)
        self.value = Masker().binary
        """The bytes of a value on an open connection, which come after what is `to_send`."""
        self._splitter = Splitter(self._judged, longest)
        self._head: bytes | None = b""
        self._fragments: list[bytes] = []
        self._is_text = False
        self.calls_for_answer = False
        """Whether what came last was more than values: there may be something `to_send`, or no values any more."""
        request = self._protocol.connect()
        for key, value in headers:
            if key in request.headers:  # setting one adds one, and no request may have two hosts
                del request.headers[key]
            request.headers[key] = value
        self._protocol.send_request(request)

    @property
    def is_connecting(self) -> bool:
        return self._protocol.state is State.CONNECTING

    @property
    def is_open(self) -> bool:
        return self._protocol.state is State.OPEN

    @property
    def is_closed(self) -> bool:
        return self._protocol.state is State.CLOSED

    @property
    def refusal(self) -> Exception | None:
        """Why the handshake failed, if it did."""
        return self._protocol.handshake_exc

    # Out.

    def to_send(self) -> bytes:
        """What has to be sent by now."""
        return b"".join(self._protocol.data_to_send())

    def send_text(self, text: str) -> None:
        self._protocol.send_text(text.encode())

    def ping(self) -> None:
        self._protocol.send_ping(b"")

    def close(self) -> None:
        self._protocol.send_close(1000)

    # In.

    def receive(self, data: bytes) -> list[Message]:
        """The messages that have become whole. ``b""`` is the end of what comes."""
        self.calls_for_answer = False
        if not data:
            self._end()
        elif self._head is not None:
            data = self._receive_head(data)
        return self._splitter.feed(data)

    @property
    def close_code(self) -> int | None:
        """The code of the peer's close frame, once it came."""
        close = self._protocol.close_rcvd
        return None if close is None else close.code

    def why_closed(self) -> str:
        """What the peer said when it closed. Raises what broke the connection when it said nothing."""
        close = self._protocol.close_rcvd
        if close is not None:
            return f"the session closed it ({close.code}{f', {close.reason}' if close.reason else ''})"
        raise self._protocol.parser_exc or ConnectionError("the connection broke without a word")

    def _receive_head(self, data: bytes) -> bytes:
        """The answer to the handshake is websockets' to read; returns what comes behind one that accepts."""
        assert self._head is not None
        self.calls_for_answer = True
        self._head += data
        end = self._head.find(END_OF_HEAD) + len(END_OF_HEAD)
        if not self._head.startswith(ACCEPTED[: len(self._head)]) or len(self._head) > LONGEST_HEAD:
            self._protocol.receive_data(self._head)  # a refusal, with a body perhaps, or anything
            self._head = b""
            return b""
        if end < len(END_OF_HEAD):
            return b""
        head, rest = self._head[:end], self._head[end:]
        self._head = None
        self._protocol.receive_data(head)
        self._protocol.events_received()
        return rest

    def _end(self) -> None:
        self.calls_for_answer = True
        self._protocol.receive_data((self._head or b"") + self._splitter.take_rest())
        self._protocol.receive_eof()

    def _judged(self, frames: bytes) -> Iterator[Message]:
        """What websockets makes of frames that are not plain values."""
        self.calls_for_answer = True
        self._protocol.receive_data(frames)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                yield from self._assembled(event)

    def _assembled(self, frame: Frame) -> Iterator[Message]:
        """Join the fragments of a message; the first one says whether it is text."""
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        if frame.data:  # of empty ones there may be any number, whatever a message may have of bytes
            self._fragments.append(bytes(frame.data))
        self._splitter.in_fragments = not frame.fin
        if frame.fin:
            message = b"".join(self._fragments)
            self._fragments.clear()
            yield message.decode(errors="replace") if self._is_text else message
