"""WebSocket frames, both ways: RFC 6455, section 5, as far as port-forwarding needs it.

Pure: bytes in, messages out. The handshake is HTTP and somebody else's.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

LARGEST = 16 * 1024 * 1024
"""Bytes of a message; the API server sends some tens of thousands."""
_ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Message(NamedTuple):
    """A whole message, or a control frame."""

    opcode: Opcode
    payload: bytes


def offer(protocol: str) -> dict[str, str]:
    """The headers of a client's handshake."""
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": protocol,
    }


def is_taken(offered: Mapping[str, str], answered: Mapping[str, str]) -> bool:
    """Whether headers of an answer take what was offered."""
    accept, protocol = "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"
    return (
        answered.get(accept) == accept_of(offered["Sec-WebSocket-Key"])
        and answered.get(protocol) == offered[protocol]
    )


def accept_of(key: str) -> str:
    """The Sec-WebSocket-Accept that answers a key."""
    return base64.b64encode(hashlib.sha1((key + _ACCEPT).encode()).digest()).decode()  # noqa: S324


def frame(opcode: Opcode, payload: bytes, *, masked: bool) -> bytes:
    """One frame that is a whole message; a client's are masked, a server's are not."""
    length = len(payload)
    flag = 0x80 if masked else 0
    head = bytes([0x80 | opcode])
    if length < 126:
        head += bytes([flag | length])
    elif length < 1 << 16:
        head += bytes([flag | 126]) + length.to_bytes(2, "big")
    else:
        head += bytes([flag | 127]) + length.to_bytes(8, "big")
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + _mixed(payload, mask)


class Messages:
    """Takes bytes as they come, and gives the messages in them."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._begun: tuple[Opcode, bytearray] | None = None

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole now. Raises ValueError for what is no WebSocket."""
        self._buffer += data
        while taken := self._take():
            final, opcode, payload = taken
            if opcode >= Opcode.CLOSE:
                yield Message(opcode, payload)
                continue
            if opcode is not Opcode.CONTINUATION:
                self._begun = opcode, bytearray()
            if self._begun is None:
                raise ValueError("a message goes on that has not begun")
            whole = self._begun[1]
            whole += payload
            if len(whole) > LARGEST:
                raise ValueError("a message is too long")
            if final:
                yield Message(self._begun[0], bytes(whole))
                self._begun = None

    def _take(self) -> tuple[bool, Opcode, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        short, at = buffer[1] & 0x7F, 2
        width = {126: 2, 127: 8}.get(short, 0)
        length = int.from_bytes(buffer[at : at + width], "big") if width else short
        at += width
        if len(buffer) >= at and length > LARGEST:
            raise ValueError("a frame is too long")
        mask = bytes(buffer[at : at + 4]) if buffer[1] & 0x80 else b""
        at += 4 if buffer[1] & 0x80 else 0
        if len(buffer) < at + length:
            return None
        final, opcode = bool(buffer[0] & 0x80), Opcode(buffer[0] & 0x0F)
        payload = bytes(buffer[at : at + length])
        del buffer[: at + length]
        return final, opcode, _mixed(payload, mask) if mask else payload


def _mixed(payload: bytes, mask: bytes) -> bytes:
    """Masked, or unmasked: in one operation on big numbers, for a loop would take seconds."""
    length = len(payload)
    whole = (mask * (length // 4 + 1))[:length]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return mixed.to_bytes(length, "big")
