"""The types of the kinds, read from schema.json."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import pytest

from kubectl_ingress.lab.apiserver.resources import BY_KIND, RESOURCES, Resource
from kubectl_ingress.lab.apiserver.schema import (
    Type,
    body_of,
    facts,
    go_name,
    type_named,
    type_of,
)

FORMS = {"object", "map", "list", "scalar", "any"}
SCALARS = {"string", "integer", "boolean", "int-or-string", "quantity", "time", "bytes"}


def at(kind: str, path: str, group: str = "") -> Type:
    """``spec.containers.*.name``; ``*`` is the element of a list or map."""

    def below(type: Type, step: str) -> Type:
        if step == "*":
            assert type.element is not None
            return type.element
        return type.fields[step]

    return reduce(below, path.split("."), type_of(BY_KIND[group, kind]))


def everything(type: Type, seen: set[int]) -> Iterator[Type]:
    if id(type) in seen:
        return
    seen.add(id(type))
    yield type
    for each in (*type.fields.values(), *([type.element] if type.element else [])):
        yield from everything(each, seen)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.plural)
def test_every_kind(resource: Resource) -> None:
    type = type_of(resource)
    assert (type.form, type.name) == ("object", resource.kind)
    assert {"apiVersion", "kind", "metadata"} <= set(type.fields)
    assert type.fields["metadata"].name == "ObjectMeta"
    for each in everything(type, set()):
        assert each.form in FORMS
        assert each.scalar in (SCALARS if each.form == "scalar" else {""})
        assert (each.element is None) is (each.form not in ("list", "map"))
        assert each.bits in ((32, 64) if each.scalar == "integer" else (0,))
        if each.list_type == "map":
            assert each.element is not None
            assert set(each.list_keys) <= set(each.element.fields)


def test_every_definition_is_used() -> None:
    seen: set[int] = set()
    names = {*facts()["bodies"].values(), "meta.v1.DeleteOptions", "meta.v1.Status"}
    reached = {each.go for name in names for each in everything(type_named(name), seen)}
    assert {go_name(name) for name in facts()["definitions"]} <= reached


def test_list_of_containers() -> None:
    containers = at("Deployment", "spec.template.spec.containers", "apps")
    assert (containers.form, containers.list_type, containers.list_keys) == (
        "list",
        "map",
        ("name",),
    )
    assert (containers.merge_key, containers.patch_strategy) == ("name", frozenset({"merge"}))
    assert (containers.go, containers.always, containers.zero) == ("[]v1.Container", True, None)
    container = at("Deployment", "spec.template.spec.containers.*", "apps")
    assert (container.name, container.required) == ("Container", frozenset({"name"}))
    # What is said of the field is not said of the definition.
    assert container.merge_key == ""


def test_how_lists_and_maps_merge() -> None:
    assert at("Service", "spec.ports").list_keys == ("port", "protocol")
    assert at("Service", "spec.ports").merge_key == "port"
    assert at("Service", "spec.ports.*.protocol").default == "TCP"
    assert at("Service", "spec.selector").atomic
    assert at("Ingress", "spec.rules", "networking.k8s.io").list_type == "atomic"
    assert at("ConfigMap", "metadata.finalizers").list_type == "set"
    assert not at("ConfigMap", "metadata.labels").atomic
    assert at("Deployment", "spec.selector", "apps").atomic
    assert at("Pod", "spec.volumes").patch_strategy == {"merge", "retainKeys"}
    assert at("Deployment", "spec.strategy", "apps").patch_strategy == {"retainKeys"}


def test_scalars() -> None:
    assert at("Pod", "spec.containers.*.resources.limits.*").scalar == "quantity"
    assert at("Pod", "spec.containers.*.ports.*.containerPort").bits == 32
    assert at("Pod", "metadata.generation").bits == 64
    assert at("Pod", "metadata.creationTimestamp").scalar == "time"
    assert at("Event", "eventTime").go == "v1.MicroTime"
    assert at("Secret", "data.*").scalar == "bytes"
    assert at("Service", "spec.ports.*.targetPort").scalar == "int-or-string"
    assert at("Pod", "metadata.managedFields.*.fieldsV1").form == "any"


def test_what_go_does_with_zeros() -> None:
    replicas = at("Deployment", "spec.replicas", "apps")
    assert (replicas.pointer, replicas.always, replicas.go) == (True, False, "int32")
    ready = at("Deployment", "spec.minReadySeconds", "apps")
    assert (ready.pointer, ready.zero) == (False, 0)
    assert at("Pod", "spec.containers.*.resources").always
    assert at("Pod", "spec.containers.*.imagePullPolicy").go == "v1.PullPolicy"
    assert at("Pod", "spec.containers.*.livenessProbe.httpGet").embedded == "ProbeHandler"
    assert at("Service", "spec.ipFamilies.*").go == "v1.IPFamily"


def test_bodies_of_subresources() -> None:
    assert body_of(BY_KIND["apps", "Deployment"], "scale").name == "Scale"
    assert body_of(BY_KIND["apps", "Deployment"], "status").name == "Deployment"
    assert body_of(BY_KIND["", "Pod"], "binding").name == "Binding"
    assert body_of(BY_KIND["", "ServiceAccount"], "token").name == "TokenRequest"
    with pytest.raises(KeyError):
        body_of(BY_KIND["", "Pod"], "log")


def test_fields_that_do_not_exist() -> None:
    spec = at("Deployment", "spec", "apps")
    assert "foo" not in spec.fields
    with pytest.raises(KeyError):
        spec.fields["foo"]
