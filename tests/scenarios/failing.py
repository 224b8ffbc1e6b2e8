"""A failure from its objects to its end: what a client sees, what lint says, what its fix does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import World

SECONDS = 20
NAMESPACE = "failures"
CONTROLLER = "ingress-nginx"
SERVICE = "ingress-nginx-controller"

APPLICATION = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: traefik/whoami:v1.10
        args: [--port=8080]
        ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
"""


def ingress(
    name: str = "web",
    host: str = "a.example",
    path: str = "/",
    kind: str = "Prefix",
    backend: str = "web:80",
    **annotations: str,
) -> str:
    """An Ingress that works; underscores in the names of annotations are dashes."""
    service, _, port = backend.partition(":")
    word = "number" if port.isdigit() else "name"
    notes = {
        f"nginx.ingress.kubernetes.io/{k.replace('_', '-')}": v for k, v in annotations.items()
    }
    return f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  annotations: {json.dumps(notes)}
spec:
  ingressClassName: nginx
  rules:
  - host: {host}
    http:
      paths:
      - path: {path}
        pathType: {kind}
        backend: {{service: {{name: {service}, port: {{{word}: {port}}}}}}}
"""


@dataclass(frozen=True)
class Sent:
    """A request through the load balancer: `flags` are curl's, `upload` bytes of a body."""

    path: str = "/"
    host: str = "a.example"
    flags: tuple[str, ...] = ()
    upload: int = 0


PLAIN = Sent()


def install(bed: World) -> None:
    """The controller, and an application in a namespace of its own."""
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.kubectl("create", "namespace", NAMESPACE)
    bed.kubectl("config", "set-context", "--current", f"--namespace={NAMESPACE}")
    bed.apply(APPLICATION)
    bed.kubectl("rollout", "status", "deployment/web", "--timeout=60s")


def sees(bed: World, wanted: str, sent: Sent = PLAIN) -> str:
    """Sends until the status, or something else that curl says, is the wanted; gives the answer."""

    flags = ["--max-time", "5", "-H", f"Host: {sent.host}", *sent.flags]
    if sent.upload:
        file = bed.directory / "upload"
        file.write_bytes(b"x" * sent.upload)
        flags += ["--data-binary", f"@{file}"]

    def look() -> str | None:
        # One that was made anew has another name.
        url = f"http://{bed.hostname(SERVICE, CONTROLLER)}{sent.path}"
        done = bed.run("curl", "-sSi", "-w", "\nstatus %{http_code}", *flags, url)
        answer = done.stdout + done.stderr
        assert wanted in answer, answer
        return answer

    return bed.wait_for(look, SECONDS, f"{sent} sees {wanted}")


def found(bed: World, code: str, *words: str, input: str | None = None) -> list[dict[str, Any]]:
    """The findings of a code, of the whole cluster unless the words say what else."""
    where = words or ("-A",)
    done = bed.ingress("lint", *where, "-o", "json", "--level", "info", input=input)
    assert done.returncode in (0, 1), done.stderr
    return [one for one in json.loads(done.stdout)["findings"] if one["code"] == code]


def told(bed: World, code: str, about: str, *words: str, input: str | None = None) -> Any:
    """The finding of a code about an object, once it is there."""

    def look() -> Any:
        findings = found(bed, code, *words, input=input)
        mine = [one for one in findings if one["object"]["name"] == about]
        assert mine, findings
        return mine[0]

    return bed.wait_for(look, SECONDS, f"lint says {code} of {about}")


def quiet(bed: World, code: str, *words: str, input: str | None = None) -> None:
    """Lint says nothing of the kind any more."""

    def look() -> bool:
        return not found(bed, code, *words, input=input)

    bed.wait_for(look, SECONDS, f"lint no longer says {code}")


def run_fix(bed: World, finding: Any, line: int = 0) -> None:
    """Types one line of the fix as it was printed."""
    done = bed.run("bash", "-c", finding["fix"].splitlines()[line])
    assert done.returncode == 0, (finding, done.stderr)


def edited(text: str, changes: Sequence[tuple[str, str]], finding: Any) -> str:
    """The manifest as the fix has it: whatever is written anew stands in its words."""
    for before, after in changes:
        assert before in text
        # The file has JSON's quotes where the fix has none.
        assert after.replace('"', "") in f"{finding['message']} {finding['fix']}", finding
        text = text.replace(before, after)
    return text
