"""The annotations of an Ingress as the controller reads them: kept, ignored, denied, dropped."""

from __future__ import annotations

import pytest

from kubectl_ingress.controllers._ingress_nginx.annotation import Risk
from kubectl_ingress.controllers._ingress_nginx.reading import (
    NOTHING,
    Limits,
    Values,
    read_annotations,
)
from kubectl_ingress.core.objects import Finding, Ingress, Meta

PREFIX = "nginx.ingress.kubernetes.io/"


def ingress(**annotations: str) -> Ingress:
    names = {PREFIX + name.replace("_", "-"): value for name, value in annotations.items()}
    return Ingress(Meta("default", "web", {}, names), None, (), None, (), ())


def read(limits: Limits = Limits(), /, **annotations: str) -> Values:
    return read_annotations(ingress(**annotations), limits)


def message(finding: Finding | None) -> str:
    assert finding is not None
    return finding.message.removeprefix(PREFIX)


def test_an_ingress_without_annotations_of_nginx_holds_nothing() -> None:
    other = Ingress(Meta("default", "web", {}, {"a/b": "c"}), None, (), None, (), ())
    assert read_annotations(other) is NOTHING
    assert not NOTHING.has("use-regex")
    assert NOTHING.flag("ssl-redirect", default=True)


def test_values_are_read_as_go_does() -> None:
    values = read(
        use_regex="T",
        ssl_redirect="0",
        canary_weight="+050",
        rewrite_target="/$1",
    )
    assert values.flag("use-regex")
    assert not values.flag("ssl-redirect", default=True)
    assert values.number("canary-weight") == 50
    assert values.number("canary-weight-total") is None
    assert values.text("rewrite-target") == "/$1"
    assert values.ignored == ()


def test_space_around_lines_is_cut_and_words_are_split() -> None:
    values = read(server_alias=" a.b ,, *.c \n, d", auth_url="  http://a/ ", canary_weight="5")
    assert values.words("server-alias") == ("a.b", "*.c", "d")
    assert values.text("auth-url") == "http://a/"
    # Numbers and flags are read as they are written.
    assert not read(canary_weight=" 5").has("canary-weight")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ssl_redirect", "yes"),
        ("use_regex", "on"),
        ("canary", "yes"),
        ("canary_weight", "abc"),
        ("rewrite_target", "/a;b"),
        ("rewrite_target", "/a b"),
        ("app_root", "noslash"),
        ("app_root", "/a?b"),
        ("backend_protocol", "HTTPX"),
        ("proxy_read_timeout", "60s"),
        ("proxy_body_size", "8mb"),
        ("proxy_http_version", "3"),
        ("affinity", "ip"),
        ("satisfy", "some"),
        ("mirror_target", "bad target;"),
        ("cors_allow_origin", "bad origin;"),
        ("limit_rate", "1k"),
        ("custom_http_errors", "404, 503"),
    ],
)
def test_a_bad_value_counts_as_absent(name: str, value: str) -> None:
    values = read(**{name: value})
    assert not values.has(name.replace("_", "-"))
    assert values.dropped is None
    assert values.denied is None
    assert [finding.code for finding in values.ignored] == ["KI402"]
    assert values.ignored[0].level == "warning"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("permanent_redirect", "https://a/$1"),
        ("temporal_redirect", "https://x.t/$request_uri"),
        ("permanent_redirect_code", "3xx"),
        ("from_to_www_redirect", "yes"),
        ("upstream_vhost", "a;"),
        ("server_alias", "a b"),
        ("x_forwarded_prefix", "/a;"),
        ("limit_rps", "many"),
        ("limit_whitelist", "a"),
        ("custom_http_errors", "abc"),
        ("load_balance", "magic"),
        ("default_backend", "ns/web"),
        ("auth_type", "ntlm"),
        ("auth_url", "http://a/;"),
        ("ssl_passthrough", "on"),
        ("upstream_hash_by", "$a;"),
        ("auth_tls_secret", "a;"),
        ("proxy_ssl_secret", "a;"),
    ],
)
def test_a_bad_value_drops_the_ingress(name: str, value: str) -> None:
    values = read(use_regex="true", **{name: value})
    assert values.dropped is not None
    assert values.dropped.code == "KI402"
    assert values.dropped.level == "error"
    assert values.refusal == f"annotation {PREFIX}{name.replace('_', '-')} contains invalid value"
    assert not values.has("use-regex")


@pytest.mark.parametrize(
    "annotations",
    [
        {"whitelist_source_range": "10.0.0.0/99"},
        {"allowlist_source_range": ""},
        {"denylist_source_range": "10.0.0"},
        {"auth_url": "not-a-url"},
        {"auth_url": "http://a/", "auth_method": "FETCH"},
        {"auth_url": "http://a/", "auth_response_headers": "a b"},
        {"auth_url": "http://a/", "auth_cache_duration": "200"},
        {"auth_url": "http://a/", "auth_proxy_set_headers": "other/a"},
        {"auth_type": "basic"},
        {"auth_type": "basic", "auth_secret": ""},
        {"auth_type": "basic", "auth_secret": "other/a"},
        {"auth_type": "digestx", "auth_secret": "a;"},
        {"auth_type": "basic", "auth_secret": "a", "auth_secret_type": "auth-filex"},
        {"auth_tls_secret": "only-a-name"},
        {"proxy_ssl_secret": "other/a"},
        {"custom_headers": "only-a-name"},
    ],
    ids=str,
)
def test_a_bad_value_denies_every_location(annotations: dict[str, str]) -> None:
    values = read(use_regex="true", **annotations)
    assert values.dropped is None
    assert values.denied is not None
    assert values.denied.level == "error"
    assert values.flag("use-regex")


def test_what_drops_goes_before_what_denies() -> None:
    values = read(auth_url="not-a-url", whitelist_source_range="x", upstream_vhost="a;")
    assert values.dropped is not None
    assert values.denied is None


def test_secrets_of_other_namespaces_may_be_allowed() -> None:
    allowed = Limits(cross_namespace=True)
    values = read(allowed, auth_type="basic", auth_secret="other/a", auth_tls_secret="other/b")
    assert values.denied is None
    assert values.text("auth-secret") == "other/a"


def test_an_alias_is_read_under_the_real_name() -> None:
    values = read(whitelist_source_range="10.0.0.0/8", limit_whitelist="1.2.3.4")
    assert values.text("allowlist-source-range") == "10.0.0.0/8"
    assert values.text("limit-allowlist") == "1.2.3.4"
    assert not values.has("whitelist-source-range")


def test_the_real_name_goes_before_its_alias() -> None:
    values = read(whitelist_source_range="10.0.0.0/8", allowlist_source_range="11.0.0.0/8")
    assert values.text("allowlist-source-range") == "11.0.0.0/8"


def test_an_alias_counts_where_the_real_name_is_empty_and_an_empty_alias_never() -> None:
    values = read(whitelist_source_range="10.0.0.0/8", allowlist_source_range="")
    assert values.text("allowlist-source-range") == "10.0.0.0/8"
    assert read(whitelist_source_range="").denied is None


def test_empty_values_say_nothing_but_among_redirects() -> None:
    assert read(use_regex="", rewrite_target="", auth_url=" ") == Values()
    redirects = read(permanent_redirect="https://a/", relative_redirects="")
    assert not redirects.has("permanent-redirect")
    assert [message(finding) for finding in redirects.ignored] == [
        "relative-redirects of Ingress default/web is empty: it counts as absent, and so do all"
        " annotations that belong to it"
    ]


def test_a_redirect_to_no_web_address_takes_all_redirects_along() -> None:
    values = read(from_to_www_redirect="true", temporal_redirect="dest.t/x")
    assert values.accepted == {}
    assert values.dropped is None
    assert read(permanent_redirect="dest.t/x").text("permanent-redirect") == "dest.t/x"


def test_what_is_not_looked_at_does_no_harm() -> None:
    temporal = read(temporal_redirect="https://a/", permanent_redirect="$x")
    assert temporal.dropped is None
    assert temporal.accepted == {"temporal-redirect": "https://a/"}
    alone = read(auth_method="FETCH", auth_realm="$x", auth_tls_error_page="x", auth_secret="a;")
    assert alone == Values()


def test_a_bad_cache_duration_turns_external_authentication_off() -> None:
    values = read(auth_url="http://a/", auth_signin="http://b/", auth_cache_duration="200;")
    assert values.accepted == {}
    assert values.denied is None


def test_a_bad_service_upstream_is_false_whatever_the_default() -> None:
    assert not read(service_upstream="yes").flag("service-upstream", default=True)
    assert read(ssl_redirect="yes").flag("ssl-redirect", default=True)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("rewrite_targett", "(rewrite-target is)"),
        ("secure_backends", "any more (now backend-protocol)"),
        ("session_cookie_hash", "any more:"),
        ("my_own", "is no annotation of ingress-nginx:"),
    ],
)
def test_an_unknown_name(name: str, wanted: str) -> None:
    values = read(**{name: "x"})
    assert values.accepted == {}
    assert [finding.code for finding in values.ignored] == ["KI403"]
    assert wanted in message(values.ignored[0])


@pytest.mark.parametrize(
    ("risk", "name", "value", "dropped"),
    [
        (Risk.HIGH, "configuration_snippet", "return 418;", True),
        (Risk.HIGH, "auth_url", "http://a/", False),
        (Risk.MEDIUM, "auth_url", "http://a/", True),
        (Risk.MEDIUM, "auth_url", "", True),
        (Risk.LOW, "rewrite_target", "/", True),
        (Risk.LOW, "use_regex", "true", False),
        (Risk.LOW, "allowlist_source_range", "10.0.0.0/8", True),
        # Upstream looks at the real name only.
        (Risk.LOW, "whitelist_source_range", "10.0.0.0/8", False),
    ],
)
def test_the_level_of_risk(risk: Risk, name: str, value: str, dropped: bool) -> None:
    values = read(Limits(risk=risk), **{name: value})
    assert (values.dropped is not None) is dropped
    if values.dropped:
        assert values.dropped.code == "KI404"
        assert values.refusal.endswith("contains risky annotation based on ingress configuration")


def test_snippets_need_both_settings() -> None:
    risky = Limits(risk=Risk.CRITICAL)
    without = read(risky, configuration_snippet="return 418;")
    assert without.dropped is None
    assert without.accepted == {}
    assert [finding.code for finding in without.ignored] == ["KI404"]
    allowed = read(Limits(risk=Risk.CRITICAL, snippets=True), configuration_snippet="return 418;")
    assert allowed.text("configuration-snippet") == "return 418;"


def test_blocked_words_are_found_in_any_value_and_name() -> None:
    limits = Limits(blocked=("load_module", " kubernetes"))
    assert read(limits, unheard_of="x load_module y").dropped is not None
    assert read(limits, unheard_of="kubernetes").dropped is None
    assert read(limits, unheard_of="a kubernetes").refusal == (
        f"{PREFIX}unheard-of annotation contains invalid word  kubernetes"
    )


def test_another_prefix() -> None:
    limits = Limits(prefix="example.com")
    both = {"example.com/use-regex": "true", PREFIX + "rewrite-target": "/"}
    values = read_annotations(
        Ingress(Meta("default", "web", {}, both), None, (), None, (), ()), limits
    )
    assert values.accepted == {"use-regex": "true"}


def test_without_validation_only_what_cannot_be_read_is_refused() -> None:
    limits = Limits(validated=False)
    values = read(limits, rewrite_target="/a b", use_regex="yes", upstream_vhost="a;")
    assert values.accepted == {"rewrite-target": "/a b", "upstream-vhost": "a;"}
    assert values.dropped is None
    assert read(limits, auth_url="not-a-url").denied is not None


def test_messages_name_annotation_ingress_and_what_is_expected() -> None:
    values = read(load_balance="magic")
    assert message(values.dropped) == (
        'load-balance of Ingress default/web is "magic", not round_robin or ewma: ingress-nginx'
        " leaves the whole Ingress out"
    )
    assert values.dropped is not None
    assert values.dropped.object == "Ingress default/web"
    assert values.dropped.fix == "kubectl edit ingress web -n default"


def test_hostile_values_do_not_reach_a_message() -> None:
    values = read(ssl_redirect="\x1b[31m\u202e" + "x" * 10_000, **{"\x1b" + "y" * 10_000: "z"})
    texts = [finding.message for finding in values.ignored]
    assert len(texts) == 2
    assert not any("\x1b" in text or "\u202e" in text or len(text) > 300 for text in texts)
