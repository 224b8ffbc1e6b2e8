"""The wire format of protobuf: tags, varints and pieces of known length.

https://protobuf.dev/programming-guides/encoding/; the faults are told as the Go code
of the real API server tells them.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, PIECE, START, END, FIXED32 = range(6)
"""Wire types; START and END are those of groups."""
_LONGEST_VARINT, _LARGEST = 10, (1 << 64) - 1
_FIXED = {FIXED64: 8, FIXED32: 4}


class Unreadable(Exception):
    """These bytes are no such message; the text says why."""


class Wire:
    """One message, read from its beginning to its end. All here raises Unreadable."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._data)

    def tags(self, message: str) -> Iterator[tuple[int, int]]:
        """Each field's number and wire type; its value is to be taken before the next one.

        `message` is the name of the message's type.
        """
        while not self.ended:
            tag = self.varint()
            number, kind = signed(tag >> 3, 32), tag & 7
            if kind == END:
                raise Unreadable(f"proto: {message}: wiretype end group for non-group")
            if number <= 0:
                raise Unreadable(f"proto: {message}: illegal tag {number} (wire type {tag})")
            yield number, kind

    def varint(self) -> int:
        """An integer of 64 bits, without a sign."""
        found = 0
        piece = self._data[self._at : self._at + _LONGEST_VARINT]
        for place, byte in enumerate(piece):
            found |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                self._at += place + 1
                return found & _LARGEST
        if len(piece) < _LONGEST_VARINT:
            raise Unreadable("unexpected EOF")
        raise Unreadable("proto: integer overflow")

    def piece(self) -> memoryview:
        """Bytes that have their length before them."""
        return self._take(signed(self.varint(), 64))

    def skip(self, kind: int) -> None:
        """Pass over a value that nobody wants."""
        if kind == VARINT:
            self.varint()
        elif kind == PIECE:
            self.piece()
        elif kind in _FIXED:
            self._take(_FIXED[kind])
        else:
            # The real server passes over groups; Kubernetes has never had any.
            raise Unreadable(f"proto: illegal wireType {kind}")

    def _take(self, length: int) -> memoryview:
        if length < 0:
            raise Unreadable("proto: negative length found during unmarshaling")
        start, self._at = self._at, self._at + length
        if self._at > len(self._data):
            raise Unreadable("unexpected EOF")
        return self._data[start : self._at]


def signed(value: int, bits: int) -> int:
    """The lowest bits as an integer with a sign: what a conversion in Go gives."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
