"""What middlewares make of a path before it is sent on, and what they refuse.

pkg/middlewares/{stripprefix,stripprefixregex,addprefix,replacepath,replacepathregex}
and ingressnginx/rewritetarget. A path that is not in its normal form after a part of
it was taken away is answered 400 (since 3.6.19; measured with rewrite-target).
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from kubectl_ingress.controllers._traefik import paths, templates
from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

BAD_REQUEST, INTERNAL_ERROR = 400, 500


class Change(Protocol):
    """One change of the path."""

    def apply(self, path: str) -> str | int:
        """The new path, both escaped; or the status of a refusal."""

    def __str__(self) -> str:
        """Which setting does it: ``stripPrefix /api``."""


class Changes(Struct, frozen=True):
    """All changes of the path, in their order, behind Traefik's own normal form."""

    steps: tuple[Change, ...] = ()

    def then(self, change: Change) -> Changes:
        """One more change behind these."""
        return Changes((*self.steps, change))

    def path(self, request: Request) -> str | int:
        """The escaped path behind all of them, or the status of a refusal."""
        path = paths.normal_path(request.path) or "/"
        for step in self.steps:
            changed = step.apply(path)
            if isinstance(changed, int):
                return changed
            path = changed
        return path

    def uri(self, request: Request) -> str:
        """The request target behind all of them, query included."""
        path = self.path(request)
        return (path if isinstance(path, str) and path else "/") + paths.query_text(request)

    def target(self, request: Request, path: str) -> str | None:
        """What the pod sees; None where that is what the client sent."""
        uri = self.uri(request)
        return None if uri == request.target else uri

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "in its normal form"


UNCHANGED = Changes()


class Refused(Action, Struct, frozen=True):
    """Answers where the last of the changes leads to no path that is sent on."""

    changes: Changes

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """400 or 500, or nothing."""
        status = self.changes.path(request)
        return Outcome(OutcomeKind.REPLY, status) if isinstance(status, int) else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What made the path."""
        text = f"{self.changes.steps[-1]} makes a path that Traefik does not send on"
        return (Step("rewrite", text, passed=False),)


def _stripped(path: str, bare: str, written: str) -> str | int:
    """A path that lost its beginning: `bare` decoded, `written` as it stands in the escaped one."""
    bare = bare if not bare or bare.startswith("/") else f"/{bare}"
    written = written if not written or written.startswith("/") else f"/{written}"
    kept = path != paths.encoded(paths.decoded(path) or "") and paths.decoded(written) == bare
    result = (paths.rewritten(written) or "") if kept else paths.encoded(bare)
    return result if paths.clean(result) == result else BAD_REQUEST


class StripPrefix(Struct, frozen=True):
    """The first of the prefixes that the path begins with is cut."""

    prefixes: tuple[str, ...]
    force_slash: bool = False

    def apply(self, path: str) -> str | int:
        """The rest of the path."""
        bare = paths.decoded(path) or ""
        for prefix in self.prefixes:
            if bare.startswith(prefix):
                rest = bare[len(prefix) :]
                if self.force_slash:
                    rest = "/" + rest.removeprefix("/")
                return _stripped(path, rest, path.removeprefix(prefix))
        return path

    def __str__(self) -> str:
        return f"stripPrefix {' '.join(self.prefixes)}"


class StripPrefixRegex(Struct, frozen=True):
    """What a pattern matches at the beginning of the path is cut."""

    regexes: tuple[str, ...]

    def apply(self, path: str) -> str | int:
        """The rest of the path."""
        bare = paths.decoded(path) or ""
        for pattern in self.regexes:
            found = patterns.find(pattern, bare)
            if found is None or not found.whole or found.start:
                continue
            return _stripped(path, bare[len(found.whole) :], path.removeprefix(found.whole))
        return path

    def __str__(self) -> str:
        return f"stripPrefixRegex {' '.join(self.regexes)}"


class AddPrefix(Struct, frozen=True):
    """A prefix stands in front."""

    prefix: str

    def apply(self, path: str) -> str | int:
        """The longer path."""
        joined = paths.encoded(self.prefix) + path
        return joined if joined.startswith("/") else f"/{joined}"

    def __str__(self) -> str:
        return f"addPrefix {self.prefix}"


class ReplacePath(Struct, frozen=True):
    """Every path becomes this one."""

    path: str

    def apply(self, path: str) -> str | int:
        """The path."""
        changed = paths.rewritten(self.path)
        return INTERNAL_ERROR if changed is None else changed

    def __str__(self) -> str:
        return f"replacePath {self.path}"


class ReplacePathRegex(Struct, frozen=True):
    """What a pattern finds in the escaped path is replaced, each time."""

    regex: str
    replacement: str

    def apply(self, path: str) -> str | int:
        """The path with the replacements, as it was where nothing is found."""
        if not self.replacement or patterns.find(self.regex, path) is None:
            return path
        changed = paths.rewritten(templates.replace_all(self.regex, path, self.replacement))
        return INTERNAL_ERROR if changed is None else changed

    def __str__(self) -> str:
        return f"replacePathRegex {self.regex}"


class RewriteTarget(Struct, frozen=True):
    """rewrite-target of the ingress-nginx provider: what the rule's path matches is replaced."""

    regex: str
    replacement: str

    def apply(self, path: str) -> str | int:
        """The path with the replacements; 400 where it is not in its normal form."""
        if patterns.find(self.regex, path) is None:
            return path
        changed = paths.rewritten(templates.replace_all(self.regex, path, self.replacement))
        if changed is None:
            return INTERNAL_ERROR
        return changed if paths.clean(changed) == changed else BAD_REQUEST

    def __str__(self) -> str:
        return f"rewrite-target {self.replacement}"
