"""One request sent again and again: shares of a canary, rollouts, monitors, rates."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .world import World

HOST, PATH = "jko.example.com", "/echo-hostname"
URL = f"http://{HOST}{PATH}"
SERVICE = "hostname-service"
CANARY = "hostname-canary-service"


@pytest.fixture(scope="module", autouse=True)
def the_route(bed: World) -> None:
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    scaffold(bed, "--replicas", "2")
    rolled_out(bed)
    assert bed.ingress("test", URL, "--wait", "20s").returncode == 0


def scaffold(bed: World, *words: str) -> None:
    done = bed.ingress("scaffold", "hostname", "--host", HOST, "--path", PATH, "--apply", *words)
    assert done.returncode == 0, done.stderr


def rolled_out(bed: World) -> None:
    bed.kubectl("rollout", "status", "deployment/hostname-deployment", "--timeout=30s")
    bed.wait_for(lambda: len(bed.endpoints(SERVICE)) == 2, 15, "both endpoints")


def found(bed: World, status: int, *words: str) -> dict[str, Any]:
    done = bed.ingress("test", URL, "-o", "json", *words, timeout=90)
    assert done.returncode == status, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_a_rate_is_kept_and_a_duration_ends_in_time(bed: World) -> None:
    result = found(bed, 0, "--rate", "20", "--duration", "3s")
    # Due every 50 ms: 60 of them, if this machine keeps up.
    assert 55 <= result["requests"] <= 60
    assert 2.9 <= result["seconds"] < 4.5
    phases = result["latency"]
    assert phases["tls"] is None
    assert 0 < phases["connect"]["p50"] < phases["total"]["p50"] <= phases["total"]["p99"]


def test_many_at_a_time(bed: World) -> None:
    result = found(bed, 0, "--count", "120", "--concurrency", "12")
    assert (result["requests"], result["statuses"]) == (120, {"200": 120})
    assert set(result["spread"]) == set(bed.endpoints(SERVICE))


def test_until_fail_ends_when_the_route_does(bed: World) -> None:
    before = answered(bed)
    with going_on(bed, "--until-fail") as process:
        bed.wait_for(lambda: answered(bed) > before + 3, 20, "it sends")
        bed.kubectl("scale", "deployment", "hostname-deployment", "--replicas=0")
        out, err = process.communicate(timeout=40)
    bed.kubectl("scale", "deployment", "hostname-deployment", "--replicas=2")
    assert process.returncode == 1, out + err
    assert "KI107  request " in out or "KI109  request " in out, out
    assert "503 × 1" in out or "502 × 1" in out, out
    rolled_out(bed)


def test_wait_outlasts_a_name_that_comes_late(bed: World) -> None:
    name = bed.hostname("ingress-nginx-controller", "ingress-nginx")
    addresses = bed.dns.records.pop(name)
    with bed.popen("kubectl", "ingress", "test", URL, "--wait", "40s") as process:
        assert process.stderr is not None
        told = []
        while "KI602" not in (line := process.stderr.readline()):
            told.append(line)
            assert line, "".join(told)
        bed.dns.records[name] = addresses
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    # Each thing once.
    assert "KI602" not in err
    # A file of the cluster's own is all there is; else the zone would have been asked.
    assert len(told) == (0 if name.endswith("lab.localhost") else 1), told


def answered(bed: World) -> int:
    """How many requests the pods have logged."""
    logs = [bed.node.log_of("default", pod, "hostname") for pod in bed.endpoints(SERVICE)]
    return sum(log.read_text().count("\n") for log in logs if log.exists())


@contextmanager
def going_on(bed: World, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The command, once the route is served."""
    assert bed.ingress("test", URL, "--wait", "20s").returncode == 0
    with bed.popen("kubectl", "ingress", "test", URL, *words) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def test_watch_tells_what_changes_until_ctrl_c(bed: World) -> None:
    with going_on(bed, "--watch", "--rate", "20", "-o", "json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["status"] == 200
        bed.kubectl("scale", "deployment", "hostname-deployment", "--replicas=0")
        broken = json.loads(process.stdout.readline())
        assert not broken["passed"]
        bed.kubectl("scale", "deployment", "hostname-deployment", "--replicas=2")
        while not (state := json.loads(process.stdout.readline()))["passed"]:
            pass
        assert state["status"] == 200
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    # By what was seen.
    assert process.returncode == 1, err
    summary = json.loads(out.splitlines()[-1])
    assert summary["interrupted"]
    assert 0 < summary["failed"] < summary["requests"]
    assert summary["longestGap"] > 0
    rolled_out(bed)


def test_watch_that_saw_nothing_bad_passes(bed: World) -> None:
    with going_on(bed, "--watch", "--rate", "20") as process:
        assert process.stdout is not None
        assert "√ 200" in process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "lost           0 of " in out


@pytest.mark.parametrize("words", [["--watch"], ["--duration", "60s"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_tells_what_was_measured(bed: World, words: list[str], number: int) -> None:
    with going_on(bed, *words, "--rate", "20", "-o", "json") as process:
        before = answered(bed)
        bed.wait_for(lambda: answered(bed) > before + 5, 15, "requests are sent")
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number, err
    found = json.loads(out.splitlines()[-1] if words == ["--watch"] else out)
    assert (found["interrupted"], found["failed"]) == (True, 0)
    assert found["requests"] >= 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_ends_the_command_too(bed: World, number: int) -> None:
    # With a process group of its own, as a signal to the plugin alone must end it.
    hour = "import os, time; os.setsid(); print('begun', os.getpid(), flush=True); time.sleep(3600)"
    words = ["--during", "--", sys.executable, "-c", hour]
    with going_on(bed, *words) as process:
        before = answered(bed)
        assert process.stderr is not None
        while not (line := process.stderr.readline()).startswith("begun "):
            assert line, "the command was not begun"
        # The first is sent before the command begins. Without one after it nothing is told.
        bed.wait_for(lambda: answered(bed) > before + 2, 15, "requests are sent")
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number, err
    assert "ended with status 143" in out
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.split()[1]), 0)


RESTART = (
    "kubectl rollout restart deployment/hostname-deployment"
    " && kubectl rollout status deployment/hostname-deployment --timeout=60s"
)


def during(bed: World) -> dict[str, Any]:
    words = ["-o", "json", "--rate", "50", "--during", "--", "sh", "-c", RESTART]
    done = bed.ingress("test", URL, *words, timeout=90)
    result: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if result["failed"] else 0), done.stderr
    assert "successfully rolled out" in done.stderr
    return result


def test_a_good_rollout_loses_nothing(bed: World) -> None:
    surely = {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}}
    bed.kubectl("patch", "deployment", "hostname-deployment", "-p", json.dumps({"spec": surely}))
    # An old pod goes on until it is forced to end, by when the controller has heard of it.
    result = during(bed)
    assert result["failed"] == 0, result
    assert result["command"]["status"] == 0
    assert result["gaps"] == []
    assert result["requests"] > 5


def test_a_bad_rollout_loses_requests_and_they_are_counted(bed: World) -> None:
    # All pods end before the first new one begins, and nobody asks whether that is ready.
    patch = [
        {"op": "replace", "path": "/spec/strategy", "value": {"type": "Recreate"}},
        {"op": "remove", "path": "/spec/template/spec/containers/0/readinessProbe"},
    ]
    bed.kubectl(
        "patch", "deployment", "hostname-deployment", "--type=json", "-p", json.dumps(patch)
    )
    rolled_out(bed)
    result = during(bed)
    assert 0 < result["failed"] < result["requests"]
    assert sum(gap["failed"] for gap in result["gaps"]) == result["failed"]
    assert 0 < result["longestGap"] < result["command"]["seconds"] + 5
    assert (
        f"{result['failed']} of {result['requests']} requests failed while sh"
        in (result["verdict"]["sentence"])
    )
    rolled_out(bed)


def test_a_canary_of_30_percent_gets_30_percent(bed: World) -> None:
    scaffold(bed, "--canary-weight", "30", "--only", "canary")
    bed.wait_for(lambda: bed.endpoints(CANARY), 30, "the canary's pod is ready")
    assert bed.ingress("test", URL, "--wait", "20s").returncode == 0
    bed.wait_for(lambda: share(bed)["answers"], 20, "the controller has the canary")
    result = found(bed, 0, "--count", "200", "--concurrency", "4")
    canary = canary_of(result)
    low, high = canary["interval"]
    assert canary["predicted"] == pytest.approx(0.3)
    assert low <= 0.3 <= high
    assert canary["within"]


def canary_of(result: dict[str, Any]) -> dict[str, Any]:
    [canary] = [share for share in result["split"] if share["service"] == CANARY]
    return canary


def share(bed: World) -> dict[str, Any]:
    done = bed.ingress("test", URL, "--count", "20", "-o", "json")
    return canary_of(json.loads(done.stdout))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx, which goes on by itself")
def test_a_weight_that_the_controller_has_not_loaded_is_caught(bed: World) -> None:
    weight = "nginx.ingress.kubernetes.io/canary-weight"
    frozen = data_plane()
    os.kill(frozen, signal.SIGSTOP)
    try:
        bed.kubectl("annotate", "ingress", "hostname-canary", f"{weight}=90", "--overwrite")
        result = found(bed, 1, "--count", "60")
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert result["verdict"]["code"] == "KI125"
    canary = canary_of(result)
    assert (canary["predicted"], canary["within"]) == (pytest.approx(0.9), False)
    done = bed.wait_for(lambda: not broken(bed), 20, "the controller has loaded the weight")
    assert done
    bed.kubectl("annotate", "ingress", "hostname-canary", f"{weight}=30", "--overwrite")


def data_plane() -> int:
    """The process that makes nginx's configuration: a child of this one, as all that is played."""
    children = []
    for folder in Path("/proc").iterdir():
        # Others come and go meanwhile.
        with suppress(OSError):
            is_ours = f"PPid:\t{os.getpid()}\n" in (folder / "status").read_text()
            if is_ours and b"kubectl_ingress.dataplane" in (folder / "cmdline").read_bytes():
                children.append(int(folder.name))
    [process] = children
    return process


@pytest.mark.parametrize(
    ("selected", "said"),
    [("nobody", "selects no pod"), ("hostname", "lead to the same pods")],
)
def test_a_broken_canary_is_caught(bed: World, selected: str, said: str) -> None:
    before = bed.get("service", CANARY)["spec"]["selector"]
    select(bed, {key: selected if key == "app" else None for key in before})
    result = bed.wait_for(lambda: broken(bed), 20, "the canary is broken")
    assert result["verdict"]["code"] == "KI126"
    assert said in result["verdict"]["sentence"]
    select(bed, before)


def broken(bed: World) -> dict[str, Any] | None:
    done = bed.ingress("test", URL, "--count", "20", "-o", "json")
    result: dict[str, Any] = json.loads(done.stdout)
    return result if done.returncode == 1 else None


def select(bed: World, selector: dict[str, str | None]) -> None:
    patch = json.dumps({"spec": {"selector": selector}})
    bed.kubectl("patch", "service", CANARY, "-p", patch)
