"""The generated objects: equal to upstream's, and what each setting changes in them."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_ingress import __version__
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.settings import INSTALLED_BY, Settings
from kubectl_ingress.ports.files import dump_yaml
from kubectl_ingress.providers import Surroundings
from kubectl_ingress.providers.aws import PROVIDER

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/install/aws.yaml"
UPSTREAM = ROOT.parent / "shared/data/upstream/ingress-nginx/v1.15.1/aws/deploy.yaml"

# Every difference to upstream's manifests that is meant, and why: (kinds or None for all, path).
INTENDED = {
    (None, f"metadata.annotations.{INSTALLED_BY}"): "tells what install may change and remove",
}


def made(**changes: Any) -> list[dict[str, Any]]:
    annotations = PROVIDER.load_balancer(Surroundings(), False).annotations
    return copy.deepcopy(list(build(Settings(annotations, **changes))))  # type: ignore[arg-type]


def by_name(objects: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


@pytest.mark.skipif(
    not UPSTREAM.exists(), reason=f"NOT COMPARED with upstream: {UPSTREAM} is not there"
)
def test_equal_to_upstream_field_by_field_but_for_what_is_meant():
    theirs = list(yaml.safe_load_all(UPSTREAM.read_text()))
    ours = made()
    assert [(o["kind"], o["metadata"]["name"]) for o in ours] == [
        (o["kind"], o["metadata"]["name"]) for o in theirs
    ]
    differences = set()
    used = set()
    for mine, upstream in zip(ours, theirs, strict=True):
        left, right = dict(leaves(mine)), dict(leaves(upstream))
        for path in left.keys() | right.keys():
            if path in left and path in right and left[path] == right[path]:
                continue
            if (None, path) in INTENDED and path not in right:
                used.add((None, path))
                continue
            values = left.get(path, "absent"), right.get(path, "absent")
            differences.add((mine["kind"], mine["metadata"]["name"], path, *map(str, values)))
    assert differences == set()
    assert used == set(INTENDED)


def test_the_golden_manifest_stays_as_it_is():
    text = dump_yaml(made()).replace(f'"{__version__}"', "VERSION")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text(), "meant? UPDATE_GOLDEN=1 pytest tests/install"


def test_yaml_has_no_anchors_that_people_would_have_to_follow():
    text = dump_yaml(made())
    assert "&id" not in text
    assert list(yaml.safe_load_all(text)) == made()


def test_all_objects_are_marked_as_ours():
    for each in made():
        assert each["metadata"]["annotations"][INSTALLED_BY] == __version__


def test_another_namespace_is_everywhere_and_no_cluster_wide_name_is_shared():
    default, other = made(), made(namespace="other", class_name="other")
    kinds = {"ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration", "IngressClass"}
    shared = {k for k in by_name(default) if k[0] in kinds} & set(by_name(other))
    assert shared == set()
    rest = [value for each in other for _, value in leaves(each) if isinstance(value, str)]
    # What is left of the default namespace's name is names of objects and images.
    assert {each["metadata"].get("namespace", "other") for each in other} == {"other"}
    assert "nginx" not in rest
    binding = by_name(other)["ClusterRoleBinding", "ingress-nginx.other"]
    assert binding["roleRef"]["name"] == "ingress-nginx.other"
    assert binding["subjects"][0]["namespace"] == "other"
    webhook = by_name(other)["ValidatingWebhookConfiguration", "ingress-nginx-admission.other"]
    assert webhook["webhooks"][0]["clientConfig"]["service"]["namespace"] == "other"
    patch = by_name(other)["Job", "ingress-nginx-admission-patch"]
    arguments = patch["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--webhook-name=ingress-nginx-admission.other" in arguments


def test_names_of_two_namespaces_never_meet():
    # With a dash, namespace "admission" would take the admission role's name.
    one, two = by_name(made(namespace="admission")), by_name(made())
    assert not {k for k in one if k[0].startswith("ClusterRole")} & set(two)


def test_a_class_has_its_own_controller_value():
    objects = by_name(made(class_name="internal"))
    assert objects["IngressClass", "internal"]["spec"]["controller"] == "k8s.io/internal"
    deployment = objects["Deployment", "ingress-nginx-controller"]
    arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--ingress-class=internal" in arguments
    assert "--controller-class=k8s.io/internal" in arguments


def images(objects: list[dict[str, Any]]) -> list[str]:
    return [value for each in objects for path, value in leaves(each) if path.endswith(".image")]


def test_registry_moves_all_images_and_keeps_path_tag_and_digest():
    before = images(made())
    assert len(before) == 3
    assert all(image.startswith("registry.k8s.io/ingress-nginx/") for image in before)
    moved = images(made(registry="mirror.example.com:5000/k8s"))
    assert moved == [i.replace("registry.k8s.io", "mirror.example.com:5000/k8s") for i in before]


def test_image_replaces_the_controller_s_wholly_and_no_other():
    wanted = images(made(image="registry.example.com/nginx:prime"))
    assert wanted[0] == "registry.example.com/nginx:prime"
    assert wanted[1:] == images(made())[1:]


def test_replicas_are_only_there_when_asked_for():
    deployment = ("Deployment", "ingress-nginx-controller")
    assert "replicas" not in by_name(made())[deployment]["spec"]
    assert by_name(made(replicas=3))[deployment]["spec"]["replicas"] == 3
