"""``kubectl ingress install --manifest``: a manifest of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands import _install_objects as objects
from kubectl_ingress.connection import typed_flags
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.install.own_manifest import read
from kubectl_ingress.install.wanted import is_gone
from kubectl_ingress.options import DryRun
from kubectl_ingress.render.plan import show_facts

# What is said of the controller that this program knows; a manifest says all of it itself.
_OTHERS = {
    "controller": "CONTROLLER",
    "provider": "--provider",
    "version": "--version",
    "class_name": "--class",
    "replicas": "--replicas",
    "image": "--image",
    "registry": "--registry",
    "internal": "--internal",
    "acm_certificate": "--acm-certificate",
    "proxy_cidr": "--proxy-cidr",
    "adopt": "--adopt",
    "yes": "--yes",
    "alternatives": "--list",
}
_STDIN = "-"


class Source(Struct, frozen=True):
    """A manifest, and its SHA-256, "" where none was asked for."""

    place: str
    sha256: str

    @property
    def name(self) -> str:
        """For messages."""
        from kubectl_ingress.ports.download import shown

        return "stdin" if self.place == _STDIN else shown(self.place)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it is, and whether that was checked."""
        checked = "its SHA-256 is as asked for" if self.sha256 else "its SHA-256 was not asked for"
        return [("Manifest", f"{self.name} ({checked})")]

    def read(self, environment: Environment) -> bytes:
        """The file, if it is the one that is meant. Raises InputError."""
        from kubectl_ingress.ports.download import check_digest, is_url

        if is_url(self.place):
            return environment.download(self.place, self.sha256)
        if self.place == _STDIN:
            stdin = environment.stdin
            raw = getattr(stdin, "buffer", None)
            data: bytes = raw.read() if raw else stdin.read().encode("utf-8", "surrogatepass")
        else:
            try:
                data = Path(self.place).read_bytes()
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", "") or str(error)
                raise InputError(
                    f"{self.place} cannot be read: {why}", "check the name and the directory"
                ) from error
        if self.sha256:
            check_digest(data, self.sha256, self.name)
        return data


def check_source(manifest: str | None, sha256: str | None) -> Source:
    """Where the manifest is. Raises UsageError, so for a URL without a digest."""
    from kubectl_ingress.ports.download import is_url, parse_digest

    if manifest is None:
        raise UsageError("--sha256 says what --manifest is to be", "add --manifest FILE or URL")
    if not manifest:
        raise UsageError("--manifest names no file", "name a file, a URL, or - for stdin")
    if is_url(manifest):
        if gone := is_gone(manifest):
            raise UsageError(gone, "kubectl ingress install")
        if sha256 is None:
            raise UsageError(
                "a --manifest from a URL needs --sha256: what is behind a URL may change",
                "read it, and take the digest of what you read: sha256sum FILE",
            )
    return Source(manifest, parse_digest(sha256) if sha256 is not None else "")


def check_alone(context: typer.Context) -> None:
    """Raise UsageError for flags that mean nothing beside --manifest."""
    typed = [flag for name, flag in _OTHERS.items() if is_typed(context, name)]
    if typed:
        raise UsageError(
            f"--manifest says by itself what is installed; {', '.join(typed)} cannot be added",
            "change the manifest, or leave --manifest out",
        )


def is_typed(context: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def install(job: objects.Job, source: Source) -> None:
    """Read, plan, show, apply, wait."""
    found = read(source.read(job.environment), source.name)
    show_facts(job.environment.stderr, source.facts)
    if job.dry_run is DryRun.CLIENT:
        objects.show_offline(job, found)
        return
    there = typed_flags(replace(job.connection, namespace=None))
    status = shlex.join(["kubectl", "ingress", "status", *there])
    remove = shlex.join(["kubectl", "delete", "-f", source.place, *typed_flags(job.connection)])
    # uninstall is for what it knows: here only the manifest tells what belongs together.
    job = replace(job, last=(("Next", status), ("Remove with", remove)))
    objects.apply_to(job, job.environment.cluster(job.connection), found)
