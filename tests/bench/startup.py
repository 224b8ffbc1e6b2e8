"""What starting the program costs, in CPU time: python -m tests.bench.startup

Each case is a process of its own; a round runs all cases once, so that a busy
machine disturbs all of them alike. Printed are the median of the rounds in
CPU milliseconds (user and system), and the median of the rounds' own ratios to
the case it is measured against: bare Python, or importing the Kubernetes
client. A first round, which compiles what is not compiled, is not counted.

Targets, for one machine where bare Python costs 13 ms: help and Tab 110 ms, so
8.5 times bare Python; the start of a command that asks the cluster 1.6 times
the import. Exit status 1 if a ratio is above its target. Not a test: a noisy
machine is no bug.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import parse_qsl, urlsplit

from kubectl_ingress import registry
from tests.completion.programs import make_programs
from tests.fakes import FakeCluster
from tests.live.recorder import Answer, Authority, json_answer, serve
from tests.manifests import controller, ingress, ingress_class

BARE = "bare Python"
CLIENT = "import kubernetes"
HELP_TARGET = 110 / 13
CLUSTER_TARGET = 1.6


@dataclass(frozen=True)
class Case:
    """One command line; `against` names the case its ratio is to, `target` the most it may be.

    `status` is the exit status that it has when it ran as meant.
    """

    name: str
    command: Sequence[str]
    against: str = BARE
    target: float | None = None
    status: int = 0


def cases(programs: Path) -> list[Case]:
    """All that is measured."""
    ours, completer = str(programs / "kubectl-ingress"), str(programs / "kubectl_complete-ingress")
    python = sys.executable
    found = [
        Case(BARE, [python, "-c", ""]),
        Case(CLIENT, [python, "-c", "import kubernetes"]),
        Case("import typer", [python, "-c", "import typer"]),
        Case("--help", [ours, "--help"], target=HELP_TARGET),
    ]
    for name in registry.names("commands"):
        found.append(Case(f"{name} --help", [ours, name, "--help"], target=HELP_TARGET))
    return [
        *found,
        Case("Tab: te", [completer, "te"], target=HELP_TARGET),
        Case("Tab: test --", [completer, "test", "--"], target=HELP_TARGET),
        Case("Tab: test --context", [completer, "test", "--context", ""]),
        Case("Tab: patch-host (live)", [completer, "patch-host", ""], CLIENT),
        Case("address", [ours, "address"], CLIENT, CLUSTER_TARGET),
        # All of it, but for an answer: nobody listens there.
        Case("test (refused)", [ours, "test", "http://a.example/"], CLIENT, CLUSTER_TARGET, 1),
    ]


@contextmanager
def api_server(folder: Path, cluster: FakeCluster | None = None) -> Iterator[Path]:
    """An API server on loopback, over HTTPS; the kubeconfig for it. A controller is in it."""
    cluster = cluster or FakeCluster([ingress_class(), *controller(address="127.0.0.1"), ingress()])

    def answer(method: str, path: str) -> Answer:
        url = urlsplit(path)
        return json_answer(cluster.request(method, url.path, query=dict(parse_qsl(url.query))))

    authority = Authority()
    pair = authority.issue("server", ["127.0.0.1"])
    with serve(answer, tls=pair, folder=folder) as server:
        ca = base64.b64encode(authority.pem).decode()
        where = {"server": server.url, "certificate-authority-data": ca}
        kubeconfig = {
            "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": where}],
            "users": [{"name": "bench", "user": {"token": "bench"}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        }
        path = folder / "kubeconfig"
        path.write_text(json.dumps(kubeconfig))
        yield path


def cpu_milliseconds(case: Case, variables: Mapping[str, str]) -> float:
    """User and system time of one run. Raises RuntimeError where it ends otherwise than meant."""
    process = subprocess.Popen(
        case.command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != case.status:
        raise RuntimeError(f"{case.command} failed: {said.decode(errors='replace')}")
    return (used.ru_utime + used.ru_stime) * 1000


def measure(
    measured: Sequence[Case], variables: Mapping[str, str], rounds: int
) -> dict[str, list[float]]:
    """CPU milliseconds by case, one value a round."""
    times: dict[str, list[float]] = {case.name: [] for case in measured}
    for number in range(rounds + 1):
        for case in measured:
            spent = cpu_milliseconds(case, variables)
            if number:
                times[case.name].append(spent)
        if sys.stderr.isatty():
            print(f"\rround {number} of {rounds}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return times


def report(measured: Sequence[Case], times: Mapping[str, Sequence[float]]) -> bool:
    """Print the table; whether every target is met."""
    print(f"{'':<24} {'CPU ms':>8} {'least':>8} {'ratio':>7}  {'against':<17} target")
    good = True
    for case in measured:
        own, other = times[case.name], times[case.against]
        ratio = median(mine / its for mine, its in zip(own, other, strict=True))
        verdict = ""
        if case.target is not None:
            met = ratio <= case.target
            good = good and met
            verdict = f"{case.target:.1f} {'met' if met else 'MISSED'}"
        row = f"{case.name:<24} {median(own):8.1f} {min(own):8.1f} {ratio:7.2f}"
        print(f"{row}  {case.against:<17} {verdict}".rstrip())
    return good


def main() -> int:
    """Measure and print; 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.startup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=21, metavar="N", help="default: 21")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only cases with this in their name"
    )
    typed = parser.parse_args()
    if typed.rounds < 1:
        parser.error("--rounds must be 1 or more")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        programs = make_programs(folder)
        kubeconfig = stack.enter_context(api_server(folder))
        variables = {**programs.variables, "KUBECONFIG": str(kubeconfig)}
        measured = [
            case
            for case in cases(programs.folder)
            if typed.only in case.name or case.name in (BARE, CLIENT)
        ]
        times = measure(measured, variables, typed.rounds)
    return 0 if report(measured, times) else 1


if __name__ == "__main__":
    sys.exit(main())
