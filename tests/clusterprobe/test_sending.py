"""Sending from inside: what is made, waited for, read and taken away, whatever happens between."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest

from kubectl_ingress.clusterprobe.asked import FromCluster
from kubectl_ingress.clusterprobe.objects import INDEX, LABEL
from kubectl_ingress.clusterprobe.sending import send_from_cluster
from kubectl_ingress.core.answer import Answer, Plan
from kubectl_ingress.core.request import Request
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiFailed, ApiForbidden, ApiRefused, NotSent, UsageError
from tests.fakes import FakeCluster
from tests.fakes import Request as Asked
from tests.running import FakeClock

T = TypeVar("T")
PLANS = [Plan(Request("a.test", f"/{number}"), "lb.test", 80, max_time=5) for number in range(5)]


def ended(status: int, phase: str, **more: str) -> dict[str, Any]:
    """The status of a pod whose curl has ended."""
    state = {"terminated": {"exitCode": status}}
    return {"phase": phase, "containerStatuses": [{"name": "curl", "state": state}], **more}


DONE = ended(0, "Succeeded")


class Cluster(FakeCluster):
    """Makes the pods of a Job at once. `phase` is theirs, `log` what one has written."""

    def __init__(self) -> None:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
        super().__init__([namespace])
        self.status: Mapping[str, Any] = DONE
        self.pods = True
        self.log: Callable[[list[str], str], bytes] = written
        self.on_request = self._seen

    def _seen(self, asked: Asked) -> None:
        if asked.method == "POST" and asked.path.endswith("/configmaps"):
            name = asked.body["metadata"]["name"]
            self.configs: dict[str, str] = asked.body["data"]
            for index in self.configs if self.pods else ():
                meta = {
                    "name": f"{name}-{index}-x",
                    "labels": {LABEL: name},
                    "annotations": {INDEX: index},
                }
                spec = {"nodeName": "n"}
                pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
                self.add({**pod, "status": self.status})

    def read(
        self, path: str, query: Mapping[str, str], decode: Callable[[bytes], T | None]
    ) -> T | dict[str, Any]:
        found = re.search(r"/([^/]*)-(\d+)-x/log$", path)
        if found is None:
            return super().read(path, query, decode)
        self._fail_if_told(Asked("GET", path, dict(query), None, ""))
        config = self.configs[found[2]]
        targets = re.findall(r'request-target = "([^"]*)"', config)
        nonce = re.findall(r'write-out = "\\n(\w+) end', config)[0]
        answer = decode(self.log(targets, nonce))
        assert answer is not None
        return answer

    @property
    def left(self) -> list[str]:
        return [name for kind, _, name in self.objects if kind == "Job"]


def written(targets: list[str], nonce: str) -> bytes:
    """What curl writes for these."""
    facts = json.dumps({"exitcode": 0, "time_total": 0.5, "remote_ip": "192.0.2.1"})
    parts = [f"HTTP/1.1 200 OK\r\n\r\n{target}\n{nonce} {facts}\n" for target in targets]
    return ("".join(parts) + f"\n{nonce} end\n").encode()


def send(cluster: FakeCluster, parallelism: int = 2, plans: list[Plan] = PLANS) -> list[str]:
    stderr, clock = io.StringIO(), FakeClock()
    environment = Environment(stderr=stderr, monotonic=clock.monotonic, sleep=clock.sleep)
    cluster.said, cluster.clock = stderr, clock  # type: ignore[attr-defined]
    wanted = FromCluster("default", parallelism=parallelism)
    results = send_from_cluster(environment, cluster, plans, wanted)  # type: ignore[arg-type]
    return [one.body.decode() for one in results if isinstance(one, Answer)]


def test_nothing_to_send_makes_nothing() -> None:
    cluster = Cluster()
    assert send(cluster, 1, []) == []
    assert not cluster.requests


@pytest.mark.parametrize("parallelism", [1, 2, 3, 5, 9])
def test_results_come_in_the_order_of_the_requests(parallelism: int) -> None:
    cluster = Cluster()
    assert send(cluster, parallelism) == [f"/{number}" for number in range(5)]
    assert not cluster.left


def test_another_container_in_the_pod_need_not_end() -> None:
    cluster = Cluster()
    cluster.status = ended(0, "Running")
    assert len(send(cluster)) == 5
    assert not cluster.left


@pytest.mark.parametrize(("missing", "comes"), [(1, True), (2, False)])
def test_a_log_that_comes_late_is_read_again(missing: int, comes: bool) -> None:
    cluster = Cluster()
    times = iter(range(9))
    cluster.log = lambda targets, nonce: b"" if next(times) < missing else written(targets, nonce)
    if comes:
        assert len(send(cluster, 1)) == 5
    else:
        with pytest.raises(NotSent, match="KI642"):
            send(cluster, 1)
    assert not cluster.left


PULL = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off: ErrImagePull: no such"}}
NO_NODE = [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}]


@pytest.mark.parametrize(
    ("status", "code", "said", "seconds"),
    [
        ({"phase": "Pending", "containerStatuses": [{"state": PULL}]}, "KI702", "no such", 5),
        ({"phase": "Failed", "reason": "Evicted", "message": "full"}, "KI641", "Evicted, full", 0),
        (ended(127, "Failed"), "KI641", "exit status 127", 0),
        # Another container goes on.
        (ended(2, "Running"), "KI641", "exit status 2", 0),
        ({"phase": "Running"}, "KI643", "2 of 2 pods run", 75),
        ({"phase": "Pending"}, "KI643", "0 of 2 pods run", 75),
    ],
)
def test_what_stops_it_is_told_in_time(
    status: Mapping[str, Any], code: str, said: str, seconds: int
) -> None:
    cluster = Cluster()
    cluster.status = status
    with pytest.raises(NotSent, match=code) as raised:
        send(cluster)
    assert said in raised.value.sentence
    assert raised.value.next_step
    assert cluster.clock.now == pytest.approx(seconds, abs=0.5)  # type: ignore[attr-defined]
    assert not cluster.left


def test_pods_that_nobody_makes() -> None:
    cluster = Cluster()
    cluster.pods = False

    def tell(asked: Asked) -> None:
        if asked.path.endswith("/events"):
            (name,) = cluster.left
            about = {"kind": "Job", "name": name}
            cluster.add(
                {
                    "apiVersion": "v1",
                    "kind": "Event",
                    "metadata": {"name": "refused"},
                    "involvedObject": about,
                    "type": "Warning",
                    "reason": "FailedCreate",
                    "message": "violates PodSecurity",
                }
            )

    cluster.on_request = tell
    with pytest.raises(NotSent, match=r"KI707.*violates PodSecurity"):
        send(cluster)
    assert not cluster.left


def test_events_that_may_not_be_read_are_done_without() -> None:
    cluster = Cluster()
    cluster.pods = False
    cluster.fail("GET", "/events$", ApiForbidden("no"))
    with pytest.raises(NotSent, match="KI643"):
        send(cluster)
    assert not cluster.left


@pytest.mark.parametrize("path", ["/configmaps$", "/pods$", "/log$", "/jobs/.*"])
@pytest.mark.parametrize("error", [ApiForbidden("no"), ApiRefused("no"), KeyboardInterrupt()])
def test_whatever_breaks_it_off_leaves_nothing(path: str, error: BaseException) -> None:
    cluster = Cluster()
    cluster.status = DONE if "log" in path else {"phase": "Running"}
    method = "POST" if "configmaps" in path else "GET"
    cluster.fail(method, path, error)  # type: ignore[arg-type]
    with pytest.raises(type(error)):
        send(cluster)
    assert not cluster.left


def test_interrupted_while_the_job_is_being_made() -> None:
    cluster = Cluster()
    answer = cluster._answer

    def made_and_interrupted(asked: Asked, target: Any, kind: Any) -> Any:
        found = answer(asked, target, kind)
        if asked.method == "POST" and asked.path.endswith("/jobs"):
            raise KeyboardInterrupt
        return found

    cluster._answer = made_and_interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        send(cluster)
    assert not cluster.left


def test_a_job_that_cannot_be_removed_is_named() -> None:
    cluster = Cluster()
    cluster.fail("DELETE", "/jobs/", ApiFailed("etcd is away"))
    assert len(send(cluster)) == 5
    (name,) = cluster.left
    said = cluster.said.getvalue()  # type: ignore[attr-defined]
    assert f"kubectl -n default delete job {name}" in said
    assert "etcd is away" in said


def test_what_cannot_be_sent_makes_nothing() -> None:
    cluster = Cluster()
    large = Plan(Request("a.test"), "lb.test", 80, bytes(2_000_000))
    with pytest.raises(UsageError, match="a ConfigMap holds"):
        send(cluster, 1, [large])
    assert not [asked for asked in cluster.requests if asked.method != "GET"]
