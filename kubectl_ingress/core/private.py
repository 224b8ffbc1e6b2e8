"""What stands for the values of headers that may be secret, wherever a request is printed.

Suggested commands, curl commands and JSON end in logs. What a header is for cannot always be
told by its name: one that is not common knowledge is shown only where its value is too short
for a token, as those are that choose a canary.
"""

from __future__ import annotations

import re

VALUE = "VALUE"
_WORDS = (
    *("assertion", "auth", "cookie", "credential", "csrf", "jwt", "key", "pass", "secret"),
    *("session", "signature", "token"),
)
# Words of a name that are parts of others: -otp- is in hotpath.
_WHOLE_WORDS = frozenset(("2fa", "mfa", "otp", "pin", "totp"))
_OPEN = frozenset(
    (
        *("cache-control", "connection", "date", "expect", "forwarded", "host", "origin", "pragma"),
        *("range", "te", "traceparent", "transfer-encoding", "upgrade", "user-agent", "via"),
        *("x-real-ip", "x-request-id"),
    )
)
_OPEN_BEGINNINGS = ("accept", "access-control-", "content-", "if-", "x-forwarded-")
_LONG = 16
# What the cookie of a canary says.
_CHOICES = ("always", "never")
_SCHEMES = ("basic", "bearer")


def shown_header(name: str, value: str) -> str:
    """The value of a header, or as much of it as may be printed."""
    lowered = name.lower()
    if lowered == "cookie":
        return shown_cookies(value)
    if not value or not _may_be_secret(lowered, value):
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {VALUE}" if blank and scheme.lower() in _SCHEMES else VALUE


def shown_cookies(text: str) -> str:
    """Cookies, ``name=value; name=value``, without what may not be printed of them."""
    shown = []
    for pair in text.split(";"):
        name, mark, value = pair.strip().partition("=")
        shown.append(pair.strip() if value in _CHOICES else f"{name}={VALUE}" if mark else VALUE)
    return "; ".join(shown)


def _may_be_secret(name: str, value: str) -> bool:
    if any(word in name for word in _WORDS) or _WHOLE_WORDS & {*re.split("[-_.]", name)}:
        return True
    return len(value) >= _LONG and name not in _OPEN and not name.startswith(_OPEN_BEGINNINGS)
