"""What is typed and cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.alternatives import ALTERNATIVES
from kubectl_ingress.install.versions import LATEST
from kubectl_ingress.install.wanted import (
    check_controller,
    check_provider,
    check_settings,
    check_version,
)

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
            "image": "localhost:5000/a/b_c:v1+x@sha256:00",
            "registry": "mirror.example.com:5000/k8s/",
        }
    )
    assert settings.namespace == "ingress-2"
    assert settings.registry == "mirror.example.com:5000/k8s"
    assert settings.controller_image == "localhost:5000/a/b_c:v1+x@sha256:00"


@pytest.mark.parametrize("text", [None, "1.15.1", "v1.15.1", "controller-v1.15.1"])
def test_versions_are_known_by_number_and_tag(text):
    assert check_version(text).number == "1.15.1"


def test_an_unknown_version_is_answered_with_the_list():
    with pytest.raises(UsageError, match=r"1\.99") as caught:
        check_version("1.99.0")
    assert "1.15.1" in caught.value.next_step


def test_a_version_of_2020_is_told_why():
    with pytest.raises(UsageError, match=r"1\.22"):
        check_version("controller-v0.41.2")


def test_an_unknown_provider_is_answered_with_the_list():
    with pytest.raises(UsageError, match="azur") as caught:
        check_provider("azur")
    assert caught.value.next_step == "known: aws"


def test_controllers_that_cannot_be_installed_say_how_their_project_does_it():
    for each in ALTERNATIVES:
        with pytest.raises(UsageError, match="cannot be installed by this program yet") as caught:
            check_controller(each.name)
        assert each.how in caught.value.next_step
    with pytest.raises(UsageError, match="no controller") as caught:
        check_controller("nginx-ingress")
    assert "kong" in caught.value.next_step
