"""By which annotation of an Ingress a controller is told what to speak to pods."""

from __future__ import annotations

from kubectl_ingress.controllers._alb.annotations import PREFIX as ALB
from kubectl_ingress.controllers._haproxy.settings import Settings as HaproxySettings
from kubectl_ingress.controllers._ingress_nginx.reading import PREFIX as NGINX
from kubectl_ingress.controllers._ingress_nginx.settings import Settings as NginxSettings

_PREFIXES = {"ingress-nginx": NGINX, "traefik-nginx": NGINX, "alb": ALB.removesuffix("/")}


def protocol_annotations(controller: str, settings: object = None) -> tuple[str, ...]:
    """Their names, the one that counts most first; none where Ingresses do not say it.

    Traefik, Kong and GKE read it from Services, F5 from a list of them. `settings` are the
    controller's own where it runs, which may give the annotations another prefix.
    """
    if isinstance(settings, NginxSettings):
        prefixes: tuple[str, ...] = (settings.annotations_prefix,)
    elif isinstance(settings, HaproxySettings):
        prefixes = settings.prefixes
    else:
        prefixes = (_PREFIXES[controller],) if controller in _PREFIXES else ()
    return tuple(f"{prefix}/backend-protocol" for prefix in prefixes)
