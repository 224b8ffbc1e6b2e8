"""Traefik in the place of ingress-nginx: it reads the class nginx and its annotations."""

from __future__ import annotations

from kubectl_ingress.recipes import Chart, Needs
from kubectl_ingress.recipes.traefik import RECIPE as TRAEFIK

RECIPE = Chart(
    title="Traefik, in the place of ingress-nginx",
    remark="reads the class nginx and most annotations of ingress-nginx",
    controller="traefik",
    repository=TRAEFIK.repository,
    chart=TRAEFIK.chart,
    version=TRAEFIK.version,
    namespace=TRAEFIK.namespace,
    release=TRAEFIK.release,
    class_name="nginx",
    class_value="k8s.io/ingress-nginx",
    values={
        "ingressClass": {"enabled": False},
        "providers": {
            "kubernetesIngress": {"enabled": False},
            "kubernetesIngressNGINX": {"enabled": True, "publishService": {"enabled": True}},
        },
    },
    service=TRAEFIK.service,
    entry=TRAEFIK.entry,
    # It serves that class, and its chart does not make it.
    makes_class=("nginx", "k8s.io/ingress-nginx"),
    needs=Needs(
        class_name="nginx", rewrite="nginx.ingress.kubernetes.io/rewrite-target", canary=True
    ),
)
