"""What haproxy does with a request beside sending it on, in the words of haproxy.tmpl."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.actions import Action, Redirecting
from kubectl_ingress.core.guards import Addresses
from kubectl_ingress.core.networks import Address, Network, is_in, parse_address
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import UNSET, Value


class ToHttps(Redirecting, frozen=True):
    """``redirect scheme https``: the Host header and the raw target are kept."""

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only for http."""
        if request.scheme != "http":
            return None
        return f"https://{request.authority}{path}{request.query_text}"

    def __str__(self) -> str:
        return f"http is redirected to https ({self.status})"


class To(Redirecting, frozen=True, kw_only=True):
    """A redirect to a fixed place, the value of the setting `key`."""

    key: str

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        return self.because.text

    def __str__(self) -> str:
        return f"{self.key} sends it to {self.because.text} ({self.status})"


class ToHost(Redirecting, frozen=True, kw_only=True):
    """``redirect prefix //HOST``: the same target on another host."""

    host: str

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        return f"//{self.host}{path}{request.query_text}"

    def __str__(self) -> str:
        return f"redirect-from sends it to {self.host} ({self.status})"


class Sources(Addresses, frozen=True, kw_only=True):
    """The lists of allowlist- and denylist-source-range, whose items may be negated.

    `header` is whose address counts before that of the connection.
    """

    but_allowed: tuple[Network, ...]
    but_denied: tuple[Network, ...]
    header: str

    def address(self, request: Request) -> Address | None:
        """That of the header, where it has one."""
        named = request.header(self.header) if self.header else None
        return parse_address(named or "") or parse_address(request.client)

    def refuses(self, address: Address) -> bool:
        """Whether one is refused."""
        if is_in(address, self.but_allowed):
            return True
        if self.allowed and not is_in(address, self.allowed):
            return True
        if not self.denied and not self.but_denied:
            return False
        listed = not self.denied or is_in(address, self.denied)
        return listed and not is_in(address, self.but_denied)


class Preflight(Action, Struct, frozen=True):
    """204 for every OPTIONS where CORS is on, whatever its Origin."""

    because: Value = UNSET

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for OPTIONS."""
        return Outcome(OutcomeKind.REPLY, 204) if request.method == "OPTIONS" else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Who answers."""
        return self.because.step("access", "cors-enable answers OPTIONS (204)")
