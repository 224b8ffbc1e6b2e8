"""Creating, replacing and patching objects: what happens between the request and the store.

The order is the real server's: decode, default, prepare, admit, validate,
note who owns which field, keep.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

from kubectl_ingress.lab.api import MERGE, STRATEGIC, Json
from kubectl_ingress.lab.apiserver import admission, decoding, managed_fields, schema, validation
from kubectl_ingress.lab.apiserver.apply import apply
from kubectl_ingress.lab.apiserver.defaults import set_defaults
from kubectl_ingress.lab.apiserver.event_versions import to_served, to_stored
from kubectl_ingress.lab.apiserver.namespaces import check_namespace
from kubectl_ingress.lab.apiserver.patches import json_patch, merge_patch, strategic_merge
from kubectl_ingress.lab.apiserver.requests import APPLY, JSON_PATCH, Call, Target
from kubectl_ingress.lab.apiserver.resources import BY_KIND, Resource
from kubectl_ingress.lab.apiserver.status import (
    MODIFIED,
    Cause,
    Refused,
    already_exists,
    bad_request,
    conflict,
    invalid,
    not_found,
)
from kubectl_ingress.lab.apiserver.store import Store
from kubectl_ingress.lab.apiserver.strategy import (
    prepare_create,
    prepare_status,
    prepare_update,
)
from kubectl_ingress.lab.apiserver.strategy_services import FromStored
from kubectl_ingress.lab.apiserver.strategy_warnings import warnings_of
from kubectl_ingress.lab.times import written

_RETRIES = 5
_OPTIONS = {
    "POST": "CreateOptions",
    "PUT": "UpdateOptions",
    "PATCH": "PatchOptions",
    "DELETE": "DeleteOptions",
}
_SERVICES = ("", "services")


class Answer(Struct):
    """What a request is answered with: JSON, or text."""

    body: Json | str
    code: int = 200
    warnings: list[str] = field(default_factory=list)


class Writer(Struct, frozen=True):
    """Writes to the store. `clock` gives the time in UTC."""

    store: Store
    webhooks: admission.Webhooks
    clock: Callable[[], datetime]

    def allocate(self) -> FromStored:
        """Addresses and ports for one request."""
        return FromStored(lambda: self.store.list(_SERVICES))

    def now(self) -> str:
        """The time as the API writes it."""
        return written(self.clock())

    async def create(self, call: Call, target: Target) -> Answer:
        """POST to a collection. Raises Refused."""
        answer = Answer({}, 201)
        given = decode(call, target.resource, call.object(), answer)
        return await self.add(call, target, given, answer)

    async def add(
        self, call: Call, target: Target, new: Json, answer: Answer, applied: bool = False
    ) -> Answer:
        """Keep a decoded object that is new. `applied`: its managedFields are right already."""
        resource = target.resource
        _place(target, new)
        asked = new["metadata"]
        called = asked.get("name") or asked.get("generateName", "")
        check_namespace(self.store, resource, target.namespace, called)
        set_defaults(resource, new)
        if not applied:
            self._track(call, target, None, new)
        prepare_create(resource, new, self.allocate(), self.store)
        meta = new["metadata"]
        validation.check_create(resource, new)
        answer.warnings += warnings_of(resource, new)
        answer.warnings += await self.review(call, target, "CREATE", new, None)
        namespace, name = meta.get("namespace", ""), meta["name"]
        if self.store.get(resource.storage, namespace, name) is not None:
            raise already_exists(resource.group, resource.plural, name)
        kept = to_stored(resource, new)
        kept = kept if call.dry_run else self.store.put(resource.storage, kept)
        answer.body = to_served(resource, kept)
        return answer

    async def update(self, call: Call, target: Target) -> Answer:
        """PUT an object or its status. Raises Refused."""
        answer = Answer({})
        old = self.existing(target)
        new = decode(call, target.resource, call.object(), answer)
        _check_same(target, old, new)
        return await self.change(call, target, old, new, answer)

    async def patch(self, call: Call, target: Target) -> Answer:
        """PATCH an object or its status, again when somebody else was faster. Raises Refused."""
        for last in (*[False] * _RETRIES, True):
            try:
                if call.content_type == APPLY:
                    return await self._apply(call, target)
                return await self._patch(call, target)
            except Refused as refused:
                given = call.body.get("metadata") if isinstance(call.body, dict) else None
                insists = isinstance(given, dict) and given.get("resourceVersion")
                if last or insists or refused.reason != "Conflict" or MODIFIED not in str(refused):
                    raise
        raise AssertionError("unreachable")

    async def _patch(self, call: Call, target: Target) -> Answer:
        answer, shape = Answer({}), schema.type_of(target.resource)
        old = self.existing(target)
        patched = patch_of(call, old, shape)
        strategic = call.object() if call.content_type == STRATEGIC else None
        decoded = decoding.decode_patched(shape, patched, strategic)
        note_unknown(call, decoded, answer)
        keep_reset(patched, decoded.obj)
        _check_same(target, old, decoded.obj)
        return await self.change(call, target, old, decoded.obj, answer)

    async def _apply(self, call: Call, target: Target) -> Answer:
        resource, answer = target.resource, Answer({})
        if not call.query.get("fieldManager"):
            why = "Required value: is required for apply patch"
            cause = Cause("fieldManager", "FieldValueRequired", why)
            raise invalid("meta.k8s.io", "PatchOptions", "", [cause])
        old = self.store.get(resource.storage, target.namespace, target.name)
        shape = schema.type_of(resource)
        merged = apply(
            old,
            call.object(),
            manager=call.manager,
            force=call.flag("force"),
            type=shape,
            api_version=resource.api_version,
            now=self.now(),
            subresource=target.subresource,
        )
        new = decoding.prune(shape, merged)
        if old is None:
            answer.code = 201
            return await self.add(call, target, new, answer, applied=True)
        _check_same(target, old, new)
        return await self.change(call, target, old, new, answer, applied=True)

    def existing(self, target: Target) -> Json:
        """The object that is meant. Raises Refused where there is none."""
        resource = target.resource
        found = self.store.get(resource.storage, target.namespace, target.name)
        if found is None:
            raise not_found(resource.group, resource.plural, target.name)
        return found

    async def change(
        self,
        call: Call,
        target: Target,
        old: Json,
        new: Json,
        answer: Answer,
        applied: bool = False,
    ) -> Answer:
        """Put a decoded object in the place of the one there is."""
        resource = target.resource
        set_defaults(resource, new)
        if not applied:
            self._track(call, target, old, new)
        if target.subresource == "status":
            prepare_status(resource, old, new)
        else:
            prepare_update(resource, old, new, self.allocate())
        validation.check_update(resource, old, new)
        if target.subresource != "status":
            answer.warnings += warnings_of(resource, new, old)
        answer.warnings += await self.review(call, target, "UPDATE", new, old)
        answer.body = self.commit(target, old, new, dry_run=call.dry_run)
        return answer

    def commit(self, target: Target, old: Json, new: Json, *, dry_run: bool = False) -> Json:
        """Keep the changed object, or remove it when it was to be deleted and nothing holds it."""
        resource = target.resource
        if self.store.get(resource.storage, target.namespace, target.name) is not old:
            raise conflict(resource.group, resource.plural, target.name, MODIFIED)
        if is_same(old, new):
            return old
        if dry_run:
            return new
        if is_released(resource, new):
            return self.store.remove(resource.storage, new)
        return self.store.put(resource.storage, new)

    def _track(self, call: Call, target: Target, old: Json | None, new: Json) -> None:
        managed_fields.track(
            old,
            new,
            manager=call.manager,
            type=schema.type_of(target.resource),
            api_version=target.resource.api_version,
            now=self.now(),
            subresource=target.subresource,
        )

    async def review(
        self, call: Call, target: Target, operation: str, new: Json | None, old: Json | None
    ) -> list[str]:
        """Ask the webhooks; what they warn of. Raises Refused.

        Those of scale and binding are not asked, though the real server does.
        """
        review = admission.Review(
            operation=operation,
            resource=target.resource,
            namespace=target.namespace,
            name=target.name or (new or {}).get("metadata", {}).get("name", ""),
            obj=new,
            old=old,
            user=call.user,
            dry_run=call.dry_run,
            subresource=target.subresource,
            options={"kind": _OPTIONS[call.method], "apiVersion": "meta.k8s.io/v1"},
        )
        return list(await self.webhooks.review(review))


def decode(call: Call, resource: Resource, given: Json, answer: Answer) -> Json:
    """The object as this server knows it: checked, and without what it does not know."""
    head = {"kind": resource.kind, "apiVersion": resource.api_version}
    said = {key: given.get(key) or value for key, value in head.items()}
    if said != head:
        raise _other_kind(said, resource)
    decoded = decoding.decode(schema.type_of(resource), given)
    note_unknown(call, decoded, answer)
    keep_reset(given, decoded.obj)
    return head | {key: value for key, value in decoded.obj.items() if key not in head}


def keep_reset(given: Json, decoded: Json) -> None:
    """An empty list of managedFields says something, though Go reads it as none."""
    meta = given.get("metadata")
    if isinstance(meta, dict) and meta.get("managedFields") == []:
        decoded.setdefault("metadata", {})["managedFields"] = [{}]


def note_unknown(call: Call, decoded: decoding.Decoded, answer: Answer) -> None:
    """Refuse unknown fields, or warn of them, as the request wants it."""
    mode = call.query.get("fieldValidation") or "Warn"
    if mode not in ("Strict", "Warn", "Ignore"):
        options = _OPTIONS.get(call.method, "")
        values = 'supported values: "", "Ignore", "Strict", "Warn"'
        why = f'Unsupported value: "{mode}": {values}'
        cause = Cause("fieldValidation", "FieldValueNotSupported", why)
        raise invalid("meta.k8s.io", options, "", [cause])
    if decoded.unknown and mode == "Strict":
        raise decoded.strict_error()
    if mode == "Warn":
        answer.warnings += decoded.unknown


def patch_of(call: Call, old: Json, shape: schema.Type) -> Json:
    """The object with the request's patch applied. Raises Refused."""
    if call.content_type == JSON_PATCH:
        return json_patch(old, call.body)
    if call.content_type == MERGE:
        return merge_patch(old, call.body)
    if call.content_type == STRATEGIC:
        return strategic_merge(old, call.body, shape)
    raise Refused(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        f"{JSON_PATCH}, {MERGE}, {STRATEGIC}, {APPLY}",
    )


def is_same(old: Json, new: Json) -> bool:
    """Whether a write would change nothing but the time at which fields were last owned."""
    version = {"resourceVersion": old["metadata"]["resourceVersion"]}
    new = new | {"metadata": new["metadata"] | version}
    return managed_fields.with_old_times(old, new) == old


def is_released(resource: Resource, item: Json) -> bool:
    """Whether an object that is being deleted can go: no finalizer holds it, no grace is left."""
    meta = item["metadata"]
    held = meta.get("finalizers") or (
        resource.kind == "Namespace" and item.get("spec", {}).get("finalizers")
    )
    graceful = resource.kind == "Pod" and meta.get("deletionGracePeriodSeconds")
    return "deletionTimestamp" in meta and not held and not graceful


def _place(target: Target, item: Json) -> None:
    meta = item.setdefault("metadata", {})
    if not target.resource.namespaced:
        meta.pop("namespace", None)
    elif meta.setdefault("namespace", target.namespace) != target.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if target.name and meta.setdefault("name", target.name) != target.name:
        raise _other_name(target, meta["name"])


def _check_same(target: Target, old: Json, new: Json) -> None:
    """That the writer means the object there is, as it is."""
    resource, meta, before = target.resource, new.setdefault("metadata", {}), old["metadata"]
    if resource.namespaced:
        meta.setdefault("namespace", target.namespace)
    if meta.get("name", "") != target.name:
        raise _other_name(target, meta.get("name", ""))
    uid = meta.get("uid") or before["uid"]
    if uid != before["uid"]:
        why = (
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {before['uid']}"
        )
        raise conflict(resource.group, resource.plural, target.name, why)
    version = meta.get("resourceVersion") or before["resourceVersion"]
    if version != before["resourceVersion"]:
        raise conflict(resource.group, resource.plural, target.name, MODIFIED)


def _other_name(target: Target, name: str) -> Refused:
    if not name:
        why = "was undeterminable: name must be provided"
        return bad_request(f"the name of the object ({target.name} based on URL) {why}")
    return bad_request(
        f"the name of the object ({name}) does not match the name on the URL ({target.name})"
    )


def _other_kind(said: Json, resource: Resource) -> Refused:
    version, kind = said["apiVersion"], said["kind"]
    meant = f'{kind} in version "{version.rpartition("/")[2]}" cannot be handled as a '
    group, _, number = version.rpartition("/")
    if (group, kind) not in BY_KIND or BY_KIND[group, kind].version != number:
        why = f'no kind "{kind}" is registered for version "{version}" in scheme'
        return bad_request(f'{meant}{resource.kind}: {why} "pkg/runtime/scheme.go:111"')
    inner = f"{resource.group.partition('.')[0] or 'core'}.{resource.kind}"
    why = f"converting (v1.{kind}) to ({inner}): unknown conversion"
    return bad_request(f"{meant}{resource.kind}: {why}")
