"""Server-side apply: merge a configuration into an object, and note who owns what.

structured-merge-diff's merge/update.go, and apimachinery's
pkg/util/managedfields/internal (fieldmanager.go, structuredmerge.go,
lastappliedmanager.go, lastappliedupdater.go, skipnonapplied.go, conflict.go).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import go_text
from kubectl_ingress.lab.apiserver.checked_fields import problems
from kubectl_ingress.lab.apiserver.field_sets import FieldSet, Path, in_order, text, without_below
from kubectl_ingress.lab.apiserver.managed_fields import (
    Identity,
    Owned,
    identity,
    known,
    losing,
    owners_of,
    put_owners,
    reset_fields,
    stripped,
    updated,
    without_reset,
)
from kubectl_ingress.lab.apiserver.schema import Type
from kubectl_ingress.lab.apiserver.status import Refused, bad_request
from kubectl_ingress.lab.apiserver.typed import (
    BadItem,
    compare,
    fields_of,
    is_equal,
    merge,
    remove,
    shown,
    with_parents,
)

# What kubectl writes when it applies by itself (client-side).
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
KUBECTL = "kubectl"
BEFORE_FIRST = "before-first-apply"

Owners = dict[Identity, Owned]
Conflicts = Mapping[Identity, FieldSet]


def apply(
    live: Json | None,
    applied: Json,
    *,
    manager: str,
    force: bool,
    type: Type,
    api_version: str,
    now: str,
    subresource: str = "",
) -> Json:
    """The object with the configuration applied and its owners noted.

    `applied` is the request's body as it came: what it says in nulls and zeros
    is owned too. `live` is the object as the server shows it. The result is to
    be decoded and defaulted as any body is; defaults it gets then belong to
    nobody. Raises Refused: 400, 409 with the conflicts, 500 for what is no
    object of this type.
    """
    _check(applied, type, api_version)
    applied = copy.deepcopy(applied)
    request = _Request(applied, type, api_version, now, subresource)
    me = identity(manager, "Apply", api_version, subresource)
    try:
        base, owners = _start(live, request)
        merged, left, conflicts = request.merged_into(base, owners, me)
    except BadItem as bad:
        # In the live object: a list with an item that cannot be told from others.
        raise Refused(500, "", f"failed to create typed live object: {bad}") from bad
    if conflicts and not force:
        told = _not_last_applied(conflicts, base, request) if manager == KUBECTL else conflicts
        if told:
            raise conflict_error(told)
    if conflicts:
        left = _robbed(left, conflicts)
    if manager == KUBECTL:
        _note_last_applied(merged, applied)
    put_owners(merged, left)
    return merged


def _check(applied: Json, type: Type, api_version: str) -> None:
    version, kind = (
        said if isinstance(said, str) else ""
        for said in (applied.get("apiVersion"), applied.get("kind"))
    )
    if (version, kind) != (api_version, type.name):
        raise bad_request(f"invalid object type: {_group_kind(version, kind)}")
    metadata = applied.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    if told := problems(applied, type):
        given = metadata if isinstance(metadata, dict) else {}
        who = f"{given.get('namespace') or ''}/{given.get('name') or ''}"
        message = f"failed to create typed patch object ({who}; {_group_kind(version, kind)}): "
        raise Refused(500, "", message + told)


def _group_kind(api_version: str, kind: str) -> str:
    return f"{api_version if '/' in api_version else '/' + api_version}, Kind={kind}"


class _Request(Struct, frozen=True):
    """One application of a configuration."""

    applied: Json
    type: Type
    api_version: str
    now: str
    subresource: str

    def merged_into(
        self, base: Json, owners: Owners, me: Identity
    ) -> tuple[Json, Owners, Conflicts]:
        """The merged object, who owns it (the conflicts not yet settled), and the conflicts."""
        last = owners.get(me)
        mine = fields_of(self.applied, self.type)
        mine = without_below(mine, reset_fields(self.applied, self.subresource))
        owners = owners | {me: Owned(mine, self.api_version, last.time if last else None)}
        merged = merge(base, self.applied, self.type)
        if last is not None and last.fields:
            everybodys = frozenset[Path]().union(*(owned.fields for owned in owners.values()))
            merged = _pruned(merged, last.fields, everybodys, self.type)
        change = without_reset(compare(base, merged, self.type), self.applied, self.subresource)
        written = change.added | change.modified
        others = {who: owned for who, owned in owners.items() if who != me}
        conflicts = {who: owned.fields & written for who, owned in others.items()}
        left = losing(others, change.removed)
        if mine := stripped(mine):
            time = owners[me].time if is_equal(base, merged) else self.now
            left[me] = Owned(mine, self.api_version, time)
        merged["metadata"] = merged.get("metadata") or {}
        return merged, left, {who: each for who, each in conflicts.items() if each}


def _start(live: Json | None, request: _Request) -> tuple[Json, Owners]:
    """What is applied to: the object as Go shows it, without its owners, and these."""
    if live is None:
        return shown({}, request.type), {}
    base = shown(live, request.type)
    base["metadata"].pop("managedFields", None)
    owners = owners_of(live)
    if owners:
        return base, known(owners, request.api_version)
    who = identity(BEFORE_FIRST, "Update", request.api_version, request.subresource)
    change = compare(shown({}, request.type), base, request.type)
    change = without_reset(change, base, request.subresource)
    return base, updated({}, change, who, request.api_version, request.now)


def _pruned(merged: Json, last: FieldSet, everybodys: FieldSet, type: Type) -> Json:
    """The object without what its applier no longer says, unless somebody owns it."""
    last, everybodys = with_parents(last, type), with_parents(everybodys, type)
    all_fields = with_parents(fields_of(merged, type), type)
    # Removing an item takes along what others own in it: so put that back ...
    thinned = remove(merged, last, type)
    left = with_parents(fields_of(thinned, type), type)
    thinned = remove(merged, all_fields - left - everybodys, type)
    # ... and then what was nobody's and went with it.
    left = with_parents(fields_of(thinned, type), type)
    found: Json = remove(merged, (all_fields - left) & last, type)
    return found


def _robbed(owners: Owners, conflicts: Conflicts) -> Owners:
    found = dict(owners)
    for who, fields in conflicts.items():
        if who in found:
            left = found[who].fields - fields
            found[who] = replace(found[who], fields=left)
    return {who: owned for who, owned in found.items() if owned.fields}


def _not_last_applied(conflicts: Conflicts, base: Json, request: _Request) -> Conflicts:
    """The conflicts that are not with what kubectl itself applied client-side before."""
    try:
        last = json.loads(base["metadata"]["annotations"][LAST_APPLIED])
        if last["apiVersion"] != request.api_version or problems(last, request.type):
            return conflicts
    except (KeyError, TypeError, ValueError):
        return conflicts
    change = compare(last, base, request.type)
    same = fields_of(last, request.type) - change.modified - change.added - change.removed
    left = {who: fields - same for who, fields in conflicts.items()}
    return {who: fields for who, fields in left.items() if fields}


def _note_last_applied(merged: Json, applied: Json) -> None:
    """Keep the annotation of client-side apply true, where there is one."""
    annotations = merged["metadata"].get("annotations") or {}
    if not annotations.get(LAST_APPLIED):
        return
    noted = copy.deepcopy(applied)
    given = noted.get("metadata") or {}
    if given.get("annotations"):
        given["annotations"].pop(LAST_APPLIED, None)
    annotations[LAST_APPLIED] = go_text.encoded(noted) + "\n"


def conflict_error(conflicts: Conflicts) -> Refused:
    """409: others own these fields and have said otherwise."""
    told = [
        (who, text(path))
        for who in sorted(conflicts, key=lambda each: each.order)
        for path in in_order(conflicts[who])
    ]
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {who.text}",
            "field": field,
        }
        for who, field in told
    ]
    if len(told) == 1:
        ((who, field),) = told
        said = f"1 conflict: conflict with {who.text}: {field}"
    else:
        lines = []
        for who in dict.fromkeys(who for who, _ in told):
            lines.append(f"conflicts with {who.text}:")
            lines += [f"- {field}" for each, field in told if each == who]
        said = f"{len(told)} conflicts: " + "\n".join(lines)
    return Refused(409, "Conflict", f"Apply failed with {said}", {"causes": causes})
