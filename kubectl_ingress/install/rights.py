"""What the user may do, asked from the API server before anything is written.

A SelfSubjectAccessReview answers for one verb on one object
(https://kubernetes.io/docs/reference/access-authn-authz/authorization/); it is
open to every user unless a cluster has taken that away, and then the first
refused request tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import ApiFailed, ApiForbidden, ApiNotFound, ApiRefused
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.ports.answers import Overloaded

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_GROUP = "authorization.k8s.io/v1"
_PATH = f"/apis/{_GROUP}/selfsubjectaccessreviews"
_SILENT = (ApiForbidden, ApiNotFound, ApiRefused, ApiFailed)
_ORDER = ("get", "list", "watch", "create", "patch", "update", "delete")


class Need(Struct, frozen=True):
    """One thing that will be done. `name` "" is every object of the kind, or a list."""

    verb: str
    kind: Kind
    namespace: str = ""
    name: str = ""


def needs_of(verb: str, objects: Iterable[Live]) -> Iterator[Need]:
    """The same verb on each of these objects."""
    for each in objects:
        kind, meta = KINDS[reader_of(each).text("kind")], reader_of(each).meta()
        yield Need(verb, kind, meta.namespace if kind.namespaced else "", meta.name)


def require(cluster: Cluster, needs: Iterable[Need]) -> None:
    """Raise ApiForbidden with all that is missing, in one message."""
    lacking = missing(cluster, needs)
    if lacking:
        raise _forbidden(cluster, lacking)


def missing(cluster: Cluster, needs: Iterable[Need]) -> tuple[Need, ...]:
    """Those that the user may not do; none where that cannot be asked."""
    wanted = list(dict.fromkeys(needs))
    # Who may do everything is asked one question, as in `kubectl auth can-i '*' '*'`.
    if not wanted or _may(cluster, {"verb": "*", "group": "*", "resource": "*"}):
        return ()
    groups: dict[Need, list[Need]] = {}
    for need in wanted:
        groups.setdefault(Need(need.verb, need.kind, need.namespace), []).append(need)
    return tuple(
        need for whole, named in groups.items() for need in _lacking(cluster, whole, named)
    )


def _lacking(cluster: Cluster, whole: Need, named: list[Need]) -> list[Need]:
    # A right to all objects of a kind covers each of them.
    if len(named) > 1 and _may(cluster, _attributes(whole)):
        return []
    return [need for need in named if not _may(cluster, _attributes(need))]


def _attributes(need: Need) -> dict[str, str]:
    # To the API server a Namespace lies in itself.
    namespace = need.name if need.kind.name == "Namespace" else need.namespace
    resource, _, part = need.kind.plural.partition("/")
    found = {
        "verb": need.verb,
        "group": need.kind.group,
        "resource": resource,
        "subresource": part,
        "namespace": namespace,
        "name": need.name,
    }
    return {key: value for key, value in found.items() if value}


def _may(cluster: Cluster, attributes: dict[str, str]) -> bool:
    body = {
        "apiVersion": _GROUP,
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        answer = cluster.request("POST", _PATH, body=body)
    except Overloaded:
        # So it would be with each of the other questions.
        raise
    except _SILENT:
        # It says nothing about the right itself.
        return True
    return reader_of(answer).child("status").flag("allowed") is not False


def _user(cluster: Cluster) -> str:
    """Who asks, as the API server sees it: not what the kubeconfig calls him. "" if not told."""
    group = "authentication.k8s.io/v1"
    body = {"apiVersion": group, "kind": "SelfSubjectReview"}
    try:
        answer = cluster.request("POST", f"/apis/{group}/selfsubjectreviews", body=body)
    except _SILENT:
        # Kubernetes before 1.28.
        return ""
    return reader_of(answer).child("status").child("userInfo").text("username")


def _forbidden(cluster: Cluster, lacking: Sequence[Need]) -> ApiForbidden:
    first, user = lacking[0], _user(cluster)
    who = f" (user {user})" if user else ""
    others = {(need.verb, need.kind, need.namespace) for need in lacking}
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    scope = f" -n {first.namespace}" if first.namespace else ""
    return ApiForbidden(
        f"you may not {first.verb} {first.kind.resource}{_place(first.namespace)}{more}{who}; "
        f"nothing was changed; needed: {'; '.join(_listed(lacking))}",
        f"kubectl auth can-i {first.verb} {first.kind.resource}{scope}",
    )


def _listed(lacking: Sequence[Need]) -> Iterator[str]:
    """``create, patch roles, rolebindings in namespace x``: what wants the same, together."""
    verbs: dict[tuple[Kind, str], set[str]] = {}
    for need in lacking:
        verbs.setdefault((need.kind, need.namespace), set()).add(need.verb)
    together: dict[tuple[str, str], list[str]] = {}
    for (kind, namespace), found in verbs.items():
        said = ", ".join(verb for verb in _ORDER if verb in found)
        together.setdefault((said, namespace), []).append(kind.resource)
    for (said, namespace), resources in together.items():
        yield f"{said} {', '.join(resources)}{_place(namespace)}"


def _place(namespace: str) -> str:
    return f" in namespace {namespace}" if namespace else ""
