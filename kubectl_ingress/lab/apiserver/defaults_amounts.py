"""Amounts of resources: v1 keeps thousandths at the most, and rounds up what is less.

Kubernetes' own: SetDefaults_ResourceList in pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from kubectl_ingress.lab.apiserver.scalars import in_thousandths
from kubectl_ingress.lab.apiserver.schema import Type

_AMOUNTS = "v1.ResourceList"


def round_amounts(type: Type, value: Any) -> None:
    """Round up, in place, what stands in ResourceLists, whose quantities have been decoded."""
    if type.go == _AMOUNTS:
        value.update({name: in_thousandths(each) for name, each in value.items()})
    elif type.form == "list" and type.element:
        for each in value:
            round_amounts(type.element, each)
    else:
        for name, known in _with_amounts(type):
            if value.get(name):
                round_amounts(known, value[name])


@cache
def _with_amounts(type: Type) -> tuple[tuple[str, Type], ...]:
    """The fields that hold a ResourceList, at any depth."""
    return tuple((name, known) for name, known in type.fields.items() if _has_amounts(known))


def _has_amounts(type: Type) -> bool:
    if type.element and type.go != _AMOUNTS:
        return type.form == "list" and _has_amounts(type.element)
    return type.go == _AMOUNTS or bool(_with_amounts(type))
