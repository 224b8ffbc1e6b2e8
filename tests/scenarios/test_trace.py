"""The tutorial's Ingress, traced in files and in the cluster: 404 by one name, not by the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .world import World

SEED = Path(__file__).parents[1] / "golden" / "convert" / "seed"
HOST, PATH = "jko.example.com", "/echo-hostname"


@pytest.fixture(scope="module", autouse=True)
def the_tutorial(bed: World) -> None:
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.apply(bed.ingress("convert", "-f", str(SEED)).stdout)
    bed.wait_for(lambda: len(bed.endpoints("hostname-service")) == 3, 30, "three endpoints")


def traced(bed: World, *words: str) -> dict[str, Any]:
    done = bed.ingress("trace", *words, "-o", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_by_the_load_balancer_s_name_it_is_a_404(bed: World) -> None:
    live, offline = traced(bed, PATH), traced(bed, PATH, "-f", str(SEED))
    for found in (live, offline):
        assert (found["outcome"]["kind"], found["outcome"]["status"]) == ("reply", 404)
        assert found["route"] is None
        assert found["findings"][0]["code"] == "KI101"
        assert HOST in found["findings"][0]["message"]
    name = bed.hostname("ingress-nginx-controller", "ingress-nginx")
    assert live["request"]["host"] == name
    assert offline["request"]["host"] is None


def test_by_its_host_it_is_forwarded(bed: World) -> None:
    url = f"http://{HOST}{PATH}"
    live, offline = traced(bed, url), traced(bed, url, "-f", str(SEED))
    for found in (live, offline):
        assert found["outcome"]["kind"] == "forward"
        assert found["outcome"]["upstreamPath"] == "/"
        assert found["route"]["ingress"] == "default/ingress-example"
        [backend] = found["outcome"]["backends"]
        assert (backend["service"], backend["port"]) == ("hostname-service", "80")
    pods = {end["pod"] for end in live["outcome"]["backends"][0]["endpoints"]}
    assert pods == set(bed.endpoints("hostname-service"))
    assert {step["stage"] for step in live["steps"]} >= {"load balancer", "mode", "path", "pods"}
    [mode] = [step for step in offline["steps"] if step["stage"] == "mode"]
    line = Path(mode["where"]["file"]).read_text().splitlines()[mode["where"]["line"] - 1]
    assert "rewrite-target" in line


def test_what_was_traced_is_what_happens(bed: World) -> None:
    done = bed.ingress("test", f"http://{HOST}{PATH}", "--wait", "15s")
    assert done.returncode == 0, done.stdout
    assert bed.ingress("test", PATH, "--expect-status", "404").returncode == 0


def test_why_another_ingress_did_not_take_it(bed: World) -> None:
    bed.kubectl("create", "ingress", "other", "--class=nginx", f"--rule={HOST}/echo=other:80")
    why = traced(bed, f"http://{HOST}{PATH}", "--why-not", "other")["whyNot"]
    assert (why["ingress"], why["reason"]) == ("default/other", "lost")


def test_the_list_has_both_routes_and_the_ready_pods(bed: World) -> None:
    done = bed.ingress("list", "-o", "json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["routes"]}
    [backend] = rows["ingress-example"]["backends"]
    assert (backend["ready"], backend["total"]) == (3, 3)
    assert rows["other"]["code"] == "KI103"
    text = bed.ingress("list", "--backend", "hostname-service").stdout
    assert text.splitlines()[0].split() == [
        "NAMESPACE", "HOST", "PATH", "TYPE", "BACKEND", "ENDPOINTS", "TLS", "INGRESS", "NOTE"
    ]  # fmt: skip
    assert len(text.splitlines()) == 2


def test_somebody_who_may_not_look_is_told_what_is_missing(bed: World) -> None:
    done = bed.ingress("trace", PATH, env={"KUBECONFIG": str(bed.kubeconfig("dev"))})
    assert done.returncode == 2
    assert "ingresses.networking.k8s.io" in done.stderr
