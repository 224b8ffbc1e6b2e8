"""``kubectl ingress lint``: what is wrong with Ingresses, for the controller of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from kubectl_ingress.commands import _lint_fix
from kubectl_ingress.commands._lint_report import print_report
from kubectl_ingress.commands._routing_flags import (
    ControllerFlag,
    ControllerName,
    Filename,
    IngressClass,
    Recursive,
    RouterFlavor,
    arguments_of,
)
from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.controllers._profile import Meant
    from kubectl_ingress.core.report import Report
    from kubectl_ingress.env import Environment
    from kubectl_ingress.lint.engine import Rule
    from kubectl_ingress.linting import Files, Wanted

_OUTPUTS = ("text", "json", "sarif", "junit", "github")
_FAIL_ON = ("error", "warning", "never")
_LEVELS = ("error", "warning", "info")


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    filename: Filename = None,
    recursive: Recursive = False,
    all_namespaces: Annotated[
        bool, typer.Option("-A", "--all-namespaces", help="Objects of all namespaces.")
    ] = False,
    list_rules: Annotated[
        bool, typer.Option("--list", help="List the rules; with -o json too.")
    ] = False,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="error|warning|never", help="From which level on to exit with 1."
        ),
    ] = "error",
    level: Annotated[
        str,
        typer.Option("--level", metavar="error|warning|info", help="The least level to tell."),
    ] = "warning",
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is safe, in the files themselves.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="With --fix: show what it would do, write nothing.")
    ] = False,
    ingress_class: IngressClass = "",
    controller: ControllerName = "",
    flag: ControllerFlag = None,
    router_flavor: RouterFlavor = "",
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="text|json|sarif|junit|github")
    ] = "text",
) -> ExitStatus:
    """Find what is wrong with Ingresses, and say what mends it.

    All Ingresses are looked at together, as the controller of each class does. A
    finding is suppressed by the annotation kubectl-ingress/ignore: "KI501 reason"
    of its object, or by a comment # kubectl-ingress:ignore KI501 on its line.

    \b
    Examples:
      kubectl ingress lint -f manifests/ -R
      helm template CHART | kubectl ingress lint -f -
      kubectl ingress lint -A --fail-on warning
      kubectl ingress lint -f manifests/ -o sarif > lint.sarif
      kubectl ingress lint -f manifests/ --fix --diff
    """
    environment: Environment = context.obj
    _check("-o", output, _OUTPUTS)
    _check("--fail-on", fail_on, _FAIL_ON)
    _check("--level", level, _LEVELS)
    from kubectl_ingress.lint.engine import all_rules

    rules = all_rules()
    if list_rules:
        if output not in ("text", "json"):
            raise UsageError(f"--list has no -o {output}", "one of: text, json")
        _list(rules, environment, output)
        return ExitStatus.OK
    if all_namespaces and (connection.namespace or filename):
        raise UsageError("-A goes with neither -n nor -f", "leave one of them out")
    if diff and not fix:
        raise UsageError("--diff goes with --fix", "kubectl ingress lint -f FILE --fix --diff")
    from kubectl_ingress.controllers._profile import Meant, Told
    from kubectl_ingress.linting import Wanted, lint_cluster, look_at

    told = Told(arguments_of(flag), router_flavor=router_flavor)
    meant = Meant(controller, ingress_class, told)
    if fix or filename:
        namespace, wanted = connection.namespace or "default", Wanted(level)
        files = _files(filename or [], environment, namespace, recursive, meant, rules, wanted)
        if fix:
            return _lint_fix.run(files, environment, diff, output, fail_on)
        report = look_at(files).report
    else:
        cluster = environment.cluster(connection)
        namespace = "" if all_namespaces else cluster.namespace
        report = lint_cluster(cluster, meant, rules, Wanted(level, namespace))
        report = _addressed(report, connection)
    print_report(report, rules, environment, output)
    return ExitStatus.FAILED if report.reaches(fail_on) else ExitStatus.OK


def _files(
    paths: Sequence[str],
    environment: Environment,
    namespace: str,
    recursive: bool,
    meant: Meant,
    rules: Sequence[Rule],
    wanted: Wanted,
) -> Files:
    from kubectl_ingress.linting import Files
    from kubectl_ingress.ports.places import rereadable
    from kubectl_ingress.ports.sources import typed_paths

    typed, stdin = typed_paths(paths), environment.stdin
    stream = rereadable(stdin) if "-" in typed else lambda: stdin
    return Files(typed, stream, namespace, recursive, meant, rules, wanted)


def _check(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UsageError(f"{name} {value!r} is not known", f"one of: {', '.join(known)}")


def _addressed(report: Report, connection: ClusterOptions) -> Report:
    """With suggested commands that lead to the same cluster."""
    found = tuple(
        replace(one, finding=replace(one.finding, fix=addressed(one.finding.fix, connection)))
        for one in report.found
    )
    return replace(report, found=found)


def _list(rules: Sequence[Rule], environment: Environment, output: str) -> None:
    from kubectl_ingress.lint.manual import page_of_rule
    from kubectl_ingress.render.lint import render_rules_json
    from kubectl_ingress.render.table import show_table

    pages = tuple(map(page_of_rule, rules))
    if output == "json":
        render_rules_json(pages, environment.stdout)
        return
    rows = [[one.code, one.rule, one.level, one.title] for one in pages]
    show_table(environment.stdout, ("CODE", "RULE", "LEVEL", "WHAT"), rows)
