"""Which pod an answer names."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.answer import pod_in
from kubectl_ingress.core.who_answered import Pods
from tests.manifests import slice_of, snapshot
from tests.running import answer

LONG = "a-deployment-with-a-very-long-name-that-goes-on-and-on-until-it-is-cut-1"
NAMES = ("web-1", "web-11", "web-1-x", "api-7", LONG)


@pytest.fixture(scope="module")
def pods() -> Pods:
    slices = [slice_of("web", *NAMES[:3]), slice_of("api", *NAMES[3:]), slice_of("all", "web-1")]
    return Pods(snapshot(*slices))


@pytest.mark.parametrize(
    "body",
    [
        "I am web-1.",
        "web-11",
        "(web-1-x)",
        "web-1x",
        "nobody",
        "",
        "web-1.example",
        f"Hostname: {LONG[:63].rstrip('-.')}",
        LONG,
        "web-1 and web-1-x",
    ],
)
def test_it_is_who_a_single_test_would_say(pods: Pods, body: str) -> None:
    assert pods.who(answer(200, body), ()) == pod_in(answer(200, body), NAMES)


def test_the_likely_one_of_several(pods: Pods) -> None:
    assert pods.who(answer(200, "api-7 asks web-1"), {"api-7"}) == "api-7"
    assert pods.who(answer(200, "web-1"), {"api-7"}) == "web-1"


def test_whose_it_is(pods: Pods) -> None:
    assert pods.services("web-1") == {("default", "web"), ("default", "all")}
    assert pods.services("gone") == frozenset()
