"""What `trace -f` costs at size: python -m tests.bench.trace

Wall time of one whole command on 10,000 Ingresses in one file, start-up included, the best of
three. Target: 2.5 s on two cores. Exit status 1 if it is missed. Not a test: a noisy machine is
no bug.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

INGRESSES, HOSTS = 10_000, 2_000
TARGET = 2.5
ONE = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-{number}
  namespace: team-{team}
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "60"
spec:
  ingressClassName: nginx
  rules:
  - host: h{host}.example.com
    http:
      paths:
      - path: /app-{number}
        pathType: Prefix
        backend:
          service:
            name: web
            port:
              number: 80
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "all.yaml"
        numbers = range(INGRESSES)
        texts = (ONE.format(number=n, team=n % 50, host=n % HOSTS) for n in numbers)
        file.write_text("---\n".join(texts))
        url = "http://h77.example.com/app-77"
        command = [sys.executable, "-m", "kubectl_ingress", "trace", url, "-f", str(file)]
        best = min(_wall(command) for _ in range(3))
    print(f"trace -f with {INGRESSES} Ingresses: {best:.2f} s (target {TARGET} s)")
    return int(best > TARGET)


def _wall(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "forward to team-27/web:80" in done.stdout, done.stdout
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
