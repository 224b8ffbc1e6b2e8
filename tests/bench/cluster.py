"""`list`, `status` and `install` beside kubectl on one real API server, in pairs.

    python -m tests.realcluster.enter python -m tests.bench.cluster

Printed are the medians of the rounds: seconds by the clock and of CPU, peak memory, all of whole
processes, start-up included; and the medians of the rounds' own ratios of ours to kubectl's, run
right before or after it. Each is measured against what kubectl does for the same end: `list` and
`status` against `kubectl get ingress -A`, `install --no-wait` against `kubectl apply
--server-side` of the objects that it makes.

Targets: `list` and `status` 1.0 of the time and 0.8 of the memory, `install` 2.0 of the time.
Exit status 1 if one is missed. Not a test: a noisy machine is no bug. `kubectl` is the machine's
own where it has one, else that of the bed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import httpx

from tests.realcluster.fixture import inside, running
from tests.realcluster.testbed import Bed, BedOptions

INGRESSES, SERVICES, NAMESPACES = 5000, 500, 50
TIME_TARGET, MEMORY_TARGET, INSTALL_TARGET = 1.0, 0.8, 2.0
SPENT = Path(__file__).with_name("spent.py")
INSTALL = ("install", "--provider", "aws")

Spent = Mapping[str, float]
"""wall and cpu in seconds, mib."""


@dataclass(frozen=True)
class Case:
    """Two command lines for the same end; `reset` makes the cluster as it was before."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    time_target: float
    memory_target: float | None = None
    reset: Callable[[], None] = lambda: None


def objects(ingresses: int, services: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Path of the collection, object; the Services have no selector, and one slice each."""
    for number in range(services):
        namespace, name = f"team-{number % NAMESPACES}", f"web-{number // NAMESPACES}"
        yield (
            f"/api/v1/namespaces/{namespace}/services",
            {
                "metadata": {"name": name, "labels": {"app": name}},
                "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
            },
        )
        yield (
            f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
            {
                "metadata": {
                    "name": f"{name}-x",
                    "labels": {"kubernetes.io/service-name": name},
                },
                "addressType": "IPv4",
                "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
                "endpoints": [
                    {
                        "addresses": [f"10.{100 + pod}.{number // 250}.{number % 250}"],
                        "conditions": {"ready": True, "serving": True, "terminating": False},
                        "targetRef": {"kind": "Pod", "name": f"{name}-{pod}"},
                    }
                    for pod in range(3)
                ],
            },
        )
    for number in range(ingresses):
        namespace, name = f"team-{number % NAMESPACES}", f"web-{number}"
        service = number % services // NAMESPACES
        yield (
            f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses",
            {
                "metadata": {
                    "name": name,
                    "labels": {"app": name},
                    "annotations": {"nginx.ingress.kubernetes.io/proxy-read-timeout": "60"},
                },
                "spec": {
                    "ingressClassName": "nginx",
                    "rules": [
                        {
                            "host": f"h{number}.example.com",
                            "http": {
                                "paths": [
                                    {
                                        "path": "/app",
                                        "pathType": "Prefix",
                                        "backend": {
                                            "service": {
                                                "name": f"web-{service}",
                                                "port": {"number": 80},
                                            }
                                        },
                                    }
                                ]
                            },
                        }
                    ],
                },
            },
        )


def fill(bed: Bed, ingresses: int, services: int) -> None:
    """Make the objects. Before there is a webhook that would be asked about each."""
    with bed.cluster.client("bed") as client, ThreadPoolExecutor(16) as pool:
        for number in range(NAMESPACES):
            _create(client, "/api/v1/namespaces", {"metadata": {"name": f"team-{number}"}})
        made = [pool.submit(_create, client, *one) for one in objects(ingresses, services)]
        for one in made:
            one.result()


def _create(client: httpx.Client, path: str, body: object) -> None:
    client.post(path, json=body).raise_for_status()


def spent(command: Sequence[str], variables: Mapping[str, str]) -> Spent:
    """What one run of a command takes. Raises RuntimeError where it fails."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SPENT, *command],
        env=variables,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr}")
    found: Spent = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(case: Case, rounds: int, variables: Mapping[str, str]) -> list[tuple[Spent, Spent]]:
    """Ours and theirs, as many times; a first pair, which warms what there is to warm, is left out.

    Who begins changes from round to round.
    """
    pairs = []
    for number in range(rounds + 1):
        found = {}
        order = (case.ours, case.theirs) if number % 2 else (case.theirs, case.ours)
        for command in order:
            case.reset()
            found[command] = spent(command, variables)
        if number:
            pairs.append((found[case.ours], found[case.theirs]))
    return pairs


def report(case: Case, pairs: Sequence[tuple[Spent, Spent]]) -> bool:
    """Print both rows and the ratios; whether the targets are met."""
    good = True
    for name, place in ((case.name, 0), (" ".join(case.theirs[1:4]), 1)):
        middle = {key: median(pair[place][key] for pair in pairs) for key in pairs[0][place]}
        row = f"{name:<26} {middle['wall']:7.2f} {middle['cpu']:7.2f} {middle['mib']:9.1f}"
        print(row)
    for what, key, target in (
        ("time", "wall", case.time_target),
        ("CPU", "cpu", None),
        ("memory", "mib", case.memory_target),
    ):
        ratio = median(ours[key] / theirs[key] for ours, theirs in pairs)
        verdict = ""
        if target is not None:
            met = ratio <= target
            good = good and met
            verdict = f"at most {target} {'met' if met else 'MISSED'}"
        print(f"  {what:<24} {ratio:7.2f} x  {verdict}".rstrip())
    return good


def cases(bed: Bed, kubectl: str) -> list[Case]:
    """All that is measured."""
    ours = shutil.which("kubectl-ingress", path=bed.environment["PATH"]) or "kubectl-ingress"
    manifest = bed.directory / "objects.yaml"
    made = bed.ingress(*INSTALL, "--dry-run=client", "-o", "yaml")
    manifest.write_text(made.stdout)
    reading = (kubectl, "get", "ingress", "-A")
    return [
        Case("list -A", (ours, "list", "-A"), reading, TIME_TARGET, MEMORY_TARGET),
        Case("status", (ours, "status"), reading, TIME_TARGET, MEMORY_TARGET),
        Case(
            "install --no-wait",
            (ours, *INSTALL, "--no-wait"),
            (kubectl, "apply", "--server-side", "-f", str(manifest)),
            INSTALL_TARGET,
            reset=partial(_remove, bed, manifest),
        ),
    ]


def _remove(bed: Bed, manifest: Path) -> None:
    """All that install makes, until it is gone."""
    bed.kubectl("delete", "--ignore-not-found", "-f", str(manifest), timeout=120.0)


def main() -> int:
    """Measure and print; 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="default: 7")
    parser.add_argument("--services", type=int, default=SERVICES, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases with this in their name")
    typed = parser.parse_args()
    if typed.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not inside():
        parser.error("it needs the bed: python -m tests.realcluster.enter python -m …")
    kubectl = shutil.which("kubectl") or os.environ["KUBECTL"]
    good = True
    with running(lambda binary, directory: Bed(binary, directory, BedOptions())) as bed:
        # What is played is not measured.
        bed.node.dataplane_command = None
        bed.node.webhook_judges = False
        fill(bed, INGRESSES, typed.services)
        done = bed.ingress(*INSTALL, timeout=300.0)
        if done.returncode:
            raise RuntimeError(f"install failed: {done.stderr}")
        print(f"{INGRESSES:,} Ingresses, {typed.services:,} Services and EndpointSlices")
        print(f"{'':<26} {'seconds':>7} {'CPU s':>7} {'peak MiB':>9}")
        for case in cases(bed, kubectl):
            if typed.only in case.name:
                good = report(case, measure(case, typed.rounds, bed.environment)) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
