"""An address is of a family in which nobody listens.

What it does
Compares the IP families of the Service of ingress-nginx with disable-ipv6 in its ConfigMap,
and with the addresses that its load balancer has.

Why it is bad
Clients that prefer IPv6 ask the AAAA record of the name first, and hang or are refused, while
others are answered.

Example

    kind: Service
    spec:
      ipFamilies: [IPv4, IPv6]
    ---
    kind: ConfigMap
    data:
      disable-ipv6: "true"

Use instead

    ipFamilies: [IPv4]

Or `disable-ipv6: "false"`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.networks import parse_address
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, NginxEntry, Subject

CODE = "KI627"
NAME = "ip-family"
LEVEL = "error"
READS = (ROUTES,)

_KEY = "disable-ipv6"


def check(subject: Subject) -> Iterable[Finding]:
    """Services of ingress-nginx."""
    for entry in subject.routes.entries:
        service, meta = entry.service, entry.service.meta
        families = service.ip_families
        about = f"Service {meta.key}"
        if "IPv6" in families and entry.is_on(_KEY):
            message = f"{about} has the family IPv6, and {_KEY} keeps the controller from it"
            field = ("spec", "ipFamilies")
            fix = entry.mend(_KEY, "false")
            yield Finding(CODE, LEVEL, message, about, meta.origin, fix, field)
        elif families and "IPv6" not in families and (address := _ipv6_of(entry)):
            message = (
                f"{about} has the IPv6 address {address}, and the families {', '.join(families)}:"
                " unless the load balancer translates, nobody answers there"
            )
            field = ("status", "loadBalancer")
            fix = "ipFamilyPolicy: PreferDualStack, or no AAAA record"
            yield Finding(CODE, "warning", message, about, meta.origin, fix, field)


def _ipv6_of(entry: NginxEntry) -> str:
    for text in entry.service.addresses:
        address = parse_address(text)
        if address is not None and address.version == 6:
            return text
    return ""
