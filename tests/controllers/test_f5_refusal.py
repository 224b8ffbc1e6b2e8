"""The F5 controller: what rejects an Ingress, what freezes them all, and what is ignored."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers._f5_nginx.annotations import ANNOTATIONS
from kubectl_ingress.controllers._f5_nginx.values import Around
from kubectl_ingress.core.request import OutcomeKind
from tests.controllers.f5 import master, minion, one, secret, table, tls
from tests.controllers.ingress_nginx.asking import backend, codes, config_map, decide, said
from tests.manifests import path

SNIPPETS = ("-enable-snippets",)


def answers(org: dict[str, str], *paths: Any, flags: tuple[str, ...] = ()) -> tuple[str, str]:
    """What the Ingress with these annotations answers, and what another one does."""
    made = one("a", "h.t", *(paths or (path("/", "web"),)), org=org)
    routes = table(made, one("b", "k.t", path("/", "other")), flags=flags)
    return said(routes, "http://h.t/"), said(routes, "http://k.t/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ssl-redirect", "yes"),
        ("redirect-to-https", ""),
        ("hsts", "on"),
        ("hsts-max-age", "10"),
        ("http-redirect-code", "303"),
        ("proxy-read-timeout", "abc"),
        ("proxy-connect-timeout", "10 parsecs"),
        ("proxy-buffers", "8"),
        ("proxy-buffer-size", "4g"),
        ("client-max-body-size", "1t"),
        ("client-max-body-size", ""),
        ("max-fails", "-1"),
        ("keepalive", "many"),
        ("lb-method", "bogus"),
        ("lb-method", "least_time header"),
        ("lb-method", "hash"),
        ("listen-ports", "80, 81"),
        ("listen-ports", "http"),
        ("path-regex", "true"),
        ("path-regex", ""),
        ("rewrites", "serviceName=web"),
        ("rewrites", "serviceName=web rewrite=x"),
        ("rewrites", "serviceName=unknown rewrite=/x"),
        ("rewrite-target", "https://x.y/z"),
        ("rewrite-target", "new"),
        ("rewrite-target", "/a b"),
        ("rewrite-target", "/../x"),
        ("app-root", "web"),
        ("app-root", "/web/"),
        ("websocket-services", "unknown"),
        ("grpc-services", "web, web"),
        ("basic-auth-secret", "a/b"),
        ("basic-auth-realm", "R"),
        ("policies", ""),
        ("server-snippets", "return 418;"),
        ("location-snippets", ""),
        ("mergeable-ingress-type", "none"),
        ("add-header", "bad header"),
        ("proxy-hide-headers", "a b"),
    ],
)
def test_a_bad_value_rejects_the_whole_ingress(name: str, value: str) -> None:
    assert answers({name: value}) == ("404", "other:80 /")


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("ssl-redirect", "T", "web:80 /"),
        ("lb-method", "hash $request_uri consistent", "web:80 /"),
        ("lb-method", " least_conn ", "web:80 /"),
        ("proxy-read-timeout", "1h 30m", "web:80 /"),
        ("proxy-buffers", "16 8k", "web:80 /"),
        ("upstream-zone-size", "0", "web:80 /"),
        ("upstream-zone-size", "32k", "web:80 /"),
        ("client-max-body-size", "8m", "web:80 /"),
        ("app-root", "/web", "302 http://h.t/web"),
        ("limit-req-rate", "garbage", "web:80 /"),
        ("unknown", "x", "web:80 /"),
        ("limit-req-burst", "-1", "web:80 /"),
    ],
)
def test_values_that_are_taken_or_ignored(name: str, value: str, answer: str) -> None:
    assert answers({name: value}) == (answer, "other:80 /")


def test_annotations_of_plus_and_of_others() -> None:
    def with_annotation(name: str, value: str, *flags: str) -> str:
        made = one("a", "h.t", path("/abc", "web"))
        made["metadata"]["annotations"] = {name: value}
        return said(table(made, flags=flags), "http://h.t/abc")

    assert with_annotation("nginx.com/health-checks", "true") == "404"
    assert with_annotation("nginx.com/health-checks", "true", "-nginx-plus") == "web:80 /abc"
    assert with_annotation("nginx.com/health-checks", "perhaps", "-nginx-plus") == "404"
    assert with_annotation("appprotect.f5.com/app-protect-enable", "True") == "404"
    assert with_annotation("nginx.ingress.kubernetes.io/rewrite-target", "/x") == "web:80 /abc"


@pytest.mark.parametrize(
    ("org", "code"), [({"limit-req-rate": "garbage"}, "KI402"), ({"bogus": "1"}, "KI403")]
)
def test_what_changes_nothing_is_said(org: dict[str, str], code: str) -> None:
    routes = table(one("a", "h.t", path("/", "web"), org=org))
    assert [finding.code for finding in routes.findings] == [code]


def test_a_variable_that_nobody_knows_here() -> None:
    routes = table(one("a", "h.t", path("/a", "web"), org={"rewrite-target": "/$remote_addr"}))
    assert decide(routes, "http://h.t/a").uncertain


@pytest.mark.parametrize("name", sorted(ANNOTATIONS))
def test_every_row_of_the_table(name: str) -> None:
    known = ANNOTATIONS[name]
    assert known.name == name
    assert known.doc.endswith(".")
    assert known.needs in ("", *ANNOTATIONS)
    assert known.check is None or known.check('"\0;{', Around())


# What nginx does not load.


def frozen(made: Any, *flags: str, more: tuple[Any, ...] = ()) -> str:
    """The finding's message; the other Ingress is frozen with it."""
    routes = table(made, one("z", "z.t", path("/", "other")), flags=flags, more=more)
    decision = decide(routes, "http://z.t/")
    if decision.outcome.kind is not OutcomeKind.REFUSED:
        return ""
    [finding] = decision.findings
    assert (finding.code, decision.outcome.status) == ("KI501", 404)
    return finding.message


@pytest.mark.parametrize(
    ("org", "paths", "blamed"),
    [
        ({}, (path("/a", "web"), path("/a", "web", kind="ImplementationSpecific")), "twice"),
        ({}, (path("/a", "web", kind="Exact"), path("/a", "web", kind="Exact")), "twice"),
        ({"path-regex": "exact"}, (path("/a", "web"), path("/a", "web")), "twice"),
        ({}, (path("/", "web"), path("", "web", kind="ImplementationSpecific")), "twice"),
        ({}, (path("/a{1}", "web"),), "brace"),
        ({"rewrite-target": "/x"}, (path("/a", "web", kind="Exact"),), "type Exact"),
        (
            {"rewrite-target": "/x", "path-regex": "case_sensitive"},
            (path("/a", "web", kind="Exact"),),
            "type Exact",
        ),
        (
            {"rewrite-target": "/x", "path-regex": "case_sensitive"},
            (path("/a{2}", "web"),),
            "brace in path",
        ),
        ({"rewrite-target": "/$nobody"}, (path("/a", "web"),), "variable $nobody"),
        ({"rewrite-target": "/$0"}, (path("/a", "web"),), "variable $0"),
        ({"rewrite-target": "/$"}, (path("/a", "web"),), "variable $"),
        (
            {"rewrites": "serviceName=web rewrite=/", "path-regex": "case_insensitive"},
            (path("/a", "web"),),
            "rewrites with path-regex",
        ),
        ({"proxy-buffers": "1 4k"}, (path("/", "web"),), "less than two"),
        ({"proxy-buffer-size": "64k"}, (path("/", "web"),), "fit together"),
        ({"proxy-busy-buffers-size": "1k"}, (path("/", "web"),), "fit together"),
        ({"proxy-max-temp-file-size": "1k"}, (path("/", "web"),), "smaller than a buffer"),
        ({"upstream-zone-size": "1"}, (path("/", "web"),), "too small"),
        ({"listen-ports": "80,80"}, (path("/", "web"),), "twice"),
        ({"listen-ports-ssl": "99999"}, (path("/", "web"),), "above 65535"),
        ({"limit-req-rate": "1r/s", "limit-req-reject-code": "200"}, (path("/", "web"),), "400"),
        ({"limit-req-rate": "1r/s", "limit-req-burst": "-1"}, (path("/", "web"),), "negative"),
    ],
)
def test_what_freezes_every_ingress(
    org: dict[str, str], paths: tuple[Any, ...], blamed: str
) -> None:
    made = one("a", "h.t", *paths, org=org)
    message = frozen(made)
    assert message.startswith("Ingress default/a: ")
    assert blamed in message
    safe = ("-enable-config-safety",)
    routes = table(made, one("z", "z.t", path("/", "other")), flags=safe)
    assert said(routes, "http://z.t/") == "other:80 /"
    url = f"http://h.t{paths[0]['path']}"
    assert said(routes, url) == "404"
    assert codes(decide(routes, url))[:1] == ["KI501"]


@pytest.mark.parametrize(
    ("org", "paths"),
    [
        ({}, (path("/a", "web"), path("/a", "web", kind="Exact"), path("/a/", "web"))),
        ({"path-regex": "case_sensitive"}, (path("/a", "web"), path("/a", "web"))),
        ({"path-regex": "case_sensitive"}, (path("/a{2}", "web"),)),
        ({"path-regex": "exact"}, (path("/a{2}", "web"),)),
        (
            {"rewrite-target": "/x", "rewrites": "serviceName=web rewrite=/"},
            (path("/a", "web", kind="Exact"),),
        ),
        ({"rewrites": "serviceName=web rewrite=/", "path-regex": "exact"}, (path("/a", "web"),)),
        ({"proxy-buffers": "32 4k", "proxy-buffer-size": "32k"}, (path("/", "web"),)),
        ({"limit-req-reject-code": "200"}, (path("/", "web"),)),
    ],
)
def test_what_does_not(org: dict[str, str], paths: tuple[Any, ...]) -> None:
    assert frozen(one("a", "h.t", *paths, org=org)) == ""


def test_flags_and_settings_that_freeze() -> None:
    plain = one("a", "h.t", path("/", "web"))
    config = (config_map("own", "ctl", proxy_buffers="1 4k"),)
    assert frozen(plain, more=config).startswith("ConfigMap ctl/own: ")
    assert frozen(plain, "-enable-directive-autoadjust", more=config) == ""
    shared = one("a", "h.t", path("/", "web"), org={"listen-ports": "443"}, tls=tls("h.t"))
    assert "share a port" in frozen(shared, more=(secret(),))


def test_the_default_backend_is_a_location_too() -> None:
    made = one(
        "a",
        "h.t",
        path("/a", "web"),
        org={"path-regex": "case_sensitive"},
        defaultBackend=backend("all"),
    )
    made["metadata"]["annotations"]["nginx.org/rewrites"] = "serviceName=all rewrite=/x"
    assert "rewrites with path-regex" in frozen(made)


def test_a_minion_freezes_and_is_named() -> None:
    routes = table(
        master("m", "h.t"),
        minion("a", "h.t", path("/a", "web")),
        minion("b", "h.t", path("/b", "web", kind="Exact"), rewrite_target="/x"),
        minion("c", "h.t", path("/a", "web")),
    )
    [finding] = decide(routes, "http://h.t/a").findings
    assert finding.object == "Ingress default/b"
    assert finding.fix == "kubectl edit ingress b -n default"


# Snippets.


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("return 418;", "418"),
        ("add_header X 'a;b{';\n# more\nreturn 403 \"no; {\";", "403"),
        ("return 301 https://$host$request_uri;", "301 https://h.t/?q"),
        ("return https://x.t/${scheme};", "302 https://x.t/http"),
        ("add_header X y;", "web:80 /?q"),
        ("types { text/html html; }", "web:80 /?q"),
    ],
)
@pytest.mark.parametrize("where", ["server", "location"])
def test_snippets_that_are_followed(lines: str, answer: str, where: str) -> None:
    made = one("a", "h.t", path("/", "web"), org={f"{where}-snippets": lines})
    decision = decide(table(made, flags=SNIPPETS), "http://h.t/?q")
    assert not decision.uncertain
    assert said(table(made, flags=SNIPPETS), "http://h.t/?q") == answer


@pytest.mark.parametrize(
    "lines", ["deny all;", "if ($a) { return 403; }", "location /x { return 200; }", "return 444;"]
)
def test_snippets_that_are_not_followed(lines: str) -> None:
    made = one("a", "h.t", path("/", "web"), org={"server-snippets": lines})
    assert decide(table(made, flags=SNIPPETS), "http://h.t/").uncertain


@pytest.mark.parametrize(
    "lines",
    [
        "garbage;",
        "return 418",
        "return 200; garbage;",
        "if ($a) { garbage; }",
        "}",
        "if ($a) {",
        ";",
    ],
)
def test_snippets_that_nginx_does_not_load(lines: str) -> None:
    made = one("a", "h.t", path("/", "web"), org={"location-snippets": lines})
    assert "location-snippets" in frozen(made, *SNIPPETS)


def test_snippets_of_the_config_map_need_no_flag() -> None:
    routes = table(
        one("a", "h.t", path("/", "web")),
        more=(config_map("own", "ctl", server_snippets="return 410;"),),
    )
    assert said(routes, "http://h.t/") == "410"
    assert said(routes, "http://other.t/") == "404"
