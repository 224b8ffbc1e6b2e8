"""An annotation is meant for another controller, or for an old release.

What it does
Compares the prefixes of annotations with the controller that takes the Ingress: nginx.org/ on
ingress-nginx, nginx.ingress.kubernetes.io/ on F5's controller, the old ingress.kubernetes.io/.

Why it is bad
Two controllers call themselves nginx, and each ignores the other's annotations in silence.

Example

    metadata:
      annotations:
        nginx.org/rewrites: serviceName=web rewrite=/      # the class is of ingress-nginx
        ingress.kubernetes.io/ssl-redirect: "false"

Use instead
The annotation of the controller that takes the Ingress; its manual has the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_ingress.controllers._ingress_nginx.annotations import ALIASES, ROWS
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI406"
NAME = "wrong-prefix"
LEVEL = "warning"
READS = (ROUTES, "Ingress")

_NGINX = "nginx.ingress.kubernetes.io"
_OLD = "ingress.kubernetes.io"
_TITLES: Mapping[str, str] = {
    _NGINX: "ingress-nginx",
    "nginx.org": "F5's controller",
    "nginx.com": "F5's controller",
    "haproxy.org": "HAProxy Technologies' controller",
    "haproxy-ingress.github.io": "HAProxy Ingress",
    "konghq.com": "Kong",
    "traefik.ingress.kubernetes.io": "Traefik",
    "alb.ingress.kubernetes.io": "the AWS load balancer controller",
    "appgw.ingress.kubernetes.io": "Azure's application gateways",
}
# Controllers that are told apart by their prefix, with those that each reads.
_READ: Mapping[str, tuple[str, ...]] = {
    "ingress-nginx": (_NGINX,),
    "f5-nginx": ("nginx.org", "nginx.com"),
    "haproxy-ingress": ("haproxy-ingress.github.io", _OLD),
    "kong": ("konghq.com",),
    "traefik": ("traefik.ingress.kubernetes.io",),
    "traefik-nginx": (_NGINX,),
    "alb": ("alb.ingress.kubernetes.io",),
}


def check(subject: Subject) -> Iterable[Finding]:
    """Every Ingress that a controller takes whose annotations are known."""
    owners = subject.routes.owners
    for ingress in subject.snapshot.ingresses:
        if ingress.meta.annotations:
            owner = owners.get(ingress.meta.key)
            if owner is not None and owner.name in _READ:
                yield from _of_ingress(ingress, owner.name, owner.controller.PROFILE.title)


def _of_ingress(ingress: Ingress, controller: str, title: str) -> Iterator[Finding]:
    read = _READ[controller]
    for annotation in ingress.meta.annotations:
        prefix, _, name = annotation.partition("/")
        fix = ""
        if prefix in read or not name:
            continue
        if prefix == _OLD and (name in ROWS or name in ALIASES):
            whose = "is of releases before 0.10"
            fix = f"{_NGINX}/{name}" if controller == "ingress-nginx" else ""
        elif prefix in _TITLES:
            whose = f"is one of {_TITLES[prefix]}"
        else:
            continue
        message = f"{annotation} {whose}, and {title} takes this Ingress: it has no effect"
        place = ("metadata", "annotations", annotation)
        yield finding_on(ingress, CODE, LEVEL, message, place, fix or f"take {annotation} out")
