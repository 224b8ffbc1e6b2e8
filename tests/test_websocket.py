"""WebSocket frames, as RFC 6455 has them."""

from __future__ import annotations

import pytest

from kubectl_ingress.websocket import (
    LARGEST,
    Message,
    Messages,
    Opcode,
    accept_of,
    frame,
    is_taken,
    offer,
)

SIZES = [0, 1, 125, 126, 127, 65535, 65536, 300_000]


def test_the_handshake_of_the_rfc() -> None:
    assert accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    offered = offer("v4.channel.k8s.io")
    answered = {
        "Sec-WebSocket-Accept": accept_of(offered["Sec-WebSocket-Key"]),
        "Sec-WebSocket-Protocol": "v4.channel.k8s.io",
    }
    assert is_taken(offered, answered)
    assert not is_taken(offered, answered | {"Sec-WebSocket-Protocol": "other"})
    assert not is_taken(offered, answered | {"Sec-WebSocket-Accept": "other"})
    assert offer("x")["Sec-WebSocket-Key"] != offered["Sec-WebSocket-Key"]


def test_the_examples_of_the_rfc() -> None:
    # Section 5.7: a masked and an unmasked text, one in two pieces, a ping.
    masked = bytes.fromhex("818537fa213d7f9f4d5158")
    plain = bytes.fromhex("810548656c6c6f")
    pieces = bytes.fromhex("010348656c80026c6f")
    ping = bytes.fromhex("890548656c6c6f")
    hello = Message(Opcode.TEXT, b"Hello")
    got = list(Messages().feed(masked + plain + pieces + ping))
    assert got == [hello, hello, hello, Message(Opcode.PING, b"Hello")]
    assert frame(Opcode.TEXT, b"Hello", masked=False) == plain


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("masked", [True, False])
def test_what_is_sent_comes_back(size: int, masked: bool) -> None:
    payload = bytes(n % 251 for n in range(size))
    sent = frame(Opcode.BINARY, payload, masked=masked)
    assert size < 8 or (payload in sent) is not masked
    assert list(Messages().feed(sent)) == [Message(Opcode.BINARY, payload)]


def test_byte_by_byte_with_a_ping_in_the_middle_of_a_message() -> None:
    begin = frame(Opcode.BINARY, b"ab", masked=True)
    begin = bytes([begin[0] & 0x7F]) + begin[1:]
    whole = (
        begin + frame(Opcode.PING, b"", masked=True) + frame(Opcode.CONTINUATION, b"c", masked=True)
    )
    messages = Messages()
    got = [one for byte in whole for one in messages.feed(bytes([byte]))]
    assert got == [Message(Opcode.PING, b""), Message(Opcode.BINARY, b"abc")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x82\x7f" + (LARGEST + 1).to_bytes(8, "big"), "too long"),
        (b"\x80\x00", "has not begun"),
        (b"\x83\x00", "3 is not a valid"),
    ],
)
def test_what_is_no_websocket(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(Messages().feed(data))


def test_a_message_in_pieces_is_limited_as_a_whole() -> None:
    piece = frame(Opcode.CONTINUATION, bytes(LARGEST // 2), masked=False)
    piece = bytes([piece[0] & 0x7F]) + piece[1:]
    first = bytes([0x02]) + piece[1:]
    messages = Messages()
    list(messages.feed(first + piece))
    with pytest.raises(ValueError, match="too long"):
        list(messages.feed(piece))
