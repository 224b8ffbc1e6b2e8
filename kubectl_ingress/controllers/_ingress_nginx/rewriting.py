"""rewrite-target: the path that the backend gets, or a redirect to another host.

``rewrite "(?i)<path>" <target> break`` of ngx_http_rewrite_module; what is
escaped when was measured with a real nginx.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.variables import Captures, Text
from kubectl_ingress.controllers._nginx import arguments
from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action, Redirecting
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import Value

# A replacement that begins so is a redirect (ngx_http_rewrite).
REDIRECTS = ("http://", "https://", "$scheme")

_ESCAPED_GROUP = re.compile(r'[\x00-\x20"#%&+;<>?\\^`{|}\x7f-\xff]')
_ENCODED = re.compile("%([0-9A-Fa-f]{2})")


class Rewrite(Struct, frozen=True):
    """The whole path becomes `text` where `pattern` is found in it, in whatever case."""

    pattern: str
    text: Text

    def target(self, request: Request, path: str) -> str | None:
        """The new request target: the path escaped again, and the query."""
        changed = self.changed(request, path)
        return None if changed is None else encode(changed) + arguments(request)

    def changed(self, request: Request, path: str) -> str | None:
        """The new path, decoded; None where the pattern is not found."""
        captures = self._found(path)
        return None if captures is None else self.text.value(request, path, captures)

    def location(self, request: Request, path: str) -> str | None:
        """Where a redirect leads to; None where the pattern is not found."""
        captures = self._found(path)
        if captures is None:
            return None
        # What is decoded in groups is only escaped where something was encoded.
        encoded = any(sign in request.path for sign in "%+")
        value = self.text.value(request, path, captures, _escape_group if encoded else None)
        return _unescape(value) + arguments(request)

    def _found(self, path: str) -> Captures | None:
        found = patterns.search(self.pattern, path, ignore_case=True)
        return None if found is None else Captures(found.groups, found.named)

    def __str__(self) -> str:
        return f"rewrite-target {self.text}"


def _escape_group(text: str) -> str:
    return _ESCAPED_GROUP.sub(lambda match: f"%{ord(match[0]):02X}", text)


def _unescape(location: str) -> str:
    """ngx_unescape_uri for redirects: printable signs from ``&`` on, up to a question mark."""

    def sign(match: re.Match[str]) -> str:
        decoded = chr(int(match[1], 16))
        return decoded if "%" < decoded < "\x7f" else match[0]

    head, mark, rest = location.partition("?")
    end = head.lower().find("%3f")
    if end >= 0:
        head, rest, mark = head[:end], head[end + 3 :] + mark + rest, "?"
    return _ENCODED.sub(sign, head) + mark + rest


class RewriteRedirect(Redirecting, frozen=True, kw_only=True):
    """A rewrite whose target has a scheme: nothing is sent on."""

    rewrite: Rewrite

    def leads_to(self, request: Request, path: str) -> str | None:
        """Where the pattern is found."""
        return self.rewrite.location(request, path)

    def __str__(self) -> str:
        return f"{self.rewrite} has a scheme: {self.status}"


class EmptyPath(Action, Struct, frozen=True):
    """500, where a rewrite leaves nothing at all of the path."""

    rewrite: Rewrite
    because: Value

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """500 for an empty path."""
        if self.rewrite.changed(request, path) != "":
            return None
        return Outcome(OutcomeKind.REPLY, 500)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which annotation."""
        text = f"{self.rewrite} leaves an empty path: 500"
        return self.because.step("rewrite", text, passed=False)
