"""One request, and what is decided about it.

The Decision is the centre of everything: `test` compares it with a real
answer, `trace` prints it, migrations compare two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.authority import parse_authority
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.private import shown_header
from kubectl_ingress.core.records import Compared
from kubectl_ingress.errors import UsageError


def usual_port(scheme: str) -> int:
    """The port that a URL of this scheme need not name."""
    return 443 if scheme == "https" else 80


class Request(Struct, frozen=True):
    """A request as it leaves the client.

    `host` is the name in the Host header as it is sent, without port; `port` is
    None for the scheme's own. `target` is the raw request target, query
    included: what matching makes of both is the controller's affair. `client`
    is the IP address that the controller sees ("" where nobody knows it), `sni`
    the name in the TLS handshake where it is not the host, `body_size` in bytes.
    `user` is set where the Authorization header holds a password of this one, which
    nobody is shown.
    """

    host: str
    target: str = "/"
    scheme: str = "http"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    port: int | None = None
    client: str = ""
    sni: str | None = None
    body_size: int = 0
    user: str | None = None

    def received(self) -> Request:
        """The request as a server reads it: a target that is a whole URL names the host itself.

        RFC 9112, section 3.2.2: the Host header is ignored then.
        """
        scheme, mark, rest = self.target.partition("://")
        if not mark or not scheme.isalpha():
            return self
        end = next((number for number, sign in enumerate(rest) if sign in "/?#"), len(rest))
        authority, target = rest[:end], rest[end:]
        try:
            host, port = parse_authority(authority)
        except ValueError:
            host, port = authority, None
        target = target if target.startswith("/") else f"/{target}"
        return replace(self, host=host, port=port, target=target)

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
    def query_text(self) -> str:
        """The query with its question mark, "" where there is none."""
        _, mark, query = self.target.partition("?")
        return mark + query

    @property
    def authority(self) -> str:
        """The Host header: the port is only written when it is not the scheme's."""
        host = f"[{self.host}]" if ":" in self.host and self.host[0] != "[" else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL a client would be given."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def listener_port(self) -> int:
        """The port that is connected to."""
        return self.port or usual_port(self.scheme)

    def header(self, name: str) -> str | None:
        """The first value of a header, None where absent. Names have no case."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of a header in their order."""
        lowered = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == lowered)

    @property
    def shown_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers as they may be printed."""
        return tuple((name, shown_header(name, value)) for name, value in self.headers)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie, the first of that name; None where absent. RFC 6265, 5.4."""
        for line in self.header_values("cookie"):
            for pair in line.split(";"):
                key, equals, value = pair.strip().partition("=")
                if equals and key == name:
                    return value
        return None

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query's parameters, percent-decoded, in their order."""
        return tuple(parse_qsl(self.query or "", keep_blank_values=True))


def host_of_header(value: str, scheme: str, port: int | None) -> str:
    """The host of a Host header that takes the place of a URL's, whose port stays.

    The connection goes to the port of the URL. Raises ValueError where the header is none, or
    names another port.
    """
    host, own = parse_authority(value)
    connected = port or usual_port(scheme)
    if own not in (None, connected):
        raise ValueError(f"port {own} is not that of the URL, {connected}, to which is connected")
    return host


def parse_url(url: str) -> tuple[str, str, int | None, str]:
    """``scheme://host[:port][/target]`` -> (scheme, host, port, raw target).

    The host is as written, for some controllers tell its case (an IPv6 address loses its
    brackets). The fragment is dropped, as every client does. Raises UsageError.
    """
    if any(c.isspace() for c in url):
        raise UsageError(f"{url!r} holds a space or a line break", "write a space as %20")
    try:
        parts = urlsplit(url)
        if "@" in parts.netloc:
            user, _, host = parts.netloc.rpartition("@")
            raise UsageError(
                f"the URL names a user, {user.partition(':')[0]!r}, of which no route knows",
                f"write {parts.scheme}://{host}{parts.path}\n"
                "and what a client makes of a user: -H 'Authorization: Basic …'",
            )
        host, port = parse_authority(parts.netloc)
    except ValueError as error:
        raise UsageError(f"{url!r} is not a URL: {error}", "example: http://HOST/PATH") from error
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is neither http:// nor https://", "example: http://HOST/PATH")
    if not host:
        raise UsageError(f"{url!r} has no host", "example: http://HOST/PATH")
    target = (parts.path or "/") + (f"?{parts.query}" if "?" in url.partition("#")[0] else "")
    return (
        parts.scheme,
        host,
        None if port == usual_port(parts.scheme) else port,
        target,
    )


class OutcomeKind(StrEnum):
    """What becomes of a request."""

    FORWARD = "forward"
    REDIRECT = "redirect"
    REPLY = "reply"
    """The controller answers by itself."""
    REFUSED = "refused"
    """No answer is made of it; the stage of the last Step says why."""
    UNDEFINED = "undefined"
    """The real controller leaves the winner to chance; see `candidates`."""


class Target(Struct, frozen=True):
    """One address behind a backend."""

    address: str
    port: int
    pod: str
    ready: bool = True


class Backend(Struct, frozen=True):
    """A Service port with its share of the requests (weights are relative).

    `status` is set where this share is not sent on but answered with it: what
    the Gateway API wants for a reference that does not resolve. `canary` is the
    ``Ingress namespace/name`` that gives a route of another this share, "" else.
    """

    namespace: str
    service: str
    port: str
    weight: int = 1
    endpoints: tuple[Target, ...] = ()
    status: int | None = None
    canary: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}:{self.port}"


class Route(Struct, frozen=True):
    """The rule that took a request: `ingress` is the ``namespace/name`` of a `kind`.

    `field` is where in that object the rule stands, () where that is left open.
    """

    ingress: str
    host: str
    path: str
    path_type: str
    kind: str = "Ingress"
    field: tuple[str | int, ...] = ()


class Outcome(Struct, frozen=True):
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


CONFIGURATION, HANDSHAKE, LISTENER = "configuration", "handshake", "listener"
"""Stages at which a request is refused: nothing new is loaded, no TLS, no such port."""


class Step(Struct, frozen=True):
    """One reason on the way, in the order of the way.

    `source` names the object that decided it ("Ingress ns/name"), or "";
    `field` is where in that object: ("metadata", "annotations", NAME).
    """

    stage: str
    text: str
    source: str = ""
    passed: bool = True
    field: tuple[str | int, ...] = ()


class Way(Struct, frozen=True):
    """How a decision came about.

    `findings` hold the reasons why the request does not reach a backend, the
    most telling first, and what makes the prediction uncertain. `runners_up`
    are the routes that would have taken the request too, each with why it lost.
    """

    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    runners_up: tuple[tuple[Route, str], ...] = ()


class Decision(Compared, Struct, frozen=True, dict=True):
    """What will happen to one request. Why is only worked out when somebody asks."""

    uncompared = ("explain",)

    request: Request
    outcome: Outcome
    route: Route | None
    explain: Callable[[], Way] = Way

    @cached_property
    def way(self) -> Way:
        """How it came about."""
        return self.explain()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The reasons in the order of the way."""
        return self.way.steps

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Why the request does not reach a backend, and what is uncertain."""
        return self.way.findings

    @property
    def runners_up(self) -> tuple[tuple[Route, str], ...]:
        """The routes that lost, each with the reason."""
        return self.way.runners_up

    def with_findings(self, findings: tuple[Finding, ...]) -> Decision:
        """The same decision with other findings."""
        way = replace(self.way, findings=findings)
        return replace(self, explain=lambda: way)

    @property
    def uncertain(self) -> bool:
        """Whether something on the way is not modelled."""
        return any(finding.code in ("KI401", "KI110") for finding in self.findings)
