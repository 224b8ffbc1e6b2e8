"""Who ingress-nginx is."""

from __future__ import annotations

from kubectl_ingress.controllers._profile import Profile

PROFILE = Profile(
    name="ingress-nginx",
    title="ingress-nginx",
    controller="k8s.io/ingress-nginx",
    default_class="nginx",
    not_found_body="<center>nginx</center>",
    fake_certificate="Kubernetes Ingress Controller Fake Certificate",
)
