"""Which Ingresses the controller rejects as a whole, and why (internal/k8s/validation.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_ingress.controllers._f5_nginx.annotations import ANNOTATIONS, ORG
from kubectl_ingress.controllers._f5_nginx.settings import TITLE, Settings
from kubectl_ingress.controllers._f5_nginx.values import Around
from kubectl_ingress.controllers._tables import Kind
from kubectl_ingress.core.objects import Finding, Ingress, PathRule
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.reasons import Ignored, edit_command

MERGEABLE = ORG + "mergeable-ingress-type"
_PATH = re.compile(r"/[^\t\n\f\r ;]*")
_ESCAPED = re.compile(r'([^"\\]|\\.)*')
_BRACES = re.compile(r"\{(.*?)\}")
# The anchors stand at the first and the last word alone.
_KEYWORDS = re.compile(r"^/etc/|/root|/var|\\n|\\r$")
# What PCRE takes and .NET's syntax, which regexp2 has, does not.
_NOT_NET = re.compile(r"\(\?(?:P[<=>]|[|&R]|\d)|\\[CEFHIJKLMNOQRTUVXYghijlmoqy_]")
_POSSESSIVE = re.compile(r"[*+?}]\+")
_CLASS_OR_ESCAPE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def is_master(ingress: Ingress) -> bool:
    """Whether it has the host of minions."""
    return ingress.meta.annotations.get(MERGEABLE) == "master"


def is_minion(ingress: Ingress) -> bool:
    """Whether it has paths for a master."""
    return ingress.meta.annotations.get(MERGEABLE) == "minion"


def split(taken: list[Ingress], settings: Settings) -> tuple[list[Ingress], list[Ignored]]:
    """The valid Ingresses, and the rejected ones each with the first reason."""
    valid, rejected = [], []
    for ingress in taken:
        problem = next(_problems(ingress, settings), None)
        if problem is None:
            valid.append(ingress)
        else:
            rejected.append(Ignored(ingress, _finding(ingress, *problem)))
    return valid, rejected


Problem = tuple[str, str]
"""(code, what is wrong)."""


def _finding(ingress: Ingress, code: str, problem: str) -> Finding:
    where = f"Ingress {ingress.meta.key}"
    return Finding(
        code,
        "error",
        f"{where}: {problem}, so {TITLE} rejects it with all its paths",
        where,
        ingress.meta.origin,
        edit_command(where),
    )


def _problems(ingress: Ingress, settings: Settings) -> Iterator[Problem]:
    yield from _of_annotations(ingress, settings)
    yield from _of_rules(ingress, settings)
    if is_master(ingress):
        if len(ingress.rules) != 1:
            yield "KI506", f"a master has one rule, and not {len(ingress.rules)}"
        elif ingress.rules[0].paths:
            yield "KI506", "a master has no paths"
    elif is_minion(ingress):
        if ingress.tls:
            yield "KI506", "a minion has no tls"
        if len(ingress.rules) != 1:
            yield "KI506", f"a minion has one rule, and not {len(ingress.rules)}"
        elif not ingress.rules[0].paths:
            yield "KI506", "a minion has at least one path"


def _of_annotations(ingress: Ingress, settings: Settings) -> Iterator[Problem]:
    annotations = ingress.meta.annotations
    around = Around(annotations, _services(ingress), settings.plus)
    for name in sorted(annotations.keys() & ANNOTATIONS.keys()):
        known, value = ANNOTATIONS[name], annotations[name]
        if known.plus and not settings.plus:
            yield "KI404", f"{name} needs NGINX Plus"
        elif known.kind is Kind.DIRECTIVES and not settings.snippets:
            yield "KI404", f"{name} needs the flag -enable-snippets"
        elif known.needs and known.needs not in annotations:
            yield "KI402", f"{name} needs {known.needs} beside it"
        elif known.required and not value:
            yield "KI402", f"{name} is empty"
        elif known.check is not None and (problem := known.check(value, around)):
            yield "KI402", f"{name} {value!r} {problem}"


def _services(ingress: Ingress) -> frozenset[str]:
    backends = [path.backend for rule in ingress.rules for path in rule.paths]
    return frozenset(one.service for one in (*backends, ingress.default_backend) if one)


def _of_rules(ingress: Ingress, settings: Settings) -> Iterator[Problem]:
    if not ingress.rules:
        yield "KI506", "it has no rules"
    hosts: set[str] = set()
    for rule in ingress.rules:
        if not rule.host and not settings.empty_host:
            yield "KI506", "a rule has no host, and the flag -allow-empty-ingress-host is not set"
        elif rule.host in hosts:
            yield "KI506", f"host {rule.host} has two rules"
        hosts.add(rule.host)
        for path in rule.paths:
            if problem := path_problem(path):
                yield "KI506", f"path {path.path!r} {problem}"
            elif path.backend is None:
                yield "KI113", f"the backend of path {path.path} is no Service"


def path_problem(rule: PathRule) -> str:
    """What is wrong with a path, "" if nothing is; types make no difference (validatePath)."""
    path = rule.path
    if not path:
        required = rule.path_type in ("Exact", "Prefix")
        return "is empty, and has to be there for Exact and Prefix" if required else ""
    if not _PATH.fullmatch(path):
        return "does not begin with a slash, or has a blank or a semicolon"
    if path.startswith("//") or "../" in path or "..\\" in path or path.endswith("/.."):
        return "leaves its directory"
    problem = check_pattern(as_bytes(path))
    if problem or _NOT_NET.search(path) or _POSSESSIVE.search(_CLASS_OR_ESCAPE.sub("x", path)):
        return f"is no regular expression ({problem or 'as .NET has them'})"
    if not _ESCAPED.fullmatch(path):
        return "has a bare quote or ends in a backslash"
    if any(re.search("[A-Za-z]", inside) for inside in _BRACES.findall(path)):
        return "has letters in braces"
    return "has a word that is not allowed" if _KEYWORDS.search(path) else ""
