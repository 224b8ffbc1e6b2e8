"""What an entry does with a request: answer it, redirect it, send it on.

Each action gives an Outcome, or None to leave the request to the next one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.records import Compared
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import UNSET, Value


class Action(Compared):
    """One thing a server may do with a request that an entry took.

    `finding` says why the request does not get further where this action
    answers, `backends` are where it may send requests. Two are equal where they do
    the same, whatever the reason.
    """

    __slots__ = ()

    uncompared = ("because",)
    finding: Finding | None = None
    backends: tuple[Backend, ...] = ()

    @abstractmethod
    def outcome(self, request: Request, path: str) -> Outcome | None:
        """The answer, or None when this action does not apply. `path` is normalised."""

    @abstractmethod
    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """The reasons to show when this action answered."""

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """What is wrong or uncertain about this request when this action answered it."""
        return () if self.finding is None else (self.finding,)


def first_answer(actions: Iterable[Action], request: Request, path: str) -> tuple[Action, Outcome]:
    """The action that answers, with what; the last of `actions` always does."""
    for action in actions:
        outcome = action.outcome(request, path)
        if outcome is not None:
            return action, outcome
    raise AssertionError("the last action always answers")


class PathChange(Protocol):
    """What a Forward makes of the path before it sends the request on."""

    def target(self, request: Request, path: str) -> str | None:
        """The request target that the pod sees, query included; None: as it came."""

    def __str__(self) -> str:
        """Which setting does it: ``rewrite-target /$2``."""


class Reply(Action, Struct, frozen=True):
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


class Answer(Action, Struct, frozen=True):
    """The controller answers by itself, because of a setting; `stage` is that of the Step."""

    status: int
    text: str
    because: Value = UNSET
    finding: Finding | None = None
    stage: str = "access"

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        return Outcome(OutcomeKind.REPLY, self.status)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why."""
        return self.because.step(self.stage, self.text, passed=False)


class Redirecting(Action, Struct, frozen=True):
    """Sends clients elsewhere, because of a setting; its text says which, or where to."""

    status: int
    because: Value = UNSET

    @abstractmethod
    def leads_to(self, request: Request, path: str) -> str | None:
        """The Location; None for a request that is not redirected. `path` is normalised."""

    @abstractmethod
    def __str__(self) -> str:
        """As a reader would say it: ``app-root sends / to /home (302)``."""

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A redirect, where it leads somewhere."""
        location = self.leads_to(request, path)
        if location is None:
            return None
        return Outcome(OutcomeKind.REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        return self.because.step("redirect", str(self))


class RedirectToHttps(Redirecting, frozen=True):
    """For plain HTTP; `keep_slash` keeps one trailing slash that is cut else.

    Source: rootfs/etc/nginx/lua/lua_ingress.lua of ingress-nginx, and measured.
    """

    keep_slash: bool = False

    def leads_to(self, request: Request, path: str) -> str | None:
        """The same with https; the port is lost."""
        if request.scheme != "http":
            return None
        target = request.target if self.keep_slash else request.target.removesuffix("/")
        return f"https://{request.host}{target}"

    def __str__(self) -> str:
        return f"http is redirected to https ({self.status})"


class Forward(Action, Struct, frozen=True):
    """Sends the request to the ready endpoints of its backends, past the Service."""

    backends: tuple[Backend, ...] = ()
    rewrite: PathChange | None = None
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers: the backend decides the status."""
        return Outcome(
            OutcomeKind.FORWARD,
            upstream_path=self.upstream_target(request, path),
            backends=self.backends,
        )

    def upstream_target(self, request: Request, path: str) -> str:
        """The request target that the pod sees; untouched bytes without a rewrite."""
        changed = self.rewrite.target(request, path) if self.rewrite else None
        return request.target if changed is None else changed

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Rewrite, Service and pods."""
        found = []
        changed = self.rewrite.target(request, path) if self.rewrite else None
        if changed is not None:
            found.append(Step("rewrite", f"{changed}  ({self.rewrite})"))
        for backend in self.backends:
            found += backend_steps(backend, sum(one.weight for one in self.backends))
        return tuple(found)


def backend_steps(backend: Backend, total: int) -> tuple[Step, ...]:
    """Service and pods of one backend; `total` is the sum of all weights beside it."""
    share = f"  {backend.weight} of {total} requests" if backend.weight != total else ""
    source = f"Service {backend.namespace}/{backend.service}"
    if backend.status is not None:
        return (Step("service", f"{backend} answers {backend.status}{share}", source, False),)
    ready = sum(endpoint.ready for endpoint in backend.endpoints)
    pods = f"{ready} ready endpoint{'s' * (ready != 1)} of {backend.service}"
    if not backend.endpoints:
        pods = f"taken to be ready: no EndpointSlice of {backend.service} is in the files"
    return (Step("service", f"{backend}{share}", source), Step("pods", pods))
