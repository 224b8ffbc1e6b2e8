"""The challenge of a certificate is solved by a class that nobody serves.

What it does
Follows the class of HTTP-01 solvers of cert-manager's Issuers and ClusterIssuers
(`ingressClassName`, or the older `class`) to the IngressClasses.

Why it is bad
The challenge's Ingress is passed over, so the authority gets a 404, and the Secret of the
certificate never comes: clients are shown the controller's own one.

Example

    kind: ClusterIssuer
    spec:
      acme:
        solvers:
        - http01: {ingress: {ingressClassName: ngnix}}

Use instead
The class of the Ingress that the certificate is for: `kubectl get ingressclasses`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from kubectl_ingress.core.objects import Custom, Finding
from kubectl_ingress.lint.subject import Field, Subject

CODE = "KI304"
NAME = "solver-class"
LEVEL = "error"
READS = ("IngressClass", "custom")

_GROUP = "cert-manager.io"
_FIELDS = ("ingressClassName", "class")


def check(subject: Subject) -> Iterable[Finding]:
    """Every Issuer; nothing is said where no class is known."""
    known = subject.snapshot.class_by_name
    if not known:
        return
    for issuer in subject.snapshot.customs:
        if issuer.group != _GROUP:
            continue
        for field, name in _solver_classes(issuer):
            if name in known:
                continue
            about = f"{issuer.kind} {issuer.meta.key}"
            message = f"{about} solves challenges by class {name}, which does not exist"
            near = difflib.get_close_matches(name, known, 1, 0) or sorted(known)[:1]
            fix = f"{field[-1]}: {near[0]}"
            yield Finding(CODE, LEVEL, message, about, issuer.meta.origin, fix, field)


def _solver_classes(issuer: Custom) -> Iterator[tuple[Field, str]]:
    acme = issuer.spec.get("acme")
    solvers = acme.get("solvers") if isinstance(acme, dict) else None
    for number, solver in enumerate(solvers if isinstance(solvers, list) else ()):
        http = solver.get("http01") if isinstance(solver, dict) else None
        ingress = http.get("ingress") if isinstance(http, dict) else None
        fields = ingress if isinstance(ingress, dict) else {}
        for name in _FIELDS:
            value = fields.get(name)
            if isinstance(value, str) and value:
                yield ("spec", "acme", "solvers", number, "http01", "ingress", name), value
