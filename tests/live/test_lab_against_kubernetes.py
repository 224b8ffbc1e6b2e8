"""Everyday commands of the real kubectl: the lab's output beside a real API server's.

Each command runs on both, on the same objects; what may differ is what differs between
two real clusters too: names that are drawn by lot, times, addresses.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import unified_diff

import pytest

from tests.realcluster.fixture import REASON, inside, running
from tests.scenarios.world import World

pytestmark = pytest.mark.skipif(not inside(), reason=REASON)

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: registry.k8s.io/e2e-test-images/agnhost:2.53
        args: [netexec, --http-port=8080]
        env:
        - {name: PLACE, value: here}
        ports:
        - {name: http, containerPort: 8080}
        readinessProbe:
          httpGet: {path: /healthz, port: http}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: http}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /
spec:
  ingressClassName: nginx
  rules:
  - host: web.example.com
    http:
      paths:
      - path: /echo
        pathType: Prefix
        backend:
          service:
            name: web
            port: {name: http}
"""
SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  colour: {colour}
"""

CONTROLLERS = "kube-controller-manager"

# What differs between any two clusters, in this order.
CHANGING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\b(web|made)-[0-9a-z]{8,10}-[0-9a-z]{5}\b", r"\1-HASH-POD"),
    (r"\b(web|made)-[0-9a-z]{8,10}\b", r"\1-HASH"),
    (r"\b(web|made)-[0-9a-z]{5}\b", r"\1-SLICE"),
    (r"(kubernetes +IPv4 +)\d+", r"\1PORT"),
    (r"(pod-template-hash\"?[=:] ?\"?)[0-9a-z]{8,10}", r"\1HASH"),
    (r"\bkube-api-access-[0-9a-z]{5}\b", "kube-api-access-RANDOM"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+]\d{4}", "TIME"),
    (r"(resourceVersion\"?: )\"?\d+\"?", r"\1N"),
    (r"containerd://[0-9a-f]{64}", "CONTAINER"),
    (r"\b(10\.244\.0|127\.\d+\.\d+)\.\d+", "ADDRESS"),
    (r"\b10\.96\.\d+\.\d+", "CLUSTERIP"),
    # Ages, and the columns that they push about.
    (r"(?<![-\w.])(\d+m)?\d+s\b( ago)?", "AGE"),
    (r"<invalid>", "AGE"),
    (r"x\d+ over AGE", "AGE"),
    (r"[ \t]+", " "),
    (r"-{3,}", "---"),
)


@dataclass(frozen=True)
class Seen:
    """What one command did."""

    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        return [f"status {self.status}", *self.stdout.splitlines(), *self.stderr.splitlines()]


def canonical(text: str) -> str:
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Pair:
    """The real cluster and the lab."""

    def __init__(self, real: World, lab: World) -> None:
        self.worlds = (real, lab)

    def both(self, run: Callable[[World], None]) -> None:
        for world in self.worlds:
            run(world)

    def settle(self, *words: str) -> None:
        """Wait on both until a rollout is through, and its endpoints are told."""
        for world in self.worlds:
            world.kubectl("rollout", "status", *words, "--timeout=60s")
        time.sleep(1.0)

    def same(self, *words: str, input: str | None = None, sort: bool = False, **env: str) -> Seen:
        """Run on both; what they print must be equal. Gives what the lab did."""
        seen = []
        for world in self.worlds:
            done = world.kubectl(*words, input=input, check=False, env=env, timeout=90)
            lines = canonical(done.stdout).splitlines()
            stdout = "\n".join(sorted(lines) if sort else lines)
            seen.append(Seen(done.returncode, stdout, canonical(done.stderr)))
        real, lab = seen
        lines = unified_diff(real.lines, lab.lines, "the real cluster", "the lab", lineterm="")
        difference = "\n".join(lines)
        assert not difference, difference
        return lab


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    from tests.realcluster.testbed import Bed, BedOptions
    from tests.scenarios.labbed import LabBed

    with (
        running(lambda *places: Bed(*places, BedOptions())) as real,
        running(lambda binary, directory: LabBed(str(binary), directory)) as lab,
    ):
        yield Pair(real, lab)


def test_01_apply(pair: Pair) -> None:
    seen = pair.same("apply", "-f", "-", input=MANIFEST)
    assert "deployment.apps/web created" in seen.stdout
    pair.settle("deployment/web")
    assert "unchanged" in pair.same("apply", "-f", "-", input=MANIFEST).stdout
    more = MANIFEST.replace("PLACE, value: here", "PLACE, value: there")
    assert "deployment.apps/web configured" in pair.same("apply", "-f", "-", input=more).stdout
    pair.settle("deployment/web")


def test_02_apply_server_side(pair: Pair) -> None:
    words = ["apply", "--server-side", "-f", "-"]
    green, red = (SETTINGS.format(colour=colour) for colour in ("green", "red"))
    assert "serverside-applied" in pair.same(*words, input=green).stdout
    other = pair.same(*words, "--field-manager=other", input=red)
    assert other.status == 1
    assert "conflict" in other.stderr
    pair.same(*words, "--field-manager=other", "--force-conflicts", input=red)
    pair.same("get", "configmap", "settings", "-o", "yaml", "--show-managed-fields")


def test_03_create(pair: Pair) -> None:
    image = "--image=registry.k8s.io/e2e-test-images/agnhost:2.53"
    pair.same("create", "deployment", "made", image, "--", "/agnhost", "serve-hostname")
    pair.settle("deployment/made")
    assert pair.same("create", "deployment", "made", image).status == 1
    pair.same("create", "configmap", "made", "--from-literal=a=b")
    pair.same("create", "ingress", "made", "--class=nginx", "--rule=made.example.com/x*=made:80")
    bad = pair.same("create", "ingress", "bad", "--class=nginx", "--rule=NOT_A_HOST/x*=made:80")
    assert bad.status == 1
    pair.same("create", "-f", "-", input=MANIFEST.replace("replicas: 2", "replicaz: 2"))


KINDS = "deployments,replicasets,services,ingresses,configmaps,endpointslices,serviceaccounts"


@pytest.mark.parametrize("kind", [*KINDS.split(","), "pods", "nodes", "namespaces", "all"])
def test_04_get_wide(pair: Pair, kind: str) -> None:
    pair.same("get", kind, "-o", "wide", sort=True)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize(
    "what", ["deployment/web", "service/web", "ingress/web", "configmap/made", "deployment/made"]
)
def test_05_get_yaml_and_json(pair: Pair, what: str, form: str) -> None:
    pair.same("get", what, "-o", form)


@pytest.mark.parametrize("what", ["deployment/web", "service/web", "ingress/web", "configmap/made"])
def test_05_who_owns_which_field(pair: Pair, what: str) -> None:
    owned = []
    for world in pair.worlds:
        entries = world.get(what, "--show-managed-fields")["metadata"]["managedFields"]
        for entry in entries:
            # The test bed's binary is kube-controller-manager under another name.
            entry["manager"] = re.sub(r"^bed-[0-9a-f]{64}$", CONTROLLERS, entry["manager"])
            assert entry.pop("time")
        # The order is that of the times, in whole seconds.
        owned.append(sorted(entries, key=lambda entry: (entry["manager"], entry["operation"])))
    assert owned[1] == owned[0]


def test_06_get_a_pod_as_yaml(pair: Pair) -> None:
    pair.same("get", "pods", "-l", "app=made", "-o", "yaml")


def test_07_get_names(pair: Pair) -> None:
    pair.same("get", KINDS, "-o", "name", sort=True)
    pair.same("get", "deployment", "nothing")
    pair.same("get", "nothing")
    pair.same("get", "pods", "-l", "app=nothing")
    pair.same("get", "deployments", "-A", "--no-headers", "--selector", "app in (web, made)")


def test_08_watch(pair: Pair) -> None:
    printed = []
    for world in pair.worlds:
        words = ["get", "configmap", "settings", "-w", "--show-labels"]
        watching = world.popen("kubectl", *words)
        world.wait_for(lambda watching=watching: watching.poll() is None, 5, "it watches")
        time.sleep(2.0)
        for value in ("one", "two"):
            world.kubectl("label", "configmap", "settings", f"seen={value}", "--overwrite")
        time.sleep(1.0)
        watching.terminate()
        printed.append(canonical(watching.communicate(timeout=10)[0]))
    assert "seen=two" in printed[0]
    assert printed[1] == printed[0]


@pytest.mark.parametrize(
    "what", ["deployment/web", "service/web", "ingress/web", "configmap/settings"]
)
def test_09_describe(pair: Pair, what: str) -> None:
    # Events come in the order of their times, which differ.
    pair.same("describe", what, sort=True)


def test_10_describe_a_pod(pair: Pair) -> None:
    pair.same("describe", "pods", "-l", "app=made", sort=True)


def test_11_edit(pair: Pair) -> None:
    editor = "sed -i s/web.example.com/edited.example.com/"
    assert "edited" in pair.same("edit", "ingress", "web", EDITOR=editor).stdout
    pair.same("get", "ingress", "web", "-o", "yaml")
    pair.same("edit", "ingress", "web", EDITOR="true")


def test_12_patch(pair: Pair) -> None:
    container = '{"name":"web","env":[{"name":"A","value":"b"}]}'
    more = '{"spec":{"template":{"spec":{"containers":[' + container + "]}}}}"
    pair.same("patch", "deployment", "web", "-p", more)
    pair.settle("deployment/web")
    rule = '[{"op":"replace","path":"/spec/rules/0/host","value":"patched.example.com"}]'
    pair.same("patch", "ingress", "web", "--type=json", "-p", rule)
    pair.same("patch", "configmap", "settings", "--type=merge", "-p", '{"data":{"colour":null}}')
    pair.same("patch", "ingress", "web", "--type=json", "-p", '[{"op":"remove","path":"/none"}]')
    for what in ("deployment/web", "ingress/web", "configmap/settings"):
        pair.same("get", what, "-o", "yaml")


def test_13_label_and_annotate(pair: Pair) -> None:
    pair.same("label", "ingress", "web", "tier=front")
    pair.same("label", "ingress", "web", "tier=back")
    pair.same("annotate", "ingress", "web", "note=a word", "--overwrite")
    pair.same("get", "ingresses", "-L", "tier", sort=True)


def test_14_scale(pair: Pair) -> None:
    pair.same("scale", "deployment", "web", "--replicas=3")
    pair.settle("deployment/web")
    pair.same("get", "deployment", "web")
    pair.same("get", "deployment", "web", "-o", "yaml")


def test_15_rollout(pair: Pair) -> None:
    pair.same("set", "image", "deployment/web", "web=registry.k8s.io/e2e-test-images/agnhost:2.52")
    pair.settle("deployment/web")
    pair.same("rollout", "status", "deployment/web")
    pair.same("rollout", "history", "deployment/web")
    pair.same("rollout", "undo", "deployment/web")
    pair.settle("deployment/web")
    pair.same("get", "deployment", "web", "-o", "wide")


def test_16_explain_and_api_resources(pair: Pair) -> None:
    listed = pair.worlds[1].kubectl("api-resources", "--no-headers").stdout.splitlines()
    real = pair.worlds[0].kubectl("api-resources", "--no-headers").stdout.splitlines()
    # The lab has fewer; what it has is told alike.
    assert {canonical(line) for line in listed} <= {canonical(line) for line in real}
    explained = pair.worlds[1].kubectl("explain", "ingress.spec.rules.http.paths").stdout
    assert "pathType" in explained


def test_17_delete(pair: Pair) -> None:
    pair.same("delete", "ingress", "made")
    pair.same("delete", "deployment", "made", "--cascade=foreground")
    pair.same("delete", "deployment", "nothing")
    pair.same("delete", "deployment,service,ingress", "-l", "app=web")
    pair.same("delete", "-f", "-", "--ignore-not-found", input=MANIFEST)
    for world in pair.worlds:
        world.wait_for(lambda world=world: not world.get("pods")["items"], 60, "no pod is left")
    pair.same("get", "all,ingresses")
