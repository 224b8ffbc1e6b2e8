"""Controllers whose routes are not modelled, alone and beside others: nothing denies that they run.

Contour and HAProxy's own controller stand for all of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from tests.fakes import FakeCluster
from tests.inventory.objects import VersionedCluster, leading, workload
from tests.manifests import LB, controller, ingress, ingress_class, nginx, service, slice_of
from tests.running import Ran, answer, run

ENVOY = "envoy.elb.example"
CAVEAT = "are not modelled here: they are taken to be those of the Ingress specification alone"
CONTOUR = (
    workload("ghcr.io/projectcontour/contour:v1.33.6", "projectcontour/contour", args=["serve"]),
    # It leads to Envoy's pods, which are not Contour's.
    leading("projectcontour/envoy", to="envoy", address=ENVOY),
)
HAPROXY = (
    workload("haproxytech/kubernetes-ingress:3.2.11", "haproxy-controller/haproxy"),
    leading("haproxy-controller/haproxy", to="haproxy", address="haproxy.elb.example"),
    ingress_class("haproxy", "haproxy.org/ingress-controller"),
)
NGINX = (*controller(), ingress_class())
# Traefik in the place of ingress-nginx serves its class.
TRAEFIK = (
    workload("traefik:v3.7.0", "traefik/traefik", args=["--providers.kubernetesingressnginx"]),
    leading("traefik/traefik", to="traefik", address="traefik.elb.example"),
)


def shop(name: str, **changes: Any) -> dict[str, Any]:
    """An Ingress of a class, for the host ``CLASS.example``."""
    return ingress(name, f"{name}.example", ingressClassName=name, **changes)


def of(*objects: Any) -> FakeCluster:
    """A cluster with a Service `web` and two Ingresses that lead to it."""
    both = (shop("contour"), shop("haproxy"))
    return FakeCluster([*both, service(), slice_of(), *objects])


def words_of(ran: Ran) -> str:
    return " ".join(f"{ran.stdout} {ran.stderr}".split())


@pytest.mark.parametrize(
    ("words", "objects", "address"),
    [
        ([], CONTOUR, ENVOY),
        (["--class", "contour"], CONTOUR, ENVOY),
        (["--class", "haproxy"], HAPROXY, "haproxy.elb.example"),
        (["--class", "haproxy"], (*NGINX, *CONTOUR, *HAPROXY), "haproxy.elb.example"),
        (["--controller", "contour"], (*NGINX, *CONTOUR), ENVOY),
        (["--controller", "traefik-nginx"], (*NGINX, *TRAEFIK), "traefik.elb.example"),
        (["--controller", "ingress-nginx"], (*NGINX, *TRAEFIK), LB),
    ],
)
def test_address(words: list[str], objects: tuple[Any, ...], address: str) -> None:
    ran = run(["address", *words], of(*objects))
    assert (ran.status, ran.stdout) == (0, f"{address}\n"), ran.stderr


@pytest.mark.parametrize("words", [["address"], ["test", "/"], ["trace", "/"]])
@pytest.mark.parametrize(
    ("objects", "listed", "step"),
    [
        (
            (*NGINX, *CONTOUR),
            "contour (projectcontour/contour)",
            "choose one: --class, or --controller",
        ),
        ((*NGINX, *TRAEFIK), "traefik-nginx (traefik/traefik)", "choose one: --controller"),
    ],
)
def test_of_two_one_is_to_be_chosen(
    words: list[str], objects: tuple[Any, ...], listed: str, step: str
) -> None:
    ran = run(words, of(*objects))
    assert ran.status == 2
    assert "several controllers could be meant: " in ran.stderr
    assert listed in ran.stderr
    assert ran.stderr.splitlines()[1].strip() == step


def test_one_that_does_not_run_cannot_be_chosen() -> None:
    for words in (["address"], ["test", "http://contour.example/"]):
        ran = run([*words, "--controller", "kong"], of(*CONTOUR))
        assert (ran.status, ran.stderr.splitlines()) == (
            2,
            [
                "error: kong does not run in this cluster; what runs: contour",
                "       kubectl ingress status",
            ],
        )


@pytest.mark.parametrize("beside", [(), NGINX], ids=["alone", "beside ingress-nginx"])
@pytest.mark.parametrize(("name", "objects"), [("contour", CONTOUR), ("haproxy", HAPROXY)])
def test_its_routes_are_those_of_the_specification(
    tmp_path: Path, name: str, objects: tuple[Any, ...], beside: tuple[Any, ...]
) -> None:
    world = FakeCluster([shop(name), service(), slice_of(), *objects, *beside])
    listed = run(["list"], world)
    assert f"{name}.example" in listed.stdout
    traced = run(["trace", f"http://{name}.example/"], world)
    assert "→ forward to default/web:80" in traced.stdout
    linted = run(["lint", "--level", "info"], world)
    file = tmp_path / ".curlrc"
    file.write_text(f'connect-to = "{LB}:80:127.0.0.1:1"\n')
    there = VersionedCluster([*world.objects.values()])
    there.connect_to = str(file)
    examined = run(["doctor", "--no-probe"], there, variables={"PATH": ""})
    for ran in (listed, traced, linted):
        assert CAVEAT in words_of(ran)
    assert "1/1 ready" in examined.stdout
    assert "its routes are not modelled" in words_of(examined)
    for ran in (listed, traced, linted, examined):
        for denied in ("KI202", "KI203", "ingressClassName", "ingress install\n"):
            assert denied not in ran.stdout + ran.stderr


def test_a_list_without_a_route_of_it_says_nothing_of_it() -> None:
    world = of(*NGINX, *CONTOUR, *HAPROXY)
    world.namespace = "elsewhere"
    beside = FakeCluster([ingress("web", "web.example"), service(), slice_of(), *NGINX, *CONTOUR])
    for words, cluster in ((["list"], world), (["list", "-A"], beside)):
        ran = run(words, cluster)
        assert ran.status == 0, ran.stderr
        assert CAVEAT not in words_of(ran)
    for words in (
        ["list", "-A"],
        ["list", "--class", "contour"],
        ["list", "--controller", "contour"],
    ):
        assert CAVEAT in words_of(run(words, world))


def test_whether_it_keeps_a_guard_of_ingress_nginx_is_not_known() -> None:
    guarded = shop("contour", annotations=nginx(whitelist_source_range="10.0.0.0/8"))
    world = FakeCluster([guarded, service(), slice_of(), *CONTOUR])
    ran = run(["lint"], world)
    assert ran.status == 0
    assert "warning  KI408" in ran.stdout
    assert ": 1 warning; class contour" in ran.stdout
    assert "class contour by the Ingress specification alone" in ran.stdout


def test_a_request_passes_with_a_word() -> None:
    asked: list[Plan] = []

    def reply(plan: Plan) -> Answer:
        asked.append(plan)
        return answer(200, "hello")

    ran = run(["test", "http://contour.example/"], of(*CONTOUR), reply)
    assert ran.status == 0
    assert [plan.address for plan in asked] == [ENVOY]
    assert "the routes of Contour are not modelled, so what was predicted is" in words_of(ran)
    told = json.loads(
        run(["test", "http://contour.example/", "-o", "json"], of(*CONTOUR), reply).stdout
    )
    assert (told["verdict"]["level"], told["verdict"]["code"]) == ("warning", "KI207")
    expected = ["test", "http://contour.example/", "--expect-status", "200"]
    assert "not modelled" not in words_of(run(expected, of(*CONTOUR), reply))


def test_a_request_that_fails_says_what_it_was_held_against() -> None:
    for url in ("http://contour.example/", "http://nobody.example/"):
        ran = run(["test", url], of(*CONTOUR), lambda plan: answer(404, "not here"))
        assert ran.status == 1
        assert "is what the Ingress specification says" in words_of(ran)


def test_without_a_class_of_its_own_the_words_have_no_gap() -> None:
    objects = (*NGINX, *HAPROXY[:2], service(), slice_of(), shop("contour"))
    for words in (["test", "http://nobody.example/"], ["trace", "http://nobody.example/"]):
        world = FakeCluster([*objects])
        ran = run([*words, "--controller", "haproxytech"], world, lambda plan: answer(404, ""))
        assert "no Ingress that it takes has this host" in ran.stdout
        assert "'contour', which does not exist, so HAProxy" in words_of(ran)
        assert '"metadata": {"name": "haproxy"}' in ran.stdout


def test_what_another_serves_is_asked_of_that_one() -> None:
    world = FakeCluster([*NGINX, *HAPROXY, ingress("web", "web.example"), service(), slice_of()])
    url = "http://web.example/"
    ran = run(["test", url, "--controller", "haproxytech"], world, lambda plan: answer(404, ""))
    assert f"Fix    kubectl ingress test {url} --class nginx\n" in ran.stdout
    assert "kubectl patch" not in ran.stdout


def by_host(plan: Plan) -> Answer:
    """What a controller without flaws answers for these hosts."""
    known = plan.request.host.endswith(".example")
    return answer(200, "hello") if known else answer(404, "<center>nginx</center>")


def test_the_tests_of_all_routes_say_whose_are_not_modelled() -> None:
    ran = run(["test", "--all"], of(*CONTOUR), by_host)
    assert ran.status == 0, ran.stdout
    assert CAVEAT in words_of(ran)
    objects = (*NGINX, *CONTOUR, ingress("web", "web.example"))
    others = run(["test", "--all", "--class", "nginx"], of(*objects), by_host)
    assert others.status == 0, others.stdout
    assert CAVEAT not in words_of(others)


def test_a_file_of_tests_that_was_saved_is_judged_again(tmp_path: Path) -> None:
    saved, manifests = tmp_path / "routes.yaml", tmp_path / "shop.json"
    made = run(["test", "--all", "--save", str(saved)], of(*CONTOUR), by_host)
    assert made.status == 0, made.stdout
    assert "controller: contour\n" in saved.read_text(encoding="utf-8")
    objects = [shop("contour"), service(), slice_of()]
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    manifests.write_text(json.dumps(listed), encoding="utf-8")
    for words in (["-f", str(manifests)], []):
        ran = run(["test", "--spec", str(saved), *words], of(*CONTOUR), by_host)
        assert ran.status == 0, ran.stdout + ran.stderr


def test_a_single_request_goes_to_the_controller_that_is_named() -> None:
    url, whom = "http://web.example/", ["--controller", "traefik-nginx"]
    objects = (*NGINX, *TRAEFIK, ingress("web", "web.example"))
    asked: list[str] = []

    def reply(plan: Plan) -> Unreachable:
        asked.append(plan.address)
        return Unreachable(Failure.GARBAGE, "no HTTP", "connect", Timings(0.01, 0.001))

    assert "choose one: --controller" in run(["test", url], of(*objects), reply).stderr
    ran = run(["test", url, *whom], of(*objects), reply)
    assert asked == ["traefik.elb.example"]
    assert ran.status == 1
    fixes = [line for line in ran.stdout.splitlines() if "kubectl ingress test" in line]
    assert fixes
    assert all(line.endswith(" --controller traefik-nginx") for line in fixes)
