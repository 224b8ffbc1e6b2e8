"""What an entry does with a request: answer it, redirect it, send it on.

Each action gives an Outcome, or None to leave the request to the next one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from kubectl_ingress.core import patterns
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step

# $1, ${name} or $name, as ngx_http_rewrite_module reads a target.
VARIABLE = re.compile(r"\$(?:([0-9])|\{(\w+)\}|(\w+))")


class Action(Protocol):
    """One thing a server may do with a request that an entry took."""

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """The answer, or None when this action does not apply. `path` is normalised."""

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """The reasons to show when this action answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The controller answers by itself; `finding` says why no backend does."""

    status: int
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        return Outcome(OutcomeKind.REPLY, self.status)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """The broken part of the route, where there is one."""
        if self.finding is None:
            return ()
        return (Step("service", self.finding.message, self.finding.object, passed=False),)


@dataclass(frozen=True, slots=True)
class RedirectToHttps:
    """308 for plain HTTP; `keep_slash` keeps one trailing slash that is cut else.

    Source: rootfs/etc/nginx/lua/lua_ingress.lua of ingress-nginx, and measured.
    """

    status: int = 308
    keep_slash: bool = False

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for http."""
        if request.scheme != "http":
            return None
        target = request.target if self.keep_slash else request.target.removesuffix("/")
        return Outcome(
            OutcomeKind.REDIRECT, self.status, location=f"https://{request.host}{target}"
        )

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        return (Step("redirect", f"http is redirected to https ({self.status})"),)


@dataclass(frozen=True, slots=True)
class AddSlash:
    """301 to the same path with a slash, which nginx sends for a missing final one."""

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        query = "" if request.query is None else f"?{request.query}"
        location = f"{request.scheme}://{request.authority}{encode(path)}/{query}"
        return Outcome(OutcomeKind.REDIRECT, 301, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        return (Step("redirect", f"the rule's path ends in a slash: 301 to {path}/"),)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """``rewrite "(?i)<pattern>" <target> break`` of ngx_http_rewrite_module."""

    pattern: str
    target: str

    def apply(self, path: str) -> str | None:
        """The whole new path, decoded; None where the pattern is not found."""
        try:
            found = patterns.search(self.pattern, path, ignore_case=True)
        except patterns.BadPattern:
            return None
        if found is None:
            return None

        def value(match: re.Match[str]) -> str:
            if match[1] is not None:
                number = int(match[1])
                if number == 0:
                    return found.whole
                return found.groups[number - 1] if number <= len(found.groups) else ""
            return found.named.get(match[2] or match[3], match[0])

        return VARIABLE.sub(value, self.target)


@dataclass(frozen=True, slots=True)
class RedirectByRewrite:
    """A rewrite whose target has a scheme: nginx answers 302 instead of sending on."""

    rewrite: Rewrite

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """302, where the pattern is found."""
        target = self.rewrite.apply(path)
        if target is None:
            return None
        query = "" if request.query is None else f"?{request.query}"
        return Outcome(OutcomeKind.REDIRECT, 302, location=target + query)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to."""
        return (Step("redirect", f"rewrite-target {self.rewrite.target} has a scheme: 302"),)


@dataclass(frozen=True, slots=True)
class Forward:
    """Sends the request to the ready endpoints of its backends, past the Service."""

    backends: tuple[Backend, ...]
    rewrite: Rewrite | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers: the backend decides the status."""
        return Outcome(
            OutcomeKind.FORWARD,
            upstream_path=self.upstream_target(request, path),
            backends=self.backends,
        )

    def upstream_target(self, request: Request, path: str) -> str:
        """The request target that the pod sees; untouched bytes without a rewrite."""
        changed = self.rewrite.apply(path) if self.rewrite else None
        if changed is None:
            return request.target
        query = "" if request.query is None else f"?{request.query}"
        return encode(changed) + query

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Rewrite, Service and pods."""
        found = []
        if self.rewrite is not None:
            target = self.upstream_target(request, path)
            found.append(Step("rewrite", f"{target}  (rewrite-target {self.rewrite.target})"))
        for backend in self.backends:
            ready = [e for e in backend.endpoints if e.ready]
            found.append(Step("service", str(backend), f"Service {backend}"))
            found.append(Step("pods", f"{len(ready)} ready endpoints of {backend.service}"))
        return tuple(found)
