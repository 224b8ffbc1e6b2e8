"""``kubectl ingress install``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.commands._controller_flags import (
    AcmCertificate,
    Image,
    Internal,
    ProxyCidr,
    Replicas,
)
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.duration import parse_timeout
from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.options import DryRun, Output, with_cluster_flags_and

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment


# As in install/settings.py, which is too heavy for the start.
NAME = "ingress-nginx"
CLASS = "nginx"


@with_cluster_flags_and(namespace="Namespace; default: the controller's own.")
def run(
    context: typer.Context,
    connection: ClusterOptions,
    controller: Annotated[
        str, typer.Argument(help="What to install.", metavar="[CONTROLLER]")
    ] = NAME,
    provider: Annotated[
        str | None,
        typer.Option(
            help="Where the cluster runs: aws, gke, kind, …. Default: what its nodes say.",
            metavar="NAME",
        ),
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="Release to install; default: the last.", metavar="X.Y.Z")
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option("--class", help="Name of the class; default: nginx.", metavar="NAME"),
    ] = None,
    replicas: Replicas = None,
    image: Image = None,
    registry: Annotated[
        str | None, typer.Option(help="Registry in place of registry.k8s.io.", metavar="HOST")
    ] = None,
    internal: Internal = False,
    acm_certificate: AcmCertificate = None,
    proxy_cidr: ProxyCidr = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over an ingress-nginx that others installed.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask: to adopt, to delete a class in use.")
    ] = False,
    manifest: Annotated[
        list[str] | None,
        typer.Option(
            help="Install this instead: a file, a directory, a URL, - for stdin. Repeatable.",
            metavar="FILE|URL",
        ),
    ] = None,
    sha256: Annotated[
        list[str] | None,
        typer.Option(
            "--sha256",
            help="What --manifest must be; for a URL a must. As often as files, or URLs.",
            metavar="HEX",
        ),
    ] = None,
    dry_run: Annotated[
        DryRun,
        typer.Option(help="client: ask no cluster. server: let it check, and keep nothing."),
    ] = DryRun.NONE,
    output: Annotated[
        Output | None,
        typer.Option("-o", "--output", help="Print the objects too."),
    ] = None,
    timeout: Annotated[
        str,
        typer.Option(help="Wait so long; 0: look once, negative: a week.", metavar="TIME"),
    ] = "5m",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once applied.")] = False,
    alternatives: Annotated[
        bool, typer.Option("--list", help="List living controllers, and stop.")
    ] = False,
) -> ExitStatus:
    """Install an ingress controller and wait for it.

    It waits until a request could succeed. Objects that this program did not
    make are never changed. Run it again at any time: it changes only what is
    not as it should be, and shows it. What was chosen before and is not named
    now stays: version, image, registry, replicas and what its provider needs.

    The controller goes to namespace ingress-nginx unless -n names another. -o
    prints what was applied, as kubectl apply does; --dry-run applies nothing.

    --adopt takes over one that kubectl apply or Helm installed: it shows what
    differs, asks, and sets it by a forced server-side apply. Uids, addresses
    and what ours do not speak of stay. Put the old manifest away then: kubectl
    apply -f of it would set its fields back without asking, and stop at a
    conflict with --server-side. Helm's record of the release is to be deleted.

    Other controllers (--list) come as their projects publish them, from files
    whose SHA-256 is known here, or as a chart of a known version by the program
    helm; another version of one replaces it.

    --manifest applies objects of any kind, and waits for what of them runs. With
    CONTROLLER it is that one's, which uninstall knows then. Without, only the
    manifest tells what belongs together: kubectl delete -f FILE. It may be given
    several times, and a directory stands for its files, as after kubectl's -f.

    \b
    Examples:
      kubectl ingress install --provider aws
      kubectl ingress install --provider aws --dry-run=client -o yaml
      kubectl ingress install -n ingress-internal --class internal --internal
      kubectl ingress install --provider aws --adopt --dry-run=server
      kubectl ingress install f5-nginx --class nginx-f5
      kubectl ingress install kong --dry-run=server
      kubectl ingress install kong --manifest rendered.yaml
    """
    from kubectl_ingress.install import wanted as checks
    from kubectl_ingress.install.kept import Asked

    environment: Environment = context.obj
    manifests, digests = manifest or [], sha256 or []
    if alternatives and not manifests:
        from kubectl_ingress.commands._install_list import show_list

        show_list(environment, output)
        return ExitStatus.OK
    if manifests or digests or controller != NAME:
        from kubectl_ingress.commands._install_asked import ask
        from kubectl_ingress.commands._install_recipe import install

        of_recipe = ask(
            environment,
            connection,
            name=controller,
            provider=provider,
            version=version,
            class_name=class_name,
            internal=internal,
            manifests=manifests,
            digests=digests,
            dry_run=dry_run,
            output=output,
            seconds=None if no_wait else parse_timeout(timeout, "--timeout"),
            yes=yes,
        )
        install(context, of_recipe)
        return ExitStatus.OK
    from kubectl_ingress.commands._install_nginx import Job, install_nginx

    settings = checks.check_settings(
        version=checks.check_version(version),
        namespace=connection.namespace,
        class_name=CLASS if class_name is None else class_name,
        replicas=replicas,
        image=image,
        registry=registry,
    )
    options = checks.check_flags(
        internal=internal, acm_certificate=acm_certificate, proxy_cidr=proxy_cidr
    )
    wanted = checks.Wanted(
        settings,
        checks.check_provider(provider, options),
        options,
        0.0 if no_wait else parse_timeout(timeout, "--timeout"),
    )
    asked = Asked(
        version=settings.version if version is not None else None,
        provider=wanted.provider,
        options=options,
        image=image,
        registry=registry,
        replicas=replicas,
        namespace=connection.namespace or "",
        class_name=class_name or "",
    )
    job = Job(environment, connection, wanted, asked, dry_run, output, not no_wait, adopt, yes)
    install_nginx(job)
    return ExitStatus.OK
