"""A request to the API server, taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field

from kubectl_ingress.lab.apiserver.accounts import User
from kubectl_ingress.lab.apiserver.resources import BY_PLURAL, Resource
from kubectl_ingress.lab.apiserver.status import bad_request

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Target(Struct, frozen=True):
    """What a path names: a collection where `name` is empty, else an object or a part of it."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


class Call(Struct, frozen=True):
    """One request.

    `body` is parsed JSON, None where there was none; `agent` the client's name;
    `acting` are the headers that say as whom it is to be done.
    """

    method: str
    path: str
    user: User
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"
    accept: str = "application/json"
    agent: str = "unknown"
    acting: Mapping[str, str] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """A boolean of the query."""
        return self.query.get(name, "").lower() in ("1", "true")

    @property
    def manager(self) -> str:
        """The field manager: as given, else the client's name."""
        return self.query.get("fieldManager") or self.agent

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be kept. Raises Refused."""
        # A DELETE with a body has its options there alone.
        asked = self.query.get("dryRun", "") if not self.options else ""
        options = asked or (self.options.get("dryRun") or [""])[0]
        if options not in ("", "All"):
            raise bad_request(f'Invalid value: "{options}": supported values: "All"')
        return bool(options)

    @property
    def options(self) -> Mapping[str, Any]:
        """The DeleteOptions of a DELETE, {} for anything else."""
        return self.body if self.method == "DELETE" and isinstance(self.body, dict) else {}

    def object(self) -> dict[str, Any]:
        """The body as an object. Raises Refused."""
        if not isinstance(self.body, dict):
            raise bad_request("the body of the request is no object")
        return self.body


def parse_path(path: str) -> Target | None:
    """The target of ``/api/v1/…`` or ``/apis/GROUP/VERSION/…``; None for any other path."""
    words = [unquote(word) for word in path.strip("/").split("/")]
    if words[0] == "api" and len(words) > 2:
        (version, *rest), group = words[1:], ""
    elif words[0] == "apis" and len(words) > 3:
        group, version, *rest = words[1:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and (group, version, rest[2]) in BY_PLURAL:
        _, namespace, *rest = rest
    resource = BY_PLURAL.get((group, version, rest[0]))
    if resource is None or len(rest) > 3:
        return None
    name, subresource = ([*rest[1:], "", ""])[:2]
    if subresource and subresource not in resource.subresources:
        return None
    return Target(resource, namespace, name, subresource)


def verb_of(call: Call, target: Target) -> str:
    """The verb as RBAC knows it."""
    if call.method in ("GET", "HEAD"):
        if target.name:
            return "get"
        return "watch" if call.flag("watch") else "list"
    verb = _VERBS.get(call.method, call.method.lower())
    return "deletecollection" if verb == "delete" and not target.name else verb
