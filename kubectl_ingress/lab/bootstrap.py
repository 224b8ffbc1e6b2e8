"""What is in a cluster before anybody has made anything."""

from __future__ import annotations

from kubectl_ingress.lab.api import Api, Json
from kubectl_ingress.lab.apiserver.default_roles import default_roles
from kubectl_ingress.lab.endpoints import SERVICE_NAME

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


async def bootstrap(api: Api, port: int) -> None:
    """Make the namespaces, the API server's own Service, and the default roles.

    `port` is the API server's.
    """
    for name in NAMESPACES:
        await api.create("/api/v1/namespaces", {"metadata": {"name": name}}, agent="lab")
    for role in default_roles():
        plural = f"{role['kind'].lower()}s"
        await api.create(f"/apis/{role['apiVersion']}/{plural}", role, agent="lab")
    service: Json = {"metadata": {"name": "kubernetes", "labels": _LABELS}, "spec": _SERVICE}
    await api.create("/api/v1/namespaces/default/services", service, agent="lab")
    path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    await api.create(path, _endpoints(port), agent="lab")


_LABELS = {"component": "apiserver", "provider": "kubernetes"}
_SERVICE: Json = {
    "clusterIP": "10.96.0.1",
    "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
}


def _endpoints(port: int) -> Json:
    return {
        "metadata": {
            "name": "kubernetes",
            "labels": {SERVICE_NAME: "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
