"""Only what an Ingress names counts for it: objects of the same name lie in other namespaces.

A guard that is lost is told whatever else is there; each case has what would hide it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.core.request import OutcomeKind
from kubectl_ingress.lint.losses import losses
from tests.lint.test_losses import (
    NGINX,
    OTHERS,
    TLS,
    Objects,
    answer,
    findings,
    ingress,
    path,
    subject,
    written,
)
from tests.lint.test_losses_beside import HAPROXY, PASSWORD, RANGE, TRAEFIK, beside, told

MIDDLEWARES = f"{TRAEFIK}middlewares"
POLICIES = "nginx.org/policies"
PLUGINS = "konghq.com/plugins"
WANTED, ALL = ["10.0.0.0/8"], ["0.0.0.0/0"]


def custom(version: str, kind: str, name: str, namespace: str, **body: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **body}


def middleware(name: str, spec: dict[str, Any], namespace: str = "default") -> dict[str, Any]:
    return custom("traefik.io/v1alpha1", "Middleware", name, namespace, spec=spec)


def ranges(name: str, found: list[str], namespace: str = "default", **more: Any) -> dict[str, Any]:
    return middleware(name, {"ipAllowList": {"sourceRange": found, **more}}, namespace)


def policy(
    name: str, found: list[str], namespace: str = "default", word: str = "allow"
) -> dict[str, Any]:
    spec = {"accessControl": {word: found}}
    return custom("k8s.nginx.org/v1", "Policy", name, namespace, spec=spec)


def levels(objects: Objects, controller: str) -> list[tuple[str, str]]:
    return [(one.code, one.level) for one in told(objects, controller)]


GUARDED_HERE = [("KI406", "info")]
NOT_KNOWN = [("KI408", "warning")]
LOST = [("KI408", "error")]


@pytest.mark.parametrize(
    ("listed", "made", "expected"),
    [
        # By the part of a name, and by a whole name, of another namespace.
        (
            "default-web-mine@kubernetescrd",
            [ranges("web-mine", ALL), ranges("mine", WANTED, "elsewhere")],
            NOT_KNOWN,
        ),
        (
            "default-mine@kubernetescrd",
            [ranges("mine", ALL), ranges("mine", WANTED, "elsewhere")],
            NOT_KNOWN,
        ),
        ("default-mine@kubernetescrd", [ranges("mine", WANTED, "elsewhere")], NOT_KNOWN),
        ("default-mine@kubernetescrd", [ranges("mine", WANTED)], GUARDED_HERE),
        (
            "elsewhere-mine@kubernetescrd",
            [ranges("mine", ALL), ranges("mine", WANTED, "elsewhere")],
            GUARDED_HERE,
        ),
        # Both must let a request in.
        (
            "default-all@kubernetescrd,default-mine@kubernetescrd",
            [ranges("all", ALL), ranges("mine", WANTED)],
            GUARDED_HERE,
        ),
        # default/web-mine and default-web/mine are one name.
        (
            "default-web-mine@kubernetescrd",
            [ranges("web-mine", WANTED), ranges("mine", ALL, "default-web")],
            NOT_KNOWN,
        ),
        (
            "default-web-mine@kubernetescrd",
            [ranges("web-mine", ALL), ranges("mine", WANTED, "default-web")],
            NOT_KNOWN,
        ),
        # Who the client is stands in a header, which anybody may write.
        (
            "default-mine@kubernetescrd",
            [ranges("mine", WANTED, ipStrategy={"depth": 1})],
            NOT_KNOWN,
        ),
        (
            "default-mine@kubernetescrd",
            [ranges("mine", WANTED, rejectStatusCode=404)],
            GUARDED_HERE,
        ),
        # Its former name, which works.
        (
            "default-mine@kubernetescrd",
            [middleware("mine", {"ipWhiteList": {"sourceRange": WANTED}})],
            GUARDED_HERE,
        ),
        (
            "default-mine@kubernetescrd",
            [middleware("mine", {"ipWhiteList": {"sourceRange": ALL}})],
            NOT_KNOWN,
        ),
        # Of another provider, and of one that was not read.
        ("mine@file", [ranges("mine", WANTED), ranges("mine", WANTED, "elsewhere")], NOT_KNOWN),
    ],
)
def test_traefik_has_the_middleware_that_is_named(
    listed: str, made: Objects, expected: list[tuple[str, str]]
) -> None:
    objects = beside(written(**RANGE), **{MIDDLEWARES: listed})
    assert levels([*objects, *made], "traefik") == expected


@pytest.mark.parametrize(
    ("listed", "made", "expected"),
    [
        ("web-allow", [policy("web-allow", ALL), policy("web-allow", WANTED, "x")], NOT_KNOWN),
        ("web-allow", [policy("web-allow", WANTED, "x")], NOT_KNOWN),
        ("mine", [policy("mine", ALL), policy("mine", WANTED, "x")], NOT_KNOWN),
        ("default/mine", [policy("mine", ALL), policy("mine", WANTED, "x")], NOT_KNOWN),
        ("x/mine", [policy("mine", ALL), policy("mine", WANTED, "x")], GUARDED_HERE),
        ("mine", [policy("mine", WANTED), policy("mine", ALL, "x")], GUARDED_HERE),
        # Who is in the list of any Policy is let in.
        ("mine,all", [policy("mine", WANTED), policy("all", ALL)], NOT_KNOWN),
        ("mine,unread", [policy("mine", WANTED)], NOT_KNOWN),
    ],
)
def test_f5_has_the_policies_that_are_named(
    listed: str, made: Objects, expected: list[tuple[str, str]]
) -> None:
    objects = beside(written(**RANGE), **{POLICIES: listed})
    assert levels([*objects, *made], "f5-nginx") == expected


def test_f5_denies_nobody_where_another_policy_allows() -> None:
    objects = beside(written(denylist_source_range="10.0.0.0/8"), **{POLICIES: "mine,all"})
    denied = policy("mine", WANTED, word="deny")
    assert levels([*objects, denied, policy("all", ALL)], "f5-nginx") == LOST
    only = beside(written(denylist_source_range="10.0.0.0/8"), **{POLICIES: "mine"})
    assert levels([*only, denied], "f5-nginx") == GUARDED_HERE


def plugin(allow: list[str], namespace: str = "default") -> dict[str, Any]:
    body = {"plugin": "ip-restriction", "config": {"allow": allow}}
    version = "configuration.konghq.com/v1"
    return custom(version, "KongPlugin", "web-addresses", namespace, **body)


@pytest.mark.parametrize(
    "made", [[], [plugin(ALL)], [plugin(ALL), plugin(WANTED, "elsewhere")], [plugin(WANTED)]]
)
def test_the_name_of_a_plugin_alone_is_no_guard(made: Objects) -> None:
    objects = beside(written(**RANGE), **{PLUGINS: "web-addresses"})
    found = told([*objects, *made], "kong")
    assert [(one.code, one.level) for one in found] == NOT_KNOWN
    assert "make a KongPlugin web-addresses" in found[0].fix


def test_the_name_of_a_tls_option_alone_is_no_guard() -> None:
    option = {f"{TRAEFIK}tls.options": "default-web-tls@kubernetescrd"}
    objects = beside(written(auth_tls_secret="default/ca"), **option)
    assert levels(objects, "traefik") == NOT_KNOWN


ELSEWHERE = {"auth_type": "basic", "auth_secret": "infra/users"}
NAMED = middleware("web-auth", {"basicAuth": {"secret": "users"}})
NAMED_THERE = middleware("web-auth", {"basicAuth": {"secret": "users"}}, "infra")


@pytest.mark.parametrize(
    ("controller", "guard", "own", "made", "expected"),
    [
        ("traefik", PASSWORD, "default", [NAMED, NAMED_THERE], GUARDED_HERE),
        ("traefik", PASSWORD, "infra", [NAMED, NAMED_THERE], NOT_KNOWN),
        ("traefik", ELSEWHERE, "default", [NAMED, NAMED_THERE], NOT_KNOWN),
        ("traefik", ELSEWHERE, "infra", [NAMED, NAMED_THERE], GUARDED_HERE),
        ("f5-nginx", PASSWORD, "users", [], GUARDED_HERE),
        ("f5-nginx", ELSEWHERE, "users", [], NOT_KNOWN),
        ("haproxy-ingress", PASSWORD, "users", [], GUARDED_HERE),
        ("haproxy-ingress", ELSEWHERE, "users", [], NOT_KNOWN),
        # It needs cross-namespace-secrets-passwd: allow.
        ("haproxy-ingress", ELSEWHERE, "infra/users", [], NOT_KNOWN),
    ],
)
def test_the_same_name_in_another_namespace_is_another_secret(
    controller: str,
    guard: dict[str, str],
    own: str,
    made: Objects,
    expected: list[tuple[str, str]],
) -> None:
    named = {
        "traefik": {MIDDLEWARES: f"{own}-web-auth@kubernetescrd"},
        "f5-nginx": {"nginx.org/basic-auth-secret": own},
        "haproxy-ingress": {f"{HAPROXY}auth-secret": own},
    }
    found = told([*beside(written(**guard), **named[controller]), *made], controller)
    about = [one for one in found if one.field[-1] == f"{NGINX}auth-secret"]
    assert [(one.code, one.level) for one in about] == expected


COPIED = "has to be in namespace default, as a copy of infra/"


@pytest.mark.parametrize(
    ("controller", "guard", "said"),
    [
        ("traefik", ELSEWHERE, f"; Secret users {COPIED}users, and to have one key alone"),
        ("f5-nginx", ELSEWHERE, f"; Secret users {COPIED}users, and to be of type"),
        ("haproxy-ingress", ELSEWHERE, "cross-namespace-secrets-passwd"),
        ("traefik", {"auth_tls_secret": "infra/ca"}, f"; Secret ca {COPIED}ca; it ends http"),
        (
            "haproxy-ingress",
            {"auth_tls_secret": "infra/ca"},
            f"{HAPROXY}auth-tls-secret: ca; Secret ca {COPIED}ca; it counts for",
        ),
    ],
)
def test_a_secret_of_another_namespace_has_to_be_copied(
    controller: str, guard: dict[str, str], said: str
) -> None:
    fixes = " ".join(one.fix for one in told(written(**guard), controller))
    assert said in fixes
    here = {name: value.replace("infra/", "default/") for name, value in guard.items()}
    fixes = " ".join(one.fix for one in told(written(**here), controller))
    assert fixes
    assert "copy" not in fixes
    assert "cross-namespace" not in fixes


FLAGS = ("1", "t", "T", "true", "TRUE", "True", "0", "false", "tRue", "yes", " true", "")


@pytest.mark.parametrize("controller", OTHERS)
@pytest.mark.parametrize("tls", [None, TLS], ids=["http", "tls"])
@pytest.mark.parametrize("name", ["force_ssl_redirect", "ssl_redirect"])
@pytest.mark.parametrize("value", FLAGS)
def test_a_redirect_is_a_guard_where_ingress_nginx_makes_one(
    value: str, name: str, tls: Any, controller: str
) -> None:
    objects = written(tls=tls, **{name: value})
    redirects = answer(objects, "ingress-nginx").kind is OutcomeKind.REDIRECT
    is_open = answer(objects, controller).kind is not OutcomeKind.REDIRECT
    found = [one for one in findings(objects, controller) if one.code == "KI408"]
    assert bool(found) == (redirects and is_open)
    as_said = findings(written(tls=tls, **{name: "true"}), controller)
    if value in FLAGS[:6]:
        assert [one.fix for one in found] == [one.fix for one in as_said if one.code == "KI408"]


@pytest.mark.parametrize("value", FLAGS[:6])
def test_a_firewall_is_a_guard_however_it_is_switched_on(value: str) -> None:
    assert levels(written(enable_modsecurity=value), "kong") == LOST


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("10.0.0.0/8,::/0", LOST),
        ("::/0", LOST),
        ("0.0.0.0/0,::/0", [("KI406", "warning")]),
        # So everybody is written; that IPv6 is refused is nobody's wish.
        ("0.0.0.0/0", [("KI406", "warning")]),
        ("10.0.0.0/0", [("KI406", "warning")]),
    ],
)
def test_a_list_is_a_guard_unless_all_ipv4_is_let_in(
    listed: str, expected: list[tuple[str, str]]
) -> None:
    assert levels(written(whitelist_source_range=listed), "traefik") == expected


@pytest.mark.parametrize("value", ["on", "", "true"])
def test_certificates_are_asked_for_unless_it_says_otherwise(value: str) -> None:
    objects = written(auth_tls_secret="default/ca", auth_tls_verify_client=value)
    assert ("KI408", "error") in levels(objects, "kong")


@pytest.mark.parametrize(
    ("controller", "own"),
    [
        ("traefik", {MIDDLEWARES: "default-web-auth@kubernetescrd"}),
        # These redirect by spec.tls unless they are told not to.
        ("f5-nginx", {"nginx.org/basic-auth-secret": "users", "nginx.org/ssl-redirect": "false"}),
        (
            "haproxy-ingress",
            {f"{HAPROXY}auth-secret": "users", f"{HAPROXY}ssl-redirect": "false"},
        ),
    ],
)
def test_a_password_by_plain_http_is_no_redirect(controller: str, own: dict[str, str]) -> None:
    objects = [*beside(written(tls=TLS, **PASSWORD), **own), NAMED]
    assert answer(objects, controller).status == 401
    assert sorted(levels(objects, controller)) == [("KI406", "info"), *LOST]


def test_a_redirect_to_http_is_no_redirect_to_https() -> None:
    own = {MIDDLEWARES: "default-web-root@kubernetescrd"}
    config = {"regex": "^(https?://[^/]+)/$", "replacement": "${1}/app"}
    made = middleware("web-root", {"redirectRegex": config})
    objects = [*beside(written(tls=TLS, app_root="/app"), **own), made]
    assert answer(objects, "traefik").location == "http://a.example/app"
    assert sorted(levels(objects, "traefik")) == [("KI406", "info"), *LOST]


@pytest.mark.parametrize("flag", FLAGS[:6])
def test_a_redirect_under_a_condition_is_not_needless(flag: str) -> None:
    objects = beside(written(force_ssl_redirect="true"), **{"nginx.org/redirect-to-https": flag})
    assert answer(objects, "f5-nginx").kind is OutcomeKind.FORWARD
    [finding] = told(objects, "f5-nginx")
    assert (finding.code, finding.level) == ("KI408", "warning")
    assert "X-Forwarded-Proto" in finding.fix


def test_a_redirect_that_is_there_counts_while_the_route_is_not_served() -> None:
    """Traefik leaves a route out of which one Middleware is missing."""
    listed = "default-web-https@kubernetescrd,default-later@kubernetescrd"
    made = middleware("web-https", {"redirectScheme": {"scheme": "https", "permanent": True}})
    objects = [*beside(written(force_ssl_redirect="true"), **{MIDDLEWARES: listed}), made]
    assert answer(objects, "traefik").status == 404
    assert levels(objects, "traefik") == GUARDED_HERE


@pytest.mark.parametrize("annotations", [{}, {"ssl_redirect": "true"}], ids=["tls", "annotation"])
def test_kong_closes_http_with_a_status_too(annotations: dict[str, str]) -> None:
    own = {"konghq.com/protocols": "https"}
    objects = beside(written(tls=TLS, **annotations), **own)
    assert answer(objects, "kong").status == 426
    assert [one for one in levels(objects, "kong") if one[0] == "KI408"] == []


def test_a_service_that_is_missing_does_not_hide_that_http_is_open() -> None:
    web, service, *others = written(force_ssl_redirect="true")
    service["metadata"]["name"] = "other"
    objects = [web, service, *others]
    assert answer(objects, "kong").status == 503
    assert levels(objects, "kong") == LOST


def test_a_strip_that_was_made_is_there_for_the_paths_that_it_strips() -> None:
    listed = {MIDDLEWARES: "default-web-strip@kubernetescrd"}
    for stripped, level in (("/api", "info"), ("/other", "warning")):
        objects = written(path("/api"), rewrite_target="/$2")
        made = middleware("web-strip", {"stripPrefix": {"prefixes": [stripped]}})
        assert levels([*beside(objects, **listed), made], "traefik") == [("KI406", level)]


class Counted(tuple[Any, ...]):
    """Objects that tell how often somebody has gone through all of them."""

    seen = 0

    def __iter__(self) -> Iterator[Any]:
        Counted.seen += 1
        return super().__iter__()


@pytest.mark.parametrize(
    ("controller", "annotation", "name", "make"),
    [
        ("traefik", MIDDLEWARES, "default-{}@kubernetescrd", ranges),
        ("f5-nginx", POLICIES, "{}", policy),
    ],
    ids=["traefik", "f5"],
)
def test_objects_are_gone_through_once_however_many_name_them(
    controller: str, annotation: str, name: str, make: Any
) -> None:
    def looked(count: int) -> int:
        objects: Objects = []
        for number in range(count):
            one = ingress(
                f"web-{number}",
                f"h{number}.example",
                annotations={
                    f"{NGINX}whitelist-source-range": "10.0.0.0/8",
                    annotation: name.format(f"mine-{number}"),
                },
                ingressClassName="nginx",
            )
            objects += [one, make(f"mine-{number}", WANTED)]
        taken = subject(objects, controller)
        snapshot = replace(taken.snapshot, customs=Counted(taken.snapshot.customs))
        Counted.seen = 0
        found = losses(taken.routes.owners, snapshot)
        assert len(found) == count
        return Counted.seen

    assert looked(20) == looked(2) == 1
