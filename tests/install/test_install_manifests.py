"""The generated objects, and what each setting changes in them.

That they are equal to upstream's is in tests/providers/test_upstream.py.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import yaml

from kubectl_ingress import __version__
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.settings import INSTALLED_BY, Settings
from kubectl_ingress.ports.files import dump_yaml
from kubectl_ingress.providers import Options, Surroundings
from kubectl_ingress.providers.aws import PROVIDER
from tests.providers.upstream import leaves

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/install/aws.yaml"


def made(**changes: Any) -> list[dict[str, Any]]:
    variant = PROVIDER.decide(Surroundings(), Options())
    return copy.deepcopy(list(build(Settings(variant, **changes))))  # type: ignore[arg-type]


def by_name(objects: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


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
