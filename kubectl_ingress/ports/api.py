"""What commands do with a Cluster: read, apply, replace, patch, delete objects.

Every function raises the ApiError tree. Objects are plain dicts, as JSON has
them; what comes back is checked as far as it is used here and no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.errors import ApiConflict, ApiFailed, ApiForbidden, ApiNotFound, InputError
from kubectl_ingress.ports.answers import Expired, FieldsOwned, all_missing
from kubectl_ingress.ports.pages import Object, Page, page_reader

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

FIELD_MANAGER = "kubectl-ingress"
PAGE = 500
"""Objects a page, as kubectl asks for."""
SMALL_ONES = 5000
"""The same of kinds whose objects have a few KiB at most, which informers read at once: `list` of
5,000 Ingresses took 60 ms less so (measured) than with pages of 500."""

T = TypeVar("T")


def get(cluster: Cluster, kind: Kind, name: str, namespace: str = "") -> dict[str, Any]:
    """One object. Raises ApiNotFound."""
    return cluster.request("GET", _object_path(kind, name, namespace))


def find(cluster: Cluster, kind: Kind, name: str, namespace: str = "") -> dict[str, Any] | None:
    """One object, None where there is none (or no such kind)."""
    try:
        return get(cluster, kind, name, namespace)
    except ApiNotFound:
        return None


def list_all(
    cluster: Cluster,
    kind: Kind,
    namespace: str = "",
    *,
    labels: str = "",
    fields: str = "",
    quiet: bool = False,
) -> list[dict[str, Any]]:
    """All objects of a kind, of all namespaces where none is given.

    `labels` and `fields` are selectors as kubectl takes them, `quiet` is as in
    Cluster.request. Each item has its apiVersion and kind, which the API leaves
    out of lists. Raises KindNotServed where the cluster has no such kind.
    """
    path = kind.path(_segment(namespace))
    query = {"limit": str(PAGE)}
    if labels:
        query["labelSelector"] = labels
    if fields:
        query["fieldSelector"] = fields

    def ask(asked: Mapping[str, str]) -> tuple[list[dict[str, Any]], object]:
        page = cluster.request("GET", path, query=asked, quiet=quiet)
        return _items(page, kind), _following(page)

    return _all_pages(kind, query, ask)


def _all_pages(
    kind: Kind,
    query: Mapping[str, str],
    ask: Callable[[Mapping[str, str]], tuple[list[T], object]],
) -> list[T]:
    """The items of all pages; `ask` gives those of one, and the token of the one that follows."""
    try:
        return _pages(kind, query, ask)
    except Expired:
        # The list took so long that the server forgot where it was.
        return _pages(kind, query, ask)


def _pages(
    kind: Kind,
    query: Mapping[str, str],
    ask: Callable[[Mapping[str, str]], tuple[list[T], object]],
) -> list[T]:
    found: list[T] = []
    asked = dict(query)
    while True:
        items, following = ask(asked)
        found += items
        if not following:
            return found
        if not isinstance(following, str) or following == asked.get("continue"):
            raise ApiFailed(f"the API server gave a list of {kind.plural} that has no end")
        asked["continue"] = following


def _following(page: Mapping[str, Any]) -> object:
    meta = page.get("metadata")
    return meta.get("continue") if isinstance(meta, dict) else None


def _items(page: Mapping[str, Any], kind: Kind) -> list[dict[str, Any]]:
    items = page.get("items")
    if items is None:
        items = []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ApiFailed(f"the API server gave something else than a list of {kind.plural}")
    for item in items:
        item["apiVersion"], item["kind"] = kind.api_version, kind.name
    return items


def read_snapshot(cluster: Cluster, kinds: Iterable[str], namespace: str = "") -> Snapshot:
    """The objects of these kinds (names in KINDS), of all namespaces where none is given.

    Raises ApiForbidden, which names all kinds that may not be listed.
    """
    return begin_snapshot(cluster, kinds, namespace)()


def begin_snapshot(
    cluster: Cluster, kinds: Iterable[str], namespace: str = ""
) -> Callable[[], Snapshot]:
    """As `read_snapshot`, which what is returned waits for."""
    wanted = tuple(kinds)

    def ask(name: str) -> list[Item] | ApiForbidden:
        try:
            return read_kind(cluster, KINDS[name], namespace)
        except ApiForbidden as error:
            return error

    wait = cluster.begin([partial(ask, name) for name in wanted])

    def snapshot() -> Snapshot:
        found = dict(zip(wanted, wait(), strict=True))
        refused = [one for one in found.values() if isinstance(one, ApiForbidden)]
        if refused:
            raise all_missing(refused)
        read = {name: one for name, one in found.items() if not isinstance(one, ApiForbidden)}
        return snapshot_of(cluster, read)

    return snapshot


Item = Object | dict[str, Any]
"""An object as the model has it, or as JSON has it."""


def snapshot_of(cluster: Cluster, read: Mapping[str, Iterable[Item]]) -> Snapshot:
    """What was read of each kind, as `read_kind` gives it -> Snapshot."""
    origin = Origin()
    items = [(one, origin) for found in read.values() for one in found if isinstance(one, dict)]
    parsed = {
        name: [one for one in found if not isinstance(one, dict)] for name, found in read.items()
    }
    return parse_snapshot(items, cluster.namespace, read, parsed=parsed)


def read_kind(cluster: Cluster, kind: Kind, namespace: str = "") -> list[Item]:
    """All objects of a kind as the model has them; what is not that way yet as a dict."""
    path = kind.path(_segment(namespace if kind.namespaced else ""))
    decode = page_reader(kind.name) or _left_to_parse

    def ask(asked: Mapping[str, str]) -> tuple[list[Item], object]:
        page = cluster.read(path, asked, decode)
        if isinstance(page, dict):
            return [*_items(page, kind)], _following(page)
        return [*page.items], page.following

    size = PAGE if decode is _left_to_parse else SMALL_ONES
    return _all_pages(kind, {"limit": str(size)}, ask)


def _left_to_parse(body: bytes) -> Page | None:
    return None


def apply(
    cluster: Cluster,
    obj: Mapping[str, Any],
    *,
    dry_run: bool = False,
    force: bool = False,
    field_manager: str = FIELD_MANAGER,
) -> dict[str, Any]:
    """Server-side apply; the object as the server has it then.

    An object without a namespace goes to the cluster's. `force` takes fields
    over from other managers; without it that raises answers.FieldsOwned.
    """
    kind, name, namespace = identify(cluster, obj)
    query = _writing(dry_run, field_manager)
    query["force"] = "true" if force else "false"

    def send() -> dict[str, Any]:
        return cluster.request(
            "PATCH",
            _object_path(kind, name, namespace),
            query=query,
            # JSON is YAML.
            body=obj,
            content_type="application/apply-patch+yaml",
        )

    return settle(send) if dry_run else send()


def settle(write: Callable[[], T], look: Callable[[], object] = lambda: None) -> T:
    """What `write` gives; once more where somebody wrote at the same moment (409).

    `look` reads anew in between, and raises where it may not be written any
    more. That others own a field is not of the moment, and raised at once.
    """
    try:
        return write()
    except FieldsOwned:
        raise
    except ApiConflict:
        look()
        return write()


def replace(
    cluster: Cluster,
    obj: Mapping[str, Any],
    *,
    dry_run: bool = False,
    field_manager: str = FIELD_MANAGER,
) -> dict[str, Any]:
    """PUT an object that was read before and changed since.

    Raises ApiConflict when somebody else has changed it in the meantime.
    """
    kind, name, namespace = identify(cluster, obj)
    if not obj["metadata"].get("resourceVersion"):
        # Without one the API server would overwrite whatever is there.
        raise InputError(f"{kind.name} {name} has no resourceVersion, so it was not read before")
    path = _object_path(kind, name, namespace)
    return cluster.request("PUT", path, query=_writing(dry_run, field_manager), body=obj)


def patch(
    cluster: Cluster,
    kind: Kind,
    name: str,
    namespace: str,
    body: object,
    *,
    content_type: str = "application/merge-patch+json",
    dry_run: bool = False,
    field_manager: str = FIELD_MANAGER,
) -> dict[str, Any]:
    """A merge patch, or a JSON patch by its content type. Raises ApiNotFound, ApiConflict."""
    return cluster.request(
        "PATCH",
        _object_path(kind, name, namespace),
        query=_writing(dry_run, field_manager),
        body=body,
        content_type=content_type,
    )


def delete(cluster: Cluster, kind: Kind, name: str, namespace: str = "") -> None:
    """Delete one object and, in the background, what it owns. Raises ApiNotFound."""
    cluster.request(
        "DELETE",
        _object_path(kind, name, namespace),
        # As kubectl does; the API's own default leaves the pods of a Job behind.
        body={"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"},
    )


def identify(cluster: Cluster, obj: Mapping[str, Any]) -> tuple[Kind, str, str]:
    """The kind, name and namespace ("" for a kind that has none) of an object.

    Raises InputError for what cannot be written.
    """
    name, meta = obj.get("kind"), obj.get("metadata")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None or obj.get("apiVersion") != kind.api_version:
        raise InputError(f"objects of kind {name} ({obj.get('apiVersion')}) are not written here")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str):
        raise InputError(f"a {kind.name} without a name cannot be written")
    namespace = meta.get("namespace") or cluster.namespace
    if not isinstance(namespace, str):
        raise InputError(f"the namespace of {kind.name} {meta['name']} is not a string")
    return kind, meta["name"], namespace if kind.namespaced else ""


def _object_path(kind: Kind, name: str, namespace: str) -> str:
    if not name or (kind.namespaced and not namespace):
        # Such a path would be that of a whole list.
        raise InputError(f'"{namespace}/{name}" cannot be the name of a {kind.name}')
    return kind.path(_segment(namespace), _segment(name))


def _segment(text: str) -> str:
    """A name as one segment of a URL path, whatever is in it."""
    if text in (".", ".."):
        raise InputError(f'"{text}" cannot be the name of an object')
    # The names of RBAC objects have colons.
    return quote(text, safe=":", errors="replace")


def _writing(dry_run: bool, field_manager: str) -> dict[str, str]:
    query = {"fieldManager": field_manager}
    if dry_run:
        query["dryRun"] = "All"
    return query


def content(obj: Mapping[str, Any]) -> dict[str, Any]:
    """An object without its status and what changes at every write: what somebody asked for."""
    kept = {key: value for key, value in obj.items() if key != "status"}
    meta = obj.get("metadata")
    if isinstance(meta, dict):
        volatile = ("managedFields", "resourceVersion", "generation")
        kept["metadata"] = {key: value for key, value in meta.items() if key not in volatile}
    return kept
