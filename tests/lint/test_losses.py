"""What guards of ingress-nginx lose on other controllers, and that the advice mends it.

The advice is followed as it is printed: objects are made, annotations take the place of
those of ingress-nginx, paths are written as they are named. Then nothing is found any more,
and requests become what they were.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from kubectl_ingress.controllers._choice import find_controller, modelled_controllers
from kubectl_ingress.controllers._ingress_nginx.annotations import ALIASES, RETIRED, ROWS
from kubectl_ingress.controllers._profile import Meant, Told
from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.lint.engine import Looking, all_rules, lint
from kubectl_ingress.lint.losses import GUARDS, target_of
from kubectl_ingress.lint.subject import Routes, Subject
from kubectl_ingress.linting import compiled_by_files
from tests.lint.test_rules import NOW
from tests.manifests import ingress, path, service

NGINX = "nginx.ingress.kubernetes.io/"
TRAEFIK = "traefik.ingress.kubernetes.io/"
OTHERS = ("alb", "f5-nginx", "gke", "haproxy-ingress", "kong", "traefik")
OUTSIDE = "203.0.113.9"
INSIDE = "10.1.2.3"
TLS = [{"hosts": ["a.example"], "secretName": "cert"}]
SECRETS: tuple[Any, ...] = (
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "nginx.org/htpasswd",
        "metadata": {"name": "users", "namespace": "default"},
        "stringData": {"htpasswd": "a:b", "auth": "a:b"},
    },
)
Objects = list[dict[str, Any]]


def written(*paths: Any, tls: Any = None, **annotations: str) -> Objects:
    """An Ingress for ingress-nginx, with what is beside it."""
    named = {NGINX + name.replace("_", "-"): value for name, value in annotations.items()}
    spec: dict[str, Any] = {"ingressClassName": "nginx"}
    if tls:
        spec["tls"] = tls
    web = service()
    # What the load balancers of AWS reach without more.
    web["spec"]["type"] = "NodePort"
    return [ingress("web", "a.example", *paths, annotations=named, **spec), web, *SECRETS]


def subject(objects: Objects, controller: str, *flags: str) -> Subject:
    snapshot = parse_snapshot([(one, Origin()) for one in objects], "default", offline=True)
    meant = Meant(controller, told=Told(flags))
    return Subject(snapshot, Routes(tuple(compiled_by_files(snapshot, meant)), snapshot), NOW)


def findings(objects: Objects, controller: str, *flags: str) -> list[Finding]:
    """Errors and warnings about the Ingress itself."""
    report = lint(subject(objects, controller, *flags), all_rules(), Looking(lambda o, f: None))
    told = [one.finding for one in report.found]
    return [one for one in told if one.level != "info" and one.code not in ("KI302", "KI105")]


def answer(objects: Objects, controller: str, target: str = "/", **of: Any) -> Outcome:
    [compiled] = subject(objects, controller).routes.compiled
    return compiled.table.decide(Request("a.example", target, **of)).outcome


def followed(objects: Objects, told: list[Finding]) -> Objects:
    """As the fixes say; what an annotation is replaced by stands in its place."""
    web, *others = yaml.safe_load(yaml.safe_dump(objects))
    annotations, made = web["metadata"]["annotations"], {}
    for finding in told:
        if finding.field[:2] == ("metadata", "annotations"):
            annotations.pop(finding.field[2], None)
        advice = finding.fix.partition("; ")[0]
        for kind, name, version, body in re.findall(
            r"make a (\w+) (\S+) \((\S+)\) with (\{.*?\})(?=, and [a-z]|$)", advice
        ):
            meta = {"name": name, "namespace": "default"}
            whole = {"apiVersion": version, "kind": kind, "metadata": meta}
            made[kind, name] = {**whole, **yaml.safe_load(body)}
        for part in advice.split(", and "):
            if found := re.fullmatch(r"path: (\S+) with pathType: (\w+)", part):
                paths = web["spec"]["rules"][0]["http"]["paths"]
                number = finding.field[-2] if finding.field[0] == "spec" else 0
                paths[number]["path"], paths[number]["pathType"] = found[1], found[2]
            elif part == "take spec.ingressClassName out":
                del web["spec"]["ingressClassName"]
            elif re.match(r"[a-z.-]+/[\w.-]+: ", part):
                pairs = yaml.safe_load(part.removesuffix(" with pathType: ImplementationSpecific"))
                assert all(isinstance(value, str) for value in pairs.values()), part
                annotations |= pairs
    return [web, *others, *made.values()]


GUARDED = {
    "password": written(auth_type="basic", auth_secret="users"),
    "allowed": written(allowlist_source_range="10.0.0.0/8, 192.168.0.0/16"),
    "by the old name": written(whitelist_source_range="10.0.0.0/8"),
    "denied": written(denylist_source_range=f"{OUTSIDE}/32"),
    "a second": written(limit_rps="5"),
    "a minute": written(limit_rpm="300"),
    "https": written(tls=TLS),
    "https as said": written(tls=TLS, ssl_redirect="true"),
    "https without tls": written(force_ssl_redirect="true"),
    "all of it": written(
        tls=TLS,
        auth_type="basic",
        auth_secret="users",
        whitelist_source_range="10.0.0.0/8",
        limit_rps="5",
        force_ssl_redirect="true",
    ),
}
# What a controller has no annotation and no object for that the model knows.
HAVE_NOTHING = {
    ("denied", "traefik"),
    *((guard, where) for guard in ("password", "all of it", "denied") for where in ("alb", "gke")),
    *((guard, where) for guard in ("a second", "a minute") for where in ("alb", "gke")),
    *((guard, "gke") for guard in ("allowed", "by the old name")),
    # Its certificates are in ACM.
    *((guard, "alb") for guard in ("https", "https as said", "https without tls")),
}
# They redirect because of spec.tls, as ingress-nginx does.
REDIRECT = {
    ("https", "f5-nginx"),
    ("https", "haproxy-ingress"),
    ("https as said", "f5-nginx"),
    ("https as said", "haproxy-ingress"),
}
CASES = [(guard, one) for guard in GUARDED for one in OTHERS]


@pytest.mark.parametrize(("guard", "controller"), CASES)
def test_a_lost_guard_is_an_error_that_asks_nobody_to_delete_it(
    guard: str, controller: str
) -> None:
    told = findings(GUARDED[guard], controller)
    lost = [one for one in told if one.code == "KI408"]
    assert bool(lost) == ((guard, controller) not in REDIRECT)
    assert {one.level for one in lost} <= {"error"}
    assert all(one.fix and "take" not in one.fix.split() for one in told if one.code != "KI202")


@pytest.mark.parametrize(("guard", "controller"), [c for c in CASES if c not in HAVE_NOTHING])
def test_the_advice_leaves_nothing_to_be_found(guard: str, controller: str) -> None:
    mended = followed(GUARDED[guard], findings(GUARDED[guard], controller))
    if controller == "kong":
        # The advice is about the Secret, and what a KongPlugin does is not read.
        mended[0]["metadata"]["annotations"].pop(f"{NGINX}auth-type", None)
    assert findings(mended, controller) == []


@pytest.mark.parametrize("controller", ["f5-nginx", "haproxy-ingress", "traefik"])
def test_the_advice_keeps_out_whom_the_guard_kept_out(controller: str) -> None:
    def mended(guard: str) -> Objects:
        return followed(GUARDED[guard], findings(GUARDED[guard], controller))

    assert answer(mended("password"), controller).status == 401
    assert answer(mended("allowed"), controller, client=OUTSIDE).status == 403
    assert answer(mended("allowed"), controller, client=INSIDE).kind is OutcomeKind.FORWARD
    assert answer(mended("https"), controller).kind is OutcomeKind.REDIRECT


@pytest.mark.parametrize("controller", ["f5-nginx", "haproxy-ingress", "kong", "traefik"])
def test_nobody_is_asked_for_a_password_before_https(controller: str) -> None:
    mended = followed(GUARDED["all of it"], findings(GUARDED["all of it"], controller))
    assert answer(mended, controller, client=INSIDE).kind is OutcomeKind.REDIRECT


@pytest.mark.parametrize("controller", ["alb", "gke", "traefik", "kong", "haproxy-ingress"])
def test_https_without_tls_is_kept_or_cannot_be(controller: str) -> None:
    mended = followed(
        GUARDED["https without tls"], findings(GUARDED["https without tls"], controller)
    )
    assert answer(mended, controller).kind is not OutcomeKind.FORWARD


def test_a_port_that_nobody_listens_on_needs_no_redirect() -> None:
    objects = yaml.safe_load(yaml.safe_dump(GUARDED["https"]))
    objects[0]["metadata"]["annotations"]["kubernetes.io/ingress.allow-http"] = "false"
    assert [one.code for one in findings(objects, "gke")] == ["KI202"]


def test_a_redirect_of_an_entry_point_counts() -> None:
    flag = "--entrypoints.web.http.redirections.entrypoint.to=websecure"
    flags = (flag, "--entrypoints.web.address=:80", "--entrypoints.websecure.address=:443")
    told = findings(GUARDED["https"], "traefik", *flags)
    assert [one for one in told if one.code == "KI408"] == []


def test_what_f5_sends_to_https_only_by_a_header_is_told() -> None:
    [finding] = findings(GUARDED["https without tls"], "f5-nginx")
    assert "X-Forwarded-Proto" in finding.fix


PATTERNS = {
    "below": ("/api(/|$)(.*)", "/$2", {"/api/x?q=1": "/x?q=1", "/api": "/"}),
    "below a slash": ("/api/(.*)", "/$1", {"/api/x": "/x"}),
    "in two parts": ("/v(\\d+)/(.*)", "/$2/$1", {"/v2/x": "/x/2"}),
}


@pytest.mark.parametrize("controller", ["f5-nginx", "haproxy-ingress", "kong", "traefik"])
@pytest.mark.parametrize("which", PATTERNS)
def test_a_pattern_is_an_error_and_its_advice_routes(which: str, controller: str) -> None:
    text, target, sent = PATTERNS[which]
    before = written(
        path(text, kind="ImplementationSpecific"), use_regex="true", rewrite_target=target
    )
    told = findings(before, controller)
    assert [one.level for one in told if one.code == "KI506"] == ["error"]
    assert answer(before, controller, next(iter(sent))).status == 404
    flags = ("--feature-gates=RewriteURIs=true",) if controller == "kong" else ()
    mended = followed(before, told)
    assert findings(mended, controller, *flags) == []
    [compiled] = subject(mended, controller, *flags).routes.compiled
    for asked, got in sent.items():
        outcome = compiled.table.decide(Request("a.example", asked)).outcome
        assert (outcome.kind, outcome.upstream_path) == (OutcomeKind.FORWARD, got), asked


REQUESTS = ("/api/x?q=1", "/api", "/api-v2/x", "/web/x", "/x", "/apix", "/v2/x", "/")
Sent = list[tuple[OutcomeKind, str | None]]


def sent(objects: Objects, controller: str, *flags: str) -> Sent:
    """What becomes of each request, with the path that the pod gets."""
    [compiled] = subject(objects, controller, *flags).routes.compiled
    outcomes = [compiled.table.decide(Request("a.example", one)).outcome for one in REQUESTS]
    return [(one.kind, one.upstream_path) for one in outcomes]


def several(*texts: str, **annotations: str) -> Objects:
    return written(*(path(one, kind="ImplementationSpecific") for one in texts), **annotations)


def apart(objects: Objects) -> list[Objects]:
    """An Ingress for each path."""
    web, *others = objects
    found = []
    for number, one in enumerate(web["spec"]["rules"][0]["http"]["paths"]):
        mine = yaml.safe_load(yaml.safe_dump(web))
        mine["metadata"]["name"] = f"web-{number}"
        mine["spec"]["rules"][0]["http"]["paths"] = [one]
        found.append([mine, *others])
    return found


def fix_of(annotation: str, told: list[Finding]) -> str:
    [finding] = [one for one in told if one.field[-1] == f"{NGINX}{annotation}"]
    assert finding.code == "KI406"
    return finding.fix


BELOW = several("/api(/|$)(.*)", "/api-v2(/|$)(.*)", "/web(/|$)(.*)", rewrite_target="/$2")
MIXED = several("/api(/|$)(.*)", "/web(/|$)(.*)", "/()(.*)", rewrite_target="/$2")
CUT = several("/v(\\d+)", "/web", "/api/(.*)", rewrite_target="/$1", use_regex="true")


@pytest.mark.parametrize("controller", ["f5-nginx", "haproxy-ingress", "kong", "traefik"])
def test_the_advice_of_several_paths_is_one(controller: str) -> None:
    mended = followed(BELOW, findings(BELOW, controller))
    assert findings(mended, controller) == []
    before, after = sent(BELOW, "ingress-nginx"), sent(mended, controller)
    if controller == "traefik":
        # Its Prefix takes what begins so, and the advice says that.
        at = REQUESTS.index("/apix")
        assert after[at] == (OutcomeKind.FORWARD, "/x")
        after[at] = before[at]
    assert after == before


@pytest.mark.parametrize("controller", ["kong", "traefik"])
def test_what_a_prefix_does_otherwise_than_the_pattern_is_said(controller: str) -> None:
    taken = "it takes /apix and /api-v2x and /webx too, and " if controller == "traefik" else ""
    said = f"; {taken}upper and lower case differ there"
    told = findings(BELOW, controller)
    fix = fix_of("rewrite-target", told)
    assert "paths /api and /api-v2 and /web with pathType: Prefix" in fix
    assert fix.endswith(said)
    ends = [one.fix.partition("; ")[2] for one in told if one.code == "KI506"]
    assert len(ends) == 3
    assert all("upper and lower case differ there" in one for one in ends)
    mended = followed(BELOW, told)
    for text, is_taken in (("/API/x", False), ("/apix", controller == "traefik")):
        assert (answer(mended, controller, text).kind is OutcomeKind.FORWARD) == is_taken, text
    bare = several("/api/(.*)", rewrite_target="/$1")
    assert "it takes /api" in fix_of("rewrite-target", findings(bare, controller))


def test_kong_takes_all_paths_as_patterns_or_none() -> None:
    told = findings(MIXED, "kong")
    assert not any("strip-path" in one.fix for one in told)
    priority = "konghq.com/regex-priority"
    assert all(priority in one.fix for one in told if one.code == "KI506")
    whole: Objects = []
    for number, [web, *others] in enumerate(apart(followed(MIXED, told))):
        web["metadata"]["annotations"][priority] = str(9 - number)
        whole = [*whole, web] if whole else [web, *others]
    flag = "--feature-gates=RewriteURIs=true"
    assert findings(whole, "kong", flag) == []
    assert sent(whole, "kong", flag) == sent(MIXED, "ingress-nginx")


def test_patterns_of_kong_are_not_to_be_prefixes() -> None:
    objects = several("/~/api(/|$)(.*)", rewrite_target="/$2")
    objects[0]["metadata"]["annotations"]["konghq.com/rewrite"] = "/$2"
    assert findings(objects, "kong", "--feature-gates=RewriteURIs=true") == []


@pytest.mark.parametrize("objects", [MIXED, CUT], ids=["mixed", "cut"])
def test_each_pattern_needs_a_middleware_of_its_own(objects: Objects) -> None:
    told = findings(objects, "traefik")
    assert not any("stripPrefix" in one.fix for one in told)
    [found] = re.findall(
        r"write each path in an Ingress of its own with (\S+: \w+)"
        r" and a Middleware \((\S+)\) of its own: (.*); ",
        fix_of("rewrite-target", told),
    )
    matcher, version, bodies = found
    whole = objects[1:]
    each = apart(objects)
    for [web, *_], body in zip(each, yaml.safe_load(f"[{bodies}]"), strict=True):
        name = web["metadata"]["name"]
        listed = {f"{TRAEFIK}router.middlewares": f"default-{name}@kubernetescrd"}
        # Those of ingress-nginx stay, and nothing more is said of them.
        web["metadata"]["annotations"] |= yaml.safe_load(matcher) | listed
        meta = {"name": name, "namespace": "default"}
        made = {"apiVersion": version, "kind": "Middleware", "metadata": meta, "spec": body}
        whole += [web, made]
    assert findings(whole, "traefik") == []
    assert sent(whole, "traefik") == sent(objects, "ingress-nginx")


@pytest.mark.parametrize("controller", OTHERS)
def test_a_path_that_is_its_own_target_needs_nothing(controller: str) -> None:
    objects = written(rewrite_target="/")
    assert sent(objects, "ingress-nginx")[4] == (OutcomeKind.FORWARD, "/x")
    report = lint(subject(objects, controller), all_rules(), Looking(lambda o, f: None))
    [finding] = [one.finding for one in report.found if one.finding.code == "KI406"]
    assert (finding.level, finding.fix) == ("info", f"take {NGINX}rewrite-target out")
    del objects[0]["metadata"]["annotations"][f"{NGINX}rewrite-target"]
    if controller not in ("alb", "gke"):
        assert sent(objects, controller) == sent(written(), "ingress-nginx")


KEPT = several("/", "/api", rewrite_target="/")


def test_a_path_that_is_its_own_target_is_kept_from_the_others() -> None:
    fix = fix_of("rewrite-target", findings(KEPT, "traefik"))
    assert fix.startswith("write path / in an Ingress of its own, which is not rewritten: ")
    whole: Objects = []
    for each in apart(KEPT):
        mended = followed(each, findings(each, "traefik"))
        whole += [one for one in mended if one not in whole]
    assert findings(whole, "traefik") == []
    assert sent(whole, "traefik") == sent(KEPT, "ingress-nginx")


def test_a_path_that_is_its_own_target_is_a_minion() -> None:
    fix = fix_of("rewrite-target", findings(KEPT, "f5-nginx"))
    assert fix.startswith("divide the Ingress into a master and minions (nginx.org/mergeable-")
    assert fix.endswith("each path in a minion: nginx.org/rewrite-target: / on all but /")
    kind = "nginx.org/mergeable-ingress-type"
    [root], [below] = ([one[0]] for one in apart(KEPT))
    root["metadata"]["annotations"] = {kind: "minion"}
    below["metadata"]["annotations"] = {kind: "minion", "nginx.org/rewrite-target": "/"}
    master = ingress("web", "a.example", annotations={kind: "master"}, ingressClassName="nginx")
    master["spec"]["rules"] = [{"host": "a.example"}]
    whole = [master, root, below, *KEPT[1:]]
    assert findings(whole, "f5-nginx") == []
    assert sent(whole, "f5-nginx") == sent(KEPT, "ingress-nginx")


def test_signs_that_paths_have_anyway_are_no_pattern() -> None:
    for text in ("/$metadata", "/Products(1)", "/c++", "/a.b", "/@me", "/a*", "/a|b", "/a}b"):
        told = findings(written(path(text, kind="ImplementationSpecific")), "traefik")
        assert [one for one in told if one.code == "KI506"] == [], text


def test_what_takes_the_place_beside_it_makes_it_an_info() -> None:
    objects = GUARDED["a second"]
    mended = followed(objects, findings(objects, "f5-nginx"))
    mended[0]["metadata"]["annotations"][f"{NGINX}limit-rps"] = "5"
    assert findings(mended, "f5-nginx") == []
    report = lint(subject(mended, "f5-nginx"), all_rules(), Looking(lambda o, f: None))
    assert [(one.finding.code, one.finding.level) for one in report.found] == [("KI406", "info")]


@pytest.mark.parametrize(
    ("controller", "annotation"),
    [
        ("kong", "konghq.com/plugins"),
        ("traefik", "traefik.ingress.kubernetes.io/router.middlewares"),
    ],
)
def test_objects_that_were_not_read_make_it_a_warning(controller: str, annotation: str) -> None:
    objects = yaml.safe_load(yaml.safe_dump(GUARDED["a second"]))
    # Files without Services are not the whole of what is there.
    del objects[1]
    objects[0]["metadata"]["annotations"][annotation] = "default-ours@kubernetescrd"
    [finding] = [one for one in findings(objects, controller) if one.code == "KI408"]
    assert finding.level == "warning"


def test_a_middleware_of_another_name_does_it() -> None:
    objects = GUARDED["allowed"]
    mended = followed(objects, findings(objects, "traefik"))
    mended[-1]["metadata"]["name"] = "ours"
    annotations = mended[0]["metadata"]["annotations"]
    annotations["traefik.ingress.kubernetes.io/router.middlewares"] = "default-ours@kubernetescrd"
    annotations[f"{NGINX}allowlist-source-range"] = "192.168.0.0/16, 10.0.0.0/8"
    assert findings(mended, "traefik") == []
    annotations[f"{NGINX}allowlist-source-range"] = "10.0.0.0/8"
    assert [one.level for one in findings(mended, "traefik")] == ["warning"]


@pytest.mark.parametrize(
    "snippet",
    [
        "deny 10.0.0.1;",
        "return 403;",
        "auth_basic x;",
        "internal;",
        "more_set_headers 'X: y';\n  internal ;",
        "access_by_lua_block { ngx.exit(403) }",
        "access_by_lua_file /etc/nginx/check.lua;",
        "rewrite_by_lua_block { if not allowed() then ngx.exit(ngx.HTTP_FORBIDDEN) end }",
        "rewrite ^ https://$host$request_uri permanent;",
        'rewrite ^(.*)$ "https://$host$1" redirect;',
        "return https://$host$request_uri;",
    ],
)
@pytest.mark.parametrize("name", ["configuration_snippet", "server_snippet"])
def test_a_snippet_that_refuses_is_a_guard(name: str, snippet: str) -> None:
    told = findings(written(**{name: snippet}), "kong")
    assert [(one.code, one.level) for one in told] == [("KI408", "error")]


@pytest.mark.parametrize(
    "snippet",
    [
        "more_set_headers 'X: y';",
        "proxy_set_header X-From internal;",
        "rewrite ^/internal/(.*) /$1 break;",
        "rewrite ^/a /b last; # https://docs.example",
        "return 200 https://docs.example;",
        "content_by_lua_block { ngx.say('up') ngx.exit( ngx.HTTP_OK ) }",
        "content_by_lua_block { ngx.exit( 204 ) }",
    ],
)
def test_another_snippet_is_no_guard(snippet: str) -> None:
    told = findings(written(configuration_snippet=snippet), "kong")
    assert [(one.code, one.level) for one in told] == [("KI406", "warning")]


def test_a_limit_of_all_pods_together_is_a_guard_once() -> None:
    limit = {"global_rate_limit": "100", "global_rate_limit_window": "1m"}
    told = findings(written(**limit), "kong")
    assert [(one.code, one.level, one.field[-1]) for one in told] == [
        ("KI408", "error", f"{NGINX}global-rate-limit")
    ]


UNMODELLED = ("agic", "cilium", "contour", "eks-auto-mode", "haproxytech", "istio")


@pytest.mark.parametrize("controller", UNMODELLED)
@pytest.mark.parametrize("guard", GUARDED)
def test_what_nobody_models_keeps_nobody_out_for_certain(guard: str, controller: str) -> None:
    objects = GUARDED[guard]
    named = objects[0]["metadata"]["annotations"].keys() - {f"{NGINX}auth-type"}
    told = [one for one in findings(objects, controller) if one.code == "KI408"]
    assert {one.level for one in told} <= {"warning"}
    assert {one.field[-1] for one in told if one.field[0] == "metadata"} == named


@pytest.mark.parametrize("controller", UNMODELLED)
def test_what_nobody_models_is_not_asked_for_what_is_no_guard(controller: str) -> None:
    told = findings(
        written(proxy_read_timeout="60", limit_rps="0", ssl_redirect="true"), controller
    )
    assert [one for one in told if one.code == "KI408"] == []


@pytest.mark.parametrize(
    ("named", "is_told"),
    [("contour", True), ("cilium", True), ("nginx", False), ("ours", False)],
)
def test_a_class_of_what_nobody_models_is_enough(named: str, is_told: bool) -> None:
    """Of a class of their own ingress-nginx may be the controller, which keeps its guards."""
    objects = yaml.safe_load(yaml.safe_dump(GUARDED["allowed"]))
    objects[0]["spec"]["ingressClassName"] = named
    told = [one for one in findings(objects, "") if one.code == "KI408"]
    assert bool([one for one in told if "not known here" in one.message]) == is_told
    made = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": named},
        "spec": {"controller": "haproxy.org/ingress-controller/edge"},
    }
    told = [one for one in findings([*objects, made], "") if one.code == "KI408"]
    assert [one.level for one in told] == ["warning"]


def test_a_redirect_that_ingress_nginx_makes_by_itself_is_asked_for_too() -> None:
    objects = written(tls=TLS, proxy_read_timeout="60")
    [finding] = [one for one in findings(objects, "contour") if one.code == "KI408"]
    assert (finding.level, finding.field) == ("warning", ("spec", "tls"))


@pytest.mark.parametrize(
    "annotations",
    [
        {"whitelist_source_range": "0.0.0.0/0"},
        {"limit_rps": "0"},
        {"force_ssl_redirect": "false"},
        {"enable_modsecurity": "false"},
        {"auth_tls_secret": "default/ca", "auth_tls_verify_client": "optional_no_ca"},
    ],
    ids=str,
)
def test_what_keeps_nobody_out_is_no_guard(annotations: dict[str, str]) -> None:
    assert [one for one in findings(written(**annotations), "kong") if one.level == "error"] == []


def test_a_limit_that_is_no_rate_is_an_error() -> None:
    objects = written()
    objects[0]["metadata"]["annotations"] = {"nginx.org/limit-req-rate": "5"}
    assert ("KI408", "error") in {(o.code, o.level) for o in findings(objects, "f5-nginx")}


def test_only_what_ingress_nginx_has_is_looked_for() -> None:
    assert set(GUARDS) <= {*ROWS, *ALIASES, *RETIRED}


def test_every_file_is_of_a_controller() -> None:
    known = [one.PROFILE.name for one in modelled_controllers() if target_of(one.PROFILE.name)]
    assert known == sorted(OTHERS)
    assert [find_controller(name).PROFILE.name for name in known] == known


@pytest.mark.parametrize("controller", ["gateway-api", "gateway-api-traefik"])
def test_no_ingress_is_served_by_the_gateway_api(controller: str) -> None:
    [finding] = findings(written(), controller)
    assert (finding.code, finding.level) == ("KI202", "error")
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"hostnames": ["a.example"], "rules": []},
    }
    told = findings([*written(), route], controller)
    assert [one for one in told if one.code == "KI202"] == []


def test_gke_tells_losses_before_its_class_is_written() -> None:
    told = findings(GUARDED["password"], "gke")
    assert sorted(one.code for one in told) == ["KI202", "KI408"]
    [finding] = [one for one in told if one.code == "KI202"]
    assert finding.fix == "kubernetes.io/ingress.class: gce, and take spec.ingressClassName out"
