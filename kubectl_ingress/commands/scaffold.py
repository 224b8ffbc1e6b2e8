"""``kubectl ingress scaffold``: a first workload and the route to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiConflict, ExitStatus, IngressError
from kubectl_ingress.options import DryRun, Output, with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.scaffold.objects import Manifest
    from kubectl_ingress.scaffold.wanted import Wanted


def _text(flag: str, metavar: str, text: str) -> object:
    return typer.Option(flag, metavar=metavar, help=text, show_default=False)


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the objects are named after.")],
    host: Annotated[
        str | None, _text("--host", "HOST", "Host of the route; default: every host.")
    ] = None,
    path: Annotated[str | None, _text("--path", "PATH", "Path of the route; default: /.")] = None,
    path_type: Annotated[
        str, typer.Option(metavar="TYPE", help="Exact, Prefix or ImplementationSpecific.")
    ] = "Prefix",
    rule: Annotated[
        list[str] | None,
        _text("--rule", "RULE", "HOST/PATH*=SVC:PORT,tls=SECRET as in kubectl create ingress."),
    ] = None,
    controller: Annotated[
        str, typer.Option(metavar="CONTROLLER", help="Who shall serve the route: kong, gke, ….")
    ] = "ingress-nginx",
    class_name: Annotated[
        str | None, _text("--class", "NAME", "Class of the route; default: the controller's usual.")
    ] = None,
    rewrite_target: Annotated[
        str | None, _text("--rewrite-target", "PATH", "What the pods get in place of the path.")
    ] = None,
    image: Annotated[
        str | None,
        _text("--image", "IMAGE", "Image of the pods; default: one that answers with its name."),
    ] = None,
    replicas: Annotated[int, typer.Option(metavar="N", help="Number of pods.")] = 1,
    container_port: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Port the program listens on.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option(metavar="PORT", help="Port of the Service.")] = 80,
    labels: Annotated[
        str, _text("--labels", "K=V,...", "Labels of all objects, beside app=NAME.")
    ] = "",
    deployment_name: Annotated[
        str, _text("--deployment-name", "NAME", "In place of NAME-deployment.")
    ] = "",
    service_name: Annotated[str, _text("--service-name", "NAME", "In place of NAME-service.")] = "",
    ingress_name: Annotated[str, _text("--ingress-name", "NAME", "In place of NAME.")] = "",
    tls_secret: Annotated[
        str, _text("--tls-secret", "NAME", "Secret with the hosts' certificate.")
    ] = "",
    tls_self_signed: Annotated[
        bool, typer.Option("--tls-self-signed", help="Make such a Secret, self-signed, 90 days.")
    ] = False,
    canary_weight: Annotated[
        int | None,
        typer.Option(metavar="N", help="Percent of requests for a canary.", show_default=False),
    ] = None,
    canary_header: Annotated[
        str, _text("--canary-header", "NAME[=VALUE]", "Header that chooses the canary.")
    ] = "",
    canary_cookie: Annotated[
        str, _text("--canary-cookie", "NAME", "Cookie that chooses the canary.")
    ] = "",
    canary_image: Annotated[
        str, _text("--canary-image", "IMAGE", "Image of the canary; default: the same.")
    ] = "",
    canary_service: Annotated[
        str, _text("--canary-service", "SVC[:PORT]", "A Service there is, in place of a new one.")
    ] = "",
    only: Annotated[
        list[str] | None,
        _text("--only", "PARTS", "Some of tls, deployment, service, ingress, canary."),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Apply to the cluster (server-side).")
    ] = False,
    force_conflicts: Annotated[
        bool,
        typer.Option("--force-conflicts", help="With --apply: take fields over from others."),
    ] = False,
    dry_run: Annotated[
        DryRun, typer.Option(help="With --apply: change nothing, and say what would be.")
    ] = DryRun.NONE,
    output: Annotated[
        Output | None, typer.Option("-o", "--output", help="Format; default: commented YAML.")
    ] = None,
) -> ExitStatus:
    """Write a Deployment, a Service and an Ingress, or apply them.

    Without --apply the YAML goes to stdout, and no cluster is asked. The
    default image answers every path with the name of its pod. Classes and
    annotations are those that --controller reads.

    \b
    Examples:
      kubectl ingress scaffold shop --host shop.example.com > all.yaml
      kubectl ingress scaffold hostname --host jko.example.com --apply
      kubectl ingress scaffold shop --host shop.example.com --tls-self-signed
      kubectl ingress scaffold shop --controller gke --host shop.example.com
      kubectl ingress scaffold shop --rule "a.example/api*=api:80" --only ingress
      kubectl ingress scaffold shop --host shop.example.com --canary-weight 10
    """
    from kubectl_ingress.scaffold.images import DEFAULT
    from kubectl_ingress.scaffold.wanted import Typed, check

    environment: Environment = context.obj
    wanted = check(
        Typed(
            name=name,
            namespace=connection.namespace or "",
            deployment_name=deployment_name,
            service_name=service_name,
            ingress_name=ingress_name,
            replicas=replicas,
            image=DEFAULT if image is None else image,
            container_port=container_port,
            port=port,
            labels=labels,
            host=host,
            path=path,
            path_type=path_type,
            controller=controller,
            class_name=class_name,
            rewrite_target=rewrite_target,
            rules=tuple(rule or ()),
            tls_secret=tls_secret,
            tls_self_signed=tls_self_signed,
            canary_weight=canary_weight,
            canary_header=canary_header,
            canary_cookie=canary_cookie,
            canary_service=canary_service,
            canary_image=canary_image,
            only=tuple(only or ()),
        )
    )
    manifests = _manifests(environment, wanted)
    if not apply:
        _print(environment, manifests, output or Output.YAML)
        return ExitStatus.OK
    cluster = environment.cluster(connection)
    _apply(environment, cluster, manifests, dry_run, force_conflicts, output)
    if "canary" in wanted.parts and "ingress" not in wanted.parts:
        _tell_without_main(environment, cluster, wanted)
    if dry_run is DryRun.NONE and "ingress" in wanted.parts:
        print(
            f"Next   {printable(addressed(_test_of(wanted), connection))}", file=environment.stderr
        )
    return ExitStatus.OK


def _tell_without_main(environment: Environment, cluster: Cluster, wanted: Wanted) -> None:
    """Say so where the Ingress is not there that the canary takes requests from."""
    from kubectl_ingress.core.kinds import KINDS
    from kubectl_ingress.ports import api

    namespace = wanted.namespace or cluster.namespace
    if api.find(cluster, KINDS["Ingress"], wanted.ingress, namespace) is None:
        print(
            f"! there is no Ingress {wanted.ingress} in namespace {namespace}: unless another one"
            " has the same host, path and pathType, the canary gets no request (KI506)",
            file=environment.stderr,
        )


def _test_of(wanted: Wanted) -> str:
    """The command that tries the first route: under its host, and over TLS if it has any."""
    from kubectl_ingress.core.commands import command

    route = wanted.routes[0]
    if not route.host:
        return command("ingress", "test", route.path)
    scheme = "http" if route.secret is None else "https"
    host = f"www{route.host[1:]}" if route.host.startswith("*") else route.host
    insecure = ("-k",) if route.host in wanted.certificate_hosts else ()
    return command("ingress", "test", f"{scheme}://{host}{route.path}", *insecure)


def _manifests(environment: Environment, wanted: Wanted) -> list[Manifest]:
    """The objects, after saying what is odd about them."""
    from kubectl_ingress.scaffold.objects import build

    for warning in wanted.warnings:
        print(f"! {printable(warning)}", file=environment.stderr)
    if not wanted.certificate_secret or "tls" not in wanted.parts:
        return build(wanted)
    from datetime import UTC, datetime

    from kubectl_ingress.certificates import DAYS, self_signed

    now = datetime.now(UTC)
    print(
        f"! the certificate in Secret {wanted.certificate_secret} is self-signed: no browser trusts"
        f" it, and it ends in {DAYS} days",
        file=environment.stderr,
    )
    return build(wanted, self_signed(wanted.certificate_hosts, now))


def _print(environment: Environment, manifests: Sequence[Manifest], output: Output) -> None:
    if output is Output.YAML:
        from kubectl_ingress.ports.files import dump_yaml

        objects = [manifest.object for manifest in manifests]
        environment.stdout.write(dump_yaml(objects, [item.comments for item in manifests]))
        return
    _print_plain(environment, [manifest.object for manifest in manifests], output)


def _print_plain(
    environment: Environment, objects: Sequence[Mapping[str, Any]], output: Output
) -> None:
    from kubectl_ingress.core.kinds import qualified_name

    if output is Output.NAME:
        for item in objects:
            print(printable(qualified_name(item)), file=environment.stdout)
    elif output is Output.YAML:
        from kubectl_ingress.ports.files import dump_yaml

        environment.stdout.write(dump_yaml(objects))
    else:
        import json

        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        whole = objects[0] if len(objects) == 1 else listed
        print(json.dumps(whole, indent=4), file=environment.stdout)


def _apply(
    environment: Environment,
    cluster: Cluster,
    manifests: Sequence[Manifest],
    dry_run: DryRun,
    force: bool,
    output: Output | None,
) -> None:
    """Apply all objects after the server has checked all of them; nothing is half done."""
    from kubectl_ingress.core.kinds import qualified_name
    from kubectl_ingress.ports import api

    objects = [manifest.object for manifest in manifests]
    before = [api.find(cluster, *api.identify(cluster, item)) for item in objects]
    results: list[Mapping[str, Any]] = list(objects)
    if dry_run is not DryRun.CLIENT:
        results = [_applied(cluster, item, force=force, dry_run=True) for item in objects]
    note = {DryRun.CLIENT: " (dry run)", DryRun.SERVER: " (server dry run)"}.get(dry_run, "")
    applied = 0
    try:
        for index, (item, old) in enumerate(zip(objects, before, strict=True)):
            if dry_run is DryRun.NONE:
                results[index] = _applied(cluster, item, force=force, dry_run=False)
                applied += 1
            if output is None:
                done = _what_happened(old, results[index])
                print(f"{printable(qualified_name(item))} {done}{note}", file=environment.stdout)
        if output is not None:
            _print_plain(environment, [_without_managers(result) for result in results], output)
    except (IngressError, KeyboardInterrupt):
        if dry_run is DryRun.NONE:
            stands = f"{applied} of {len(objects)} objects were applied and stay."
            print(f"{stands} The same command again goes on from there.", file=environment.stderr)
        raise


def _applied(
    cluster: Cluster, item: Mapping[str, Any], *, force: bool, dry_run: bool
) -> dict[str, Any]:
    from kubectl_ingress.ports import api
    from kubectl_ingress.ports.answers import FieldsOwned

    try:
        apply = partial(api.apply, cluster, item, force=force, dry_run=dry_run)
        return apply() if dry_run else api.settle(apply)
    except FieldsOwned as error:
        raise ApiConflict(
            error.sentence, f"{error.next_step}\nor take them over: add --force-conflicts"
        ) from error


def _what_happened(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> str:
    """As kubectl says it."""
    from kubectl_ingress.ports import api

    if old is None:
        return "created"
    return "unchanged" if api.content(old) == api.content(new) else "configured"


def _meta(item: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = item.get("metadata")
    return meta if isinstance(meta, dict) else {}


def _without_managers(item: Mapping[str, Any]) -> dict[str, Any]:
    meta = {key: value for key, value in _meta(item).items() if key != "managedFields"}
    return {**item, "metadata": meta}
