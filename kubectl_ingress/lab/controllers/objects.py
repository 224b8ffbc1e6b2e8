"""All that a controller reads and writes: the caches, and requests whose answers they keep."""

from __future__ import annotations

from kubectl_ingress.lab.api import STRATEGIC, Api, ApiError, Json
from kubectl_ingress.lab.apiserver.resources import RESOURCES, resource_of
from kubectl_ingress.lab.controllers.cache import Cache
from kubectl_ingress.lab.events import Recorder
from kubectl_ingress.lab.metadata import is_deleting, key_of, uid_of

AGENT = "kube-controller-manager"


class Objects:
    """The cluster's objects, but for events. Requests raise ApiError.

    What a request answers is in the cache when it returns, so that nobody acts
    twice on what he has changed himself.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self._caches = {
            resource.plural: Cache(api, resource)
            for resource in RESOURCES
            if "watch" in resource.verbs and resource.kind != "Event"
        }

    def __getitem__(self, plural: str) -> Cache:
        return self._caches[plural]

    @property
    def caches(self) -> tuple[Cache, ...]:
        """All of them."""
        return tuple(self._caches.values())

    def recorder(self, component: str) -> Recorder:
        """Who writes the events of one controller."""
        return Recorder(self.api, component, AGENT)

    async def create(self, plural: str, namespace: str, body: Json) -> Json:
        """Create an object."""
        cache = self._caches[plural]
        kind = {"apiVersion": cache.resource.api_version, "kind": cache.resource.kind}
        made = await self.api.create(cache.resource.path(namespace), kind | body, AGENT)
        return cache.put(made)

    async def replace(self, item: Json, subresource: str = "") -> Json:
        """Replace an object as it is given, or only its ``status``."""
        path = self._path(item) + (f"/{subresource}" if subresource else "")
        try:
            return self._cache(item).put(await self.api.replace(path, item, AGENT))
        except ApiError as error:
            self._forget(item, error)
            raise

    async def patch(self, item: Json, body: Json, kind: str = STRATEGIC) -> Json:
        """Patch an object, only if it is this very one."""
        named = body | {"metadata": body.get("metadata", {}) | {"uid": uid_of(item)}}
        try:
            changed = await self.api.patch(self._path(item), named, kind, AGENT)
        except ApiError as error:
            self._forget(item, error)
            raise
        return self._cache(item).put(changed)

    async def delete(self, item: Json, policy: str = "") -> None:
        """Delete this very object, with the grace it asks for itself."""
        await self.api.delete(self._path(item), uid_of(item), None, policy)
        self._cache(item).mark_deleting(item)

    async def lives(self, item: Json) -> bool:
        """Whether the server still has this very object, and it is not being deleted."""
        found = await self.api.find(self._path(item))
        return found is not None and uid_of(found) == uid_of(item) and not is_deleting(found)

    def _cache(self, item: Json) -> Cache:
        return self._caches[resource_of(item).plural]

    def _path(self, item: Json) -> str:
        return resource_of(item).path(*key_of(item))

    def _forget(self, item: Json, error: ApiError) -> None:
        if error.status == 404:
            self._cache(item).drop(item)


def namespace_is_ending(error: ApiError) -> bool:
    """Whether something could not be created because its namespace is being deleted."""
    return error.status == 403 and "because it is being terminated" in error.text
