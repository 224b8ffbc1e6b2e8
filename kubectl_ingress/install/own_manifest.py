"""A manifest of one's own: read, checked and marked, and each object found in the API.

Objects may be of any kind: the cluster says by API discovery what it serves
and where (https://kubernetes.io/docs/concepts/overview/kubernetes-api/), and a
CustomResourceDefinition of the manifest itself says it of its own kind.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import InputError
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.marks import OWN_MANIFEST, Mark
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.settings import INSTALLED_BY
from kubectl_ingress.ports.files import read_manifests

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

CRD = "CustomResourceDefinition"
_CRD_GROUP = "apiextensions.k8s.io"
# What Kong's all-in-one manifests have held since 3.0.
_GIVEN_UP = "Deprecated"

# They become parts of a URL's path, so nothing else may stand in them.
_VERSION = re.compile(r"(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-z0-9]+", re.ASCII)
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)

Found = tuple[dict[str, Any], Origin]


class Item(Struct, frozen=True):
    """One object: marked, in its namespace, with where the API serves it and where it stands."""

    manifest: Manifest
    kind: Kind
    origin: Origin

    @property
    def name(self) -> str:
        """Its name."""
        return reader_of(self.manifest).meta().name

    @property
    def namespace(self) -> str:
        """Its namespace, "" for what has none."""
        return reader_of(self.manifest).meta().namespace

    @property
    def title(self) -> str:
        """``Service demo/web``."""
        return f"{self.kind.name} {reader_of(self.manifest).meta().key}"


def place_of(origin: Origin) -> str:
    """``file:line``."""
    return f"{origin.source}:{origin.line}"


def read(data: bytes, name: str, mark: Mark = OWN_MANIFEST) -> list[Found]:
    """The objects of a manifest, each with our mark. `name` is for messages.

    Raises InputError with file and line.
    """
    try:
        found = read_manifests(["-"], io.TextIOWrapper(io.BytesIO(data)))
    except InputError as error:
        # Read from memory, so that what is parsed is what the digest was taken of.
        if error.sentence.startswith("stdin"):
            error.sentence = name + error.sentence.removeprefix("stdin")
        raise
    placed = [(obj, Origin(name, origin.line)) for obj, origin in found]
    if not placed:
        raise InputError(f"{name} holds no objects", "check which file it is")
    return [(_marked(obj, origin, mark), origin) for obj, origin in placed]


def _marked(obj: dict[str, Any], origin: Origin, mark: Mark) -> dict[str, Any]:
    version, kind, meta = obj.get("apiVersion"), obj.get("kind"), obj.get("metadata")
    if kind == _GIVEN_UP:
        what = f"this file only says that it is not installed in this way any more ({version})"
        raise InputError(f"{place_of(origin)}: {what}", "kubectl ingress install --list")
    for field, value, form in (("apiVersion", version, _VERSION), ("kind", kind, _KIND)):
        if not isinstance(value, str) or not form.fullmatch(value):
            said = f"its {field} is {value!r}" if value else f"it has no {field}"
            raise _wrong(origin, f"this is not a Kubernetes object: {said}")
    if not isinstance(meta, dict):
        raise _wrong(origin, f"this {kind} has no metadata")
    name = meta.get("name")
    if not name and meta.get("generateName"):
        what = f"this {kind} has generateName; what is applied again needs a name of its own"
        raise _wrong(origin, what)
    if not isinstance(name, str) or not name or name in (".", ".."):
        raise _wrong(origin, f"this {kind} has no name")
    namespace = meta.get("namespace")
    if namespace and not (isinstance(namespace, str) and _LABEL.fullmatch(namespace)):
        raise _wrong(origin, f"the namespace of {kind} {name} is none: {namespace!r}")
    about = f"{kind} {name}"
    annotations = _texts(meta, "annotations", about, origin) | {INSTALLED_BY: mark.text}
    marked = {**meta, "annotations": annotations}
    if mark.labels:
        marked["labels"] = _texts(meta, "labels", about, origin) | dict(mark.labels)
    return {**obj, "metadata": marked}


def _texts(meta: Mapping[str, Any], field: str, about: str, origin: Origin) -> dict[str, str]:
    found = meta.get(field) or {}
    if isinstance(found, dict) and all(
        isinstance(key, str) and isinstance(value, str) for key, value in found.items()
    ):
        return found
    what = f"{field} of {about} is not a mapping of texts (quote numbers and booleans)"
    raise _wrong(origin, what)


def _wrong(origin: Origin, what: str) -> InputError:
    step = "correct that object; kubectl would refuse it too"
    return InputError(f"{place_of(origin)}: {what}", step)


class Discovery:
    """What the API serves: each group version is asked about once."""

    def __init__(self, cluster: Cluster, found: Iterable[Found] = ()) -> None:
        self._cluster = cluster
        self._asked: dict[str, dict[str, tuple[Kind, bool]]] = {}
        self._defined = {
            (kind.api_version, kind.name): kind for obj, _ in found for kind in defined(obj)
        }

    def find(self, api_version: str, name: str) -> tuple[Kind, bool] | None:
        """The kind, and whether its objects can be applied; None where there is no such kind."""
        if api_version not in self._asked:
            self._asked[api_version] = self._ask(api_version)
        if name in self._asked[api_version]:
            return self._asked[api_version][name]
        own = self._defined.get((api_version, name))
        return (own, True) if own else None

    @cached_property
    def _versions(self) -> set[str]:
        """Of a group that it does not know, the API server says so in plain text only."""
        groups = reader_of(self._cluster.request("GET", "/apis")).children("groups")
        versions = [each for group in groups for each in group.children("versions")]
        return {"v1", *(each.text("groupVersion") for each in versions)}

    def _ask(self, api_version: str) -> dict[str, tuple[Kind, bool]]:
        if api_version not in self._versions:
            return {}
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        answer = reader_of(self._cluster.request("GET", path))
        return {
            each.text("kind"): (
                Kind(
                    each.text("kind"), api_version, each.text("name"), bool(each.flag("namespaced"))
                ),
                "patch" in each.strings("verbs"),
            )
            for each in answer.children("resources")
            if each.text("name") and "/" not in each.text("name")
        }


def defined(obj: Mapping[str, object]) -> list[Kind]:
    """The kinds that a CustomResourceDefinition brings, one for each version; else none."""
    if not is_definition(obj):
        return []
    spec = reader_of(obj).child("spec")
    group, names = spec.text("group"), spec.child("names")
    kinds = [
        Kind(
            names.text("kind"),
            f"{group}/{each.text('name')}",
            names.text("plural"),
            spec.text("scope") == "Namespaced",
        )
        for each in spec.children("versions")
        if each.flag("served")
    ]
    return [each for each in kinds if _LABEL.fullmatch(each.plural)]


def is_definition(obj: Mapping[str, object]) -> bool:
    """Whether it is a CustomResourceDefinition."""
    group = str(obj.get("apiVersion")).partition("/")[0]
    return obj.get("kind") == CRD and group == _CRD_GROUP


def locate(
    cluster: Cluster, found: Sequence[Found], namespace: str | None, default: str = ""
) -> list[Item]:
    """Find out where each object goes; Namespaces and definitions come first.

    `namespace` is what was typed, None for `default`, which is the context's
    where it is not given. Raises InputError for an object of a kind that is not
    served, that is there twice, or that says another namespace than the one
    that was typed.
    """
    discovery = Discovery(cluster, found)
    items: list[Item] = []
    seen: dict[tuple[str, str, str, str], Item] = {}
    for obj, origin in found:
        kind = _kind(discovery, obj, origin)
        placed = _placed(obj, origin, kind, namespace, default or cluster.namespace)
        item = Item(placed, kind, origin)
        key = (kind.group, kind.name, item.namespace, item.name)
        if key in seen:
            first = place_of(seen[key].origin)
            raise InputError(
                f"{place_of(origin)}: {item.title} is there twice, first at {first}",
                "leave one of the two out",
            )
        seen[key] = item
        items.append(item)
    return sorted(items, key=_rank)


def locate_offline(found: Sequence[Found], namespace: str | None) -> list[Manifest]:
    """The objects as far as they can be told without a cluster."""

    def placed(obj: dict[str, Any], origin: Origin) -> Manifest:
        kind = KINDS.get(str(obj["kind"]))
        if namespace is None or kind is None or kind.api_version != obj["apiVersion"]:
            return obj
        return _placed(obj, origin, kind, namespace, namespace)

    return [placed(obj, origin) for obj, origin in found]


def _rank(item: Item) -> int:
    if item.kind == KINDS["Namespace"]:
        return 0
    return 1 if is_definition(item.manifest) else 2


def _kind(discovery: Discovery, obj: Mapping[str, Any], origin: Origin) -> Kind:
    version, name = obj["apiVersion"], obj["kind"]
    served = discovery.find(version, name)
    if served is None:
        ways = ["see what it serves: kubectl api-resources"]
        if not is_definition(obj):
            ways.append(f"if a {CRD} brings {name}, put it into the manifest too")
        raise InputError(
            f"{place_of(origin)}: the cluster knows no {name} of {version}; nothing was changed",
            "\n".join(ways),
        )
    kind, applied = served
    if not applied:
        raise _wrong(origin, f"a {name} of {version} is nothing that can be applied")
    return kind


def _placed(
    obj: dict[str, Any], origin: Origin, kind: Kind, typed: str | None, default: str
) -> Manifest:
    meta = {key: value for key, value in obj["metadata"].items() if key != "namespace"}
    own = obj["metadata"].get("namespace")
    if kind.namespaced:
        if typed is not None and own and own != typed:
            raise InputError(
                f"{place_of(origin)}: {kind.name} {meta['name']} is of namespace {own}, and -n "
                f"says {typed}; nothing was changed",
                "leave -n out, or the namespace in the manifest",
            )
        meta["namespace"] = own or typed or default
    return {**obj, "metadata": meta}
