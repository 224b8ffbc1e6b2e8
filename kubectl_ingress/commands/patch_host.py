"""``kubectl ingress patch-host``: give an Ingress the load balancer's name, or another host."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kubectl_ingress.commands._routing_flags import ControllerName
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiConflict, ExitStatus, UsageError
from kubectl_ingress.options import DryRun, Output, with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.core.objects import Ingress
    from kubectl_ingress.core.patch_host import Plan
    from kubectl_ingress.ports.cluster import Cluster


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    ingress: Annotated[str, typer.Argument(metavar="INGRESS", help="Name of the Ingress.")],
    host: Annotated[
        str | None,
        typer.Argument(metavar="HOST", help="The new host; default: the load balancer's name."),
    ] = None,
    from_host: Annotated[
        str | None, typer.Option("--from", metavar="HOST", help="Change only rules with this host.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Change all rules, whatever their hosts.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Restore the hosts there were before.")
    ] = False,
    nip_io: Annotated[
        bool, typer.Option("--nip-io", help="Use IP.nip.io where the load balancer has an IP only.")
    ] = False,
    ingress_class: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Class whose load balancer is meant.")
    ] = "",
    controller: ControllerName = "",
    dry_run: Annotated[
        DryRun,
        typer.Option("--dry-run", help="client: only show it. server: let the API server check."),
    ] = DryRun.NONE,
    output: Annotated[
        Output | None, typer.Option("-o", "--output", help="Print the Ingress, or its name.")
    ] = None,
) -> ExitStatus:
    """Set the host of an Ingress to the load balancer's DNS name.

    TLS hosts follow. The host there was before is kept on the Ingress, and
    --undo restores it.

    \b
    Examples:
      kubectl ingress patch-host ingress-example
      kubectl ingress patch-host ingress-example shop.example.com
      kubectl ingress patch-host ingress-example --undo
    """
    from kubectl_ingress.core.patch_host import plan_patch, plan_undo
    from kubectl_ingress.entrypoint import read_ingress

    environment: Environment = context.obj
    if undo and (host or from_host or every or nip_io):
        raise UsageError("--undo takes no host and no other choice")
    wanted = _checked(host) if host else None
    cluster = environment.cluster(connection)
    found, parsed = read_ingress(cluster, ingress)
    if not undo and wanted is None:
        asked = (ingress_class, controller)
        wanted = _load_balancer(environment, cluster, parsed, asked, nip_io)

    def make(found: dict[str, Any]) -> Plan:
        if undo or wanted is None:
            return plan_undo(found)
        return plan_patch(found, wanted, from_host.lower() if from_host else None, every=every)

    try:
        plan, result = _patched(cluster, ingress, found, make, dry_run)
    except KeyboardInterrupt:
        if dry_run is DryRun.NONE:
            print(
                "It may be patched, or not. The same command again tells.", file=environment.stderr
            )
        raise
    _tell(environment, plan, ingress)
    _print(environment, result, ingress, output, plan, dry_run)
    return ExitStatus.FAILED if plan.left else ExitStatus.OK


def _checked(host: str) -> str:
    from kubectl_ingress.core.hosts import host_problem

    lowered = host.lower().removesuffix(".")
    problem = host_problem(lowered)
    if problem:
        raise UsageError(f"{host!r} cannot be the host of an Ingress: {problem}")
    return lowered


def _load_balancer(
    environment: Environment,
    cluster: Cluster,
    ingress: Ingress | None,
    asked: tuple[str, str],
    nip_io: bool,
) -> str:
    from kubectl_ingress.core.classes import class_of
    from kubectl_ingress.core.hosts import is_ip
    from kubectl_ingress.entrypoint import load_balancer

    ingress_class, controller = asked
    likely = class_of(ingress) if ingress else ""
    address = load_balancer(cluster, ingress_class, likely, controller)
    if not is_ip(address):
        return _checked(address)
    if not nip_io:
        raise UsageError(
            f"the load balancer has the IP {address} and no name, and the host of an Ingress must"
            " be a DNS name",
            "name one that leads there: kubectl ingress patch-host INGRESS HOST\n"
            "or use the public service nip.io: --nip-io",
        )
    if ":" in address:
        raise UsageError(f"--nip-io needs an IPv4 address, and the load balancer has {address}")
    print(
        "note: nip.io is a public DNS service outside your cluster; the route works only while it"
        " answers",
        file=environment.stderr,
    )
    return f"{address}.nip.io"


def _patched(
    cluster: Cluster,
    name: str,
    found: dict[str, Any],
    make: Callable[[dict[str, Any]], Plan],
    dry_run: DryRun,
) -> tuple[Plan, dict[str, Any]]:
    """Plan and patch; again, read anew, where somebody else changed it in between."""
    from kubectl_ingress.core.kinds import KINDS
    from kubectl_ingress.ports import api

    kind = KINDS["Ingress"]
    # As often as client-go's RetryOnConflict: of several at a time each has its turn.
    tries = 5
    while True:
        plan = make(found)
        if not plan.patch or dry_run is DryRun.CLIENT:
            return plan, found
        try:
            return plan, api.patch(
                cluster, kind, name, cluster.namespace, plan.patch, dry_run=dry_run is DryRun.SERVER
            )
        except ApiConflict:
            tries -= 1
            if not tries:
                raise
            found = api.get(cluster, kind, name, cluster.namespace)


def _tell(environment: Environment, plan: Plan, name: str) -> None:
    from kubectl_ingress.core.text import printable

    for change in plan.changes:
        before, after = change.before or "(no host)", change.after or "(no host)"
        line = f"  {change.where}[{change.index}]  {before} → {after}"
        print(printable(line), file=environment.stderr)
    for left in plan.left:
        print(printable(f"! not restored: {left}"), file=environment.stderr)
    if any(change.where == "tls" for change in plan.changes):
        print(
            f"! the certificate of Ingress {name} must cover the new host, or TLS fails",
            file=environment.stderr,
        )


def _print(
    environment: Environment,
    result: dict[str, Any],
    name: str,
    output: Output | None,
    plan: Plan,
    dry_run: DryRun,
) -> None:
    if output is Output.NAME:
        text = f"ingress.networking.k8s.io/{name}"
    elif output is Output.JSON:
        text = json.dumps(_as_kubectl(result), indent=4)
    elif output is Output.YAML:
        from kubectl_ingress.ports.files import dump_yaml

        text = dump_yaml([_as_kubectl(result)]).rstrip("\n")
    else:
        done = "patched" if plan.patch else "patched (no change)"
        suffixes = {DryRun.CLIENT: " (dry run)", DryRun.SERVER: " (server dry run)"}
        suffix = suffixes.get(dry_run, "")
        text = f"ingress.networking.k8s.io/{name} {done}{suffix}"
    print(text, file=environment.stdout)


def _as_kubectl(found: dict[str, Any]) -> dict[str, Any]:
    """The object as kubectl shows one: keys by the alphabet, without its managed fields."""
    shown: dict[str, Any] = json.loads(json.dumps(found, sort_keys=True))
    shown["metadata"].pop("managedFields", None)
    return shown
