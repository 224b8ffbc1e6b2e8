"""``kubectl ingress install CONTROLLER``: another controller, by its recipe."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands import _install_manifest as own
from kubectl_ingress.commands import _install_objects as objects
from kubectl_ingress.commands._install_asked import Asked, check_namespace
from kubectl_ingress.commands._install_built_in import show_built_in
from kubectl_ingress.commands._install_chart import install_chart
from kubectl_ingress.commands._interrupted import nothing_changed_yet
from kubectl_ingress.connection import typed_flags
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.errors import ApiForbidden, ApiNotFound, InputError, UsageError
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.marks import LABEL, family, recipe_mark
from kubectl_ingress.install.own_manifest import Found, read
from kubectl_ingress.install.recipe_manifest import amended, files_of, read_files, release_of
from kubectl_ingress.install.recipe_place import Decided, decide
from kubectl_ingress.install.recipe_traps import check_class, shared_of_others
from kubectl_ingress.install.settings import NAME
from kubectl_ingress.install.wanted import check_controller
from kubectl_ingress.inventory.releases import vulnerabilities
from kubectl_ingress.options import DryRun
from kubectl_ingress.ports import api
from kubectl_ingress.recipes import BuiltIn, Chart, File, Manifests, Release
from kubectl_ingress.render.plan import show_facts, show_warning

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_ONLY_NGINX = {
    "replicas": "--replicas",
    "image": "--image",
    "registry": "--registry",
    "acm_certificate": "--acm-certificate",
    "proxy_cidr": "--proxy-cidr",
    "adopt": "--adopt",
}


class _Read(Struct, frozen=True):
    """The objects: those of the controller, and those that it shares with others."""

    title: str
    version: str
    files: tuple[tuple[str, str], ...]
    own: Sequence[Found]
    shared: tuple[Found, ...] = ()


def _check_flags(context: typer.Context, name: str) -> None:
    """Raise UsageError for flags that only ingress-nginx's own manifests have a place for."""
    typed = [flag for parameter, flag in _ONLY_NGINX.items() if own.is_typed(context, parameter)]
    if typed:
        raise UsageError(
            f"{', '.join(typed)}: that is for ingress-nginx; {name} comes as its project makes it",
            f"change its manifest, and name that: kubectl ingress install {name} --manifest FILE",
        )
    if own.is_typed(context, "version") and own.is_typed(context, "manifest"):
        raise UsageError("--manifest says by itself which version it is", "leave --version out")


def install(context: typer.Context, asked: Asked) -> None:
    """By the recipe's kind, or by the manifest that was named. Raises UsageError."""
    if asked.name == NAME and asked.sources:
        own.check_alone(context)
        job = objects.Job(
            asked.environment, asked.connection, asked.dry_run, asked.output, asked.seconds
        )
        own.install(job, asked.sources)
        return
    recipe = check_controller(asked.name)
    _check_flags(context, asked.name)
    match recipe:
        case BuiltIn():
            show_built_in(asked, recipe)
        case Chart() if not asked.sources:
            install_chart(asked, recipe)
        case Manifests() | Chart():
            _from_manifests(asked, recipe)


def _from_manifests(asked: Asked, recipe: Manifests | Chart) -> None:
    """Fetch or read, look, plan, apply, wait."""
    with nothing_changed_yet(asked.environment):
        # What was typed wrong is told before anybody is asked.
        read_for = _reader(asked, recipe)
        offline = asked.dry_run is DryRun.CLIENT
        cluster = None if offline else asked.environment.cluster(asked.connection)
        if cluster is not None and isinstance(recipe, Manifests):
            asked = _with_kept_class(asked, recipe, cluster)
            read_for = _reader(asked, recipe)
        decided = decide(cluster, asked.provider, asked.options)
        found = read_for(decided)
        _show_head(asked, recipe, decided, found)
        told: tuple[Finding, ...] = ()
        if cluster is not None:
            found, told = _looked_at(asked, recipe, cluster, found)
        _warn(asked, recipe, found, told)
        job, whole = _job(asked, recipe, decided, found), [*found.shared, *found.own]
    if cluster is None:
        objects.show_offline(job, whole)
    else:
        objects.apply_to(job, cluster, whole)


def _with_kept_class(asked: Asked, recipe: Manifests, cluster: Cluster) -> Asked:
    """Where no class was typed, the one that was chosen when it was installed before."""
    if asked.class_name is not None:
        return asked
    try:
        label = f"{LABEL}={asked.name}"
        found = api.list_all(cluster, KINDS[recipe.class_kind], labels=label)
    except (ApiForbidden, ApiNotFound):
        # Planning asks for the right; and no class is there of a kind that is not.
        return asked
    names = [reader_of(each).meta().name for each in found if family(each) == asked.name]
    kept = names[0] if len(names) == 1 and names[0] != recipe.class_name else None
    return replace(asked, class_name=kept)


def _class_name(asked: Asked, recipe: Manifests | Chart) -> str:
    if asked.class_name is None:
        return recipe.class_name
    if isinstance(recipe, Chart):
        raise UsageError(
            "the manifest of a chart says itself which class it serves",
            "leave --class out, and render the chart with another one",
        )
    return asked.class_name


def _reader(asked: Asked, recipe: Manifests | Chart) -> Callable[[Decided], _Read]:
    if asked.sources:
        return partial(_read_sources, asked, recipe)
    if isinstance(recipe, Chart):
        raise UsageError(f"{asked.name} is installed by its chart", "name --manifest FILE")
    check_namespace(asked, recipe)
    return partial(_fetch_release, asked, recipe, release_of(asked.name, recipe, asked.version))


def _read_sources(asked: Asked, recipe: Manifests | Chart, decided: Decided) -> _Read:
    class_name, place = _class_name(asked, recipe), decided.place
    data = [each.read(asked.environment) for each in asked.sources]
    facts = tuple(each.fact for each in asked.sources)
    given = {_digest(each): each for each in data}
    if isinstance(recipe, Manifests):
        for release in recipe.releases:
            if {each.sha256 for each in _all_files(release, decided)} == {*given}:
                # What would have been fetched, got in another way.
                known = _read_release(asked, recipe, release, decided, lambda f: given[f.sha256])
                return replace(known, files=facts)
    mark = recipe_mark(asked.name, f"sha256:{_digest(b''.join(data))[:12]}")
    named = zip(data, asked.sources, strict=True)
    found = [each for text, source in named for each in read(text, source.name, mark)]
    made = amended(found, asked.name, recipe, mark, class_name=class_name, place=place)
    return _Read(recipe.title, "", facts, made)


def _all_files(release: Release, decided: Decided) -> tuple[File, ...]:
    return (*files_of(release, decided.place), *release.shared)


def _fetch_release(asked: Asked, recipe: Manifests, release: Release, decided: Decided) -> _Read:
    shelf = _Shelf(asked, _all_files(release, decided))
    made = _read_release(asked, recipe, release, decided, shelf.file)
    return replace(made, files=shelf.facts)


def _read_release(
    asked: Asked,
    recipe: Manifests,
    release: Release,
    decided: Decided,
    fetch: Callable[[File], bytes],
) -> _Read:
    mark = recipe_mark(asked.name, release.version)
    found = read_files(files_of(release, decided.place), mark, fetch)
    shared = read_files(release.shared, mark, fetch)
    made = amended(
        found,
        asked.name,
        recipe,
        mark,
        class_name=_class_name(asked, recipe),
        place=decided.place,
        version=release.version,
    )
    title = f"{recipe.title} {release.version}"
    return _Read(title, release.version, (), made, shared)


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


class _Shelf:
    """Fetches a release's files, and remembers which."""

    def __init__(self, asked: Asked, files: Sequence[File]) -> None:
        self._asked = asked
        self._files = files
        self._hosts: dict[str, None] = {}
        self._count = self._kept = 0

    def file(self, file: File) -> bytes:
        """The file, from the network unless it was fetched before."""
        from kubectl_ingress.ports.kept_files import kept_or_fetched

        environment = self._asked.environment
        try:
            data, kept = kept_or_fetched(
                file.url, file.sha256, environment.variables, environment.download
            )
        except InputError as error:
            several = len(self._files) > 1
            what = f"these {len(self._files)} files in another way, into a directory"
            steps = [f"get {what if several else 'it in another way'}, and name that:"]
            steps += [each.url for each in self._files] if several else []
            named = "DIRECTORY" if several else "FILE"
            steps.append(f"kubectl ingress install {self._asked.name} --manifest {named}")
            error.next_step = "\n".join(steps)
            raise
        self._hosts[urlsplit(file.url).hostname or ""] = None
        self._count += 1
        self._kept += kept
        return data

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """How many, from where, and that they are what they should be."""
        kept = " (fetched before)" if self._kept == self._count else ""
        hosts = ", ".join(self._hosts)
        return (("Files", f"{self._count} of {hosts}{kept}, each with the SHA-256 known here"),)


def _show_head(asked: Asked, recipe: Manifests | Chart, decided: Decided, found: _Read) -> None:
    class_name = _class_name(asked, recipe)
    kind = "" if recipe.class_kind == "IngressClass" else f" ({recipe.class_kind})"
    what = f"{found.title}, namespace {recipe.namespace}, class {class_name}{kind}"
    facts = [*decided.facts, ("Controller", what), *found.files]
    if recipe.caution:
        facts.append(("Note", recipe.caution))
    show_facts(asked.environment.stderr, facts)


def _looked_at(
    asked: Asked,
    recipe: Manifests | Chart,
    cluster: Cluster,
    found: _Read,
) -> tuple[_Read, tuple[Finding, ...]]:
    """Without the shared objects where others have brought theirs, and what is to be known."""
    class_name = _class_name(asked, recipe)
    told = list(check_class(cluster, asked.name, recipe, class_name, found.own))
    others = shared_of_others(cluster, asked.name, found.shared)
    if others is not None:
        show_facts(asked.environment.stderr, [("Shared", others.said)])
        found = replace(found, shared=())
        told += others.findings
    return found, tuple(told)


def _warn(asked: Asked, recipe: Manifests | Chart, found: _Read, told: Sequence[Finding]) -> None:
    stderr = asked.environment.stderr
    for each in vulnerabilities(recipe.controller or asked.name, found.version):
        fixed = ", ".join(each.fixed_in)
        text = f"{found.title} has known vulnerabilities: {', '.join(each.ids)}; take {fixed}"
        newer = f"kubectl ingress install {asked.name} --manifest FILE"
        show_warning(stderr, "KI710", f"{text} or later: {newer}")
    for finding in told:
        show_warning(stderr, finding.code, finding.message)


def _job(asked: Asked, recipe: Manifests | Chart, decided: Decided, found: _Read) -> objects.Job:
    there = typed_flags(replace(asked.connection, namespace=None))
    words = ["status"]
    if recipe.needs is not None:
        words = ["scaffold", "NAME", "--controller", asked.name, "--host", "HOST", "--apply"]
        if asked.class_name is not None:
            words += ["--class", asked.class_name]
    last = (
        ("Next", shlex.join(["kubectl", "ingress", *words, *there])),
        ("Remove with", shlex.join(["kubectl", "ingress", "uninstall", asked.name, *there])),
    )
    return objects.Job(
        asked.environment,
        asked.connection,
        asked.dry_run,
        asked.output,
        asked.seconds,
        entry=_entry(recipe, decided, found),
        last=last,
        recipe=(asked.name, recipe),
        yes=asked.yes,
        with_yes=asked.with_yes,
    )


def _entry(recipe: Manifests | Chart, decided: Decided, found: _Read) -> str:
    """The Service whose load balancer is waited for: where it is known that one is made."""
    for obj, _ in found.own if decided.makes_balancers else ():
        reader = reader_of(obj)
        is_entry = obj["kind"] == "Service" and reader.meta().name == recipe.entry
        if is_entry and reader.child("spec").text("type") == "LoadBalancer":
            return f"{reader.meta().namespace}/{recipe.entry}"
    return ""
