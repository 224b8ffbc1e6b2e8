"""A Network Load Balancer of AWS that ends TLS itself, with a certificate of ACM.

What comes in by https reaches the controller as http; what comes in by http is
redirected by a small server of its own, because the controller could not tell
the two apart. The controller believes the X-Forwarded headers of `proxy_cidr`,
which is the VPC's range: with a wider one, clients could forge their address.
"""

from __future__ import annotations

from kubectl_ingress.providers import Options, Port, Provider, Surroundings, Variant, aws
from kubectl_ingress.providers._nlb import NEEDS, PREFIX, scheme

_REDIRECT_PORT = 2443
_REDIRECT = f"""\
server {{
  listen {_REDIRECT_PORT};
  return 308 https://$host$request_uri;
}}
"""


def variant(surroundings: Surroundings, options: Options) -> Variant:
    """As provider `aws`, with the two ports led to where TLS has ended already."""
    asked = scheme(surroundings, internal=options.internal)
    return Variant(
        balancer=f"{asked.balancer}, ends TLS",
        note=asked.note,
        service_annotations={
            f"{PREFIX}connection-idle-timeout": "60",
            f"{PREFIX}cross-zone-load-balancing-enabled": "true",
            f"{PREFIX}ssl-cert": options.acm_certificate,
            f"{PREFIX}ssl-ports": "https",
            f"{PREFIX}type": "nlb",
            **asked.annotations,
        },
        service_ports=(Port("http", 80, "tohttps"), Port("https", 443, "http")),
        config={
            "http-snippet": _REDIRECT,
            "proxy-real-ip-cidr": options.proxy_cidr,
            "use-forwarded-headers": "true",
        },
        more_ports=(("tohttps", _REDIRECT_PORT),),
    )


PROVIDER = Provider(
    name="aws-nlb-tls",
    title="Amazon Web Services, TLS ended by the load balancer",
    named_by="AWS",
    hostname=True,
    pending=(*NEEDS, "the certificate issued, in the load balancer's own region"),
    variant=variant,
    takes=frozenset({"internal", "acm_certificate", "proxy_cidr"}),
    needs=("acm_certificate", "proxy_cidr"),
    places=aws.PROVIDER.places,
    detected=False,
)
