"""What of a table this data plane can carry out, and what it says about the rest.

Both web servers serve the table that comes of it. Paths that would be served
otherwise than the real controller does (unprotected, for one) answer 503; what
only adds to an answer is left away. A check that nobody makes here lets nobody
in. Each is named, nothing is silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.access import Access, Says
from kubectl_ingress.controllers._ingress_nginx.annotation import Effect, Risk
from kubectl_ingress.controllers._ingress_nginx.annotations import ROWS
from kubectl_ingress.controllers._ingress_nginx.canary import Split
from kubectl_ingress.controllers._ingress_nginx.error_pages import ErrorPages
from kubectl_ingress.controllers._ingress_nginx.reading import Limits, Values, read_annotations
from kubectl_ingress.core.actions import Action, Forward, Reply
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.table import Entry, RouteTable, Server
from kubectl_ingress.core.text import printable

# What the settings forbid is not in the table.
_ALL_ALLOWED = Limits(risk=Risk.CRITICAL, snippets=True)
# With one of these a whole host would be served wrongly.
_HOST_WIDE = ("auth-tls-secret", "server-snippet")
# With one of these an Ingress would be, unless the value is the harmless one.
_LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_HOST_WIDE, ()),
    "backend-protocol": ("http",),
    "configuration-snippet": (),
    "enable-modsecurity": ("false",),
    "enable-owasp-core-rules": ("false",),
    "modsecurity-snippet": (),
}
_WITH_EFFECT = """
    allowlist-source-range app-root auth-secret auth-secret-type auth-type auth-url canary
    canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value
    canary-weight canary-weight-total affinity-canary-behavior cors-allow-origin
    custom-http-errors default-backend denylist-source-range enable-cors
    enable-global-auth force-ssl-redirect from-to-www-redirect limit-allowlist
    limit-burst-multiplier limit-connections limit-rpm limit-rps permanent-redirect
    permanent-redirect-code preserve-trailing-slash proxy-body-size relative-redirects
    rewrite-target satisfy server-alias service-upstream ssl-redirect
    temporal-redirect temporal-redirect-code use-port-in-redirects use-regex
    """
_CARRIED_OUT = frozenset(_WITH_EFFECT.split())


class CheckedHere(Action, Struct, frozen=True):
    """Checks as they are made here: no file of passwords is read, and no service is asked.

    Nobody gets in by a password, and where a service would decide it is as if it could
    not be reached, which is 500 and the last of the checks (measured with nginx 1.22).
    """

    access: Access

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """As if the client had not sent a password."""
        kept = tuple(pair for pair in request.headers if pair[0].lower() != "authorization")
        request = replace(request, headers=kept)
        refused = self.access.outcome(request, path)
        if refused is not None or not self.access.service or self._is_enough(request):
            return refused
        return Outcome(OutcomeKind.REPLY, 500)

    def _is_enough(self, request: Request) -> bool:
        """Whether the client's address alone lets it in."""
        access = self.access
        ranges = access.ranges if access.any_one else None
        return ranges is not None and ranges.say(request, access.sight) is Says.YES

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which check."""
        return self.access.steps(request, path)


class Remarks:
    """Writes sentences to a log, each once as long as it holds."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._said: frozenset[str] = frozenset()

    def say(self, sentences: Iterable[str]) -> None:
        """What is to be said of one table."""
        now = tuple(sentences)
        for sentence in now:
            if sentence not in self._said:
                print(printable(sentence), file=self._log, flush=True)
        self._said = frozenset(now)


def carried_out(table: RouteTable) -> tuple[RouteTable, tuple[str, ...]]:
    """The table as it is served, and a sentence for each thing that is not."""
    looking = _Looking()
    for ingress in table.loaded:
        looking.look_at(ingress)
    default = looking.served(table.default)
    servers = (default if s is table.default else looking.served(s) for s in table.servers)
    return replace(table, servers=tuple(servers), default=default), tuple(looking.said)


class _Looking(Struct):
    """One table while it is looked through; `said` in the order in which it was."""

    ingresses: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    said: dict[str, None] = field(default_factory=dict)

    def look_at(self, ingress: Ingress) -> None:
        """Finds what of its annotations is not carried out."""
        values = read_annotations(ingress, _ALL_ALLOWED)
        if values.flag("canary"):
            # All its other annotations have no effect in the real controller either.
            return
        source = f"Ingress {ingress.meta.key}"
        wrong = [name for name in _LEFT_OUT if _is_wrong(name, values)]
        whose = "its paths answer"
        if wrong:
            self.ingresses.add(ingress.meta.key)
        if any(name in _HOST_WIDE for name in wrong):
            self.hosts.update(rule.host for rule in ingress.rules)
            whose = "its hosts answer"
        if wrong:
            self.said[f"{source}: {', '.join(wrong)} cannot be served here: {whose} 503"] = None
        for name in _without_effect(values):
            self.said[f"{source}: {name} has no effect here"] = None

    def served(self, server: Server) -> Server:
        """A server as it is carried out."""
        if server.host in self.hosts:
            return replace(server, first=(Reply(503),))
        return replace(server, entries=tuple(map(self._entry, server.entries)))

    def _entry(self, entry: Entry) -> Entry:
        ingress = entry.route.ingress if entry.route else ""
        who = f"Ingress {ingress}" if ingress else "the controller's settings"
        actions = tuple(map(_action, entry.actions))
        why = next((why for action in actions for why in _why_not(action)), "")
        if why:
            self.said[f"{who}: {why}, so its paths answer 503 here"] = None
        else:
            self.said |= {f"{who}: {one}": None for one in _not_checked(actions)}
        unserved = why or ingress in self.ingresses
        return replace(entry, actions=(Reply(503),) if unserved else actions)


def _is_wrong(name: str, values: Values) -> bool:
    return values.has(name) and values.text(name).lower() not in _LEFT_OUT[name]


def _without_effect(values: Values) -> Iterator[str]:
    for name in values.accepted:
        if name in _LEFT_OUT or name in _CARRIED_OUT:
            continue
        if ROWS[name].annotation.effect is not Effect.OBSERVABILITY:
            yield name


def _action(action: Action) -> Action:
    match action:
        case Access(password=password, service=service) if password is not None or service:
            return CheckedHere(action)
        case ErrorPages():
            return replace(action, inner=tuple(map(_action, action.inner)))
    return action


def _not_checked(actions: Iterable[Action]) -> Iterator[str]:
    for action in actions:
        match action:
            case CheckedHere(access=access):
                if access.password is not None:
                    yield "no password is known here, so nobody gets in by one"
                if access.service:
                    yield (
                        f"nobody here asks {access.service} who is let in, so it answers 500, as"
                        " where that cannot be reached"
                    )
            case ErrorPages(inner=inner):
                yield from _not_checked(inner)


def _why_not(action: Action) -> Iterator[str]:
    match action:
        case CheckedHere(access=access):
            if access.password is not None and access.scheme != "basic":
                yield f"auth-type {access.scheme} is not known"
        case ErrorPages(inner=inner, backend=backend):
            yield from (why for one in inner for why in _why_not(one))
            yield from _unreachable(backend)
        case Split(main=main, canary=canary):
            yield from _unreachable(main)
            yield from _unreachable(canary)
        case Forward(backends=backends):
            yield from (why for backend in backends for why in _unreachable(backend))


def _unreachable(backend: Backend | None) -> Iterator[str]:
    if backend is None or backend.status is not None:
        return
    for endpoint in backend.endpoints:
        if not is_ip(endpoint.address):
            what = f"is an ExternalName, and {endpoint.address} is not looked up"
            yield f"Service {backend.namespace}/{backend.service} {what}"
