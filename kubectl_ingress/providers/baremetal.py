"""Wherever nothing makes load balancers: requests come in by a port of every node."""

from __future__ import annotations

from kubectl_ingress.providers import Place, Provider, Variant
from kubectl_ingress.providers._everywhere import always

VARIANT = Variant(service_type="NodePort", external_traffic_policy="", publish_service=False)
_METALLB = "with MetalLB or another maker of load balancers, take --provider cloud"

PROVIDER = Provider(
    name="baremetal",
    title="machines of your own",
    named_by="the nodes",
    pending=(),
    variant=always(VARIANT),
    places=(
        Place("baremetal", "machines of your own", also=("bare-metal", "metal"), hint=_METALLB),
        Place(
            "generic",
            "a cluster that nothing is known of",
            also=("kubeadm", "kops", "kubespray", "talos", "onprem"),
            hint=_METALLB,
        ),
        Place(
            "minikube",
            "minikube",
            labels=("minikube.k8s.io/name",),
            node_names=("minikube",),
            hint=(
                "with the docker driver on macOS and Windows the node is not reached from outside: "
                "minikube service list, or --provider cloud and minikube tunnel"
            ),
        ),
        Place(
            "microk8s",
            "MicroK8s",
            labels=("microk8s.io/cluster",),
            anywhere=True,
            hint=(
                "its own addon ingress holds ports 80 and 443 of the nodes where it is enabled; "
                "with the addon metallb, take --provider cloud"
            ),
        ),
        Place(
            "rke2",
            "RKE2",
            labels=("node.kubernetes.io/instance-type=rke2",),
            annotations=("rke2.io/hostname",),
            anywhere=True,
            hint=(
                "it brings an ingress controller of its own, on ports 80 and 443 of the nodes: "
                "ingress-nginx, and Traefik from 1.36"
            ),
        ),
        Place(
            "vsphere",
            "vSphere",
            provider_ids=("vsphere://",),
            hint="with NSX, AVI or MetalLB, take --provider cloud",
        ),
        Place(
            "equinixmetal",
            "Equinix Metal",
            provider_ids=("equinixmetal://",),
            hint=_METALLB,
        ),
    ),
)
