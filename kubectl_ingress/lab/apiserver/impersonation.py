"""Acting as somebody else: ``kubectl --as``, and who may.

Kubernetes' own: staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation (1.35 and
later: each way of acting has verbs of its own, and the old verb ``impersonate`` still does).
Left out: Impersonate-Extra headers, and nodes that act for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.lab.apiserver.accounts import (
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    User,
    account_groups,
    account_of,
)
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.rbac import MASTERS, Attributes, Authorizer, forbidden
from kubectl_ingress.lab.apiserver.status import Refused, bad_request

_AUTHENTICATION = "authentication.k8s.io"
_NODE = re.compile(r"system:node:(?P<name>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)")
# From so many groups on, a right to all of them is looked for first.
_MANY = 4


class _Request(Struct, frozen=True):
    user: User
    wanted: User
    asked: Attributes
    authorizer: Authorizer


def impersonated(
    user: User,
    headers: Mapping[str, str],
    authorizer: Authorizer,
    asked: Attributes,
    last: MutableMapping[str, str] | None = None,
) -> User:
    """Whom `user` acts as in a request for `asked`: himself, without such headers.

    Names of headers are in lower case; several groups are one text, a group on each line
    (no header can hold the end of a line). `last` keeps in which mode each user acted last:
    that one is tried, and told of, before the others. Raises Refused.
    """
    groups = tuple(filter(None, headers.get("impersonate-group", "").split("\n")))
    name, uid = headers.get("impersonate-user", ""), headers.get("impersonate-uid", "")
    wanted = User(name, groups, uid)
    if not name:
        if groups or uid:
            raise _nobody(wanted)
        return user
    memory = {} if last is None else last
    request = _Request(user, wanted, asked, authorizer)
    refusals: list[Refused] = []
    for mode in sorted(_modes(wanted), key=lambda mode: mode != memory.get(user.name)):
        try:
            found = _as(request, mode)
        except Refused as refused:
            refusals.append(refused)
        else:
            memory[user.name] = mode
            return found
    raise refusals[0]


def _modes(wanted: User) -> list[str]:
    """Those that apply, the old one (``""``) last."""
    node, account = _NODE.fullmatch(wanted.name), account_of(wanted.name)
    bare = not wanted.groups and not wanted.uid
    if node or account:
        special = "arbitrary-node" if node else "serviceaccount"
        return [special, ""] if bare else [""]
    return ["user-info", ""]


def _as(request: _Request, mode: str) -> User:
    wanted = request.wanted
    if mode:
        verb = f"impersonate-on:{mode}:{request.asked.verb}"
        _check(request, replace(request.asked, verb=verb))
    verb, group = (f"impersonate:{mode}", _AUTHENTICATION) if mode else ("impersonate", "")
    groups = wanted.groups
    resource, namespace, name = "users", "", wanted.name
    if account := account_of(wanted.name):
        resource, (namespace, name) = "serviceaccounts", account
        groups = groups or account_groups(namespace)
    elif mode and (node := _NODE.fullmatch(wanted.name)):
        resource, name, groups = "nodes", node["name"], ("system:nodes",)
    _check(request, Attributes(verb, group, resource, "", namespace, name))
    if wanted.uid:
        _check(request, Attributes(verb, _AUTHENTICATION, "uids", name=wanted.uid))
    _check_groups(request, verb, group)
    return replace(wanted, groups=_completed(wanted.name, groups))


def _check_groups(request: _Request, verb: str, group: str) -> None:
    wanted = request.wanted.groups
    if group and MASTERS in wanted:
        attributes = Attributes(verb, group, "groups", name=MASTERS)
        why = "impersonating the system:masters group is not allowed"
        raise forbidden(request.user, attributes, why)
    every = Attributes(verb, group, "groups", name="*")
    if group and len(wanted) >= _MANY and request.authorizer.allows(request.user, every):
        return
    for name in wanted:
        _check(request, Attributes(verb, group, "groups", name=name))


def _check(request: _Request, attributes: Attributes) -> None:
    verdict = request.authorizer.decide(request.user, attributes)
    if not verdict.allowed:
        raise forbidden(request.user, attributes, verdict.reason)


def _completed(name: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    own = UNAUTHENTICATED if name == ANONYMOUS.name else AUTHENTICATED
    return groups if own in groups or UNAUTHENTICATED in groups else (*groups, own)


def _nobody(wanted: User) -> Refused:
    groups = "[]string(nil)"
    if wanted.groups:
        groups = f"[]string{{{', '.join(quoted(group) for group in wanted.groups)}}}"
    told = f'&user.DefaultInfo{{Name:"", UID:{quoted(wanted.uid)}, Groups:{groups}, '
    extra = "Extra:map[string][]string(nil)}"
    return bad_request(f"requested {told}{extra} without impersonating a user name")
