"""Laws of `Connection` and its frames: what is done by hand means what websockets means."""

import struct
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Side
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from nallely_midibridge.core.connection import Connection, Message
from nallely_midibridge.core.frames import SHORT, Masker

URI = parse_uri("ws://localhost:6789/keys/autoconfig")
ACCEPTABLE = b"HTTP/1.1 101 Switching Protocols\r\n"


def shaken() -> tuple[Connection, ServerProtocol, bytes]:
    """A connection that has asked, the server it asked, and the server's answer."""
    connection, server = Connection(URI), ServerProtocol()
    server.receive_data(connection.to_send())
    (request,) = server.events_received()
    server.send_response(server.accept(request))  # type: ignore[arg-type]
    return connection, server, b"".join(server.data_to_send())


def cut(data: bytes, sizes: Sequence[int]) -> Iterable[bytes]:
    """``data`` in pieces of these sizes, over and over."""
    start, turn = 0, 0
    while start < len(data):
        size = sizes[turn % len(sizes)]
        yield data[start : start + size]
        start, turn = start + size, turn + 1


VERY_LONG = 70_000
"""Bytes of a payload whose length takes eight bytes to say."""

messages = st.lists(
    st.one_of(
        st.binary(max_size=SHORT),
        st.binary(min_size=SHORT + 1, max_size=400),
        st.text(max_size=50),
        st.lists(st.binary(max_size=20), min_size=2, max_size=4),
        st.none(),
        st.just(VERY_LONG),
    ),
    max_size=12,
)
pieces = st.lists(st.integers(1, 300), min_size=1, max_size=8)


@given(messages, pieces)
def test_every_message_comes_whole_however_it_is_cut(
    sent: list[bytes | str | list[bytes] | int | None], sizes: list[int]
) -> None:
    """Texts, short and long values, values in fragments with a ping between, from the very end of the handshake."""
    connection, server, wire = shaken()
    expected: list[Message] = []
    for message in sent:
        match message:
            case None:
                server.send_ping(b"there?")
            case str():
                server.send_text(message.encode())
                expected.append(message)
            case int():
                server.send_binary(b"x" * message)
                expected.append(b"x" * message)
            case bytes():
                server.send_binary(message)
                expected.append(message)
            case [first, *others]:
                server.send_binary(first, fin=False)
                for other in others[:-1]:
                    server.send_ping(b"")
                    server.send_continuation(other, fin=False)
                server.send_continuation(others[-1], fin=True)
                expected.append(b"".join(message))
    wire += b"".join(server.data_to_send())
    received = [got for piece in cut(wire, sizes) for got in connection.receive(piece)]
    assert received == expected
    assert connection.is_open
    server.receive_data(connection.to_send())
    pongs = [event for event in server.events_received() if isinstance(event, Frame)]
    assert {pong.opcode for pong in pongs} <= {Opcode.PONG}


@given(st.binary(max_size=200), pieces)
def test_any_bytes_after_the_handshake_raise_nothing(garbage: bytes, sizes: list[int]) -> None:
    connection, _, wire = shaken()
    for piece in cut(wire + garbage, sizes):
        connection.receive(piece)
    connection.receive(b"")
    assert not connection.is_open


@given(st.binary(max_size=200), pieces)
def test_any_answer_to_the_handshake_raises_nothing(garbage: bytes, sizes: list[int]) -> None:
    for start in (b"", ACCEPTABLE, b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\n"):
        connection = Connection(URI)
        for piece in cut(start + garbage, sizes):
            connection.receive(piece)
        connection.receive(b"")
        assert connection.refusal is not None
        assert not connection.is_open


def test_a_refusal_is_known_as_soon_as_it_is_whole() -> None:
    connection = Connection(URI)
    for piece in (b"HTTP/1.1 503 Service Una", b"vailable\r\nContent-Length: 3\r\n\r\nno", b"!"):
        assert connection.refusal is None
        connection.receive(piece)
    assert "503" in str(connection.refusal)


def test_a_header_takes_the_place_of_the_one_of_its_name() -> None:
    request = Connection(URI, [("host", "studio.lan"), ("X-Room", "b")]).to_send().decode()
    lines = request.lower().split("\r\n")
    assert [line for line in lines if line.startswith("host:")] == ["host: studio.lan"]
    assert "x-room: b" in lines


def test_a_value_in_the_middle_of_a_fragmented_message_is_an_error() -> None:
    connection, _, wire = shaken()
    connection.receive(wire)
    fragment = Frame(Opcode.BINARY, b"begin", fin=False).serialize(mask=False)
    value = Frame(Opcode.BINARY, b"\x03mon12345678").serialize(mask=False)
    assert connection.receive(fragment + value) == []
    assert not connection.is_open


def test_of_fragments_of_nothing_nothing_is_kept() -> None:
    """Law: a message is bounded whatever it is cut into."""
    connection, _, wire = shaken()
    connection.receive(wire + Frame(Opcode.BINARY, b"be", fin=False).serialize(mask=False))
    for _ in range(1000):
        assert connection.receive(Frame(Opcode.CONT, b"", fin=False).serialize(mask=False)) == []
    assert len(connection._fragments) == 1
    assert connection.receive(Frame(Opcode.CONT, b"gin").serialize(mask=False)) == [b"begin"]


def test_a_frame_that_says_it_is_endless_is_refused_and_not_waited_for() -> None:
    connection, _, wire = shaken()
    connection.receive(wire)
    connection.receive(b"\x82\x7f" + (1 << 40).to_bytes(8, "big"))
    assert not connection.is_open


@given(st.lists(st.binary(max_size=3 * SHORT)))
def test_a_frame_made_by_hand_says_what_websockets_reads(payloads: list[bytes]) -> None:
    server = ServerProtocol(state=OPEN)
    assert server.side is Side.SERVER
    server.receive_data(b"".join(map(Masker().binary, payloads)))
    assert [bytes(frame.data) for frame in server.events_received()] == payloads  # type: ignore[union-attr]
    assert server.parser_exc is None


def test_a_payload_that_no_value_has_is_refused() -> None:
    assert len(Masker().binary(bytes(0xFFFF))) == 8 + 0xFFFF
    with pytest.raises(struct.error):
        Masker().binary(bytes(0x10000))
