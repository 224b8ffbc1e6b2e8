"""The recipes as data: what they name exists, and nothing in them is invented."""

from __future__ import annotations

import pytest

from kubectl_ingress.controllers._known import KNOWN, known_by_controller
from kubectl_ingress.recipes import BuiltIn, Chart, File, Manifests
from kubectl_ingress.recipes._catalogue import recipes
from kubectl_ingress.recipes._helm import command
from tests.recipes.upstream import UPSTREAM, by_digest, needed

MANIFESTS = {name: one for name, one in recipes().items() if isinstance(one, Manifests)}
CHARTS = {name: one for name, one in recipes().items() if isinstance(one, Chart)}


def files(recipe: Manifests) -> list[File]:
    return [
        file
        for each in recipe.releases
        for file in (*each.files, *each.shared, *each.balanced, *each.node_port)
    ]


def test_there_are_as_many_as_there_should_be() -> None:
    kinds = [type(one) for one in recipes().values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {Manifests: 4, Chart: 5, BuiltIn: 7}


@needed
@pytest.mark.parametrize("name", MANIFESTS)
def test_every_digest_is_that_of_a_file_that_was_read(name: str) -> None:
    for file in files(MANIFESTS[name]):
        # As ../shared names them: the path with _ for /, below the version.
        shared = by_digest()[file.sha256].relative_to(UPSTREAM)
        assert file.url.startswith("https://raw.githubusercontent.com/")
        assert file.url.split("/")[-1] in shared.name, file.url
        version = shared.parts[1].removesuffix("-standard")
        assert f"/{version}/" in file.url


@pytest.mark.parametrize("name", [*MANIFESTS, *CHARTS])
def test_status_knows_the_class_of_each(name: str) -> None:
    recipe = {**MANIFESTS, **CHARTS}[name]
    known = recipe.controller or name
    if recipe.class_kind == "IngressClass" and recipe.class_value and name != "traefik-nginx":
        found = known_by_controller(recipe.class_value)
        assert found is not None
        assert found.name == known
    assert known in {each.name for each in KNOWN}


@pytest.mark.parametrize("name", [name for name, one in recipes().items() if one.needs])
def test_an_ingress_is_told_the_class_that_is_installed(name: str) -> None:
    recipe = recipes()[name]
    assert recipe.needs is not None
    if isinstance(recipe, Manifests | Chart):
        assert recipe.needs.class_name == recipe.class_name
    assert recipe.needs.canary == ("nginx.ingress.kubernetes.io" in recipe.needs.rewrite)


def test_a_chart_as_a_command() -> None:
    assert command(CHARTS["envoy-gateway"]) == (
        "helm upgrade --install eg oci://docker.io/envoyproxy/gateway-helm --version v1.9.0 "
        "-n envoy-gateway-system --create-namespace"
    )
    words = command(CHARTS["kong"]).split()
    assert words[:5] == ["helm", "upgrade", "--install", "kong", "ingress"]
    assert "--repo https://charts.konghq.com --version 0.24.0" in " ".join(words)
    assert any(
        each.startswith("gateway.image.unifiedRepoTag=kong:3.9.3@sha256:4d6a") for each in words
    )
    assert "ingressClass.isDefaultClass=false" in command(CHARTS["traefik"]).split()
