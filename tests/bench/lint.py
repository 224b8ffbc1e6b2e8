"""What `lint -f` costs at size, with all rules: python -m tests.bench.lint

CPU time and peak memory of one whole command, start-up included, the best of three. The issue's
figures: 10,000 Ingresses with 10,000 Services in 3 s and 150 MiB, and at most 6 times the time of
2,000. Exit status 1 if one is missed. Not a test: a noisy machine is no bug.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

LARGE, SMALL = 10_000, 2_000
SECONDS, MIB, GROWTH = 3.0, 150.0, 6.0
# Of so many Ingresses one has something to be told of.
PER_FINDING = 100
ONE = """\
apiVersion: v1
kind: Service
metadata:
  name: svc-{number}
  namespace: team-{team}
  labels:
    app: app-{number}
spec:
  selector:
    app: app-{number}
  ports:
  - name: http
    port: 80
    targetPort: 8080
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-{number}
  namespace: team-{team}
  annotations:
    nginx.ingress.kubernetes.io/{annotation}: 8m
spec:
  ingressClassName: nginx
  rules:
  - host: app-{number}.example.com
    http:
      paths:
      - path: /api
        pathType: Prefix
        backend:
          service:
            name: svc-{number}
            port:
              number: 80
"""


def written(count: int) -> str:
    return "---\n".join(
        ONE.format(
            number=number,
            team=number % 50,
            annotation="proxy-body-size" if number % PER_FINDING else "proxy-bdy-size",
        )
        for number in range(count)
    )


def measured(count: int, directory: str) -> dict[str, float]:
    """Seconds of CPU and MiB, the best of three."""
    file = Path(directory) / f"{count}.yaml"
    file.write_text(written(count))
    command = [sys.executable, str(Path(__file__).with_name("spent.py")), sys.executable, "-m"]
    command += ["kubectl_ingress", "lint", "-f", str(file)]
    found = [_run(command) for _ in range(3)]
    return min(found, key=lambda one: one["cpu"])


def _run(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    spent: dict[str, float] = json.loads(done.stdout)
    return spent


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        small, large = measured(SMALL, directory), measured(LARGE, directory)
    growth = large["cpu"] / small["cpu"]
    print(f"lint -f with {LARGE:,} Ingresses and {LARGE:,} Services, all rules")
    print(f"  CPU          {large['cpu']:.2f} s     at most {SECONDS} s")
    print(f"  memory       {large['mib']:.0f} MiB    at most {MIB:.0f} MiB")
    print(f"  {SMALL:,} → {LARGE:,}  {growth:.1f} x    at most {GROWTH} x")
    return int(large["cpu"] > SECONDS or large["mib"] > MIB or growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
