"""What Rust's regex crate refuses of a pattern that PCRE takes, and what no dialect takes.

Kong's atc-router compiles patterns with it, in the flavours traditional_compatible
and expressions. Source: the syntax section of the crate's documentation.
"""

from __future__ import annotations

import re

from kubectl_ingress.core import patterns

_TOKEN = re.compile(
    r"""
    (?P<escape>\\[pP](?:\{[^}]*\}|.)|\\[xuU](?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2,8})|\\.)
  | (?P<klass>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])
  | (?P<group>\(\?(?P<kind>P?<[A-Za-z_][\w.\[\]]*>|[imsUuxR]*(?:-[imsUuxR]+)?[:)])?|\(\*)
  | (?P<count>\{\d+(?:,\d*)?\})
  | (?P<brace>\{)
  | .
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_KNOWN_ESCAPES = frozenset("dDsSwWbBAztnrfvapPxuU")


def problem(pattern: str) -> str:
    """Why it does not compile, "" if it does."""
    for found in _TOKEN.finditer(pattern):
        text = found[0]
        if found["escape"]:
            sign = text[1]
            if sign.isdigit():
                return f"{text} is a back-reference"
            if sign.isalnum() and sign not in _KNOWN_ESCAPES:
                return f"{text} is unknown"
        elif found["group"] and not found["kind"]:
            return (
                f"look-around and the like are unknown: {pattern[found.start() : found.end() + 2]}"
            )
        elif found["brace"]:
            return "{ begins a count; as a character it is \\{"
        elif text == "[":
            return "a class is not closed"
    return patterns.check_pattern(pattern)
