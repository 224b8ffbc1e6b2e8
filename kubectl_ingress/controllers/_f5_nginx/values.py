"""Which values of annotations are accepted.

internal/k8s/validation.go and internal/configs/parsing_helpers.go; each check
gives what is wrong, "" if nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from kubectl_ingress.controllers import _go as go
from kubectl_ingress.controllers._nginx import BODY, size

# Go's \s.
_BLANK = r"\t\n\f\r "
_TIME = re.compile(
    r"(\d+y)?\s*(\d+M)?\s*(\d+w)?\s*(\d+d)?\s*(\d+h)?\s*(\d+m)?\s*(\d+s?)?\s*(\d+ms)?", re.ASCII
)
_OFFSET = re.compile(r"[0-9]+[kKmMgG]?")
_SIZE = re.compile(r"[0-9]+[kKmM]?")
_BUFFERS = re.compile(r"[0-9]+ [0-9]+[kKmM]?")
_RATE = re.compile(r"([0-9]+)(r/s|r/m)")
_REWRITE = re.compile(rf"/[^{_BLANK}{{}};$]*")
_TARGET = re.compile(rf"/[^{_BLANK}{{}};\\]*")
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9\-_.~!*'():@&=+,/?%]*")
_QUOTABLE = re.compile(r'([^"$\\]|\\[^$])*', re.DOTALL)
_HEADER = re.compile(r"[-A-Za-z0-9]+")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_METHODS = frozenset(
    {"round_robin", "least_conn", "ip_hash", "random", "random two", "random two least_conn"}
)
_PLUS_METHODS = re.compile(
    r"random two least_time=(header|last_byte)|least_time (header|last_byte)( inflight)?"
)
_NEXT = frozenset(
    {"error", "timeout", "invalid_header", "non_idempotent", "off", "http_403", "http_404"}
    | {"http_429", "http_500", "http_502", "http_503", "http_504"}
)


class Around(Struct, frozen=True):
    """What a check may look at beside the value."""

    annotations: Mapping[str, str] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    plus: bool = False


Check = Callable[[str, Around], str]


def body_size(text: str) -> int:
    """Bytes of a largest body; nginx's own where it is none."""
    found = size(text)
    return BODY if found is None else found


def rate(text: str) -> tuple[int, str] | None:
    """(number, unit) of ``10r/s``, None where it is none; it has to be above 0."""
    found = _RATE.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found and int(found[1][:18]) > 0 else None


def ports(text: str) -> tuple[int, ...] | None:
    """Port numbers separated by commas, None where one is none."""
    found = [go.parse_int(item) for item in text.split(",")]
    if any(one is None or not 0 < one < 1 << 31 for one in found):
        return None
    return tuple(one for one in found if one)


def rewrites(text: str) -> dict[str, str] | None:
    """Service -> path of ``serviceName=a rewrite=/x;…``, None where a part is malformed."""
    found = {}
    for part in text.split(";"):
        name, blank, rest = part.strip().partition(" ")
        key, target = name.split("="), rest.split("=")
        if not blank or len(key) != 2 or len(target) != 2:
            return None
        if key[0] != "serviceName" or target[0] != "rewrite" or not _REWRITE.fullmatch(target[1]):
            return None
        found[key[1]] = target[1]
    return found


def is_flag(text: str, around: Around) -> str:
    """A boolean of Go."""
    return "" if go.is_flag(text) else "is no boolean"


def is_time(text: str, around: Around) -> str:
    """A time of nginx."""
    return "" if text.strip() and _TIME.fullmatch(text) else "is no time"


def is_offset(text: str, around: Around) -> str:
    """A size of a body."""
    return "" if _OFFSET.fullmatch(text.strip()) else "is no size"


def is_size(text: str, around: Around) -> str:
    """A size of memory; an empty one is none, and accepted."""
    return "" if not text or _SIZE.fullmatch(text) else "is no size such as 8k"


def are_buffers(text: str, around: Around) -> str:
    """``NUMBER SIZE``."""
    return "" if _BUFFERS.fullmatch(text.strip()) else "is no number of buffers with their size"


def is_unsigned(text: str, around: Around) -> str:
    """A number from 0 on, without a sign."""
    return "" if re.fullmatch(r"[0-9]{1,19}", text) else "is no whole number from 0 on"


def is_whole(text: str, around: Around) -> str:
    """A whole number."""
    return "" if go.is_number(text) else "is no whole number"


def are_ports(text: str, around: Around) -> str:
    """Port numbers separated by commas, without blanks."""
    return "" if ports(text) is not None else "are no port numbers separated by commas"


def are_services(text: str, around: Around) -> str:
    """Services of the Ingress, separated by commas, without blanks."""
    unknown = [item for item in text.split(",") if item not in around.services]
    return f"names Services that no path has: {', '.join(unknown)}" if unknown else ""


def are_rewrites(text: str, around: Around) -> str:
    """``serviceName=NAME rewrite=/PATH``, separated by semicolons, for Services of the Ingress."""
    found = rewrites(text)
    if found is None:
        return "is not serviceName=NAME rewrite=/PATH"
    unknown = sorted(found.keys() - around.services)
    return f"names Services that no path has: {', '.join(unknown)}" if unknown else ""


def is_target(text: str, around: Around) -> str:
    """A path, in which $1 stands for a group."""
    if text.startswith(("http://", "https://", "//")):
        return "is a URL, and has to be a path"
    if "../" in text or "..\\" in text:
        return "leaves its directory"
    return "" if _TARGET.fullmatch(text) else "is no path without blanks, braces and semicolons"


def is_app_root(text: str, around: Around) -> str:
    """A path of plain characters, neither ``/`` nor with a slash at its end."""
    if not _PLAIN_PATH.fullmatch(text) or "~" in text:
        return "is no path of plain characters"
    if text.startswith("//") or "../" in text:
        return "leaves its directory"
    return "must not end in a slash" if text.endswith("/") else ""


def is_method(text: str, around: Around) -> str:
    """A method of balancing."""
    method = text.strip()
    words = method.split(" ")
    if method.startswith("hash"):
        known = words[0] == "hash" and (len(words) == 2 or words[2:] == ["consistent"])
        return "" if known else "is no method of balancing"
    plus = around.plus and _PLUS_METHODS.fullmatch(method)
    return "" if method in _METHODS or plus else "is no method of balancing"


def is_path_regex(text: str, around: Around) -> str:
    """How paths are compared."""
    known = text in ("case_sensitive", "case_insensitive", "exact")
    return "" if known else "is not case_sensitive, case_insensitive or exact"


def is_mergeable(text: str, around: Around) -> str:
    """Which part of a host an Ingress is."""
    return "" if text in ("master", "minion") else "is not master or minion"


def is_redirect_code(text: str, around: Around) -> str:
    """A status of a redirect."""
    return "" if text in ("301", "302", "307", "308") else "is not 301, 302, 307 or 308"


def is_subdomain(text: str, around: Around) -> str:
    """The name of an object of the same namespace."""
    fits = _SUBDOMAIN.fullmatch(text) and len(text) <= 253
    return "" if fits else "is no name of an object of this namespace"


def is_quotable(text: str, around: Around) -> str:
    """Text that may stand between quotes."""
    return (
        "" if _QUOTABLE.fullmatch(text) else "has a bare quote, a dollar sign or a last backslash"
    )


def is_tokens(text: str, around: Around) -> str:
    """A boolean, or with NGINX Plus any text."""
    return is_quotable(text, around) if around.plus else is_flag(text, around)


def are_headers(text: str, around: Around) -> str:
    """Names of headers separated by commas."""
    bad = [item for item in text.split(",") if not _HEADER.fullmatch(item.strip())]
    return "is no list of header names" if bad else ""


def are_set_headers(text: str, around: Around) -> str:
    """``NAME`` or ``NAME: VALUE``, separated by commas."""
    for item in text.split(","):
        name, _, value = item.strip().partition(":")
        if not _HEADER.fullmatch(name.strip()) or "$" in value:
            return "is no list of headers"
    return ""


def are_next(text: str, around: Around) -> str:
    """The words of proxy_next_upstream."""
    known = _NEXT | ({"denied"} if around.plus else set())
    return "" if all(word in known for word in text.split(" ")) else "has unknown words"


def is_sticky(text: str, around: Around) -> str:
    """``serviceName=NAME COOKIE …``, separated by semicolons."""
    for part in text.split(";"):
        name, blank, rest = part.partition(" ")
        if not blank or len(name.split("=")) != 2 or not _QUOTABLE.fullmatch(rest):
            return "is no list of services with their cookie"
    return ""
