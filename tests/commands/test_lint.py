"""``kubectl ingress lint`` and ``explain`` as a person, a pipeline and a code scanner see them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kubectl_ingress.core.codes import CODES
from kubectl_ingress.errors import ApiForbidden
from kubectl_ingress.lint.engine import all_rules
from kubectl_ingress.lint.manual import reference
from tests.commands.sarif import problems_of
from tests.fakes import FakeCluster
from tests.golden import check
from tests.inventory.objects import workload
from tests.manifests import controller, ingress, ingress_class, nginx, path, service, slice_of
from tests.running import Ran, run

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
UPSTREAM = ROOT.parent / "shared" / "data" / "upstream"


@pytest.fixture(autouse=True)
def in_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "lint")


def linted(*words: str, stdin: str = "", cluster: FakeCluster | None = None) -> Ran:
    files = () if cluster is not None or "-f" in words else ("-f", "shop.yaml")
    ran = run(["lint", *words, *files], cluster, stdin=stdin)
    assert "Traceback" not in ran.stderr
    return ran


def as_json(*words: str, **how: Any) -> dict[str, Any]:
    ran = linted(*words, "-o", "json", **how)
    assert ran.stderr == ""
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def codes(*words: str, **how: Any) -> list[str]:
    return [one["code"] for one in as_json(*words, **how)["findings"]]


def of(*objects: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text", []),
        ("info", ["--level", "info", "--fail-on", "never", "-f", "shop.yaml"]),
        ("json", ["-o", "json"]),
        ("junit", ["-o", "junit"]),
        ("github", ["-o", "github"]),
    ],
)
def test_output(name: str, words: list[str]) -> None:
    ran = linted(*words)
    assert (ran.status, ran.stderr) == (0 if "never" in words else 1, "")
    check(Path("lint") / f"{name}.txt", ran.stdout)


def test_the_readme_shows_what_it_prints() -> None:
    shown = (GOLDEN / "lint" / "text.txt").read_text(encoding="utf-8")
    assert f"$ kubectl ingress lint -f shop.yaml\n{shown}```" in (ROOT / "README.md").read_text()


def test_junit_is_xml_with_a_case_for_each_finding() -> None:
    root = ElementTree.fromstring(linted("-o", "junit").stdout.encode())
    assert len(root.findall(".//testcase")) == len(codes())
    assert root.attrib["failures"] == str(len(root.findall(".//failure")))
    clean = linted("-f", "-", "-o", "junit", stdin=of(service(), ingress())).stdout
    assert [case.attrib["name"] for case in ElementTree.fromstring(clean).iter("testcase")] == [
        "1 Ingresses"
    ]


def test_sarif_is_what_its_schema_wants() -> None:
    for words in ([], ["--level", "info"], ["-f", "../trace/shop"]):
        found = json.loads(linted(*words, "-o", "sarif").stdout)
        assert problems_of(found) == []
        results = found["runs"][0]["results"]
        assert [one["ruleId"] for one in results] == codes(*words)


def test_the_check_of_sarif_can_fail() -> None:
    found = json.loads(linted("-o", "sarif").stdout)
    found["runs"][0]["results"][0]["level"] = "info"
    found["runs"][0]["results"][1]["ruleIndex"] = 9999
    assert len(problems_of(found)) == 2


@pytest.mark.parametrize(
    ("objects", "words", "status"),
    [
        ([service(), ingress()], [], 0),
        ([service(), ingress(annotations=nginx(rewrite_taget="/"))], [], 0),
        ([service(), ingress(annotations=nginx(rewrite_taget="/"))], ["--fail-on=warning"], 1),
        ([service(), ingress("web", "a.example", path("/", "gone"))], [], 1),
        ([service(), ingress("web", "a.example", path("/", "gone"))], ["--fail-on=never"], 0),
    ],
)
def test_exit_status(objects: list[dict[str, Any]], words: list[str], status: int) -> None:
    assert linted("-f", "-", *words, stdin=of(*objects)).status == status


@pytest.mark.parametrize(
    "words",
    [
        ["-o", "yaml"],
        ["--fail-on", "info"],
        ["--level", "all"],
        ["-A"],
        ["-f", "gone.yaml"],
        ["--diff"],
    ],
)
def test_what_cannot_run(words: list[str]) -> None:
    assert linted(*words).status == 2


def test_a_misspelt_class_is_told_and_not_just_passed_over() -> None:
    misspelt = of(
        service(), ingress(annotations=nginx(rewrite_taget="/"), ingressClassName="ngnix")
    )
    [found] = as_json("-f", "-", stdin=misspelt)["findings"]
    assert (found["code"], found["level"]) == ("KI207", "warning")
    assert "did you mean nginx?" in found["message"]
    assert found["fix"] == "ingressClassName: nginx"
    assert found["where"]["line"] == 1


def test_a_class_that_nobody_knows_is_named_in_the_sum() -> None:
    ran = linted("-f", "-", stdin=of(service(), ingress(ingressClassName="own")))
    assert ran.stdout == (
        "no findings in 1 Ingress; class own by the Ingress specification alone"
        "   (kubectl ingress explain KI207)\n"
    )
    told = linted(
        "-f", "-", "--level", "info", stdin=of(service(), ingress(ingressClassName="own"))
    )
    assert "alone   (" not in told.stdout


def test_of_a_namespace_its_own_ingresses_are_counted() -> None:
    cluster = FakeCluster(road())
    cluster.namespace = "nope"
    assert linted(cluster=cluster).stdout == ("no findings in 0 Ingresses of namespace nope\n")
    cluster.namespace = "default"
    assert " in 1 Ingress of namespace default" in linted(cluster=cluster).stdout
    assert " in 1 Ingress: " in linted("-A", cluster=cluster).stdout


@pytest.mark.parametrize(
    ("written", "services", "meant"),
    [
        ("wbe", ("web",), "web"),
        ("hostname-svc", ("hostname-service",), "hostname-service"),
        ("hostname-service", ("shop-canary-service", "other-service"), ""),
        ("shop-v1", ("shop-v2",), ""),
        ("api", ("app",), ""),
    ],
)
def test_the_service_that_is_meant(written: str, services: tuple[str, ...], meant: str) -> None:
    one = ingress("web", "a.example", path("/", written))
    objects = [*map(service, services), one]
    [found] = as_json("-f", "-", stdin=of(*objects))["findings"]
    assert found["code"] == "KI103"
    assert (found["fix"] == f"name: {meant}") is bool(meant)
    live = [*controller(), *objects, ingress_class()]
    found = next(
        each for each in as_json(cluster=FakeCluster(live))["findings"] if each["code"] == "KI103"
    )
    assert ("did you mean" in found["message"]) is bool(meant)
    assert found["fix"].startswith("kubectl ")


def test_nothing_on_stdin_is_said_of_stdin() -> None:
    ran = linted("-f", "-", stdin="")
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: stdin: no objects in there\n")


def test_a_tree_of_manifests_and_what_they_are_made_of(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(of(service(), ingress("web", "a.example")))
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: web\n")
    ran = linted("-R", "-f", str(tmp_path))
    told = "no findings in 1 Ingress; 2 documents without an object passed over\n"
    assert (ran.status, ran.stdout) == (0, told)
    assert codes("-R", "-f", str(tmp_path), "--level", "info") == ["KI901", "KI901"]
    named = linted("-f", str(tmp_path / "kustomization.yaml"))
    assert named.status == 1
    assert "not a Kubernetes object" in named.stdout


def test_what_fix_does_with_an_old_version_is_not_called_convert(tmp_path: Path) -> None:
    one = {**ingress("web", "a.example"), "apiVersion": "networking.k8s.io/v1beta1"}
    told = linted("-f", "-", stdin=of(service(), one)).stdout
    assert "--fix    apiVersion: networking.k8s.io/v1, and its fields as that has them" in told
    assert "kubectl ingress convert" not in told


def test_level_and_fail_on_are_apart() -> None:
    info = of(service(), ingress("web", "a.example", path("/app/")))
    assert codes("-f", "-", stdin=info) == []
    assert codes("-f", "-", "--level", "info", stdin=info) == ["KI509"]
    assert linted("-f", "-", "--level", "error", "--fail-on", "warning").status == 2
    misspelt = of(service(), ingress(annotations=nginx(rewrite_taget="/")))
    assert codes("-f", "-", "--level", "error", stdin=misspelt) == []


SUPPRESSED = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/rewrite-taget: /  # kubectl-ingress:ignore KI403 known
    # kubectl-ingress:ignore unknown-annotation: this one too
    nginx.ingress.kubernetes.io/rewrite-tagret: /
    nginx.ingress.kubernetes.io/rewrite-trget: /
spec:
  ingressClassName: nginx
  rules:
  - host: a.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


def test_a_comment_suppresses_its_line_alone() -> None:
    found = as_json("-f", "-", stdin=SUPPRESSED)
    assert [(one["code"], one["where"]["line"]) for one in found["findings"]] == [("KI403", 9)]
    assert found["summary"]["suppressed"] == 2


def test_an_annotation_suppresses_its_object_alone() -> None:
    quiet = {**nginx(rewrite_taget="/"), "kubectl-ingress/ignore": "KI403 known; KI105 never"}
    loud = ingress("other", "b.example", annotations=nginx(rewrite_taget="/"))
    found = as_json("-f", "-", stdin=of(service(), ingress(annotations=quiet), loud))
    assert [one["object"]["name"] for one in found["findings"]] == ["other"]
    assert found["summary"]["suppressed"] == 1


def test_a_suppression_of_what_is_not_told_is_used_all_the_same() -> None:
    annotations = {"kubectl-ingress/ignore": "KI509 on purpose"}
    asked = ingress("web", "a.example", path("/app/"), annotations=annotations)
    for level in ("error", "warning", "info"):
        assert codes("-f", "-", "--level", level, stdin=of(service(), asked)) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("KI501 because", "nothing is found here that KI501"),
        ("frozen-controller because", "nothing is found here that frozen-controller"),
        ("because it is so", "because is no code and no rule"),
        ("", "it names no code"),
    ],
)
def test_a_suppression_that_does_nothing_is_told(text: str, says: str) -> None:
    asked = ingress(annotations={"kubectl-ingress/ignore": text})
    found = as_json("-f", "-", stdin=of(service(), asked))["findings"]
    assert [one["code"] for one in found] == ["KI907"]
    assert says in found[0]["message"]
    comment = f"{SUPPRESSED}# kubectl-ingress:ignore {text}\n"
    assert "KI907" in codes("-f", "-", stdin=comment)


def road(**changes: Any) -> list[dict[str, Any]]:
    return [
        ingress_class(),
        *controller(),
        service(),
        slice_of(),
        ingress(**changes),
    ]


def test_a_cluster() -> None:
    assert codes(cluster=FakeCluster(road())) == []
    misspelt = road(annotations=nginx(rewrite_taget="/"))
    found = as_json(cluster=FakeCluster(misspelt))["findings"]
    assert [(one["code"], one["where"]) for one in found] == [("KI403", None)]
    assert "Ingress default/web" in linted(cluster=FakeCluster(misspelt)).stdout


def test_of_two_that_serve_one_class_either_may_be_stopped() -> None:
    args = ["--providers.kubernetesingressnginx"]
    traefik = workload("traefik:v3.7.0", "traefik/traefik", args=args)
    world = FakeCluster([*controller(), ingress_class(), traefik])
    [found] = [one for one in as_json("-A", cluster=world)["findings"] if one["code"] == "KI206"]
    assert "or stop the one that is not to answer" in found["message"]
    assert found["fix"].splitlines() == [
        "kubectl scale deployment traefik -n traefik --replicas=0",
        "kubectl scale deployment ingress-nginx-controller -n ingress-nginx --replicas=0",
    ]


def test_a_cluster_is_looked_at_in_one_namespace_or_all() -> None:
    other = ingress("other", "b.example", namespace="shop", annotations=nginx(rewrite_taget="/"))
    objects = [*road(), other, service(namespace="shop"), slice_of(namespace="shop")]
    assert codes(cluster=FakeCluster(objects)) == []
    assert codes("-n", "shop", cluster=FakeCluster(objects, namespace="shop")) == ["KI403"]
    # The controller itself is in a namespace of its own.
    assert codes("-A", cluster=FakeCluster(objects)) == ["KI701", "KI710", "KI403"]


def test_a_cluster_without_a_controller() -> None:
    assert codes(cluster=FakeCluster([service(), ingress()])) == ["KI203"]


def test_what_may_not_be_read_is_told() -> None:
    tls = [{"hosts": ["a.example"], "secretName": "web-tls"}]
    cluster = FakeCluster(road(tls=tls))
    cluster.fail("GET", "/secrets", ApiForbidden("you may not get secrets", "ask"))
    assert "KI905" in codes(cluster=cluster)


def test_list_and_explain() -> None:
    listed = linted("--list").stdout
    for rule in all_rules():
        assert f"{rule.CODE}  {rule.NAME}" in listed
        page = run(["explain", rule.CODE]).stdout
        assert page == run(["explain", rule.NAME]).stdout
        assert page.startswith(f"{rule.CODE}  {rule.NAME}  {rule.LEVEL}\n\n")
    rules = json.loads(linted("--list", "-o", "json").stdout)["rules"]
    assert [one["code"] for one in rules] == [rule.CODE for rule in all_rules()]
    assert set(rules[0]) == {"code", "rule", "level", "what"}
    ran = linted("--list", "-o", "sarif")
    assert (ran.status, ran.stdout) == (2, "")


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code: str) -> None:
    ran = run(["explain", code.lower()])
    assert (ran.status, ran.stderr) == (0, "")
    assert len(ran.stdout) > 400


def test_explain_lists_every_code() -> None:
    _, *lines = run(["explain", "--list"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(CODES)


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (["KI999"], "explain --list"),
        (["no-rule"], "explain --list"),
        (["frozen-controler"], "explain frozen-controller"),
        ([], "explain --list"),
        (["KI101", "--list"], "leave one of them out"),
    ],
)
def test_explain_what_is_not_there(words: list[str], step: str) -> None:
    ran = run(["explain", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.endswith(f"{step}\n")


def test_the_reference_is_made_of_the_docstrings() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == reference(all_rules()), "make generated"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("convert/seed.out.yaml", []),
        ("scaffold/seed.yaml", []),
        ("scaffold/seed-image.yaml", []),
        # It leads to a Service that is there already, and says itself that Exact becomes a pattern.
        ("scaffold/everything.yaml", ["KI508", "KI510", "KI103"]),
    ],
)
def test_no_false_finding_on_our_own_files(file: str, expected: list[str]) -> None:
    assert codes("-f", str(GOLDEN / file)) == expected


# Old releases, and versions that have published vulnerabilities.
EXPECTED = {"KI701", "KI710"}


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the upstream manifests are not here")
def test_no_false_finding_on_the_manifests_of_the_projects() -> None:
    files = sorted(UPSTREAM.rglob("*.yaml"))
    assert len(files) > 30
    for file in files:
        found = as_json("-f", str(file))["findings"]
        wrong = [one for one in found if one["code"] not in EXPECTED]
        assert wrong == [], file
