"""What must change in an object of the beta API so that networking.k8s.io/v1 takes it.

One that says v1 and has fields of the beta API is converted, too.

Kubernetes 1.22 removed extensions/v1beta1 and networking.k8s.io/v1beta1 for
Ingress and IngressClass. Source of the mapping: the deprecation guide for
1.22, and the API server's own conversion of stored objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct, field

from kubectl_ingress.core import legacy
from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.core.edits import (
    AddKey,
    Edit,
    MoveKeys,
    Path,
    RemoveKey,
    RenameKey,
    SetValue,
)
from kubectl_ingress.core.legacy import BETA, V1
from kubectl_ingress.errors import InputError

OLD_VERSIONS = {kind: legacy.OLD_VERSIONS[kind] for kind in ("Ingress", "IngressClass")}
# GKE serves an Ingress by this annotation alone and ignores the field.
GKE_CLASSES = ("gce", "gce-internal", "gce-regional-external")

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")

Where = Callable[[Path], str]
"""Path -> file:line:column of what stands there."""


class Change(Struct):
    """One object of the input: what is edited in it, and what to say about it.

    `done` are the changes in words, `warnings` what a person must look at.
    No edits: the object stays as it is.
    """

    kind: str
    name: str
    path: Path
    edits: list[Edit] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    class_name: str = ""


def convert_document(data: object, where: Where, *, classes: bool = True) -> list[Change]:
    """The changes to one document, item by item where it is a List.

    `classes` says whether class annotations go to the field that takes their place.
    Raises InputError, with the place, for an object that cannot be converted.
    """
    return list(_convert(data, (), "", "", where, classes))


def _convert(
    data: object, path: Path, version: str, kind: str, where: Where, classes: bool
) -> Iterator[Change]:
    """`version` and `kind` are those the enclosing list gives its items."""
    if not isinstance(data, dict) or not (kind or "kind" in data or "metadata" in data):
        raise InputError(
            f"{where(path)}: this is not a Kubernetes object",
            "an object is a mapping with apiVersion, kind and metadata",
        )
    written = data.get("apiVersion", version)
    kind = data.get("kind", kind)
    if isinstance(data.get("items"), list):
        kind = str(kind)
        item_kind = kind.removesuffix("List")
        if written in OLD_VERSIONS.get(item_kind, ()):
            yield Change(kind, "", path, [SetValue((*path, "apiVersion"), V1)])
        for index, item in enumerate(data["items"]):
            at = (*path, "items", index)
            yield from _convert(item, at, str(written), item_kind, where, classes)
        return
    change = Change(str(kind), _name(data), path)
    if written in OLD_VERSIONS.get(str(kind), ()):
        if "apiVersion" in data:
            change.edits.append(SetValue((*path, "apiVersion"), V1))
        change.done.append(f"{written} → {V1}")
        if kind == "Ingress":
            _Converter(change, where, classes).ingress(data)
    elif kind == "Ingress" and written == V1 and any(_beta_fields(data.get("spec"), ("spec",))):
        # Somebody changed apiVersion alone.
        change.done.append(f"fields of {BETA} → {V1}")
        _Converter(change, where, classes).ingress(data)
    yield change


def _name(data: dict[str, object]) -> str:
    meta = data.get("metadata")
    if not isinstance(meta, dict):
        return ""
    parts = (meta.get("namespace"), meta.get("name"))
    return "/".join(part for part in parts if isinstance(part, str) and part)


def _beta_fields(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("serviceName", "servicePort") or (key == "backend" and len(path) == 2):
                yield (*path, key)
            yield from _beta_fields(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _beta_fields(inner, (*path, index))


class _Converter:
    """The conversion of one Ingress; collects edits in its Change."""

    def __init__(self, change: Change, where: Where, classes: bool) -> None:
        self.change = change
        self.where = where
        self.classes = classes
        self.backends = 0
        self.path_types = 0

    def ingress(self, data: dict[str, object]) -> None:
        path = self.change.path
        spec = self._mapping(data, "spec", path)
        at = (*path, "spec")
        if not spec:
            raise self._broken(path, "this Ingress has neither rules nor a backend")
        if "backend" in spec:
            if "defaultBackend" in spec:
                raise self._broken(
                    (*at, "backend"), "backend and defaultBackend are the same field"
                )
            self.change.edits.append(RenameKey((*at, "backend"), "defaultBackend"))
            self.change.done.append("backend → defaultBackend")
        for key in ("backend", "defaultBackend"):
            if spec.get(key) is not None:
                self._backend(self._mapping(spec, key, at), (*at, key))
        for index, rule in enumerate(self._list(spec, "rules", at)):
            self._rule(rule, (*at, "rules", index))
        if self.backends:
            self.change.done.append(_count(self.backends, "backend"))
        if self.path_types:
            paths = _count(self.path_types, "path")
            self.change.done.append(f"pathType ImplementationSpecific for {paths}")
        if self.classes:
            self._class(data, spec)

    def _rule(self, rule: object, path: Path) -> None:
        if not isinstance(rule, dict):
            raise self._broken(path, "a rule is not a mapping")
        http = self._mapping(rule, "http", path)
        for index, entry in enumerate(self._list(http, "paths", (*path, "http"))):
            self._path(entry, (*path, "http", "paths", index))

    def _path(self, entry: object, path: Path) -> None:
        if not isinstance(entry, dict):
            raise self._broken(path, "a path is not a mapping")
        if entry.get("pathType") is None:
            # What the beta API meant by leaving it out; v1 wants it said.
            kind = "ImplementationSpecific"
            if "pathType" in entry:
                self.change.edits.append(SetValue((*path, "pathType"), kind))
            else:
                self.change.edits.append(AddKey(path, "pathType", kind, after="path"))
            self.path_types += 1
        if not isinstance(entry.get("backend"), dict):
            raise self._broken(path, "this path has no backend")
        self._backend(self._mapping(entry, "backend", path), (*path, "backend"))

    def _backend(self, backend: dict[str, object], path: Path) -> None:
        if backend.get("resource") is not None:
            self.change.warnings.append(
                f"{self.where(path)}: a resource backend stays as it is; few controllers serve one"
            )
            return
        if "service" in backend:
            if "serviceName" in backend:
                raise self._broken((*path, "service"), "service and serviceName are the same field")
            return
        name, port = backend.get("serviceName"), backend.get("servicePort")
        if not isinstance(name, str) or not name:
            raise self._broken(path, "this backend names no serviceName")
        place = (*path, "servicePort")
        if port is None:
            raise self._broken(path, "this backend names no servicePort")
        field_name = self._port(port, place)
        self.change.edits.append(
            MoveKeys(
                path,
                (
                    ("serviceName", ("service", "name")),
                    ("servicePort", ("service", "port", field_name)),
                ),
            )
        )
        self.backends += 1

    def _port(self, port: object, path: Path) -> str:
        """Which field of v1 the port goes to. A number in quotes could be no name there."""
        number = port
        if isinstance(port, str) and port.isascii() and port.isdigit():
            number = int(port[:6])
            self.change.edits.append(SetValue(path, number))
            self.change.warnings.append(
                f'{self.where(path)}: servicePort "{port}" was text; in v1 a port\'s name needs a'
                " letter, so it became a number"
            )
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 65536:
            return "number"
        if isinstance(port, str) and _PORT_NAME.fullmatch(port):
            return "name"
        shown = f" {port}" if isinstance(port, str | int) else ""
        raise self._broken(
            path, f"servicePort{shown} is neither a port (1-65535) nor a name of one"
        )

    def _class(self, data: dict[str, object], spec: dict[str, object]) -> None:
        meta = self._mapping(data, "metadata", self.change.path)
        at = (*self.change.path, "metadata", "annotations")
        annotations = self._mapping(meta, "annotations", at[:-1])
        if CLASS_ANNOTATION not in annotations:
            return
        annotation, place = annotations[CLASS_ANNOTATION], (*at, CLASS_ANNOTATION)
        if not isinstance(annotation, str):
            raise self._broken(place, "the value of an annotation must be text: put it in quotes")
        written = spec.get("ingressClassName")
        if annotation in GKE_CLASSES and written is None:
            self.change.warnings.append(
                f"{self.where(place)}: class {annotation} stays an annotation: GKE goes by that"
            )
            return
        if written is None and not _NAME.fullmatch(annotation):
            self.change.warnings.append(
                f"{self.where(place)}: class {annotation!r} stays an annotation: ingressClassName"
                " cannot hold it"
            )
            return
        if written is None:
            where = (*self.change.path, "spec")
            self.change.edits.append(AddKey(where, "ingressClassName", annotation))
            self.change.done.append(f"class annotation → ingressClassName {annotation}")
            self.change.class_name = annotation
        elif written == annotation:
            self.change.done.append("class annotation removed, ingressClassName says the same")
        else:
            self.change.warnings.append(
                f"{self.where(place)}: the annotation says class {annotation}, ingressClassName"
                f" {written}: the API server refuses both together; the annotation was removed, so"
                " check which controller served this"
            )
        alone = len(annotations) == 1
        self.change.edits.append(RemoveKey(at if alone else place))

    def _mapping(self, data: dict[str, object], key: str, path: Path) -> dict[str, object]:
        value = data.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._broken((*path, key), f"{key} is not a mapping")
        return value

    def _list(self, data: dict[str, object], key: str, path: Path) -> list[object]:
        value = data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._broken((*path, key), f"{key} is not a list")
        return value

    def _broken(self, path: Path, what: str) -> InputError:
        return InputError(f"{self.where(path)}: {what}", "correct it")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
