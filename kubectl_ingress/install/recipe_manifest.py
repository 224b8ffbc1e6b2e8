"""The objects of a recipe: its files as published, and what of them is made otherwise. Pure.

What differs: the class under another name; an image that the file leaves
open; the class or the namespace where the file has none; and on the Service
that requests come in by, what its load balancer needs in this place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from msgspec import Struct, field

from kubectl_ingress.controllers._known import known_by_image, repository_of
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.marks import Mark
from kubectl_ingress.install.own_manifest import Found, read
from kubectl_ingress.install.settings import INSTALLED_BY
from kubectl_ingress.recipes import Chart, File, Manifests, Release

Object = dict[str, Any]

_ADDED = Origin("kubectl ingress install")
_WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet")


class Place(Struct, frozen=True):
    """Where it is to run: whether load balancers are made there, and what theirs is told."""

    balanced: bool = True
    annotations: Mapping[str, str] = field(default_factory=dict)


def release_of(name: str, recipe: Manifests, version: str | None) -> Release:
    """The release of that number, the newest where none is given. Raises UsageError."""
    if version is None:
        return recipe.releases[0]
    for release in recipe.releases:
        if version.removeprefix("v") == release.version:
            return release
    known = ", ".join(release.version for release in recipe.releases)
    raise UsageError(
        f"the files of {name} {version} are not known here; those of {known} are",
        "get them, read them, and name what you read:\n"
        f"kubectl ingress install {name} --manifest FILE\n"
        f"or kubectl ingress install {name} --manifest URL --sha256 HEX",
    )


def files_of(release: Release, place: Place) -> tuple[File, ...]:
    """The files for this place, without the shared ones."""
    return (*release.files, *(release.balanced if place.balanced else release.node_port))


def read_files(
    files: Iterable[File], mark: Mark, fetch: Callable[[File], bytes]
) -> tuple[Found, ...]:
    """All objects of these files, in their order. Raises InputError."""
    return tuple(found for file in files for found in read(fetch(file), file.name, mark))


def amended(
    found: Sequence[Found],
    name: str,
    recipe: Manifests | Chart,
    mark: Mark,
    *,
    class_name: str,
    place: Place,
    version: str = "",
) -> list[Found]:
    """The objects as they are to be applied. `name` is the recipe's."""
    copies = [(deepcopy(obj), origin) for obj, origin in found]
    objects = [obj for obj, _ in copies]
    if isinstance(recipe, Manifests):
        _name_images(objects, recipe, version)
        if class_name != recipe.class_name:
            _rename_class(objects, recipe.controller or name, recipe, class_name)
    if place.balanced:
        _annotate(objects, recipe, place.annotations)
    return [*_missing(objects, recipe, mark, class_name), *copies]


def class_value(recipe: Manifests | Chart, class_name: str) -> str:
    """The controller that a class of this name belongs to, "" where the name alone counts."""
    if isinstance(recipe, Manifests) and recipe.suffixed and class_name != recipe.class_name:
        return f"{recipe.class_value}/{class_name}"
    return recipe.class_value


def class_object(recipe: Manifests | Chart, objects: Iterable[Object]) -> Object | None:
    """The controller's class among these objects, None where they have none."""
    if not recipe.class_value:
        return None
    for obj in objects:
        if obj["kind"] == recipe.class_kind and value_of(obj).startswith(recipe.class_value):
            return obj
    return None


def value_of(obj: Live) -> str:
    """Which controller an IngressClass or a GatewayClass belongs to."""
    spec = reader_of(obj).child("spec")
    return spec.text("controller") or spec.text("controllerName")


def _name_images(objects: Iterable[Object], recipe: Manifests, version: str) -> None:
    for container in _containers(objects):
        named = recipe.tags.get(str(container.get("image")))
        if named and version:
            container["image"] = named.format(version=version)


def _rename_class(
    objects: Sequence[Object], known: str, recipe: Manifests, class_name: str
) -> None:
    found = class_object(recipe, objects)
    if found is not None:
        found["metadata"]["name"] = class_name
        if recipe.suffixed:
            found["spec"]["controller"] = class_value(recipe, class_name)
    flag = f"{recipe.class_flag}="
    for container in _containers(objects):
        if _is_controller(container, known):
            others = [e for e in _list(container, "args") if not str(e).startswith(flag)]
            container["args"] = [*others, f"{flag}{class_name}"]


def _is_controller(container: Mapping[str, Any], known: str) -> bool:
    entry = known_by_image(repository_of(str(container.get("image"))))
    if entry is None or entry.name != known:
        return False
    return not entry.argument or entry.argument in _list(container, "args")


def _annotate(
    objects: Iterable[Object], recipe: Manifests | Chart, annotations: Mapping[str, str]
) -> None:
    for obj in objects:
        reader = reader_of(obj)
        is_entry = obj["kind"] == "Service" and reader.meta().name == recipe.entry
        if is_entry and reader.child("spec").text("type") == "LoadBalancer":
            # What the file says of the load balancer itself gives way to the place.
            obj["metadata"]["annotations"] |= annotations


def _missing(
    objects: Sequence[Object], recipe: Manifests | Chart, mark: Mark, class_name: str
) -> Iterator[Found]:
    meta = {"annotations": {INSTALLED_BY: mark.text}, "labels": dict(mark.labels)}
    brought = {reader_of(obj).meta().name for obj in objects if obj["kind"] == "Namespace"}
    used = {reader_of(obj).meta().namespace for obj in objects}
    if recipe.namespace not in brought and recipe.namespace in used:
        yield _object("Namespace", {"name": recipe.namespace, **meta}), _ADDED
    adds = isinstance(recipe, Manifests) and recipe.adds_class
    if adds and class_object(recipe, objects) is None:
        made = _object(recipe.class_kind, {"name": class_name, **meta})
        yield {**made, "spec": {"controller": class_value(recipe, class_name)}}, _ADDED


def _object(kind: str, meta: Object) -> Object:
    return {"apiVersion": KINDS[kind].api_version, "kind": kind, "metadata": meta}


def _containers(objects: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for obj in objects:
        if obj["kind"] in _WORKLOADS:
            pod: object = obj
            for step in ("spec", "template", "spec"):
                pod = pod.get(step) if isinstance(pod, dict) else None
            found = _list(pod, "containers") if isinstance(pod, dict) else []
            yield from (each for each in found if isinstance(each, dict))


def _list(obj: Mapping[str, Any], key: str) -> list[Any]:
    value = obj.get(key)
    return value if isinstance(value, list) else []
