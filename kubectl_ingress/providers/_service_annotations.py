"""What annotations of a Service ask of its load balancer, whichever cloud makes it.

Names and values are those of the clouds' own controllers (autumn 2026): cloud-provider-aws and
the AWS Load Balancer Controller, digitalocean-cloud-controller-manager,
scaleway-cloud-controller-manager, hcloud-cloud-controller-manager,
linode-cloud-controller-manager, openstack-cloud-controller-manager, oci-cloud-controller-manager,
vultr-cloud-controller-manager, Civo's and OVHcloud's.
"""

from __future__ import annotations

from collections.abc import Mapping

_BETA = "service.beta.kubernetes.io/"
AWS = f"{_BETA}aws-load-balancer-"
AZURE = f"{_BETA}azure-"
_TARGET_GROUP = f"{AWS}target-group-attributes"

# The beginning of a cloud's annotations -> what switches its PROXY protocol on, and the value.
_PROXY: Mapping[str, tuple[str, str]] = {
    AWS: (f"{AWS}proxy-protocol", "*"),
    f"{_BETA}do-loadbalancer-": (f"{_BETA}do-loadbalancer-enable-proxy-protocol", "true"),
    f"{_BETA}scw-loadbalancer-": (f"{_BETA}scw-loadbalancer-proxy-protocol-v2", "true"),
    "load-balancer.hetzner.cloud/": ("load-balancer.hetzner.cloud/uses-proxyprotocol", "true"),
    f"{_BETA}linode-loadbalancer-": (
        f"{_BETA}linode-loadbalancer-default-proxy-protocol",
        "v2",
    ),
    "loadbalancer.openstack.org/": ("loadbalancer.openstack.org/proxy-protocol", "true"),
    f"{_BETA}oci-load-balancer-": (
        f"{_BETA}oci-load-balancer-connection-proxy-protocol-version",
        "2",
    ),
    f"{_BETA}vultr-loadbalancer-": (f"{_BETA}vultr-loadbalancer-proxy-protocol", "true"),
    "kubernetes.civo.com/loadbalancer-": (
        "kubernetes.civo.com/loadbalancer-enable-proxy-protocol",
        "send-proxy-v2",
    ),
    f"{_BETA}ovh-loadbalancer-": (f"{_BETA}ovh-loadbalancer-proxy-protocol", "v2"),
}
_ALSO_PROXY = (f"{_BETA}scw-loadbalancer-proxy-protocol-v1",)
_OFF = ("", "false", "none", "off", "0")

# What gives a load balancer a certificate, so that TLS ends there.
_CERTIFICATES = (
    f"{AWS}ssl-cert",
    f"{_BETA}do-loadbalancer-certificate-id",
    f"{_BETA}do-loadbalancer-certificate-name",
    f"{_BETA}scw-loadbalancer-certificate-ids",
    f"{_BETA}oci-load-balancer-tls-secret",
    f"{_BETA}vultr-loadbalancer-ssl",
    "load-balancer.hetzner.cloud/http-certificates",
    "loadbalancer.openstack.org/default-tls-container-ref",
)
# Behind it the controller is asked in TLS again.
_ENCRYPTS = (f"{AWS}backend-protocol", ("ssl", "https"))

# The same for what makes a load balancer be known by a name: nodes take no shortcut to it then.
_BY_NAME: Mapping[str, tuple[str, str]] = {
    f"{_BETA}do-loadbalancer-": (f"{_BETA}do-loadbalancer-hostname", "lb.example.com"),
    f"{_BETA}scw-loadbalancer-": (f"{_BETA}scw-loadbalancer-use-hostname", "true"),
    "load-balancer.hetzner.cloud/": ("load-balancer.hetzner.cloud/hostname", "lb.example.com"),
}


def asks_proxy_protocol(annotations: Mapping[str, str]) -> str:
    """The annotation that makes the load balancer send the PROXY protocol, "" for none."""
    for name in (*(name for name, _ in _PROXY.values()), *_ALSO_PROXY):
        if annotations.get(name, "").strip().lower() not in _OFF:
            return name
    if "proxy_protocol_v2.enabled=true" in annotations.get(_TARGET_GROUP, "").replace(" ", ""):
        return _TARGET_GROUP
    return ""


def proxy_protocol_of(annotations: Mapping[str, str]) -> tuple[str, str] | None:
    """The annotation and value that would make it, by the cloud that others are for; else None."""
    return _by_cloud(_PROXY, annotations)


def name_for(annotations: Mapping[str, str]) -> tuple[str, str] | None:
    """The annotation and value by which that cloud gives a load balancer a name, else None."""
    return _by_cloud(_BY_NAME, annotations)


def _by_cloud(
    table: Mapping[str, tuple[str, str]], annotations: Mapping[str, str]
) -> tuple[str, str] | None:
    for beginning, wanted in table.items():
        if any(name.startswith(beginning) for name in annotations):
            return wanted
    return None


def ends_tls(annotations: Mapping[str, str]) -> str:
    """The annotation by which TLS ends at the load balancer, "" where it goes through."""
    protocol, encrypts = _ENCRYPTS
    if annotations.get(protocol, "").lower() in encrypts:
        return ""
    return next((name for name in _CERTIFICATES if annotations.get(name)), "")


def named(annotations: Mapping[str, str]) -> bool:
    """Whether the load balancer is to be known by a name instead of its address."""
    return any(annotations.get(name, "").lower() not in _OFF for name, _ in _BY_NAME.values())
