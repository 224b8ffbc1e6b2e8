"""What mends an object, in words that fit where it is: an edit of a file, or a command."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kubectl_ingress.core.commands import command, with_input
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
    return _annotate(kind, meta, "--overwrite", f"{name}={value}")


def without_annotation(kind: str, meta: Meta, name: str) -> str:
    """An annotation less."""
    if meta.origin.line is not None:
        return f"take {name} out of {kind} {meta.name}"
    return _annotate(kind, meta, f"{name}-")


def applied(manifest: Mapping[str, object]) -> str:
    """An object that is to be made."""
    return with_input(json.dumps(manifest), "apply", "-f", "-")


def _annotate(kind: str, meta: Meta, *words: str) -> str:
    return command("annotate", kind.lower(), meta.name, "-n", meta.namespace, *words)


def _merge(kind: str, meta: Meta, patch: Mapping[str, object]) -> str:
    where = (kind, meta.name, "-n", meta.namespace)
    return command("patch", *where, "--type=merge", "-p", json.dumps(patch))
