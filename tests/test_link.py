"""Laws of `Link` that only a socket of its own shows."""

import socket
import time
from base64 import b64encode
from hashlib import sha1

import pytest

from nallely_midibridge.edges.link import READS_A_SECOND, READS_AT_ONCE, Link, Listener, Message
from nallely_midibridge.edges.transport import Transport
from tests.waiting import wait_for

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server adds to a client's key (RFC 6455, section 1.3)."""


def shake_hands(client: socket.socket, behind: bytes = b"", accept: bytes | None = None) -> None:
    """Answer as a server, with what comes ``behind`` the answer in the same segment."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += client.recv(4096)
    key = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    accept = accept or b64encode(sha1(key + GUID).digest())
    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    client.sendall(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + behind)


def test_a_flood_is_read_in_portions_and_nothing_of_it_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: however long it lasts, it is read no more often than so many times a second."""
    reads: list[float] = []
    messages: list[Message] = []
    read = Transport.read

    def counted(transport: Transport) -> bytes | None:
        reads.append(time.monotonic())
        return read(transport)

    monkeypatch.setattr(Transport, "read", counted)
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(lambda: None, lambda: None, messages.extend, lambda reason, error: None, lambda error: None)
        link = Link(f"ws://127.0.0.1:{server.getsockname()[1]}", None, listener, name="flood")
        link.start()
        client, _ = server.accept()
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            shake_hands(client)
            sent = [bytes((number >> 8, number & 0xFF)) for number in range(2000)]
            for payload in sent:
                client.sendall(b"\x82\x02" + payload)
                time.sleep(0.0001)
            assert wait_for(lambda: len(messages) == len(sent))
            link.close()
    assert messages == sent
    of_the_answer = 3  # the handshake's two pieces, and the first turn after it
    assert len(reads) <= of_the_answer + (READS_AT_ONCE + reads[-1] - reads[0]) * READS_A_SECOND + 1


@pytest.mark.parametrize("accept", [None, b"not the answer"])
def test_what_comes_with_the_answer_to_the_handshake_is_told_after_opened_or_never(accept: bytes | None) -> None:
    """Law: nobody is told of messages on a connection that is not open, to their knowledge."""
    told: list[object] = []
    listener = Listener(
        lambda: told.append("opened"),
        lambda: None,
        told.extend,
        lambda reason, error: None,
        lambda error: told.append("failed"),
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = Link(f"ws://127.0.0.1:{server.getsockname()[1]}", None, listener, name="early")
        link.start()
        client, _ = server.accept()
        with client:
            shake_hands(client, b"\x82\x02hi\x82\x02ho", accept)
            assert wait_for(lambda: len(told) == (1 if accept else 3))
            link.close()
    assert told == (["failed"] if accept else ["opened", b"hi", b"ho"])
