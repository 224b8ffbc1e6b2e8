"""A rule is not served because of what it holds.

What it does
Finds rules, and whole Ingresses, that the controller takes nothing of: forbidden texts, paths
that its provider skips, canaries without a primary route, hosts that it cannot have. And paths that
are regular expressions, as ingress-nginx takes them where an Ingress of the host has use-regex or
rewrite-target, and plain text to another controller.

Why it is bad
The route is not there, and only the log of the controller may say so.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/canary: "true"
        nginx.ingress.kubernetes.io/canary-weight: "10"
    spec:
      rules:
      - host: a.example
        http:
          paths: [{path: /app, …}]     # the primary has Prefix /

Use instead
For a canary: exactly the host, path and pathType of the primary. For a regular expression what the
finding names: each controller is told of them in another way. Else what the finding says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._from_nginx._instead import Target
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.lint.losses import pattern_hosts, taken_as_text, target_of
from kubectl_ingress.lint.subject import ROUTES, Compiled, Subject, finding_on

CODE = "KI506"
NAME = "rule-not-served"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, and patterns that none of them takes for one."""
    yield from subject.routes.said(CODE)
    for one in subject.routes.compiled:
        # The stars of alb's paths are wildcards, and look like patterns.
        target = target_of(one.name) if one.name != "alb" else None
        if target is None:
            continue
        hosts = pattern_hosts(one.table.loaded)
        # What cannot be loaded is told as such.
        parts = (part for part in one.table.parts if part.refused is None)
        for ingress in (each for part in parts for each in part.loaded):
            yield from _taken_as_text(ingress, one, target, hosts)


def _taken_as_text(
    ingress: Ingress, one: Compiled, target: Target, hosts: frozenset[str]
) -> Iterator[Finding]:
    title = one.controller.PROFILE.title
    for place, path in taken_as_text(ingress, one, hosts):
        message = f"path {path} is plain text to {title}, and no regular expression:"
        message += " only a request with these very signs has it"
        fix = target.pattern(path, ingress)
        yield finding_on(ingress, CODE, LEVEL, message, place, fix)
