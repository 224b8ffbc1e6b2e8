"""Who owns which field of an object, and how fields pass to us: ``metadata.managedFields``.

Server-side apply refuses to change a field that another manager owns too, even
where both gave it the same value
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
What was taken over must therefore be ours alone, or the next upgrade would stop
at every field that it changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_ingress.install.live import Live
from kubectl_ingress.install.owners import managed_fields
from kubectl_ingress.ports.api import FIELD_MANAGER

Fields = Mapping[str, object]
"""``fieldsV1``: a tree whose leaves are empty."""


def our_entry(live: Live) -> dict[str, object] | None:
    """What we have applied to an object, as an entry of its ``managedFields``; None for never."""
    for entry in managed_fields(live):
        ours = entry.text("manager") == FIELD_MANAGER and entry.text("operation") == "Apply"
        if ours and not entry.text("subresource"):
            return dict(entry.data)
    return None


def owns(entry: Mapping[str, object], *path: str) -> bool:
    """Whether an entry has the field, as in ``owns(entry, "spec", "type")``.

    An item of a list is named as there: ``k:{"name":"controller"}``.
    """
    tree: object = entry.get("fieldsV1")
    for name in path:
        key = name if name.startswith("k:") else f"f:{name}"
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree is not None


def handed_over(live: Live, ours: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The ``managedFields`` of an object in which what `ours` has is nobody else's any more.

    What was written through a subresource stays: it is status, or a scale that
    an autoscaler sets.
    """
    taken = ours.get("fieldsV1")
    found: list[Mapping[str, object]] = [ours]
    for entry in managed_fields(live):
        if entry.text("subresource"):
            found.append(entry.data)
        elif entry.text("manager") != FIELD_MANAGER:
            left = _without(entry.child("fieldsV1").data, taken if isinstance(taken, dict) else {})
            if left:
                found.append({**entry.data, "fieldsV1": left})
    return found


def _without(fields: Fields, taken: Fields) -> Fields:
    """The tree without what is in the other one."""
    left: dict[str, object] = {}
    for name, below in fields.items():
        other = taken.get(name)
        if other is None:
            left[name] = below
        elif below and isinstance(below, dict) and isinstance(other, dict):
            # A map that we apply as null is a leaf of ours, and what others put into it is theirs.
            rest = _without(below, other) if other else below
            # "." is the item or map itself, which means nothing without anything in it.
            if set(rest) - {"."}:
                left[name] = rest
    return left
