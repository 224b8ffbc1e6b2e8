"""What the annotations of one Ingress put in front of its pods, in Traefik's order.

pkg/provider/kubernetes/ingress-nginx/{middleware,translator}.go: https first, then
error pages, app-root, redirects, passwords, bodies, addresses, CORS, rewriting,
auth-url. Measured with 3.7.9.
"""

from __future__ import annotations

import re

from msgspec import Struct, field

from kubectl_ingress.controllers._traefik.changes import ReplacePath, RewriteTarget
from kubectl_ingress.controllers._traefik.entrypoints import HTTP
from kubectl_ingress.controllers._traefik.middlewares import (
    Chain,
    Unusable,
    unread_secret,
)
from kubectl_ingress.controllers._traefik.nginx_annotations import PREFIX, Values
from kubectl_ingress.controllers._traefik.nginx_backends import Resolved, Resolver
from kubectl_ingress.controllers._traefik.nginx_secrets import (
    bad_headers,
    check_certificates,
    check_passwords,
)
from kubectl_ingress.controllers._traefik.nginx_settings import Options
from kubectl_ingress.controllers._traefik.redirects import (
    RedirectPath,
    RedirectRegex,
    RedirectScheme,
)
from kubectl_ingress.core import re2
from kubectl_ingress.core.actions import Action, Answer
from kubectl_ingress.core.guards import Addresses, BodyLimit, Guard, Password, Preflight
from kubectl_ingress.core.networks import parse_networks
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import Value

_SIZE = re.compile(r"\s*([0-9]{1,15})\s*([bkmg]?)\s*", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CODES = re.compile(r"([0-9]{3})(?:-([0-9]{3}))?")
_ROOT = r"^(https?://[^/]+)/(\?.*)?$"
_WHOLE = ".*"
_NOT_MODELLED = ("configuration-snippet", "server-snippet", "auth-snippet", "auth-tls-secret")
_GROUP = re.compile(r"\$[0-9]+")


class ErrorPage(Guard, Struct, frozen=True):
    """Another action, whose status is replaced by a page of the error backend."""

    inner: Action
    codes: tuple[tuple[int, int], ...]
    pages: Resolved

    @property
    def finding(self) -> Finding | None:  # type: ignore[override]
        """That of the action."""
        return self.inner.finding

    @property
    def backends(self) -> tuple[Backend, ...]:  # type: ignore[override]
        """Those of the action."""
        return self.inner.backends

    def _replaces(self, outcome: Outcome) -> bool:
        status = outcome.status or 0
        return any(first <= status <= last for first, last in self.codes)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """The action's, or the page for its status: asked for with the path /."""
        outcome = self.inner.outcome(request, path)
        if outcome is None or not self._replaces(outcome):
            return outcome
        if not self.pages.usable:
            return Outcome(OutcomeKind.REPLY, outcome.status)
        backends = (self.pages.backend,)
        return Outcome(OutcomeKind.FORWARD, outcome.status, upstream_path="/", backends=backends)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """The action's, and who answers instead."""
        steps = self.inner.steps(request, path)
        outcome = self.inner.outcome(request, path)
        if outcome is None or not self._replaces(outcome):
            return steps
        text = f"custom-http-errors: {self.pages.backend} gives the page for {outcome.status}"
        return (*steps, Step("error page", text))

    def doubt(self, request: Request) -> Finding | None:
        """The action's."""
        return self.inner.doubt(request) if isinstance(self.inner, Guard) else None


class AskElsewhere(Guard, Struct, frozen=True):
    """auth-url: another server is asked, and what it says is not known here."""

    object: str

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Lets everybody through."""
        return None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Nothing: it never answers here."""
        return ()

    def doubt(self, request: Request) -> Finding | None:
        """That somebody else decides."""
        message = f"auth-url of {self.object} decides who is let through: taken for yes"
        return Finding("KI401", "warning", message, self.object)


class ErrorPages(Struct, frozen=True):
    """custom-http-errors with the Service of default-backend."""

    codes: tuple[tuple[int, int], ...]
    pages: Resolved

    def over(self, action: Action) -> Action:
        """The action with its errors replaced."""
        return ErrorPage(action, self.codes, self.pages)


class Front(Struct, frozen=True):
    """What stands in front of the pods."""

    chain: Chain
    pages: ErrorPages | None = None

    def to(self, final: Action) -> tuple[Action, ...]:
        """All actions of a router; the redirect to https stands before the error pages."""
        actions = (*self.chain.actions, final)
        if self.pages is None:
            return actions
        first = isinstance(actions[0], RedirectScheme)
        return (*actions[:first], *map(self.pages.over, actions[first:]))


class Builder(Struct):
    """Builds the chain of one path of an Ingress.

    `pages` is the default backend of the whole provider, where there is one.
    """

    ingress: Ingress
    values: Values
    path: str
    snapshot: Snapshot
    resolver: Resolver
    options: Options
    pages: Resolved | None = None
    chain: Chain = field(default_factory=Chain)

    @property
    def object(self) -> str:
        return f"Ingress {self.ingress.meta.key}"

    def because(self, name: str) -> Value:
        """The value of an annotation."""
        place = ("metadata", "annotations", PREFIX + name)
        return Value(self.values.text(name), self.object, place)

    def build(self) -> Front:
        """All that stands in front of the pods. Raises Unusable."""
        self._to_https()
        self._app_root()
        self._redirect()
        self._password()
        self._body()
        self._addresses()
        if self.values.flag("enable-cors"):
            self.chain.actions.append(Preflight(200, self.because("enable-cors")))
        self._rewrite()
        self._ask()
        self._not_modelled()
        return Front(self.chain, self._error_pages())

    def _to_https(self) -> None:
        secured = bool(self.ingress.tls) and self.values.flag("ssl-redirect", default=True)
        if secured or self.values.flag("force-ssl-redirect"):
            self.chain.actions.append(RedirectScheme("https", status=308, only=HTTP))

    def _app_root(self) -> None:
        root = self.values.text("app-root")
        if root.startswith("/"):
            target = f"${{1}}{as_bytes(root)}"
            self.chain.actions.append(RedirectRegex(_ROOT, target, status=302, because="app-root"))

    def _redirect(self) -> None:
        for name, default in (("temporal-redirect", 302), ("permanent-redirect", 301)):
            if self.values.has(name):
                code = self.values.number(f"{name}-code", default)
                status = code if 300 <= code <= 308 else default
                target = as_bytes(self.values.text(name))
                self.chain.actions.append(
                    RedirectRegex(_WHOLE, target, status=status, because=name)
                )
                return

    def _password(self) -> None:
        given = (self.snapshot, self.ingress, self.values, self.options)
        check_certificates(*given)
        scheme = check_passwords(*given)
        if scheme:
            self.chain.actions.append(Password(self.because("auth-type"), scheme))
        if scheme and self.snapshot.secrets_unread:
            meta = self.ingress.meta
            name = self.values.text("auth-secret")
            key = name if "/" in name else f"{meta.namespace}/{name}"
            self.chain.findings.append(unread_secret("auth-secret", self.object, key, meta))

    def unavailable(self) -> Action | None:
        """What is answered instead of the pods where custom-headers is wrong."""
        why = bad_headers(self.snapshot, self.ingress, self.values, self.options)
        return Answer(503, why, stage="service") if why else None

    def _body(self) -> None:
        buffered = self.options.buffer_requests
        if self.values.has("proxy-request-buffering"):
            buffered = self.values.text("proxy-request-buffering") == "on"
        if not buffered:
            return
        size = _SIZE.fullmatch(self.values.text("proxy-body-size"))
        limit = int(size[1]) * _UNITS[size[2].lower()] if size else self.options.body_size
        if limit > 0:
            self.chain.actions.append(BodyLimit(limit, self.because("proxy-body-size")))

    def _addresses(self) -> None:
        """Raises Unusable: a bad network leaves the path without a router."""
        name = "allowlist-source-range"
        if not self.values.has(name):
            name = "whitelist-source-range"
        if not self.values.text(name):
            return
        found = parse_networks(self.values.words(name))
        if found is None:
            raise Unusable(f"{name} {self.values.text(name)!r} holds what is no network")
        self.chain.actions.append(Addresses(found, because=self.because(name)))

    def _rewrite(self) -> None:
        """Raises Unusable: a path that is no pattern leaves it without a router."""
        target = self.values.text("rewrite-target")
        if target in ("", self.path):
            return
        pattern = as_bytes(f"(?i){self.path}".strip())
        if problem := re2.problem(pattern):
            raise Unusable(f"path {self.path}: {problem}")
        replacement = as_bytes(target.strip())
        if not self.path:
            self.chain.change(ReplacePath(_GROUP.sub("", replacement)))
            return
        if _SCHEME.match(target):
            self.chain.actions.append(RedirectPath(302, regex=pattern, replacement=replacement))
            return
        self.chain.change(RewriteTarget(pattern, replacement))

    def _ask(self) -> None:
        url = self.values.text("auth-url")
        if not url and self.values.flag("enable-global-auth", default=True):
            url = self.options.global_auth_url
        if not url:
            return
        if not re.match(r"https?://[^/]", url):
            text = f"auth-url {url!r} of {self.object} cannot be asked"
            finding = Finding("KI402", "error", text, self.object, self.ingress.meta.origin)
            self.chain.actions.append(Answer(500, text, finding=finding))
            return
        self.chain.actions.append(AskElsewhere(self.object))

    def _not_modelled(self) -> None:
        names = [name for name in _NOT_MODELLED if self.values.text(name)]
        if self.values.flag("ssl-passthrough"):
            names.append("ssl-passthrough")
        for name in names:
            message = f"{PREFIX}{name} of {self.object} is not modelled"
            self.chain.findings.append(Finding("KI401", "warning", message, self.object))

    def _error_pages(self) -> ErrorPages | None:
        """Whose pages replace which statuses. Raises Unusable."""
        listed = self.values.words("custom-http-errors") or self.options.error_codes
        name = self.values.text("default-backend")
        pages = self.pages
        if listed and name:
            pages = self.resolver.by_name(self.ingress.meta.namespace, name)
            if pages.missing:
                raise Unusable(f"Service {name} of default-backend does not exist")
        if not listed or pages is None:
            return None
        codes = [_CODES.fullmatch(text) for text in listed]
        ranges = tuple((int(code[1]), int(code[2] or code[1])) for code in codes if code)
        if len(ranges) < len(codes):
            raise Unusable(f"custom-http-errors {','.join(listed)} holds what is no status")
        return ErrorPages(ranges, pages)
