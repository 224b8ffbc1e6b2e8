"""A field has a value that the API server refuses.

What it does
Holds Ingresses against the API server's own validation: hosts are DNS names (no address, no port,
one wildcard as the first label, punycode for other letters), paths begin with a slash, Exact and
Prefix hold no `//`, `/./`, `/../` or `%2f`, every path has a pathType, a backend has one port,
there are rules or a default backend, class field and class annotation do not differ.

Why it is bad
kubectl apply fails, for the whole file in a pipeline that stops at the first error.

Example

    rules:
    - host: "*.*.example.com"
    - host: münchen.example
      http:
        paths: [{path: app, …}]

Use instead

    rules:
    - host: "*.example.com"
    - host: xn--mnchen-3ya.example
      http:
        paths: [{path: /app, pathType: Prefix, …}]

What --fix does
It writes hosts in lower case, and in punycode where that leads back to the same letters, the slash
before a path of plain letters that is Exact or Prefix, and a path type as it is spelt (prefix is
Prefix). A path without a type stays: which one is meant is yours to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.core.edits import Mend, SetValue
from kubectl_ingress.core.hosts import host_problem
from kubectl_ingress.core.objects import Finding, Ingress, PathRule
from kubectl_ingress.lint.subject import Field, Subject, finding_on, paths_of

CODE = "KI906"
NAME = "refused-by-api"
LEVEL = "error"
READS = ("Ingress", "input")

_Problem = tuple[Field, str, str]
"""Where, the sentence, and the fix: ``KEY: VALUE`` to be written there, or words."""

# Most hosts, without the price of looking closer.
_PLAIN_HOST = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9]{0,40}[a-z0-9])?\.){1,6}[a-z](?:[-a-z0-9]{0,40}[a-z0-9])?"
)
_TYPES = ("Exact", "Prefix", "ImplementationSpecific")
_PLAIN_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?", re.ASCII)
_FORBIDDEN = re.compile(r"//|/\.{1,2}(?:/|\Z)|%2[fF]")
_PORTS = range(1, 65536)


def check(subject: Subject) -> Iterable[Finding]:
    """Every Ingress, and what was noted while it was read."""
    yield from (one for one in subject.snapshot.findings if one.code == CODE)
    for ingress in subject.snapshot.ingresses:
        for place, message, fix in _problems(ingress):
            finding = finding_on(ingress, CODE, LEVEL, message, place, fix)
            mend = _mend(ingress, place, fix)
            yield replace(finding, mend=mend) if mend is not None else finding


def _mend(ingress: Ingress, place: Field, fix: str) -> Mend | None:
    """The fix as an edit, where it is certain."""
    key, colon, value = fix.partition(": ")
    if not colon:
        return None
    if key == "host":
        return Mend((SetValue(place, value),)) if _leads_back(value, _at(ingress, place)) else None
    path = ingress.rules[int(place[2])].paths[int(place[5])]
    if key == "path":
        # A misspelt type is mended beside it.
        is_plain = _type_meant(path) in _TYPES[:2] and _PLAIN_PATH.fullmatch(path.path)
        return Mend((SetValue(place, value),)) if is_plain else None
    return Mend((SetValue(place, value),)) if value == _type_meant(path) else None


def _type_meant(path: PathRule) -> str:
    """The path type whatever its case, "" where it is none."""
    return next((one for one in _TYPES if one.lower() == path.path_type.lower()), "")


def _at(ingress: Ingress, place: Field) -> str:
    """The host that stands there."""
    number = int(place[2])
    if place[1] == "rules":
        return ingress.rules[number].host
    return ingress.tls[number].hosts[int(place[4])]


def _leads_back(written: str, host: str) -> bool:
    try:
        return written.encode("ascii").decode("idna") == host
    except UnicodeError:
        return False


def _problems(ingress: Ingress) -> Iterator[_Problem]:
    if not ingress.rules and ingress.default_backend is None:
        yield ("spec",), "there are neither rules nor a defaultBackend", ""
    for number, rule in enumerate(ingress.rules):
        yield from _of_host(rule.host, ("spec", "rules", number, "host"))
        for at, path in enumerate(rule.paths):
            for name, message, fix in _of_path(path):
                yield ("spec", "rules", number, "http", "paths", at, name), message, fix
    for number, entry in enumerate(ingress.tls):
        for at, host in enumerate(entry.hosts):
            yield from _of_host(host, ("spec", "tls", number, "hosts", at))
    for place, _, backend in paths_of(ingress):
        port = backend.port
        if port.number is None and not port.name:
            yield (*place, "service"), f"the backend {backend.service} has no port", ""
        elif port.number is not None and (port.name or port.number not in _PORTS):
            what = "has a port by number and by name" if port.name else f"has port {port.number}"
            yield (*place, "service", "port"), f"the backend {backend.service} {what}", ""
    annotated = ingress.meta.annotations.get(CLASS_ANNOTATION)
    if annotated is not None and ingress.class_name not in (None, annotated):
        field = ("metadata", "annotations", CLASS_ANNOTATION)
        message = f"{CLASS_ANNOTATION} {annotated} differs from ingressClassName"
        yield field, f"{message} {ingress.class_name}", f"take {CLASS_ANNOTATION} out"


def _of_host(host: str, place: Field) -> Iterator[_Problem]:
    if not host or _PLAIN_HOST.fullmatch(host):
        return
    problem = host_problem(host)
    if problem:
        what = "tls host" if place[1] == "tls" else "host"
        yield place, f"{what} {host}: {problem}", _punycode(host)


def _punycode(host: str) -> str:
    if host.isascii():
        return ""
    try:
        return f"host: {host.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""


def _of_path(rule: PathRule) -> Iterator[tuple[str, str, str]]:
    path, kind = rule.path, rule.path_type
    if kind not in _TYPES:
        what = f"pathType {kind} is none" if kind else f"path {path or '/'} has no pathType"
        fix = f"pathType: {_type_meant(rule) or 'Prefix'}"
        yield "pathType", f"{what}: one of {', '.join(_TYPES)}", fix
    if kind == "ImplementationSpecific" and not path:
        return
    if not path.startswith("/"):
        yield "path", f"path {path or '(none)'} does not begin with a slash", f"path: /{path}"
    elif kind != "ImplementationSpecific" and _FORBIDDEN.search(path):
        yield "path", f"{kind} {path} holds // /./ /../ or %2f, or ends in /.. or /.", ""
