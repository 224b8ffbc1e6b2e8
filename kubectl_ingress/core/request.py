"""One request, and what is decided about it.

The Decision is the centre of everything: `test` compares it with a real
answer, `trace` prints it, migrations compare two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.errors import UsageError


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it leaves the client.

    `host` is the Host header's name, lower-cased, without port; `port` is None
    for the scheme's own. `target` is the raw request target, query included:
    what matching makes of it is the controller's affair.
    """

    host: str
    target: str = "/"
    scheme: str = "http"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    port: int | None = None

    @property
    def path(self) -> str:
        """The raw path, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str | None:
        """The raw query, None where there is no question mark."""
        _, mark, query = self.target.partition("?")
        return query if mark else None

    @property
    def authority(self) -> str:
        """The Host header: the port is only written when it is not the scheme's."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL a client would be given."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(url: str) -> tuple[str, str, int | None, str]:
    """``scheme://host[:port][/target]`` -> (scheme, host, port, raw target).

    The host is lower-cased, an IPv6 address loses its brackets. The fragment
    is dropped, as every client does. Raises UsageError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is not a URL: {error}", "example: http://HOST/PATH") from error
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is neither http:// nor https://", "example: http://HOST/PATH")
    if not parts.hostname or any(c.isspace() for c in url) or "@" in parts.netloc:
        raise UsageError(f"{url!r} has no usable host", "example: http://HOST/PATH")
    default = 443 if parts.scheme == "https" else 80
    target = (parts.path or "/") + (f"?{parts.query}" if "?" in url.partition("#")[0] else "")
    host = normalise_host(parts.hostname)
    return parts.scheme, host, None if port == default else port, target


class OutcomeKind(StrEnum):
    """What becomes of a request."""

    FORWARD = "forward"
    REDIRECT = "redirect"
    REPLY = "reply"
    """The controller answers by itself."""
    REFUSED = "refused"
    """The controller could not load its configuration."""
    UNDEFINED = "undefined"
    """The real controller leaves the winner to chance; see `candidates`."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address behind a backend."""

    address: str
    port: int
    pod: str
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service port with its share of the requests (weights are relative)."""

    namespace: str
    service: str
    port: str
    weight: int = 1
    endpoints: tuple[Target, ...] = ()

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}:{self.port}"


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that took a request: `ingress` is ``namespace/name``."""

    ingress: str
    host: str
    path: str
    path_type: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client sees and the pod receives.

    `status` is None where the backend decides. `upstream_path` is the request
    target as the pod sees it, query included.
    """

    kind: OutcomeKind
    status: int | None = None
    location: str | None = None
    upstream_path: str | None = None
    backends: tuple[Backend, ...] = ()
    candidates: tuple[Outcome, ...] = ()

    @property
    def pods(self) -> frozenset[str]:
        """The names of the pods that may answer."""
        return frozenset(e.pod for b in self.backends for e in b.endpoints if e.ready and e.pod)


@dataclass(frozen=True, slots=True)
class Step:
    """One reason on the way, in the order of the way. `source` names an object, or ""."""

    stage: str
    text: str
    source: str = ""
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What will happen to one request, and why.

    `findings` hold the reasons why it does not reach a backend, the most
    telling first, and what makes the prediction uncertain.
    """

    request: Request
    outcome: Outcome
    route: Route | None
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    runners_up: tuple[tuple[Route, str], ...] = ()

    @property
    def uncertain(self) -> bool:
        """Whether something on the way is not modelled."""
        return any(finding.code in ("KI401", "KI110") for finding in self.findings)
