"""``kubectl ingress install --manifest``: manifests of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
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
    """One file, URL or stdin, and its SHA-256, "" where none was asked for.

    `typed` is what stood after --manifest: the directory of a file in one.
    """

    place: str
    sha256: str
    typed: str

    @property
    def name(self) -> str:
        """For messages."""
        from kubectl_ingress.ports.download import is_url, shown

        if self.place == _STDIN:
            return "stdin"
        return shown(self.place) if is_url(self.place) else self.place

    @property
    def fact(self) -> tuple[str, str]:
        """What it is, and whether that was checked."""
        checked = "its SHA-256 is as asked for" if self.sha256 else "its SHA-256 was not asked for"
        return "Manifest", f"{self.name} ({checked})"

    def read(self, environment: Environment) -> bytes:
        """The file, if it is the one that is meant. Raises InputError."""
        from kubectl_ingress.ports.download import check_digest, is_url
        from kubectl_ingress.ports.sources import read_bytes

        if is_url(self.place):
            return environment.download(self.place, self.sha256)
        if self.place == _STDIN:
            data = read_bytes(environment.stdin)
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


def check_sources(manifests: Sequence[str], digests: Sequence[str]) -> tuple[Source, ...]:
    """Where all of it is, as often as --manifest and --sha256 were typed.

    A directory stands for its files, as after kubectl's -f. Raises UsageError, so
    for a URL without a digest; InputError for a directory without manifests.
    """
    from kubectl_ingress.ports.download import is_url, parse_digest

    if digests and not manifests:
        raise UsageError("--sha256 says what --manifest is to be", "add --manifest FILE or URL")
    if manifests.count(_STDIN) > 1:
        raise UsageError("stdin (--manifest -) can be read only once", "name it once")
    places = [(place, typed) for typed in manifests for place in _files_of(typed)]
    for place, _ in places:
        if is_url(place) and (gone := is_gone(place)):
            raise UsageError(gone, "kubectl ingress install")
    known = _paired([place for place, _ in places], [parse_digest(each) for each in digests])
    return tuple(
        Source(place, digest, typed) for (place, typed), digest in zip(places, known, strict=True)
    )


def _files_of(typed: str) -> list[str]:
    from kubectl_ingress.ports.download import is_url
    from kubectl_ingress.ports.sources import names_of

    if not typed:
        raise UsageError(
            "--manifest names no file", "name a file, a directory, a URL, or - for stdin"
        )
    if typed == _STDIN or is_url(typed):
        return [typed]
    try:
        return names_of(typed, recursive=False)
    except InputError as error:
        error.next_step = "name another directory, or a file"
        raise


def _paired(places: Sequence[str], digests: Sequence[str]) -> Sequence[str]:
    """A digest for each place: in their order, of all or of the URLs alone; else "".

    Raises UsageError where it is not clear which is meant.
    """
    from kubectl_ingress.ports.download import is_url

    urls = [place for place in places if is_url(place)]
    if len(digests) == len(places):
        return digests
    if len(digests) == len(urls):
        rest = iter(digests)
        return [next(rest) if is_url(place) else "" for place in places]
    if len(digests) < len(urls):
        raise UsageError(
            "a --manifest from a URL needs --sha256: what is behind a URL may change",
            "read it, and take the digest of what you read: sha256sum FILE",
        )
    times = "once" if len(digests) == 1 else f"{len(digests)} times"
    raise UsageError(
        f"--sha256 is given {times} for {len(places)} files, so which of them is "
        "meant is not clear",
        "give one for each file, or one for each URL, in their order",
    )


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


def install(job: objects.Job, sources: Sequence[Source]) -> None:
    """Read, plan, show, apply, wait."""
    found = [each for one in sources for each in read(one.read(job.environment), one.name)]
    show_facts(job.environment.stderr, [each.fact for each in sources])
    if job.dry_run is DryRun.CLIENT:
        objects.show_offline(job, found)
        return
    there = typed_flags(replace(job.connection, namespace=None))
    status = shlex.join(["kubectl", "ingress", "status", *there])
    typed = dict.fromkeys("FILE" if each.typed == _STDIN else each.typed for each in sources)
    files = [word for each in typed for word in ("-f", each)]
    remove = shlex.join(["kubectl", "delete", *files, *typed_flags(job.connection)])
    if "FILE" in typed:
        remove += "  # FILE: what was read from stdin"
    # uninstall is for what it knows: here only the manifest tells what belongs together.
    job = replace(job, last=(("Next", status), ("Remove with", remove)))
    objects.apply_to(job, job.environment.cluster(job.connection), found)
