from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.ports.files import Source, documents
from tests.fakes import FakeCluster
from tests.manifests import LB, controller, ingress, ingress_class, path
from tests.running import run


def cluster(*, address: str | None = LB, **changes: Any) -> FakeCluster:
    return FakeCluster(
        [ingress_class(), *controller(address=address), ingress(**changes)], namespace="default"
    )


def hosts(found: FakeCluster) -> list[str | None]:
    rules = found.objects["Ingress", "default", "web"]["spec"]["rules"]
    return [rule.get("host") for rule in rules]


def test_there_and_back() -> None:
    world = cluster()
    ran = run(["patch-host", "web"], world)
    assert (ran.status, ran.stdout) == (0, "ingress.networking.k8s.io/web patched\n")
    assert f"rules[0]  a.example → {LB}" in ran.stderr
    assert hosts(world) == [LB]
    again = run(["patch-host", "web"], world)
    assert again.stdout == "ingress.networking.k8s.io/web patched (no change)\n"
    undone = run(["patch-host", "web", "--undo"], world)
    assert undone.status == 0
    assert hosts(world) == ["a.example"]


def test_undo_after_a_host_was_restored_by_hand() -> None:
    world = cluster()
    run(["patch-host", "web"], world)
    found = world.objects["Ingress", "default", "web"]
    found["spec"]["rules"][0]["host"] = "a.example"
    undone = run(["patch-host", "web", "--undo"], world)
    assert (undone.status, undone.stderr) == (0, "")
    assert undone.stdout == "ingress.networking.k8s.io/web patched\n"
    meta = world.objects["Ingress", "default", "web"]["metadata"]
    assert "kubectl-ingress/previous-hosts" not in meta["annotations"]


def test_back_by_its_name_leaves_no_record() -> None:
    world = cluster()
    run(["patch-host", "web"], world)
    assert run(["patch-host", "web", "a.example"], world).status == 0
    meta = world.objects["Ingress", "default", "web"]["metadata"]
    assert "kubectl-ingress/previous-hosts" not in meta["annotations"]
    assert "no earlier host on record" in run(["patch-host", "web", "--undo"], world).stderr


def test_a_host_is_lower_cased() -> None:
    world = cluster()
    assert run(["patch-host", "web", "Shop.Example.COM"], world).status == 0
    assert hosts(world) == ["shop.example.com"]


@pytest.mark.parametrize("host", ["10.0.0.1", "a b", "a_b.example", "http://a", "*", "-x.example"])
def test_a_bad_host_changes_nothing(host: str) -> None:
    ran = run(["patch-host", "web", "--", host])
    assert ran.status == 2
    assert "cannot be the host of an Ingress" in ran.stderr


def test_an_ip_needs_a_name_or_nip_io_on_request() -> None:
    world = cluster(address="203.0.113.10")
    # The manifest helper writes a hostname field; what counts is that it is an IP.
    refused = run(["patch-host", "web"], world)
    assert refused.status == 2
    assert "--nip-io" in refused.stderr
    assert hosts(world) == ["a.example"]
    ran = run(["patch-host", "web", "--nip-io"], world)
    assert ran.status == 0
    assert "public DNS service outside" in ran.stderr
    assert hosts(world) == ["203.0.113.10.nip.io"]


def test_pending_is_told_with_exit_status_1() -> None:
    ran = run(["patch-host", "web"], cluster(address=None))
    assert ran.status == 1
    assert "KI601" in ran.stderr
    assert "kubectl describe service -n ingress-nginx ingress-nginx-controller" in ran.stderr


def test_an_ingress_is_not_led_to_a_load_balancer_that_is_gone() -> None:
    left = ingress()
    left["status"] = {"loadBalancer": {"ingress": [{"hostname": LB}]}}
    world = FakeCluster([left])
    ran = run(["patch-host", "web"], world)
    assert ran.status == 1
    assert "KI203" in ran.stderr
    assert hosts(world) == ["a.example"]


@pytest.mark.parametrize("kind", ["client", "server"])
def test_dry_run_writes_nothing(kind: str) -> None:
    world = cluster()
    ran = run(["patch-host", "web", f"--dry-run={kind}"], world)
    assert ran.status == 0
    assert "dry run)" in ran.stdout
    assert hosts(world) == ["a.example"]


@pytest.mark.parametrize("times", [1, 4])
def test_somebody_else_was_faster_some_times(times: int) -> None:
    world = cluster()
    changed = []

    def meddle(request: Any) -> None:
        if request.method == "PATCH" and len(changed) < times:
            changed.append(True)
            touched = world.objects["Ingress", "default", "web"]
            touched["metadata"]["resourceVersion"] = f"9999{len(changed)}"
            rule = {"host": "a.example", "http": {"paths": [path(f"/{len(changed)}")]}}
            touched["spec"]["rules"].append(rule)

    world.on_request = meddle
    ran = run(["patch-host", "web"], world)
    assert ran.status == 0, ran.stderr
    assert hosts(world) == [LB] * (1 + times)


def test_somebody_else_is_always_faster() -> None:
    world = cluster()

    def meddle(request: Any) -> None:
        if request.method == "PATCH":
            meta = world.objects["Ingress", "default", "web"]["metadata"]
            meta["resourceVersion"] = str(int(meta["resourceVersion"]) + 1000)

    world.on_request = meddle
    ran = run(["patch-host", "web"], world)
    assert ran.status == 2
    assert hosts(world) == ["a.example"]
    assert len([r for r in world.requests if r.method == "PATCH"]) == 5


def test_interrupted_it_says_that_it_is_not_known() -> None:
    def interrupt(asked: Any) -> None:
        if asked.method == "PATCH":
            raise KeyboardInterrupt

    found = cluster()
    found.on_request = interrupt
    ran = run(["patch-host", "web"], found)
    assert ran.status == ExitStatus.INTERRUPTED
    assert "It may be patched, or not. The same command again tells." in ran.stderr


def test_undo_that_cannot_restore_all_fails() -> None:
    world = cluster()
    run(["patch-host", "web"], world)
    world.objects["Ingress", "default", "web"]["spec"]["rules"][0]["host"] = "theirs.example"
    ran = run(["patch-host", "web", "--undo"], world)
    assert ran.status == 1
    assert f"not restored: rules[0] is now theirs.example, not {LB}" in ran.stderr


def test_no_such_ingress() -> None:
    ran = run(["patch-host", "nope"], cluster())
    assert ran.status == 2
    assert "nope" in ran.stderr


def test_output_name_and_json() -> None:
    assert run(["patch-host", "web", "-o", "name"], cluster()).stdout == (
        "ingress.networking.k8s.io/web\n"
    )
    result = json.loads(run(["patch-host", "web", "-o", "json"], cluster()).stdout)
    assert result["spec"]["rules"][0]["host"] == LB


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_an_object_looks_as_kubectl_shows_it(form: str) -> None:
    world = cluster()
    there = world.objects["Ingress", "default", "web"]
    there["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    text = run(["patch-host", "web", "-o", form], world).stdout
    [read] = documents(Source("web", text))
    assert [*read.data] == sorted(read.data)
    assert text.lstrip("{ \n").startswith(("apiVersion", '"apiVersion'))
    assert "managedFields" not in text
    assert read.data["spec"]["rules"][0]["host"] == LB


@pytest.mark.parametrize(
    "words", [["--undo", "x.example"], ["--undo", "--all"], ["--dry-run=maybe"], ["-o", "wide"]]
)
def test_wrong_words(words: list[str]) -> None:
    ran = run(["patch-host", "web", *words])
    assert ran.status == 2
    assert ran.stderr.startswith("error: ")


@pytest.mark.parametrize("by", ["field", "annotation"])
def test_of_several_controllers_the_ingress_s_own_is_meant(by: str) -> None:
    inner = "inner.elb.example"
    one = ingress()
    if by == "field":
        one["spec"]["ingressClassName"] = "internal"
    else:
        del one["spec"]["ingressClassName"]
        one["metadata"]["annotations"]["kubernetes.io/ingress.class"] = "internal"
    both = [*controller(), *controller(name="internal", address=inner)]
    world = FakeCluster([ingress_class(), *both, one])
    assert run(["patch-host", "web"], world).status == 0
    assert hosts(world) == [inner]
    assert run(["patch-host", "web", "--class", "nginx"], world).status == 0
    assert hosts(world) == [LB]


def test_of_several_controllers_none_is_guessed() -> None:
    one = ingress()
    del one["spec"]["ingressClassName"]
    world = FakeCluster([*controller(), *controller(name="internal"), one])
    ran = run(["patch-host", "web"], world)
    assert ran.status == 2
    assert "choose one: --class" in ran.stderr
    assert hosts(world) == ["a.example"]
