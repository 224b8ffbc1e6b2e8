"""What to know about an upgrade before it begins, and which command leads elsewhere: pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_ingress.install.adopt import keeps_balancer
from kubectl_ingress.install.installed import Installed
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.prepare import Prepared
from kubectl_ingress.install.provider_flags import is_private, provider_flags
from kubectl_ingress.install.settings import CONTROLLER_NAME, NAME, NAMESPACE, Settings
from kubectl_ingress.install.upgrade import COMMAND, Upgrade
from kubectl_ingress.install.versions import LATEST, REGISTRY, VERSIONS, Version


def notes(installed: Installed, upgrade: Upgrade) -> Iterator[str]:
    """What to know before it begins, one sentence each."""
    before, after = installed.settings, upgrade.prepared.settings
    if _is_older(after.version, before.version):
        yield (
            f"{after.version.number} is older than {before.version.number}, which is installed: "
            "what was fixed in between comes back"
        )
    yield from moved(installed, upgrade.prepared)
    if _replaces_the_only_pod(upgrade):
        yield (
            "with one replica, requests fail from the end of the old pod until the new one is "
            "ready; --replicas 2 keeps one of them serving"
        )


def moved(installed: Installed, prepared: Prepared) -> Iterator[str]:
    """What another provider means for those who reach it, one sentence each."""
    if keeps_balancer(installed.parts.service):
        return
    provider = installed.provider.name if installed.provider else "unknown"
    if prepared.provider.name != provider:
        to = f"the provider changes from {provider} to {prepared.provider.name}"
        addresses = ", ".join(installed.addresses)
        if addresses and prepared.variant.service_type != "LoadBalancer":
            yield f"{to}: the load balancer goes, and its address {addresses} with it"
        else:
            yield f"{to}: the load balancer may be made anew, with another address"
    private = is_private(installed.settings) and not is_private(prepared.settings)
    if private and prepared.variant.balanced:
        yield "the load balancer was private and will be public; to keep it so: --internal"


def newer(settings: Settings) -> str:
    """The command that leads to the last release, "" where that is installed."""
    if not _is_older(settings.version, LATEST):
        return ""
    return " ".join([COMMAND, "--version", LATEST.number, *_place(settings)])


def command(installed: Installed, upgrade: Upgrade) -> str:
    """What to type to get back to what there was."""
    before, now = upgrade.former, upgrade.prepared.settings
    words = COMMAND.split()
    known = before.version.number in VERSIONS
    if known:
        words += ["--version", before.version.number]
    if not known or before.image or now.image:
        # The release's own has to be named too: what is not named stays as it is.
        words += ["--image", before.controller_image]
    if {before.registry, now.registry} != {REGISTRY}:
        words += ["--registry", before.registry]
    replicas = _replicas(before, upgrade)
    if replicas:
        words += ["--replicas", str(replicas)]
    provider = installed.provider
    # What is only said of a variant stands in no object.
    chosen = replace(now.variant, balancer="", note="")
    then: list[str] = []
    if provider is not None and before.variant != chosen:
        options = [*provider_flags(before, provider)]
        if options or provider.name != upgrade.prepared.provider.name:
            words += ["--provider", provider.name, *options]
        else:
            then = _annotate(before, now)
    commands = ([*words, *_place(before)], then)
    return " && ".join(shlex.join(each) for each in commands if each)


def _annotate(before: Settings, now: Settings) -> list[str]:
    """Takes an option of the same provider back: for upgrade, what is not named stays."""
    old, new = before.variant.service_annotations, now.variant.service_annotations
    changed = [
        f"{key}={old[key]}" if key in old else f"{key}-" for key in new if new[key] != old.get(key)
    ]
    if not changed:
        return []
    place = ["--namespace", before.namespace, "--overwrite"]
    return ["kubectl", "annotate", "service", CONTROLLER_NAME, *changed, *place]


def _replicas(before: Settings, upgrade: Upgrade) -> int | None:
    """How many to ask for; None where the cluster's number was and is left alone."""
    if before.replicas is not None or upgrade.prepared.settings.replicas is None:
        return before.replicas
    live = [step.live for step in upgrade.plan.steps if step.manifest["kind"] == "Deployment"]
    return reader_of(live[0]).child("spec").number("replicas") or 1 if live else None


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


def _is_older(one: Version, other: Version) -> bool:
    def numbers(version: Version) -> list[int]:
        return [int(part) for part in version.number.split(".") if part.isdecimal()]

    return numbers(one) < numbers(other)
