"""Who owns what: adopting objects that a selector fits, letting go of those it no longer fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.apiserver.selectors import selector_of
from kubectl_ingress.lab.controllers.cache import Cache
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import (
    Key,
    controller_of,
    is_controlled_by,
    is_deleting,
    key_of,
    labels_of,
    reference_to,
    uid_of,
)


async def claim(
    objects: Objects, owner: Json, candidates: Iterable[Json], finalizers: Sequence[str] = ()
) -> list[Json]:
    """Those of the candidates, all in one namespace, that the owner manages from now on.

    `finalizers` are put on what is adopted. Raises ApiError.
    """
    claimed = []
    for item in candidates:
        fits = selects(owner["spec"].get("selector"), labels_of(item))
        if controller_of(item) is None:
            if fits and not is_deleting(item) and not is_deleting(owner):
                claimed += await _adopt(objects, owner, item, finalizers)
        elif is_controlled_by(item, owner):
            if fits:
                claimed.append(item)
            elif not is_deleting(owner):
                await _release(objects, owner, item)
    return claimed


def keys_to_wake(owners: Cache, old: Json | None, new: Json | None) -> set[Key]:
    """The owners that have to look, now that one of their dependents has changed so."""
    keys = set()
    for item in (old, new):
        reference = None if item is None else controller_of(item)
        if item is not None and reference is not None:
            found = owners.resolve(key_of(item)[0], reference)
            keys |= set() if found is None else {key_of(found)}
    if new is not None and controller_of(new) is None:
        namespace, labels = key_of(new)[0], labels_of(new)
        keys |= {
            key_of(owner)
            for owner in owners.inside(namespace)
            if selects(owner["spec"].get("selector"), labels)
        }
    return keys


def wake_owners(queue: Queue[Key], owners: Cache, dependents: Cache) -> None:
    """Queue an owner from now on when it changes, and when its dependents do."""

    def owner_changed(_: Json | None, new: Json | None) -> None:
        if new is not None:
            queue.add(key_of(new))

    def dependent_changed(old: Json | None, new: Json | None) -> None:
        for key in keys_to_wake(owners, old, new):
            queue.add(key)

    owners.subscribe(owner_changed)
    dependents.subscribe(dependent_changed)


def selects(selector: Json | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector fits; one without any requirement fits nothing here.

    The API takes an empty selector for everything, and controllers refuse to act on it.
    """
    found = selector_of(selector)
    return bool(found.requirements) and found.matches(labels)


async def _adopt(
    objects: Objects, owner: Json, item: Json, finalizers: Sequence[str]
) -> list[Json]:
    # The cache may not know yet that the owner is being deleted.
    if not await objects.lives(owner):
        return []
    metadata: Json = {"ownerReferences": [reference_to(owner)]}
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    try:
        return [await objects.patch(item, {"metadata": metadata})]
    except ApiError as error:
        if error.status == 404:
            return []
        raise


async def _release(objects: Objects, owner: Json, item: Json) -> None:
    gone = [{"$patch": "delete", "uid": uid_of(owner)}]
    try:
        await objects.patch(item, {"metadata": {"ownerReferences": gone}})
    except ApiError as error:
        # 422: it is another object by now, or has no owner any more.
        if error.status not in (404, 422):
            raise
