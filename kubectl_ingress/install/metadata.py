"""What all objects of an installation share: names, labels, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kubectl_ingress import __version__
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.install.settings import INSTALLED_BY, NAME, Settings

Manifest = dict[str, object]
Component = Literal["controller", "admission-webhook", ""]

_LABEL = "app.kubernetes.io"


def identity() -> dict[str, str]:
    """The labels that all objects have, whatever their version."""
    return {f"{_LABEL}/instance": NAME, f"{_LABEL}/name": NAME}


def selector(component: Component) -> dict[str, str]:
    """The labels that select the pods of a component: they never change between versions."""
    return {f"{_LABEL}/component": component, **identity()}


def labels(settings: Settings, component: Component) -> dict[str, str]:
    """All labels of an object; permissions of the whole installation have no component."""
    found = selector(component) if component else identity()
    found[f"{_LABEL}/part-of"] = NAME
    found[f"{_LABEL}/version"] = settings.version.number
    return found


def manifest(
    settings: Settings,
    kind: str,
    name: str,
    component: Component,
    *,
    own_labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: object,
) -> Manifest:
    """One object of the installation: its head, then the fields of its kind.

    `own_labels` take the place of the usual ones.
    """
    metadata: Manifest = {"name": name}
    if KINDS[kind].namespaced:
        metadata["namespace"] = settings.namespace
    usual = labels(settings, component) if own_labels is None else own_labels
    metadata["labels"] = dict(usual)
    metadata["annotations"] = {INSTALLED_BY: __version__, **(annotations or {})}
    return {
        "apiVersion": KINDS[kind].api_version,
        "kind": kind,
        "metadata": metadata,
        **fields,
    }
