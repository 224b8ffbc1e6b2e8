"""The rules of Traefik's routers: their text, which gives the priority, and what they match.

``Host("a.test") && PathPrefix("/foo")``: the longer text wins, so the text is built
as the providers build it (pkg/provider/kubernetes/ingress/kubernetes.go, loadRouter
and buildRule; ingress-nginx/translator.go, buildRule).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from kubectl_ingress.core import re2
from kubectl_ingress.core.hosts import HostName, NameKind, host_name
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.paths import as_bytes

_NAMED_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_EVERY_PATH = Matcher(MatchKind.PREFIX, "/")


class PathClause(Struct, frozen=True):
    """The part of a rule that matches the path; `problem` is why Traefik refuses it."""

    text: str
    matcher: Matcher
    problem: str = ""


class Rule(Struct, frozen=True):
    """A whole rule. Without `names` it is for every host."""

    text: str
    names: tuple[HostName, ...]
    matcher: Matcher
    problem: str = ""

    @property
    def length(self) -> int:
        """The bytes of its text: the router's priority where nothing else is set."""
        return len(self.text.encode("utf-8", "surrogatepass"))


def quoted(text: str) -> str:
    """Text in a rule (Go's %q): in quotation marks, what is not printable escaped."""
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[sign]
    if sign.isprintable():
        return sign
    code = ord(sign)
    return (
        f"\\x{code:02x}"
        if code < 0x80
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def path_clause(matcher: str, path: str, *, strict: bool = False) -> PathClause:
    """``Path``, ``PathPrefix`` or ``PathRegexp`` with its path, `strict` by whole elements."""
    if matcher == "PathRegexp":
        pattern = as_bytes(path)
        text = f"PathRegexp({quoted(path)})"
        return PathClause(text, Matcher(MatchKind.REGEX, pattern), re2.problem(pattern))
    problem = "" if path.startswith("/") else f"path {path} does not begin with a slash"
    if strict and matcher == "PathPrefix" and path != "/":
        bare = path.removesuffix("/")
        text = f"(Path({quoted(bare)}) || PathPrefix({quoted(bare + '/')}))"
        if not bare:
            problem = "an empty path does not begin with a slash"
        return PathClause(text, Matcher(MatchKind.ELEMENTS, as_bytes(bare)), problem)
    kind = MatchKind.EXACT if matcher == "Path" else MatchKind.PREFIX
    return PathClause(f"{matcher}({quoted(path)})", Matcher(kind, as_bytes(path)), problem)


def host_rule(hosts: Sequence[str], path: PathClause | None) -> Rule:
    """The rule of hosts, any of which will do, and a path; empty hosts are every host."""
    clauses = [f"Host({quoted(host)})" for host in hosts if host]
    problem = "" if all(map(str.isascii, hosts)) else f"host {hosts[0]} is not ASCII"
    names = tuple(
        host_name(host.lower().removesuffix("."), NameKind.LABEL) for host in hosts if host
    )
    text = f"({' || '.join(clauses)})" if len(clauses) > 1 else "".join(clauses)
    return joined(text, names, path, problem)


def joined(
    text: str, names: tuple[HostName, ...], path: PathClause | None, problem: str = ""
) -> Rule:
    """A rule of the text for the hosts and the clause for the path."""
    text = " && ".join(filter(None, (text, path.text if path else "")))
    problem = problem or (path.problem if path else "")
    if not text:
        problem = "a rule with neither host nor path is empty"
    return Rule(text, names, path.matcher if path else _EVERY_PATH, problem)


def old_host_rule(host: str, path: PathClause | None) -> Rule:
    """A rule in the syntax of Traefik 2 (router.rulesyntax v2)."""
    if not host.startswith("*."):
        return host_rule([host], path)
    text = f"HostRegexp({quoted('{subdomain:[a-zA-Z0-9-]+}.' + host[2:])})"
    pattern = rf"^[a-zA-Z0-9-]+\.{re.escape(host[2:])}$"
    return joined(text, (HostName(NameKind.REGEX, pattern),), path)


def old_path_clause(matcher: str, path: str, *, strict: bool = False) -> PathClause:
    """``Path`` or ``PathPrefix`` of Traefik 2: ``{name:pattern}`` in it is a regular expression."""
    clause = path_clause(matcher, path, strict=strict)
    if matcher == "PathRegexp":
        return PathClause(clause.text, clause.matcher, "PathRegexp is not in the v2 rule syntax")
    if "{" not in path and "}" not in path:
        return clause
    template = _template(as_bytes(path))
    if template is None:
        return PathClause(clause.text, clause.matcher, f"path {path} has unbalanced braces")
    pattern = f"^{template}" + ("$" if matcher == "Path" else "")
    problem = clause.problem or re2.problem(pattern)
    return PathClause(clause.text, Matcher(MatchKind.REGEX, pattern), problem)


def _template(path: str) -> str | None:
    """A path of gorilla/mux as a pattern; None where its braces do not match."""
    pieces: list[str] = []
    depth, start = 0, 0
    for position, sign in enumerate(path):
        if sign == "{":
            if not depth:
                pieces.append(re.escape(path[start:position]))
                start = position + 1
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth < 0:
                return None
            if not depth:
                _, _, pattern = path[start:position].partition(":")
                pieces.append(f"({pattern or '[^/]+'})")
                start = position + 1
    return None if depth else "".join(pieces) + re.escape(path[start:])
