"""One location of an nginx configuration: what each action of an entry is in nginx's words.

nginx runs the rewrite phase's directives as they stand here, so they are in the
order of the actions; all others it runs in phases of its own, which are those
of the real controller.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.access import Access
from kubectl_ingress.controllers._ingress_nginx.answers import Preflight, StatusPage
from kubectl_ingress.controllers._ingress_nginx.canary import Send, Split
from kubectl_ingress.controllers._ingress_nginx.error_pages import ErrorPages
from kubectl_ingress.controllers._ingress_nginx.limits import ClientLimits
from kubectl_ingress.controllers._ingress_nginx.redirects import (
    FixedRedirect,
    HttpsRedirect,
    MissingSlash,
)
from kubectl_ingress.controllers._ingress_nginx.rewriting import (
    EmptyPath,
    Rewrite,
    RewriteRedirect,
)
from kubectl_ingress.controllers._ingress_nginx.sight import AS_IT_IS
from kubectl_ingress.controllers._ingress_nginx.variables import Text, variables
from kubectl_ingress.core.actions import Action, Forward, PathChange, RedirectToHttps, Reply
from kubectl_ingress.core.guards import BodyLimit
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Backend
from kubectl_ingress.core.table import Entry
from kubectl_ingress.core.values import UNSET
from kubectl_ingress.dataplane.carried_out import CheckedHere
from kubectl_ingress.dataplane.nginx_canary import upstream_of
from kubectl_ingress.dataplane.nginx_shared import Shared, literal
from kubectl_ingress.dataplane.nginx_words import NotWritten, block, name_of, plain, quoted

_UNLIMITED = 1 << 62
_SIGNS = {MatchKind.EXACT: "= ", MatchKind.PREFIX: "", MatchKind.REGEX: "~* "}
# nginx adds a missing slash to locations that proxy; this one has answered before it does.
_NEVER_SENT = "proxy_pass http://127.0.0.1:1;"
_REALM = "Authentication Required"
# No client can ask for an internal location; the real controller's begins so too.
_ASKED = "/_external-auth-unasked"


class Location(Struct):
    """The directives of one location, as far as they are written.

    `headers` are those for endpoints, which are inherited where a location has
    none of its own. `named` are blocks for the server beside it.
    """

    shared: Shared
    headers: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    named: dict[str, list[str]] = field(default_factory=dict)
    _checked: bool = False
    _rewritten: bool = False

    def block(self, entry: Entry, slash: MissingSlash | None) -> list[str]:
        """The location of an entry; `slash` is what nginx adds to it. Raises NotWritten."""
        for action in entry.actions:
            self._write(action)
        if slash is not None:
            if not any(line.startswith("proxy_pass ") for line in self.lines):
                self.lines.append(_NEVER_SENT)
            self._relative(slash.relative)
        return block(f"location {_matcher(entry)}", self.lines)

    def _write(self, action: Action) -> None:
        match action:
            case BodyLimit(limit=limit):
                size = 0 if limit >= _UNLIMITED else limit
                self.lines.append(f"client_max_body_size {size};")
            case Preflight():
                self._preflight(action)
            case FixedRedirect():
                self._relative(action.relative)
                self.lines.append(f"return {action.status} {plain(action.url)};")
            case RewriteRedirect(rewrite=rewrite) | EmptyPath(rewrite=rewrite):
                self._rewrite(rewrite)
            case HttpsRedirect():
                self._to_https(action)
            case RedirectToHttps(status=status, keep_slash=keep):
                self._to_https(HttpsRedirect(status, UNSET, AS_IT_IS, keep))
            case ClientLimits():
                self._limits(action)
            case CheckedHere(access=access):
                self._access(access)
            case Access():
                self._access(action)
            case ErrorPages():
                self._error_pages(action)
            case _:
                self._last(action)

    def _last(self, action: Action) -> None:
        match action:
            case Split():
                self._send(upstream_of(action, self.shared), action.rewrite)
            case Forward(backends=(backend,)):
                code = action.instead_of if isinstance(action, Send) else None
                more = () if code is None else (f"proxy_set_header X-Code {code};", _FORMAT)
                self._send(self.shared.upstream(backend), action.rewrite, more)
            case StatusPage(clients=clients):
                self.lines += [*(f"allow {one};" for one in clients), "deny all;", "stub_status;"]
            case Reply(status=status) if self._checked:
                # After the access phase, in which ``return`` would be too early.
                self._end_rewriting()
                self.lines.append(f"try_files {quoted('/nothing')} ={status};")
            case Reply(status=status):
                self.lines.append(f"return {status};")
            case _:
                raise NotWritten(type(action).__name__)

    def _relative(self, relative: bool) -> None:
        line = "absolute_redirect off;"
        if relative and line not in self.lines:
            self.lines.append(line)

    def _preflight(self, action: Preflight) -> None:
        if action.origins is None:
            self.lines.append("if ($request_method = OPTIONS) { return 204; }")
        if not action.origins:
            return
        ends = "|".join(_origin(origin) for origin in action.origins)
        allowed = self.shared.map("$http_origin", [(rf"~*(?:{ends})\z", "1")], "0")
        asked = self.shared.map(f"{allowed} $request_method", [(r"~^1 OPTIONS\z", "1")])
        self.lines.append(f"if ({asked}) {{ return 204; }}")

    def _rewrite(self, rewrite: PathChange | None) -> None:
        """Without ``break``, which is said once the redirect to https has had its turn."""
        if rewrite is None or self._rewritten:
            return
        if not isinstance(rewrite, Rewrite):
            raise NotWritten(str(rewrite))
        self.lines += _constants(rewrite.text)
        target = quoted(str(rewrite.text))
        self.lines.append(f"rewrite {quoted('(?i)' + rewrite.pattern)} {target};")
        self._rewritten = True

    def _end_rewriting(self) -> None:
        if self._rewritten:
            self.lines.append("break;")

    def _to_https(self, action: HttpsRedirect) -> None:
        seen, asked = self.shared.scheme(action.sight), "http"
        if action.covered is not None:
            has_certificate = self.shared.map("$host", _names(action.covered), "0")
            seen = self.shared.map(f"{has_certificate} {seen}", [("~^1 http\\z", "http")])
        port = "" if action.port is None else f":{action.port}"
        target = "$request_uri" if action.keep_slash else self.shared.cut_uri()
        where = quoted(f"https://{self.shared.host(action.sight)}{port}{target}")
        self.lines.append(f"if ({seen} = {asked}) {{ return {action.status} {where}; }}")

    def _limits(self, limits: ClientLimits) -> None:
        client = self.shared.clients_but(limits.owner, limits.free)
        for number, unit in ((limits.per_second, "s"), (limits.per_minute, "m")):
            if number:
                zone = self.shared.zone("req", client, rate=f"{number}r/{unit}")
                burst = number * limits.multiplier
                self.lines.append(f"limit_req zone={zone} burst={burst} nodelay;")
        if limits.connections:
            zone = self.shared.zone("conn", client)
            self.lines.append(f"limit_conn {zone} {limits.connections};")

    def _access(self, access: Access) -> None:
        self._checked = True
        if access.any_one:
            self.lines.append("satisfy any;")
        if access.ranges is not None:
            self.lines += [f"deny {network};" for network in access.ranges.refused]
            self.lines += [f"allow {network};" for network in access.ranges.allowed]
            self.lines += ["deny all;"] if access.ranges.allowed else []
        if access.password is not None:
            # No password is known here, so none is right.
            self.lines += [f"auth_basic {plain(_REALM)};", "auth_basic_user_file /dev/null;"]
        if access.service:
            # Nobody is asked here: it is as if there were no answer.
            self.lines.append(f"auth_request {_ASKED};")
            self.named[_ASKED] = block(f"location = {_ASKED}", ("internal;", "return 502;"))

    def _error_pages(self, pages: ErrorPages) -> None:
        for action in pages.inner:
            self._write(action)
        self.lines.append("proxy_intercept_errors on;")
        for code in sorted(pages.codes):
            name = name_of("error", code, pages.backend)
            self.lines.append(f"error_page {code} = @{name};")
            self.named[name] = block(f"location @{name}", self._page(code, pages.backend))

    def _page(self, code: int, backend: Backend | None) -> Iterator[str]:
        if backend is None:
            yield "return 404;"
            return
        yield from (*self.headers, f"proxy_set_header X-Code {code};", _FORMAT)
        yield "proxy_set_header X-Original-URI $request_uri;"
        yield "rewrite ^ / break;"
        yield f"proxy_pass http://{self.shared.upstream(backend)};"

    def _send(
        self, upstream: str, rewrite: PathChange | None, headers: tuple[str, ...] = ()
    ) -> None:
        self._rewrite(rewrite)
        self._end_rewriting()
        self.lines += [*self.headers, *headers] if headers else []
        self.lines.append(f"proxy_pass http://{upstream};")


_FORMAT = "proxy_set_header X-Format $http_accept;"


def _matcher(entry: Entry) -> str:
    text, kind = entry.matcher.text, entry.matcher.kind
    # One word alone may begin with a modifier, whatever it stands for.
    sign = "^~ " if kind is MatchKind.PREFIX and not text.startswith("/") else _SIGNS[kind]
    return f"{sign}{quoted(text)}"


def _constants(text: Text) -> Iterator[str]:
    """The variables that a location sets for its text."""
    for name in dict.fromkeys(name.lower() for name in variables(str(text))):
        if name in text.constants:
            yield f"set ${name} {plain(text.constants[name])};"


def _origin(allowed: str) -> str:
    head, star, tail = allowed.partition("*")
    return (
        f"{literal(as_bytes(head))}[A-Za-z0-9-]+{literal(as_bytes(tail))}"
        if star
        else literal(as_bytes(head))
    )


def _names(covered: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(covered):
        if name.startswith("*."):
            yield rf"~^[^.]*\.{literal(as_bytes(name[2:]))}\z", "1"
        elif not name.startswith("~"):
            yield as_bytes(name), "1"
