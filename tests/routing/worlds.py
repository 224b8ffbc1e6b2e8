"""Random clusters: small ones, in which names, hosts and paths meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kubectl_ingress.controllers._profile import Controller
from kubectl_ingress.core.objects import Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Request

Json = dict[str, Any]

HOSTS = ("a.test", "b.test", "x.a.test", "*.a.test", "*.test", "")
PATHS = (
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/A",
    "/ab",
    "/a.b",
    "/a(/|$)(.*)",
    "/a%20b",
    "/a b",
    "/~/a+",
    "",
)
TYPES = ("Exact", "Prefix", "ImplementationSpecific")
SERVICES = ("s1", "s2", "s3", "empty", "missing")
TIMES = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")

# Words of annotations that change a way, good values and bad ones.
_NGINX = (
    ("rewrite-target", ("/", "/$1", "/$2", "https://x.test/$1", "/a;b", "/a")),
    ("use-regex", ("true", "yes")),
    ("app-root", ("/home", "home")),
    ("ssl-redirect", ("true", "false", "yes")),
    ("force-ssl-redirect", ("true",)),
    ("permanent-redirect", ("https://gone.test/x", "no url")),
    ("canary", ("true",)),
    ("canary-weight", ("30", "0", "100", "x")),
    ("canary-by-header", ("x-canary",)),
    ("server-alias", ("alias.test", "*.b.test", r"~^r\d+\.test$")),
    ("from-to-www-redirect", ("true",)),
    ("whitelist-source-range", ("10.0.0.0/8", "bogus")),
    ("custom-http-errors", ("404", "x")),
    ("enable-cors", ("true",)),
)
ANNOTATIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ingress-nginx": tuple((f"nginx.ingress.kubernetes.io/{n}", v) for n, v in _NGINX),
    "traefik-nginx": tuple((f"nginx.ingress.kubernetes.io/{n}", v) for n, v in _NGINX),
    "kong": (
        ("konghq.com/strip-path", ("true", "yes")),
        ("konghq.com/methods", ("GET", "POST,PUT")),
        ("konghq.com/protocols", ("https", "http", "bogus")),
        ("konghq.com/regex-priority", ("5", "x")),
        ("konghq.com/host-aliases", ("alias.test",)),
        ("konghq.com/headers.x-a", ("1",)),
        ("konghq.com/rewrite", ("/$1",)),
    ),
    "f5-nginx": (
        ("nginx.org/mergeable-ingress-type", ("master", "minion", "bad")),
        ("nginx.org/path-regex", ("case_sensitive", "case_insensitive", "exact", "bad")),
        ("nginx.org/rewrites", ("serviceName=s1 rewrite=/r/", "bad")),
        ("nginx.org/rewrite-target", ("/r",)),
        ("nginx.org/redirect-to-https", ("true", "yes")),
        ("nginx.org/limit-req-rate", ("1r/s",)),
    ),
    "haproxy-ingress": (
        ("haproxy-ingress.github.io/path-type", ("regex", "begin", "exact", "bogus")),
        ("haproxy-ingress.github.io/rewrite-target", ("/r", r"/\1")),
        ("haproxy-ingress.github.io/app-root", ("/home",)),
        ("haproxy-ingress.github.io/server-alias", ("alias.test",)),
        ("haproxy-ingress.github.io/redirect-to", ("https://gone.test",)),
        ("haproxy-ingress.github.io/allowlist-source-range", ("10.0.0.0/8", "bogus")),
    ),
    "traefik": (
        ("traefik.ingress.kubernetes.io/router.priority", ("0", "50", "-5", "abc")),
        ("traefik.ingress.kubernetes.io/router.pathmatcher", ("Path", "PathRegexp")),
        ("traefik.ingress.kubernetes.io/router.tls", ("true",)),
    ),
    "alb": (
        ("alb.ingress.kubernetes.io/group.name", ("g",)),
        ("alb.ingress.kubernetes.io/group.order", ("1", "-1", "x")),
        ("alb.ingress.kubernetes.io/ssl-redirect", ("443",)),
    ),
}

TARGETS = (
    *("/", "/a", "/a/", "/a/b", "/A", "/ab", "/axb", "/a/x/y", "//a", "/a%20b", "/a%2520b"),
    *("/a?x=1", "/a%2Fb", "/./a", "/x/../a", "/../a", "/%zz", "/%00", "", "http://b.test/a"),
)


def service(name: str, namespace: str) -> list[Json]:
    meta = {"name": name, "namespace": namespace}
    labels = {"kubernetes.io/service-name": name}
    endpoints = [] if name == "empty" else [{"addresses": ["10.0.0.1"]}]
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"ports": [{"port": 80, "name": "web", "targetPort": 8080}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**meta, "labels": labels},
            "ports": [{"name": "web", "port": 8080}],
            "endpoints": endpoints,
        },
    ]


def backends() -> st.SearchStrategy[Json]:
    ports = st.sampled_from([{"number": 80}, {"name": "web"}, {"number": 8080}, {"number": 1}])
    return st.builds(
        lambda name, port: {"service": {"name": name, "port": port}},
        st.sampled_from(SERVICES),
        ports,
    )


def rules() -> st.SearchStrategy[Json]:
    paths = st.builds(
        lambda path, kind, backend: {"path": path, "pathType": kind, "backend": backend},
        st.sampled_from(PATHS),
        st.sampled_from(TYPES),
        backends(),
    )
    return st.builds(
        lambda host, listed: {**({"host": host} if host else {}), "http": {"paths": listed}},
        st.sampled_from(HOSTS),
        st.lists(paths, min_size=1, max_size=3),
    )


@st.composite
def ingresses(draw: st.DrawFn, controller: Controller, name: str) -> Json:
    words = ANNOTATIONS.get(controller.PROFILE.name, ())
    chosen = draw(st.lists(st.sampled_from(words), max_size=2)) if words else []
    annotations = {key: draw(st.sampled_from(values)) for key, values in chosen}
    spec: Json = {"rules": draw(st.lists(rules(), max_size=2))}
    if controller.PROFILE.default_class:
        spec["ingressClassName"] = controller.PROFILE.default_class
    if not spec["rules"] or draw(st.integers(0, 5)) == 0:
        spec["defaultBackend"] = draw(backends())
    if draw(st.integers(0, 4)) == 0:
        spec["tls"] = [{"hosts": ["a.test"], "secretName": "missing"}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": name,
            "namespace": draw(st.sampled_from(["n1", "n2"])),
            "creationTimestamp": draw(st.sampled_from(TIMES)),
            "uid": f"00000000-0000-0000-0000-{name:>012}",
            "annotations": annotations,
        },
        "spec": spec,
    }


@st.composite
def worlds(draw: st.DrawFn, controller: Controller) -> list[Json]:
    """The objects of a cluster with up to four Ingresses of a controller's class."""
    number = draw(st.integers(1, 4))
    profile = controller.PROFILE
    found: list[Json] = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": profile.default_class or "x"},
            "spec": {"controller": profile.controller or "example.test/x"},
        }
    ]
    for namespace in ("n1", "n2"):
        for name in ("s1", "s2", "s3", "empty"):
            found += service(name, namespace)
    return [*found, *(draw(ingresses(controller, f"i{at}")) for at in range(number))]


def requests() -> st.SearchStrategy[Request]:
    return st.builds(
        Request,
        host=st.sampled_from(
            [*filter(None, HOSTS), "y.a.test", "alias.test", "www.a.test", "A.TEST", "a.test.", ""]
        ),
        target=st.sampled_from(TARGETS),
        scheme=st.sampled_from(["http", "https"]),
        method=st.sampled_from(["GET", "POST", "OPTIONS"]),
        headers=st.sampled_from([(), (("x-canary", "always"),), (("X-A", "1"),)]),
        client=st.sampled_from(["127.0.0.1", "10.1.2.3"]),
    )


def snapshot_of(objects: list[Json]) -> Snapshot:
    return parse_snapshot([(one, Origin("world.yaml", 1)) for one in objects], offline=True)
