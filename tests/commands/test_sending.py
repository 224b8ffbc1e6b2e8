"""``kubectl ingress test`` with curl's flags, as a person types them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Http, Plan, Timings, Unreachable, Wire
from tests.commands.test_live_specs import contexts
from tests.fakes import FakeCluster
from tests.manifests import controller, ingress, ingress_class, nginx, path, service, slice_of
from tests.running import Ran, answer, run

LB = "a0.elb.eu-west-1.amazonaws.com"
POD = "web-1"


def cluster() -> FakeCluster:
    objects = [ingress_class(), service("web"), slice_of("web", POD), *controller()]
    hosts = ("shop.example", "www.shop.example")
    return FakeCluster([*objects, *(ingress(host, host, path("/", "web")) for host in hosts)])


def send_typed(*words: str, reply: Callable[[Plan], Any] | None = None) -> tuple[Ran, list[Plan]]:
    plans: list[Plan] = []

    def noted(plan: Plan) -> Any:
        plans.append(plan)
        return reply(plan) if reply else answer(200, f"Hostname: {POD}")

    return run(["test", *words], cluster(), noted), plans


@pytest.mark.parametrize(
    ("words", "wire"),
    [
        ([], Wire()),
        (["--http1.1"], Wire()),
        (["--http2", "-4"], Wire(http=Http.TWO, family=4)),
        (["--http2-prior-knowledge", "--ipv6"], Wire(http=Http.TWO_AT_ONCE, family=6)),
        (["--connect-timeout", "1.5"], Wire(connect_time=1.5)),
        (
            ["--cacert", "ca", "--cert", "c", "--key", "k"],
            Wire(cacert="ca", cert="c", key="k"),
        ),
    ],
)
def test_how_it_is_sent(words: list[str], wire: Wire) -> None:
    ran, [plan] = send_typed("https://shop.example/", *words)
    assert ran.status == 0, ran
    assert plan.wire == wire


def test_what_is_sent() -> None:
    _, [plan] = send_typed("/", "-I", "-b", "a=1", "-b", "b=2; c=3", "-H", "X: y")
    assert plan.request.method == "HEAD"
    assert plan.request.headers == (("X", "y"), ("Cookie", "a=1;b=2; c=3"))
    _, [plan] = send_typed("/", "-b", "a=1", "-H", "cookie: mine")
    assert plan.request.headers == (("cookie", "mine"),)


@pytest.mark.parametrize(
    ("words", "address", "port"),
    [
        (["--resolve", "shop.example:80:10.0.0.1"], "10.0.0.1", 80),
        (["--resolve", "shop.example:443:10.0.0.1"], LB, 80),
        (["--connect-to", "shop.example::other.example:8080"], "other.example", 8080),
        (["--connect-to", ":::8080"], LB, 8080),
    ],
)
def test_where_it_is_sent_to(words: list[str], address: str, port: int) -> None:
    ran, [plan] = send_typed("http://shop.example/", *words, "-o", "json")
    assert (plan.address, plan.port) == (address, port)
    assert plan.request.host == "shop.example"
    place = json.loads(ran.stdout)["place"]
    assert (place["via"], place["address"], place["port"]) == ("lb", address, port)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-I", "-d", "x"], "-I and -d do not go together"),
        (["-4", "-6"], "-4 and -6 do not go together"),
        (["--http2", "--http1.1"], "--http1.1 and --http2 do not go together"),
        (["--key", "k"], "--key is the key of --cert"),
        (["--max-redirs", "3"], "--max-redirs limits -L"),
        (["-b", "cookies.txt"], "files of cookies are not read"),
        (["-b", "a=1\r\nX: y"], "line break"),
        (["--resolve", "shop.example:80"], "is not HOST:PORT:ADDRESS"),
        (["--resolve", "shop.example:80:name"], "is not HOST:PORT:ADDRESS"),
        (["--connect-to", "shop.example"], "is not HOST1:PORT1:HOST2:PORT2"),
        (["--connect-timeout", "0"], "--connect-timeout must be more than 0"),
        (["-L", "--count", "3"], "-L follows a single request"),
    ],
)
def test_words_that_do_not_go_together(words: list[str], sentence: str) -> None:
    ran, plans = send_typed("http://shop.example/", *words)
    assert ran.status == 2
    assert sentence in ran.stderr
    assert plans == []


AUTHORIZED = ("Authorization", "Basic dTpwOndvcmQ=")


def test_a_user_and_a_password() -> None:
    ran, [plan] = send_typed("http://shop.example/", "-u", "u:p:word")
    assert (ran.status, plan.request.headers) == (0, (AUTHORIZED,))
    _, [plan] = send_typed("http://shop.example/", "-u", "ü:")
    assert plan.request.headers == (("Authorization", "Basic w7w6"),)
    # As with curl, a header that is typed comes first.
    _, [plan] = send_typed("http://shop.example/", "-u", "u:p", "-H", "authorization: Bearer x")
    assert (plan.request.headers, plan.request.user) == ((("authorization", "Bearer x"),), None)
    ran, plans = send_typed("http://shop.example/", "-u", "secret")
    assert (ran.status, plans) == (2, [])
    assert "-u has no password" in ran.stderr
    assert "secret" not in ran.stderr


@pytest.mark.parametrize("output", ["json", "junit"])
def test_a_password_is_printed_of_no_cluster(tmp_path: Path, output: str) -> None:
    plans: list[Plan] = []

    def noted(plan: Plan) -> Answer:
        plans.append(plan)
        return unauthorized(plan)

    words = ["http://shop.example/", "-u", "u:p:word", "--contexts", "all", "-o", output]
    variables = contexts(tmp_path / "config", "one")
    ran = run(["test", *words], cluster(), noted, variables=variables)
    assert (ran.status, [plan.request.headers for plan in plans]) == (1, [(AUTHORIZED,)])
    assert "-u u:VALUE" in ran.stdout
    assert "p:word" not in ran.stdout + ran.stderr
    assert AUTHORIZED[1].split()[1] not in ran.stdout + ran.stderr


def unauthorized(plan: Plan) -> Answer:
    return Answer(401, (("Server", "x"),), b"no", Timings(0.01), "10.0.0.1")


@pytest.mark.parametrize(
    "words",
    [
        ["--curl", "-v"],
        ["-o", "json"],
        ["--count", "3", "-o", "json"],
        ["--wait", "3s"],
        ["-L", "--curl"],
        ["--diff", "10.0.0.1", "10.0.0.2", "-o", "json"],
        ["--expect-status", "200", "-v"],
    ],
)
def test_a_password_is_never_printed(words: list[str]) -> None:
    for url in ("http://shop.example/", "http://nope.example/"):
        for reply in (unauthorized, lambda plan: answer(200, POD)):
            ran, plans = send_typed(url, "-u", "u:p:word", *words, reply=reply)
            assert all(plan.request.headers == (AUTHORIZED,) for plan in plans)
            assert plans
            for secret in ("p:word", AUTHORIZED[1].split()[1]):
                assert secret not in ran.stdout + ran.stderr


SECRETS = ("T0ken", "s3cret", "pa55", "hunter2", "0123456789abcdef", "123456")


@pytest.mark.parametrize(
    "words", [["--curl", "-v"], ["-o", "json"], ["-L", "--curl"], ["--expect-status", "200", "-v"]]
)
def test_no_other_secret_is_printed(words: list[str]) -> None:
    sent = ["-H", "Authorization: Bearer T0ken", "-H", "X-Api-Key: s3cret", "-b", "sid=pa55"]
    sent += ["-H", "X-Own: 0123456789abcdef", "-H", "X-Version: v2", "-d", "password=hunter2"]
    sent += ["-H", "X-Otp: 123456"]
    for url in ("http://shop.example/", "http://nope.example/"):
        for reply in (unauthorized, unreachable_name, lambda plan: answer(200, POD)):
            ran, plans = send_typed(url, *sent, *words, reply=reply)
            assert {plan.body for plan in plans} == {b"password=hunter2"}
            assert ("X-Api-Key", "s3cret") in plans[0].request.headers
            for secret in SECRETS:
                assert secret not in ran.stdout + ran.stderr
            assert "v2" in ran.stdout


def test_what_stands_in_its_place() -> None:
    ran, _ = send_typed("http://shop.example/", "-u", "u:p", "--curl", "-v")
    assert "-u u:VALUE --max-time" in ran.stdout
    assert "> Authorization: Basic VALUE" in ran.stdout
    ran, _ = send_typed("http://shop.example/", "-u", "u:p", "-o", "json")
    found = json.loads(ran.stdout)
    assert found["request"]["headers"] == [["Authorization", "Basic VALUE"]]
    assert "-u u:VALUE" in found["curl"]
    ran, _ = send_typed("http://shop.example/", "-u", "u:p", reply=unreachable_name)
    assert "test http://shop.example/ --wait 5m -u u:VALUE" in ran.stdout


def unreachable_name(plan: Plan) -> Unreachable:
    return Unreachable(Failure.NAME, "no such name", "dns", Timings(0.1))


def test_the_size_of_a_body_is_known_to_the_prediction() -> None:
    objects = [ingress_class(), service("web"), slice_of("web", POD), *controller()]
    small = ingress("web", "shop.example", path("/", "web"), annotations=nginx(proxy_body_size="1"))

    def too_large(plan: Plan) -> Answer:
        return answer(413, "<hr><center>nginx</center>")

    ran = run(
        ["test", "http://shop.example/", "-d", "ab"], FakeCluster([*objects, small]), too_large
    )
    assert ran.status == 1
    assert (
        "413 Request Entity Too Large, sent by ingress-nginx 1.15.1 itself, as predicted"
        in ran.stdout
    )
    assert "proxy-body-size" in ran.stdout


def test_the_curl_command_is_printed_on_request() -> None:
    ran, _ = send_typed("https://shop.example/", "--curl", "--http2")
    line = next(line for line in ran.stdout.splitlines() if line.startswith("curl "))
    assert line == (
        f"curl -sS -i --connect-to shop.example:443:{LB}:443 --http2 --max-time 30"
        " https://shop.example/"
    )
    assert "curl" not in send_typed("https://shop.example/")[0].stdout


def test_the_curl_command_of_every_route_test() -> None:
    tests = [
        {"name": name, "request": {"url": f"http://shop.example/{name}"}, "expect": {"status": 200}}
        for name in ("a", "b")
    ]
    spec = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest", "tests": tests}

    def printed(*words: str) -> list[str]:
        ran = run(
            ["test", "--spec", "-", *words],
            cluster(),
            lambda plan: answer(200, POD),
            stdin=json.dumps(spec),
        )
        assert ran.status == 0, ran
        return [line.strip() for line in ran.stdout.splitlines() if "curl" in line]

    assert printed() == []
    way = f"curl -sS -i --connect-to shop.example:80:{LB}:80 --http2-prior-knowledge --max-time 30"
    assert printed("--curl", "--http2-prior-knowledge") == [
        f"{way} http://shop.example/a",
        f"{way} http://shop.example/b",
    ]


# ---------------------------------------------------------------- redirects


def leading(ways: Mapping[str, str], status: int = 302) -> Callable[[Plan], Answer]:
    """A redirect for each of these URLs, an answer of the pod for all others."""

    def reply(plan: Plan) -> Answer:
        location = ways.get(plan.request.url)
        if location is None:
            return answer(200, f"Hostname: {POD}")
        return answer(status, "", location=location)

    return reply


CHAIN = {
    "http://shop.example/": "https://shop.example/",
    "https://shop.example/": "https://www.shop.example/home",
}


def test_redirects_are_followed_and_shown() -> None:
    ran, plans = send_typed("http://shop.example/", "-L", "--curl", reply=leading(CHAIN))
    assert ran.status == 0, ran
    assert [plan.request.url for plan in plans] == [*CHAIN, "https://www.shop.example/home"]
    assert {plan.address for plan in plans} == {LB}
    assert [plan.port for plan in plans] == [80, 443, 443]
    lines = ran.stdout.splitlines()
    shown = [line for line in lines if line.startswith(("GET", "  302", "curl"))]
    assert [line.split()[0] for line in shown] == [*["GET", "curl", "302"] * 2, "GET", "curl"]
    assert shown[2].startswith("  302 → https://shop.example/ ")
    assert "passed" in ran.stdout


def test_without_the_flag_a_redirect_is_the_answer() -> None:
    ran, plans = send_typed("http://shop.example/", "-o", "json", reply=leading(CHAIN))
    assert len(plans) == 1
    result = json.loads(ran.stdout)
    assert (result["answer"]["status"], result["redirects"]) == (302, [])


def test_redirects_in_json() -> None:
    ran, _ = send_typed("http://shop.example/", "-L", "-o", "json", reply=leading(CHAIN))
    result = json.loads(ran.stdout)
    assert result["request"]["url"] == "https://www.shop.example/home"
    assert result["answer"]["status"] == 200
    first, second = result["redirects"]
    assert (first["method"], first["url"], first["status"], first["location"]) == (
        "GET",
        "http://shop.example/",
        302,
        "https://shop.example/",
    )
    assert first["seconds"] == 0.01
    assert first["curl"].endswith(" http://shop.example/")
    assert second["location"] == "https://www.shop.example/home"


def test_what_is_expected_is_expected_of_the_last_answer() -> None:
    words = ("http://shop.example/", "--expect-status", "200")
    assert send_typed(*words, reply=leading(CHAIN))[0].status == 1
    assert send_typed(*words, "-L", reply=leading(CHAIN))[0].status == 0


def test_the_body_is_sent_again_where_the_status_asks_for_it() -> None:
    ways = {"http://shop.example/": "/next"}
    _, [_, second] = send_typed("http://shop.example/", "-L", "-d", "x", reply=leading(ways, 308))
    assert (second.request.method, second.body) == ("POST", b"x")
    _, [_, second] = send_typed("http://shop.example/", "-L", "-d", "x", reply=leading(ways, 303))
    assert (second.request.method, second.body) == ("GET", None)


@pytest.mark.parametrize(
    ("ways", "words", "code", "status", "sent"),
    [
        ({"/": "http://elsewhere.example/login"}, [], "KI632", 0, 1),
        ({"/": "/a", "/a": "/b", "/b": "/a"}, [], "KI633", 1, 3),
        ({"/": "/a", "/a": "/b"}, ["--max-redirs", "1"], "KI633", 1, 2),
        ({"/": "/a"}, ["--max-redirs", "0"], "KI633", 1, 1),
        ({"/": "mailto:a@b.example"}, [], "KI633", 1, 1),
        ({f"/{'a' * n}": f"/{'a' * (n + 1)}" for n in range(99)}, [], "KI633", 1, 51),
    ],
)
def test_where_following_ends(
    ways: Mapping[str, str], words: list[str], code: str, status: int, sent: int
) -> None:
    whole = {f"http://shop.example{url}": location for url, location in ways.items()}
    ran, plans = send_typed("http://shop.example/", "-L", *words, reply=leading(whole))
    assert (ran.status, len(plans)) == (status, sent)
    assert f" {code}  " in ran.stdout
    assert len(ran.stdout.splitlines()) < 45


def test_what_a_server_writes_into_a_fix_is_one_word_of_it() -> None:
    """In a Location nothing of ``;$'(){}`` has to be escaped."""
    path = "/x';touch${IFS}/tmp/pwned"
    whole = dict.fromkeys((f"http://shop.example{one}" for one in ("/", path)), path)
    words = ("http://shop.example/", "-L", "-k", "-o", "json")
    fix = json.loads(send_typed(*words, reply=leading(whole))[0].stdout)["verdict"]["fix"]
    assert shlex.split(fix) == ["kubectl", "ingress", "trace", f"http://shop.example{path}"]
    # With a flag of trace it has that too, wherever a quote stands.
    ran, _ = send_typed(*words, "-H", "X-Version: v2", reply=leading(whole))
    fix = json.loads(ran.stdout)["verdict"]["fix"]
    assert shlex.split(fix)[-2:] == ["-H", "X-Version: v2"]


def test_a_redirect_that_leads_to_a_failure_fails() -> None:
    def reply(plan: Plan) -> Any:
        if plan.request.scheme == "https":
            return Unreachable(Failure.REFUSED, "Connection refused", "connect", Timings(0.01))
        return answer(308, "", location="https://shop.example/")

    ran, plans = send_typed("http://shop.example/", "-L", reply=reply)
    assert (ran.status, len(plans)) == (1, 2)
    assert "308 → https://shop.example/" in ran.stdout
    assert "KI603" in ran.stdout


# ---------------------------------------------------------------- what went wrong, said


def failing(why: Failure, phase: str, detail: str, first: float | None = None) -> Any:
    times = Timings(0.5, 0.001, 0.002, None, first)
    return lambda plan: Unreachable(why, detail, phase, times, "203.0.113.10", None, 80)


@pytest.mark.parametrize(
    ("reply", "words", "code", "text"),
    [
        (failing(Failure.GARBAGE, "answer", "illegal status line"), [], "KI630", "illegal status"),
        (
            failing(Failure.TIMEOUT, "answer", "", 0.2),
            ["--max-time", "5"],
            "KI631",
            "did not end within 5 s",
        ),
        (failing(Failure.TIMEOUT, "answer", ""), ["--max-time", "5"], "KI604", "waited 5 s for an"),
        (
            failing(Failure.TIMEOUT, "tls", ""),
            ["--connect-timeout", "2"],
            "KI604",
            "waited 2 s for TLS",
        ),
        (failing(Failure.BROKEN, "answer", "Connection reset"), [], "KI605", "Connection reset"),
    ],
)
def test_each_fault_has_a_verdict(reply: Any, words: list[str], code: str, text: str) -> None:
    ran, _ = send_typed("http://shop.example/", *words, reply=reply)
    assert ran.status == 1
    assert f"× {code}  " in ran.stdout
    assert text in " ".join(ran.stdout.split())


def test_a_body_that_was_cut_is_said_to_be() -> None:
    def reply(plan: Plan) -> Answer:
        long = b"a" * (1 << 20)
        return Answer(200, (), long, Timings(0.1), "203.0.113.10", truncated=True)

    ran, _ = send_typed("http://shop.example/", reply=reply)
    assert "its body has more than the 1,048,576 bytes that were read" in ran.stdout
    ran, _ = send_typed("http://shop.example/", "--expect-body", "b", reply=reply)
    assert "the first 1,048,576 bytes of the body do not hold 'b'" in ran.stdout
    ran, _ = send_typed("http://shop.example/", "-o", "json", reply=reply)
    assert json.loads(ran.stdout)["answer"]["truncated"] is True


def test_escapes_of_a_server_do_not_reach_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"

    def reply(plan: Plan) -> Answer:
        location = (("Location", f"/{evil}"), ("X-Evil", evil))
        status = 302 if plan.request.target == "/" else 200
        return Answer(status, location, evil.encode(), Timings(0.1), "203.0.113.10")

    ran, plans = send_typed("http://shop.example/", "-L", "-v", reply=reply)
    assert len(plans) == 2
    assert "\x1b" not in ran.stdout
    assert "\x07" not in ran.stdout
