"""What is sent to the API server, and what is made of its answers: over real connections."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress import __version__
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiError, ApiFailed, KubeconfigError
from kubectl_ingress.ports.answers import Expired
from kubectl_ingress.ports.api import list_all
from kubectl_ingress.ports.cluster import HttpCluster, connect
from kubectl_ingress.ports.patience import MAX_RETRIES, Notices
from tests.answering import PATH, World
from tests.kubeconfigs import Home, kubeconfig
from tests.live.recorder import Answer, json_answer, status_answer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(Home(tmp_path), stack)


# ---------------------------------------------------------------- what is sent


def test_a_request_as_the_server_sees_it(world: World) -> None:
    server = world.serve(json_answer({"kind": "IngressList", "items": []}))
    acting = {"as": "jäne", "as-groups": ["a", "b"]}
    cluster = world.cluster(server.url, acting)
    query = {"labelSelector": "a=b c", "limit": "5"}
    answer = cluster.request("PATCH", PATH, query=query, body={"a": "é"}, content_type="x/y+json")
    assert answer == {"kind": "IngressList", "items": []}
    seen = server.requests[0]
    assert (seen.method, seen.path) == ("PATCH", f"{PATH}?labelSelector=a%3Db+c&limit=5")
    assert json.loads(seen.body) == {"a": "é"}
    assert seen.header("content-type") == "x/y+json"
    assert seen.header("accept") == "application/json"
    assert seen.header("user-agent") == f"kubectl-ingress/{__version__}"
    assert seen.header("authorization") is None
    assert seen.impersonation == (
        ("impersonate-group", "a"),
        ("impersonate-group", "b"),
        ("impersonate-user", "jäne".encode().decode("latin-1")),
    )


def test_an_empty_answer_to_a_write_is_an_empty_object(world: World) -> None:
    cluster = world.cluster(world.serve((204, {}, b"")).url)
    assert cluster.request("DELETE", PATH) == {}


def test_a_compressed_answer(world: World) -> None:
    packed = gzip.compress(b'{"kind": "X"}')
    server = world.serve((200, {"Content-Encoding": "gzip"}, packed))
    assert world.cluster(server.url).request("GET", PATH) == {"kind": "X"}
    assert server.requests[0].header("accept-encoding") == "gzip"


def test_a_compressed_answer_in_chunks(world: World) -> None:
    # As the real server sends every answer that is large.
    packed = gzip.compress(b'{"kind": "X"}')
    pieces = [packed[:7], packed[7:]]
    server = world.serve((200, {"Content-Encoding": "gzip"}, pieces))
    assert world.cluster(server.url).request("GET", PATH) == {"kind": "X"}


def test_a_server_under_a_path(world: World) -> None:
    server = world.serve(json_answer({}))
    world.cluster(f"{server.url}/k8s/c-1/").request("GET", PATH)
    assert server.requests[0].path == f"/k8s/c-1{PATH}"


def test_warnings_about_what_nobody_asked_for_are_not_shown(world: World) -> None:
    warning = '299 - "v1 ComponentStatus is deprecated"'
    items = {"items": [{}]}
    server = world.serve(*(json_answer(items, Warning=warning) for _ in range(2)))
    cluster = world.cluster(server.url)
    assert list_all(cluster, KINDS["Service"], quiet=True)
    assert world.said.getvalue() == ""
    assert list_all(cluster, KINDS["Service"])
    assert world.said.getvalue() == "Warning: v1 ComponentStatus is deprecated\n"


def test_warnings_are_shown_once_and_cannot_write_on_the_terminal(world: World) -> None:
    warning = '299 - "old \\"thing\\" \x1b[31m", 299 - "second"'
    server = world.serve(json_answer({}, Warning=warning))
    cluster = world.cluster(server.url)
    cluster.request("GET", PATH)
    cluster.request("GET", PATH)
    assert world.said.getvalue() == 'Warning: old "thing" \\x1b[31m\nWarning: second\n'


def test_a_redirect_is_not_followed(world: World) -> None:
    elsewhere = world.serve(json_answer({}))
    error = world.error((302, {"Location": elsewhere.url}, b"<a href>Found</a>"))
    assert isinstance(error, ApiFailed)
    assert "answered 302, but not as Kubernetes does" in error.sentence
    assert elsewhere.requests == []


def test_what_is_read_is_decoded_by_who_asks_or_else_an_object(world: World) -> None:
    cluster = world.cluster(world.serve(json_answer({"kind": "X"})).url)
    assert cluster.read(PATH, {}, lambda body: body) == b'{"kind": "X"}'
    assert cluster.read(PATH, {"limit": "5"}, lambda body: None) == {"kind": "X"}


def test_requests_at_the_same_time(world: World) -> None:
    server = world.serve(json_answer({"kind": "X"}))
    cluster = world.cluster(server.url)
    ask = partial(cluster.request, "GET", PATH)
    assert cluster.begin([ask] * 7)() == [{"kind": "X"}] * 7
    assert len(server.requests) == 7


def test_who_cannot_log_in_is_told_before_anything_begins(world: World) -> None:
    script = world.home.script("exit 1")
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script)}
    user = {"exec": {**plugin, "interactiveMode": "Never"}}
    cluster = world.cluster("https://api.test:6443", user)
    with pytest.raises(KubeconfigError, match="exit status 1"):
        cluster.begin([lambda: pytest.fail("it began")])


def test_a_login_in_the_url_is_sent_and_not_shown(world: World) -> None:
    server = world.serve(json_answer({"kind": "X"}), status_answer(401, "Unauthorized", "no"))
    address = server.url.replace("http://", "http://bob:p%40ss@")
    cluster = world.cluster(address)
    assert cluster.request("GET", PATH) == {"kind": "X"}
    assert server.requests[0].header("authorization") == "Basic Ym9iOnBAc3M="
    with pytest.raises(ApiError) as caught:
        cluster.request("GET", PATH)
    assert caught.value.sentence == (
        f"the API server at {server.url} does not accept the credentials of the user bob "
        "(context main)"
    )


def test_a_proxy_is_asked_with_its_login(world: World) -> None:
    proxy = world.serve(json_answer({"kind": "X"}))
    address = proxy.url.replace("http://", "http://jane:p%40ss@")
    world.home.variables["HTTP_PROXY"] = address
    assert world.cluster("http://api.test:8080").request("GET", PATH) == {"kind": "X"}
    assert proxy.requests[0].path == f"http://api.test:8080{PATH}"
    assert proxy.requests[0].header("proxy-authorization") == "Basic amFuZTpwQHNz"


def test_a_token_with_a_line_break_is_not_sent(world: World) -> None:
    server = world.serve(json_answer({}))
    cluster = world.cluster(server.url, {"as": "one\r\nX-Other: two"})
    with pytest.raises(KubeconfigError, match="Impersonate-User holds a line break"):
        cluster.request("GET", PATH)
    assert server.requests == []


# ---------------------------------------------------------------- trying again

BUSY = status_answer(429, "TooManyRequests", "too many requests")
FINE = json_answer({"kind": "X"})
HANG_UP: Answer = (0, {}, b"")
HALF: Answer = (200, {"Content-Length": "100", "Connection": "close"}, b'{"kind":')


def put_off(seconds: str, answer: Answer = BUSY) -> Answer:
    return answer[0], {**answer[1], "Retry-After": seconds}, answer[2]


def test_a_busy_server_is_asked_again_after_the_time_it_names(world: World) -> None:
    server = world.serve(put_off("2"), put_off("99999", (503, {}, b"")), FINE)
    assert world.cluster(server.url).request("POST", PATH, body={}) == {"kind": "X"}
    assert world.slept == [2.0, 15.0]
    assert [request.body for request in server.requests] == [b"{}"] * 3
    assert world.said.getvalue() == (
        f"the API server at {server.url} answered 429; asking it again in 2 s\n"
        f"the API server at {server.url} answered 503; asking it again in 15 s\n"
    )


def test_of_requests_that_wait_at_the_same_time_one_is_told() -> None:
    now, said = [0.0], list[str]()
    notices = Notices(said.append, lambda: now[0])
    for at, seconds in ((0, 2.0), (0.01, 2.0), (0.02, 2.0), (0.03, 15.0), (2.1, 2.0), (15.1, 2.0)):
        now[0] = at
        notices.wait("answered 429", seconds)
    assert said == [f"answered 429; asking it again in {seconds} s" for seconds in (2, 15, 2)]


def test_a_time_that_is_a_date(world: World) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    server = world.serve(put_off(soon), put_off("Wed, 21 Oct 2015 07:28:00 GMT"), FINE)
    assert world.cluster(server.url).request("PUT", PATH, body={}) == {"kind": "X"}
    assert 7 < world.slept[0] <= 9
    assert world.slept[1] == 0


def test_a_server_that_stays_busy(world: World) -> None:
    error = world.error(put_off("1"))
    assert isinstance(error, ApiFailed)
    assert "is overloaded: too many requests" in error.sentence
    assert world.slept == [1.0] * MAX_RETRIES
    # A second is nothing; that it adds up is said once.
    assert world.said.getvalue().count("asking it again in 1 s") == 1


def test_nobody_waits_longer_than_the_command_or_the_request_may_take(world: World) -> None:
    server = world.serve(put_off("4"))
    with pytest.raises(ApiFailed, match="is overloaded"):
        world.cluster(server.url, request_timeout="9s").request("GET", PATH)
    assert world.slept == [4.0, 4.0]
    world.left = 3.0
    with pytest.raises(ApiFailed, match="is overloaded"):
        world.cluster(server.url).request("GET", PATH)
    assert len(world.slept) == 2
    # Who looks but once still gets an answer of a server that is busy for a moment.
    world.left = -5.0
    assert world.cluster(world.serve(put_off("2"), FINE).url).request("GET", PATH)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "after",
    [
        {},
        {"Retry-After": "-1"},
        {"Retry-After": "soon"},
        {"Retry-After": f"Wed, 21 Oct {'9' * 20} 07:28:00 GMT"},
    ],
)
def test_a_read_that_failed_is_repeated_twice_and_a_write_is_not(
    world: World, status: int, after: dict[str, str]
) -> None:
    failed: Answer = (status, after, b"")
    server = world.serve(failed, failed, FINE)
    assert world.cluster(server.url).request("GET", PATH) == {"kind": "X"}
    assert world.slept == [0.5, 1.0]
    server = world.serve(failed)
    with pytest.raises(ApiFailed):
        world.cluster(server.url).request("GET", PATH)
    assert len(server.requests) == 3
    server = world.serve(failed)
    with pytest.raises(ApiFailed):
        world.cluster(server.url).request("PATCH", PATH, body={})
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422, 501])
def test_what_is_an_answer_is_not_asked_for_again(world: World, status: int) -> None:
    server = world.serve((status, {"Retry-After": "1"} if status < 500 else {}, b""))
    with pytest.raises(ApiError):
        world.cluster(server.url).request("GET", PATH)
    assert len(server.requests) == 1
    assert world.slept == []


@pytest.mark.parametrize("broken", [HANG_UP, HALF], ids=["no answer", "half of one"])
def test_a_read_is_repeated_when_the_connection_breaks_and_a_write_is_not(
    world: World, broken: Answer
) -> None:
    server = world.serve(broken, broken, FINE)
    assert world.cluster(server.url).request("GET", PATH) == {"kind": "X"}
    assert len(server.requests) == 3
    server = world.serve(broken)
    with pytest.raises(ApiError, match="closed the connection"):
        world.cluster(server.url).request("GET", PATH)
    assert len(server.requests) == 3
    server = world.serve(broken, FINE)
    with pytest.raises(ApiError, match="closed the connection"):
        world.cluster(server.url).request("POST", PATH, body={})
    assert len(server.requests) == 1


def test_a_watch_is_put_off_too(world: World) -> None:
    event = _event("ADDED", "a")
    server = world.serve(put_off("1"), lambda method, path: (200, {}, iter([event])))
    assert len(list(world.cluster(server.url).watch(PATH, timeout=5))) == 1
    assert world.slept == [1.0]


# ---------------------------------------------------------------- no answer


def _sentence(cluster: HttpCluster, method: str = "GET", **more: Any) -> str:
    with pytest.raises(ApiError) as caught:
        cluster.request(method, PATH, **more)
    assert caught.value.next_step
    return caught.value.sentence


def test_nobody_listens(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert _sentence(world.cluster(url)) == (
            f"the API server at {url} refused the connection (context main)"
        )


def test_nobody_answers_the_connection(world: World) -> None:
    with socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        started = time.monotonic()
        assert _sentence(world.cluster(url), timeout=0.2) == (
            f"the API server at {url} did not answer within 0.2 s (context main)"
        )
        assert time.monotonic() - started < 2


def test_a_handshake_that_never_comes_is_told_with_the_time_that_was_waited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubectl_ingress.ports.limits.CONNECT_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        assert _sentence(world.cluster(url)) == (
            f"the API server at {url} did not answer within 0.2 s (context main)"
        )
        assert time.monotonic() - started < 10


def test_the_request_timeout_ends_the_wait_for_an_answer(world: World) -> None:
    def silence(method: str, path: str) -> Answer:
        time.sleep(1)
        return json_answer({})

    server = world.serve(silence)
    world.home.write(".kube/config", kubeconfig({"token": "t"}, {"server": server.url}))
    options = ClusterOptions(request_timeout="200ms")
    cluster = connect(options, world.home.variables, world.said)
    with pytest.raises(ApiError, match=r"did not answer within 0\.2 s \(context main\)"):
        cluster.request("GET", PATH)


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_the_request_timeout_ends_an_answer_that_trickles(world: World, framing: str) -> None:
    def trickle() -> Iterator[bytes]:
        for _ in range(30):
            yield b" "
            time.sleep(0.1)

    def answer(method: str, path: str) -> Answer:
        return 200, {"Content-Length": "30"} if framing == "length" else {}, trickle()

    cluster = world.cluster(world.serve(answer).url, request_timeout="400ms")
    started = time.monotonic()
    with pytest.raises(ApiFailed, match=r"had not sent all of its answer after 0\.4 s") as caught:
        cluster.request("GET", PATH)
    assert time.monotonic() - started < 1
    assert caught.value.next_step == "give it more time: --request-timeout TIME"


def test_a_large_answer_in_time(world: World) -> None:
    data = {"kind": "X", "text": "ä" * 3_000_000}
    packed = gzip.compress(json.dumps(data).encode())
    pieces = [packed[at : at + 7000] for at in range(0, len(packed), 7000)]
    for answer in (json_answer(data), (200, {"Content-Encoding": "gzip"}, pieces)):
        cluster = world.cluster(world.serve(answer).url, request_timeout="20s")
        assert cluster.request("GET", PATH) == data
        # The connection is used again, with a timeout of its own.
        assert cluster.request("GET", PATH) == data


@pytest.mark.parametrize(
    ("connection", "wanted"),
    [
        ("close", "closed the connection in the middle of its answer"),
        ("keep-alive", "had not sent all of its answer after 0.3 s"),
    ],
)
def test_an_answer_that_is_not_whole(world: World, connection: str, wanted: str) -> None:
    short: Answer = (200, {"Content-Length": "100", "Connection": connection}, b'{"kind":')
    cluster = world.cluster(world.serve(short).url)
    server = f"the API server at {cluster.server}"
    read = f"{server} {wanted} (context main)"
    assert _sentence(cluster, timeout=0.3) == read
    doubt = "; what was asked may have been done (context main)"
    assert _sentence(cluster, "POST", timeout=0.3) == f"{server} {wanted}{doubt}"


def test_an_answer_that_cannot_be_unpacked(world: World) -> None:
    error = world.error((200, {"Content-Encoding": "gzip"}, b"not packed"))
    assert isinstance(error, ApiFailed)
    assert "sent an answer that cannot be decoded" in error.sentence


def test_an_answer_without_end(world: World) -> None:
    bomb = gzip.compress(b" " * (257 * 1024 * 1024), 1)
    error = world.error((200, {"Content-Encoding": "gzip"}, bomb))
    assert isinstance(error, ApiFailed)
    assert error.sentence.endswith("sent more than 256 MiB in one answer")


def test_a_server_that_is_no_name(world: World) -> None:
    cluster = world.cluster(f"http://{'a' * 70}.test")
    with pytest.raises(KubeconfigError, match="is not the URL of a server"):
        cluster.request("GET", PATH)


# ---------------------------------------------------------------- watching


def _event(kind: str, name: str) -> bytes:
    return json.dumps({"type": kind, "object": {"metadata": {"name": name}}}).encode() + b"\n"


def test_events_come_as_they_happen(world: World) -> None:
    def stream() -> Iterator[bytes]:
        whole = _event("ADDED", "ä")
        yield whole[:20]
        yield whole[20:] + _event("MODIFIED", "b")[:-1]
        yield b"\n\n"
        time.sleep(0.3)
        yield _event("DELETED", "c")

    server = world.serve(lambda method, path: (200, {}, stream()))
    seen: list[tuple[str, str, bool]] = []
    started = time.monotonic()
    for event in world.cluster(server.url).watch(PATH, query={"resourceVersion": "7"}, timeout=5):
        early = time.monotonic() - started < 0.25
        seen.append((event["type"], event["object"]["metadata"]["name"], early))
    assert seen == [("ADDED", "ä", True), ("MODIFIED", "b", True), ("DELETED", "c", False)]
    assert server.requests[0].path == f"{PATH}?resourceVersion=7&watch=1&timeoutSeconds=5"


def test_a_watch_ends_when_its_time_is_over(world: World) -> None:
    def stream() -> Iterator[bytes]:
        yield _event("ADDED", "a")
        time.sleep(3)
        yield _event("ADDED", "b")

    server = world.serve(lambda method, path: (200, {}, stream()))
    started = time.monotonic()
    assert len(list(world.cluster(server.url).watch(PATH, timeout=0.4))) == 1
    assert time.monotonic() - started < 2


def test_a_watch_that_is_too_old(world: World) -> None:
    gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    line = json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"
    server = world.serve(lambda method, path: (200, {}, iter([line])))
    with pytest.raises(Expired, match="too old"):
        list(world.cluster(server.url).watch(PATH, timeout=1))


@pytest.mark.parametrize("line", [b"hello\n", b"[]\n", b'{"type":"ERROR"}\n', b"\xff\n"])
def test_a_watch_of_something_else(world: World, line: bytes) -> None:
    server = world.serve(lambda method, path: (200, {}, iter([line])))
    with pytest.raises(ApiFailed):
        list(world.cluster(server.url).watch(PATH, timeout=1))


def test_a_watch_that_is_refused(world: World) -> None:
    message = (
        'ingresses.networking.k8s.io is forbidden: User "dev" cannot watch resource "ingresses" '
        'in API group "networking.k8s.io" in the namespace "shop"'
    )
    server = world.serve(status_answer(403, "Forbidden", message))
    with pytest.raises(ApiError, match="you may not watch ingresses in namespace shop"):
        list(world.cluster(server.url).watch(PATH, timeout=1))


def test_a_watch_that_is_broken_off_is_over(world: World) -> None:
    def stream() -> Iterator[bytes]:
        yield _event("ADDED", "a")
        raise ConnectionAbortedError

    server = world.serve(lambda method, path: (200, {}, stream()))
    assert len(list(world.cluster(server.url).watch(PATH, timeout=5))) == 1


def test_where_it_leads_is_said(world: World) -> None:
    cluster = world.cluster("http://127.0.0.1:1/", namespace="shop")
    assert (cluster.context, cluster.namespace) == ("main", "shop")
    assert (cluster.server, cluster.user) == ("http://127.0.0.1:1", "dev")
