"""How nginx reads what the controller writes: the name of a location.

A path goes through a template of Go as a format and lands in nginx.conf between
quotes or without, so that a percent sign, a backslash or a brace in it means
something (measured; ngx_conf_read_token, fmt.Sprintf).
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.paths import as_bytes

# %[flags][width][.precision][[index]]verb
_VERB = re.compile(r"%[-+# 0]*(\*|\d+)?(?:\.(\*|\d+)?)?(\[[^\]]*\])?(.?)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"'\\trn])")
_CONTROLS = {"t": "\t", "r": "\r", "n": "\n"}


def formatted(text: str) -> str:
    """What Go's Sprintf makes of a format for which it has no value."""

    def verb(match: re.Match[str]) -> str:
        width, precision, index, letter = match[1], match[2], match[3], match[4]
        before = "%!(BADWIDTH)" if width == "*" else ""
        before += "%!(BADPREC)" if precision == "*" else ""
        if not letter:
            return f"{before}%!(NOVERB)"
        if letter == "%":
            return f"{before}%"
        return f"{before}%!{letter}({'BADINDEX' if index else 'MISSING'})"

    return _VERB.sub(verb, text)


def unescaped(text: str) -> str:
    """A word of nginx.conf without its backslashes before quotes, backslashes, t, r and n."""
    return _ESCAPED.sub(lambda match: _CONTROLS.get(match[1], match[1]), text)


def ends_early(word: str) -> bool:
    """Whether a brace ends a word that stands without quotes, and so opens a block."""
    position = 0
    while position < len(word):
        if word[position] == "\\":
            position += 2
            continue
        if word[position] == "{" and word[position - 1 : position] != "$":
            return True
        position += 1
    return False


class Name(Struct, frozen=True):
    """A location's modifier and name, `text` as nginx has it, and what is wrong with it."""

    matcher: Matcher
    problem: str = ""


def name_of(path: str, path_type: str, regex: str) -> Name:
    """The location of a path; `regex` is the value of path-regex, "" without.

    Exact is written as ``= /path``. With path-regex, that becomes a part of the
    name, and no request has it (measured).
    """
    exact = path_type == "Exact"
    text = as_bytes(unescaped(formatted(path)))
    if regex == "exact":
        return Name(Matcher(MatchKind.EXACT, f"= {text}" if exact else text))
    if regex:
        pattern = f"^= {text}" if exact else f"^{text}"
        return Name(Matcher(MatchKind.REGEX, pattern, ignore_case=regex == "case_insensitive"))
    problem = "a brace in it opens a block" if ends_early(formatted(path)) else ""
    return Name(Matcher(MatchKind.EXACT if exact else MatchKind.PREFIX, text), problem)
