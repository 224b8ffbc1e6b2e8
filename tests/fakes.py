"""A Cluster in memory, for tests of commands: no network, no kubernetes library.

It does what the API server does as far as our commands can tell: uids and
resourceVersions, pages, selectors, dry runs, conflicts, server-side apply with
field owners (lists are owned as a whole). Its refusals are Kubernetes Statuses
read by the same code as real ones, so their sentences are the real ones too.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import ApiError
from kubectl_ingress.ports.answers import refusal
from kubectl_ingress.ports.asked import Session, Target, target_of

T = TypeVar("T")
Object = dict[str, Any]
Key = tuple[str, str, str]
"""Kind, namespace ("" where it has none), name."""
Path = tuple[str, ...]

CREATOR = "kubectl-create"
"""The field manager of the objects a FakeCluster begins with."""

_KINDS = {kind.resource: kind for kind in KINDS.values()}
_SERVER_SET = {"uid", "resourceVersion", "creationTimestamp", "generation"}


@dataclass(frozen=True)
class Request:
    """One request that was made."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    content_type: str


@dataclass
class _Failure:
    method: str
    path: re.Pattern[str]
    error: ApiError
    left: int | None


class FakeCluster:
    """Implements ports.cluster.Cluster.

    `objects` are as a manifest has them; a namespaced one without a namespace is
    in "default". `on_request` is called before each request is answered, to let
    the world change while a command waits.
    """

    def __init__(
        self,
        objects: Iterable[Mapping[str, Any]] = (),
        *,
        namespace: str = "default",
        context: str = "fake",
        server: str = "https://fake.test:6443",
        user: str = "tester",
        connect_to: str = "",
    ) -> None:
        self.context = context
        self.namespace = namespace
        self.server = server
        self.user = user
        self.connect_to = connect_to
        self.objects: dict[Key, Object] = {}
        self.requests: list[Request] = []
        self.events: list[Object] = []
        self.on_request: Callable[[Request], None] = lambda request: None
        self._owners: dict[Key, dict[Path, set[str]]] = {}
        self._failures: list[_Failure] = []
        self._version = 1000
        for item in objects:
            self.add(item)

    def add(self, item: Mapping[str, Any], manager: str = CREATOR) -> Object:
        """Put an object there, as somebody else would have; returns it as it is then."""
        obj = copy.deepcopy(dict(item))
        kind = KINDS[obj["kind"]]
        if kind.namespaced:
            obj["metadata"].setdefault("namespace", "default")
        key = (kind.name, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        return self._store(key, obj, self._changed(key, obj, manager))

    def fail(self, method: str, path: str, error: ApiError, times: int | None = None) -> None:
        """Raise `error` for requests whose path the regular expression `path` finds.

        `method` "" is any. `times` is how often; None for always.
        """
        self._failures.append(_Failure(method, re.compile(path), error, times))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        timeout: float | None = None,
        quiet: bool = False,
    ) -> dict[str, Any]:
        """See Cluster."""
        # Through JSON, as on the wire: what does not survive it must not pass here.
        asked = Request(method, path, dict(query or {}), json.loads(json.dumps(body)), content_type)
        self.requests.append(asked)
        self.on_request(asked)
        self._fail_if_told(asked)
        target = target_of(method, path)
        kind = _KINDS.get(f"{target.plural}.{target.group}" if target.group else target.plural)
        if kind is None:
            raise self._refusal(404, "NotFound", "the server could not find it", target)
        answer = self._answer(asked, target, kind)
        answered: dict[str, Any] = copy.deepcopy(answer)
        return answered

    def read(
        self, path: str, query: Mapping[str, str], decode: Callable[[bytes], T | None]
    ) -> T | dict[str, Any]:
        """See Cluster."""
        answered = self.request("GET", path, query=query)
        found = decode(json.dumps(answered).encode())
        return answered if found is None else found

    def begin(self, work: Sequence[Callable[[], T]]) -> Callable[[], list[T]]:
        """See Cluster. One after the other: so `requests` has them in an order to rely on."""
        found = [piece() for piece in work]
        return lambda: found

    def watch(
        self, path: str, *, query: Mapping[str, str] | None = None, timeout: float
    ) -> Iterator[dict[str, Any]]:
        """What is there now as ADDED, then what stands in `events`; waits for nothing."""
        asked = Request("GET", path, {**(query or {}), "watch": "1"}, None, "")
        self.requests.append(asked)
        self.on_request(asked)
        self._fail_if_told(asked)
        target = target_of("GET", path, watch=True)
        kind = _KINDS[f"{target.plural}.{target.group}" if target.group else target.plural]
        if "resourceVersion" not in asked.query:
            for obj in self._selected(kind, target, asked.query):
                yield {"type": "ADDED", "object": copy.deepcopy(obj)}
        while self.events:
            yield self.events.pop(0)

    def upgrade(self, path: str, query: Mapping[str, str], protocol: str) -> NoReturn:
        """See Cluster. No pod runs here that could be forwarded to."""
        asked = Request("GET", path, dict(query), None, "")
        self.requests.append(asked)
        self.on_request(asked)
        self._fail_if_told(asked)
        raise AssertionError("FakeCluster forwards no ports")

    def _fail_if_told(self, asked: Request) -> None:
        for failure in self._failures:
            matches = failure.method in ("", asked.method) and failure.path.search(asked.path)
            if matches and failure.left != 0:
                if failure.left is not None:
                    failure.left -= 1
                raise failure.error

    def _answer(self, asked: Request, target: Target, kind: Kind) -> Object:
        if asked.method == "GET" and not target.name:
            return self._page(kind, target, asked.query)
        key = (kind.name, target.namespace, target.name)
        if asked.method == "POST":
            key = (kind.name, target.namespace, asked.body["metadata"]["name"])
            self._need_namespace(target)
            if key in self.objects:
                message = f'{kind.resource} "{key[2]}" already exists'
                raise self._refusal(409, "AlreadyExists", message, target, name=key[2])
            return self._write(key, asked.body, asked)
        if asked.content_type == "application/apply-patch+yaml":
            self._need_namespace(target)
            return self._apply(key, asked, target)
        if key not in self.objects:
            message = f'{kind.resource} "{target.name}" not found'
            raise self._refusal(
                404, "NotFound", message, target, name=target.name, kind=kind.plural
            )
        if asked.method == "GET":
            return self.objects[key]
        if asked.method == "DELETE":
            return self._delete(key, asked)
        return self._change(key, asked, target)

    def _page(self, kind: Kind, target: Target, query: Mapping[str, str]) -> Object:
        found = self._selected(kind, target, query)
        start = int(query.get("continue") or 0)
        limit = int(query.get("limit") or 0) or len(found)
        page = found[start : start + limit]
        following = str(start + limit) if start + limit < len(found) else ""
        items = [{k: v for k, v in obj.items() if k not in ("kind", "apiVersion")} for obj in page]
        meta = {"resourceVersion": str(self._version), "continue": following}
        return {
            "apiVersion": kind.api_version,
            "kind": f"{kind.name}List",
            "metadata": meta,
            "items": items,
        }

    def _selected(self, kind: Kind, target: Target, query: Mapping[str, str]) -> list[Object]:
        return [
            obj
            for (name, namespace, _), obj in sorted(self.objects.items(), key=lambda pair: pair[0])
            if name == kind.name
            and target.namespace in ("", namespace)
            and _has_labels(obj, query.get("labelSelector", ""))
            and _has_fields(obj, query.get("fieldSelector", ""))
        ]

    def _change(self, key: Key, asked: Request, target: Target) -> Object:
        before = self.objects[key]
        if asked.method == "PUT":
            after = dict(asked.body)
        elif asked.content_type == "application/merge-patch+json":
            after = _merged(before, asked.body)
        else:
            raise AssertionError(f"FakeCluster knows no {asked.content_type}")
        version = (asked.body.get("metadata") or {}).get("resourceVersion")
        if version and version != before["metadata"]["resourceVersion"]:
            message = (
                f'Operation cannot be fulfilled on {target.resource} "{target.name}": '
                "the object has been modified; please apply your changes to the latest version"
            )
            raise self._refusal(409, "Conflict", message, target)
        if target.subresource == "status":
            after = {**before, "status": after.get("status")}
        elif "status" in before:
            after = {**after, "status": before["status"]}
        return self._write(key, after, asked)

    def _apply(self, key: Key, asked: Request, target: Target) -> Object:
        manager, force = asked.query["fieldManager"], asked.query.get("force") == "true"
        before = self.objects.get(key, {})
        owners = copy.deepcopy(self._owners.get(key, {}))
        wanted = dict(_leaves({k: v for k, v in asked.body.items() if k != "status"}))
        current = dict(_leaves(before))
        others = {
            path: sorted(owners[path] - {manager})
            for path, value in wanted.items()
            if path in current and current[path] != value and owners.get(path, set()) - {manager}
        }
        if others and not force:
            raise self._conflict(others, target)
        after = copy.deepcopy(before) or {
            "apiVersion": asked.body["apiVersion"],
            "kind": asked.body["kind"],
            "metadata": {"name": key[2], **({"namespace": key[1]} if key[1] else {})},
        }
        for path in [p for p, names in owners.items() if names == {manager} and p not in wanted]:
            _remove(after, path)
            del owners[path]
        for path, value in wanted.items():
            _set(after, path, value)
            owners[path] = {manager} if path in others else owners.get(path, set()) | {manager}
        return self._store(key, after, owners, dry_run="dryRun" in asked.query)

    def _write(self, key: Key, after: Object, asked: Request) -> Object:
        manager = asked.query.get("fieldManager", "unknown")
        owners = self._changed(key, after, manager)
        return self._store(key, after, owners, dry_run="dryRun" in asked.query)

    def _changed(self, key: Key, after: Object, manager: str) -> dict[Path, set[str]]:
        """Owners after a write that is no apply: what changed is the writer's alone."""
        before, owners = dict(_leaves(self.objects.get(key, {}))), self._owners.get(key, {})
        return {
            path: owners[path] if path in owners and before.get(path) == value else {manager}
            for path, value in _leaves(after)
        }

    def _store(
        self, key: Key, obj: Object, owners: dict[Path, set[str]], *, dry_run: bool = False
    ) -> Object:
        before = self.objects.get(key)
        meta, old = dict(obj["metadata"]), before["metadata"] if before else {}
        self._version += 1
        created = f"2026-01-01T00:{self._version // 60 % 60:02}:{self._version % 60:02}Z"
        for name, value in (("uid", f"uid-{self._version}"), ("creationTimestamp", created)):
            meta[name] = old.get(name) or meta.get(name) or value
        meta["resourceVersion"] = str(self._version)
        same = before is not None and before.get("spec") == obj.get("spec")
        meta["generation"] = old["generation"] if same else old.get("generation", 0) + 1
        if key[1]:
            meta["namespace"] = key[1]
        after = copy.deepcopy({**obj, "metadata": meta})
        if not dry_run:
            self.objects[key], self._owners[key] = after, owners
        return after

    def _delete(self, key: Key, asked: Request) -> Object:
        if not asked.query.get("dryRun"):
            del self.objects[key]
            self._owners.pop(key, None)
        return {"kind": "Status", "apiVersion": "v1", "status": "Success"}

    def _need_namespace(self, target: Target) -> None:
        name = target.namespace
        there = {"", "default"} | {namespace for _, namespace, _ in self.objects}
        if name not in there and ("Namespace", "", name) not in self.objects:
            message = f'namespaces "{name}" not found'
            raise self._refusal(404, "NotFound", message, target, name=name, kind="namespaces")

    def _conflict(self, others: Mapping[Path, list[str]], target: Target) -> ApiError:
        causes = [
            {
                "reason": "FieldManagerConflict",
                "message": f'conflict with "{manager}"',
                "field": "".join(f".{part}" for part in path),
            }
            for path, managers in others.items()
            for manager in managers
        ]
        message = f"Apply failed with {len(causes)} conflicts"
        return self._refusal(409, "Conflict", message, target, causes=causes)

    def _refusal(
        self, code: int, reason: str, message: str, target: Target, **details: object
    ) -> ApiError:
        status = {"kind": "Status", "reason": reason, "message": message, "details": details}
        session = Session(self.server, self.context, self.user)
        return refusal(code, json.dumps(status).encode(), target, session)


def _leaves(obj: Mapping[str, Any], prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The fields that somebody can own, with their values; lists count as one."""
    for name, value in obj.items():
        path = (*prefix, name)
        if path in (("kind",), ("apiVersion",), ("metadata", "name"), ("metadata", "namespace")):
            continue
        if prefix == ("metadata",) and name in _SERVER_SET:
            continue
        if isinstance(value, dict) and value:
            yield from _leaves(value, path)
        else:
            yield path, value


def _set(obj: Object, path: Path, value: Any) -> None:
    for name in path[:-1]:
        if not isinstance(obj.get(name), dict):
            obj[name] = {}
        obj = obj[name]
    obj[path[-1]] = copy.deepcopy(value)


def _remove(obj: Object, path: Path) -> None:
    for name in path[:-1]:
        obj = obj.get(name) or {}
    obj.pop(path[-1], None)


def _merged(before: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    after = dict(before) if isinstance(before, dict) else {}
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = _merged(after.get(name), value)
    return after


def _has_labels(obj: Object, selector: str) -> bool:
    labels = obj["metadata"].get("labels") or {}
    for term in filter(None, selector.split(",")):
        name, equals, value = term.replace("==", "=").partition("=")
        if name.endswith("!"):
            matches = labels.get(name[:-1]) != value
        elif equals:
            matches = labels.get(name) == value
        else:
            matches = (name.lstrip("!") in labels) != name.startswith("!")
        if not matches:
            return False
    return True


def _has_fields(obj: Object, selector: str) -> bool:
    for term in filter(None, selector.split(",")):
        path, _, value = term.replace("==", "=").partition("=")
        found: Any = obj
        for name in path.removesuffix("!").split("."):
            found = found.get(name, "") if isinstance(found, dict) else ""
        if (found == value) == path.endswith("!"):
            return False
    return True
