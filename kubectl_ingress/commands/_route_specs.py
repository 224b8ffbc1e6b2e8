"""``kubectl ingress test --spec``: route tests, judged against manifests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

import typer

from kubectl_ingress.core.route_judging import JudgedSpec, Status, count
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.render.findings import show_finding
from kubectl_ingress.render.junit import render_junit
from kubectl_ingress.render.markdown import render_markdown
from kubectl_ingress.render.route_tests import render_json, render_text
from kubectl_ingress.render.tap import render_tap
from kubectl_ingress.routespecs import OfflineTests, read_specs
from kubectl_ingress.routing import snapshot_of_files

_FORMS: dict[str, Callable[[Sequence[JudgedSpec], TextIO], None]] = {
    "json": render_json,
    "junit": render_junit,
    "tap": render_tap,
    "markdown": render_markdown,
}
# What a route test says itself, or what only makes sense where something is sent.
_SENT = (
    "target",
    "request",
    "header",
    "data",
    "insecure",
    "max_time",
    "count",
    "wait",
    "expect_status",
    "expect_body",
)
_EXAMPLE = "kubectl ingress test --spec routes.yaml -f manifests/"
_FINDINGS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class AskedOffline:
    """What was typed; `namespace` is that of manifests that name none."""

    specs: tuple[str, ...]
    manifests: tuple[str, ...]
    recursive: bool
    namespace: str
    ingress_class: str
    output: str


def judge_specs(context: typer.Context, asked: AskedOffline) -> ExitStatus:
    """Reads, judges and prints. Raises UsageError and InputError."""
    _check(context, asked)
    environment: Environment = context.obj
    specs = read_specs(asked.specs, environment.stdin, recursive=asked.recursive)
    snapshot = snapshot_of_files(
        asked.manifests, environment.stdin, asked.namespace, asked.recursive
    )
    offline = OfflineTests(snapshot, asked.ingress_class)
    offline.check(specs)
    judged = [offline.judge(spec) for spec in specs]
    if asked.output in _FORMS:
        _FORMS[asked.output](judged, environment.stdout)
    else:
        colour = environment.has_colour(environment.stdout)
        render_text(judged, environment.stdout, colour=colour)
    colour = environment.has_colour(environment.stderr)
    for finding in offline.findings[:_FINDINGS_SHOWN]:
        show_finding(environment.stderr, finding, colour=colour)
    if count(judged, Status.FAILED):
        return ExitStatus.FAILED
    return ExitStatus.COULD_NOT_RUN if count(judged, Status.ERROR) else ExitStatus.OK


def _check(context: typer.Context, asked: AskedOffline) -> None:
    if not asked.specs:
        if asked.manifests:
            step = f"{_EXAMPLE}\nor, for one request: kubectl ingress trace URL -f manifests/"
            raise UsageError("test with -f needs route tests: --spec", step)
        raise UsageError("test needs a PATH or a URL", "kubectl ingress test /PATH")
    if not asked.manifests:
        step = f"{_EXAMPLE}\none request is sent by: kubectl ingress test URL"
        raise UsageError("--spec needs manifests: -f; route tests are not sent yet", step)
    if asked.output not in ("text", *_FORMS):
        known = ", ".join(("text", *_FORMS))
        raise UsageError(f"-o {asked.output!r} is not known", f"one of: {known}")
    if "-" in asked.specs and "-" in asked.manifests:
        raise UsageError("stdin cannot be both the tests and the manifests", "name a file for one")
    for name in _SENT:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            typed = "PATH|URL" if name == "target" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{typed} does not go with --spec", "write it into the route test")
