"""What the controller takes for the client, its scheme and its host.

With use-forwarded-headers those are the headers of a proxy before it
(lua_ingress.lua; real_ip in nginx.tmpl), else what is on the connection.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from kubectl_ingress.controllers._ingress_nginx.config_map import Config, Network
from kubectl_ingress.core.request import Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Sight:
    """How a request is seen; `headers` is use-forwarded-headers, `real_ip` enable-real-ip."""

    headers: bool = False
    real_ip: bool = False
    client_header: str = "X-Forwarded-For"
    trusted: tuple[Network, ...] = ()

    @classmethod
    def by(cls, config: Config) -> Sight:
        """What the ConfigMap makes of it."""
        return cls(config.forwarded_headers, config.real_ip, config.client_header, config.trusted)

    def scheme(self, request: Request) -> str:
        """http or https, or whatever X-Forwarded-Proto says."""
        forwarded = request.header("x-forwarded-proto") if self.headers else None
        return request.scheme if forwarded is None else forwarded

    def host(self, request: Request) -> str:
        """The host without port, as it was sent."""
        forwarded = request.header("x-forwarded-host") if self.headers else None
        if forwarded is None:
            return request.host
        return forwarded.partition(",")[0].partition(":")[0]

    def port(self, request: Request, own: int) -> str:
        """The port that clients connect to, `own` where no header says it."""
        forwarded = request.header("x-forwarded-port") if self.headers else None
        return str(own) if forwarded is None else forwarded

    def client(self, request: Request) -> Address | None:
        """The client's address; None where nobody knows it."""
        seen = _address(request.client)
        if not (self.headers or self.real_ip) or (seen is not None and not self._trusts(seen)):
            return seen
        passed = ",".join(request.header_values(self.client_header)).split(",")
        for text in reversed(passed):
            address = _address(text.strip())
            if address is None:
                break
            seen = address
            if not self._trusts(address):
                break
        return seen

    def _trusts(self, address: Address) -> bool:
        return is_in(address, self.trusted)


AS_IT_IS = Sight()


def is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of some networks."""
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
