"""What the controller takes for the client, its scheme and its host.

With use-forwarded-headers those are the headers of a proxy before it
(lua_ingress.lua; real_ip in nginx.tmpl), else what is on the connection.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.config_map import Config
from kubectl_ingress.core.networks import Address, Network, parse_address
from kubectl_ingress.core.networks import is_in as is_in
from kubectl_ingress.core.request import Request


class Sight(Struct, frozen=True):
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
            return sent_host(request)
        return forwarded.partition(",")[0].partition(":")[0]

    def port(self, request: Request, own: int) -> str:
        """The port that clients connect to, `own` where no header says it."""
        forwarded = request.header("x-forwarded-port") if self.headers else None
        return str(own) if forwarded is None else forwarded

    def client(self, request: Request) -> Address | None:
        """The client's address; None where nobody knows it."""
        seen = parse_address(request.client)
        if not (self.headers or self.real_ip) or (seen is not None and not self._trusts(seen)):
            return seen
        passed = ",".join(request.header_values(self.client_header)).split(",")
        for text in reversed(passed):
            address = parse_address(text.strip())
            if address is None:
                break
            seen = address
            if not self._trusts(address):
                break
        return seen

    def _trusts(self, address: Address) -> bool:
        return is_in(address, self.trusted)


AS_IT_IS = Sight()


def sent_host(request: Request) -> str:
    """The Host header up to the first colon, which leaves little of an address of IPv6."""
    return request.authority.partition(":")[0]
