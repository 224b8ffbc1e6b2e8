"""What every object says of itself: names, owners, labels, conditions. Pure."""

from __future__ import annotations

from kubectl_ingress.lab.api import Json

Key = tuple[str, str]
"""Namespace and name; the namespace is "" for objects of the whole cluster."""


def key_of(item: Json) -> Key:
    """Namespace and name."""
    metadata = item["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def uid_of(item: Json) -> str:
    """The identity that no later object of the same name has."""
    return str(item["metadata"]["uid"])


def version_of(item: Json) -> int:
    """The resourceVersion; comparable as a number since Kubernetes 1.35."""
    return int(item["metadata"]["resourceVersion"])


def labels_of(item: Json) -> dict[str, str]:
    """The labels; empty where there are none."""
    return item["metadata"].get("labels") or {}


def annotations_of(item: Json) -> dict[str, str]:
    """The annotations; empty where there are none."""
    return item["metadata"].get("annotations") or {}


def annotated_number(item: Json, name: str) -> int:
    """The whole number in an annotation; 0 where there is none."""
    try:
        return int(annotations_of(item).get(name, "0"))
    except ValueError:
        return 0


def finalizers_of(item: Json) -> list[str]:
    """Who has to agree before the object goes."""
    return item["metadata"].get("finalizers") or []


def owners_of(item: Json) -> list[Json]:
    """The owner references."""
    return item["metadata"].get("ownerReferences") or []


def age_order(item: Json) -> tuple[str, str]:
    """Sorts the oldest first, and those of one second by name."""
    return item["metadata"].get("creationTimestamp", ""), item["metadata"]["name"]


def is_deleting(item: Json) -> bool:
    """Whether its deletion has begun."""
    return bool(item["metadata"].get("deletionTimestamp"))


def controller_of(item: Json) -> Json | None:
    """The reference to the one owner that manages it."""
    return next((ref for ref in owners_of(item) if ref.get("controller")), None)


def is_controlled_by(item: Json, owner: Json) -> bool:
    """Whether this very owner manages it."""
    reference = controller_of(item)
    return reference is not None and reference["uid"] == uid_of(owner)


def reference_to(owner: Json) -> Json:
    """The owner reference of what a controller makes for `owner`."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition_of(item: Json, kind: str) -> Json | None:
    """The condition of this type in an object's status."""
    conditions = (item.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == kind), None)


def is_true(condition: Json | None) -> bool:
    """Whether there is such a condition, and it holds."""
    return condition is not None and condition["status"] == "True"


def without_zeros(**fields: object) -> Json:
    """Those fields of a status that are set: what Go leaves out of its JSON as empty."""
    return {name: value for name, value in fields.items() if value not in (0, "", None)}
