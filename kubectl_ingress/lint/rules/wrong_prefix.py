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
What the finding names: an annotation of the controller that takes the Ingress with its value, or an
object that has to be made. Where something beside it on the Ingress does the same already, with the
same value, it is an info. What keeps requests out is another rule's, and an error (KI408).

What --fix does
It gives ingress.kubernetes.io/ of old releases today's prefix, where ingress-nginx takes the
Ingress and knows the name. Another controller's annotation has no certain counterpart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.annotations import ALIASES, ROWS
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.edits import Mend, RenameKey
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.lint.losses import Loss, State
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI406"
NAME = "wrong-prefix"
LEVEL = "warning"
READS = (ROUTES, "Ingress", "IngressClass")

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
    "gke": (),
}
# What F5's controller calls like things of ingress-nginx; the values may be written otherwise.
_OF_F5: Mapping[str, str] = {
    "client-max-body-size": "proxy-body-size",
    "limit-req-rate": "limit-rps",
    "location-snippets": "configuration-snippet",
    "proxy-buffer-size": "proxy-buffer-size",
    "proxy-buffers": "proxy-buffers-number",
    "proxy-connect-timeout": "proxy-connect-timeout",
    "proxy-read-timeout": "proxy-read-timeout",
    "proxy-send-timeout": "proxy-send-timeout",
    "redirect-to-https": "force-ssl-redirect",
    "server-snippets": "server-snippet",
    "ssl-services": "backend-protocol",
}


def check(subject: Subject) -> Iterable[Finding]:
    """Every Ingress that a controller takes whose annotations are known."""
    owners = subject.routes.owners
    for ingress in subject.snapshot.ingresses:
        if ingress.meta.annotations:
            owner = owners.get(ingress.meta.key)
            if owner is not None and owner.name in _READ and not _is_either(ingress, subject):
                yield from _of_ingress(ingress, owner.name, owner.controller.PROFILE.title)
                if _NGINX not in _READ[owner.name]:
                    title = owner.controller.PROFILE.title
                    yield from _of_nginx(ingress, title, subject.routes.losses[ingress.meta.key])


def _is_either(ingress: Ingress, subject: Subject) -> bool:
    """Whether a class haproxy, of which there is no object, may be that of the other HAProxy."""
    if subject.routes.owners[ingress.meta.key].name != "haproxy-ingress":
        return False
    is_there = class_of(ingress) in subject.snapshot.class_by_name
    return not is_there and any(one.startswith("haproxy.org/") for one in ingress.meta.annotations)


def _of_ingress(ingress: Ingress, controller: str, title: str) -> Iterator[Finding]:
    """All but those of ingress-nginx."""
    read = _READ[controller]
    for annotation in ingress.meta.annotations:
        prefix, _, name = annotation.partition("/")
        fix, mend = "", None
        place = ("metadata", "annotations", annotation)
        if prefix in read or not name or prefix == _NGINX:
            continue
        if prefix == _OLD and (name in ROWS or name in ALIASES):
            whose = "is of releases before 0.10"
            if controller == "ingress-nginx":
                fix = f"{_NGINX}/{name}"
                mend = Mend((RenameKey(place, fix),))
        elif prefix in _TITLES:
            whose = f"is one of {_TITLES[prefix]}"
            if prefix == "nginx.org" and controller == "ingress-nginx" and name in _OF_F5:
                fix = f"{_NGINX}/{_OF_F5[name]}"
        else:
            continue
        message = f"{annotation} {whose}, and {title} takes this Ingress: it has no effect"
        finding = finding_on(ingress, CODE, LEVEL, message, place, fix or _look(title))
        yield replace(finding, mend=mend) if mend is not None else finding


def _of_nginx(ingress: Ingress, title: str, losses: tuple[Loss, ...]) -> Iterator[Finding]:
    """Those of ingress-nginx, but for guards that are lost."""
    for loss in losses:
        is_done = loss.state is State.DONE
        if loss.guard and not is_done:
            continue
        message = f"{loss.what} is one of ingress-nginx, and {title} takes this Ingress:"
        if is_done:
            message, fix = f"{message} it is not needed", f"take {loss.what} out"
        else:
            message, fix = f"{message} it has no effect", loss.fix or _look(title)
            if loss.beside:
                message += f", and {loss.beside} may differ from it"
        yield finding_on(ingress, CODE, "info" if is_done else LEVEL, message, loss.place, fix)


def _look(title: str) -> str:
    """Where nothing is known that does the same; what it says may be dear to somebody."""
    return f"look up in the manual of {title} what does the same"
