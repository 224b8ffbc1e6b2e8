"""From what was asked for and what the cluster says to what will be installed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.errors import ApiForbidden, UsageError
from kubectl_ingress.install.settings import NAME, Settings
from kubectl_ingress.install.surroundings import (
    Nodes,
    choose_provider,
    kubernetes_version,
    look_around,
    provider_of,
    providers,
    read_nodes,
    what_nodes_say,
)
from kubectl_ingress.install.wanted import Wanted
from kubectl_ingress.providers import LoadBalancer, Provider, Surroundings

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

RETIRED = Finding(
    "KI701",
    "warning",
    "ingress-nginx was retired in March 2026; 1.15.1 is its last release and gets no security "
    "fixes. Living controllers: kubectl ingress install --list",
)


@dataclass(frozen=True)
class Prepared:
    """Everything decided. `provider_said` is why this provider, for people."""

    settings: Settings
    provider: Provider
    provider_said: str
    balancer: LoadBalancer
    warnings: tuple[Finding, ...] = (RETIRED,)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Head and text of each line that opens the plan."""
        settings = self.settings
        said = f" ({self.provider_said})" if self.provider_said else ""
        what = (
            f"{NAME} {settings.version.number}, namespace {settings.namespace}, "
            f"class {settings.class_name}"
        )
        lines = [("Provider", f"{self.provider.name}{said}"), ("Controller", what)]
        if self.balancer.note:
            lines.append(("Note", self.balancer.note))
        return tuple(lines)


def prepare_offline(wanted: Wanted) -> Prepared:
    """Decide without a cluster. Raises UsageError when no provider was named."""
    if wanted.provider is None:
        raise UsageError(
            "--dry-run=client asks no cluster, so it needs --provider",
            f"known: {', '.join(providers())}",
        )
    return _decide(wanted, wanted.provider, "", Surroundings(known=False))


def prepare(cluster: Cluster, wanted: Wanted) -> Prepared:
    """Decide by what the cluster says. Raises UsageError when its provider is not known."""
    if wanted.provider is None:
        nodes = _read_nodes_or_say(cluster)
        provider = choose_provider(nodes)
        said = what_nodes_say(nodes)
    else:
        provider = wanted.provider
        nodes = _read_nodes_if_allowed(cluster)
        differs = bool(nodes.provider_ids) and provider_of(nodes, [provider]) is None
        said = f"but {what_nodes_say(nodes)}" if differs else what_nodes_say(nodes)
        said = said if nodes.count else ""
    prepared = _decide(wanted, provider, said, look_around(cluster, nodes))
    return replace(prepared, warnings=(*prepared.warnings, *_version_warning(cluster, prepared)))


def _decide(wanted: Wanted, provider: Provider, said: str, around: Surroundings) -> Prepared:
    balancer = provider.load_balancer(around, wanted.internal)
    settings = replace(wanted.settings, service_annotations=balancer.annotations)
    return Prepared(settings, provider, said, balancer)


def _read_nodes_or_say(cluster: Cluster) -> Nodes:
    try:
        return read_nodes(cluster)
    except ApiForbidden as error:
        raise ApiForbidden(
            f"the nodes would tell the provider, but {error.sentence}",
            f"name it with --provider: {', '.join(providers())}",
        ) from error


def _read_nodes_if_allowed(cluster: Cluster) -> Nodes:
    try:
        return read_nodes(cluster)
    except ApiForbidden:
        return Nodes()


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
