"""Defaults, and the form in which objects are read back."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.defaults import set_defaults
from kubectl_ingress.lab.apiserver.defaults_pods import tag_of
from kubectl_ingress.lab.apiserver.resources import BY_KIND
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.writes import read, recorded, resource_of

OUTPUTS = [
    pytest.param(case["output"], id=f"{name}: {case['case']}")
    for name in ("creates", "updates")
    for case in recorded(name)
    if "output" in case
]


def read_back(given: Json) -> Json:
    return read(resource_of(given), given)


@pytest.mark.parametrize("output", OUTPUTS)
def test_what_was_read_back_lacks_no_default(output: Json) -> None:
    again = copy.deepcopy(output)
    set_defaults(resource_of(output), again)
    assert again == output


def test_every_kind_with_objects_of_its_own_is_among_the_recorded() -> None:
    reviews = {("authorization.k8s.io", f"SelfSubject{what}Review") for what in ("Access", "Rules")}
    seen = {
        (resource_of(case["object"]).group, case["object"]["kind"])
        for case in recorded("creates")
        if "output" in case
    }
    assert seen == BY_KIND.keys() - reviews


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("100m", "100m"),
        (1, "1"),
        (0.5, "500m"),
        ("1000m", "1"),
        ("0", "0"),
        ("1024Mi", "1Gi"),
        ("1025Mi", "1025Mi"),
        ("1.5Gi", "1536Mi"),
        ("512", "512"),
        ("1000", "1k"),
        ("5e3", "5e3"),
        ("0.0001", "1m"),
        ("100e-6", "1e-3"),
        ("1.000100", "1001m"),
        ("0.5Ki", "512"),
        ("0.1Gi", "107374182400m"),
        ("-1", "-1"),
    ],
)
def test_an_amount_is_written_in_its_canonical_form(given: Any, read: Any) -> None:
    assert read_back(pod(given))["spec"]["containers"][0]["resources"]["limits"] == {"cpu": read}


@pytest.mark.parametrize("given", ["much", True])
def test_what_is_no_amount_is_not_read(given: Any) -> None:
    with pytest.raises(Refused, match="quantities must match the regular expression"):
        read_back(pod(given))


def test_only_amounts_of_resources_are_rounded() -> None:
    given = pod("1u")
    given["spec"]["volumes"] = [{"name": "v", "emptyDir": {"sizeLimit": "1u"}}]
    given["spec"]["overhead"] = {"cpu": "1u"}
    spec = read_back(given)["spec"]
    assert spec["volumes"][0]["emptyDir"] == {"sizeLimit": "1u"}
    assert spec["overhead"] == spec["containers"][0]["resources"]["requests"] == {"cpu": "1m"}


def pod(cpu: Any) -> Json:
    """A Pod with a limit."""
    containers = [{"name": "c", "image": "i", "resources": {"limits": {"cpu": cpu}}}]
    meta = {"name": "p"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers}}


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", "latest"),
        ("nginx:1.29", "1.29"),
        ("nginx:latest", "latest"),
        ("registry:5000/nginx", "latest"),
        ("registry:5000/nginx:1", "1"),
        ("nginx@sha256:594c", ""),
        ("nginx:latest@sha256:594c", "latest"),
        ("No Such:Image", ""),
        ("", ""),
    ],
)
def test_the_tag_of_an_image_decides_whether_it_is_always_pulled(image: str, tag: str) -> None:
    assert tag_of(image) == tag


def test_what_is_said_stays() -> None:
    given = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "labels": {"empty": ""}},
        "spec": {
            "replicas": 0,
            "revisionHistoryLimit": 0,
            "selector": {},
            "strategy": {"type": "Recreate"},
            "template": {"spec": {"containers": [{"name": "c", "env": [{"name": "A"}]}]}},
        },
    }
    obj = read_back(given)
    assert obj["metadata"] == given["metadata"]
    assert {key: obj["spec"][key] for key in ("replicas", "revisionHistoryLimit", "selector")} == {
        "replicas": 0,
        "revisionHistoryLimit": 0,
        "selector": {},
    }
    assert obj["spec"]["strategy"] == {"type": "Recreate"}
    assert obj["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "A"}]


def test_nulls_and_zeros_vanish_where_there_is_no_pointer() -> None:
    spec = {
        "ports": [{"port": 80, "nodePort": 0, "name": "", "targetPort": None}],
        "publishNotReadyAddresses": False,
        "selector": {"app": None},
        "externalIPs": [],
    }
    service: Json = {"apiVersion": "v1", "kind": "Service", "metadata": None, "spec": spec}
    service = read_back(service)
    assert service["metadata"] == {}
    assert service["spec"]["ports"] == [{"port": 80, "targetPort": 80, "protocol": "TCP"}]
    assert service["spec"]["selector"] == {"app": ""}
    assert not {"publishNotReadyAddresses", "externalIPs"} & service["spec"].keys()
