"""Whatever the objects and the requests hold, there is a table and there are decisions."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kubectl_ingress.controllers._ingress_nginx.annotations import ROWS
from kubectl_ingress.core.request import Request
from tests.controllers.ingress_nginx.asking import backend, compiled, config_map
from tests.manifests import ingress_class, path, service, slice_of

STRANGE = (
    *("", " ", "/", "$", "${", "$1", "/$a", "~", "~(", "*", "*.", ".", "..", "a" * 300, "\x00"),
    *("\ud800", "\u202e", "http://[", "http://x:y/", "-1", "99999999999999999999", "1e9", "on"),
    *("true", "{", "}", ";", "\\", '"', "'", "%", "%zz", "(?<a>", "[", "0.0.0.0/0", "::/0", "404"),
    *("a,b,,", "*.x", "cookie", "any", "basic", "default/ba", "/x/$2", "https://$host/$1", "\n"),
)
PATHS = ("/", "/a", "/a/", "/a(b", "/(a+)+$", "/a b", "/\u00e9", "", "a", "//", "/$x", "/{", "\x00")
HOSTS = ("", "a.example", "*.example", "~x", "*", "A.Example", "[::1]", "x" * 300, ".", "\ud800")
TARGETS = ("/", "/a", "//a/..", "/%00", "/%", "/\u00e9", "*", "", "http://x/", "/a?b=/", "/" * 999)


def some_ingress(pick: random.Random, number: int) -> Any:
    names = pick.sample(sorted(ROWS), 4)
    prefix = "nginx.ingress.kubernetes.io/"
    written = {prefix + name: pick.choice(STRANGE) for name in names}
    if pick.random() < 0.3:
        written[f"{prefix}canary"] = "true"
    kinds = ("Prefix", "Exact", "ImplementationSpecific", "", "Odd")
    rules = [
        {
            "host": pick.choice(HOSTS),
            "http": {
                "paths": [
                    path(pick.choice(PATHS), pick.choice(("web", "gone")), 80, pick.choice(kinds))
                    for _ in range(3)
                ]
            },
        }
        for _ in range(2)
    ]
    spec: dict[str, Any] = {"ingressClassName": "nginx", "rules": rules}
    if pick.random() < 0.3:
        spec["defaultBackend"] = backend("web")
    if pick.random() < 0.3:
        spec["tls"] = [{"hosts": [pick.choice(HOSTS)], "secretName": pick.choice(STRANGE)}]
    meta = {"name": f"i{number}", "namespace": "default", "annotations": written}
    return {"kind": "Ingress", "apiVersion": "networking.k8s.io/v1", "metadata": meta, "spec": spec}


@pytest.mark.parametrize("seed", range(60))
def test_nothing_raises(seed: int) -> None:
    pick = random.Random(seed)
    keys = ("proxy-body-size", "custom-http-errors", "whitelist-source-range", "global-auth-url")
    data = {key.replace("-", "_"): pick.choice(STRANGE) for key in keys}
    routes = compiled(
        ingress_class(),
        service("web"),
        slice_of("web"),
        config_map(**data),
        *(some_ingress(pick, number) for number in range(3)),
    )
    for _ in range(40):
        request = Request(
            pick.choice(HOSTS),
            pick.choice(TARGETS),
            pick.choice(("http", "https")),
            pick.choice(("GET", "OPTIONS", "")),
            ((pick.choice(STRANGE), pick.choice(STRANGE)), ("Cookie", pick.choice(STRANGE))),
            client=pick.choice(("", "192.0.2.1", "::1", "nobody")),
            body_size=pick.choice((0, 1 << 21)),
        )
        decision = routes.decide(request)
        assert decision.outcome
        assert decision.steps is not None
        assert all(finding.message for finding in decision.findings)
