"""From what was asked for and what the cluster says to what will be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.errors import ApiForbidden, UsageError
from kubectl_ingress.install.adopted_controller import staying
from kubectl_ingress.install.detection import (
    NO_NODES,
    Nodes,
    choose,
    fitting,
    how_to_name,
    read_nodes,
    what_nodes_say,
)
from kubectl_ingress.install.settings import NAME, Settings
from kubectl_ingress.install.surroundings import kubernetes_version, look_around
from kubectl_ingress.install.vulnerabilities import cves_of
from kubectl_ingress.install.wanted import Wanted, check_options
from kubectl_ingress.providers import Provider, Surroundings, Variant

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

RETIRED = Finding(
    "KI701",
    "warning",
    "ingress-nginx was retired in March 2026; 1.15.1 is its last release and gets no security "
    "fixes. Living controllers: kubectl ingress install --list",
)


class Prepared(Struct, frozen=True):
    """Everything decided. `provider_said` is why this provider, for people."""

    settings: Settings
    provider: Provider
    provider_said: str
    nodes: Nodes = NO_NODES
    warnings: tuple[Finding, ...] = (RETIRED,)

    @property
    def variant(self) -> Variant:
        """What the objects differ in for this provider."""
        return self.settings.variant

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Head and text of each line that opens the plan."""
        settings, place = self.settings, self.provider.place
        known_as = place.name if place and place.name != self.provider.name else ""
        said = ": ".join(part for part in (known_as, self.provider_said) if part)
        said = f" ({said})" if said else ""
        what = (
            f"{NAME} {settings.version.number}, namespace {settings.namespace}, "
            f"class {settings.class_name}"
        )
        lines = [("Provider", f"{self.provider.name}{said}"), ("Controller", what)]
        notes = (self.variant.note, self.provider.hint)
        return (*lines, *(("Note", note) for note in notes if note))


def prepare_offline(wanted: Wanted) -> Prepared:
    """Decide without a cluster. Raises UsageError when no provider was named."""
    if wanted.provider is None:
        raise UsageError("--dry-run=client asks no cluster, so it needs --provider", how_to_name())
    return _decide(wanted, wanted.provider, "", NO_NODES, Surroundings(known=False))


def prepare(cluster: Cluster, wanted: Wanted) -> Prepared:
    """Decide by what the cluster says. Raises UsageError when its provider is not known."""
    if wanted.provider is None:
        nodes = _read_nodes_or_say(cluster)
        provider, but = choose(nodes), ""
    else:
        nodes = _read_nodes_if_allowed(cluster)
        provider = _at_its_place(wanted.provider, nodes)
        but = "but " if _differs(nodes, provider) else ""
    said = f"{but}{what_nodes_say(nodes)}" if nodes.count else ""
    prepared = _decide(wanted, provider, said, nodes, look_around(cluster, nodes))
    return replace(prepared, warnings=(*prepared.warnings, *_version_warning(cluster, prepared)))


def _decide(
    wanted: Wanted, provider: Provider, said: str, nodes: Nodes, around: Surroundings
) -> Prepared:
    check_options(provider, wanted.options)
    variant = provider.decide(around, wanted.options)
    decided = (*variant.extra_args, *(["--publish-service"] if variant.publish_service else []))
    stay = staying(decided, wanted.flags)
    variant = replace(variant, extra_args=(*variant.extra_args, *stay))
    settings = replace(wanted.settings, variant=variant)
    if settings.replicas is not None and settings.variant.workload == "DaemonSet":
        raise UsageError(
            f"provider {provider.name} has no --replicas", "it runs one pod on every node"
        )
    warnings = (RETIRED, *vulnerabilities(settings))
    return Prepared(settings, provider, said, nodes, warnings)


def _at_its_place(provider: Provider, nodes: Nodes) -> Provider:
    """The provider that was named, at the place that the nodes tell, if none was named."""
    if provider.place is not None:
        return provider
    places = (each.place for each in fitting(nodes) if each.place in provider.places)
    place = next(places, None)
    return provider if place is None else provider.at(place)


def _differs(nodes: Nodes, provider: Provider) -> bool:
    """Whether the nodes say something, and not that this is the provider's place."""
    found = fitting(nodes)
    fits = any(each.name == provider.name or each.place in provider.places for each in found)
    return bool(found or nodes.provider_ids) and not fits


def _read_nodes_or_say(cluster: Cluster) -> Nodes:
    try:
        return read_nodes(cluster)
    except ApiForbidden as error:
        raise ApiForbidden(
            f"the nodes would tell the provider, but {error.sentence}",
            f"name it with --provider NAME\n{how_to_name()}",
        ) from error


def _read_nodes_if_allowed(cluster: Cluster) -> Nodes:
    try:
        return read_nodes(cluster)
    except ApiForbidden:
        return NO_NODES


def vulnerabilities(settings: Settings) -> tuple[Finding, ...]:
    """What is known to be wrong with the version; nothing where the user brings an image."""
    found = () if settings.image else cves_of(settings.version.number)
    text = "; ".join(f"{', '.join(each.cves)} ({each.what})" for each in found)
    about = f"{NAME} {settings.version.number} has known vulnerabilities: {text}"
    return (Finding("KI710", "warning", about),) if found else ()


def _version_warning(cluster: Cluster, prepared: Prepared) -> tuple[Finding, ...]:
    version = prepared.settings.version
    found = kubernetes_version(cluster)
    if found is None or version.oldest <= found <= version.newest:
        return ()
    (low_major, low), (high_major, high) = version.oldest, version.newest
    text = (
        f"this is Kubernetes {found[0]}.{found[1]}; {NAME} {version.number} was tested with "
        f"{low_major}.{low} to {high_major}.{high}"
    )
    return (Finding("KI709", "warning", text),)
