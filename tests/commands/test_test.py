"""``kubectl ingress test`` as a person sees it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from kubectl_ingress.ports.probe import HttpProber
from tests.fakes import FakeCluster
from tests.golden import check
from tests.manifests import LB, controller, ingress, ingress_class, nginx, path, service, slice_of
from tests.running import FakeClock, Ran, answer, run

PAGE = "<html><center>nginx</center></html>"
PODS = ("hostname-deployment-1", "hostname-deployment-2", "hostname-deployment-3")


def road(host: str = "jko.example.com", **changes: Any) -> FakeCluster:
    """The tutorial's objects behind a running controller."""
    seed = ingress(
        "ingress-example",
        host,
        path("/echo-hostname", "hostname-service", "http"),
        annotations=nginx(rewrite_target="/"),
    )
    return FakeCluster(
        [
            ingress_class(),
            seed,
            service("hostname-service"),
            slice_of("hostname-service", *PODS),
            *controller(**changes),
        ]
    )


def not_found(_: Plan) -> Answer:
    return answer(404, PAGE)


def refused(_: Plan) -> Unreachable:
    return Unreachable(Failure.REFUSED, "Connection refused", "connect", Timings(0.01, 0.001))


def pods() -> Any:
    turn = cycle(PODS)
    return lambda plan: answer(200, f"Container Hostname : {next(turn)} ")


@pytest.mark.parametrize(
    ("name", "words", "cluster", "reply", "status"),
    [
        ("the-404", ["/echo-hostname"], road(), not_found, 1),
        ("passed", ["http://jko.example.com/echo-hostname"], road(), pods(), 0),
        ("count", ["/echo-hostname", "--count", "30"], road(LB), pods(), 0),
        ("refused", ["/echo-hostname"], road(), refused, 1),
        ("pending", ["/echo-hostname"], road(address=None), None, 1),
        ("no-controller", ["/echo-hostname"], FakeCluster(), None, 1),
        ("verbose", ["/echo-hostname", "-v", "-H", "X-A: 1"], road(), not_found, 1),
        ("json", ["/echo-hostname", "-o", "json"], road(), not_found, 1),
    ],
)
def test_output(name: str, words: list[str], cluster: FakeCluster, reply: Any, status: int) -> None:
    ran = run(["test", *words], cluster, reply)
    assert ran.status == status, ran.stderr
    assert ran.stderr == ""
    check(Path("test") / f"{name}.txt", ran.stdout)


def sent(
    *words: str, reply: Any = not_found, cluster: FakeCluster | None = None
) -> tuple[Ran, list[Plan]]:
    plans: list[Plan] = []

    def noted(plan: Plan) -> Answer:
        plans.append(plan)
        found: Answer = reply(plan)
        return found

    return run(["test", *words], cluster or road(), noted), plans


def test_a_path_is_asked_of_the_load_balancer_under_its_own_name() -> None:
    _, [plan] = sent("/echo-hostname")
    assert (plan.request.host, plan.address, plan.port) == (LB, LB, 80)


def test_a_url_goes_to_the_load_balancer_under_its_host() -> None:
    _, [plan] = sent("https://jko.example.com/x")
    assert (plan.request.host, plan.address, plan.port) == ("jko.example.com", LB, 443)
    assert plan.verify


def test_curl_s_flags_mean_what_they_mean_to_curl() -> None:
    _, [plan] = sent("/x", "-X", "PUT", "-H", "A: 1", "-d", "a=1", "-k", "--max-time", "2.5")
    assert plan.request.method == "PUT"
    assert plan.request.headers == (
        ("A", "1"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    assert (plan.body, plan.verify, plan.max_time) == (b"a=1", False, 2.5)
    _, [plan] = sent("/x", "-d", "a=1")
    assert plan.request.method == "POST"


def test_a_body_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"a\r\nb\n")
    _, [plan] = sent("/x", "-d", f"@{tmp_path / 'body'}")
    assert plan.body == b"ab"
    ran, _ = sent("/x", "-d", "@/nowhere/at/all")
    assert ran.status == 2
    assert "/nowhere/at/all" in ran.stderr


def test_an_expected_404_passes() -> None:
    assert sent("/x", "--expect-status", "404")[0].status == 0
    assert sent("/x", "--expect-status", "200,4xx")[0].status == 0
    assert sent("/x", "--expect-status", "200")[0].status == 1
    assert sent("/x", "--expect-body", "nginx")[0].status == 0


def test_one_failure_among_many_fails() -> None:
    turn = cycle([answer(200, PODS[0]), answer(200, PODS[1]), answer(503, PAGE)])
    ran, plans = sent(
        "/echo-hostname", "--count", "9", reply=lambda _: next(turn), cluster=road(LB)
    )
    assert ran.status == 1
    assert len(plans) == 9
    assert "3 of 9 requests failed; the first:" in ran.stdout


def test_wait_polls_until_it_passes_and_says_meanwhile_what_is_missing() -> None:
    cluster = road()
    clock = FakeClock()

    def mended(now: float) -> None:
        if now >= 4:
            cluster.objects["Ingress", "default", "ingress-example"]["spec"]["rules"][0]["host"] = (
                LB
            )

    clock.on_sleep = mended

    def reply(plan: Plan) -> Answer:
        return answer(200, PODS[0]) if clock.now >= 4 else answer(404, PAGE)

    ran = run(["test", "/echo-hostname", "--wait", "1m"], cluster, reply, clock)
    assert ran.status == 0, ran.stdout
    assert clock.now == 4
    assert ran.stderr.count("waiting: KI101") == 1


def test_wait_ends() -> None:
    clock = FakeClock()
    ran = run(["test", "/echo-hostname", "--wait", "5s"], road(), not_found, clock)
    assert ran.status == 1
    assert clock.now == 5
    assert "KI101" in ran.stdout


def test_several_controllers_need_a_choice() -> None:
    cluster = FakeCluster([ingress_class(), *controller(), *controller(name="internal"), ingress()])
    ran = run(["test", "/"], cluster, not_found)
    assert ran.status == 2
    assert "internal (ingress-internal/ingress-nginx-controller)" in ran.stderr
    # The host of a URL tells.
    assert run(["test", "http://a.example/"], cluster, not_found).status == 1
    assert run(["test", "/", "--class", "internal"], cluster, not_found).status == 1
    assert run(["test", "/", "--class", "nope"], cluster, not_found).status == 2


def test_escape_sequences_from_the_cluster_and_from_answers_do_not_reach_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202e"
    cluster = FakeCluster(
        [ingress_class(), *controller(), ingress("web", "a.example", path("/" + evil, evil, evil))]
    )
    for words in (["/x"], ["http://a.example/y"], ["/x", "-v"], ["http://a.example/", "-v"]):
        ran = run(["test", *words], cluster, lambda _: answer(404, evil, **{evil: evil}))
        assert ran.status == 1
        for character in ("\x1b", "\x07", "\u202e"):
            assert character not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["test"], "test needs a PATH or a URL"),
        (["test", "x"], "neither a path nor a URL"),
        (["test", "/x", "-o", "yaml"], "text, json"),
        (["test", "/x", "--expect-status", "ok"], "is no status"),
        (["test", "/x", "--count", "0"], "0"),
        (["test", "/x", "--count", "many"], "many"),
        (["test", "/x", "--max-time", "0"], "--max-time"),
        (["test", "/x", "--wait", "soon"], "not a duration"),
        (["test", "/x", "-H", "nocolon"], "no colon"),
        (["test", "ftp://a/b"], "neither http"),
    ],
)
def test_wrong_words_cost_no_round_trip(words: list[str], said: str) -> None:
    ran = run(words)
    assert ran.status == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("error: ")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_json_is_one_document_with_the_contract_s_fields() -> None:
    ran = run(["test", "/echo-hostname", "-o", "json"], road(LB), pods())
    result = json.loads(ran.stdout)
    assert {"request", "predicted", "answer", "verdict", "spread", "curl"} <= set(result)
    assert set(result["answer"]) == {
        "status", "headers", "http", "tls", "bodyBytes", "truncated", "pod", "peer", "timings",
        "certificate",
    }  # fmt: skip
    assert set(result["answer"]["timings"]) == {"dns", "connect", "tls", "firstByte", "total"}
    assert set(result["verdict"]) == {"code", "level", "sentence", "fix"}
    assert result["answer"]["pod"] == PODS[0]


# ---------------------------------------------------------------- a cluster that maps addresses


class Pod(BaseHTTPRequestHandler):
    """Answers as a pod of the tutorial does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"Container Hostname : {PODS[0]} ".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pod)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def mapped(connect_to: Path, *words: str) -> Ran:
    """The command with a real prober, in a cluster that names this file."""
    cluster = road()
    cluster.connect_to = str(connect_to)
    url = "http://jko.example.com/echo-hostname"
    return run(["test", url, *words], cluster, prober=HttpProber)


def test_a_mapped_load_balancer_is_reached_and_said_to_be_where_it_is(
    port: int, tmp_path: Path
) -> None:
    file = tmp_path / ".curlrc"
    file.write_text(f'connect-to = "{LB}:80:127.0.0.1:{port}"\n')
    ran = mapped(file, "-v")
    assert ran.status == 0, ran.stdout + ran.stderr
    command = (
        f"curl -sS -i --connect-to jko.example.com:80:127.0.0.1:{port} --max-time 30"
        " http://jko.example.com/echo-hostname"
    )
    assert ran.stdout.splitlines()[1] == command
    [name, balancer] = [" ".join(line.split()[1:-2]) for line in ran.stdout.splitlines()[3:5]]
    assert name == f"name {LB} → 127.0.0.1"
    assert balancer == f"load balancer connected to 127.0.0.1, port {port}"
    result = json.loads(mapped(file, "-o", "json").stdout)
    assert result["curl"] == command
    assert result["answer"]["peer"] == "127.0.0.1"


@pytest.mark.parametrize("lines", [None, "", 'connect-to = "other:80:127.0.0.1:1"\n'])
def test_a_load_balancer_that_is_not_mapped_does_not_resolve(
    tmp_path: Path, lines: str | None
) -> None:
    file = tmp_path / ".curlrc"
    if lines is not None:
        file.write_text(lines)
    ran = mapped(file, "-v")
    assert ran.status == 1
    assert f"{LB} does not resolve" in ran.stdout
    assert "curl " not in ran.stdout
    result = json.loads(mapped(file, "-o", "json").stdout)
    assert (result["failure"]["why"], result["failure"]["phase"]) == ("name not resolved", "dns")
    assert str(file) in result["failure"]["detail"]
    assert result["verdict"]["code"] == "KI602"
    assert result["curl"] is None


def test_a_mapped_load_balancer_that_refuses_shows_the_port_that_was_tried(tmp_path: Path) -> None:
    file = tmp_path / ".curlrc"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        file.write_text(f'connect-to = "{LB}:80:127.0.0.1:{port}"\n')
        ran = mapped(file)
    assert ran.status == 1
    assert f"connection refused, port {port}" in ran.stdout


def test_a_fix_leads_to_the_same_cluster() -> None:
    words = ["test", "/echo-hostname", "--context", "prod", "-n", "shop", "--token", "secret"]
    ran = run([*words, "-o", "json"], road(), not_found)
    fixes = json.loads(ran.stdout)["verdict"]["fix"].splitlines()
    assert fixes == [
        "kubectl ingress patch-host ingress-example --context prod -n shop",
        "kubectl ingress test http://jko.example.com/echo-hostname --context prod -n shop",
    ]


@pytest.mark.parametrize(
    ("words", "address", "fix"),
    [
        (["/echo-hostname"], "localhost", "test /echo-hostname --via controller"),
        (["http://jko.example.com:8080/x"], LB, "test http://jko.example.com/x"),
    ],
)
def test_what_a_file_of_addresses_has_no_line_for_is_not_waited_for(
    words: list[str], address: str, fix: str
) -> None:
    cluster = road(address=address)
    cluster.connect_to = "/lab/.curlrc"
    gone = Unreachable(Failure.NAME, "port 80 of it is not in /lab/.curlrc", "dns", Timings(0.01))
    ran = run(["test", *words], cluster, lambda _: gone)
    assert ran.status == 1
    assert f"× KI640  nothing leads to {address} port" in ran.stdout
    assert f"  Fix    kubectl ingress {fix}\n" in ran.stdout
    assert "× load balancer  no port " in ran.stdout
    assert "resolve" not in ran.stdout
    # A name that is new may come.
    cluster = road()
    cluster.connect_to = "/lab/.curlrc"
    ran = run(["test", "http://jko.example.com/echo-hostname"], cluster, lambda _: gone)
    assert "KI602" in ran.stdout
    assert "--wait 5m" in ran.stdout


@pytest.mark.parametrize("words", [["/", "-sS"], ["-s", "/"], ["-s", "http://a.example/"]])
def test_the_silent_of_curl_is_told_from_the_server_of_kubectl(words: list[str]) -> None:
    ran = run(["test", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert "error: -s is kubectl's --server here" in ran.stderr


def test_a_server_may_be_typed() -> None:
    words = ["test", "http://jko.example.com/echo-hostname", "-s", "https://api.example:6443"]
    assert run(words, road(), pods()).status == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["-L", "-k", "--http2"], "-L --http2 -k"),
        (["-X", "PUT", "-d", "a b", "--max-time", "5"], "-X PUT -d VALUE --max-time 5"),
        (["-d", "@/dev/null"], "-d @/dev/null"),
        (["--resolve", "a:1:b", "--resolve", "c:1:d"], "--resolve a:1:b --resolve c:1:d"),
        (["--class", "nginx", "--curl"], "--class nginx"),
        # What nobody shall read in a log stays a name.
        (
            ["-H", "authorization: Basic eA==", "-H", "A: 1"],
            "-H 'authorization: Basic VALUE' -H 'A: 1'",
        ),
        (["-H", "X-Api-Key: s3cret"], "-H 'X-Api-Key: VALUE'"),
        (["-b", "a=1; b=2"], "-b 'a=VALUE; b=VALUE'"),
        # A canary is asked for by one of these, and whoever leaves it out asks something else.
        (["-b", "c=always", "-H", "X-Version: v2"], "-H 'X-Version: v2' -b c=always"),
    ],
)
def test_a_fix_asks_the_same(typed: list[str], kept: str) -> None:
    found = json.loads(sent("/echo-hostname", *typed, "-o", "json")[0].stdout)["verdict"]
    assert found["fix"].endswith(f" {kept}"), found["fix"]


def test_method_and_body_are_for_the_path_that_was_asked() -> None:
    ran, _ = sent("/nowhere", "-X", "DELETE", "-d", "a", "-k", "-o", "json")
    fix = json.loads(ran.stdout)["verdict"]["fix"]
    assert fix == "kubectl ingress test http://jko.example.com/echo-hostname -k"


def test_a_host_that_was_typed_is_not_asked_of_the_url_that_is_right() -> None:
    url = "http://jko.example.com/echo-hostname"
    ran, _ = sent(url, "-H", "Host: jk.example.com", "-o", "json")
    fix = json.loads(ran.stdout)["verdict"]["fix"].splitlines()
    assert fix[0] == f"kubectl ingress test {url}"
    # Where the same is to be asked again, it is.
    again, _ = sent(url, "-H", "Host: jko.example.com", reply=not_found)
    assert f"{url} --wait 30s -H 'Host: jko.example.com'" in again.stdout


def test_a_fix_has_no_flag_twice_and_no_other_host() -> None:
    ran, _ = sent("/x", "-H", "Host: nope.example", "-k", "-o", "json")
    fix = json.loads(ran.stdout)["verdict"]["fix"].splitlines()
    assert fix[0] == "kubectl ingress test http://jko.example.com/echo-hostname -k"
    ran, _ = sent("/echo-hostname", "-X", "PUT", "-o", "json", reply=lambda plan: answer(503, PAGE))
    assert json.loads(ran.stdout)["verdict"]["fix"].splitlines()[-1].endswith(" -X PUT")
    late = Unreachable(Failure.TIMEOUT, "", "answer", Timings(1.0, 0.1, 0.1, 0.1, 0.1))
    ran = run(["test", "/x", "--max-time", "5", "-k"], road(), lambda plan: late)
    assert "kubectl ingress test /x --max-time 120 -k" in ran.stdout


def test_what_passes_by_another_s_route_is_said_to() -> None:
    """Both have the same path, which ingress-nginx gives to the older one."""
    first, second = ingress("first", "a.example"), ingress("second", "a.example", namespace="blue")
    first["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    second["metadata"]["creationTimestamp"] = "2026-01-02T00:00:00Z"
    objects = [ingress_class(), service(), slice_of(), first, second, *controller()]
    words = ["test", "http://a.example/"]
    blue = FakeCluster(objects, namespace="blue")
    ran = run([*words, "-n", "blue"], blue, lambda plan: answer(200))
    assert ran.status == 0
    assert "! KI502  answered by the application, as predicted; but Prefix / of" in ran.stdout
    assert "  Fix    kubectl edit ingress second -n blue" in ran.stdout
    ran = run(["trace", *words[1:], "-n", "blue"], blue)
    assert "! KI502" in ran.stdout
    # Who has the other one has nothing to worry about.
    for command in (words, ["trace", *words[1:]]):
        assert "KI502" not in run(command, FakeCluster(objects), lambda plan: answer(200)).stdout
