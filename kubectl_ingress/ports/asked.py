"""Who asks an API server, and for what, in the words of messages and of RBAC."""

from __future__ import annotations

import shlex
from urllib.parse import unquote

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_BY_RESOURCE = {kind.resource: kind for kind in KINDS.values()}


class Session(Struct, frozen=True):
    """Who is talking to which server; for messages. `flags` select the same in kubectl.

    `typed_token` is whether it is the token of --token that was shown.
    """

    server: str
    context: str = ""
    user: str = ""
    flags: tuple[str, ...] = ()
    typed_token: bool = False

    @property
    def server_named(self) -> str:
        """``the API server at URL``."""
        return f"the API server at {self.server}"

    def kubectl(self, *words: str) -> str:
        """The command that asks the same server."""
        return shlex.join(("kubectl", *words, *self.flags))

    @property
    def in_context(self) -> str:
        """`` (context X)``, or nothing."""
        return f" (context {self.context})" if self.context else ""


class Target(Struct, frozen=True):
    """What a request is about, as RBAC sees it. No resource: a path that is no object's."""

    verb: str
    path: str
    group: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def resource(self) -> str:
        """As kubectl and RBAC name it: ``ingresses.networking.k8s.io``, ``pods/log``."""
        named = f"{self.plural}.{self.group}" if self.plural and self.group else self.plural
        return f"{named}/{self.subresource}" if self.subresource else named

    @property
    def noun(self) -> str:
        """``ingress x in namespace y``, ``ingresses in all namespaces``, or the path."""
        if not self.plural:
            return self.path
        kind = _BY_RESOURCE.get(f"{self.plural}.{self.group}" if self.group else self.plural)
        what = self.plural
        if self.name:
            what = f"{kind.name.lower() if kind else self.plural} {self.name}"
        return f"{what}{self.place}"

    @property
    def place(self) -> str:
        """`` in namespace x``, `` in all namespaces``, or nothing for what has none."""
        if self.namespace:
            return f" in namespace {self.namespace}"
        kind = _BY_RESOURCE.get(self.resource)
        return " in all namespaces" if kind and kind.namespaced and self.verb != "create" else ""

    @property
    def scope(self) -> tuple[str, ...]:
        """The namespace as kubectl's flag."""
        return ("-n", self.namespace) if self.namespace else ()


def target_of(method: str, path: str, *, watch: bool = False) -> Target:
    """A request's method and URL path -> Target."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    skip = {"api": 2, "apis": 3}.get(parts[0], len(parts))
    group = parts[1] if parts[0] == "apis" and len(parts) > 1 else ""
    rest = parts[skip:]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "", "")[:3]
    reading = "watch" if watch else ("get" if name or not plural else "list")
    return Target(_VERBS.get(method, reading), path, group, plural, namespace, name, subresource)
