"""Which requests are sent for an Ingress."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.doctor.requests import MOST, planned
from tests.manifests import ingress, path

from .cases import case_of


def urls(*objects: Any) -> list[str]:
    wanted, more, _ = planned(case_of(*objects))
    assert more == 0
    return [one.request.url for one in wanted]


def test_one_for_each_path_and_each_url_once() -> None:
    paths = (path("/a"), path("/b", kind="Exact"), path("/a", kind="ImplementationSpecific"))
    assert urls(ingress("web", "a.example", *paths)) == ["http://a.example/a", "http://a.example/b"]


def test_hosts_with_tls_are_asked_by_https() -> None:
    one = ingress("web", "a.example", tls=[{"hosts": ["a.example"], "secretName": "t"}])
    assert urls(one) == ["https://a.example/"]


def test_a_wildcard_gets_a_label() -> None:
    assert urls(ingress("web", "*.a.example")) == ["http://kubectl-ingress-check.a.example/"]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (r"/v\d/(users|groups)", ["http://a.example/v7/users"]),
        ("/api(/|$)(.*)", ["http://a.example/api/"]),
        # Nothing is made up for what is beyond a simple example, and that is counted.
        (r"/(?=x)y", []),
    ],
)
def test_a_path_that_is_a_pattern_is_met_by_an_example(written: str, sent: list[str]) -> None:
    specific = path(written, kind="ImplementationSpecific")
    annotations = {"nginx.ingress.kubernetes.io/use-regex": "true"}
    one = ingress("web", "a.example", specific, annotations=annotations)
    assert urls(one) == sent
    assert planned(case_of(one))[2] == (() if sent else (written,))


def test_nobody_s_ingress_is_not_asked() -> None:
    other = ingress("web", "a.example")
    other["spec"]["ingressClassName"] = "other"
    assert urls(other) == []


def test_a_redirect_to_https_is_followed() -> None:
    forced = {"nginx.ingress.kubernetes.io/force-ssl-redirect": "true"}
    assert urls(ingress("web", "a.example", annotations=forced)) == ["https://a.example/"]


def test_no_more_than_some() -> None:
    many = (ingress(f"web-{number}", f"h{number}.example") for number in range(MOST + 3))
    wanted, more, unmet = planned(case_of(*many))
    assert (len(wanted), more, unmet) == (MOST, 3, ())
