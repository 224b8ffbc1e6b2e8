"""metadata.managedFields: who owns which field, after an update.

Kubernetes' own: apimachinery's pkg/util/managedfields/internal (managedfields.go,
managedfieldsupdater.go, capmanagers.go, stripmeta.go, skipnonapplied.go) and
structured-merge-diff's merge/update.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.field_sets import FieldSet, named, parse, without_below, write
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.schema import Type
from kubectl_ingress.lab.apiserver.typed import BadItem, Comparison, compare, shown

MOST_UPDATERS = 10
_OLD_UPDATERS = "ancient-changes"
_EVENTS = {"v1", "events.k8s.io/v1"}


class Identity(Struct, frozen=True):
    """Whose entry it is: one for each kind of operation; an applier has one for all versions."""

    manager: str
    operation: str
    api_version: str
    subresource: str = ""

    @property
    def order(self) -> str:
        """What the real server sorts by where it sorts identities: their JSON."""
        parts = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "subresource": self.subresource,
        }
        return json.dumps({key: value for key, value in parts.items() if value})

    @property
    def text(self) -> str:
        """As conflicts name it: ``"kubectl" with subresource "scale" using apps/v1``."""
        said = quoted(self.manager)
        if self.subresource:
            said += f" with subresource {quoted(self.subresource)}"
        return f"{said} using {self.api_version}" if self.operation == "Update" else said


class Owned(Struct, frozen=True):
    """What one of them owns, in which version, since when."""

    fields: FieldSet
    api_version: str
    time: str | None


Owners = Mapping[Identity, Owned]


def identity(manager: str, operation: str, api_version: str, subresource: str) -> Identity:
    """The identity of a request's manager."""
    version = "" if operation == "Apply" else api_version
    return Identity(manager or "unknown", operation, version, subresource)


def owners_of(obj: Json) -> dict[Identity, Owned]:
    """What an object says about its owners. Raises ValueError."""
    return _decoded((obj.get("metadata") or {}).get("managedFields") or [])


def _decoded(entries: Iterable[Json]) -> dict[Identity, Owned]:
    found = {}
    for entry in entries:
        operation, version = entry.get("operation"), entry.get("apiVersion")
        if operation not in ("Apply", "Update"):
            raise ValueError("operation must be `Apply` or `Update`")
        if not version or entry.get("fieldsType") != "FieldsV1":
            raise ValueError("no apiVersion, or no fieldsType FieldsV1")
        who = identity("", operation, version, entry.get("subresource", ""))
        who = replace(who, manager=entry.get("manager", ""))
        found[who] = Owned(parse(entry.get("fieldsV1") or {}), version, entry.get("time"))
    return found


def put_owners(obj: Json, owners: Owners) -> None:
    """Write the owners into the object, in the real server's order."""
    entries = sorted(map(_entry, owners.items()), key=_entry_order)
    metadata = obj.setdefault("metadata", {})
    metadata.pop("managedFields", None)
    if entries:
        metadata["managedFields"] = entries


def _entry(item: tuple[Identity, Owned]) -> Json:
    who, owned = item
    found = {
        "manager": who.manager,
        "operation": who.operation,
        "apiVersion": owned.api_version,
        "time": owned.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": write(owned.fields),
        "subresource": who.subresource,
    }
    return {key: value for key, value in found.items() if value or key == "fieldsV1"}


def _entry_order(entry: Json) -> tuple[str, ...]:
    # RFC 3339 in UTC sorts as text; an entry without a time comes first.
    keys = ("operation", "time", "manager", "apiVersion", "subresource")
    return tuple(entry.get(key, "") for key in keys)


def track(
    before: Json | None,
    after: Json,
    *,
    manager: str,
    type: Type,
    api_version: str,
    now: str,
    subresource: str = "",
) -> None:
    """Note on `after` who owns what, when a manager created, replaced or patched an object.

    Call it on the defaulted object, before the strategy fills in anything else
    (clusterIP, status): defaults belong to who created the object, the rest to
    nobody. A client that wrote managedFields itself is believed if it wrote
    them well; ``[]`` and ``[{}]`` forget all owners.
    """
    owners = _given_owners(before, after, subresource)
    after["metadata"].pop("managedFields", None)
    # An object that has lost its owners gets new ones by its first apply only.
    if owners or not (before or {}).get("metadata", {}).get("uid"):
        try:
            change = _change(before, after, type)
        except BadItem:
            # What cannot be told apart is kept all the same, by nobody in particular.
            put_owners(after, _readable_owners(before))
            return
        change = without_reset(change, after, subresource)
        who = identity(manager, "Update", api_version, subresource)
        owners = updated(owners, change, who, api_version, now)
    put_owners(after, owners)


def _change(before: Json | None, after: Json, type: Type) -> Comparison:
    start = shown({}, type) if before is None else _content(before, type)
    return compare(start, _content(after, type), type)


def _content(obj: Json, type: Type) -> Json:
    metadata = {key: each for key, each in obj["metadata"].items() if key != "managedFields"}
    return shown(obj | {"metadata": metadata}, type)


def _given_owners(before: Json | None, after: Json, subresource: str) -> Owners:
    given = after["metadata"].get("managedFields")
    if not subresource:
        if given == [] or (given and len(given) == 1 and not any((given[0] or {}).values())):
            return {}
        try:
            if given and (owners := _decoded(given)):
                return owners
        except ValueError:
            # What cannot be read is as if it had not been said.
            pass
    return _readable_owners(before)


def _readable_owners(before: Json | None) -> Owners:
    try:
        return owners_of(before or {})
    except ValueError:
        return {}


def updated(
    owners: Owners, change: Comparison, who: Identity, api_version: str, now: str
) -> dict[Identity, Owned]:
    """The owners after an update: whoever changed a field owns it, and alone."""
    found = losing(known(owners, api_version), change.added | change.modified | change.removed)
    mine = stripped(change.added | change.modified)
    if mine:
        if (before := found.get(who)) is not None:
            mine |= before.fields
        # A time that would be said of replicas alone is not kept (scalehandler.go).
        time = None if who.subresource == "scale" else now
        found[who] = Owned(mine, api_version, time)
    return _capped(found)


def losing(owners: Owners, fields: FieldSet) -> dict[Identity, Owned]:
    """The owners without these fields; who has none left is gone."""
    left = {who: replace(owned, fields=owned.fields - fields) for who, owned in owners.items()}
    return {who: owned for who, owned in left.items() if owned.fields}


def known(owners: Owners, api_version: str) -> dict[Identity, Owned]:
    """Those who know the object in a version that there is: of each kind of the lab one.

    Events have two, of which the lab keeps the fields of one.
    """
    alike = _EVENTS if api_version in _EVENTS else {api_version}
    return {who: owned for who, owned in owners.items() if owned.api_version in alike}


def _capped(owners: dict[Identity, Owned]) -> dict[Identity, Owned]:
    """At most ten updaters: the oldest become one."""
    updaters = [who for who in owners if who.operation == "Update"]
    too_many = len(updaters) - MOST_UPDATERS
    if too_many <= 0:
        return owners
    updaters.sort(key=lambda who: (owners[who].time or "", who.order))
    first, *others = updaters[: too_many + 1]
    version = owners[first].api_version
    bucket = Identity(_OLD_UPDATERS, "Update", version)
    fields, found = owners[first].fields, dict(owners)
    del found[first]
    for who in others:
        fields |= found.pop(who).fields
    found[bucket] = Owned(fields, version, owners[others[-1]].time)
    return found


# What nobody is said to own (stripmeta.go).
_NOBODYS: FieldSet = frozenset(
    {(named("apiVersion"),), (named("kind"),), (named("metadata"),)}
    | {
        (named("metadata"), named(name))
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    }
)


def stripped(fields: FieldSet) -> FieldSet:
    """The fields that can be owned."""
    return fields - _NOBODYS


def _paths(*dotted: str) -> FieldSet:
    return frozenset(tuple(map(named, each.split("."))) for each in dotted)


# What a write to an object, or to its status, cannot change: each kind's strategy.go.
_WITH_STATUS = frozenset(
    {
        "DaemonSet",
        "Deployment",
        "Ingress",
        "Job",
        "Namespace",
        "Node",
        "Pod",
        "ReplicaSet",
        "Service",
    }
)
_ALSO_RESET: Mapping[str, FieldSet] = {
    "Deployment": _paths("metadata.labels"),
    "Pod": _paths("metadata.deletionTimestamp", "metadata.ownerReferences"),
}


def reset_fields(obj: Json, subresource: str) -> FieldSet:
    """What a write to this part of the object has no effect on, and makes nobody an owner of."""
    kind = obj.get("kind", "")
    if kind not in _WITH_STATUS or subresource == "scale":
        return frozenset()
    if subresource == "status":
        return _paths("spec") | _ALSO_RESET.get(kind, frozenset())
    return _paths("status")


def without_reset(change: Comparison, obj: Json, subresource: str) -> Comparison:
    """The changes that take effect."""
    reset = reset_fields(obj, subresource)
    parts = (change.added, change.modified, change.removed)
    return Comparison(*(without_below(part, reset) for part in parts))


def with_old_times(before: Json, after: Json) -> Json:
    """`after`, with the times of `before` where times are all that differs.

    Applying what is there already is then no change, see apiserver's
    pkg/endpoints/handlers/fieldmanager/equality.go.
    """
    entries = before["metadata"].get("managedFields")
    if not entries or _timeless(before) != _timeless(after):
        return after
    return after | {"metadata": after["metadata"] | {"managedFields": entries}}


def _timeless(obj: Json) -> Any:
    entries = obj["metadata"].get("managedFields") or []
    plain = [{key: each for key, each in entry.items() if key != "time"} for entry in entries]
    return plain, obj | {"metadata": obj["metadata"] | {"managedFields": None}}
