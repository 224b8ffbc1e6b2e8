"""Who put a controller there, by the marks left on it, and how what is gone of it is made again."""

from __future__ import annotations

import shlex

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Meta

INSTALLED_BY = "kubectl-ingress/installed-by"
"""Ownership: only objects with this annotation are ever changed by install."""

HELM_RELEASE = "meta.helm.sh/release-name"
HELM_NAMESPACE = "meta.helm.sh/release-namespace"
"""Helm writes these since 3.2; a label alone is also in what was rendered once and applied."""

_NAME = "ingress-nginx"
_CONTROLLER = f"{_NAME}-controller"
_LABELS = {"app.kubernetes.io/name": _NAME, "app.kubernetes.io/instance": _NAME}
_FILE = "--manifest"
_DIGEST = "sha256:"


def made_again(kind: str, meta: Meta) -> str:
    """What makes again what is gone of an installation, the likeliest first.

    `kind` and `meta` are of the controller's Deployment or DaemonSet.
    """
    if again := installed_again(meta):
        return again
    by_hand = f"apply again what made {kind} {meta.key}"
    if meta.name != _CONTROLLER or not _LABELS.items() <= meta.labels.items():
        return by_hand
    # As upstream's manifest calls it.
    return f"{_install('--adopt', *_elsewhere(meta))}\n{by_hand}"


def installed_again(meta: Meta) -> str:
    """The command of the program that installed it, where that keeps what it made, "" else."""
    ours = meta.annotations.get(INSTALLED_BY)
    if ours is not None:
        # As install.marks writes it: a version, what it is where that is no ingress-nginx, and
        # which release of it, or which manifest.
        what, which = ours.split()[1:2], ours.split()[2:3]
        if what == [_FILE]:
            return _install(_FILE, "FILE")
        by_file = (_FILE, "FILE") if which and which[0].startswith(_DIGEST) else ()
        return _install(*what, *by_file, *(() if what else _elsewhere(meta)))
    release = meta.annotations.get(HELM_RELEASE)
    if not release:
        return ""
    place = meta.annotations.get(HELM_NAMESPACE, meta.namespace)
    # It makes what is gone, and sets back what was changed by hand, as its own upgrades would.
    shown = shlex.join(["helm", "get", "manifest", release, "-n", place])
    return f"{shown} | {command('apply', '-n', place, '-f', '-')}"


def _install(*words: str) -> str:
    return command("ingress", "install", *words)


def _elsewhere(meta: Meta) -> tuple[str, ...]:
    return () if meta.namespace == _NAME else ("-n", meta.namespace)
