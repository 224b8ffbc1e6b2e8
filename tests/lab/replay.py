"""The recorded steps, one by one, each with the object as the real server had it before."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubectl_ingress.lab.apiserver.managed_fields import reset_fields
from kubectl_ingress.lab.apiserver.resources import BY_PLURAL, Resource
from kubectl_ingress.lab.apiserver.schema import Type, type_of
from tests.lab.apply_cases import APPLY, JSON_PATCH, MERGE, STRATEGIC, Case, Json, Step
from tests.lab.recorded import answers, names_of_tables, text_of
from tests.lab.writes import read

GROUPS = ("apply_objects", "apply_managers", "patches")
PATCHES = (JSON_PATCH, MERGE, STRATEGIC)


@dataclass(frozen=True)
class Replayed:
    """One step: `live` before it, None for none; `answer` an object, or a Status' reason why."""

    case: Case
    step: Step
    rank: int
    live: Json | None
    code: int
    answer: Json

    @property
    def name(self) -> str:
        return f"{self.case.name}-{self.rank}"

    @property
    def now(self) -> str:
        return text_of(self.rank)

    @property
    def succeeded(self) -> bool:
        return self.code < 300

    @property
    def resource(self) -> Resource:
        group, _, version = self.case.api_version.rpartition("/")
        return BY_PLURAL[group, version, self.case.path.rpartition("/")[2]]

    @property
    def type(self) -> Type:
        return type_of(self.resource)


def replayed() -> list[Replayed]:
    return list(_replayed())


def _replayed() -> Iterator[Replayed]:
    recorded = {group: answers(group) for group in GROUPS}
    for case in names_of_tables():
        live: Json | None = None
        steps = zip(case.steps, recorded[case.group][case.name], strict=True)
        for rank, (step, (code, answer)) in enumerate(steps, 1):
            yield Replayed(case, step, rank, live, code, answer)
            if code < 300:
                live = answer


def is_apply(each: Replayed) -> bool:
    return each.step.verb == APPLY


def is_patch(each: Replayed) -> bool:
    return each.step.verb in PATCHES


def finished(each: Replayed, made: Json) -> Json:
    """What was made, decoded and defaulted."""
    return read(each.resource, made)


def comparable(each: Replayed, obj: Json) -> Json:
    """The object without what the server keeps to itself, and what this request has no say in."""
    found = copy.deepcopy(obj)
    for key in ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"):
        found["metadata"].pop(key, None)
    found["metadata"].setdefault("namespace", "default")
    for path in reset_fields(found, each.step.subresource):
        _drop(found, [element[2:] for element in path])
    for dotted in each.case.late:
        _drop(found, dotted.split("."))
    return found


def _drop(obj: Json, way: list[str]) -> None:
    node: Any = obj
    for word in way[:-1]:
        node = node[int(word)] if isinstance(node, list) else node.get(word, {})
    node.pop(way[-1], None)


def without_late(each: Replayed) -> Json:
    """The recorded answer as it was when its owners were noted."""
    found = copy.deepcopy(each.answer)
    for dotted in each.case.late if each.live is None else ():
        _drop(found, dotted.split("."))
    if each.case.kind == "Service" and each.live and "nodePort" not in str(each.live):
        found["spec"].pop("healthCheckNodePort", None)
        for port in found["spec"]["ports"]:
            port.pop("nodePort", None)
    return found


def given_owners(each: Replayed) -> Any:
    """managedFields of the object that the client wanted to have; None for none."""
    body, live = each.step.body, each.live
    before = live["metadata"].get("managedFields") if live else None
    if each.step.verb == JSON_PATCH:
        wanted = [op["value"] for op in body or () if op["path"] == "/metadata/managedFields"]
        return wanted[0] if wanted else before
    given = (body.get("metadata") or {}) if isinstance(body, dict) else {}
    if each.step.verb in ("POST", "PUT"):
        return given.get("managedFields")
    return given.get("managedFields", before)
