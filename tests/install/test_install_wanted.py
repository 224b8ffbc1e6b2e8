"""What is typed and cannot be meant."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.versions import LATEST, VERSIONS
from kubectl_ingress.install.vulnerabilities import cves_of
from kubectl_ingress.install.wanted import (
    check_controller,
    check_provider,
    check_settings,
    check_version,
    is_gone,
)
from kubectl_ingress.providers import Options

DIGEST = "0" * 64
GOOD: dict[str, Any] = {
    "version": LATEST,
    "namespace": None,
    "class_name": "nginx",
    "replicas": None,
    "image": None,
    "registry": None,
}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("namespace", "", "namespace"),
        ("namespace", "Upper", "Upper"),
        ("namespace", "a.b", "a.b"),
        ("namespace", "a/b", "a/b"),
        ("namespace", "a" * 64, "namespace"),
        ("class_name", "", "class"),
        ("class_name", "a_b", "a_b"),
        ("class_name", "a" * 201, "class"),
        ("class_name", "nginx\n", "class"),
        ("replicas", 0, "--replicas 0"),
        ("replicas", -1, "--replicas -1"),
        ("image", "", "--image"),
        ("image", "a b", "--image"),
        ("image", "x\x1b[31m", "--image"),
        ("registry", "", "--registry"),
        ("registry", "https://mirror.example.com", "--registry"),
        ("registry", "mirror example", "--registry"),
    ],
)
def test_what_cannot_be_meant_is_refused(field, value, says):
    with pytest.raises(UsageError, match=says) as caught:
        check_settings(**{**GOOD, field: value})
    assert caught.value.next_step


def test_what_can_be_meant_is_taken():
    settings = check_settings(
        **{
            **GOOD,
            "namespace": "ingress-2",
            "class_name": "public.example",
            "replicas": 2,
            "image": f"localhost:5000/a/b_c:v1_x@sha256:{DIGEST}",
            "registry": "mirror.example.com:5000/k8s/",
        }
    )
    assert settings.namespace == "ingress-2"
    assert settings.registry == "mirror.example.com:5000/k8s"
    assert settings.controller_image == f"localhost:5000/a/b_c:v1_x@sha256:{DIGEST}"


@pytest.mark.parametrize("text", [None, "1.15.1", "v1.15.1", "controller-v1.15.1"])
def test_versions_are_known_by_number_and_tag(text):
    assert check_version(text).number == "1.15.1"


def test_an_unknown_version_is_answered_with_the_list():
    with pytest.raises(UsageError, match=r"1\.99") as caught:
        check_version("1.99.0")
    assert "1.15.1" in caught.value.next_step


SOURCE = "https://raw.githubusercontent.com/kubernetes/ingress-nginx"
MANIFEST = "deploy/static/provider/aws/deploy.yaml"


@pytest.mark.parametrize(
    "text",
    [
        "0.41.2",
        "v0.41.2",
        "controller-v0.41.2",
        f"{SOURCE}/controller-v0.41.2/{MANIFEST}",
        "https://github.com/kubernetes/ingress-nginx/blob/controller-v0.41.2/README.md",
        "https://github.com/kubernetes/ingress-nginx/tree/controller-v0.41.2",
        "https://github.com/kubernetes/ingress-nginx/archive/controller-v0.41.2.tar.gz",
        "https://github.com/kubernetes/ingress-nginx/releases/tag/controller-v0.41.2",
    ],
)
def test_what_is_gone_says_so_and_what_to_install(text):
    with pytest.raises(UsageError, match=r"ingress-nginx 0\.41\.2 is gone.*below 1\.22") as caught:
        check_version(text)
    assert "v1beta1" in caught.value.sentence
    assert "1.15.1" in caught.value.next_step


@pytest.mark.parametrize("text", ["0.30.0", "nginx-0.30.0", f"{SOURCE}/nginx-0.30.0/{MANIFEST}"])
def test_all_versions_before_1_are_gone(text):
    assert "0.30.0 is gone" in is_gone(text)


@pytest.mark.parametrize("text", ["1.0.41", "10.41.2", "1.15.1", "x0.41.2", f"{SOURCE}/main/a"])
def test_others_are_not_gone(text):
    assert is_gone(text) == ""


@pytest.mark.parametrize("number", VERSIONS)
def test_every_version_can_be_named_and_is_pinned(number):
    version = check_version(f"v{number}")
    assert version.number == number
    assert version.controller.tag == f"v{number}"
    for image in (version.controller, version.certgen):
        assert re.fullmatch("sha256:[0-9a-f]{64}", image.digest)
    assert len({each.controller.digest for each in VERSIONS.values()}) == len(VERSIONS) == 3


def test_a_url_is_no_version_even_of_one_that_is_known():
    with pytest.raises(UsageError, match="takes a number") as caught:
        check_version(f"{SOURCE}/controller-v1.15.1/{MANIFEST}")
    assert caught.value.next_step == "known versions: 1.15.1, 1.14.5, 1.13.9"


def test_an_unknown_provider_is_answered_with_the_list():
    with pytest.raises(UsageError, match="azur") as caught:
        check_provider("azur", Options())
    assert caught.value.next_step.startswith("known: aws, ")


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("1.15.1", []),
        ("controller-v1.15.0", ["CVE-2026-4342"]),
        ("1.14.5", []),
        ("1.14.4", ["CVE-2026-4342"]),
        ("1.14.2", ["CVE-2026-24512", "CVE-2026-4342", "CVE-2026-3288"]),
        ("1.13.9", []),
        ("v1.13.0", ["CVE-2026-24512", "CVE-2026-4342", "CVE-2025-15566", "CVE-2026-3288"]),
        ("1.12.1", ["CVE-2026-24512", "CVE-2026-4342", "CVE-2025-15566", "CVE-2026-3288"]),
        (
            "1.12.0",
            ["CVE-2025-1974", "CVE-2026-24512", "CVE-2026-4342", "CVE-2025-15566", "CVE-2026-3288"],
        ),
        (
            "1.9.6",
            ["CVE-2025-1974", "CVE-2026-24512", "CVE-2026-4342", "CVE-2025-15566", "CVE-2026-3288"],
        ),
        ("1.16.0", []),
    ],
)
def test_the_vulnerabilities_of_a_version_are_those_not_fixed_in_it(number, found):
    *fixed_elsewhere, last = cves_of(number)
    assert [each.cves[0] for each in fixed_elsewhere] == found
    # What was found after the end is fixed nowhere.
    assert last.cves[0] == "CVE-2026-42945"
    assert last.fixed_in == ()


@pytest.mark.parametrize("text", ["", "latest", "v1.15.1-prime3", "1.15", "1.15.1\n", "²1.15.1"])
def test_nothing_is_said_of_what_is_no_release(text):
    assert cves_of(text) == ()


@pytest.mark.parametrize("name", ["aws", "kind", "minikube"])
def test_a_provider_is_no_controller_and_that_is_said(name):
    with pytest.raises(UsageError) as caught:
        check_controller(name)
    assert f"to install ingress-nginx there: --provider {name}" in caught.value.next_step


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nginx", "ingress-nginx, f5-nginx, nginx-gateway-fabric or traefik-nginx"),
        ("ngnix", "ingress-nginx, f5-nginx, nginx-gateway-fabric or traefik-nginx"),
        ("nginx-ingress", "ingress-nginx"),
        ("f5", "f5-nginx"),
        ("Kng", "kong"),
        ("aws-load-balancer", "aws-load-balancer-controller"),
    ],
)
def test_a_controller_that_is_nearly_known(typed, meant):
    with pytest.raises(UsageError) as caught:
        check_controller(typed)
    said = f'there is no controller "{typed}" to install; did you mean {meant}?'
    assert caught.value.sentence == said


def test_a_controller_that_nobody_knows():
    with pytest.raises(UsageError, match="no controller") as caught:
        check_controller("nginx-ingress")
    assert "kong" in caught.value.next_step


def test_a_controller_that_nobody_knows_is_not_guessed():
    with pytest.raises(UsageError) as caught:
        check_controller("foo", "uninstall")
    assert caught.value.sentence == 'there is no controller "foo" to uninstall'
    assert caught.value.next_step.startswith("known: ingress-nginx, agic, ")
    with pytest.raises(UsageError) as caught:
        check_controller("aks", "uninstall")
    assert "--provider" not in caught.value.next_step
