"""``kubectl ingress test --spec`` without -f: route tests that are sent, and how they are told."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from kubectl_ingress.core.answer import Answer, Certificate, Failure, Plan, Timings, Unreachable
from kubectl_ingress.errors import ApiForbidden, ApiUnreachable
from tests.fakes import FakeCluster
from tests.golden import check
from tests.manifests import controller, ingress, ingress_class, nginx, path, service, slice_of
from tests.running import FakeClock, Ran, run

PAGE = "<html><center>nginx</center></html>"
HEAD = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest"}
CERTIFICATE = Certificate("a.example", "Some CA", ("a.example",), "2036-01-01T00:00:00Z")


def world(**changes: Any) -> FakeCluster:
    """Two applications that echo, one of them behind a rewrite, the other its canary elsewhere."""
    return FakeCluster(
        [
            ingress_class(),
            ingress(
                "shop",
                "a.example",
                path("/api(/|$)(.*)", "echo", kind="ImplementationSpecific"),
                annotations=nginx(rewrite_target="/$2"),
            ),
            ingress("split", "split.example", path("/", "plain")),
            ingress(
                "canary",
                "split.example",
                path("/", "canary"),
                annotations=nginx(canary="true", canary_weight="30"),
            ),
            ingress("broken", "broken.example", path("/", "nothing")),
            *(service(name) for name in ("echo", "plain", "canary")),
            slice_of("echo", "echo-1", "echo-2"),
            slice_of("plain", "plain-1"),
            slice_of("canary", "canary-1"),
            *controller(**changes),
        ]
    )


def answered(status: int, body: str = "", *headers: tuple[str, str], tls: str = "") -> Answer:
    certificate = CERTIFICATE if tls else None
    peer = "203.0.113.10"
    return Answer(status, headers, body.encode(), Timings(0.01), peer, certificate, 80, "1.1", tls)


@dataclass
class Application:
    """What the cluster answers; `split` says whose turn it is."""

    split: Any = None

    def __call__(self, plan: Plan) -> Answer | Unreachable:
        request = plan.request
        if request.host == "a.example" and request.path.startswith("/api"):
            target = request.target.removeprefix("/api") or "/"
            body = json.dumps({"path": target, "pod": "echo-1", "n": [1, 2], "on": True})
            headers = ("Content-Type", "application/json"), ("X-Two", "1"), ("X-Two", "2")
            return answered(200, body, *headers, tls="TLSv1.3" * (request.scheme == "https"))
        if request.host == "split.example":
            return answered(200, f"I am {next(self.split)}.")
        return answered(503 if request.host == "broken.example" else 404, PAGE)


def split(canaries: int, of: int) -> Application:
    return Application(cycle(["canary-1"] * canaries + ["plain-1"] * (of - canaries)))


def send(
    *tests: Any, words: tuple[str, ...] = (), reply: Any = None, cluster: FakeCluster | None = None
) -> Ran:
    document = json.dumps({**HEAD, "tests": list(tests)})
    words = ("test", "--spec", "-", *words)
    return run(words, cluster or world(), reply or split(3, 10), stdin=document)


def one(expect: dict[str, Any], url: str = "http://a.example/api/x", **more: Any) -> Any:
    return {"name": "it", "request": {"url": url}, "expect": expect, **more}


def judged(test: Any, **asked: Any) -> dict[str, Any]:
    ran = send(test, words=("-o", "json"), **asked)
    [found] = json.loads(ran.stdout)["tests"]
    statuses = {"passed": 0, "failed": 1, "error": 2, "unchecked": 0}
    assert ran.status == statuses[found["status"]], found
    result: dict[str, Any] = found
    return result


MET = (
    {"status": 200},
    {"status": [404, "2xx"]},
    {"body": '"pod"'},
    {"body": {"contains": ["pod", "path"], "matches": '"pod": "echo-\\d"'}},
    {"json": {"$.path": "/x", "$.n": [1, 2], "$.n[*]": [1, 2], "$.on": True}},
    {"json": {"$.n[?@ > 1]": [2]}},
    {"headers": {"content-type": "application/json", "X-None": {"absent": True}}},
    {"headers": {"X-Two": "2", "Content-Type": {"matches": "^application/"}}},
    {"backend": "default/echo:80"},
    {"backend": "default/echo"},
    {"pods": "echo-*"},
    {"pods": ["no", "echo-1"]},
    {"upstreamPath": "/x"},
    {"latency": {"p50": 11, "p99": 11}},
    {"refused": False},
)
UNMET: tuple[tuple[dict[str, Any], str], ...] = (
    ({"status": 201}, "status is 200, expected 201"),
    ({"body": "hello"}, "expected with 'hello'"),
    ({"body": {"equals": "{}"}}, "expected '{}'"),
    ({"body": {"matches": "^pod"}}, "expected like '^pod'"),
    ({"json": {"$.path": "/y"}}, 'json $.path is "/x", expected "/y"'),
    ({"json": {"$.on": 1}}, "json $.on is true, expected 1"),
    ({"json": {"$.gone": None}}, "json $.gone is none, expected null"),
    ({"headers": {"X-Two": "3"}}, "headers.X-Two is '1', expected '3'"),
    ({"headers": {"X-None": "1"}}, "headers.X-None is none, expected '1'"),
    ({"headers": {"X-None": {"absent": False}}}, "headers.X-None is none, expected some value"),
    ({"headers": {"X-Two": {"absent": True}}}, "headers.X-Two is '1, 2', expected none"),
    ({"backend": "default/plain:80"}, "backend is default/echo (pod echo-1), expected default/pl"),
    ({"backend": "default/echo:81"}, "backend is default/echo:80, expected default/echo:81"),
    ({"pods": "plain-*"}, "pods is echo-1, expected plain-*"),
    ({"upstreamPath": "/api/x"}, "upstreamPath is /x, expected /api/x"),
    ({"location": "/"}, "location is none, expected /"),
    ({"latency": {"p95": 9.5}}, "latency.p95 is 10 ms, expected at most 9.5 ms"),
    ({"tls": {"daysLeft": 1}}, "tls is none, expected a certificate"),
    ({"refused": True}, "refused is false, expected true"),
    ({"undefined": True}, "undefined is false, expected true"),
)


@pytest.mark.parametrize("expect", MET, ids=str)
def test_an_expectation_that_is_met(expect: dict[str, Any]) -> None:
    found = judged(one(expect))
    assert (found["status"], found["differences"], found["notChecked"]) == ("passed", [], [])


@pytest.mark.parametrize(("expect", "reason"), UNMET, ids=str)
def test_an_expectation_that_is_not_met(expect: dict[str, Any], reason: str) -> None:
    found = judged(one(expect))
    assert found["status"] == "failed"
    assert reason in found["reason"]


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        ({"issuer": "Some", "san": ["A.example"], "daysLeft": 30, "version": "1.3"}, ""),
        ({"version": 1.2}, "tls.version is TLSv1.3, expected TLSv1.2"),
        ({"issuer": "Other"}, "tls.issuer is Some CA, expected with 'Other'"),
        ({"san": "b.example"}, "tls.san is a.example, expected b.example"),
        ({"daysLeft": 100_000}, "expected at least 100000"),
    ],
    ids=str,
)
def test_tls(tls: dict[str, Any], reason: str) -> None:
    found = judged(one({"tls": tls}, "https://a.example/api/x"))
    assert found["status"] == ("failed" if reason else "passed")
    assert reason in (found["reason"] or "")


def test_a_share_within_its_interval() -> None:
    test = one({"weight": {"default/canary:80": 30}}, "http://split.example/")
    found = judged(test, reply=split(3, 10))
    assert found["status"] == "passed"
    assert found["sent"]["requests"] == 200
    [share] = found["sent"]["shares"]
    assert (share["backend"], share["answers"], share["of"]) == ("default/canary:80", 60, 200)
    low, high = share["interval"]
    assert low < 0.3 < high


@pytest.mark.parametrize("canaries", [0, 6, 10])
def test_a_share_that_is_another(canaries: int) -> None:
    test = one({"weight": {"default/canary:80": 30}}, "http://split.example/")
    found = judged(test, reply=split(canaries, 10))
    assert found["status"] == "failed"
    assert f"weight is {10 * canaries} % (" in found["reason"]


def test_who_answers_is_not_told_and_so_the_prediction_is_asked() -> None:
    test = one({"status": 200, "backend": "default/echo:80"})
    found = judged(test, reply=lambda plan: answered(200, "hello"))
    assert found["status"] == "passed"
    [left] = found["notChecked"]
    assert left["field"] == "backend"
    assert "name no pod; predicted: forward to default/echo:80" in left["why"]
    other = one({"status": 200, "backend": "default/plain:80"})
    assert judged(other, reply=lambda plan: answered(200, "hello"))["status"] == "failed"


@pytest.mark.parametrize("expect", [{"pods": "x"}, {"weight": {"default/canary": 30}}])
def test_what_was_sent_for_nothing_is_an_error(expect: dict[str, Any]) -> None:
    test = one(expect, "http://split.example/")
    found = judged(test, reply=lambda plan: answered(200, "hello"))
    assert found["status"] == "error"
    assert re.search(
        "cannot be told: (the answers name no|only 0 of 200 answers name a) pod", found["reason"]
    )


def test_what_no_answer_shows_is_not_checked() -> None:
    cluster = world()
    # With these two the controller cannot load its configuration.
    cluster.add(ingress("bad", "b.example", path("/x"), path("/x/")))
    found = judged(one({"refused": True}), cluster=cluster)
    assert found["status"] == "unchecked", found
    assert found["notChecked"][0]["why"] == "an answer does not show it; it is predicted"


def test_the_controller_s_own_page_is_not_the_backend_s() -> None:
    found = judged(one({"backend": "default/nothing:80"}, "http://broken.example/"))
    assert found["status"] == "failed"
    assert "backend is nothing: ingress-nginx 1.15.1 answered 503 itself" in found["reason"]
    assert "KI103: Service default/nothing does not exist" in found["reason"]


def test_no_answer_is_told_with_its_code_and_in_how_many() -> None:
    turns = cycle([False, False, True, False])

    def reply(plan: Plan) -> Answer | Unreachable:
        if next(turns):
            return Unreachable(Failure.REFUSED, "Connection refused", "connect", Timings(0.1))
        return answered(200, "echo-1")

    found = judged(one({"status": 200}, count=4), reply=reply)
    assert found["reason"].startswith("KI603: ")
    assert "(in 1 of 4 requests)" in found["reason"]
    assert found["sent"]["statuses"] == {"200": 3, "connection refused": 1}


def test_what_was_not_predicted_is_said_and_does_not_fail() -> None:
    def reply(plan: Plan) -> Answer:
        return answered(200, "somebody else")

    found = judged(one({"status": 200}, "http://nobody.example/"), reply=reply)
    assert found["status"] == "passed"
    assert found["outcome"]["status"] == 404
    assert found["notes"][0].startswith("KI107: ")


def test_a_page_of_the_controller_s_own_is_a_pass_to_who_expects_it() -> None:
    url = "http://nobody.example/healthz"

    def healthy(_: Plan) -> Answer:
        return answered(200)

    assert judged(one({"status": 200}, url), reply=healthy)["status"] == "passed"
    assert run(["test", url, "--expect-status", "200"], world(), healthy).status == 0
    ran = run(["test", url], world(), healthy)
    assert ran.status == 1
    said = "KI101 no Ingress of class nginx has the host nobody.example, so the controller answers"
    assert f"{said} 200 itself; hosts: " in " ".join(ran.stdout.split())


def test_a_client_cannot_be_chosen() -> None:
    test = one({"status": 200})
    test["request"]["clientIP"] = "192.0.2.1"
    found = judged(test)
    assert (found["status"], found["sent"]) == ("unchecked", None)
    assert found["notChecked"][0]["field"] == "request.clientIP"


def test_without_a_controller_or_an_address_tests_fail() -> None:
    nobody = FakeCluster([ingress_class(), ingress()])
    assert judged(one({"status": 404}), cluster=nobody)["reason"].startswith("KI203: ")
    pending = judged(one({"status": 200}), cluster=world(address=None))
    assert pending["reason"].startswith("KI601: ")


@pytest.mark.parametrize("output", ["text", "junit", "tap", "markdown"])
def test_what_a_server_sends_is_printed_as_text_alone(output: str) -> None:
    evil = "\x1b[31mred\u202e\r\n]]> | <b>"

    def reply(plan: Plan) -> Answer:
        return answered(200, evil, ("Location", evil), ("X-Evil", evil))

    expect = {"body": "x", "headers": {"X-Evil": "x"}, "location": "/x", "json": {"$.a": 1}}
    ran = send(one(expect), words=("-o", output), reply=reply)
    assert ran.status == 1
    assert not {"\x1b", "\u202e", "\r"} & {*ran.stdout}
    if output == "junit":
        ElementTree.fromstring(ran.stdout)


def test_another_controller_than_runs_is_an_error() -> None:
    document = json.dumps({**HEAD, "controller": "traefik", "tests": [one({"status": 200})]})
    ran = run(["test", "--spec", "-"], world(), split(3, 10), stdin=document)
    assert ran.status == 2
    assert "Traefik does not run in this cluster, and no Ingress" in " ".join(ran.stdout.split())


def beside(**annotations: str) -> FakeCluster:
    """Two Ingresses with a load balancer each, whose controller runs outside the cluster."""
    own = [ingress(name, f"{name}.example", annotations=annotations) for name in ("one", "two")]
    for number, item in enumerate(own, 1):
        del item["spec"]["ingressClassName"]
        item["status"] = {"loadBalancer": {"ingress": [{"ip": f"203.0.113.{number}"}]}}
    reached = service() | {"spec": {**service()["spec"], "type": "NodePort"}}
    return FakeCluster([*own, reached, slice_of()])


GCE = {"kubernetes.io/ingress.class": "gce"}


def test_a_load_balancer_for_each_ingress() -> None:
    plans: list[Plan] = []

    def reply(plan: Plan) -> Answer:
        plans.append(plan)
        return answered(200, "web-1")

    ran = run(["test", "--all", "-o", "json"], beside(**GCE), reply)
    assert ran.status == 0, ran.stdout
    assert [(plan.request.host, plan.address, plan.port) for plan in plans] == [
        ("one.example", "203.0.113.1", 80),
        ("two.example", "203.0.113.2", 80),
    ]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((("Server", "awselb/2.0"),), "KI612: AWS ALB answered 404 itself, not GKE Ingress"),
        ((), "KI106: the route works, and default/web:80 itself answered 404"),
    ],
)
def test_who_answered_for_a_controller_outside(
    headers: tuple[tuple[str, str], ...], reason: str
) -> None:
    test = one({"status": 200}, "http://one.example/")
    found = judged(test, cluster=beside(**GCE), reply=lambda plan: answered(404, "", *headers))
    assert found["reason"].startswith(f"status is 404, expected 200 ({reason}")


def test_what_stands_before_a_specification_is_no_stranger() -> None:
    headers = ("Server", "awselb/2.0"), ("Location", "/login")
    test = one({"status": 200}, "http://one.example/")
    document = json.dumps({**HEAD, "controller": "generic", "tests": [test]})
    words = ["test", "--spec", "-", "-o", "json"]
    ran = run(words, beside(), lambda plan: answered(302, "", *headers), stdin=document)
    [found] = json.loads(ran.stdout)["tests"]
    assert found["reason"] == "status is 302, expected 200"


STORY = (
    {"name": "echo", "request": {"url": "http://a.example/api/x"}, "expect": {"status": 200}},
    {
        "name": "the split | of <b>",
        "request": {"url": "http://split.example/"},
        "expect": {"weight": {"default/canary:80": 30}},
    },
    {"name": "wrong", "request": {"url": "http://a.example/api/x"}, "expect": {"status": 404}},
    {
        "name": "not known",
        "request": {"url": "http://a.example/api/x", "clientIP": "192.0.2.1"},
        "expect": {"status": 200},
    },
)


@pytest.mark.parametrize("output", ["text", "json", "jsonl", "junit", "tap", "markdown"])
def test_output(output: str) -> None:
    ran = send(*STORY, words=("-o", output))
    assert (ran.status, ran.stderr) == (1, "")
    check(Path("spec") / f"live_{output}.txt", ran.stdout)


def test_forms_that_machines_read() -> None:
    suite = ElementTree.fromstring(send(*STORY, words=("-o", "junit")).stdout)
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["4", "1", "1"]
    lines = send(*STORY, words=("-o", "jsonl")).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    whole = json.loads(send(*STORY, words=("-o", "json")).stdout)
    assert found[:-1] == whole["tests"]
    assert found[-1] == {"summary": whole["summary"]}


def test_all_routes_become_tests_that_run_again(tmp_path: Path) -> None:
    file = tmp_path / "saved.yaml"
    ran = run(["test", "--all", "--save", str(file), "-o", "json"], world(), split(3, 10))
    found = {test["name"]: test for test in json.loads(ran.stdout)["tests"]}
    # Each route, then what two of the hosts have no rule for.
    statuses = ["passed", "failed", "passed", "passed", "passed"]
    assert [test["status"] for test in found.values()] == statuses
    broken = found["default/broken: broken.example/"]
    assert "KI103" in broken["reason"]
    check(Path("spec") / "saved.yaml", file.read_text())
    again = run(["test", "--spec", str(file), "-o", "json"], world(), split(3, 10))
    assert [t["status"] for t in json.loads(again.stdout)["tests"]] == statuses
    documents = list(yaml.safe_load_all(file.read_text()))
    assert [one["kind"] for one in documents] == ["RouteTest"]


def test_another_controller_is_asked_than_the_document_names() -> None:
    test = one({"status": 404}, "http://a.example/nobody")
    document = json.dumps({**HEAD, "controller": "ingress-nginx", "tests": [test]})
    for words, title in (((), "ingress-nginx"), (("--controller", "kong"), "Kong")):
        ran = run(["test", "--spec", "-", *words], world(), split(3, 10), stdin=document)
        assert ("Kong" in ran.stdout) is (title == "Kong"), ran.stdout


def test_what_may_not_be_read_is_said() -> None:
    cluster = world()
    refusal = ApiForbidden("you may not list secrets", "needed: list secrets")
    cluster.add(ingress("tls", "a.example", tls=[{"hosts": ["a.example"], "secretName": "s"}]))
    cluster.fail("GET", "secrets", refusal)
    ran = run(["test", "--all"], cluster, split(3, 10))
    assert "KI905  you may not list secrets; what depends on it is not known" in ran.stderr


def test_routes_that_no_request_reaches_are_named() -> None:
    cluster = world()
    cluster.add(ingress("second", "a.example", path("/y")) | {"metadata": {"name": "second"}})
    cluster.add(ingress("third", "a.example", path("/y")) | {"metadata": {"name": "third"}})
    ran = run(["test", "--all"], cluster, split(3, 10))
    assert "a.example/y: never served: " in ran.stderr


def test_all_of_a_namespace_that_has_no_route() -> None:
    ran = run(["test", "--all", "-n", "other"], world(), split(3, 10))
    assert ran.status == 1
    assert "there is no route to test" in ran.stderr


def contexts(file: Path, *names: str) -> dict[str, str]:
    """The environment with a kubeconfig that has these."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "contexts": [{"name": name, "context": {"cluster": name}} for name in names],
    }
    file.write_text(json.dumps(config))
    return {"KUBECONFIG": str(file)}


@pytest.mark.parametrize("output", ["text", "jsonl", "tap"])
def test_many_clusters(output: str, tmp_path: Path) -> None:
    document = json.dumps({**HEAD, "tests": [STORY[0], *STORY[2:]]})
    words = ["test", "--spec", "-", "--contexts", "all", "-o", output]
    variables = contexts(tmp_path / "config", "us", "eu")
    ran = run(words, world(), split(3, 10), stdin=document, variables=variables)
    assert ran.status == 1
    if output == "jsonl":
        *lines, last = map(json.loads, ran.stdout.splitlines())
        found = sorted((line["context"], line["name"], line["status"]) for line in lines)
        each = [("echo", "passed"), ("not known", "unchecked"), ("wrong", "failed")]
        assert found == [(context, *one) for context in ("eu", "us") for one in each]
        assert last["summary"] == {"passed": 2, "failed": 2, "errors": 0, "unchecked": 2}
    else:
        check(Path("spec") / f"contexts_{output}.txt", ran.stdout)


def test_a_cluster_that_cannot_be_read_is_worse_than_a_failure(tmp_path: Path) -> None:
    cluster = world()
    cluster.fail("GET", "ingresses", ApiUnreachable("it did not answer"), times=1)
    variables = contexts(tmp_path / "config", "one")
    ran = run(["test", "--all", "--contexts", "one"], cluster, split(3, 10), variables=variables)
    assert ran.status == 2
    assert "it did not answer" in ran.stdout
    nobody = run(["test", "--all", "--contexts", ","], cluster, variables=variables)
    assert nobody.status == 2
    assert "--contexts names no context" in nobody.stderr


@pytest.mark.parametrize("output", ["text", "jsonl"])
def test_waiting_until_all_pass(output: str) -> None:
    clock = FakeClock()

    def reply(plan: Plan) -> Answer:
        return answered(200 if clock.now >= 5 else 404, "echo-1")

    document = json.dumps({**HEAD, "tests": [one({"status": 200})]})
    words = ["test", "--spec", "-", "-o", output, "--wait"]
    ran = run([*words, "30s"], world(), reply, clock, stdin=document)
    assert (ran.status, clock.now) == (0, 6.0)
    said = ran.stderr.splitlines()
    assert len(said) == 1
    assert said[0].startswith("waiting: it: status is 404, expected 200")
    if output == "jsonl":
        assert [*json.loads(ran.stdout.splitlines()[0])][:2] == ["name", "status"]
        assert len(ran.stdout.splitlines()) == 2
    clock.now = 0.0
    late = run([*words, "3s"], world(), reply, clock, stdin=document)
    assert (late.status, clock.now) == (1, 3.0)


def test_two_addresses() -> None:
    def reply(plan: Plan) -> Answer | Unreachable:
        if plan.address == "198.51.100.7":
            assert plan.port == 8080
            return answered(404, PAGE, ("Location", "/x"))
        return split(3, 10)(plan)

    words = ("--diff", "ingress-nginx/ingress-nginx-controller", "198.51.100.7:8080")
    ran = send(one({"status": 500}), words=words, reply=reply)
    assert ran.status == 1
    text = " ".join(ran.stdout.split())
    assert "status: 200 → 404; backend: default/echo → none; upstreamPath: /x → none" in text
    assert "location: none → /x" in text
    alike = send(one({"status": 500}), words=("--diff", "203.0.113.1", "lb.example"))
    assert alike.status == 0, alike.stdout


def test_two_addresses_of_which_neither_answers() -> None:
    def reply(plan: Plan) -> Unreachable:
        return Unreachable(Failure.REFUSED, "Connection refused", "connect", Timings(0.1))

    ran = send(one({"status": 200}), words=("--diff", "192.0.2.1", "192.0.2.2"), reply=reply)
    assert ran.status == 2
    assert "neither answered: 192.0.2.1: connection refused; 192.0.2.2" in ran.stdout


def test_what_varies_by_itself_is_no_difference() -> None:
    bodies = cycle(["at 1", "at 2", "at 3"])

    def reply(plan: Plan) -> Answer:
        return answered(200, next(bodies))

    ran = send(one({"status": 200}), words=("--diff", "192.0.2.1", "192.0.2.2"), reply=reply)
    assert ran.status == 0
    assert "not checked: body (192.0.2.1 itself varies)" in ran.stdout
    ran = send(
        one({"status": 200}, "http://split.example/"), words=("--diff", "192.0.2.1", "192.0.2.2")
    )
    assert ran.status == 0, ran.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--spec", "x.yaml", "--all"), "--spec and --all do not go together"),
        (("--all", "--count", "3"), "--count does not go with --all"),
        (("--all", "-f", "x.yaml", "-k"), "--insecure does not go with -f"),
        (("--all", "-f", "x.yaml", "--diff", "a", "b"), "--diff does not go with -f"),
        (("/x", "--diff", "a", "b", "--controller", "kong"), "--controller goes with --diff only"),
        (("--spec", "x", "--diff", "a", "b", "--controller", "kong"), "--controller goes with"),
        (("--all", "--controller", "knog"), "no controller is called 'knog'"),
        (("--save", "x.yaml", "--spec", "y.yaml"), "--save writes the tests of --all"),
        (("--save", "x.yaml"), "test needs a PATH or a URL"),
        (("/x", "-f", "x.yaml", "-d", "foo"), "test with -f needs route tests: --spec, or --all"),
        (("/x", "-f", "x.yaml"), "for one request: kubectl ingress trace /x -f x.yaml"),
        (("--diff", "a", "b"), "--diff needs requests"),
        (("--contexts", "a,b"), "--contexts needs requests"),
        (("--spec", "x.yaml", "-k", "-f", "y.yaml"), "--insecure does not go with -f"),
        (("--spec", "x.yaml", "-H", "A: b"), "--header does not go with --spec"),
        (("/x", "--contexts", "a", "--rate", "3"), "--rate does not go with --contexts"),
        (("--spec", "x.yaml", "-f", "y.yaml", "--wait", "3s"), "--wait does not go with -f"),
        (("/x", "--contexts", "a", "--context", "b"), "--context and --contexts do not go"),
        (("--all", "--contexts", "a", "--save", "f"), "--save writes the tests of --all of one"),
        (("--spec", "x.yaml", "-o", "xml"), "-o 'xml' is not known"),
    ],
    ids=" ".join,
)
def test_what_does_not_make_a_command(words: tuple[str, ...], sentence: str) -> None:
    ran = run(["test", *words], world(), split(3, 10))
    assert ran.status == 2
    assert sentence in ran.stderr


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ingress-nginx/none", "there is no Service ingress-nginx/none"),
        ("default/echo", "Service default/echo has no address"),
        ("a:b", "'a:b' is no address"),
        ("a:99999", "'a:99999' is no address"),
        ("a:0", "'a:0' is no address"),
        ("a:٨٠", "'a:٨٠' is no address"),
        (":80", "':80' is no address"),
        ("a b:80", "'a b:80' is no address"),
        ("", "'' is no address"),
    ],
)
def test_what_is_no_address(typed: str, sentence: str) -> None:
    ran = send(one({"status": 200}), words=("--diff", "192.0.2.1", typed))
    assert ran.status == 2
    assert sentence in ran.stderr
