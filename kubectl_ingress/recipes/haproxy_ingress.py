"""HAProxy Ingress, of jcmoraisjr."""

from __future__ import annotations

from kubectl_ingress.recipes import Chart, Needs

RECIPE = Chart(
    title="HAProxy Ingress (jcmoraisjr)",
    remark="a community project, annotations haproxy-ingress.github.io/",
    repository="https://haproxy-ingress.github.io/charts",
    chart="haproxy-ingress",
    # The project gives chart and image one number.
    version="0.16.1",
    namespace="ingress-controller",
    release="haproxy-ingress",
    class_name="haproxy",
    class_value="haproxy-ingress.github.io/controller",
    values={
        "controller": {
            "ingressClassResource": {"enabled": True},
            "publishService": {"enabled": True},
        }
    },
    service=("controller", "service"),
    entry="haproxy-ingress",
    needs=Needs(class_name="haproxy", rewrite="haproxy-ingress.github.io/rewrite-target"),
)
