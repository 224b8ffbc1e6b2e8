"""The story of the road, told by its commands and what they really print."""

from __future__ import annotations

import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import TextIO

from msgspec import Struct

from kubectl_ingress.errors import ExitStatus, NotReady
from kubectl_ingress.lab import programs
from kubectl_ingress.lab.home import Home

PROGRAM = "kubectl ingress"
_LAST_SECONDS = 10.0


class Step(Struct, frozen=True):
    """One command, why it comes now, and the exit status it must have."""

    words: str
    why: str
    status: int = 0


STORY = (
    Step(
        "lab up",
        "A cluster in a second. It is a lab: nodes, pods, the cloud and the controller's container "
        "are played;\n# the commands, the requests and the routes are real.",
    ),
    Step(
        "test /echo-hostname",
        "Nothing answers yet: an Ingress needs a controller, and none runs.",
        1,
    ),
    Step("install", "Install one, and wait until a request could succeed."),
    Step(
        "scaffold hostname --replicas 3 --host jko.example.com --path /echo-hostname "
        "--ingress-name ingress-example --apply",
        "Something to answer: three pods, a Service, an Ingress.",
    ),
    Step(
        "test http://jko.example.com/echo-hostname --wait 30s",
        "The controller loads the Ingress by itself, and the route works under its host.",
    ),
    Step(
        "test /echo-hostname",
        "What everybody tries first, the load balancer's own name, is a 404. Why?",
        1,
    ),
    Step("patch-host ingress-example", "So give the Ingress that name."),
    Step(
        "test /echo-hostname --count 30 --wait 30s",
        "Thirty requests, spread over exactly three pods.",
    ),
    Step("lab down", "And nothing is left."),
)


def play(stdout: TextIO, variables: Mapping[str, str]) -> ExitStatus:
    """Play the story in a lab of its own, which is gone afterwards. Raises NotReady."""
    with tempfile.TemporaryDirectory(prefix="kubectl-ingress-demo-") as directory:
        home = Home.of({"XDG_STATE_HOME": directory})
        variables = {
            **variables,
            "XDG_STATE_HOME": directory,
            "KUBECONFIG": str(home.kubeconfig),
        }
        try:
            for step in STORY:
                status = _play(stdout, variables, step)
                if status != step.status:
                    raise NotReady(f"`{PROGRAM} {step.words}` exited {status}, not {step.status}")
        finally:
            home.stop()
    return ExitStatus.OK


def _play(stdout: TextIO, variables: Mapping[str, str], step: Step) -> int:
    print(f"# {step.why}", file=stdout)
    print(f"$ {PROGRAM} {step.words}", file=stdout, flush=True)
    command = [*programs.command("kubectl_ingress"), *shlex.split(step.words)]
    process = subprocess.Popen(command, env=programs.variables(variables), stderr=subprocess.STDOUT)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # It has got the Ctrl-C, too, unless it was sent to us alone.
        process.send_signal(signal.SIGINT)
        process.wait(_LAST_SECONDS)
        raise
    finally:
        print(file=stdout)
