"""Role-based access control: whether somebody may do something, and why.

Kubernetes' own: plugin/pkg/auth/authorizer/rbac/rbac.go, pkg/registry/rbac/validation/rule.go
and pkg/apis/rbac/v1/evaluation_helpers.go. Left out: aggregated ClusterRoles, and the check
that nobody grants rights which he has not himself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.accounts import User, account_name
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.status import Refused, qualified

GROUP = "rbac.authorization.k8s.io"
MASTERS = "system:masters"
_PLURALS = {"Role": "roles", "ClusterRole": "clusterroles"}
# A message must not look like HTML: apiserver's endpoints/handlers/responsewriters/errors.go.
_SAFE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Attributes(Struct, frozen=True):
    """What is asked. Without a resource it is about `path`."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def part(self) -> str:
        """``pods/log``, ``pods``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Verdict(Struct, frozen=True):
    """Whether it is allowed, and why; the reason of a refusal is mostly empty."""

    allowed: bool
    reason: str = ""


class Grant(Struct, frozen=True):
    """A rule that holds for somebody, and the binding that gives it, in words."""

    rule: Json
    source: str


class Grants(Struct):
    """All that holds for somebody, and which roles were named but are not there."""

    grants: list[Grant] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """The missing roles in one sentence, "" if there are none."""
        missing = list(dict.fromkeys(self.missing))
        return f"[{', '.join(missing)}]" if len(missing) > 1 else "".join(missing)


class Authorizer:
    """Decides by the stored roles and bindings: plural -> objects."""

    def __init__(self, list_objects: Callable[[str], Iterable[Json]]) -> None:
        self._list = list_objects

    def allows(self, user: User, attributes: Attributes) -> bool:
        """Whether somebody may do something."""
        return self.decide(user, attributes).allowed

    def decide(self, user: User, attributes: Attributes) -> Verdict:
        """The same, with the reason as a SelfSubjectAccessReview gives it."""
        if MASTERS in user.groups:
            return Verdict(True)
        found = self.grants(user, attributes.namespace)
        for grant in found.grants:
            if covers(grant.rule, attributes):
                return Verdict(True, f"RBAC: allowed by {grant.source}")
        return Verdict(False, f"rbac: RBAC: {found.problem}" if found.missing else "")

    def grants(self, user: User, namespace: str) -> Grants:
        """The rules that hold for somebody in a namespace; "" is the cluster's scope."""
        found = Grants()
        for binding, subject in self._bindings(user, namespace):
            rules = self._rules(binding, found.missing)
            source = _source(binding, subject)
            found.grants += [Grant(rule, source) for rule in rules]
        return found

    def _bindings(self, user: User, namespace: str) -> Iterator[tuple[Json, Json]]:
        for plural in ("clusterrolebindings", "rolebindings"):
            for binding in self._list(plural):
                place = binding["metadata"].get("namespace", "")
                if plural == "rolebindings" and (not namespace or place != namespace):
                    continue
                for subject in binding.get("subjects") or []:
                    if _is(user, subject, place):
                        yield binding, subject
                        break

    def _rules(self, binding: Json, missing: list[str]) -> list[Json]:
        named, place = binding["roleRef"], binding["metadata"].get("namespace", "")
        plural = _PLURALS.get(named["kind"], "")
        for role in self._list(plural) if plural else ():
            meta = role["metadata"]
            if meta["name"] == named["name"] and meta.get("namespace", "") in ("", place):
                return role.get("rules") or []
        missing.append(f"{named['kind'].lower()}.{GROUP} {quoted(named['name'])} not found")
        return []


def covers(rule: Json, attributes: Attributes) -> bool:
    """Whether a rule allows this."""
    if not _has(rule, "verbs", attributes.verb):
        return False
    if not attributes.resource:
        return any(_is_path(url, attributes.path) for url in rule.get("nonResourceURLs") or [])
    names = rule.get("resourceNames")
    return (
        _has(rule, "apiGroups", attributes.group)
        and any(_is_resource(each, attributes) for each in rule.get("resources") or [])
        and (not names or attributes.name in names)
    )


def forbidden(user: User, attributes: Attributes, reason: str = "") -> Refused:
    """403 in the API server's words; `reason` is that of the Verdict."""
    who, verb = f"User {quoted(user.name)}", attributes.verb
    if attributes.resource:
        what = f"resource {quoted(attributes.part)} in API group {quoted(attributes.group)}"
        scope = "at the cluster scope"
        if attributes.namespace:
            scope = f"in the namespace {quoted(attributes.namespace)}"
        sentence = f"{who} cannot {verb} {what} {scope}"
    else:
        sentence = f"{who} cannot {verb} path {quoted(attributes.path)}"
    sentence = sentence.translate(_SAFE) + (f": {reason}" if reason else "")
    named = qualified(attributes.group, attributes.resource)
    if attributes.name and named:
        named += f" {quoted(attributes.name)}"
    details = {"group": attributes.group, "kind": attributes.resource, "name": attributes.name}
    given = {key: value for key, value in details.items() if value and attributes.resource}
    message = f"{named} is forbidden: {sentence}" if named else f"forbidden: {sentence}"
    return Refused(403, "Forbidden", message, given)


def _is(user: User, subject: Json, place: str) -> bool:
    match subject.get("kind"):
        case "User":
            return bool(user.name == subject["name"])
        case "Group":
            return subject["name"] in user.groups
        case "ServiceAccount":
            namespace = subject.get("namespace") or place
            return bool(namespace) and user.name == account_name(namespace, subject["name"])
    return False


def _has(rule: Json, key: str, wanted: str) -> bool:
    listed = rule.get(key) or []
    return "*" in listed or wanted in listed


def _is_resource(rule: str, attributes: Attributes) -> bool:
    if rule in ("*", attributes.part):
        return True
    return bool(attributes.subresource) and rule == f"*/{attributes.subresource}"


def _is_path(rule: str, path: str) -> bool:
    return rule == path or (rule.endswith("*") and path.startswith(rule.rstrip("*")))


def _source(binding: Json, subject: Json) -> str:
    meta, role = binding["metadata"], binding["roleRef"]
    place = meta.get("namespace", "")
    # Upstream puts the name before the namespace in both.
    bound = f"{meta['name']}/{place}" if place else meta["name"]
    who = subject["name"]
    if subject["kind"] == "ServiceAccount":
        who = f"{who}/{subject.get('namespace') or place}"
    kind = "RoleBinding" if place else "ClusterRoleBinding"
    named = f"{kind} {quoted(bound)} of {role['kind']} {quoted(role['name'])}"
    return f"{named} to {subject['kind']} {quoted(who)}"
