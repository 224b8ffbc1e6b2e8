"""What to know about an upgrade before it begins, and which command leads elsewhere: pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from kubectl_ingress.install.installed import Installed
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.settings import NAME, NAMESPACE, Settings
from kubectl_ingress.install.upgrade import COMMAND, Upgrade
from kubectl_ingress.install.versions import LATEST, REGISTRY, Version


def notes(installed: Installed, upgrade: Upgrade) -> Iterator[str]:
    """What to know before it begins, one sentence each."""
    before, after = installed.settings, upgrade.prepared.settings
    if _is_older(after.version, before.version):
        yield (
            f"{after.version.number} is older than {before.version.number}, which is installed: "
            "what was fixed in between comes back"
        )
    provider = installed.provider.name if installed.provider else "unknown"
    if upgrade.prepared.provider.name != provider:
        yield (
            f"the provider changes from {provider} to {upgrade.prepared.provider.name}: the load "
            "balancer may be made anew, with another address"
        )
    if _is_private(before) and not _is_private(after):
        yield "the load balancer was private and will be public; to keep it so: --internal"
    if _replaces_the_only_pod(upgrade):
        yield (
            "with one replica, requests fail from the end of the old pod until the new one is "
            "ready; --replicas 2 keeps one of them serving"
        )


def newer(settings: Settings) -> str:
    """The command that leads to the last release, "" where that is installed."""
    if not _is_older(settings.version, LATEST):
        return ""
    return " ".join([COMMAND, "--version", LATEST.number, *_place(settings)])


def command(settings: Settings) -> str:
    """What to type to get back to these settings, apart from the provider."""
    words = [COMMAND, "--version", settings.version.number]
    if settings.image:
        words += ["--image", shlex.quote(settings.image)]
    if settings.registry != REGISTRY:
        words += ["--registry", shlex.quote(settings.registry)]
    if settings.replicas is not None:
        words += ["--replicas", str(settings.replicas)]
    return " ".join([*words, *_place(settings)])


def _place(settings: Settings) -> list[str]:
    return [] if settings.namespace == NAMESPACE else ["--namespace", settings.namespace]


def name(settings: Settings) -> str:
    """``ingress-nginx 1.15.1``, with its image where that is not the release's own."""
    image = f" ({settings.image})" if settings.image else ""
    return f"{NAME} {settings.version.number}{image}"


def described(settings: Settings) -> str:
    """`name`, and what else was chosen, apart from the provider: registry and replicas."""
    parts = [name(settings)]
    if settings.registry != REGISTRY:
        parts.append(f"from {settings.registry}")
    if settings.replicas is not None:
        parts.append(f"{settings.replicas} replica{'' if settings.replicas == 1 else 's'}")
    return ", ".join(parts)


def _replaces_the_only_pod(upgrade: Upgrade) -> bool:
    for step in upgrade.plan.steps:
        if step.manifest["kind"] == "Deployment" and step.live is not None:
            changed = any(each.path.startswith("spec.template.") for each in step.changes)
            asked = reader_of(step.manifest).child("spec").number("replicas")
            there = reader_of(step.live).child("spec").number("replicas")
            return changed and (asked or there or 1) == 1
    return False


def _is_private(settings: Settings) -> bool:
    annotations = settings.variant.service_annotations
    return any("internal" in key or value == "internal" for key, value in annotations.items())


def _is_older(one: Version, other: Version) -> bool:
    def numbers(version: Version) -> list[int]:
        return [int(part) for part in version.number.split(".") if part.isdecimal()]

    return numbers(one) < numbers(other)
