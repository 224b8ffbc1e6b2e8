"""``kubectl ingress test --spec``: route tests against manifests, and how they are told."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core import route_test
from tests.golden import check
from tests.manifests import ingress, nginx, path, service
from tests.running import Ran, run

SPEC = """
apiVersion: kubectl-ingress/v1
kind: RouteTest
tests:
- name: echo is routed
  request: {url: "http://jko.example.com/echo-hostname"}
  expect: {status: 200, backend: default/hostname-service:80, upstreamPath: /, refused: false}
- name: the slash is kept
  request: {url: "https://jko.example.com/echo-hostname/"}
  expect: {backend: default/hostname-service:http, location: null}
- name: 'a miss | # <b> \\\\ & `x`'
  request: {url: "http://jko.example.com/other"}
  expect: {status: [200, 3xx]}
- name: another host
  request:
    url: http://else.example.com/
    headers: {X-A: ["1", "2"]}
  expect:
    backend: default/hostname-service:80
    status: 404
"""
MANIFESTS = [
    ingress(
        "ingress-example",
        "jko.example.com",
        path("/echo-hostname", "hostname-service", "http"),
        annotations=nginx(rewrite_target="/"),
    ),
    service("hostname-service"),
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("routes.yaml", SPEC)
    write("manifests.yaml", *MANIFESTS)


def write(name: str, *documents: Any) -> None:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    Path(name).write_text("\n---\n".join(textwrap.dedent(text) for text in texts))


def judge(*words: str, stdin: str = "") -> Ran:
    return run(["test", "--spec", "routes.yaml", "-f", "manifests.yaml", *words], stdin=stdin)


def judged_in(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ran.stdout)["tests"]
    return found


@pytest.mark.parametrize("output", ["text", "json", "junit", "tap", "markdown"])
def test_output(output: str) -> None:
    ran = judge("-o", output)
    assert (ran.status, ran.stderr) == (1, "")
    check(Path("spec") / f"{output}.txt", ran.stdout)


def test_all_that_pass_are_a_0() -> None:
    write("routes.yaml", SPEC.partition("- name: 'a miss")[0])
    ran = judge()
    assert ran.status == 0, ran.stdout
    assert ran.stdout.endswith("2 tests: 2 passed\n")


def test_json_has_the_fields_that_are_promised() -> None:
    found = json.loads(judge("-o", "json").stdout)
    assert set(found) == {"tests", "summary"}
    assert found["summary"] == {"passed": 2, "failed": 2, "errors": 0, "unchecked": 0}
    fields = {"name", "status", "reason", "outcome", "differences", "notChecked", "notes", "sent"}
    for one in found["tests"]:
        assert set(one) == fields
        assert set(one["outcome"]) == {"kind", "status", "location", "upstreamPath", "backends"}
    assert found["tests"][3]["differences"] == [
        {"field": "backend", "expected": "default/hostname-service:80", "actual": None}
    ]


def test_what_only_an_answer_tells_is_said_and_never_passes() -> None:
    live = {
        "body": "x",
        "json": {"$.a": 1},
        "headers": {"A": "b"},
        "pods": "x",
        "tls": {"san": "x"},
    }
    both = {**live, "status": 200, "latency": {"p50": 9}}
    request = {"url": "http://jko.example.com/echo-hostname"}
    tests = [
        {"name": "both", "request": request, "expect": both},
        {"name": "live alone", "request": request, "expect": live},
        {"name": "wrong", "request": request, "expect": {**live, "status": 404}},
    ]
    document = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest", "tests": tests}
    write("routes.yaml", json.dumps(document))
    found = judged_in(judge("-o", "json"))
    assert [one["status"] for one in found] == ["passed", "unchecked", "failed"]
    assert [one["field"] for one in found[0]["notChecked"]] == [*live, "latency"]
    write("routes.yaml", json.dumps({**document, "tests": tests[:2]}))
    ran = judge()
    assert ran.status == 0
    assert "not checked: body, json, headers, pods, tls (only an answer tells)" in ran.stdout
    assert ran.stdout.endswith("2 tests: 1 passed, 1 not checked\n")
    assert "# SKIP" in judge("-o", "tap").stdout
    [_, case] = ElementTree.fromstring(judge("-o", "junit").stdout).iter("testcase")
    assert case.find("skipped") is not None


STRANGE = "\x07\x1b[31mred\u202e ]]>\ufffe\N{PILE OF POO}"


def test_names_that_are_no_plain_text_stay_in_their_place() -> None:
    one = {
        "name": STRANGE,
        "request": {"url": "http://a.example/\U0001f4a9"},
        "expect": {"status": 1},
    }
    one["expect"] = {"location": STRANGE}
    document = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest", "tests": [one]}
    write("routes.yaml", json.dumps(document))
    shown = "\\x07\\x1b[31mred\\u202e ]]>\\ufffe\N{PILE OF POO}"
    text = judge().stdout
    assert shown in text
    assert "\x1b" not in text
    assert judged_in(judge("-o", "json"))[0]["name"] == STRANGE
    junit = ElementTree.fromstring(judge("-o", "junit").stdout)
    [case] = junit.iter("testcase")
    assert case.get("name") == shown
    tap = judge("-o", "tap").stdout
    assert f"not ok 1 - {shown.replace(chr(92), chr(92) * 2)}" in tap
    assert yaml.safe_load(block_of(tap))["differences"][0]["expected"] == shown
    assert judge("-o", "markdown").stdout.count("\n| **failed** |") == 1


def block_of(tap: str) -> str:
    block = tap.partition("  ---\n")[2].partition("  ...\n")[0]
    return textwrap.dedent(block)


def test_the_table_of_one_controller_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    real = ingress_nginx.compile

    def counted(*given: Any) -> Any:
        compiled.append(given)
        return real(*given)

    monkeypatch.setattr(ingress_nginx, "compile", counted)
    judge()
    assert len(compiled) == 1


CONTROLLERS = """
apiVersion: kubectl-ingress/v1
kind: RouteTest
controller: {}
settings: {}
tests:
- request: {{url: "http://a.example/FOO/x"}}
  expect: {{backend: default/web:80}}
"""


def test_a_document_names_its_controller_and_what_it_was_told() -> None:
    write("manifests.yaml", ingress("web", "a.example", path("/foo"), ingressClassName="x"))
    write(
        "routes.yaml",
        CONTROLLERS.format("spec", "{}"),
        CONTROLLERS.format("ingress-nginx", "{flags: [--ingress-class=x]}"),
        CONTROLLERS.format("ingress-nginx", "{flags: [--ingress-class=y]}").replace("FOO", "foo"),
        CONTROLLERS.format("spec", "{}").replace("FOO", "foo"),
    )
    statuses = [one["status"] for one in judged_in(judge("-o", "json"))]
    assert statuses == ["failed", "failed", "failed", "passed"]


def test_another_controller_is_asked_and_told_nothing_that_is_not_its_own() -> None:
    write("manifests.yaml", ingress("web", "a.example", path("/foo"), ingressClassName="x"))
    # The flag is one of both, and here it is the first one's: there it leaves the Ingress out.
    by_flag = CONTROLLERS.format("ingress-nginx", "{flags: [--ingress-class=y]}")
    write("routes.yaml", by_flag.replace("FOO", "foo"))
    for words, status in (
        ((), "failed"),
        (("--controller", "ingress-nginx"), "failed"),
        (("--controller", "kong"), "passed"),
    ):
        [found] = judged_in(judge("-o", "json", *words))
        assert found["status"] == status, (words, found["reason"])
    ran = judge("--controller", "knog")
    assert (ran.status, "no controller is called 'knog'" in ran.stderr) == (2, True)


def test_tests_are_made_of_manifests_and_kept() -> None:
    ran = run(["test", "--all", "-f", "manifests.yaml", "--save", "saved.yaml"])
    assert (ran.status, ran.stderr) == (0, "wrote 3 tests to saved.yaml\n")
    assert "√ default/ingress-example: jko.example.com/echo-hostname" in ran.stdout
    again = run(["test", "--spec", "saved.yaml", "-f", "manifests.yaml"])
    assert again.stdout.partition("\n")[2] == ran.stdout.partition("\n")[2]
    written = Path("saved.yaml").read_text()
    assert "controller: ingress-nginx" in written
    twice = run(["test", "--all", "-f", "manifests.yaml", "--save", "saved.yaml"])
    assert (twice.status, "saved.yaml is there already" in twice.stderr) == (2, True)
    assert Path("saved.yaml").read_text() == written
    kong = run(["test", "--all", "-f", "manifests.yaml", "--controller", "kong"])
    assert kong.stdout.startswith("routes of kong\n")
    none = run(["test", "--all", "-f", "manifests.yaml", "-n", "other"])
    assert none.status == 1
    assert "there is no route to test" in none.stderr
    assert "kubectl ingress list -f manifests.yaml" in none.stderr


SAVED = """
apiVersion: kubectl-ingress/v1
kind: RouteTest
controller: ingress-nginx
tests:
- request: {url: "http://a.example/x"}
  expect: {backend: "default/web:80", status: 200}
- name: shares
  request: {url: "http://split.example/x"}
  expect: {weight: {"default/old:80": 70, "default/new:80": 30}}
"""


def test_a_port_by_name_is_not_told_where_no_service_is_in_the_files() -> None:
    canary = nginx(canary="true", canary_weight="30")
    guard = nginx(whitelist_source_range="10.0.0.0/8")
    manifests = [
        ingress("web", "a.example", path("/x", "web", "http"), annotations=guard),
        ingress("split", "split.example", path("/x", "old", "http")),
        ingress("canary", "split.example", path("/x", "new", "http"), annotations=canary),
    ]
    write("manifests.yaml", *manifests)
    write("routes.yaml", SAVED)
    ran = judge("-o", "json")
    assert ran.status == 0, ran.stdout
    found = judged_in(ran)
    why = "no Service default/{} in the files tells which port 80 is, and port http is predicted"
    unchecked = [(one["field"], one["why"]) for test in found for one in test["notChecked"]]
    assert unchecked == [("backend", why.format("web")), ("weight", why.format("old"))]
    # The Service itself is compared, and what is told of the guard is no reason for it.
    write("routes.yaml", SAVED.replace("default/web", "default/other").replace("/old", "/gone"))
    first, second = judged_in(judge("-o", "json"))
    assert first["reason"] == "backend is default/web:http, expected default/other:80"
    assert any("whitelist-source-range" in note for note in first["notes"])
    assert second["status"] == "failed"
    # Where the Service is there, it tells.
    write("manifests.yaml", *manifests, service())
    write("routes.yaml", SAVED)
    assert judged_in(judge("-o", "json"))[0]["notChecked"] == []


def test_of_several_classes_the_host_decides() -> None:
    write(
        "manifests.yaml",
        ingress("web", "a.example", path("/")),
        ingress(
            "other", "b.example", path("/", kind="ImplementationSpecific"), ingressClassName="x"
        ),
    )
    one = "\n- request: {url: 'http://%s/'}\n  expect: {status: 200}"
    hosts = ("a.example", "b.example", "else.test")
    head = "apiVersion: kubectl-ingress/v1\nkind: RouteTest\ntests:"
    write("routes.yaml", head + "".join(one % host for host in hosts))
    ran = judge("-o", "json")
    found = judged_in(ran)
    assert [one["status"] for one in found] == ["passed", "passed", "error"]
    assert found[2]["outcome"] is None
    assert found[2]["differences"] == []
    assert "several controllers could be meant" in found[2]["reason"]
    assert ran.status == 2
    assert "KI207" in ran.stderr
    assert "3 tests: 2 passed, 1 not judged" in judge().stdout
    assert [one["status"] for one in judged_in(judge("-o", "json", "--class", "nginx"))] == [
        "passed",
        "failed",
        "failed",
    ]


def test_chance_fails_unless_it_is_expected() -> None:
    twins = [ingress(name, "a.example", path("/", name), ingressClassName="x") for name in "ab"]
    write("manifests.yaml", *twins)
    document = CONTROLLERS.format("spec", "{}").replace("FOO", "foo")
    write("routes.yaml", document)
    [one] = judged_in(judge("-o", "json"))
    assert one["status"] == "failed"
    assert one["reason"] == "undefined: forward to default/a:80, or forward to default/b:80"
    assert [c["backends"][0]["service"] for c in one["outcome"]["candidates"]] == ["a", "b"]
    write("routes.yaml", document.replace("backend: default/web:80", "undefined: true"))
    assert judge().status == 0


def test_a_frozen_controller_is_what_refused_means() -> None:
    bad = ingress("bad", "b.example", path("/foo"), path("/foo/"))
    write("manifests.yaml", *MANIFESTS, bad)
    found = judged_in(judge("-o", "json"))
    assert found[0]["differences"] == [
        {"field": "refused", "expected": False, "actual": True},
        {"field": "status", "expected": 200, "actual": None},
        {"field": "backend", "expected": "default/hostname-service:80", "actual": None},
        {"field": "upstreamPath", "expected": "/", "actual": None},
    ]
    assert found[0]["reason"].endswith("every host keeps its old routes)")


def test_what_is_uncertain_is_said_and_passes() -> None:
    one = ingress("web", "a.example", path("/foo", kind="ImplementationSpecific"))
    write("manifests.yaml", one)
    write("routes.yaml", CONTROLLERS.format("spec", "{}").replace("FOO", "foo"))
    ran = judge()
    assert ran.status == 0
    assert "! uncertain: path /foo is ImplementationSpecific" in ran.stdout
    assert "# uncertain: " in judge("-o", "tap").stdout
    assert "uncertain: " in judge("-o", "junit").stdout


def test_files_directories_and_stdin() -> None:
    Path("specs/deep").mkdir(parents=True)
    write("specs/a.yaml", SPEC)
    write("specs/deep/b.yaml", SPEC)
    words = ["test", "--spec", "specs", "-f", "manifests.yaml", "-o", "json"]
    assert len(judged_in(run(words))) == 4
    assert len(judged_in(run([*words, "-R"]))) == 8
    assert len(judged_in(run([*words, "--spec", "routes.yaml"]))) == 8
    assert len(judged_in(run(["test", "--spec", "-", *words[3:]], stdin=SPEC))) == 4
    whole = "\n---\n".join([SPEC, *map(json.dumps, MANIFESTS)])
    write("both.yaml", whole)
    both = run(["test", "--spec", "both.yaml", "-f", "both.yaml", "-o", "json"])
    assert json.loads(both.stdout)["summary"]["passed"] == 2
    from_stdin = ["test", "--spec", "routes.yaml", "-f", "-", "-o", "json"]
    assert len(judged_in(run(from_stdin, stdin=whole))) == 4


def test_a_namespace_is_that_of_manifests_that_name_none() -> None:
    for one in MANIFESTS:
        write(
            "manifests.yaml",
            *({**one, "metadata": {**one["metadata"], "namespace": ""}} for one in MANIFESTS),
        )
    found = judged_in(judge("-o", "json", "-n", "shop"))
    assert found[0]["outcome"]["backends"][0]["namespace"] == "shop"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (SPEC.replace("status: 404", "status: nope"), "routes.yaml:20:13", "'nope' is no status"),
        (SPEC.replace("upstreamPath", "upstream"), "routes.yaml:7:73", "no field 'upstream'"),
        (SPEC.replace("X-A: [", "X-A: [{}, "), "routes.yaml:17:21", "is not text"),
        (SPEC.replace("another host", "echo is routed"), "routes.yaml:14:3", "routes.yaml:5:3"),
        (SPEC.replace("tests:", "test:"), "routes.yaml:5:1", "no field 'test'"),
        (SPEC.replace("ingress/v1", "ingress/v2"), "routes.yaml:2:1", "apiVersion"),
        (SPEC.replace("RouteTest", "RouteTests"), "routes.yaml:3:7", "kind is 'RouteTests'"),
        (SPEC.replace("kind: RouteTest", ""), "routes.yaml:2:1", "this has no kind"),
        (SPEC.replace("tests:", "controller: ngnix\ntests:"), "routes.yaml:4:13", "'ngnix'"),
        (SPEC.replace("tests:", "tests: ["), "routes.yaml:", ""),
        (SPEC.replace("{url", "{ur\tl: {"), "routes.yaml:", ""),
        ("", "routes.yaml: ", "no RouteTest in there"),
        ("kind: Service\napiVersion: v1\n", "routes.yaml: ", "no RouteTest in there"),
        ("- 1\n", "routes.yaml:1:1", "this has no kind"),
        (
            json.dumps({"kind": "RouteTest", "apiVersion": "kubectl-ingress/v1", "x": 1}, indent=1),
            "routes.yaml:4:7",
            "no field 'x'",
        ),
        (
            json.dumps({"kind": "RouteTest", "apiVersion": "x"}),
            "routes.yaml:1:1",
            "apiVersion is 'x'",
        ),
    ],
)
def test_a_bad_file_is_told_with_its_place(text: str, place: str, message: str) -> None:
    Path("routes.yaml").write_text(text)
    ran = judge()
    assert ran.status == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"error: {place}")
    assert message in ran.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-f", "manifests.yaml"], "test with -f needs route tests: --spec, or --all"),
        ([], "test needs a PATH or a URL"),
        (["--spec", "-", "-f", "-"], "stdin cannot be both"),
        (["--spec", "gone.yaml", "-f", "manifests.yaml"], "gone.yaml does not exist"),
        (["--spec", "routes.yaml", "-f", "gone.yaml"], "gone.yaml does not exist"),
        (["--spec", "routes.yaml", "-f", "manifests.yaml", "-o", "xml"], "-o 'xml' is not known"),
        (
            ["/x", "--spec", "routes.yaml", "-f", "manifests.yaml"],
            "PATH|URL does not go with --spec",
        ),
        (["--spec", "routes.yaml", "-f", "manifests.yaml", "--count", "2"], "--count does not go"),
        (["--spec", "routes.yaml", "-f", "manifests.yaml", "-H", "A: 1"], "--header does not go"),
        (["/x", "-o", "junit"], "-o 'junit' is not known"),
    ],
)
def test_what_does_not_make_a_command(words: list[str], message: str) -> None:
    ran = run(["test", *words])
    assert ran.status == 2
    assert message in ran.stderr


def test_manifests_that_cannot_be_read_are_told_beside_the_result() -> None:
    write("manifests.yaml", "a: [", *MANIFESTS)
    ran = judge("-o", "json")
    assert len(judged_in(ran)) == 4
    assert "KI904" in ran.stderr


@pytest.mark.parametrize("file", ["README.md", "docs/route-tests.md"])
def test_documented_tests_are_of_the_form_they_show(file: str) -> None:
    text = (Path(__file__).parents[2] / file).read_text()
    shown = [one for one in re.findall(r"```yaml\n(.*?)```", text, re.S) if "RouteTest" in one]
    assert shown
    for one in shown:
        write("routes.yaml", one)
        assert judge("-o", "json").status in (0, 1)


def test_every_field_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs/route-tests.md").read_text()
    rows = set(re.findall(r"^\| `([\w.\[\]]+)` \|", text, re.M))
    assert rows >= {f"request.{name}" for name in route_test.REQUEST}
    assert rows >= {f"settings.{name}" for name in route_test.SETTINGS}
    assert rows >= set(route_test.EXPECT)
