"""A rewrite makes one path of all that are below a path.

What it does
Finds rewrite-target of ingress-nginx on paths that are not Exact: one without a group ($1, $2), and
one with a group that the path does not have.

Why it is bad
/app, /app/style.css and /app/api/cart all reach the backend as the one target: the page is
there, its assets and links are not. For a backend that answers everything alike it is fine. A group
that is not there is empty, whatever was asked for.

Example

    annotations:
      nginx.ingress.kubernetes.io/rewrite-target: /
    …
    - {path: /app, pathType: Prefix, …}

Use instead

    annotations:
      nginx.ingress.kubernetes.io/rewrite-target: /$2
    …
    - {path: /app(/|$)(.*), pathType: ImplementationSpecific, …}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import find
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI510"
NAME = "rewrite-collapses"
LEVEL = "warning"
READS = (ROUTES,)

_TARGET = "nginx.ingress.kubernetes.io/rewrite-target"
_CANARY = "nginx.ingress.kubernetes.io/canary"
_PLACE = ("metadata", "annotations", _TARGET)
# The groups that nginx knows (ngx_http_script_compile); other variables have names.
_GROUP = re.compile(r"\$([1-9])")


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of ingress-nginx. One finding each; a group in the path says more was meant."""
    for _, ingress in subject.routes.taken_by("ingress-nginx"):
        target = ingress.meta.annotations.get(_TARGET, "").strip()
        if target and "://" not in target and _CANARY not in ingress.meta.annotations:
            found = _groups(ingress, target) if "$" in target else _whole(ingress, target)
            yield from found


def _paths(ingress: Ingress, target: str) -> list[str]:
    return [
        path.path
        for rule in ingress.rules
        for path in rule.paths
        if path.path_type != "Exact" and path.path not in (target, "") and path.path[-1:] != "$"
    ]


def _whole(ingress: Ingress, target: str) -> Iterator[Finding]:
    paths = _paths(ingress, target)
    if paths:
        grouped = any("(" in path for path in paths)
        level = LEVEL if grouped else "info"
        message = f"all that is below {paths[0]} reaches the backend as {target}"
        fix = "" if grouped else _with_groups(paths[0])
        yield finding_on(ingress, CODE, level, message, _PLACE, fix)


def _groups(ingress: Ingress, target: str) -> Iterator[Finding]:
    for path in _paths(ingress, target):
        # It finds nothing at all or itself, and tells how many groups it has either way.
        found = find(f"{as_bytes(path)}|", "")
        has = len(found.groups) if found is not None else 9
        missing = sorted({int(number) for number in _GROUP.findall(target) if int(number) > has})
        if not missing:
            continue
        many = f"{has} group{'s' * (has > 1)}" if has else "no group"
        message = f"rewrite-target {target} asks for ${missing[0]}, and {path} has {many}"
        left = _only_up_to(has, target, "")
        if "$" not in left:
            message += f": all that is below it reaches the backend as {left or 'nothing'}"
        fix = _with_groups(path)
        if has:
            # The last one is mostly what is left of the path.
            free = len(missing) == 1 and f"${has}" not in target
            fix = f"{_TARGET}: {_only_up_to(has, target, f'${has}')}" if free else ""
        yield finding_on(ingress, CODE, LEVEL, message, _PLACE, fix)
        return


def _only_up_to(has: int, target: str, instead: str) -> str:
    """The target with something else for the groups that are not there."""
    return _GROUP.sub(lambda one: one[0] if int(one[1]) <= has else instead, target)


def _with_groups(path: str) -> str:
    pattern = f"path: {path.rstrip('/')}(/|$)(.*)"
    return f"{_TARGET}: /$2, and {pattern} with pathType: ImplementationSpecific"
