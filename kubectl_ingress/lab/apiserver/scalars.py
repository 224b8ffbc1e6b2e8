"""The values that the API writes as strings: quantities, times, bytes. Read as Go reads them.

Every reader returns the value as the API server writes it back, or raises
Unreadable with the server's words. Kubernetes' own: apimachinery's
pkg/api/resource/quantity.go; Go's: time.Parse and encoding/base64.
"""

from __future__ import annotations

import base64
import math
import re
import string
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

from msgspec import Struct

from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.times import written, written_precisely

_QUANTITY = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[+-]?\d*)")
_NO_QUANTITY = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = dict(zip(("n", "u", "m", "", *"kMGTPE"), range(-9, 19, 3), strict=True))
_NANO = 10**9
_ALPHABET = frozenset(f"{string.ascii_letters}{string.digits}+/".encode())

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_MICRO = "2006-01-02T15:04:05.000000Z07:00"
_ELEMENTS = (
    ("2006", r"\d{4}"),
    ("-", "-"),
    ("01", r"\d\d"),
    ("-", "-"),
    ("02", r"\d\d"),
    ("T", "T"),
    ("15", r"\d\d?"),
    (":", ":"),
    ("04", r"\d\d"),
    (":", ":"),
    ("05", r"\d\d(?:[.,]\d+)?"),
    ("Z07:00", r"Z|[+-]\d\d:\d\d"),
)
_LIMITS = {"01": ("month", 1, 12), "15": ("hour", 0, 23), "04": ("minute", 0, 59)}


class Unreadable(Exception):
    """The text is no such value; the message is Go's."""


def quantity(text: str) -> str:
    """``1024Mi`` -> ``1Gi``, ``0.5`` -> ``500m``; what is in that form already stays as it is."""
    read = _Quantity.read(text)
    return text.strip() if read.is_canonical() else read.written(1)


def in_thousandths(text: str) -> str:
    """A quantity as `quantity` writes it, rounded up to thousandths: ``100u`` -> ``1m``."""
    read = _Quantity.read(text)
    return read.written(_NANO // 1000) if read.base == 10 and read.scale < -3 else text


def amount(text: str) -> Fraction:
    """The number that a quantity stands for."""
    read = _Quantity.read(text)
    return -read.size if read.minus else read.size


class _Quantity(Struct, frozen=True):
    """``-1.5Gi``: minus, its digits before and after the point, what they are multiplied by."""

    minus: str
    whole: str
    part: str
    suffix: str
    base: int
    exponent: int

    @classmethod
    def read(cls, text: str) -> _Quantity:
        found = _QUANTITY.fullmatch(text.strip())
        if not text.strip() or found is None:
            raise Unreadable(_NO_QUANTITY)
        minus = "-" if found[1] == "-" else ""
        return cls(minus, found[2].lstrip("0") or "0", found[3] or "", found[4], *_scale(found[4]))

    @property
    def size(self) -> Fraction:
        digits = Fraction(int(self.whole + self.part), 10 ** len(self.part))
        return digits * Fraction(self.base) ** self.exponent

    @property
    def scale(self) -> int:
        """The power of ten of the last digit, for base 10."""
        return self.exponent - len(self.part)

    def is_canonical(self) -> bool:
        digits = self.whole + self.part
        if self.base == 2:
            few = len(self.whole) <= 14 - self.exponent * 3 // 10
            return few and not self.part and int(digits) % 8 != 0
        few = len(digits) <= 18 and self.scale >= -9
        return few and self.scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"

    def written(self, step: int) -> str:
        """In canonical form, in steps of so many billionths."""
        # Small amounts are rounded up: who asks for some resources shall get some.
        nanos = math.ceil(self.size * _NANO / step) * step
        if nanos == 0:
            return "0"
        if self.base == 2 and nanos >= 1024 * _NANO and nanos % _NANO == 0:
            return self.minus + _binary(nanos // _NANO)
        as_exponent = self.base == 10 and self.suffix not in _DECIMAL
        return self.minus + _decimal(nanos, as_exponent=as_exponent)


def _scale(suffix: str) -> tuple[int, int]:
    if suffix in _DECIMAL:
        return 10, _DECIMAL[suffix]
    if suffix in _BINARY:
        return 2, _BINARY[suffix]
    if re.fullmatch(r"[eE][+-]?\d+", suffix):
        return 10, int(suffix[1:])
    raise Unreadable("unable to parse quantity's suffix")


def _binary(amount: int) -> str:
    power = 0
    while amount % 1024 == 0 and power < len(_BINARY):
        amount, power = amount // 1024, power + 1
    return f"{amount}{['', *_BINARY][power]}"


def _decimal(nanos: int, *, as_exponent: bool) -> str:
    digits, exponent = nanos, -9
    while digits % 10 == 0:
        digits, exponent = digits // 10, exponent + 1
    while exponent % 3:
        digits, exponent = digits * 10, exponent - 1
    if as_exponent:
        return f"{digits}e{exponent}" if exponent else f"{digits}"
    names = {power: name for name, power in _DECIMAL.items()}
    return f"{digits}{names.get(exponent, '')}"


def time(text: str, *, micro: bool = False) -> str:
    """A time with any zone -> that time in UTC, in whole seconds or in microseconds."""
    rest = text
    read: list[str] = []
    for name, form in _elements(micro):
        found = re.match(form, rest, re.ASCII)
        if found is None:
            layout = RFC3339_MICRO if micro else RFC3339
            raise Unreadable(
                f"parsing time {quoted(text)} as {quoted(layout)}: "
                f"cannot parse {quoted(rest)} as {quoted(name)}"
            )
        _check_limits(text, name, found[0])
        read.append(found[0])
        rest = rest[found.end() :]
    if rest:
        raise Unreadable(f"parsing time {quoted(text)}: extra text: {quoted(rest)}")
    return _in_utc(text, read, micro)


def _elements(micro: bool) -> tuple[tuple[str, str], ...]:
    if not micro:
        return _ELEMENTS
    return (*_ELEMENTS[:-2], ("05", r"\d\d"), (".000000", r"[.,]\d{6}"), _ELEMENTS[-1])


def _check_limits(text: str, name: str, value: str) -> None:
    what, least, most = _LIMITS.get(name, ("second", 0, 59) if name == "05" else ("", 0, 0))
    if what and not least <= int(value[:2]) <= most:
        raise Unreadable(f"parsing time {quoted(text)}: {what} out of range")


def _in_utc(text: str, read: list[str], micro: bool) -> str:
    year, month, day, hour, minute = (int(read[place]) for place in (0, 2, 4, 6, 8))
    seconds = "".join(read[10:-1]).replace(",", ".")
    whole, _, part = seconds.partition(".")
    zone = read[-1]
    ahead = timedelta(0)
    if zone != "Z":
        ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:])) * (
            -1 if zone[0] == "-" else 1
        )
    try:
        local = datetime(
            year, month, day, hour, minute, int(whole), int(f"{part:0<6}"[:6]), timezone(ahead)
        )
        found = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"parsing time {quoted(text)}: day out of range") from None
    return written_precisely(found) if micro else written(found)


def encoded(text: str) -> str:
    """Base64 -> the same as Go writes it, without line breaks."""
    place = _first_fault(text.encode())
    if place is not None:
        raise Unreadable(f"illegal base64 data at input byte {place}")
    return base64.b64encode(base64.b64decode(text)).decode()


def _first_fault(data: bytes) -> int | None:
    """The byte at which Go's decoder gives up."""
    held = 0
    for place, byte in enumerate(data):
        if byte == ord("="):
            return _fault_of_padding(data, place, held)
        if byte in _ALPHABET:
            held = (held + 1) % 4
        elif byte not in b"\r\n":
            return place
    return len(data) - held if held else None


def _fault_of_padding(data: bytes, place: int, held: int) -> int | None:
    if held < 2:
        return place
    rest = data[place + 1 :].lstrip(b"\r\n")
    if held == 2:
        if not rest:
            return len(data)
        if not rest.startswith(b"="):
            return len(data) - len(rest) - 1
        rest = rest[1:].lstrip(b"\r\n")
    return len(data) - len(rest) if rest else None
