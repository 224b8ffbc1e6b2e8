"""From what was typed to a request: what curl would make of the same words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.request import Request, host_of_header, parse_url
from kubectl_ingress.errors import UsageError


def parse_target(
    typed: str, address: str, method: str = "GET", headers: Sequence[tuple[str, str]] = ()
) -> Request:
    """``/path`` asks the load balancer under its own name; a URL asks under the URL's host.

    A Host header takes the place of the host, in TLS too: a Host without its
    SNI shows the fake certificate of a healthy route. Its letters stay as they are
    typed, as those of a URL's host do: curl sends them so. Raises UsageError.
    """
    if typed.startswith("/"):
        scheme, host, port, target = "http", normalise_host(address), None, typed.partition("#")[0]
    elif "://" in typed:
        scheme, host, port, target = parse_url(typed)
    else:
        raise UsageError(
            f"{typed!r} is neither a path nor a URL",
            "a path starts with a slash: kubectl ingress test /PATH\n"
            "a URL with its scheme: kubectl ingress test http://HOST/PATH",
        )
    kept = tuple((name, value) for name, value in headers if name.lower() != "host")
    for name, value in headers:
        if name.lower() == "host":
            try:
                host = host_of_header(value, scheme, port)
            except ValueError as error:
                raise UsageError(
                    f"-H 'Host: {value}': {error}", "example: -H 'Host: HOST'"
                ) from None
    return Request(host, _sendable(target, typed), scheme, method, kept, port)


def parse_header(typed: str) -> tuple[str, str]:
    """``Name: value`` as curl takes it; ``Name;`` is an empty value. Raises UsageError."""
    name, colon, value = typed.partition(":")
    shown = f"-H{_begun(typed)}"
    if not colon and typed.endswith(";"):
        name, value = typed[:-1], ""
    elif not colon:
        raise UsageError(f"{shown} has no colon", "example: -H 'Accept: text/html'")
    if not name or not name.isascii() or any(c in name for c in ' \t"(),/:;<=>?@[\\]{}'):
        raise UsageError(f"{shown} has no valid header name", "RFC 9110, section 5.1")
    if any(c in value for c in "\r\n\0"):
        raise UsageError("-H has a line break in its value", "one -H for each header")
    return name, value.strip()


def _begun(typed: str) -> str:
    """The word that a header begins with, for an error: what is behind it may be secret.

    "" where there is nothing behind it, since all of it may be the secret then.
    """
    word = re.split(r"[\s:=]", typed.strip(), maxsplit=1)[0]
    has_more = any(sign.isspace() or sign == ":" for sign in typed.strip())
    return f" {f'{word} …'!r}" if word and has_more else ""


def _sendable(target: str, typed: str) -> str:
    """Dot segments resolved and bytes above ASCII escaped, as clients do before they send."""
    if any(ord(c) <= 32 or ord(c) == 127 for c in target):
        raise UsageError(f"{typed!r} holds a space or a control character", "write a space as %20")
    path, mark, query = target.partition("?")
    escaped = "".join(c if c.isascii() else _percent(c) for c in query)
    return _without_dots("".join(c if c.isascii() else _percent(c) for c in path)) + mark + escaped


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, which curl applies unless told --path-as-is."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
        if last and segment in (".", ".."):
            kept.append("")
    return "/" + "/".join(kept)
