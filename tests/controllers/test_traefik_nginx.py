"""Traefik's provider for ingress-nginx: what the published measurements do not show, and why."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers import traefik_nginx
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

HOST = "a.test"
PROVIDER = "--providers.kubernetesingressnginx."
REGEX = "ImplementationSpecific"


def one(name: str, *paths: Any, host: str = HOST, **more: Any) -> Any:
    """An Ingress; words with underscores are annotations, unless they are of its spec."""
    spec = {key: more.pop(key) for key in ("tls", "defaultBackend") if key in more}
    namespace, created = more.pop("namespace", "default"), more.pop("created", "")
    made = ingress(name, host, *paths, namespace=namespace, annotations=nginx(**more), **spec)
    if created:
        made["metadata"]["creationTimestamp"] = created
    return made


def ready(*names: str) -> list[Any]:
    return [made for name in names for made in (service(name), slice_of(name))]


def empty(name: str) -> list[Any]:
    nobody = slice_of(name)
    nobody["endpoints"] = []
    return [service(name), nobody]


def secret(name: str, *keys: str) -> Any:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": dict.fromkeys(keys, "")}


def table_of(*objects: Any, flags: tuple[str, ...] = ()) -> RouteTable:
    world = snapshot(ingress_class(), *ready("web", "other"), *objects)
    told = Told(tuple(PROVIDER + flag for flag in flags))
    return traefik_nginx.compile(world, traefik_nginx.settings_of(told, world))


def decide(
    *objects: Any,
    target: str = "/",
    host: str = HOST,
    flags: tuple[str, ...] = (),
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Decision:
    request = Request(host, target, headers=tuple((headers or {}).items()), **more)
    return table_of(*objects, flags=flags).decide(request)


def answer(outcome: Outcome) -> str:
    if outcome.kind is OutcomeKind.UNDEFINED:
        return "|".join(sorted(answer(candidate) for candidate in outcome.candidates))
    if outcome.location is not None:
        return f"{outcome.status} {outcome.location}"
    return outcome.backends[0].service if outcome.backends else str(outcome.status)


def served(*objects: Any, **asked: Any) -> str:
    return answer(decide(*objects, **asked).outcome)


# Rules.


def test_a_prefix_is_of_whole_elements_and_its_text_is_long() -> None:
    both = one("i", path("/", "web"), path("/foo", "other"))
    assert served(both, target="/foo/x") == "other"
    assert served(both, target="/foobar") == "web"
    with_exact = one("i", path("/foo", "web"), path("/foo", "other", kind="Exact"))
    assert served(with_exact, target="/foo") == "web"


def test_a_regex_host_leaves_exact_paths_alone() -> None:
    objects = (
        one("r", path("/v[0-9]+", kind=REGEX), use_regex="true"),
        one("p", path("/Foo.x", "other"), path("/bar", "other", kind="Exact"), namespace="default"),
    )
    assert served(*objects, target="/fooYx/z") == "other"
    assert served(*objects, target="/V12") == "web"
    assert served(*objects, target="/BAR") == "404"


def test_a_rewrite_target_makes_a_regex_host_even_if_it_is_the_path() -> None:
    assert served(one("i", path("/foo"), rewrite_target="/foo"), target="/foobar") == "web"
    assert served(one("i", path("/foo"), use_regex="1"), target="/foobar") == "404"


def test_what_go_does_not_know_has_no_router() -> None:
    objects = (
        one("i", path("/(?!x).*", kind=REGEX), path("/y.*", "other", kind=REGEX), use_regex="true"),
    )
    assert served(*objects, target="/y1") == "other"
    decision = decide(*objects, target="/a")
    assert (decision.outcome.status, decision.findings[0].code) == (404, "KI402")


def test_special_characters_skip_the_whole_ingress() -> None:
    strange = one("i", path("/a b"), path("/ok"))
    decision = decide(strange, target="/ok")
    assert decision.outcome.status == 404
    assert "/a b" in decision.findings[0].message
    assert served(strange, target="/ok", flags=("strictvalidatepathtype=false",)) == "web"


def test_routers_and_services_of_joined_names() -> None:
    objects = (
        one("b", path("/", "web"), namespace="default-a"),
        one("a-b", path("/", "other")),
        service("web", namespace="default-a"),
        slice_of("web", namespace="default-a"),
    )
    assert served(*objects) == "other|web"


# Order of what stands in front.


def test_https_is_first_and_for_this_ingress_alone() -> None:
    objects = (
        one("i", path("/s"), tls=[{"secretName": "x"}], permanent_redirect="https://x.test"),
        one("j", path("/p", "other")),
    )
    assert served(*objects, target="//s/", port=8080) == "308 https://a.test/s/"
    assert served(*objects, target="/s", scheme="https") == "301 https://x.test"
    assert served(*objects, target="/p") == "other"


@pytest.mark.parametrize(("value", "who"), [("true", "308"), ("TRUE", "308"), ("yes", "web")])
def test_a_boolean_is_true_or_it_is_false(value: str, who: str) -> None:
    secured = one("i", path("/"), tls=[{"secretName": "x"}], ssl_redirect=value)
    assert served(secured).startswith(who)


def test_ssl_redirect_without_tls_does_nothing() -> None:
    assert served(one("i", path("/"), ssl_redirect="true")) == "web"


@pytest.mark.parametrize(
    ("annotations", "result"),
    [
        ({"permanent_redirect": "https://x/$request_uri"}, "301 https://x/"),
        ({"permanent_redirect": "https://x", "permanent_redirect_code": "308"}, "308 https://x"),
        ({"permanent_redirect": "https://x", "permanent_redirect_code": "418"}, "301 https://x"),
        ({"temporal_redirect": "https://x", "temporal_redirect_code": "x"}, "302 https://x"),
        ({"permanent_redirect": "https://x/%zz"}, "500"),
        ({"app_root": "/app", "permanent_redirect": "https://x"}, "302 http://a.test:81/app"),
        ({"app_root": "app", "permanent_redirect": "https://x"}, "301 https://x"),
    ],
)
def test_redirects(annotations: dict[str, str], result: str) -> None:
    assert served(one("i", path("/"), **annotations), target="//?q", port=81) == result


def test_passwords_come_before_addresses_and_both_before_missing_pods() -> None:
    guarded = {
        "auth_type": "basic",
        "auth_secret": "users",
        "whitelist_source_range": "10.0.0.0/8",
    }
    objects = (one("i", path("/", "nope"), **guarded), secret("users", "auth"))
    assert served(*objects, client="9.9.9.9") == "401"
    credentials = {"Authorization": "Basic dTpw"}
    assert served(*objects, client="9.9.9.9", headers=credentials) == "403"
    decision = decide(*objects, client="10.1.1.1", headers=credentials)
    assert decision.outcome.status == 503
    assert [finding.code for finding in decision.findings] == ["KI103", "KI401"]


def test_an_unknown_address_is_let_in_and_that_is_said() -> None:
    decision = decide(one("i", path("/"), allowlist_source_range="10.0.0.0/8"))
    assert decision.outcome.backends
    assert "whether the client's address is let in" in decision.findings[0].message


@pytest.mark.parametrize(
    "annotations",
    [
        {"auth_type": "basic"},
        {"auth_type": "basic", "auth_secret": "nope"},
        {"auth_type": "basic", "auth_secret": "elsewhere/users"},
        {"auth_type": "basic", "auth_secret": "a/b/c"},
        {"auth_type": "Basic", "auth_secret": "users"},
        {"auth_type": "basic", "auth_secret": "users", "auth_secret_type": "x"},
        {"auth_type": "basic", "auth_secret": "other-keys"},
        {"whitelist_source_range": "10.0.0.0/33"},
        {"whitelist_source_range": "10.0.0.0/8,"},
        {"auth_tls_secret": "default/users"},
        {"auth_tls_secret": "users"},
        {"backend_protocol": "https", "proxy_ssl_secret": "default/users"},
        {"custom_http_errors": "abc", "default_backend": "other"},
        {"custom_http_errors": "404", "default_backend": "nope"},
        {"configuration_snippet": "return 418;"},
    ],
)
def test_what_cannot_be_built_leaves_no_router(annotations: dict[str, str]) -> None:
    objects = (
        one("i", path("/foo"), **annotations),
        one("j", path("/", "other")),
        secret("users", "auth"),
        secret("other-keys", "x"),
    )
    decision = decide(*objects, target="/foo")
    assert answer(decision.outcome) == "other"
    assert [finding.code for finding in decision.findings] == ["KI402"]


def test_a_secret_that_nobody_has_looked_for_is_taken_to_be_there() -> None:
    guarded = {"auth_type": "basic", "auth_secret": "users", "custom_headers": "default/headers"}
    tls = [{"hosts": [HOST], "secretName": "cert"}]
    made = one("i", path("/"), tls=tls, ssl_redirect="false", **guarded)
    whole = snapshot(ingress_class(), *ready("web"), made)
    world = replace(whole, read=whole.read - {"Secret", "ConfigMap"})
    table = traefik_nginx.compile(world, traefik_nginx.settings_of(Told(()), world))
    decision = table.decide(Request(HOST, "/"))
    assert answer(decision.outcome) == "401"
    [doubt] = [one for one in decision.findings if "Secret" in one.message]
    assert (doubt.code, doubt.object) == ("KI401", "Ingress default/i")
    assert "names Secret default/users; if that does not exist" in doubt.message
    [server] = [one for one in table.servers if one.host == HOST]
    assert server.certificate == "default/cert"
    assert served(made) == "404"


@pytest.mark.parametrize(
    "annotations",
    [
        {"auth_type": "basic", "auth_secret": "other-keys", "auth_secret_type": "auth-map"},
        {"auth_type": "digest", "auth_secret": "default/users"},
    ],
)
def test_passwords_that_can_be_read(annotations: dict[str, str]) -> None:
    objects = (
        one("i", path("/"), **annotations),
        secret("users", "auth"),
        secret("other-keys", "x"),
    )
    assert served(*objects) == "401"


def test_what_is_passed_over_is_listed() -> None:
    table = table_of(one("i", path("/"), denylist_source_range="0.0.0.0/0", satisfy="any"))
    assert answer(table.decide(Request(HOST, "/", client="1.1.1.1")).outcome) == "web"
    assert [finding.code for finding in table.findings] == ["KI403", "KI403"]


def test_a_body_is_measured_only_where_it_is_buffered() -> None:
    big = {"method": "POST", "body_size": 2**20 + 1}
    assert served(one("i", path("/")), **big) == "web"
    assert served(one("i", path("/"), proxy_request_buffering="on"), **big) == "413"
    larger = one("i", path("/"), proxy_request_buffering="on", proxy_body_size="2M")
    assert served(larger, **big) == "web"
    assert served(one("i", path("/")), **big, flags=("proxyrequestbuffering=true",)) == "413"


def test_a_preflight_needs_both_headers() -> None:
    cors = one("i", path("/"), enable_cors="true")
    asked = {"Origin": "https://o", "Access-Control-Request-Method": "PUT"}
    assert served(cors, method="OPTIONS", headers=asked) == "200"
    assert served(cors, method="OPTIONS", headers={"Origin": "https://o"}) == "web"
    assert served(cors, headers=asked) == "web"


def test_auth_url() -> None:
    asked = decide(one("i", path("/"), auth_url="http://auth.test/x"))
    assert asked.outcome.backends
    assert asked.findings[0].code == "KI401"
    assert served(one("i", path("/"), auth_url="auth.test/x")) == "500"
    opened = one("i", path("/"), enable_global_auth="false")
    assert served(one("i", path("/")), flags=("globalauthurl=nowhere",)) == "500"
    assert served(opened, flags=("globalauthurl=nowhere",)) == "web"


def test_custom_headers_have_to_be_allowed() -> None:
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "h", "namespace": "default"},
        "data": {"X-A": "b"},
    }
    objects = (one("i", path("/"), custom_headers="default/h", app_root="/x"), config)
    assert served(*objects) == "503"
    allowed = ("globalallowedresponseheaders=X-A",)
    assert served(*objects, flags=allowed) == "302 http://a.test/x"
    assert served(one("i", path("/"), custom_headers="default/nope"), flags=allowed) == "503"


# Rewriting.


@pytest.mark.parametrize(
    ("written", "target", "asked", "sent"),
    [
        ("/app", "/v2", "/app/x?q", "/v2/x?q"),
        ("/app", "/v2", "/APP", "/v2"),
        ("/app", "/", "/app/x", None),
        ("/foo", "/bar/$1", "/foo/x", None),
        ("/foo/(.*)", "/x/$1y", "/foo/a", "/x/"),
        ("/foo/(.*)", "/x/${1}y", "/foo/a", "/x/ay"),
        ("/foo/(.*)", "/$1", "/foo/a%2Fb%20c", "/a%2Fb%20c"),
        # The pattern is compared with the escaped path.
        ("/a b", "/x", "/a%20b", "/a%20b"),
    ],
)
def test_only_the_match_is_rewritten(
    written: str, target: str, asked: str, sent: str | None
) -> None:
    rewriting = one("i", path(written, kind=REGEX), rewrite_target=target)
    outcome = decide(rewriting, target=asked).outcome
    assert outcome.upstream_path == sent
    assert outcome.status == (None if sent else 400)


def test_a_rewrite_with_a_scheme_is_a_redirect() -> None:
    away = one("i", path("/foo/(.*)", kind=REGEX), rewrite_target="https://x.test/$1")
    assert served(away, target="/foo/a?q") == "302 https://x.test/a"


# Backends.


def test_a_broken_backend_answers_503() -> None:
    assert served(one("i", path("/", "nope"))) == "503"
    assert served(one("i", path("/", "web", 8080))) == "503"
    assert served(one("i", path("/", "none")), *empty("none")) == "503"


def test_the_default_backend_of_annotations() -> None:
    nobody = one("i", path("/", "none"), default_backend="other")
    decision = decide(nobody, *empty("none"), target="/x")
    assert (answer(decision.outcome), decision.outcome.upstream_path) == ("other", "/x")
    assert served(one("i", path("/", "nope"), default_backend="other")) == "503"


def test_error_pages_replace_what_traefik_itself_answers() -> None:
    pages = {"custom_http_errors": "401,500-599", "default_backend": "other"}
    missing = decide(one("i", path("/", "nope"), **pages), target="/x")
    assert (answer(missing.outcome), missing.outcome.status) == ("other", 503)
    assert missing.outcome.upstream_path == "/"
    guarded = one("i", path("/"), **pages, auth_type="basic", auth_secret="users")
    assert decide(guarded, secret("users", "auth")).outcome.status == 401
    assert served(guarded, secret("users", "auth")) == "other"
    assert served(one("i", path("/"), **pages, force_ssl_redirect="true")).startswith("308 ")


def test_external_names() -> None:
    def external(name: str) -> Any:
        made = service("out", {"port": 80, "targetPort": 8088})
        made["spec"] |= {"type": "ExternalName", "externalName": name}
        return made

    found = decide(one("i", path("/", "out")), external("x.example")).outcome
    assert [(e.address, e.port) for e in found.backends[0].endpoints] == [("x.example", 8088)]
    assert served(one("i", path("/", "out")), external("x.invalid")) == "502"
    flags = ("disablesvcexternalname",)
    assert served(one("i", path("/", "out")), external("x.example"), flags=flags) == "503"


def test_service_upstream() -> None:
    native = service("native")
    native["spec"]["clusterIP"] = "10.9.9.9"
    found = decide(one("i", path("/", "native"), service_upstream="true"), native).outcome
    assert [e.address for e in found.backends[0].endpoints] == ["10.9.9.9"]


# What no rule takes.


def test_a_default_backend_takes_the_rest_of_its_host() -> None:
    backend = {"service": {"name": "other", "port": {"number": 80}}}
    objects = (one("i", path("/foo"), defaultBackend=backend),)
    assert served(*objects, target="/x") == "other"
    assert served(*objects, host="b.test") == "404"
    two_hosts = one("i", path("/foo"), defaultBackend=backend)
    two_hosts["spec"]["rules"].append({"host": "b.test"})
    # One name for both hosts: one of them goes without.
    assert served(two_hosts, target="/x") == "404|other"


def test_the_oldest_default_backend_alone() -> None:
    def alone(name: str, backend: str, created: str) -> Any:
        reference = {"service": {"name": backend, "port": {"number": 80}}}
        made = one(name, defaultBackend=reference, created=created)
        made["spec"]["rules"] = []
        return made

    new = alone("a", "web", "2024-01-02T00:00:00Z")
    old = alone("b", "other", "2024-01-01T00:00:00Z")
    assert served(new, old, host="who.test") == "other"
    flags = ("defaultbackendservice=default/web",)
    assert served(new, old, host="who.test", flags=flags) == "web"
    assert served(one("i", path("/foo")), flags=("defaultbackendservice=default/nope",)) == "404"


# Other names of a host.


def test_aliases() -> None:
    objects = (
        one("i", path("/"), server_alias="B.test, *.c.test,~^d.*", created="2024-01-01T00:00:00Z"),
        one(
            "j",
            path("/", "other"),
            host="e.test",
            server_alias="b.test,a.test",
            created="2024-01-02T00:00:00Z",
        ),
    )
    assert served(*objects, host="b.test") == "web"
    assert served(*objects, host="x.c.test") == "web"
    assert served(*objects, host="x.y.c.test") == "404"
    assert served(*objects, host="dd") == "404"
    assert served(*objects, host="a.test") == "web"


def test_with_and_without_www() -> None:
    both_ways = one("i", path("/"), from_to_www_redirect="true")
    location = "308 http://a.test:81/x/?q"
    assert served(both_ways, host="www.a.test", target="/x/?q", port=81) == location
    back = one("i", path("/"), host="www.b.test", from_to_www_redirect="true")
    assert served(back, host="b.test", scheme="https") == "308 https://www.b.test/"
    taken = one("j", path("/", "other"), host="www.a.test")
    assert served(both_ways, taken, host="www.a.test") == "other"
    wildcard = one("i", path("/"), host="*.a.test", from_to_www_redirect="true")
    assert served(wildcard, host="www.a.test") == "web"


# Canaries.

CANARY = {"canary": "true", "canary_by_header": "X-Canary"}


def shares(*objects: Any, **asked: Any) -> dict[str, int]:
    outcome = decide(*objects, **asked).outcome
    return {f"{b.service}{b.status or ''}": b.weight for b in outcome.backends}


def test_weights() -> None:
    def with_weight(**weights: str) -> dict[str, int]:
        canary = one("c", path("/", "other"), canary="true", **weights)
        return shares(one("i", path("/")), canary)

    assert with_weight(canary_weight="30") == {"web": 70, "other": 30}
    assert with_weight(canary_weight="30", canary_weight_total="20") == {"web": 70, "other": 30}
    assert with_weight(canary_weight="30", canary_weight_total="300") == {"web": 270, "other": 30}
    assert with_weight(canary_weight="500") == {"other": 100}
    assert with_weight(canary_weight="-1") == {"web": 100}
    assert with_weight(canary_weight="x") == {"web": 100}


def test_a_primary_without_endpoints_keeps_its_share() -> None:
    primary = one("i", path("/", "none"))

    def with_weight(weight: str) -> Decision:
        canary = one("c", path("/", "other"), canary="true", canary_weight=weight)
        return decide(primary, canary, *empty("none"))

    assert {b.service: b.status for b in with_weight("40").outcome.backends} == {
        "none": 503,
        "other": None,
    }
    assert answer(with_weight("100").outcome) == "other"
    assert with_weight("0").outcome.status == 503


@pytest.mark.parametrize(
    ("more", "headers", "who"),
    [
        ({}, {"x-canary": "always"}, "other"),
        ({}, {"X-Canary": "Always"}, "web"),
        ({"canary_weight": "100"}, {"X-Canary": "never"}, "web"),
        ({"canary_weight": "100"}, {"X-Canary": "x"}, "other"),
        ({"canary_by_header_value": "go"}, {"X-Canary": "go"}, "other"),
        ({"canary_by_header_value": "go"}, {"X-Canary": "always"}, "web"),
        ({"canary_by_header_value": "go", "canary_weight": "100"}, {"X-Canary": "never"}, "other"),
        ({"canary_by_header_pattern": "^e[us]$"}, {"X-Canary": "eu"}, "other"),
        ({"canary_by_header_pattern": "e[us"}, {"X-Canary": "eu"}, "web"),
        ({"canary_by_cookie": "ck"}, {"Cookie": "a=b; ck=always"}, "other"),
        ({"canary_by_cookie": "ck"}, {"Cookie": "xck=always"}, "web"),
        ({"canary_by_cookie": "ck"}, {"Cookie": "ck=always", "X-Canary": "never"}, "web"),
        ({"canary_by_cookie": "ck"}, {"Cookie": "ck=never", "X-Canary": "always"}, "other"),
        ({"canary_by_cookie": "ck", "canary_weight": "100"}, {"Cookie": "ck=never"}, "web"),
    ],
)
def test_headers_and_cookies(more: dict[str, str], headers: dict[str, str], who: str) -> None:
    objects = (one("i", path("/")), one("c", path("/", "other"), **CANARY, **more))
    assert served(*objects, headers=headers) == who


def test_the_rule_of_a_canary_can_be_longer_than_that_of_a_longer_path() -> None:
    objects = (
        one("i", path("/"), path("/foo", "third")),
        one("c", path("/", "other"), **CANARY),
        *ready("third"),
    )
    assert served(*objects, target="/foo") == "third"
    assert served(*objects, target="/foo", headers={"X-Canary": "always"}) == "other"


def test_a_canary_hangs_on_the_service_of_its_primary() -> None:
    objects = (
        one("i", path("/")),
        one("j", path("/"), host="b.test"),
        one("k", path("/", "web", "http"), host="c.test"),
        one("c", path("/", "other"), canary="true", canary_weight="100"),
    )
    assert served(*objects, host="b.test") == "other"
    # The same port by another word is another backend.
    assert served(*objects, host="c.test") == "web"


@pytest.mark.parametrize(
    "canary",
    [
        one("c", path("/x", "other"), canary="true", canary_weight="100"),
        one("c", path("/", "other", kind="Exact"), canary="true", canary_weight="100"),
        one("c", path("/", "other", kind=REGEX), canary="true", canary_weight="100"),
        one("c", path("/", "other"), host="b.test", canary="true", canary_weight="100"),
        one("c", path("/", "nope"), canary="true", canary_weight="100"),
        one("c", path("/", "web"), canary="true", canary_weight="100"),
    ],
)
def test_a_canary_without_a_primary_or_endpoints_is_nothing(canary: Any) -> None:
    assert shares(one("i", path("/")), canary) == {"web": 1}


def test_one_without_endpoints_leaves_the_path_to_the_next_canary() -> None:
    objects = (
        one("i", path("/")),
        one("c1", path("/", "nope"), canary="true", canary_weight="100", created="2024-01-01"),
        one("c2", path("/", "other"), canary="true", canary_weight="100", created="2024-01-02"),
        one("c3", path("/", "third"), canary="true", canary_weight="100", created="2024-01-03"),
        *ready("third"),
    )
    assert served(*objects) == "other"


def test_a_canary_has_what_stands_in_front_of_its_primary() -> None:
    objects = (
        one("i", path("/foo", kind=REGEX), rewrite_target="/v2", force_ssl_redirect="true"),
        one("c", path("/foo", "other", kind=REGEX), **CANARY, rewrite_target="/no"),
    )
    always = {"X-Canary": "always"}
    assert served(*objects, target="/foo", headers=always) == "308 https://a.test/foo"
    found = decide(*objects, target="/foo", headers=always, scheme="https").outcome
    assert (answer(found), found.upstream_path) == ("other", "/v2")


# Settings.


def test_classes() -> None:
    second = ingress_class("nginx2")
    mine = one("i", path("/"))
    mine["spec"]["ingressClassName"] = "nginx2"
    assert served(mine, second) == "web"
    assert served(mine, second, flags=("controllerclass=x.io/other",)) == "404"
    del mine["spec"]["ingressClassName"]
    assert served(mine) == "404"
    assert served(mine, flags=("watchingresswithoutclass=true",)) == "web"


def test_snippets_are_not_modelled() -> None:
    decision = decide(
        one("i", path("/"), configuration_snippet="return 418;"), flags=("allowsnippetannotations",)
    )
    assert [finding.code for finding in decision.findings] == ["KI401"]
