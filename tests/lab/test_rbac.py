"""Who may do what: as a real API server decided, and in its words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from kubectl_ingress.lab.apiserver import reviews
from kubectl_ingress.lab.apiserver.accounts import ANONYMOUS, User
from kubectl_ingress.lab.apiserver.default_roles import default_roles
from kubectl_ingress.lab.apiserver.impersonation import impersonated
from kubectl_ingress.lab.apiserver.rbac import Attributes, Authorizer, forbidden
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.access import recorded
from tests.lab.access.rights import ASKS, DISGUISES, FIRST, OBJECTS, REVIEWS, Ask, Disguise, Review

Json = dict[str, Any]
AUTHENTICATED = "system:authenticated"


def stored(plural: str) -> Iterable[Json]:
    return [each for each in (*default_roles(), *OBJECTS) if f"{each['kind'].lower()}s" == plural]


AUTHORIZER = Authorizer(stored)


def user_of(name: str, groups: tuple[str, ...] = ()) -> User:
    """As who asks in tests/live: impersonated by an administrator."""
    if name == ANONYMOUS.name:
        return ANONYMOUS
    worn = {"impersonate-user": name, "impersonate-group": "\n".join(groups)}
    admin = User("admin", ("system:masters", AUTHENTICATED))
    return impersonated(admin, worn, AUTHORIZER, Attributes("get", path="/"))


def answered(user: User, attributes: Attributes) -> Any:
    verdict = AUTHORIZER.decide(user, attributes)
    assert verdict.allowed is AUTHORIZER.allows(user, attributes)
    return "allowed" if verdict.allowed else told(forbidden(user, attributes, verdict.reason))


def told(refused: Refused) -> Json:
    """Its Status, as a server that leaves out what is empty writes it."""
    body = refused.body()
    if not body.get("details") and body["code"] in (403,):
        body["details"] = {}
    for place in (body, body.get("details", {})):
        for key in [key for key, value in place.items() if value == "" or value is None]:
            del place[key]
    return body


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.id)
def test_rights(ask: Ask) -> None:
    user = user_of(ask.user, ask.groups)
    # In a request for a namespace itself its name is the namespace, too.
    attributes = Attributes(
        ask.verb, ask.group, ask.resource, ask.subresource, ask.namespace, ask.name, ask.path
    )
    assert answered(user, attributes) == recorded("rights")[ask.id]


def test_the_default_is_to_refuse() -> None:
    nobody = Authorizer(lambda plural: [])
    user = User("dev", (AUTHENTICATED,))
    assert not nobody.allows(user, Attributes("get", path="/version"))
    assert not nobody.allows(user, Attributes("list", "", "pods"))
    assert nobody.allows(User("x", ("system:masters",)), Attributes("list", "", "pods"))


def test_a_binding_without_subjects_and_a_role_without_rules() -> None:
    role: Json = {"metadata": {"name": "r"}, "rules": None}
    ref = {"kind": "ClusterRole", "name": "r"}
    bound = {"kind": "User", "name": "dev"}
    bindings = [
        {"metadata": {"name": "a"}, "roleRef": ref},
        {"metadata": {"name": "b"}, "roleRef": ref, "subjects": None},
        {"metadata": {"name": "c"}, "roleRef": ref, "subjects": [{"kind": "Robot", "name": "dev"}]},
        {"metadata": {"name": "d"}, "roleRef": ref, "subjects": [bound]},
    ]
    found = Authorizer(
        lambda plural: {"clusterroles": [role], "clusterrolebindings": bindings}.get(plural, [])
    )
    assert found.grants(User("dev", ()), "x").grants == []
    assert not found.allows(User("dev", ()), Attributes("get", "", "pods", "", "x"))


def acted(worn: Disguise, last: dict[str, str]) -> Any:
    groups = ("system:masters",) if worn.user == "admin" else ()
    user = User(worn.user, (*groups, AUTHENTICATED))
    headers: dict[str, str] = {}
    for name, value in worn.headers:
        before = headers.get(name.lower())
        headers[name.lower()] = value if before is None else f"{before}\n{value}"
    asked = Attributes("create", "authentication.k8s.io", "selfsubjectreviews")
    if worn.lists:
        asked = Attributes("list", "", "configmaps", namespace="a")
    try:
        found = impersonated(user, headers, AUTHORIZER, asked, last)
    except Refused as refused:
        return told(refused)
    answer = answered(found, asked)
    if answer == "allowed" and not worn.lists:
        answer = {"username": found.name, "groups": list(found.groups)}
        answer |= {"uid": found.uid} if found.uid else {}
    return answer


def test_impersonation() -> None:
    # In this order: what was granted before decides what is told.
    last: dict[str, str] = {}
    acted(FIRST, last)
    found = {worn.id: acted(worn, last) for worn in DISGUISES}
    assert found == recorded("impersonation")


def test_without_headers_everybody_is_himself() -> None:
    user = User("dev", (AUTHENTICATED,))
    asked = Attributes("list", "", "pods")
    assert impersonated(user, {"accept": "*/*"}, AUTHORIZER, asked) is user


def test_many_groups_need_one_right() -> None:
    rules = [
        {"verbs": ["impersonate-on:user-info:list"], "apiGroups": [""], "resources": ["pods"]},
        {
            "verbs": ["impersonate:user-info"],
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["users", "groups"],
            "resourceNames": ["alice", "*"],
        },
    ]
    binding = {
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "dev"}],
    }
    role = {"metadata": {"name": "r"}, "rules": rules}
    authorizer = Authorizer(
        lambda plural: {"clusterroles": [role], "clusterrolebindings": [binding]}.get(plural, [])
    )
    user, asked = User("dev", (AUTHENTICATED,)), Attributes("list", "", "pods")
    worn = {"impersonate-user": "alice", "impersonate-group": "a\nb\nc\nd"}
    found = impersonated(user, worn, authorizer, asked)
    assert found.groups == ("a", "b", "c", "d", AUTHENTICATED)
    with pytest.raises(Refused, match='"a" is forbidden'):
        impersonated(user, worn | {"impersonate-group": "a\nb\nc"}, authorizer, asked)


def _authorizer(**stored: list[Json]) -> Authorizer:
    return Authorizer(lambda plural: stored.get(plural, []))


def test_a_role_is_that_of_the_bindings_namespace() -> None:
    roles: list[Json] = [
        {
            "metadata": {"name": "r", "namespace": space},
            "rules": [{"verbs": [verb], "apiGroups": [""], "resources": ["pods"]}],
        }
        for space, verb in (("b", "delete"), ("a", "get"))
    ]
    binding: Json = {
        "metadata": {"name": "x", "namespace": "a"},
        "roleRef": {"kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "dev"}, {"kind": "User", "name": "dev"}],
    }
    authorizer = _authorizer(roles=roles, rolebindings=[binding])
    dev = User("dev", (AUTHENTICATED,))
    assert authorizer.allows(dev, Attributes("get", "", "pods", namespace="a"))
    assert not authorizer.allows(dev, Attributes("delete", "", "pods", namespace="a"))
    assert not authorizer.allows(dev, Attributes("delete", "", "pods", namespace="b"))
    # Named twice, bound once.
    assert len(authorizer.grants(dev, "a").grants) == 1


def test_an_account_of_no_namespace_is_nobody() -> None:
    role: Json = {"metadata": {"name": "r"}, "rules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}
    binding: Json = {
        "metadata": {"name": "x"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "ServiceAccount", "name": "robot"}],
    }
    authorizer = _authorizer(clusterroles=[role], clusterrolebindings=[binding])
    user = User("system:serviceaccount::robot", (AUTHENTICATED,))
    assert not authorizer.allows(user, Attributes("get", path="/x"))


@pytest.mark.parametrize("review", REVIEWS, ids=lambda review: review.id)
def test_reviews(review: Review) -> None:
    answer = {
        "SelfSubjectAccessReview": reviews.access,
        "SelfSubjectRulesReview": reviews.rules,
    }[review.kind]
    expected = recorded("reviews")[review.id]
    # Known to differ.
    expected["body"]["metadata"].pop("managedFields", None)
    asked = {"kind": review.kind, "spec": review.spec}
    user = user_of(review.user, review.groups)
    if expected["code"] != 201:
        with pytest.raises(Refused) as refused:
            answer(AUTHORIZER, user, asked)
        assert told(refused.value) == expected["body"]
        return
    body = answer(AUTHORIZER, user, asked)
    for key in ("resourceRules", "nonResourceRules"):
        if key in body["status"]:
            for rules in (body["status"][key], expected["body"]["status"][key]):
                rules.sort(key=lambda rule: json.dumps(rule, sort_keys=True))
    assert body == expected["body"]


def test_default_roles_bind_what_they_name() -> None:
    roles = {each["metadata"]["name"] for each in default_roles() if each["kind"] == "ClusterRole"}
    bound = {
        each["roleRef"]["name"] for each in default_roles() if each["kind"] == "ClusterRoleBinding"
    }
    assert roles == bound
    assert "cluster-admin" in roles
