"""What was typed for a controller that has a recipe, or for a manifest of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from msgspec import Struct

from kubectl_ingress.commands._install_manifest import Source, check_sources
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.detection import named
from kubectl_ingress.install.wanted import check_flags
from kubectl_ingress.options import DryRun, Output
from kubectl_ingress.providers import Options, Provider
from kubectl_ingress.recipes import Chart, Manifests


class Asked(Struct, frozen=True):
    """`name` is the recipe's. `version` and `class_name` are None where they were not typed.

    `sources` are its manifests, where some were named. `yes`: nothing is asked.
    """

    environment: Environment
    connection: ClusterOptions
    name: str
    provider: Provider | None
    options: Options
    version: str | None
    class_name: str | None
    sources: tuple[Source, ...]
    dry_run: DryRun
    output: Output | None
    seconds: float | None
    yes: bool

    @property
    def with_yes(self) -> str:
        """The same command, which does not ask."""
        words = ["kubectl", "ingress", "install", self.name]
        words += ["--version", self.version] if self.version is not None else []
        words += ["--class", self.class_name] if self.class_name is not None else []
        words += ["--provider", self.provider.name] if self.provider is not None else []
        words += ["--internal"] if self.options.internal else []
        for typed in dict.fromkeys(each.typed for each in self.sources):
            words += ["--manifest", typed]
        digests = [each.sha256 for each in self.sources if each.sha256]
        words += [word for each in digests for word in ("--sha256", each)]
        return shlex.join([*words, "--yes"])


def ask(
    environment: Environment,
    connection: ClusterOptions,
    *,
    name: str,
    provider: str | None,
    version: str | None,
    class_name: str | None,
    internal: bool,
    manifests: Sequence[str],
    digests: Sequence[str],
    dry_run: DryRun,
    output: Output | None,
    seconds: float | None,
    yes: bool,
) -> Asked:
    """The words, checked one by one. Raises UsageError, and InputError for a directory."""
    return Asked(
        environment,
        connection,
        name,
        None if provider is None else named(provider),
        check_flags(internal=internal),
        version,
        class_name,
        check_sources(manifests, digests),
        dry_run,
        output,
        seconds,
        yes,
    )


def check_namespace(asked: Asked, recipe: Manifests | Chart) -> None:
    """Raise UsageError for another namespace than the one that the files themselves name."""
    namespace = asked.connection.namespace
    if namespace not in (None, recipe.namespace):
        what = f"{asked.name} is installed into namespace {recipe.namespace}"
        raise UsageError(what, f"leave -n {namespace} out")
