"""Reading: one object, lists with selectors and pages, watches; as objects or as Tables."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from msgspec import Struct, field

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.event_versions import to_served
from kubectl_ingress.lab.apiserver.requests import Call, Target
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.selectors import Selection, parse_selection
from kubectl_ingress.lab.apiserver.status import Refused, bad_request, not_found
from kubectl_ingress.lab.apiserver.store import Event, Expired, Store, Watch
from kubectl_ingress.lab.apiserver.tables import to_table

PAGES = 200
"""Continued lists that are remembered."""
BOOKMARK_SECONDS = 30.0
WATCH_SECONDS = 1800.0
_TABLE = re.compile(r";as=Table")


class _Page(Struct, frozen=True):
    """What is left of a list, as it was when it was asked for first."""

    revision: int
    left: list[Json]


class Reader(Struct):
    """Reads from the store. `clock` gives the time in UTC."""

    store: Store
    clock: Callable[[], datetime]
    _pages: OrderedDict[str, _Page] = field(default_factory=OrderedDict)

    def get(self, call: Call, target: Target) -> Json:
        """One object. Raises Refused."""
        resource = target.resource
        found = self.store.get(resource.storage, target.namespace, target.name)
        if found is None:
            raise not_found(resource.group, resource.plural, target.name)
        served = to_served(resource, found)
        return self._table(call, resource, [served], "") if is_table(call) else served

    def selected(self, call: Call, target: Target) -> list[Json]:
        """The objects of a collection that the request's selectors leave. Raises Refused."""
        selection = _selection(call, target.resource)
        items = self.store.list(target.resource.storage, target.namespace)
        return [item for item in items if selection.matches(item)]

    def page(self, call: Call, target: Target) -> Json:
        """A collection, or a page of it. Raises Refused: 410 for a page long forgotten."""
        resource = target.resource
        page = self._begun(call) or _Page(self.store.revision, self.selected(call, target))
        limit = int(call.query.get("limit") or 0)
        items = page.left[:limit] if limit else page.left
        left = page.left[len(items) :]
        meta: Json = {"resourceVersion": str(page.revision)}
        if left:
            meta["continue"] = self._remember(_Page(page.revision, left))
            if not (call.query.get("labelSelector") or call.query.get("fieldSelector")):
                meta["remainingItemCount"] = len(left)
        served = [to_served(resource, item) for item in items]
        if is_table(call):
            table = self._table(call, resource, served, str(page.revision))
            return table | {"metadata": meta}
        bare = [
            {key: value for key, value in item.items() if key not in ("kind", "apiVersion")}
            for item in served
        ]
        head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version}
        return head | {"metadata": meta, "items": bare}

    def watch(self, call: Call, target: Target) -> AsyncIterator[bytes]:
        """The changes from the asked resourceVersion on, a line of JSON each. Raises Refused."""
        return _Stream(self, call, target).lines()

    def open(self, target: Target, version: str) -> Watch:
        """A watch of the store. Raises Refused: 410 for a version long gone."""
        since = self.store.revision if version in ("", "0") else _revision(version)
        try:
            return self.store.watch(target.resource.storage, since)
        except Expired:
            message = f"too old resource version: {version} ({self.store.revision})"
            raise Refused(410, "Expired", message) from None

    def _begun(self, call: Call) -> _Page | None:
        token = call.query.get("continue")
        if not token:
            return None
        page = self._pages.get(token)
        if page is None:
            why = "The provided continue parameter is too old to display a consistent list result."
            raise Refused(410, "Expired", why)
        return page

    def _remember(self, page: _Page) -> str:
        state = {"v": "lab", "rv": page.revision, "left": len(page.left), "n": id(page.left)}
        token = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
        self._pages[token] = page
        while len(self._pages) > PAGES:
            self._pages.popitem(last=False)
        return token

    def _table(self, call: Call, resource: Resource, items: list[Json], version: str) -> Json:
        include = call.query.get("includeObject") or "Metadata"
        return to_table(resource, items, self.clock(), include)


class _Stream:
    """One watch request."""

    def __init__(self, reader: Reader, call: Call, target: Target) -> None:
        self._reader, self._call, self._target = reader, call, target
        self._selection = _selection(call, target.resource)
        version = call.query.get("resourceVersion", "")
        self._initial = call.flag("sendInitialEvents")
        self._from_now = version in ("", "0")
        self._watch = reader.open(target, "" if self._initial else version)
        self._seconds = float(call.query.get("timeoutSeconds") or WATCH_SECONDS)
        self._bookmarks = call.flag("allowWatchBookmarks")
        self._begun = False

    async def lines(self) -> AsyncIterator[bytes]:
        """See Reader.watch."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        try:
            if self._initial or self._from_now:
                for item in self._reader.selected(self._call, self._target):
                    yield self._line("ADDED", item)
            if self._initial:
                yield self._bookmark(initial=True)
            while (left := end - loop.time()) > 0:
                event = await self._watch.next(min(left, BOOKMARK_SECONDS))
                if event is not None:
                    if line := self._seen(event):
                        yield line
                elif self._bookmarks:
                    yield self._bookmark()
        finally:
            self._watch.close()

    def _seen(self, event: Event) -> bytes:
        """The change as this watcher sees it: what its selectors do not leave was never there."""
        matches = self._matches(event.item)
        did = event.before is not None and self._matches(event.before)
        if event.kind == "DELETED":
            return self._line("DELETED", event.item) if did else b""
        if matches:
            return self._line("MODIFIED" if did else "ADDED", event.item)
        return self._line("DELETED", event.item) if did else b""

    def _matches(self, item: Json) -> bool:
        namespace = item["metadata"].get("namespace", "")
        wanted = self._target.namespace
        named = self._target.name
        return (
            (not wanted or wanted == namespace)
            and (not named or named == item["metadata"]["name"])
            and self._selection.matches(item)
        )

    def _line(self, kind: str, item: Json) -> bytes:
        served = to_served(self._target.resource, item)
        if is_table(self._call):
            version = item["metadata"]["resourceVersion"]
            served = self._reader._table(self._call, self._target.resource, [served], version)
            if self._begun:
                served["columnDefinitions"] = None
            self._begun = True
        return _encode({"type": kind, "object": served})

    def _bookmark(self, initial: bool = False) -> bytes:
        resource = self._target.resource
        meta: Json = {"resourceVersion": str(self._reader.store.revision)}
        if initial:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        item = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
        return _encode({"type": "BOOKMARK", "object": item})


def is_table(call: Call) -> bool:
    """Whether the client prefers a Table."""
    return bool(_TABLE.search(call.accept.split(",")[0]))


def _selection(call: Call, resource: Resource) -> Selection:
    labels, fields = call.query.get("labelSelector", ""), call.query.get("fieldSelector", "")
    return parse_selection(resource, labels, fields)


def _revision(version: str) -> int:
    if not version.isdecimal():
        raise bad_request(f'Invalid value: "{version}": strconv.ParseUint: invalid syntax')
    return int(version)


def _encode(event: Json) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"
