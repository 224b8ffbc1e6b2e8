"""``install --manifest`` against a cluster in memory: what is refused, planned, waited for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import ApiForbidden
from kubectl_ingress.install.live import is_ours
from kubectl_ingress.install.marks import OWN_MANIFEST
from kubectl_ingress.install.settings import INSTALLED_BY
from kubectl_ingress.install.which import is_installation
from tests import fakes
from tests.install.world import InstallCluster
from tests.running import FakeClock, Ran, run

CRDS = Kind("CustomResourceDefinition", "apiextensions.k8s.io/v1", "customresourcedefinitions")
WIDGETS = Kind("Widget", "example.org/v1", "widgets")
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo}
spec:
  selector: {matchLabels: {app: web}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: demo}
spec: {ports: [{port: 80}]}
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: demo}\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions: [{name: v1, served: true, storage: true}]
"""
WIDGET = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w, namespace: default}\n"
JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: default}\nspec: {}\n"
READY = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


class Cluster(InstallCluster):
    """Adds discovery, which a FakeCluster has not; widgets are served once they are defined."""

    def request(self, method: str, path: str, **rest: Any) -> dict[str, Any]:
        kinds = [*KINDS.values(), CRDS]
        if path == "/apis":
            versions = sorted({kind.api_version for kind in kinds if kind.group})
            served = [{"groupVersion": each} for each in versions]
            return {"groups": [{"preferredVersion": one, "versions": [one]} for one in served]}
        version = path.removeprefix("/apis/").removeprefix("/api/")
        if method == "GET" and version in {kind.api_version for kind in kinds}:
            self.asked = [*getattr(self, "asked", []), path]
            found = [
                {
                    "name": kind.plural,
                    "kind": kind.name,
                    "namespaced": kind.namespaced and kind != CRDS,
                    "verbs": [] if kind.name == "Event" else ["get", "list", "patch"],
                }
                for kind in kinds
                if kind.api_version == version
            ]
            return {"resources": [*found, {"name": "x/status", "kind": "Deployment"}]}
        return super().request(method, path, **rest)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    for kind in (CRDS, WIDGETS):
        monkeypatch.setitem(fakes._KINDS, kind.resource, kind)
    return Cluster([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}])


def install(cluster: Cluster | None, text: str, *words: str, clock: FakeClock | None = None) -> Ran:
    clock = clock or FakeClock()
    return run(["install", "--manifest", "-", *words], cluster, clock=clock, stdin=text)


def writes(cluster: Cluster) -> list[str]:
    return [
        f"{asked.method} {asked.path}"
        for asked in cluster.requests
        if asked.method != "GET" and "dryRun" not in asked.query
    ]


def joined(*documents: str) -> str:
    return "---\n".join(documents)


def become_ready(cluster: Cluster, status: dict[str, Any] | None = None) -> FakeClock:
    def on_sleep(now: float) -> None:
        if now >= 3:
            cluster.objects[("Deployment", "demo", "web")]["status"] = status or READY

    return FakeClock(on_sleep=on_sleep)


def test_it_is_marked_applied_and_waited_for(cluster: Cluster) -> None:
    clock = become_ready(cluster)
    ran = install(cluster, joined(SERVICE, DEPLOYMENT, NAMESPACE), clock=clock)
    assert (ran.status, ran.stdout) == (0, "Ready.\n"), ran.stderr
    assert clock.now >= 3
    # The Namespace is first, the rest as it stands there.
    assert [each.rpartition("/")[2] for each in writes(cluster)] == ["demo", "web", "web"]
    for key in (("Namespace", "", "demo"), ("Service", "demo", "web")):
        live = cluster.objects[key]
        assert live["metadata"]["annotations"] == {INSTALLED_BY: OWN_MANIFEST.text}
        # upgrade and uninstall leave it alone.
        assert is_ours(live)
        assert not is_installation(live)
    assert "Deployment demo/web  1/1 ready" in ran.stderr
    assert "kubectl delete -f FILE  # FILE: what was read from stdin\n" in ran.stderr


def test_each_version_is_discovered_once(cluster: Cluster) -> None:
    install(cluster, joined(SERVICE, DEPLOYMENT, NAMESPACE), "--no-wait")
    assert sorted(cluster.asked) == ["/api/v1", "/apis/apps/v1"]


def test_twice_changes_nothing(cluster: Cluster) -> None:
    text = joined(NAMESPACE, SERVICE)
    install(cluster, text)
    before = writes(cluster)
    ran = install(cluster, text)
    assert ran.status == 0
    assert writes(cluster) == before
    assert "2 as they should be" in ran.stderr


def test_a_change_is_shown(cluster: Cluster) -> None:
    text = joined(NAMESPACE, SERVICE)
    install(cluster, text)
    ran = install(cluster, text.replace("80", "8080"), "--dry-run=server")
    assert ran.status == 0
    assert "1 to change (Service web)" in ran.stderr
    assert "spec.ports" in ran.stderr


def test_objects_of_others_are_named_and_nothing_is_written(cluster: Cluster) -> None:
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}})
    meta = {"name": "web", "namespace": "demo"}
    cluster.add({"apiVersion": "v1", "kind": "Service", "metadata": meta})
    ran = install(cluster, joined(DEPLOYMENT, NAMESPACE, SERVICE))
    assert ran.status == 2
    assert "Service demo/web is there already" in ran.stderr
    assert "KI708" in ran.stderr
    assert "stdin:11: Service demo/web" in ran.stderr
    assert writes(cluster) == []


def test_a_namespace_of_others_is_used(cluster: Cluster) -> None:
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}})
    ran = install(cluster, joined(NAMESPACE, SERVICE))
    assert ran.status == 0
    assert "Namespace demo of others used" in ran.stderr
    assert "annotations" not in cluster.objects[("Namespace", "", "demo")]["metadata"]


def test_a_namespace_that_nobody_makes(cluster: Cluster) -> None:
    ran = install(cluster, SERVICE)
    assert ran.status == 2
    assert "namespace demo is not there, and the manifest does not make it" in ran.stderr
    assert "kubectl create namespace demo" in ran.stderr
    assert writes(cluster) == []


def test_without_a_namespace_it_goes_to_the_one_worked_in(cluster: Cluster) -> None:
    text = SERVICE.replace(", namespace: demo", "")
    assert install(cluster, text).status == 0
    assert ("Service", "default", "web") in cluster.objects
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    assert install(cluster, text, "-n", "other").status == 0
    assert ("Service", "other", "web") in cluster.objects
    ran = install(cluster, joined(NAMESPACE, SERVICE), "-n", "other")
    assert ran.status == 2
    assert "stdin:5: Service web is of namespace demo, and -n says other" in ran.stderr


def test_definitions_come_first_and_are_waited_for(cluster: Cluster) -> None:
    def on_sleep(now: float) -> None:
        crd = cluster.objects[("CustomResourceDefinition", "", "widgets.example.org")]
        assert ("Widget", "default", "w") not in cluster.objects
        if now >= 2:
            crd["status"] = {"conditions": [{"type": "Established", "status": "True"}]}

    clock = FakeClock(on_sleep=on_sleep)
    ran = install(cluster, joined(WIDGET, CRD), "--no-wait", clock=clock)
    assert ran.status == 0, ran.stderr
    assert clock.now >= 2
    assert ("Widget", "default", "w") in cluster.objects


def test_a_definition_that_is_not_established(cluster: Cluster) -> None:
    def on_sleep(_: float) -> None:
        crd = cluster.objects[("CustomResourceDefinition", "", "widgets.example.org")]
        said = {"type": "NamesAccepted", "status": "False", "message": '"widgets" is taken'}
        crd["status"] = {"conditions": [said]}

    ran = install(cluster, joined(WIDGET, CRD), clock=FakeClock(on_sleep=on_sleep))
    assert ran.status == 1
    assert '"widgets" is taken' in ran.stderr
    assert "1 of 2 objects were applied and stay" in ran.stderr


def test_several_files_and_a_directory_are_one_manifest(cluster: Cluster, tmp_path: Path) -> None:
    directory = tmp_path / "d"
    directory.mkdir()
    (directory / "b.yaml").write_text(SERVICE)
    (directory / "a.yaml").write_text(DEPLOYMENT)
    (directory / "README.md").write_text("no manifest")
    file = tmp_path / "ns.yaml"
    file.write_text(NAMESPACE)
    words = ["--manifest", str(directory), "--manifest", str(file)]
    ran = run(["install", *words, "--no-wait"], cluster)
    assert ran.status == 0, ran.stderr
    assert "3 objects to create" in ran.stderr
    assert ("Service", "demo", "web") in cluster.objects
    assert f"Remove with kubectl delete -f {directory} -f {file}" in " ".join(ran.stderr.split())
    # The same object in two of them, which kubectl takes one after the other.
    file.write_text(joined(NAMESPACE, SERVICE))
    twice = run(["install", *words], cluster)
    assert twice.status == 2
    assert (
        f"{file}:5: Service demo/web is there twice, first at {directory / 'b.yaml'}:1"
        in " ".join(twice.stderr.split())
    )
    assert twice.stderr.endswith("leave one of the two out\n")


@pytest.mark.parametrize("of_all", [False, True])
def test_each_digest_is_of_its_own_file(tmp_path: Path, of_all: bool) -> None:
    """In their order: one for each file, or one for each URL."""
    file = tmp_path / "ns.yaml"
    file.write_text(NAMESPACE)
    texts = {"https://h.example/a": SERVICE, "https://h.example/b": DEPLOYMENT}

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def download(address: str, sha256: str) -> bytes:
        assert sha256 == digest(texts[address])
        return texts[address].encode()

    first, second = texts
    words = ["--manifest", first, "--manifest", str(file), "--manifest", second]
    digests = [digest(SERVICE), *([digest(NAMESPACE)] if of_all else []), digest(DEPLOYMENT)]
    given = [word for each in digests for word in ("--sha256", each)]
    ran = run(["install", *words, *given, "--dry-run=client", "-o", "name"], download=download)
    assert ran.status == 0, ran.stderr
    assert ran.stdout.splitlines() == ["service/web", "namespace/demo", "deployment.apps/web"]
    said = " ".join(ran.stderr.split())
    assert said.count("its SHA-256 is as asked for") == len(digests)


def test_what_a_rehearsal_is_refused_says_that_nothing_was_changed(cluster: Cluster) -> None:
    why = "the API server forbids to patch service web in namespace default: exceeded quota: few"
    for _ in range(2):
        cluster.fail("PATCH", "/services/web$", ApiForbidden(why, "see what is in its way"), 1)
    ran = install(cluster, SERVICE.replace("demo", "default"))
    assert ran.status == 2
    assert f"error: {why}; nothing was changed\n" in ran.stderr
    # Where the namespace is made first, it is refused in earnest, and something was changed.
    later = install(cluster, joined(NAMESPACE, SERVICE))
    assert later.status == 2
    assert "1 of 2 objects were applied and stay" in later.stderr
    assert "nothing was changed" not in later.stderr


def test_a_kind_that_nobody_knows(cluster: Cluster) -> None:
    ran = install(cluster, joined(NAMESPACE, WIDGET))
    assert ran.status == 2
    assert "stdin:5: the cluster knows no Widget of example.org/v1" in ran.stderr
    assert "if a CustomResourceDefinition brings Widget, put it" in ran.stderr
    assert writes(cluster) == []
    old = install(cluster, CRD.replace("k8s.io/v1", "k8s.io/v1beta1"))
    assert "the cluster knows no CustomResourceDefinition" in old.stderr
    assert "brings" not in old.stderr


def test_a_deployment_that_does_not_come(cluster: Cluster) -> None:
    clock = become_ready(cluster, {"observedGeneration": 1})
    ran = install(cluster, joined(NAMESPACE, DEPLOYMENT), "--timeout", "20s", clock=clock)
    assert (ran.status, ran.stdout) == (1, "")
    assert "not ready after 20 s: Deployment demo/web: 0/1 ready" in ran.stderr


@pytest.mark.parametrize(
    ("condition", "status", "said"),
    [("Complete", 0, "done"), ("Failed", 1, "BackoffLimitExceeded"), (None, 0, "done, and gone")],
)
def test_jobs(cluster: Cluster, condition: str | None, status: int, said: str) -> None:
    def on_sleep(_: float) -> None:
        if condition is None:
            cluster.objects.pop(("Job", "default", "j"), None)
            return
        told = {"type": condition, "status": "True", "message": "BackoffLimitExceeded"}
        cluster.objects[("Job", "default", "j")]["status"] = {"conditions": [told]}

    clock = FakeClock(on_sleep=on_sleep)
    ran = install(cluster, JOB, clock=clock)
    assert ran.status == status, ran.stderr
    assert said in ran.stderr
    assert clock.now < 10


@pytest.mark.parametrize("since_it_was_read", [False, True])
def test_what_is_being_deleted_is_waited_for_and_made_anew(
    cluster: Cluster, since_it_was_read: bool
) -> None:
    assert install(cluster, joined(NAMESPACE, SERVICE)).status == 0
    key = ("Service", "demo", "web")
    old = cluster.objects[key]

    def begin(asked: Any = None) -> None:
        if asked is None or (asked.method == "PATCH" and asked.query.get("dryRun")):
            old["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    if since_it_was_read:
        cluster.on_request = begin
    else:
        begin()
    assert install(cluster, joined(NAMESPACE, SERVICE)).status == 0
    assert cluster.objects[key]["metadata"]["uid"] != old["metadata"]["uid"]


def test_a_client_dry_run_asks_nobody() -> None:
    ran = install(None, joined(SERVICE, WIDGET), "--dry-run=client", "-o", "name")
    assert ran.status == 0, ran.stderr
    assert ran.stdout == "service/web\nwidget.example.org/w\n"


def test_a_server_dry_run_writes_nothing(cluster: Cluster) -> None:
    ran = install(cluster, joined(NAMESPACE, SERVICE), "--dry-run=server")
    assert ran.status == 0
    assert "could not check" in ran.stderr
    assert ran.stdout.endswith("service/web serverside-applied (server dry run)\n")
    assert writes(cluster) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "stdin holds no objects"),
        ("# nothing\n---\n", "stdin holds no objects"),
        ("- a\n", "stdin:1:1: this is not a Kubernetes object"),
        ("kind: Service\n", "stdin:1: this is not a Kubernetes object: it has no apiVersion"),
        ("apiVersion: ../../x\nkind: Service\n", "its apiVersion is '../../x'"),
        ("apiVersion: v1\nkind: a/b\n", "its kind is 'a/b'"),
        ("apiVersion: v1\nkind: Service\n", "this Service has no metadata"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: 3}\n", "this Service has no name"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: ..}\n", "this Service has no name"),
        ("apiVersion: v1\nkind: Service\nmetadata: {generateName: a-}\n", "generateName"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: a/b}\n", "the namespace of"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {b: 3}}\n", "quote numbers"),
        (joined(SERVICE, SERVICE), "stdin:6: Service demo/web is there twice, first at stdin:1"),
        ("apiVersion: v1\nkind: Event\nmetadata: {name: a}\n", "nothing that can be applied"),
        ("a: b\n\tc: d\n", "stdin:2:"),
    ],
)
def test_what_is_no_manifest(cluster: Cluster, text: str, said: str) -> None:
    ran = install(cluster, text)
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert writes(cluster) == []


def test_a_digest_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("\tnot: [yaml")
    wrong = "0" * 64
    ran = run(["install", "--manifest", str(file), "--sha256", wrong])
    assert ran.status == 2
    assert wrong in ran.stderr
    assert hashlib.sha256(file.read_bytes()).hexdigest() in ran.stderr


def test_a_right_digest(cluster: Cluster) -> None:
    digest = hashlib.sha256(SERVICE.encode()).hexdigest()
    text = SERVICE
    ran = install(cluster, text, "--sha256", f"sha256:{digest}", "--dry-run=client")
    assert ran.status == 0, ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sha256", "0" * 64], "add --manifest"),
        (["--manifest", ""], "names no file"),
        (["--manifest", "/nowhere/x.yaml"], "cannot be read"),
        (["--manifest", "/proc/self/task"], "holds no manifests"),
        (["--manifest", "a\0b"], "a file name holds a NUL character"),
        (["--manifest", "-", "--manifest", "-"], "can be read only once"),
        (
            ["--manifest", "x", "--manifest", "y", "--manifest", "z", *["--sha256", "0" * 64] * 2],
            "--sha256 is given 2 times for 3 files",
        ),
        (["--manifest", "x", "--manifest", "y", "--sha256", "0" * 64], "given once for 2 files"),
        (
            [*["--manifest", "https://h.example/x"] * 2, "--sha256", "0" * 64],
            "needs --sha256",
        ),
        (["--manifest", "x", "--sha256", "12"], "64 hexadecimal digits"),
        (["--manifest", "https://host.example/x"], "needs --sha256"),
        (["--manifest", "http://host.example/x", "--sha256", "0" * 64], "use https://"),
        (["--manifest", "ftp://host.example/x", "--sha256", "0" * 64], "is not fetched"),
        (["--manifest", "x", "--provider", "aws", "--class", "y"], "--provider, --class cannot"),
        (["--manifest", "x", "--adopt", "--yes"], "--adopt, --yes cannot"),
        (["kong", "--manifest", "x", "--version", "3"], "which version it is"),
        (["kong", "--manifest", "x", "--replicas", "2"], "--replicas: that is for ingress-nginx"),
        (["gke", "--manifest", "x"], "is not installed by this program, nor from a manifest"),
        (
            [
                "--manifest",
                "https://h.example/controller-v0.41.2/deploy.yaml",
                "--sha256",
                "0" * 64,
            ],
            "0.41.2 is gone",
        ),
    ],
)
def test_usage(words: Sequence[str], said: str) -> None:
    ran = run(["install", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
