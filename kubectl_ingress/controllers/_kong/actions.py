"""What Kong does with a request that a route took.

Kong's kong/runloop/handler.lua (access), kong/router/utils.lua; measured.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._kong.rewrite import Filling
from kubectl_ingress.controllers._kong.routes import Flavor, KongRoute, PathTest
from kubectl_ingress.controllers._kong.uri import escape, joined, joined_v1
from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action, Forward
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

_UPGRADE_REQUIRED = 426
_PROTOCOLS = ("metadata", "annotations", "konghq.com/protocols")


class HttpsOnly(Action, Struct, frozen=True):
    """Plain http is answered with 426, or sent to https without its port; `owner` says so."""

    status: int
    owner: str

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for http."""
        if request.scheme == "https":
            return None
        if self.status == _UPGRADE_REQUIRED:
            return Outcome(OutcomeKind.REPLY, self.status)
        host = request.host.lower().removesuffix(".")
        location = f"https://{host}{request.target}"
        return Outcome(OutcomeKind.REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why it goes no further."""
        text = f"konghq.com/protocols allows https alone: {self.status}"
        passed = self.status != _UPGRADE_REQUIRED
        return (Step("redirect", text, self.owner, passed, _PROTOCOLS),)


class GrpcOnly(Action, Struct, frozen=True):
    """What is no gRPC gets 415; gRPC without TLS gets an empty 200 where `tls` is asked for."""

    tls: bool
    owner: str

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Whatever is no gRPC over the right transport."""
        if not (request.header("content-type") or "").startswith("application/grpc"):
            return Outcome(OutcomeKind.REPLY, 415)
        if self.tls and request.scheme != "https":
            return Outcome(OutcomeKind.REPLY, 200)
        return None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why it goes no further."""
        text = f"konghq.com/protocols allows {'gRPC over TLS' if self.tls else 'gRPC'} alone"
        return (Step("protocol", text, self.owner, False, _PROTOCOLS),)


class Proxied(Struct, frozen=True):
    """The path that the pod gets: normalised, stripped, with the Service's before it."""

    route: KongRoute
    test: PathTest
    flavor: Flavor

    def target(self, request: Request, path: str) -> str | None:
        """The request target, None where it is as it came."""
        route = self.route
        if route.rewrite is not None:
            changed = route.rewrite.filled(groups_of(self.test, path, self.flavor))
        else:
            postfix = self._postfix(path) if route.strip_path else None
            is_v1 = route.path_handling == "v1" and self.flavor is Flavor.TRADITIONAL
            changed = (joined_v1 if is_v1 else joined)(route.upstream.path, path, postfix)
        target = escape(changed) + request.query_text
        return None if target == request.target else target

    def _postfix(self, path: str) -> str | None:
        """What is left of a path without what the route asks for, None where that stays."""
        if self.test.is_regex and self.flavor is Flavor.TRADITIONAL:
            return _after(self.test, path)
        return path[len(_matched(self.test, path, self.flavor)) :]

    def __str__(self) -> str:
        if self.route.rewrite is not None:
            return str(self.route.rewrite)
        if self.route.strip_path:
            return "konghq.com/strip-path"
        if self.route.upstream.path != "/":
            return f"konghq.com/path {self.route.upstream.path}"
        return "as Kong normalises it"


def _after(test: PathTest, path: str) -> str | None:
    """What follows the match in the traditional router: its last group, where that was reached.

    In ``/a|/b`` that group belongs to the second branch alone, so that nothing
    is stripped from what the first one takes. The line break tells a group that
    holds nothing from one that was not reached.
    """
    found = patterns.find(f"^(?:{test.text}(?<uri_postfix>.*\n))", f"{path}\n")
    postfix = found.named.get("uri_postfix", "") if found else ""
    return postfix[:-1] if postfix else None


def _matched(test: PathTest, path: str, flavor: Flavor) -> str:
    if not test.is_regex:
        return test.text
    matcher = test.matcher(flavor)
    if matcher.kind is MatchKind.EXACT:
        return path
    found = patterns.find(matcher.text, path)
    return found.whole if found else ""


def groups_of(test: PathTest, path: str, flavor: Flavor) -> tuple[str, ...]:
    """The groups of the regex that took the path."""
    if not test.is_regex:
        return ()
    matcher = test.matcher(flavor)
    found = None if matcher.kind is MatchKind.EXACT else patterns.find(matcher.text, path)
    return found.groups if found else ()


class NoPath(Action, Struct, frozen=True):
    """500 where a rewrite gives something that does not begin with a slash."""

    filling: Filling
    test: PathTest
    flavor: Flavor

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for such a path."""
        if self.filling.filled(groups_of(self.test, path, self.flavor)).startswith("/"):
            return None
        return Outcome(OutcomeKind.REPLY, 500)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What is wrong with it."""
        text = f"{self.filling} gives a path that does not begin with a slash: 500"
        return (Step("rewrite", text, passed=False),)


def actions_of(route: KongRoute, test: PathTest, flavor: Flavor) -> tuple[Action, ...]:
    """All that a route does with a request, in Kong's order."""
    found: list[Action] = []
    protocols = route.protocols
    if "https" in protocols and "http" not in protocols:
        found.append(HttpsOnly(route.redirect_status, route.owner))
    if "grpc" in protocols or "grpcs" in protocols:
        found.append(GrpcOnly("grpc" not in protocols, route.owner))
    found += route.first
    if route.upstream.instead is not None:
        return (*found, route.upstream.instead)
    if route.rewrite is not None:
        found.append(NoPath(route.rewrite, test, flavor))
    return (*found, Forward(route.upstream.backends, Proxied(route, test, flavor)))
