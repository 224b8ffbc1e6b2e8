"""What was typed for a controller that has a recipe, or for a manifest of one's own."""

from __future__ import annotations

from kubectl_ingress.commands._install_manifest import Source, check_source
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.records import dataclass
from kubectl_ingress.env import Environment
from kubectl_ingress.install.detection import named
from kubectl_ingress.install.wanted import check_flags
from kubectl_ingress.options import DryRun, Output
from kubectl_ingress.providers import Options, Provider


@dataclass(frozen=True)
class Asked:
    """`name` is the recipe's. `version` and `class_name` are None where they were not typed."""

    environment: Environment
    connection: ClusterOptions
    name: str
    provider: Provider | None
    options: Options
    version: str | None
    class_name: str | None
    source: Source | None
    dry_run: DryRun
    output: Output | None
    seconds: float | None


def ask(
    environment: Environment,
    connection: ClusterOptions,
    *,
    name: str,
    provider: str | None,
    version: str | None,
    class_name: str | None,
    internal: bool,
    manifest: str | None,
    sha256: str | None,
    dry_run: DryRun,
    output: Output | None,
    seconds: float | None,
) -> Asked:
    """The words, checked one by one. Raises UsageError."""
    has_source = manifest is not None or sha256 is not None
    return Asked(
        environment,
        connection,
        name,
        None if provider is None else named(provider),
        check_flags(internal=internal),
        version,
        class_name,
        check_source(manifest, sha256) if has_source else None,
        dry_run,
        output,
        seconds,
    )
