"""What was typed for a controller that has a recipe, or for a manifest of one's own."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.commands._install_manifest import Source, check_source
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.detection import named
from kubectl_ingress.install.wanted import check_flags
from kubectl_ingress.options import DryRun, Output
from kubectl_ingress.providers import Options, Provider
from kubectl_ingress.recipes import Chart, Manifests


class Asked(Struct, frozen=True):
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


def check_namespace(asked: Asked, recipe: Manifests | Chart) -> None:
    """Raise UsageError for another namespace than the one that the files themselves name."""
    namespace = asked.connection.namespace
    if namespace not in (None, recipe.namespace):
        what = f"{asked.name} is installed into namespace {recipe.namespace}"
        raise UsageError(what, f"leave -n {namespace} out")
