"""Labels and label selectors as one string.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/labels/selector.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.columns.column import NONE, items, part


def labels_text(labels: Mapping[str, str] | None) -> str:
    """``app=web,tier=front``, ``<none>`` without any."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def selector_text(selector: Json | None) -> str:
    """A LabelSelector by key, as `kubectl get -l` would take it; "" if it selects all."""
    labels: Mapping[str, str] = part(selector, "matchLabels") or {}
    expressions = items(selector, "matchExpressions")
    wanted = [(key, f"{key}={value}") for key, value in labels.items()]
    wanted += [(each["key"], _expression(each)) for each in expressions]
    return ",".join(text for _, text in sorted(wanted, key=lambda pair: pair[0]))


def _expression(expression: Json) -> str:
    key = expression["key"]
    values = ",".join(sorted(items(expression, "values")))
    match expression["operator"]:
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
        case operator:
            return f"{key} {operator.lower()} ({values})"
