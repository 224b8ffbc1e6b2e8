"""The values of keys as Go reads them, and which ones are accepted (validator.go, backend.go)."""

from __future__ import annotations

import re

from kubectl_ingress.controllers._go import TRUE, parse_int
from kubectl_ingress.core.networks import Network, parse_network

_TIME = re.compile(r"[0-9]+(us|ms|s|m|h|d)")
_SIZE = re.compile(r"([+-]?[0-9]+)([kKmMgG]?)")
_FACTORS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_LABEL = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_PAIR = re.compile(f"{_LABEL}:{_LABEL}")
_AUTH_URL = re.compile(r"([a-z]+)://([-a-z0-9]+/)?([^\]\[/: ]+)(:[-a-z0-9]+)?(/[^\"' ]*)?")

# The methods of `balance` in haproxy 2.6, those with an argument by their beginning.
_BALANCE = frozenset({"roundrobin", "static-rr", "first", "leastconn", "source", "random", "uri"})
_BALANCE_WITH = re.compile(
    r"(random\(\d+\)|hdr\([^)]+\)( use_domain_only)?|rdp-cookie(\([^)]+\))?|url_param\s+\S+.*"
    r"|uri\s+\S+.*|hash\s+\S+)"
)


def flag(text: str) -> bool:
    """strconv.ParseBool; what that refuses is false."""
    return text in TRUE


def number(text: str) -> int:
    """strconv.Atoi; what that refuses is 0."""
    return parse_int(text) or 0


def is_weight(text: str) -> bool:
    """Whether haproxy takes what becomes of it as the weight of a server."""
    return 0 <= number(text) <= 256


def is_time(text: str) -> bool:
    """A number with haproxy's unit."""
    return bool(_TIME.fullmatch(text))


def size(text: str) -> int | None:
    """Bytes, None where it is no size; 0 is no limit."""
    found = _SIZE.fullmatch(text)
    if found is None or len(text) > 18:
        return None
    return int(found[1]) * _FACTORS[found[2].lower()]


def is_size(text: str) -> bool:
    """Whether a limit of the body's size is one."""
    return text in ("", "unlimited") or size(text) is not None


def networks(text: str) -> tuple[tuple[Network, ...], tuple[Network, ...]]:
    """The accepted items: plain ones, and those with an exclamation mark in front."""
    plain: list[Network] = []
    negated: list[Network] = []
    for item in text.split(","):
        found = _network(item)
        if found is not None:
            (negated if item.strip().startswith("!") else plain).append(found)
    return tuple(plain), tuple(negated)


def _network(item: str) -> Network | None:
    """An address or a CIDR, host bits or not; net.ParseCIDR wants the mask as a number."""
    text = item.strip().removeprefix("!")
    _, slash, mask = text.partition("/")
    return None if "%" in text or (slash and not mask.isdigit()) else parse_network(text)


def are_networks(text: str) -> bool:
    """Whether no item is bad."""
    return all(map(_network, filter(None, text.split(","))))


def is_pair(text: str) -> bool:
    """``NAME:LABEL`` of the blue-green selectors."""
    return bool(_PAIR.fullmatch(text))


def auth_url(text: str) -> tuple[str, str, str] | None:
    """(scheme, host or [namespace/]service, port) of auth-url, None where it is none."""
    found = _AUTH_URL.fullmatch(text)
    if found is None:
        return None
    namespace, name, port = found[2] or "", found[3], (found[4] or "").lstrip(":")
    # Without a port, what stands before the slash was the host after all.
    return found[1], (namespace + name if port or not namespace else namespace[:-1]), port


def is_auth_url(text: str) -> bool:
    """Whether auth-url has a scheme that the controller knows."""
    found = auth_url(text)
    return found is not None and found[0] in ("http", "https", "service", "svc")


def is_balance(text: str) -> bool:
    """Whether haproxy knows the method."""
    words = text.split()
    return not words or text in _BALANCE or bool(_BALANCE_WITH.fullmatch(" ".join(words)))


def is_redirect_code(text: str) -> bool:
    """Whether haproxy redirects with it."""
    return number(text) in (301, 302, 303, 307, 308)
