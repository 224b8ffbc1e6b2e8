"""SPDY frames as kubectl sends them: tests/scenarios/test_vantage.py has kubectl itself."""

from __future__ import annotations

import zlib

import pytest

from kubectl_ingress.lab import spdy
from kubectl_ingress.lab.spdy import Connection, Frame, Kind


def test_the_dictionary_is_the_one_of_the_draft() -> None:
    # What a zlib stream names it by.
    assert (len(spdy.DICTIONARY), zlib.adler32(spdy.DICTIONARY)) == (1423, 0xE3C6A7C2)


def syn_stream(stream: int, headers: dict[str, str], deflate: zlib._Compress) -> bytes:
    pairs = [text.encode() for pair in headers.items() for text in pair]
    block = len(headers).to_bytes(4, "big")
    block += b"".join(len(text).to_bytes(4, "big") + text for text in pairs)
    packed = deflate.compress(block) + deflate.flush(zlib.Z_SYNC_FLUSH)
    body = stream.to_bytes(4, "big") + bytes(6) + packed
    return b"\x80\x03\x00\x01\x00" + len(body).to_bytes(3, "big") + body


def test_streams_share_one_compression() -> None:
    deflate = zlib.compressobj(zdict=spdy.DICTIONARY)
    headers = {"Streamtype": "data", "Port": "80", "Requestid": "0"}
    wire = syn_stream(1, headers, deflate) + syn_stream(3, headers | {"Port": "81"}, deflate)
    connection = Connection()
    frames = [one for byte in wire for one in connection.feed(bytes([byte]))]
    assert [(one.kind, one.stream, one.headers["port"]) for one in frames] == [
        (Kind.SYN_STREAM, 1, "80"),
        (Kind.SYN_STREAM, 3, "81"),
    ]


def test_data_replies_and_pings() -> None:
    here, there = Connection(), Connection()
    ping = b"\x80\x03\x00\x06\x00\x00\x00\x04\x00\x00\x00\x07"
    sent = here.reply(1) + here.data(1, b"abc") + here.data(1, b"", final=True) + ping
    assert list(there.feed(sent)) == [
        Frame(Kind.SYN_REPLY, 1),
        Frame(Kind.DATA, 1, payload=b"abc"),
        Frame(Kind.DATA, 1, final=True),
        Frame(Kind.PING, payload=b"\x00\x00\x00\x07"),
    ]
    assert here.pong(Frame(Kind.PING, payload=b"\x00\x00\x00\x07")) == ping


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x03\x00\x63\x00\x00\x00\x00",
        b"\x80\x03\x00\x01\x00\x00\x00\x0e" + bytes(10) + b"junk",
    ],
)
def test_what_is_no_spdy(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"99 is not a valid|headers cannot be read"):
        list(Connection().feed(data))
