"""Controllers that are alive, and how the project of each says to install it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Alternative:
    """One controller that cannot be installed by this program yet.

    `how` completes "how it is installed: …" and is what its own project says;
    `remark` is one line for someone who knows ingress-nginx.
    """

    name: str
    title: str
    how: str
    remark: str


ALTERNATIVES = (
    Alternative(
        "traefik",
        "Traefik",
        "its Helm chart traefik/traefik",
        "reads ingress-nginx annotations: --providers.kubernetesingressnginx, 3.6.2+",
    ),
    Alternative(
        "f5-nginx",
        "F5 NGINX Ingress Controller",
        "its Helm chart or the manifests of nginx/kubernetes-ingress; take 5.6.1 or later",
        "from F5, annotations nginx.org/; its class is called nginx too",
    ),
    Alternative(
        "haproxytech",
        "HAProxy Kubernetes Ingress Controller",
        "its Helm chart, or deploy/haproxy-ingress.yaml of haproxytech/kubernetes-ingress",
        "from HAProxy Technologies, annotations haproxy.org/",
    ),
    Alternative(
        "haproxy-ingress",
        "HAProxy Ingress (jcmoraisjr)",
        "its Helm chart haproxy-ingress/haproxy-ingress",
        "a community project, annotations haproxy-ingress.github.io/; Gateway API too",
    ),
    Alternative(
        "kong",
        "Kong Ingress Controller",
        "its Helm chart kong/ingress, into namespace kong",
        "annotations konghq.com/; the free image ends at 3.9",
    ),
    Alternative(
        "contour",
        "Contour",
        "the rendered manifest of projectcontour/contour",
        "Envoy underneath; Ingress, HTTPProxy, Gateway API",
    ),
    Alternative(
        "envoy-gateway",
        "Envoy Gateway",
        "the install.yaml of envoyproxy/gateway, applied server-side",
        "Gateway API only",
    ),
    Alternative(
        "nginx-gateway-fabric",
        "NGINX Gateway Fabric",
        "the CRDs and manifests of nginx/nginx-gateway-fabric",
        "Gateway API only",
    ),
    Alternative(
        "istio",
        "Istio",
        "istioctl install",
        "a service mesh; Ingress and Gateway API",
    ),
    Alternative(
        "cilium",
        "Cilium",
        "cilium install, with its ingress controller switched on",
        "where Cilium is the network already",
    ),
    Alternative(
        "aws-load-balancer-controller",
        "AWS Load Balancer Controller",
        "its Helm chart, with an IAM policy",
        "an Application Load Balancer for each Ingress; class alb",
    ),
    Alternative(
        "gke",
        "GKE Ingress",
        "not at all, it is built into GKE",
        "built into GKE; annotation kubernetes.io/ingress.class: gce, no ingressClassName",
    ),
    Alternative(
        "aks-app-routing",
        "AKS application routing",
        "the add-on of AKS: az aks approuting enable",
        "ingress-nginx with Microsoft's critical patches until November 2026",
    ),
    Alternative(
        "agic",
        "Azure Application Gateway Ingress Controller",
        "the add-on of AKS",
        "an Application Gateway; class azure-application-gateway",
    ),
)

MAINTAINED_BUILDS = (
    "A maintained build of ingress-nginx can be brought with --image or --registry: SUSE Rancher "
    "Prime patches its images until November 2027; Chainguard's and forkline's forks go on."
)


def alternative(name: str) -> Alternative | None:
    """The alternative of this name, None where there is none."""
    return next((each for each in ALTERNATIVES if each.name == name), None)
