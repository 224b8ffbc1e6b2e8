"""What was typed of route tests, and how their results are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from msgspec import Struct

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.route_judging import JudgedSpec, Status, count
from kubectl_ingress.core.route_test import RouteTest
from kubectl_ingress.core.sending import Sending
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.render.findings import show_finding
from kubectl_ingress.render.junit import render_junit
from kubectl_ingress.render.markdown import render_markdown
from kubectl_ingress.render.route_tests import render_text
from kubectl_ingress.render.route_tests_json import render_json
from kubectl_ingress.render.tap import render_tap
from kubectl_ingress.testing.placing import Vantage

FORMS: dict[str, Callable[[Sequence[JudgedSpec], TextIO], None]] = {
    "json": render_json,
    "junit": render_junit,
    "tap": render_tap,
    "markdown": render_markdown,
}
LINES = "jsonl"
_FINDINGS_SHOWN = 10


class AskedSpecs(Struct, frozen=True):
    """What was typed. `own` is whether the tests are made of the routes that there are.

    `save` is a file for these, "" for none; `diff` has two addresses or Services,
    `contexts` what was typed after --contexts. `target` stands for a single request.
    `curl` is whether the command that sends the same is shown for each, `wait` the
    seconds for which tests that do not pass are sent again.
    """

    specs: tuple[str, ...]
    manifests: tuple[str, ...]
    recursive: bool
    connection: ClusterOptions
    ingress_class: str
    output: str
    sending: Sending
    own: bool = False
    save: str = ""
    diff: tuple[str, str] | None = None
    contexts: str = ""
    target: RouteTest | None = None
    wait: float = 0.0
    vantage: Vantage = Vantage()
    curl: bool = False
    controller: str = ""

    @property
    def is_told_at_once(self) -> bool:
        """Whether each test is a line as soon as it is judged, for good."""
        return self.output == LINES and not self.wait


def show(judged: Sequence[JudgedSpec], asked: AskedSpecs, environment: Environment) -> None:
    """The results on stdout, in one of the forms."""
    if asked.output in FORMS:
        FORMS[asked.output](judged, environment.stdout)
    else:
        colour = environment.has_colour(environment.stdout)
        render_text(judged, environment.stdout, colour=colour, curl=asked.curl)


def show_findings(findings: Sequence[Finding], environment: Environment) -> None:
    """What could not be read, and the like, on stderr."""
    colour = environment.has_colour(environment.stderr)
    for finding in findings[:_FINDINGS_SHOWN]:
        show_finding(environment.stderr, finding, colour=colour)


def status_of(judged: Sequence[JudgedSpec]) -> ExitStatus:
    """1 when a test failed, else 2 when one could not be judged."""
    if count(judged, Status.FAILED):
        return ExitStatus.FAILED
    return ExitStatus.COULD_NOT_RUN if count(judged, Status.ERROR) else ExitStatus.OK
