"""SPDY/3.1 as far as kubectl speaks it: streams with headers, over one connection.

draft-mbelshe-httpbis-spdy-00, sections 2.2 to 2.6. Windows are left out, as its
one implementation in Go leaves them out. Pure: bytes in, frames out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from enum import IntEnum

from msgspec import Struct, field

_VERSION = 3
FIN = 1
_LARGEST = (1 << 24) - 1
# Section 2.6.10.1: what headers are compressed with: names, numbers and phrases.
_NAMES = """
    options head post put delete trace accept accept-charset accept-encoding accept-language
    accept-ranges age allow authorization cache-control connection content-base
    content-encoding content-language content-length content-location content-md5
    content-range content-type date etag expect expires from host if-match
    if-modified-since if-none-match if-range if-unmodified-since last-modified location
    max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after
    server te trailer transfer-encoding upgrade user-agent vary via warning
    www-authenticate method get status
"""
_MORE_WORDS = [
    "200 OK",
    "version",
    "HTTP/1.1",
    "url",
    "public",
    "set-cookie",
    "keep-alive",
    "origin",
]
_PHRASES = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
    "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 "
    "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
    "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age="
    "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _counted(text: str) -> bytes:
    return len(text).to_bytes(4, "big") + text.encode()


DICTIONARY = b"".join(map(_counted, [*_NAMES.split(), *_MORE_WORDS])) + _PHRASES.encode()


class Kind(IntEnum):
    """What a frame is; DATA is told apart by its first bit."""

    DATA = 0
    SYN_STREAM = 1
    SYN_REPLY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    HEADERS = 8
    WINDOW_UPDATE = 9


class Frame(Struct, frozen=True):
    """One frame; `stream` is 0 where it is about the connection, `payload` of data and pings."""

    kind: Kind
    stream: int = 0
    final: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = b""


class Connection:
    """Takes bytes as they come and gives frames; makes the bytes of frames to send."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now. Raises ValueError for what is no SPDY."""
        self._buffer += data
        while len(self._buffer) >= 8:
            head = bytes(self._buffer[:8])
            end = 8 + int.from_bytes(head[5:], "big")
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[8:end])
            del self._buffer[:end]
            yield self._frame(head, body)

    def reply(self, stream: int) -> bytes:
        """A stream is accepted."""
        block = self._deflate.compress(bytes(4)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(Kind.SYN_REPLY, stream.to_bytes(4, "big") + block)

    def data(self, stream: int, payload: bytes, *, final: bool = False) -> bytes:
        """Bytes of a stream, at most 16 MiB."""
        flags = FIN if final else 0
        return stream.to_bytes(4, "big") + _sized(flags, payload)

    def pong(self, ping: Frame) -> bytes:
        """The answer to a ping."""
        return _control(Kind.PING, ping.payload)

    def _frame(self, head: bytes, body: bytes) -> Frame:
        final = bool(head[4] & FIN)
        if not head[0] & 0x80:
            return Frame(Kind.DATA, int.from_bytes(head[:4], "big"), final, payload=body)
        kind = Kind(int.from_bytes(head[2:4], "big"))
        stream = int.from_bytes(body[:4], "big") & 0x7FFFFFFF
        if kind is Kind.SYN_STREAM:
            return Frame(kind, stream, final, self._headers(body[10:]))
        if kind in (Kind.SYN_REPLY, Kind.HEADERS):
            return Frame(kind, stream, final, self._headers(body[4:]))
        if kind is Kind.PING:
            return Frame(kind, payload=body)
        return Frame(kind, stream, final)

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            plain = self._inflate.decompress(block)
        except zlib.error as error:
            raise ValueError(f"headers cannot be read: {error}") from error
        texts, at = [], 4
        for _ in range(2 * int.from_bytes(plain[:4], "big")):
            length = int.from_bytes(plain[at : at + 4], "big")
            texts.append(plain[at + 4 : at + 4 + length].decode("latin-1"))
            at += 4 + length
        return dict(zip((name.lower() for name in texts[::2]), texts[1::2], strict=True))


def _control(kind: Kind, body: bytes) -> bytes:
    return (0x8000 | _VERSION).to_bytes(2, "big") + kind.to_bytes(2, "big") + _sized(0, body)


def _sized(flags: int, body: bytes) -> bytes:
    if len(body) > _LARGEST:
        raise ValueError("a frame is too long")
    return bytes([flags]) + len(body).to_bytes(3, "big") + body
