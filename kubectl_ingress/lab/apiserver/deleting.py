"""Deleting: with grace, with finalizers, with what an object owns.

https://kubernetes.io/docs/concepts/architecture/garbage-collection/ and
https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
"""

from __future__ import annotations

from datetime import timedelta

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.namespaces import PROTECTED
from kubectl_ingress.lab.apiserver.requests import Call, Target
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.status import Refused, conflict
from kubectl_ingress.lab.apiserver.writing import Answer, Writer, is_released
from kubectl_ingress.lab.times import written

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_FINALIZER = {"Foreground": FOREGROUND, "Orphan": ORPHAN}


async def delete(writer: Writer, call: Call, target: Target) -> Answer:
    """DELETE one object. Raises Refused."""
    warnings = await writer.review(call, target, "DELETE", None, writer.existing(target))
    # Others may have written while a webhook was asked.
    old = writer.existing(target)
    resource, options = target.resource, call.options
    _check_preconditions(resource, old, options.get("preconditions") or {})
    if resource.kind == "Namespace" and target.name in PROTECTED:
        why = "this namespace may not be deleted"
        raise Refused(403, "Forbidden", f'namespaces "{target.name}" is forbidden: {why}')
    new = _marked(writer, call, resource, old)
    if is_released(resource, new):
        if not call.dry_run:
            writer.store.remove(resource.storage, new)
        return Answer(_done(resource, old), warnings=warnings)
    kept = writer.commit(target, old, new, dry_run=call.dry_run)
    return Answer(kept, warnings=warnings)


async def delete_all(writer: Writer, call: Call, target: Target, items: list[Json]) -> None:
    """DELETE a collection, or what its selectors leave of it."""
    for item in items:
        meta = item["metadata"]
        await delete(writer, call, Target(target.resource, meta.get("namespace", ""), meta["name"]))


def _marked(writer: Writer, call: Call, resource: Resource, old: Json) -> Json:
    """The object as one that is to go: with the time, the grace and who has to act first."""
    meta = dict(old["metadata"])
    grace = _grace(call, resource, old)
    earlier = meta.get("deletionGracePeriodSeconds")
    if "deletionTimestamp" not in meta or (earlier is not None and grace < earlier):
        end = writer.clock() + timedelta(seconds=grace)
        meta["deletionTimestamp"] = written(end)
        if resource.kind != "Namespace":
            meta["deletionGracePeriodSeconds"] = grace
        if "generation" in meta and "deletionTimestamp" not in old["metadata"]:
            meta["generation"] += 1
    finalizers = _finalizers(call, resource, meta)
    meta.pop("finalizers", None)
    if finalizers:
        meta["finalizers"] = finalizers
    new = old | {"metadata": meta}
    if resource.kind == "Namespace":
        new["status"] = old.get("status", {}) | {"phase": "Terminating"}
    return new


def _grace(call: Call, resource: Resource, old: Json) -> int:
    """Seconds that the object's programs have to end."""
    if resource.kind != "Pod":
        return 0
    spec, phase = old["spec"], old.get("status", {}).get("phase")
    if not spec.get("nodeName") or phase in ("Succeeded", "Failed"):
        return 0
    asked = call.options.get("gracePeriodSeconds")
    if asked is None and call.query.get("gracePeriodSeconds", "").isdecimal():
        asked = int(call.query["gracePeriodSeconds"])
    return int(spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked)


def _finalizers(call: Call, resource: Resource, meta: Json) -> list[str]:
    """Those of the object, with the garbage collector's as the request wants it."""
    policy = call.options.get("propagationPolicy") or call.query.get("propagationPolicy")
    if policy is None and call.options.get("orphanDependents") is not None:
        policy = "Orphan" if call.options["orphanDependents"] else "Background"
    found: list[str] = meta.get("finalizers", [])
    if policy is None:
        if FOREGROUND in found or ORPHAN in found:
            return found
        # Jobs are older than the garbage collector; their default has stayed.
        policy = "Orphan" if resource.kind == "Job" else "Background"
    others = [finalizer for finalizer in found if finalizer not in (FOREGROUND, ORPHAN)]
    return others + ([_FINALIZER[policy]] if policy in _FINALIZER else [])


def _check_preconditions(resource: Resource, old: Json, wanted: Json) -> None:
    meta = old["metadata"]
    for key, title in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        if wanted.get(key) and wanted[key] != meta[key]:
            why = (
                f"Precondition failed: {title} in precondition: {wanted[key]}, "
                f"{title} in object meta: {meta[key]}"
            )
            raise conflict(resource.group, resource.plural, meta["name"], why)


def _done(resource: Resource, old: Json) -> Json:
    meta = old["metadata"]
    details = {"name": meta["name"], "group": resource.group, "kind": resource.plural}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value} | {"uid": meta["uid"]},
    }
