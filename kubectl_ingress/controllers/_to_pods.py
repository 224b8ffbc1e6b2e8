"""By which annotation of an Ingress a controller is told what to speak to pods."""

from __future__ import annotations

# Spelled out: to import each controller's own folder costs every test of a route 10 ms.
_PREFIXES = {
    "ingress-nginx": ("nginx.ingress.kubernetes.io",),
    "traefik-nginx": ("nginx.ingress.kubernetes.io",),
    "alb": ("alb.ingress.kubernetes.io",),
}


def protocol_annotations(controller: str, settings: object = None) -> tuple[str, ...]:
    """Their names, the one that counts most first; none where Ingresses do not say it.

    Traefik, Kong and GKE read it from Services, F5 from a list of them. `settings` are the
    controller's own where it runs, which may give the annotations another prefix: ingress-nginx's
    have one, HAProxy's several.
    """
    own = getattr(settings, "annotations_prefix", "")
    prefixes = (own,) if own else getattr(settings, "prefixes", _PREFIXES.get(controller, ()))
    return tuple(f"{prefix}/backend-protocol" for prefix in prefixes)
