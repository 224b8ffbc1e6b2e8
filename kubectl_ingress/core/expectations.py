"""What a route test expects of the answers themselves, which files alone cannot tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.spec_fields import TOKEN, Part

ANSWER = ("body", "json", "headers", "pods", "tls", "latency")
"""The fields of `expect` that only an answer decides."""

_BODY = ("equals", "contains", "matches")
_HEADER = (*_BODY, "absent")
_TLS = ("issuer", "san", "daysLeft", "version")
# How many answers are needed so that one of them lies beyond the percentile.
_PERCENTILES = {"p50": 2, "p95": 20, "p99": 100}
_VERSIONS = ("1.0", "1.1", "1.2", "1.3")


class Query(Protocol):
    """A JSONPath (RFC 9535) that was read."""

    @property
    def singular(self) -> bool:
        """Whether it leads to one value at most."""

    def values(self, document: object) -> list[object]:
        """What it leads to."""


ReadQuery = Callable[[str], Query]
"""Reads a JSONPath. Raises ValueError with what is wrong."""


class TextExpected(Struct, frozen=True):
    """What a text must be. `contains` must all occur; `matches` is a PCRE, a character a byte."""

    equals: str | None = None
    contains: tuple[str, ...] = ()
    matches: str = ""
    absent: bool = False


class JsonExpected(Struct, frozen=True):
    """The value that a JSONPath leads to; of a path to many values, all of them as a list."""

    path: str
    query: Query
    value: object


class TlsExpected(Struct, frozen=True):
    """Of the certificate and the connection; `issuer` occurs in the name of the issuer.

    `days_left` is the least, `version` as in ``1.3``, "" for any.
    """

    issuer: str = ""
    names: tuple[str, ...] = ()
    days_left: float | None = None
    version: str = ""


class AnswerExpected(Struct, frozen=True):
    """What a test names of the answers; empty is not compared.

    `pods` are names, a ``*`` in them for any characters. `latency` has per cent
    and the most milliseconds.
    """

    body: TextExpected | None = None
    json: tuple[JsonExpected, ...] = ()
    headers: tuple[tuple[str, TextExpected], ...] = ()
    pods: tuple[str, ...] = ()
    tls: TlsExpected | None = None
    latency: tuple[tuple[int, float], ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The fields that are there, in the order of ANSWER."""
        return tuple(name for name in ANSWER if getattr(self, name) not in (None, ()))


NOTHING = AnswerExpected()


def parse_answer_expected(fields: dict[str, Part], read: ReadQuery, count: int) -> AnswerExpected:
    """Those of the fields of `expect` that are in ANSWER; `count` is how often it is sent."""
    return AnswerExpected(
        _text(fields["body"], _BODY, "contains") if "body" in fields else None,
        _json(fields["json"], read) if "json" in fields else (),
        _headers(fields["headers"]) if "headers" in fields else (),
        tuple(one.text() for one in fields["pods"].one_or_more()) if "pods" in fields else (),
        _tls(fields["tls"]) if "tls" in fields else None,
        _latency(fields["latency"], count) if "latency" in fields else (),
    )


def _text(part: Part, known: tuple[str, ...], plain: str) -> TextExpected:
    """A mapping, or a plain text for the field `plain` of it."""
    if not isinstance(part.value, dict):
        value = part.text()
        return TextExpected(value) if plain == "equals" else TextExpected(contains=(value,))
    fields = part.fields(known)
    if not fields:
        raise part.error(f"{part.name} names nothing", f"write {{{plain}: TEXT}}")
    absent = fields["absent"].flag() if "absent" in fields else False
    if absent and len(fields) > 1:
        raise part.error(f"{part.name} cannot be absent and something too", "write one of them")
    return TextExpected(
        fields["equals"].text() if "equals" in fields else None,
        tuple(one.text() for one in fields["contains"].one_or_more())
        if "contains" in fields
        else (),
        _pattern(fields["matches"]) if "matches" in fields else "",
        absent,
    )


def _pattern(part: Part) -> str:
    """A regular expression as core.patterns has it: one character for each byte."""
    pattern = part.text().encode("utf-8", "surrogatepass").decode("latin-1")
    if not pattern:
        raise part.error(f"{part.name} is empty, and matches everything", "leave it out")
    if problem := check_pattern(pattern):
        raise part.error(f"{part.name} is no regular expression: {problem}", "PCRE2, as nginx's")
    return pattern


def _json(part: Part, read: ReadQuery) -> tuple[JsonExpected, ...]:
    found = []
    # That a value is null can be expected too.
    for path, value in part.fields(nulls=True).items():
        try:
            query = read(str(path))
        except ValueError as error:
            example = "RFC 9535; examples: $.pod, $.items[*].name"
            raise value.error(f"{path!r} is no JSONPath: {error}", example) from None
        found.append(JsonExpected(str(path), query, _plain(value)))
    if not found:
        raise part.error(f"{part.name} names nothing", 'write json: {"$.pod": NAME}')
    return tuple(found)


def _plain(part: Part) -> object:
    try:
        json.dumps(part.value, allow_nan=False)
    except (TypeError, ValueError):
        raise part.wrong("a value that JSON has") from None
    return part.value


def _headers(part: Part) -> tuple[tuple[str, TextExpected], ...]:
    found = []
    for name, value in part.fields().items():
        if not isinstance(name, str) or not TOKEN.fullmatch(name):
            raise value.error(f"{name!r} is no name of a header", "RFC 9110, section 5.1")
        found.append((name, _text(value, _HEADER, "equals")))
    if not found:
        raise part.error(f"{part.name} names nothing", "write headers: {Content-Type: text/html}")
    return tuple(found)


def _tls(part: Part) -> TlsExpected:
    fields = part.fields(_TLS)
    if not fields:
        raise part.error(f"{part.name} names nothing", "write tls: {daysLeft: 14}")
    version = ""
    if "version" in fields:
        version = str(fields["version"].value).removeprefix("TLSv")
        if version not in _VERSIONS:
            step = f"one of: {', '.join(_VERSIONS)}"
            raise fields["version"].error(f"there is no TLS {version!r}", step)
    return TlsExpected(
        fields["issuer"].text() if "issuer" in fields else "",
        tuple(one.text() for one in fields["san"].one_or_more()) if "san" in fields else (),
        fields["daysLeft"].number() if "daysLeft" in fields else None,
        version,
    )


def _latency(part: Part, count: int) -> tuple[tuple[int, float], ...]:
    found = []
    for name, value in part.fields((*_PERCENTILES,)).items():
        if value.number() <= 0:
            raise value.wrong("a time in milliseconds")
        if count < _PERCENTILES[name]:
            step = f"write count: {_PERCENTILES[name]} or more, beside request"
            raise value.error(f"{name} of {count} answers says nothing", step)
        found.append((int(name[1:]), value.number()))
    if not found:
        raise part.error(f"{part.name} names nothing", "write latency: {p95: 100}")
    return tuple(found)
