"""Requests as they are typed or written: one on a command line, many as JSON, one a line."""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct

from kubectl_ingress.core.target import parse_header, parse_target
from kubectl_ingress.errors import UsageError

_FIELDS = ("url", "method", "headers", "cookies", "clientIP")
_EXAMPLE = '{"url": "http://HOST/PATH", "method": "GET", "headers": {"NAME": "VALUE"}}'


class Typed(Struct, frozen=True):
    """One request as typed: `target` is a path or a URL, `client` an IP or ""."""

    target: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    client: str = ""

    def check(self) -> None:
        """Raises UsageError for words that make no request."""
        if (
            not self.method
            or not self.method.isascii()
            or not self.method.replace("-", "").isalnum()
        ):
            raise UsageError(f"-X {self.method!r} is no method", "examples: GET, POST")
        parse_target(self.target, "checked-later.invalid", self.method, self.headers)


def parse_cookie(typed: str) -> str:
    """``NAME=VALUE``, or several with semicolons, as curl's -b has it. Raises UsageError."""
    if "=" not in typed or any(sign in typed for sign in "\r\n\0"):
        # Not what was typed: it may be the value alone.
        raise UsageError("-b is no cookie", "example: -b 'NAME=VALUE'")
    return typed.strip().rstrip(";")


def parse_line(text: str) -> Typed:
    """One line of --requests. Raises UsageError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not JSON: {error}", _EXAMPLE) from None
    if not isinstance(data, dict):
        raise UsageError("not a JSON object", _EXAMPLE)
    for name in data:
        if name not in _FIELDS:
            raise UsageError(f"unknown field {name!r}", f"one of: {', '.join(_FIELDS)}")
    headers = list(_headers(data.get("headers")))
    if cookies := _cookies(data.get("cookies")):
        headers.append(("Cookie", cookies))
    typed = Typed(
        _text(data, "url"),
        _text(data, "method") or "GET",
        tuple(headers),
        _text(data, "clientIP"),
    )
    typed.check()
    return typed


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{name} is not a string", _EXAMPLE)
    return value


def _headers(value: object) -> list[tuple[str, str]]:
    """A mapping of names to a value or several, or pairs as `-o json` writes them."""
    if value is None:
        return []
    pairs: list[object] = []
    if isinstance(value, dict):
        for name, given in value.items():
            pairs += [[name, one] for one in (given if isinstance(given, list) else [given])]
    elif isinstance(value, list):
        pairs = value
    else:
        raise UsageError("headers is neither a mapping nor a list of pairs", _EXAMPLE)
    found = []
    for pair in pairs:
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair)
        ):
            raise UsageError("a header is not a pair of strings", _EXAMPLE)
        found.append(parse_header(f"{pair[0]}: {pair[1]}"))
    return found


def _cookies(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise UsageError("cookies is not a mapping of strings", _EXAMPLE)
    return "; ".join(parse_cookie(f"{name}={one}") for name, one in value.items())
