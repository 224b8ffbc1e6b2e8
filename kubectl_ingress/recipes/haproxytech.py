"""HAProxy Kubernetes Ingress Controller, of HAProxy Technologies."""

from __future__ import annotations

from kubectl_ingress.recipes import Manifests, Needs, Release
from kubectl_ingress.recipes._github import raw

RECIPE = Manifests(
    title="HAProxy Kubernetes Ingress Controller",
    remark="from HAProxy Technologies, annotations haproxy.org/",
    releases=(
        Release(
            version="3.2.11",
            files=raw(
                "haproxytech/kubernetes-ingress",
                "v3.2.11",
                {
                    "deploy/haproxy-ingress.yaml": (
                        "ee2a4c98d2b7544eae0b46c3be3f7e4bd56434aecf75613a9ee93b508cfc9b8a"
                    ),
                },
            ),
        ),
    ),
    namespace="haproxy-controller",
    entry="haproxy-kubernetes-ingress",
    class_name="haproxy",
    class_value="haproxy.org/ingress-controller",
    class_flag="--ingress.class",
    suffixed=True,
    # The manifest has none, and so would serve no Ingress that names a class.
    adds_class=True,
    # Without a tag it would be whatever is newest when a node pulls it.
    tags={"haproxytech/kubernetes-ingress": "haproxytech/kubernetes-ingress:{version}"},
    caution=(
        "its Service is of type NodePort, with the statistics on a port of their own, and it "
        "writes no address into Ingresses"
    ),
    needs=Needs(class_name="haproxy", rewrite="haproxy.org/path-rewrite"),
)
