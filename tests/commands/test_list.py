"""``kubectl ingress list`` as a person, and as a program, sees it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_test import road
from tests.commands.test_trace import with_certificate
from tests.fakes import FakeCluster
from tests.golden import check
from tests.manifests import controller, ingress, ingress_class, nginx, path, service, slice_of
from tests.running import Ran, run

SHOP = Path(__file__).parents[1] / "golden" / "trace" / "shop"


@pytest.fixture(autouse=True)
def in_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHOP)


NONE = "No routes found in namespace default.\n"


def listed(*words: str, stdin: str = "", cluster: FakeCluster | None = None, said: str = "") -> Ran:
    files = () if cluster is not None or "-f" in words else ("-f", ".")
    ran = run(["list", *words, *files], cluster, stdin=stdin)
    assert (ran.status, ran.stderr) == (0, said)
    return ran


def as_json(*words: str, **how: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(listed(*words, "-o", "json", **how).stdout)
    return found


def routes(*words: str, **how: Any) -> list[tuple[str, str, str]]:
    found = as_json(*words, **how)["routes"]
    return [(one["name"], one["path"], one["state"]) for one in found]


def of(*objects: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


@pytest.mark.parametrize(
    ("name", "words", "cluster"),
    [
        ("files", [], None),
        ("wide", ["-o", "wide"], None),
        ("dead", ["--dead"], None),
        ("json", ["--host", "shop.example.com", "-o", "json"], None),
        ("yaml", ["--dead", "-o", "yaml"], None),
        ("csv", ["-o", "csv"], None),
        ("name", ["-o", "name"], None),
        ("live", [], road()),
        ("no-controller", [], FakeCluster([ingress()])),
    ],
)
def test_output(name: str, words: list[str], cluster: FakeCluster | None) -> None:
    said = NONE if name == "no-controller" else ""
    check(Path("list") / f"{name}.txt", listed(*words, cluster=cluster, said=said).stdout)


def test_the_same_every_time() -> None:
    assert listed("-o", "wide").stdout == listed("-o", "wide").stdout


def test_filters() -> None:
    everything = routes()
    assert {name for name, _, _ in everything} >= {"cart", "web", "elsewhere"}
    assert {name for name, _, _ in routes("--host", "other.example.com")} == {"elsewhere"}
    assert {name for name, _, _ in routes("--backend", "cart")} == {"cart"}
    assert {name for name, _, _ in routes("--backend", "shop/web:80")} == {"web"}
    assert routes("--backend", "web:81") == []
    assert {name for name, _, _ in routes("-l", "team=shop")} == {"web"}
    assert {name for name, _, _ in routes("-l", "!team")} >= {"cart", "elsewhere"}
    assert routes("-n", "default") == []
    assert routes("-n", "shop") == everything
    assert routes("--dead") == [("web", "/API/v1", "dead")]
    assert ("web", "/API/v1", "dead") in routes("--conflicts")


def test_that_there_are_none_is_no_line_of_the_table() -> None:
    nothing = listed("-n", "nowhere", said="No routes found in namespace nowhere.\n")
    assert "No routes" not in nothing.stdout
    # What follows the table has nothing to be set off from.
    assert not nothing.stdout.startswith("\n")


@pytest.mark.parametrize(
    ("namespace", "words", "said"),
    [
        ("default", ["--dead"], "Of 2 routes in namespace default none fits --dead.\n"),
        ("other", ["--backend", "x"], "Of 1 route in namespace other none fits --backend x.\n"),
        ("other", ["-A", "--host", "no"], "Of 3 routes none fits --host no.\n"),
        ("other", ["-A", "-l", "a in (b)"], "Of 3 routes none fits --selector 'a in (b)'.\n"),
        ("empty", ["--conflicts"], "No routes found in namespace empty.\n"),
    ],
)  # fmt: skip
def test_the_filter_that_no_route_fits_is_named(
    namespace: str, words: list[str], said: str
) -> None:
    ingresses = [ingress("web", "a.example", path("/a"), path("/b")), ingress(namespace="other")]
    cluster = FakeCluster([ingress_class(), *controller(), *ingresses], namespace=namespace)
    assert listed(*words, cluster=cluster, said=said).stdout == ""


def test_who_takes_the_requests_of_a_dead_route() -> None:
    [row] = as_json("--dead")["routes"]
    assert (row["takenBy"], row["code"], row["sure"]) == ("shop/cart", "KI504", True)


def test_a_route_that_an_exact_one_takes_a_part_of() -> None:
    stdin = of(
        ingress("a", "a.example", path("/x")), ingress("b", "a.example", path("/x", kind="Exact"))
    )
    found = {one["name"]: one for one in as_json("-f", "-", stdin=stdin)["routes"]}
    assert found["b"]["state"] == "served"
    assert found["a"]["state"] in ("served", "shadowed")


def test_of_two_equal_rules_one_is_lost() -> None:
    one, other = ingress("a", "a.example", path("/x")), ingress("b", "a.example", path("/x"))
    one["metadata"]["creationTimestamp"] = "2024-01-01T00:00:00Z"
    other["metadata"]["creationTimestamp"] = "2025-01-01T00:00:00Z"
    [_, lost] = as_json("-f", "-", stdin=of(one, other))["routes"]
    assert (lost["name"], lost["state"], lost["code"]) == ("b", "lost", "KI502")
    assert lost["backends"][0]["service"] == "web"


def test_what_is_broken_has_its_code() -> None:
    stdin = of(
        ingress("a", "a.example", path("/gone", "gone"), path("/port", "web", 81),
        path("/unready", "bad")),
        service(), service("bad"), slice_of(), slice_of("bad", ready=False),
    )  # fmt: skip
    found = {one["path"]: one for one in as_json("-f", "-", stdin=stdin)["routes"]}
    assert found["/gone"]["code"] == "KI103"
    assert found["/port"]["code"] == "KI104"
    assert found["/unready"]["code"] == "KI105"
    assert found["/unready"]["backends"][0] | {"port": "80"} == {
        "namespace": "default", "service": "bad", "port": "80", "weight": 1, "ready": 0, "total": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("days", "shown"), [(41, "41d"), (-1, "expired")])
def test_days_left(days: int, shown: str) -> None:
    objects = with_certificate(days, "a.example")
    text = listed("-f", "-", stdin=of(*objects)).stdout
    assert f" {shown} " in text
    cluster = FakeCluster([*objects, *controller()])
    assert f" {shown} " in listed(cluster=cluster).stdout


def test_a_namespace_is_the_context_s_unless_all_are_asked_for() -> None:
    cluster = FakeCluster(
        [ingress_class(), *controller(), ingress(), ingress("b", "b.example", namespace="other")]
    )
    assert [name for name, _, _ in routes(cluster=cluster)] == ["web"]
    assert [name for name, _, _ in routes("-A", cluster=cluster)] == ["web", "b"]
    assert run(["list", "-A", "-n", "x"], cluster).status == 2


def test_several_controllers_are_one_list() -> None:
    cluster = FakeCluster(
        [
            ingress_class(), ingress_class("inner", "c/x"), *controller(),
            *controller(name="inner"),
            ingress(), ingress("b", "b.example", ingressClassName="inner"),
        ]
    )  # fmt: skip
    found = as_json("-A", cluster=cluster)
    assert {one["class"] for one in found["routes"]} >= {"nginx"}
    # What one takes is not told as ignored by the other.
    taken = {f"{one['namespace']}/{one['name']}" for one in found["routes"]}
    assert not taken & {one["ingress"] for one in found["ignored"]}


def test_ignored_ingresses_are_named() -> None:
    cluster = FakeCluster([ingress_class(), *controller(), ingress(ingressClassName=None)])
    ran = listed(cluster=cluster, said=NONE)
    assert "Not taken by ingress-nginx: default/web (KI201)" in ran.stdout
    # Of several, the one that was asked does not speak for all.
    other = ingress_class("other", "k8s.io/other")
    seed = ingress(ingressClassName="other")
    both = [ingress_class(), other, *controller(), *controller("other"), seed]
    asked = listed("--class", "nginx", cluster=FakeCluster(both), said=NONE)
    assert "Not taken by ingress-nginx: default/web (KI202)" in asked.stdout


def test_a_frozen_controller_is_told_once() -> None:
    stdin = of(ingress("a", "a.example", path("/x"), path("/x/")))
    found = as_json("-f", "-", stdin=stdin)
    assert [one["code"] for one in found["refused"]] == ["KI501"]
    assert {one["state"] for one in found["routes"]} == {"served"}


def test_csv_can_be_read_and_runs_nothing() -> None:
    stdin = of(ingress("a", "a.example", path('/a,"b"', "web")))
    rows = list(csv.reader(io.StringIO(listed("-o", "csv", "-f", "-", stdin=stdin).stdout)))
    assert rows[0][:3] == ["NAMESPACE", "HOST", "PATH"]
    assert all(len(row) == len(rows[0]) for row in rows)


def test_escape_sequences_do_not_reach_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202e"
    cluster = FakeCluster(
        [ingress_class(), *controller(), ingress("w", "a.example", path(f"/{evil}", evil, evil))]
    )
    for output in ("text", "wide", "csv", "name"):
        ran = listed("-A", "-o", output, cluster=cluster)
        for character in ("\x1b", "\x07", "\u202e"):
            assert character not in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "table"], "text, wide"),
        (["-l", "=x"], "no label selector"),
        (["-f", "/nowhere"], "does not exist"),
        (["-f", ".", "--controller", "nope"], "no controller is called"),
        (["x"], "unexpected extra argument"),
    ],
)
def test_wrong_words(words: list[str], said: str) -> None:
    ran = run(["list", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr.lower()


def lines(*objects: dict[str, Any], controller: str = "traefik-nginx") -> list[list[str]]:
    ran = listed("--controller", controller, "-f", "-", stdin=of(*objects))
    return [line.split(None, 8) for line in ran.stdout.splitlines()[1:]]


def test_the_share_of_a_canary_is_its_own_ingress_s() -> None:
    weighed = nginx(canary="true", canary_weight="30")
    canary = ingress("canary", "a.example", path("/", "new"), annotations=weighed)
    both = [service(name) for name in ("old", "new")]
    main, other = lines(
        ingress("web", "a.example", path("/", "old")), canary, *both, controller="ingress-nginx"
    )
    assert (main[4], main[7], main[8].strip()) == ("old:80", "web", "70 % of requests")
    assert (other[4], other[7], other[8].strip()) == ("new:80", "canary", "30 % of requests")


def test_behind_a_port_that_is_not_there_nobody_is_ready() -> None:
    objects = ingress("web", "a.example", path("/", "web", 81)), service(), slice_of()
    [row] = lines(*objects, controller="ingress-nginx")
    assert (row[5], row[8].strip()) == ("0/2", "KI104")


def test_a_canary_s_row_does_not_look_like_its_main_one_twice() -> None:
    by_header = nginx(canary="true", canary_by_header="X-Try")
    canary = ingress("canary", "a.example", path("/", "new"), annotations=by_header)
    main, other = lines(ingress("web", "a.example", path("/", "old")), canary)
    assert (main[4], len(main)) == ("old:80", 8)
    assert (other[4], other[8].strip()) == ("new:80", "canary default/canary")
    # The condition of a route that has its path alone is for -o wide.
    [alone] = lines(ingress("web", "a.example", path("/", "old")), controller="f5-nginx")
    assert len(alone) == 8


def test_files_without_endpoints_tell_of_none() -> None:
    [row] = lines(ingress("web", "a.example", path("/", "gone")), service("web"))
    assert (row[4:6], row[8].strip()) == (["gone:80", "-"], "KI103")
