"""Refusals, in the real server's words; most of them recorded from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import validation_names as names
from kubectl_ingress.lab.apiserver.selectors import selects
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.validation_fields import Faults, shown
from kubectl_ingress.lab.apiserver.validation_internal import difference, internal
from tests.lab.writes import created, in_lab, in_real, recorded

REFUSED = [
    pytest.param(case, id=f"{name}: {case['case']}")
    for name in ("creates", "updates")
    for case in recorded(name)
    if "refused" in case
]


@pytest.mark.parametrize("case", REFUSED)
def test_a_write_is_refused_as_by_the_real_server(case: Json) -> None:
    assert in_lab(case) == in_real(case)


def config_map(**meta: object) -> Json:
    metadata = {"name": "m", **meta}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (names.dns_label, ["a", "a-b", "1a", "x" * 63], ["", "A", "-a", "a.b", "x" * 64]),
        (names.dns_subdomain, ["a.b", "x" * 253], ["", "a..b", ".a", "a_b", "x" * 254]),
        (names.wildcard_subdomain, ["*.a.b"], ["*", "*.", "*.*.a", "a.*"]),
        (names.label_key, ["a", "a.b/c", "A_b.c"], ["", "/a", "a/", "a/b/c", "-a", "x" * 64]),
        (names.label_value, ["", "a", "A.b_c"], ["-a", "a b", "x" * 64]),
        (names.port_name, ["web", "8a"], ["", "80", "a--b", "-a", "Web", "x" * 16]),
        (names.config_key, ["a", "A.b", ".a"], ["", ".", "..", "..a", "a b"]),
        (names.path_segment, ["a:b", "A b"], [".", "..", "a/b", "a%b"]),
        (names.percent, ["0%", "100%"], ["", "1", "-1%"]),
    ],
)
def test_names(rule: Callable[[str], Iterator[str]], good: list[str], bad: list[str]) -> None:
    assert [name for name in good if list(rule(name))] == []
    assert [name for name in bad if not list(rule(name))] == []


@pytest.mark.parametrize(
    ("rule", "name", "fault"),
    [
        (names.label_key, "x" * 64, "name part must be no more than 63 bytes"),
        (names.label_key, "x" * 254 + "/a", "prefix part must be no more than 253 bytes"),
        (names.label_value, "é" * 32, "must be no more than 63 bytes"),
        (names.dns_label, "é" * 32, "must be no more than 63 characters"),
        (names.dns_subdomain, "x" * 254, "must be no more than 253 characters"),
        (names.config_key, "x" * 254, "must be no more than 253 characters"),
    ],
)
def test_lengths(rule: Callable[[str], Iterator[str]], name: str, fault: str) -> None:
    assert next(rule(name)) == fault


def test_a_newline_at_the_end_is_no_part_of_a_name() -> None:
    assert list(names.dns_label("a\n"))
    assert list(names.label_value("a\n"))


def test_values_are_shown_as_go_shows_them() -> None:
    assert shown('a"b') == '"a\\"b"'
    assert shown({"a": "<b>", "c": None}) == '{"a":"\\u003cb\\u003e","c":null}'
    assert (shown(-1), shown(True), shown([])) == ("-1", "true", "[]")


def test_one_fault_stands_alone_and_several_in_brackets() -> None:
    faults = Faults()
    assert faults.refused("", "Pod", "p") is None
    faults.required("spec.a")
    faults.required("spec.a")
    one = faults.refused("", "Pod", "p")
    assert one is not None
    assert one.message == 'Pod "p" is invalid: spec.a: Required value'
    faults.forbidden("spec.b", "not now")
    two = faults.refused("apps", "Deployment", "d")
    assert two is not None
    assert two.message == (
        'Deployment.apps "d" is invalid: [spec.a: Required value, spec.b: Forbidden: not now]'
    )
    assert two.details is not None
    assert [cause["field"] for cause in two.details["causes"]] == ["spec.a", "spec.b"]


def test_a_namespace_must_be_named() -> None:
    with pytest.raises(Refused, match=r"metadata.namespace: Required value$"):
        created(config_map(namespace=""))


def test_annotations_may_not_be_too_much() -> None:
    created(config_map(annotations={"a": "x" * (256 * 1024 - 1)}))
    with pytest.raises(Refused, match=r"Too long: may not be more than 262144 bytes$"):
        created(config_map(annotations={"a": "x" * (256 * 1024)}))


def test_data_may_not_be_too_much() -> None:
    config = config_map() | {"data": {"a": "x" * (1024 * 1024 + 1)}}
    with pytest.raises(Refused, match=r"Too long: may not be more than 1048576 bytes$"):
        created(config)


def test_a_selector_takes_labels() -> None:
    exists = {"key": "a", "operator": "Exists"}
    absent = {"key": "b", "operator": "DoesNotExist"}
    one_of = {"key": "a", "operator": "In", "values": ["x", "y"]}
    none_of = {"key": "a", "operator": "NotIn", "values": ["z"]}
    all_of = {"matchLabels": {"c": "d"}, "matchExpressions": [exists, absent, one_of, none_of]}
    assert selects(all_of, {"a": "x", "c": "d"})
    for labels in ({"a": "x"}, {"a": "z", "c": "d"}, {"c": "d"}, {"a": "x", "b": "", "c": "d"}):
        assert not selects(all_of, labels), labels
    assert selects({}, None)
    assert not selects(None, {})


def test_the_internal_form_has_every_field_under_gos_names() -> None:
    port = {"containerPort": 80, "protocol": "TCP"}
    assert internal("ContainerPort", port) == {
        "Name": "",
        "HostPort": 0,
        "ContainerPort": 80,
        "Protocol": "TCP",
        "HostIP": "",
    }
    told = difference("ContainerPort", port, port | {"hostIP": "1.2.3.4"})
    assert told.splitlines()[0] == "@@ -3,5 +3,5 @@"
    assert '+ "HostIP": "1.2.3.4"' in told.splitlines()
