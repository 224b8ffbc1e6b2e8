"""What mends an object, in words that fit where it is: an edit of a file, or a command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from kubectl_ingress.core.objects import Meta


def in_config_map(meta: Meta, key: str, value: str) -> str:
    """A key of a ConfigMap's data."""
    if meta.origin.line is not None:
        return f'data: {key}: "{value}" in ConfigMap {meta.name}'
    return _merge("configmap", meta, {"data": {key: value}})


def in_spec(kind: str, meta: Meta, key: str, value: str | int) -> str:
    """A field of the spec."""
    if meta.origin.line is not None:
        return f"spec.{key}: {value} in {kind} {meta.name}"
    return _merge(kind.lower(), meta, {"spec": {key: value}})


def annotated(kind: str, meta: Meta, name: str, value: str) -> str:
    """An annotation."""
    if meta.origin.line is not None:
        return f'annotate {kind} {meta.name}: {name}: "{value}"'
    pair = shlex.quote(f"{name}={value}")
    return f"kubectl annotate {kind.lower()} {meta.name} -n {meta.namespace} --overwrite {pair}"


def without_annotation(kind: str, meta: Meta, name: str) -> str:
    """An annotation less."""
    if meta.origin.line is not None:
        return f"take {name} out of {kind} {meta.name}"
    return f"kubectl annotate {kind.lower()} {meta.name} -n {meta.namespace} {name}-"


def applied(manifest: Mapping[str, object]) -> str:
    """An object that is to be made."""
    return f"kubectl apply -f - <<< {shlex.quote(json.dumps(manifest))}"


def _merge(kind: str, meta: Meta, patch: Mapping[str, object]) -> str:
    text = shlex.quote(json.dumps(patch))
    return f"kubectl patch {kind} {meta.name} -n {meta.namespace} --type=merge -p {text}"
