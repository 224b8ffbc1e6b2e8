"""The table of annotations: its rows hang together, and its validators take what nginx takes."""

from __future__ import annotations

import time

import pytest

from kubectl_ingress.controllers._ingress_nginx import validators
from kubectl_ingress.controllers._ingress_nginx.annotation import Annotation, Invalid, Level, Risk
from kubectl_ingress.controllers._ingress_nginx.annotations import (
    ALIASES,
    GROUPS,
    RETIRED,
    ROWS,
    nearest,
)
from kubectl_ingress.controllers._ingress_nginx.validators import Place

HERE = Place("default")
ANNOTATIONS = [annotation for group in GROUPS for annotation in group.annotations]


def valid(name: str, value: str) -> bool:
    return ROWS[name].annotation.valid(value)


def checked(name: str, value: str, place: Place = HERE) -> bool:
    check = ROWS[name].annotation.check
    assert check is not None
    return check(value, place)


def test_every_name_is_in_the_table_once() -> None:
    names = [*(annotation.name for annotation in ANNOTATIONS), *ALIASES, *RETIRED]
    assert len(names) == len(set(names))
    assert len(ROWS) == 136


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=lambda annotation: annotation.name)
def test_a_row_hangs_together(annotation: Annotation) -> None:
    row = ROWS[annotation.name]
    assert annotation.summary.endswith(".")
    # The level says whether there is something to name.
    assert bool(annotation.gateway.how) or annotation.gateway.level is Level.NONE
    assert annotation.unchecked is Invalid.IGNORED or annotation.check is not None
    for other in filter(None, (annotation.needs, annotation.unless)):
        # They are read before, by the same parser.
        assert ROWS[other].group == row.group
        assert ROWS[other].place < row.place


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=lambda annotation: annotation.name)
def test_a_default_is_a_value_that_is_accepted(annotation: Annotation) -> None:
    described = {"auth-request-redirect", "proxy-busy-buffers-size"}  # what nginx does by itself
    off = annotation.default == "off" and annotation.valid is validators.url_characters
    if annotation.default and annotation.name not in described and not off:
        assert annotation.valid(annotation.default)


def test_only_snippets_are_critical() -> None:
    critical = {a.name for a in ANNOTATIONS if a.risk is Risk.CRITICAL}
    assert critical == {
        "auth-snippet",
        "configuration-snippet",
        "modsecurity-snippet",
        "server-snippet",
        "stream-snippet",
    }


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("Critical", Risk.CRITICAL),
        ("high", Risk.HIGH),
        ("MEDIUM", Risk.MEDIUM),
        ("", Risk.LOW),
        ("Hihg", Risk.LOW),
    ],
)
def test_a_risk_by_its_name(text: str, risk: Risk) -> None:
    assert Risk.parse(text) is risk


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("rewrite-targets", "rewrite-target"),
        ("ssl-redirct", "ssl-redirect"),
        ("Use-Regex", "use-regex"),
        ("whitelist-source-ranges", "whitelist-source-range"),
        ("canary-by-headers", "canary-by-header"),
        ("my-own-thing", ""),
        ("", ""),
        ("x" * 10_000, ""),
    ],
)
def test_the_nearest_name(wrong: str, right: str) -> None:
    assert nearest(wrong) == right


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("use-regex", ["true", "T", "1", "False", "0"], ["yes", "on", "tRUE", " true", "true\n"]),
        (
            "canary-weight",
            ["0", "-1", "+5", "007"],
            ["1.5", "5%", "", " 5", "1_000", "٣", "9" * 20],
        ),
        ("proxy-body-size", ["0", "8m", "8M", "1 g", "10B"], ["8mb", "-1", "m", "8t"]),
        (
            "rewrite-target",
            ["/$2", "", "x", "https://x/$1"],
            ["/a b", "/a;b", "/?x", "/a%20", "/{a}"],
        ),
        ("x-forwarded-prefix", ["/a b", "/$1"], ["/a;", "/a\nb"]),
        (
            "permanent-redirect",
            ["https://a.b/c?d=e&f,g", "a.b/x"],
            ["https://a/$1", "a b", "a#b", "a%20b", "a+b"],
        ),
        ("auth-url", ["http://a/$x", "http://a, b"], ["http://a/;", "http://{a}", "http://a#b"]),
        ("upstream-vhost", ["a.b", "$host", " a.b ", "~^a(b|c)$"], ["a b", "a;", "a,b", "a\nb"]),
        ("server-alias", ["a.b, *.c", r"~^a\d+$", "a,,b"], ["a b", "a;b", "a,b;"]),
        ("app-root", ["/a", "a"], ["/a?b", " /a"]),
        ("canary-by-header", ["X-Canary", "X Y"], ["X;", "$x"]),
        ("canary-by-header-pattern", ["eu|us", "("], ["a b", "a;", '"']),
        ("auth-type", ["basic", "digest", "digestx", " basic"], ["Basic", "ntlm", "basic\n"]),
        ("auth-method", ["GET", "TRACE"], ["get", "GETS", "FOO"]),
        ("auth-response-headers", ["A-B, c_d"], ["A:B", "A;"]),
        ("auth-tls-verify-client", ["on", "optional_no_ca"], ["ON", "yes", "on\n"]),
        ("auth-tls-error-page", ["http://a.b:80/x", "/x"], ["a.b", "http://a/b/c"]),
        (
            "auth-tls-match-cn",
            ["CN=a.*", "CN=", "CN=(?-i)[*+]+"],
            ["a", "CN=(", "CN=(?=a)", "CN=a++", r"CN=(a)\1", "cn=a"],
        ),
        ("backend-protocol", ["HTTPS", "grpc", " fcgi "], ["h2c", "HTTP S"]),
        ("load-balance", ["ewma", "round_robin\n"], ["Ewma", "least_conn"]),
        ("session-cookie-samesite", ["None", "LAX"], ["no"]),
        ("session-cookie-max-age", ["0", "-5", "0x", "x5", "100"], ["x", "x0", "5 ", "0\n"]),
        ("session-cookie-expires", ["5 ", "x 10"], ["x", "-0"]),
        ("default-backend", ["web", "a-1"], ["1a", "Web", "ns/web", "a.b", "a" * 64, "a-"]),
        (
            "allowlist-source-range",
            ["10.0.0.0/8", "1.2.3.4, ::1", "10.0.0.1/8", "fe80::/10"],
            [
                "10.0.0",
                "10.0.0.0/33",
                "a",
                "1.2.3.4,",
                "01.2.3.4",
                "1.2.3.4/",
                "fe80::1%eth0",
                "10.0.0.0/255.0.0.0",
                "10.0.0.0/+8",
            ],
        ),
        (
            "custom-http-errors",
            ["404", "404, 503", "404503", ",04", "404,"],
            ["abc", "200", "40", "4040"],
        ),
        ("cors-allow-methods", ["GET, PUT", "get", "GET,", "G E T"], ["GET;", ",GET", "GET,,PUT"]),
        ("cors-expose-headers", ["*", "X-A, X_B", "**"], [",a", "a;b"]),
        (
            "cors-allow-origin",
            ["*", "https://a.b, *.c:80", "https://a:1,https://b", ""],
            ["https://a/", "a;", "**", "*a", "a:b"],
        ),
        ("proxy-next-upstream", ["error timeout", "off", "errortimeout"], ["error,timeout", "foo"]),
        ("proxy-cookie-domain", ["off", "a b", "a.b  c"], ["a", "a b c", "on"]),
        ("proxy-ssl-protocols", ["TLSv1.2 TLSv1.3", ""], ["TLSv1.1", "TLSv1.2,TLSv1.3"]),
        ("upstream-hash-by", ["$request_uri", "${host}-x"], ["$a;", "a.b", "/x"]),
        ("fastcgi-index", ["index.php"], ["a/b", "$x"]),
        ("connection-proxy-header", ["keep-alive", "close"], ["upgrade", "Close"]),
        ("configuration-snippet", ["return 418;", "}"], []),
    ],
)
def test_which_values_are_valid(name: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not valid(name, value)] == []
    assert [value for value in bad if valid(name, value)] == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("app-root", ["/", "//x", "/a$b"], ["noslash", "http://a/b"]),
        (
            "temporal-redirect",
            ["https://a.b/c", "HTTP://a", "http:x", "httpx://a", "http://a:80/b", "http://a:"],
            ["a.b/c", "ftp://a", "//a/b", "http://a:b/", ":x", "a_b:80", "/x"],
        ),
        (
            "auth-url",
            ["http://a/b", "x://a", "http://$host/x", "http://a:1"],
            [
                "not-a-url",
                "/a",
                "http:///a",
                "//a",
                "http://a..b/",
                "http://a b/",
                "http://a:b",
                "a:b",
            ],
        ),
        ("auth-response-headers", ["A-B, c_d", "a,,b", ","], ["A B", "a, b c"]),
        (
            "auth-cache-duration",
            ["200 202 5m", "1h 30m", "200 1s, 401 5m", "200 x 5m", ","],
            ["200", "5m 200", "5", "200 5m, 401"],
        ),
        ("custom-http-errors", ["404", "404,503"], ["404, 503", "404,", "404503,"]),
        ("cors-allow-methods", ["GET, PUT"], ["GET,  PUT"]),
        ("auth-secret-type", ["auth-map"], ["auth-mapx"]),
        ("auth-secret", ["a", "default/a", "/a"], ["other/a", "a/b/c"]),
        ("auth-tls-secret", ["default/a"], ["a", "other/a", "default/a/b"]),
        ("custom-headers", ["default/a", "other/a"], ["a"]),
    ],
)
def test_what_a_parser_makes_of_valid_values(name: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not checked(name, value)] == []
    assert [value for value in bad if checked(name, value)] == []


@pytest.mark.parametrize("name", ["auth-secret", "auth-tls-secret", "auth-proxy-set-headers"])
def test_other_namespaces_may_be_allowed(name: str) -> None:
    assert checked(name, "other/a", Place("default", cross_namespace=True))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(
    "piece",
    ["a", "*.", ":1", "GET ", "4", ",44", "a,", "error ", "http://", "CN=(", "\ud800", "é", "\n"],
)
def test_long_and_strange_values_take_no_time(name: str, piece: str) -> None:
    annotation = ROWS[name].annotation
    value = piece * (20_000 // len(piece)) + "!"
    start = time.process_time()
    annotation.valid(value)
    if annotation.check:
        annotation.check(value, HERE)
    assert time.process_time() - start < 0.5
