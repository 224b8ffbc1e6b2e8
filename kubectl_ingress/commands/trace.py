"""``kubectl ingress trace``: the way a request would go, hop by hop, without sending it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands._again import (
    TEST,
    TRACE,
    Flags,
    cookie_flags,
    header_flags,
    with_flags,
    without_host,
)
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
    from kubectl_ingress.core.request_lines import Typed
    from kubectl_ingress.core.trace import Traced
    from kubectl_ingress.env import Environment
    from kubectl_ingress.tracing import Tracer


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    target: Annotated[
        str | None, typer.Argument(metavar="PATH|URL", help="/path, or http://host/path.")
    ] = None,
    filename: Filename = None,
    recursive: Recursive = False,
    request: Annotated[
        str, typer.Option("-X", "--request", metavar="METHOD", help="As curl's.")
    ] = "GET",
    header: Annotated[
        list[str], typer.Option("-H", "--header", metavar="'NAME: VALUE'", help="Repeatable.")
    ] = [],  # noqa: B006  # typer copies it
    cookie: Annotated[
        list[str], typer.Option("-b", "--cookie", metavar="'NAME=VALUE'", help="Repeatable.")
    ] = [],  # noqa: B006
    client_ip: Annotated[
        str, typer.Option("--client-ip", metavar="IP", help="Address that the controller sees.")
    ] = "",
    why_not: Annotated[
        str, typer.Option("--why-not", metavar="INGRESS", help="Say why that one did not take it.")
    ] = "",
    requests: Annotated[
        str,
        typer.Option(
            "--requests", metavar="FILE", help="Requests as JSON, one a line; - for stdin."
        ),
    ] = "",
    ingress_class: IngressClass = "",
    controller: ControllerName = "",
    flag: ControllerFlag = None,
    router_flavor: RouterFlavor = "",
    output: Annotated[str, typer.Option("-o", "--output", metavar="text|json")] = "text",
) -> ExitStatus:
    """Trace a request hop by hop, without sending it.

    Each hop is told with the object and field that decided it, in the cluster
    or, with -f, in files alone. A path is asked of the load balancer under its
    own name, as curl would. The exit status is 0 whatever becomes of the request.

    \b
    Examples:
      kubectl ingress trace http://jko.example.com/echo-hostname
      kubectl ingress trace /echo-hostname -f manifests/
      kubectl ingress trace http://a.example/x -f - --why-not shop/web
      kubectl ingress trace -f manifests/ --requests requests.jsonl
    """
    from kubectl_ingress.core.request_lines import Typed, parse_cookie
    from kubectl_ingress.core.target import parse_header

    environment: Environment = context.obj
    if output not in ("text", "json"):
        raise UsageError(f"-o {output!r} is not known", "one of: text, json")
    if (target is None) == (not requests):
        raise UsageError("trace needs a PATH or URL, or --requests", "kubectl ingress trace /PATH")
    if requests and (why_not or header or cookie or client_ip):
        raise UsageError(
            "--requests says itself what is sent, and --why-not is about one request",
            'a line: {"url": "http://HOST/PATH", "headers": {"NAME": "VALUE"}}',
        )
    headers = [parse_header(word) for word in header]
    if cookie:
        headers.append(("Cookie", "; ".join(parse_cookie(word) for word in cookie)))
    typed = Typed(target or "/", request, tuple(headers), client_ip)
    # A wrong word shall not cost a round trip to the cluster.
    typed.check()
    lines = _lines(requests, filename or (), environment) if requests else []
    asking = _Asking(controller, ingress_class, arguments_of(flag), router_flavor)
    source = _Source(tuple(filename or ()), recursive, connection)
    tracer = _tracer(environment, source, asking, None if requests else typed)
    if requests:
        return _many(tracer, lines, source, environment)
    flags = [["-X", request]] if request != "GET" else []
    flags += [*without_host(header_flags(header)), *cookie_flags(cookie)]
    flags += [["--class", ingress_class]] if ingress_class else []
    traced = source.addressed(tracer.trace(typed, why_not), typed.target, flags, asking.flags())
    return _print(traced, environment, output)


class _Asking(Struct, frozen=True):
    """Which controller, as typed."""

    controller: str
    ingress_class: str
    arguments: tuple[str, ...]
    router_flavor: str

    def flags(self) -> list[list[str]]:
        """What `trace` has of it, and `test` has not."""
        typed = {"--controller": self.controller, "--router-flavor": self.router_flavor}
        found = [[flag, word] for flag, word in typed.items() if word]
        return found + [[f"--flag={argument}"] for argument in self.arguments]


class _Source(Struct, frozen=True):
    """Files, or where there are none the cluster."""

    files: tuple[str, ...]
    recursive: bool
    connection: ClusterOptions

    def addressed(
        self, traced: Traced, target: str = "", flags: Flags = (), own: Flags = ()
    ) -> Traced:
        """With suggested commands that ask the same, of the same cluster or the same files.

        `own` are the flags that only `trace` has.
        """
        every = {TEST: flags, TRACE: [*flags, *own]}

        def mended(fix: str) -> str:
            if not self.files:
                return addressed(with_flags(fix, target, every), self.connection)
            same = [["-f", file] for file in self.files] + [["-R"]] * self.recursive
            # What is made for files is one, too.
            lines = [
                f"{TRACE}{line.removeprefix(TEST)}"
                if line.startswith(f"{TEST} ")
                else line.removesuffix(" --apply")
                for line in fix.splitlines()
            ]
            return with_flags("\n".join(lines), target, {TRACE: [*every[TRACE], *same]})

        why = traced.why_not
        return replace(
            traced,
            findings=tuple(replace(one, fix=mended(one.fix)) for one in traced.findings),
            why_not=replace(why, fix=mended(why.fix)) if why else None,
        )


def _tracer(
    environment: Environment, source: _Source, asking: _Asking, typed: Typed | None
) -> Tracer:
    from kubectl_ingress.controllers._profile import Meant, Told
    from kubectl_ingress.tracing import host_of, tracer_of_cluster, tracer_of_files

    told = Told(asking.arguments, router_flavor=asking.router_flavor)
    meant = Meant(asking.controller, asking.ingress_class, told)
    host = host_of(typed) if typed else ""
    if not source.files:
        return tracer_of_cluster(environment.cluster(source.connection), meant, host)
    namespace = source.connection.namespace or "default"
    return tracer_of_files(
        source.files, environment.stdin, namespace, source.recursive, meant, host
    )


def _print(traced: Traced, environment: Environment, output: str) -> ExitStatus:
    from kubectl_ingress.render.trace import render_json, render_text

    stdout = environment.stdout
    if output == "json":
        render_json(traced, stdout)
    else:
        render_text(traced, stdout, colour=environment.has_colour(stdout))
    return ExitStatus.OK


def _lines(name: str, files: Sequence[str], environment: Environment) -> list[str]:
    from kubectl_ingress.ports.sources import read_source

    if name == "-" and "-" in files:
        raise UsageError("stdin cannot be both the manifests and the requests", "name a file")
    return read_source(name, environment.stdin).text.split("\n")


def _many(
    tracer: Tracer, lines: Sequence[str], source: _Source, environment: Environment
) -> ExitStatus:
    """One JSON object a line, in order; a bad line gives its number and the reason."""
    import json

    from kubectl_ingress.core.request_lines import parse_line
    from kubectl_ingress.render.trace import render_json

    status = ExitStatus.OK
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            traced = source.addressed(tracer.trace(parse_line(line)))
        except UsageError as error:
            print(json.dumps({"line": number, "error": error.sentence}), file=environment.stdout)
            status = ExitStatus.COULD_NOT_RUN
            continue
        render_json(traced, environment.stdout, indent=None)
    return status
