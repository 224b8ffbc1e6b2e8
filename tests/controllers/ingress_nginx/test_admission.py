"""What the webhook says: paths, annotations, and routes that others have already."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.admission import Rules, review, warnings
from kubectl_ingress.controllers._ingress_nginx.annotation import Risk
from kubectl_ingress.controllers._ingress_nginx.config_map import Config
from kubectl_ingress.controllers._ingress_nginx.inspection import inspect
from kubectl_ingress.controllers._ingress_nginx.reading import Limits
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.classes import ClassRule
from tests.manifests import ingress, ingress_class, nginx, path, snapshot

RULES = Rules(ClassRule("ingress-nginx", "nginx", "k8s.io/ingress-nginx"))
CANARY = nginx(canary="true")


def aged(manifest: dict[str, Any], second: int) -> dict[str, Any]:
    manifest["metadata"]["creationTimestamp"] = f"2024-01-01T00:00:{second:02}Z"
    return manifest


def asked(*manifests: dict[str, Any], rules: Rules = RULES) -> str:
    """What is said of the last of some Ingresses that were made one after the other."""
    objects = [aged(manifest, second) for second, manifest in enumerate(manifests)]
    last = objects[-1]["metadata"]
    world = snapshot(ingress_class(), *objects)
    new = next(i for i in world.ingresses if i.meta.key == f"{last['namespace']}/{last['name']}")
    return review(world, new, rules)


def one(*paths: Any, name: str = "new", host: str = "a.example", **more: Any) -> dict[str, Any]:
    return ingress(name, host, *paths, **more)


def taken_by(name: str, text: str = "/x", host: str = "a.example") -> str:
    return f'host "{host}" and path "{text}" is already defined in ingress default/{name}'


def test_a_good_ingress_is_allowed() -> None:
    assert asked(one()) == ""


@pytest.mark.parametrize("kind", ["Prefix", "Exact"])
@pytest.mark.parametrize("text", ["/foo.*", "/a b", "/a%20b", "/a~b", "/a:b", "foo", "/é", "/a\n"])
def test_paths_hold_plain_characters_only(text: str, kind: str) -> None:
    refused = f"ingress contains invalid paths: path {text} cannot be used with pathType {kind}"
    assert asked(one(path(text, kind=kind))) == refused
    assert asked(one(path(text, kind=kind)), rules=replace(RULES, strict_paths=False)) == ""
    assert asked(one(path(text, kind="ImplementationSpecific"))) == ""


def test_every_bad_path_is_named() -> None:
    said = asked(one(path("/a*"), path("/good.x_-/"), path("/b*", kind="Exact")))
    assert said.splitlines() == [
        "ingress contains invalid paths: path /a* cannot be used with pathType Prefix",
        "path /b* cannot be used with pathType Exact",
    ]


def warned(manifest: dict[str, Any], rules: Rules = RULES) -> tuple[str, ...]:
    (parsed,) = snapshot(manifest).ingresses
    return warnings(parsed, rules)


def test_paths_are_warned_of_whatever_comes_of_them() -> None:
    said = [f"path /{name}* cannot be used with pathType Prefix" for name in "abc"]
    rules = replace(RULES, strict_paths=False)
    paths = [path("/a*"), path("/b*"), path("/c*")]
    assert warned(one()) == ()
    assert warned(one(*paths[:1], ingressClassName="other"), rules) == (said[0],)
    assert warned(one(*paths[:2])) == (said[0], said[1])
    # One that no header can hold, as upstream nests what it found.
    assert warned(one(*paths)) == (f"{said[0]}\n{said[1]}", said[2])


def test_deprecated_annotations_are_warned_of() -> None:
    old = nginx(influxdb_host="x", enable_influxdb="true", auth_tls_secret="a/b")
    assert warned(one(annotations=old)) == tuple(
        f"annotation nginx.ingress.kubernetes.io/{name} is deprecated"
        for name in ("enable-influxdb", "influxdb-host")
    )


def test_rules_are_those_of_the_settings() -> None:
    assert Rules.of(Settings()) == RULES
    told = Settings(
        ingress_class="other",
        namespace="one",
        disable_catch_all=True,
        inspects=False,
        annotations_prefix="example.com",
        config=Config(strict_paths=False, risk=Risk.CRITICAL),
    )
    assert Rules.of(told) == Rules(
        told.class_rule,
        Limits(prefix="example.com", risk=Risk.CRITICAL),
        strict_paths=False,
        deep_inspect=False,
        catch_all=False,
        namespace="one",
    )


def test_bad_values_that_drop_are_refused_and_others_are_not() -> None:
    assert asked(one(annotations=nginx(load_balance="magic"))) == (
        "annotation nginx.ingress.kubernetes.io/load-balance contains invalid value"
    )
    assert asked(one(annotations=nginx(ssl_redirect="yes", auth_url="not-a-url"))) == ""


def test_snippets_are_refused_whoever_reads_them() -> None:
    said = "annotation cannot be used. Snippet directives are disabled by the Ingress administrator"
    for name in ("nginx.ingress.kubernetes.io/server-snippet", "example.com/my-snippet"):
        assert asked(one(annotations={name: "x"})) == f"{name} {said}"
    allowed = replace(RULES, limits=Limits(snippets=True))
    assert asked(one(annotations=nginx(server_snippet="x")), rules=allowed) == (
        "annotation group ServerSnippet contains risky annotation based on ingress configuration"
    )
    both = replace(RULES, limits=Limits(snippets=True, risk=Risk.CRITICAL))
    assert asked(one(annotations=nginx(server_snippet="x")), rules=both) == ""


def test_blocked_words_are_looked_for_without_the_space_around_them() -> None:
    rules = replace(RULES, limits=Limits(blocked=("a", " secret")))
    assert asked(one(annotations=nginx(rewrite_target="/secret")), rules=rules) == (
        "nginx.ingress.kubernetes.io/rewrite-target annotation contains invalid word  secret"
    )


def test_the_usual_prefix_is_refused_where_there_is_another() -> None:
    rules = replace(RULES, limits=Limits(prefix="example.com"))
    assert "Use 'example.com' instead" in asked(one(annotations=nginx(canary="true")), rules=rules)


def test_only_what_is_the_controllers_is_looked_at() -> None:
    bad = nginx(load_balance="magic")
    assert asked(one(annotations=bad, ingressClassName="other")) == ""
    assert asked(one(annotations=bad), rules=replace(RULES, namespace="elsewhere")) == ""
    assert asked(one(path("/x"), name="old", ingressClassName="other"), one(path("/x"))) == ""


def test_a_default_backend_where_catch_alls_are_off() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rules = replace(RULES, catch_all=False)
    assert asked(one(defaultBackend=backend), rules=rules) == (
        "this deployment is trying to create a catch-all ingress while DisableCatchAll flag is set"
        " to true. Remove '.spec.defaultBackend' or set DisableCatchAll flag to false"
    )
    assert asked(one(defaultBackend=backend)) == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (path("/x"), path("/x"), taken_by("old")),
        (path("/x", kind="Exact"), path("/x", kind="Exact"), taken_by("old")),
        # Prefix /x becomes "/x/" alone where an Exact /x exists, so /x is the old one's.
        (path("/x", kind="Exact"), path("/x"), taken_by("old")),
        (path("/x"), path("/x", kind="Exact"), ""),
        (path("/x"), path("/x/"), taken_by("old", "/x/")),
        (path("/x/"), path("/x"), ""),
        (path("/x"), path("/x/y"), ""),
        (path("/", kind="Exact"), path("/", kind="Exact"), taken_by("old", "/")),
        (path("/"), path("/", kind="Exact"), taken_by("old", "/")),
        (path(""), path("/"), taken_by("old", "/")),
        (path("/x"), path("/x", kind="ImplementationSpecific"), taken_by("old")),
    ],
)
def test_a_path_that_another_ingress_has(old: Any, new: Any, said: str) -> None:
    assert asked(one(old, name="old"), one(new)) == said


def test_a_regex_path_is_not_doubled() -> None:
    regex = nginx(use_regex="true")
    assert asked(one(path("/x"), name="old", annotations=regex), one(path("/x/"))) == ""


def test_every_path_is_looked_at() -> None:
    assert asked(one(path("/x"), name="old"), one(path("/y"), path("/x"))) == taken_by("old")


def test_hosts_are_apart_and_no_host_is_one_too() -> None:
    assert asked(one(path("/x"), name="old", host="b.example"), one(path("/x"))) == ""
    assert asked(one(path("/x"), name="old", host=""), one(path("/x"), host="")) == (
        taken_by("old", host="_")
    )


def test_a_default_backend_without_rules_has_the_root_of_no_host() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    old = one(name="old", defaultBackend=backend)
    del old["spec"]["rules"]
    assert asked(old, one(path("/"), host="")) == taken_by("old", "/", host="_")
    assert asked(one(path("/x"), name="old", defaultBackend=backend), one(path("/"), host="")) == ""


def test_the_version_before_is_no_other_ingress() -> None:
    world = snapshot(ingress_class(), aged(one(path("/x")), 0))
    (old,) = world.ingresses
    assert review(world, old, RULES) == ""


def test_an_ingress_that_is_not_loaded_has_no_routes() -> None:
    dropped = one(path("/x"), name="old", annotations=nginx(load_balance="magic"))
    assert asked(dropped, one(path("/x"))) == ""


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ({}, CANARY, False),
        ({}, nginx(canary="false"), False),
        ({}, nginx(canary="yes"), False),
        (nginx(canary="false"), {}, False),
        ({}, nginx(canary_weight="5"), True),
    ],
)
def test_canaries(old: dict[str, str], new: dict[str, str], refused: bool) -> None:
    second = path("/x", service="other")
    said = asked(one(path("/x"), name="old", annotations=old), one(second, annotations=new))
    assert said == (taken_by("old") if refused else "")


def test_a_canary_beside_a_canary_is_allowed_as_it_has_no_location() -> None:
    first = one(path("/x", service="a"), name="can1", annotations=CANARY)
    assert asked(one(path("/x"), name="old"), first, one(path("/x"), annotations=CANARY)) == ""


def test_a_canary_with_the_service_of_a_route_has_locations_and_two_are_refused() -> None:
    main = one(path("/"), name="old")
    first = one(path("/x"), name="can1", annotations=CANARY)
    assert asked(main, first, one(path("/x"), annotations=CANARY)) == taken_by("can1")


def test_a_resource_backend_has_no_location() -> None:
    resource = {"path": "/x", "pathType": "Prefix", "backend": {"resource": {"kind": "Bucket"}}}
    assert asked(one(resource, name="old"), one(path("/x"))) == ""
    assert asked(one(path("/x"), name="old"), one(resource)) == ""


@pytest.mark.parametrize(
    "text",
    ["/etc/nginx/x", "/a_by_lua", "/var/run/secrets", "/x;root y;", "/alias;", "/etc/passwd"],
)
def test_forbidden_texts_of_paths(text: str) -> None:
    bad = one(path(text, kind="ImplementationSpecific"))
    assert asked(bad) == (
        "invalid object: invalid rule in ingress default/new: invalid http path:"
        f" invalid value found: {text}"
    )
    assert asked(bad, rules=replace(RULES, deep_inspect=False)) == ""
    (parsed,) = snapshot(bad).ingresses
    finding = inspect(parsed)
    assert finding is not None
    assert (finding.code, finding.level, finding.object) == (
        "KI506",
        "error",
        "Ingress default/new",
    )
    assert text in finding.message


@pytest.mark.parametrize("text", ["/etc", "/root", "/;root", "/alias", "/x;alias"])
def test_texts_that_are_not_forbidden(text: str) -> None:
    (parsed,) = snapshot(one(path(text))).ingresses
    assert inspect(parsed) is None


def test_forbidden_texts_of_hosts_and_secrets() -> None:
    tls = [{"hosts": ["a.example"], "secretName": "x_by_lua"}]
    assert asked(one(tls=tls)) == (
        "invalid object: invalid secret in ingress default/new: invalid value found: x_by_lua"
    )
    tls = [{"hosts": ["x_by_lua"], "secretName": "a"}]
    assert asked(one(tls=tls)).startswith("invalid object: invalid host in ingress tls config")
    assert asked(one(host="x_by_lua.example")).startswith("invalid object: invalid host in ingress")
