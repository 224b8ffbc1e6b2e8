"""``scaffold --controller``: what each controller wants of an Ingress and its Service."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import golden
from tests.running import run

SEED = [
    "--host",
    "jko.example.com",
    "--path",
    "/echo",
    "--image",
    "alicek106/ingress-annotation-test",
]


@pytest.mark.parametrize("name", ["gke", "kong", "f5-nginx", "aws-load-balancer-controller"])
def test_all_of_it(name: str) -> None:
    ran = run(["scaffold", "hostname", "--controller", name, *SEED])
    assert ran.status == 0
    golden.check(Path(f"scaffold/{name}.yaml"), f"{ran.stderr}{ran.stdout}")


def test_the_default_is_what_it_was() -> None:
    words = ["scaffold", "hostname", *SEED]
    named = run([*words, "--controller", "ingress-nginx", "--class", "nginx"])
    assert named.stdout == run(words).stdout


def test_another_class() -> None:
    words = ["scaffold", "shop", "--only", "ingress", "--class", "edge", "--controller"]
    assert "  ingressClassName: edge " in run([*words, "kong"]).stdout
    assert "    kubernetes.io/ingress.class: edge " in run([*words, "gke"]).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--controller", "nobody"], "no controller is called 'nobody' here"),
        (["--controller", "envoy-gateway"], "Envoy Gateway serves the Gateway API"),
        (["--controller", "gke", "--rewrite-target", "/"], "leave --rewrite-target out"),
        (["--controller", "kong", "--canary-weight", "5"], "has no canary by annotations"),
    ],
)
def test_what_cannot_be(words: list[str], said: str) -> None:
    ran = run(["scaffold", "shop", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_who_reads_the_annotations_of_ingress_nginx_gets_them() -> None:
    for name in ("traefik-nginx", "aks-app-routing"):
        ran = run(["scaffold", "shop", "--controller", name, *SEED, "--canary-weight", "5"])
        assert ran.status == 0, ran.stderr
        assert "nginx.ingress.kubernetes.io/rewrite-target: /" in ran.stdout
        assert 'nginx.ingress.kubernetes.io/canary-weight: "5"' in ran.stdout
