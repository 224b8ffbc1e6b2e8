"""Contour: Envoy behind a controller of its own."""

from __future__ import annotations

from kubectl_ingress.recipes import Manifests, Needs, Release
from kubectl_ingress.recipes._github import raw

RECIPE = Manifests(
    title="Contour",
    remark="Envoy underneath; Ingress, HTTPProxy, Gateway API",
    releases=(
        Release(
            version="1.33.6",
            files=raw(
                "projectcontour/contour",
                "v1.33.6",
                {
                    "examples/render/contour.yaml": (
                        "1d2e45c4bb31bea93085231d9b50e2c95ad92432253872b683e672eb7cecbbd8"
                    ),
                },
            ),
        ),
    ),
    namespace="projectcontour",
    entry="envoy",
    # It takes Ingresses by the name of their class, and needs no object of that name.
    class_name="contour",
    class_flag="--ingress-class-name",
    # Of its Job, which does not mark them.
    by_products=(("Secret", "contourcert"), ("Secret", "envoycert"), ("Lease", "leader-elect")),
    needs=Needs(class_name="contour", note="no IngressClass is needed: the name alone counts"),
)
