"""The end of a location: the upstream, or why there is none."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.access import Access
from kubectl_ingress.controllers._ingress_nginx.canary import (
    Headers,
    Policy,
    Send,
    Split,
    Stickiness,
)
from kubectl_ingress.controllers._ingress_nginx.servers import Location
from kubectl_ingress.controllers._ingress_nginx.upstreams import DEFAULT, Upstream, Upstreams
from kubectl_ingress.core.actions import Action, Forward, PathChange, Reply
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Backend, Request

_NOT_FOUND = Reply(404)


class CheckedReply(Reply, Struct, frozen=True):
    """A Reply behind checks; `access` has let the request in as far as anybody can know."""

    access: Access | None = None

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """What is uncertain."""
        return self.access.doubts(request) if self.access else ()


class Sending(Struct, eq=False):
    """Makes the last actions of locations; the same one for all that differ in nothing."""

    upstreams: Upstreams
    headers: Headers
    _plain: dict[str, Action] = field(default_factory=dict)

    def final(
        self,
        location: Location,
        rewrite: PathChange | None,
        access: Access | None = None,
        notes: tuple[Finding, ...] = (),
    ) -> Action:
        """Sends a request on, or answers it where there is nobody to send it to."""
        name = location.upstream
        if rewrite is None and access is None and not notes and name in self.upstreams.by_name:
            if name not in self._plain:
                self._plain[name] = self._make(location, None, None, ())
            return self._plain[name]
        return self._make(location, rewrite, access, notes)

    def _make(
        self,
        location: Location,
        rewrite: PathChange | None,
        access: Access | None,
        notes: tuple[Finding, ...],
    ) -> Action:
        upstream = self.upstreams.by_name.get(location.upstream)
        if upstream is None:
            return Reply(503, _deleted(location))
        if upstream.backend is None:
            if upstream.name != DEFAULT:
                return Reply(503, upstream.problem)
            return _NOT_FOUND if access is None else CheckedReply(404, access=access)
        if upstream.status is not None:
            return Reply(upstream.status, upstream.problem)
        notes = (*notes, *upstream.notes)
        canary = self._canary(upstream)
        if canary is not None and canary.backend is None and canary.policy and canary.problem:
            notes = (*notes, *_without_share(canary.policy, canary.problem))
        if canary is not None and canary.backend is not None and canary.policy is not None:
            backend, other = upstream.backend, replace(canary.backend, status=canary.status)
            return Split(
                backend,
                other,
                canary.policy,
                self.headers,
                _stickiness(upstream, canary),
                rewrite,
                access,
                (*notes, *canary.notes),
                canary.policy.shared(backend, other),
            )
        backends = (upstream.backend,)
        instead_of = 503 if location.spare == location.upstream else None
        if access is None and not notes and instead_of is None:
            return Forward(backends, rewrite)
        return Send(backends, rewrite, access=access, notes=notes, instead_of=instead_of)

    def _canary(self, upstream: Upstream) -> Upstream | None:
        return self.upstreams.by_name.get(upstream.canaries[0]) if upstream.canaries else None

    def spare(self, name: str) -> Backend | None:
        """The backend for errors, None for the built-in 404."""
        upstream = self.upstreams.by_name.get(name or DEFAULT)
        return upstream.backend if upstream else None


def is_unbalanced(final: Action) -> bool:
    """Whether nothing balances there, which Lua sees before anybody looks at the client."""
    return isinstance(final, Reply) and final.status == 503


def _stickiness(main: Upstream, canary: Upstream) -> Stickiness | None:
    if not main.sticky:
        return None
    return Stickiness.of(main.cookie, main.name, canary.name if canary.sticky else "")


def _without_share(policy: Policy, problem: Finding) -> tuple[Finding, ...]:
    if not policy.share:
        return ()
    message = (
        f"the canary of {policy.source} gets none of its {policy.share} of {policy.total} requests:"
        f" {problem.message}"
    )
    return (Finding("KI126", "warning", message, policy.source, fix=problem.fix),)


def _deleted(location: Location) -> Finding:
    source = location.owner.source if location.owner else ""
    message = (
        f"a canary that has no route of its own makes the controller forget the upstream of"
        f" {location.path} in {source}"
    )
    return Finding("KI507", "error", message, source)
