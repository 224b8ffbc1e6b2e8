"""What was typed, checked: strings to a request that can be carried out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.alternatives import ALTERNATIVES, alternative
from kubectl_ingress.install.settings import NAME, NAMESPACE, Settings
from kubectl_ingress.install.surroundings import providers
from kubectl_ingress.install.versions import LATEST, REGISTRY, VERSIONS, Version
from kubectl_ingress.providers import Provider

# RFC 1123, as the API server checks them.
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*", re.ASCII)
# Loose on purpose: what an image may be called is the container runtime's business.
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]*", re.ASCII)
_REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?(/[a-z0-9][a-z0-9._-]*)*", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """One request to install. `provider` None: the nodes tell. `timeout` is in seconds."""

    settings: Settings
    provider: Provider | None
    internal: bool
    timeout: float


def check_controller(name: str) -> None:
    """Raise UsageError for a controller that cannot be installed, with what to do instead."""
    if name == NAME:
        return
    other = alternative(name)
    if other is None:
        raise UsageError(
            f'there is no controller "{name}" to install',
            f"installed is {NAME}; known: {', '.join(each.name for each in ALTERNATIVES)}",
        )
    raise UsageError(
        f"{other.title} cannot be installed by this program yet",
        f"how it is installed: {other.how}",
    )


def check_provider(name: str | None) -> Provider | None:
    """The provider of that name. Raises UsageError with those there are."""
    if name is None:
        return None
    known = providers()
    if name not in known:
        raise UsageError(f'unknown provider "{name}"', f"known: {', '.join(known)}")
    return known[name]


def check_version(text: str | None) -> Version:
    """``1.15.1``, ``v1.15.1`` or the tag ``controller-v1.15.1``. Raises UsageError."""
    if text is None:
        return LATEST
    number = text.removeprefix("controller-").removeprefix("v")
    if number in VERSIONS:
        return VERSIONS[number]
    why = ""
    if number.startswith("0."):
        why = ": before 1.0 it speaks an Ingress API that Kubernetes 1.22 removed"
    raise UsageError(
        f'{NAME} "{text}" cannot be installed{why}', f"known versions: {', '.join(VERSIONS)}"
    )


def check_settings(
    *,
    version: Version,
    namespace: str | None,
    class_name: str,
    replicas: int | None,
    image: str | None,
    registry: str | None,
) -> Settings:
    """All names and numbers, checked as the API server would. Raises UsageError."""
    namespace = NAMESPACE if namespace is None else namespace
    if not _LABEL.fullmatch(namespace):
        raise UsageError(f'"{namespace}" is no name for a namespace', "like ingress-nginx")
    if not _SUBDOMAIN.fullmatch(class_name) or len(class_name) > 200:
        raise UsageError(f'"{class_name}" is no name for a class', "like nginx or nginx-internal")
    if replicas is not None and replicas < 1:
        raise UsageError(f"--replicas {replicas} would serve nobody", "one or more")
    if image is not None and not _IMAGE.fullmatch(image):
        raise UsageError(f'--image "{image}" is no image', "like registry.example.com/path:tag")
    if registry is not None and not _REGISTRY.fullmatch(registry.rstrip("/")):
        raise UsageError(
            f'--registry "{registry}" is no registry', "like mirror.example.com, without https://"
        )
    return Settings(
        version=version,
        namespace=namespace,
        class_name=class_name,
        replicas=replicas,
        image=image or "",
        registry=(registry or REGISTRY).rstrip("/"),
    )
