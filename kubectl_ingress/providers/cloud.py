"""Any place where Services of type LoadBalancer get an address; what the others differ from."""

from __future__ import annotations

from kubectl_ingress.providers import CLOUD, Place, Provider
from kubectl_ingress.providers._everywhere import always

_BETA = "service.beta.kubernetes.io"
_TRAEFIK = (
    "Traefik, which comes with it, holds ports 80 and 443 of the nodes, so that another load "
    "balancer stays pending"
)

PROVIDER = Provider(
    name="cloud",
    title="a cloud",
    named_by="the cloud",
    pending=("something that makes load balancers: the cloud's controller manager, or MetalLB",),
    variant=always(CLOUD),
    places=(
        Place(
            "gke",
            "Google Kubernetes Engine",
            also=("gcp", "gce", "google"),
            provider_ids=("gce://",),
            labels=("cloud.google.com/gke-nodepool",),
            named_by="Google",
            pending=(
                "quota for a forwarding rule and an address, and a subnet with free addresses",
            ),
            hint=(
                "in a private cluster a firewall rule must open port 8443 from the control plane "
                "to the nodes, or every new Ingress is refused"
            ),
            internal={"networking.gke.io/load-balancer-type": "Internal"},
        ),
        Place(
            "aks",
            "Azure Kubernetes Service",
            also=("azure",),
            provider_ids=("azure://",),
            labels=("kubernetes.azure.com/cluster", "kubernetes.azure.com/agentpool"),
            named_by="Azure",
            pending=("leave for the cluster's identity to make addresses, and quota for one",),
            hint=(
                "its load balancer asks for / and takes a 404 for ill unless externalTrafficPolicy "
                "stays Local, as here; with Cluster the Service needs the annotation "
                f"{_BETA}/azure-load-balancer-health-probe-request-path: /healthz"
            ),
            internal={f"{_BETA}/azure-load-balancer-internal": "true"},
        ),
        Place(
            "hetzner",
            "Hetzner",
            also=("hcloud", "hetzner-robot"),
            provider_ids=("hcloud://", "hrobot://"),
            pending=("hcloud-cloud-controller-manager, and a location for the load balancer",),
            hint=(
                "its load balancer needs a location: HCLOUD_LOAD_BALANCERS_LOCATION of the cloud "
                "controller manager, or annotation load-balancer.hetzner.cloud/location"
            ),
        ),
        Place(
            "docker-desktop",
            "Docker Desktop",
            also=("docker-desktop-kind", "docker"),
            node_names=("docker-desktop", "desktop-control-plane"),
            pending=("ports 80 and 443 of this machine, free: lsof -i :80",),
            hint="its load balancers are localhost, one Service for a port",
        ),
        Place("orbstack", "OrbStack", node_names=("orbstack",)),
        Place(
            "k3s",
            "k3s",
            also=("k3d",),
            provider_ids=("k3s://",),
            labels=("node.kubernetes.io/instance-type=k3s",),
            annotations=("k3s.io/hostname", "k3s.io/internal-ip"),
            anywhere=True,
            named_by="ServiceLB",
            pending=("ports 80 and 443 of a node, free: k3s --disable=traefik",),
            hint=f"{_TRAEFIK}: start it with --disable=traefik (k3d: --k3s-arg)",
        ),
        Place(
            "rancher-desktop",
            "Rancher Desktop",
            node_names=("lima-rancher-desktop",),
            named_by="ServiceLB",
            pending=("ports 80 and 443, free: switch Traefik off",),
            hint=f"{_TRAEFIK}: switch it off in Preferences, Kubernetes",
        ),
        Place(
            "colima",
            "Colima",
            node_names=("colima",),
            named_by="ServiceLB",
            hint="where its k3s runs Traefik, that holds ports 80 and 443: start without it",
        ),
        Place("linode", "Linode (Akamai)", also=("lke", "akamai"), provider_ids=("linode://",)),
        Place("vultr", "Vultr", also=("vke",), provider_ids=("vultr://",)),
        Place("civo", "Civo", provider_ids=("civo://",)),
        Place(
            "openstack",
            "OpenStack",
            also=("ovh", "magnum"),
            provider_ids=("openstack://",),
            pending=("Octavia, and openstack-cloud-controller-manager with a floating network",),
            internal={f"{_BETA}/openstack-internal-load-balancer": "true"},
        ),
        Place("ionos", "IONOS Cloud", provider_ids=("ionos://",)),
        Place("tencent", "Tencent Cloud", also=("tke", "qcloud"), provider_ids=("qcloud://",)),
        Place("ibm", "IBM Cloud", also=("iks",), provider_ids=("ibm://",)),
    ),
)
