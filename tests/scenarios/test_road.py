"""The story of the tutorial, played with the real kubectl beside ours, in this order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .world import World

SEED = Path(__file__).parents[1] / "golden" / "convert" / "seed"
POD = re.compile(r"hostname-deployment-[0-9a-z]+-[0-9a-z]+")


def address(bed: World) -> str:
    return bed.ingress("address").stdout.strip()


def test_1_nothing_works_before_a_controller_is_there(bed: World) -> None:
    done = bed.ingress("test", "/echo-hostname")
    assert done.returncode == 1
    assert "KI203" in done.stdout
    assert "kubectl ingress install" in done.stdout


def test_2_install_waits_until_a_request_could_succeed(bed: World) -> None:
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"a[0-9a-f]{{32}}\.elb\.{re.escape(bed.domain)}", done.stdout), done.stdout
    assert "KI701" in done.stderr
    # It promised: the address is known, and the webhook lets Ingresses pass.
    assert address(bed) == bed.hostname("ingress-nginx-controller", "ingress-nginx")
    made = bed.kubectl("create", "ingress", "probe", "--class=nginx", "--rule=a.b/=c:80")
    assert "created" in made.stdout
    bed.kubectl("delete", "ingress", "probe")


def test_3_the_files_of_2020_are_refused_as_published(bed: World) -> None:
    done = bed.kubectl("apply", "-f", str(SEED), check=False)
    assert done.returncode != 0
    assert "networking.k8s.io/v1beta1" in done.stderr


def test_4_converted_they_are_taken(bed: World) -> None:
    converted = bed.ingress("convert", "-f", str(SEED))
    assert converted.returncode == 0, converted.stderr
    bed.apply(converted.stdout)
    bed.kubectl("rollout", "status", "deployment/hostname-deployment", "--timeout=60s")
    bed.wait_for(lambda: len(bed.endpoints("hostname-service")) == 3, 15, "three endpoints")


def test_5_the_404_is_explained_with_the_command_that_mends_it(bed: World) -> None:
    bed.wait_for(lambda: served(bed, "jko.example.com"), 15, "the controller has the Ingress")
    done = bed.ingress("test", "/echo-hostname")
    assert done.returncode == 1, done.stdout + done.stderr
    for part in ("404", "KI101", "jko.example.com", "kubectl ingress patch-host ingress-example"):
        assert part in done.stdout
    # As the tutorial's curl sees it.
    curl = bed.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url(bed))
    assert curl.stdout == "404"


def served(bed: World, host: str) -> bool:
    return bed.ingress("test", f"http://{host}/echo-hostname").returncode == 0


def url(bed: World) -> str:
    return f"http://{address(bed)}/echo-hostname"


def test_6_patch_host_mends_it(bed: World) -> None:
    done = bed.ingress("patch-host", "ingress-example")
    assert done.returncode == 0, done.stderr
    assert "ingress.networking.k8s.io/ingress-example patched" in done.stdout
    rules = bed.get("ingress", "ingress-example")["spec"]["rules"]
    assert [rule["host"] for rule in rules] == [address(bed)]


def test_7_thirty_answers_come_from_exactly_three_pods(bed: World) -> None:
    done = bed.ingress("test", "/echo-hostname", "--count", "30", "--wait", "15s", "-o", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert set(result["spread"]) == set(bed.endpoints("hostname-service"))
    assert sum(result["spread"].values()) == 30
    assert all(result["spread"].values())
    assert result["statuses"] == {"200": 30}
    assert result["predicted"]["upstreamPath"] == "/"
    text = bed.ingress("test", "/echo-hostname", "--count", "30")
    assert "3 of 3 pods answered" in text.stdout
    # And by the tutorial's own means.
    answered = {
        found[0]
        for _ in range(30)
        if (found := POD.findall(bed.run("curl", "-s", url(bed)).stdout))
    }
    assert answered == set(bed.endpoints("hostname-service"))


def test_8_the_same_with_the_host_edited_by_kubectl_and_no_restart(bed: World) -> None:
    pods_before = controller_pods(bed)
    undone = bed.ingress("patch-host", "ingress-example", "--undo")
    assert undone.returncode == 0, undone.stderr
    assert bed.get("ingress", "ingress-example")["spec"]["rules"][0]["host"] == "jko.example.com"
    failing = bed.wait_for(
        lambda: (done := bed.ingress("test", "/echo-hostname")).returncode == 1 and done,
        15,
        "the controller has dropped the old host",
    )
    assert "KI101" in failing.stdout
    patch = json.dumps([{"op": "replace", "path": "/spec/rules/0/host", "value": address(bed)}])
    bed.kubectl("patch", "ingress", "ingress-example", "--type=json", "-p", patch)
    done = bed.ingress("test", "/echo-hostname", "--count", "30", "--wait", "15s")
    assert done.returncode == 0, done.stdout
    assert "3 of 3 pods answered" in done.stdout
    assert controller_pods(bed) == pods_before


def controller_pods(bed: World) -> list[tuple[str, int]]:
    return [
        (pod["metadata"]["name"], pod["status"]["containerStatuses"][0]["restartCount"])
        for pod in bed.get("pods", "-n", "ingress-nginx")["items"]
    ]


def test_9_the_ingress_shows_the_load_balancer_as_its_address(bed: World) -> None:
    shown = bed.ingress("address", "ingress-example")
    assert shown.stdout.strip() == address(bed)


@pytest.mark.parametrize("command", ["scaffold"])
def test_the_road_of_the_readme(bed: World, command: str) -> None:
    words = "hostname --replicas 3 --host jko.example.com --path /echo-hostname"
    named = "--ingress-name ingress-example --apply -n road"
    bed.kubectl("create", "namespace", "road")
    bed.kubectl("delete", "ingress", "ingress-example")
    done = bed.ingress(command, *words.split(), *named.split())
    assert done.returncode == 0, done.stderr
    bed.kubectl("rollout", "status", "deployment/hostname-deployment", "-n", "road")
    bed.wait_for(lambda: served(bed, "jko.example.com"), 15, "the controller has the Ingress")
    failed = bed.ingress("test", "/echo-hostname")
    assert (failed.returncode, "KI101" in failed.stdout) == (1, True)
    fix = "patch-host ingress-example -n road"
    assert f"kubectl ingress {fix}" in failed.stdout
    assert bed.ingress(*fix.split()).returncode == 0
    passed = bed.ingress("test", "/echo-hostname", "--count", "30", "--wait", "15s")
    assert passed.returncode == 0, passed.stdout
    assert "3 of 3 pods answered" in passed.stdout
