"""What is asked for on top of an installation that is there: what is not named stays as it is.

For upgrade that is all that is there. Install keeps what was chosen by this
program: a field that others have set since is none of that, and stays a
conflict that is told, with who has set it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiForbidden, UsageError
from kubectl_ingress.install.adopt import keeps_balancer
from kubectl_ingress.install.detection import how_to_name, providers
from kubectl_ingress.install.field_owners import our_entry, owns
from kubectl_ingress.install.installed import Installed, read_back
from kubectl_ingress.install.live import Live, is_terminating
from kubectl_ingress.install.settings import CONTROLLER_NAME, NAMESPACE
from kubectl_ingress.install.stages import rollout_of
from kubectl_ingress.install.versions import LATEST, REGISTRY, Version
from kubectl_ingress.install.wanted import Wanted, check_settings
from kubectl_ingress.install.which import is_installation
from kubectl_ingress.ports import api
from kubectl_ingress.providers import Options, Provider, Surroundings, Variant

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_NO_OPTIONS = Options()
_WORKLOADS = ("Deployment", "DaemonSet")
_POD = ("spec", "template", "spec")
_CONTAINER = (*_POD, "containers", 'k:{"name":"controller"}')
_VERSION = ("spec", "template", "metadata", "labels", "app.kubernetes.io/version")
# Where a Variant's fields stand: in which of the parts, and which field there. Annotations and
# configuration are read back without what others have added.
_PLACES = {
    "grace_seconds": ("workload", (*_POD, "terminationGracePeriodSeconds")),
    "tolerations": ("workload", (*_POD, "tolerations")),
    "extra_args": ("workload", (*_CONTAINER, "args")),
    "publish_service": ("workload", (*_CONTAINER, "args")),
    "more_ports": ("workload", (*_CONTAINER, "ports")),
    "host_ports": ("workload", (*_CONTAINER, "ports")),
    "service_ports": ("service", ("spec", "ports")),
    "external_traffic_policy": ("service", ("spec", "externalTrafficPolicy")),
}


class Asked(Struct, frozen=True):
    """What was typed, checked; None and "" for what was not, and stays as it is."""

    version: Version | None = None
    provider: Provider | None = None
    options: Options = _NO_OPTIONS
    image: str | None = None
    registry: str | None = None
    replicas: int | None = None
    namespace: str = ""
    class_name: str = ""
    timeout: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether no change was named."""
        changes = (self.version, self.provider, self.image, self.registry, self.replicas)
        return self.options == _NO_OPTIONS and all(change is None for change in changes)


def find_kept(cluster: Cluster, namespace: str) -> Installed | None:
    """The installation of ours in a namespace ("" is the usual one), None where none is.

    One that is being deleted has nothing to keep, and one that may not be read
    is none here: planning asks for the right to read it.
    """
    namespace = namespace or NAMESPACE
    place = _find(cluster, "Namespace", namespace, "")
    if place is None or is_terminating(place):
        return None
    found = [_find(cluster, kind, CONTROLLER_NAME, namespace) for kind in _WORKLOADS]
    ours = [each for each in found if each and is_installation(each) and not is_terminating(each)]
    if not ours:
        return None
    try:
        return _chosen(read_back(cluster, the_running(ours)))
    except ApiForbidden:
        return None


def _chosen(installed: Installed) -> Installed:
    """Without what others have set."""
    settings, parts = installed.settings, installed.parts
    if not _is_chosen(parts.workload, *_CONTAINER, "image"):
        settings = replace(settings, image="", registry=REGISTRY)
    if not _is_chosen(parts.workload, *_VERSION):
        settings = replace(settings, version=LATEST)
    # What others have made of the load balancer tells of no provider of ours.
    provider = None if keeps_balancer(parts.service) else installed.provider
    return replace(installed, settings=settings, provider=provider)


def _is_chosen(live: Live | None, *path: str) -> bool:
    entry = our_entry(live) if live is not None else None
    return entry is None or owns(entry, *path)


def the_running(workloads: list[Live]) -> Live:
    """Of two, which there are while a change of the provider was interrupted, the ready one."""
    return max(workloads, key=lambda live: rollout_of(live).done)


def _find(cluster: Cluster, kind: str, name: str, namespace: str) -> Live | None:
    try:
        return api.find(cluster, KINDS[kind], name, namespace)
    except ApiForbidden:
        return None


def wanted_again(installed: Installed, asked: Asked) -> Wanted:
    """For install: the version stays too, and what no provider would have is chosen anew.

    Raises UsageError.
    """
    version = asked.version or installed.settings.version
    parts, there = installed.parts, installed.settings.variant

    def chosen(now: Variant) -> Variant:
        """What is there; of what others have set, what is decided now."""
        others = {
            field: getattr(now, field)
            for field, (part, path) in _PLACES.items()
            if getattr(now, field) != getattr(there, field)
            and not _is_chosen(getattr(parts, part), *path)
        }
        return replace(there, **others)

    provider = _kept_provider(installed, asked, chosen)
    settled = _settled(installed, replace(asked, version=version), provider)
    if not _is_chosen(parts.workload, *_CONTAINER, "args"):
        return settled
    # Of what was taken over with its load balancer no provider is told: all of them may be kept.
    kept = keeps_balancer(parts.service)
    return replace(settled, flags=there.extra_args if kept else _own_flags(installed))


def wanted(installed: Installed, asked: Asked) -> Wanted:
    """For upgrade: where nothing was named, to the last release. Raises UsageError."""
    now = installed.settings
    provider = _kept_provider(installed, asked, lambda _now: now.variant)
    if provider is None:
        raise UsageError(
            f"the installation in namespace {now.namespace} is as no provider would have it, so "
            "there is no telling what to keep",
            f"name its provider: --provider NAME\n{how_to_name()}",
        )
    version = asked.version or (LATEST if asked.is_plain and not now.image else now.version)
    settled = _settled(installed, replace(asked, version=version), provider)
    return replace(settled, flags=_own_flags(installed))


def _own_flags(installed: Installed) -> tuple[str, ...]:
    """The controller's flags that its provider does not set: they stay under another one too."""
    makers = [installed.provider] if installed.provider else providers().values()
    variants = [maker.variant(Surroundings(known=False), _NO_OPTIONS) for maker in makers]
    theirs = {flag for each in variants for flag in each.extra_args}
    return tuple(flag for flag in installed.settings.variant.extra_args if flag not in theirs)


def _settled(installed: Installed, asked: Asked, provider: Provider | None) -> Wanted:
    """`asked` names a version, and a `provider` that is None is told by the nodes."""
    now, version = installed.settings, asked.version or LATEST
    if now.image and version.number != now.version.number and asked.image is None:
        raise UsageError(
            f"the controller runs an image of its own, {now.image}: another version would leave it",
            f"name the new one: --image IMAGE\nor the release's own: --image "
            f"{version.controller.reference(now.registry)}",
        )
    if now.image and asked.registry not in (None, now.registry) and asked.image is None:
        raise UsageError(
            f"the controller runs an image of its own, {now.image}: another registry would not "
            "change it",
            f"the release's own from there: --registry {asked.registry} --image "
            f"{version.controller.reference(asked.registry or '')}",
        )
    registry = now.registry if asked.registry is None else asked.registry
    image = now.image if asked.image is None else asked.image
    # The release's own, however it was said.
    own = image in ("", version.controller.reference(registry.rstrip("/")))
    keeps = asked.replicas is None and not _is_per_node(provider, asked.options)
    settings = check_settings(
        version=version,
        namespace=now.namespace,
        class_name=asked.class_name or now.class_name,
        replicas=now.replicas if keeps else asked.replicas,
        image=None if own else image,
        registry=registry,
    )
    return Wanted(settings, provider, asked.options, asked.timeout)


def _is_per_node(provider: Provider | None, options: Options) -> bool:
    if provider is None:
        return False
    return provider.variant(Surroundings(known=False), options).workload == "DaemonSet"


def _kept_provider(
    installed: Installed, asked: Asked, keep: Callable[[Variant], Variant]
) -> Provider | None:
    """The one that was named or is there; where that is the same, `keep` says what stays."""
    there = installed.provider
    named = asked.provider or there
    if named is None or there is None or named.name != there.name or asked.options != _NO_OPTIONS:
        return named
    decide = named.variant

    def as_it_is(around: Surroundings, options: Options) -> Variant:
        now = decide(around, options)
        kept = keep(now)
        # What is only said of it stands in no object.
        return now if replace(now, balancer="", note="") == kept else kept

    return replace(named, variant=as_it_is, needs=())
