"""Route tests sent to a cluster: each expectation met and not met, and several clusters at once."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from kubectl_ingress.certificates import self_signed
from tests.realcluster.fixture import inside

from .documents import README
from .labbed import LabBed

if TYPE_CHECKING:
    from .commands import Commands
    from .world import World

HOST, SPLIT, SECURE = "shop.example.com", "split.example.com", "tls.example.com"
ECHO = "gcr.io/k8s-staging-gateway-api/gateway-api/conformance/echo-basic:v1.4.0"
HEAD = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest"}
NGINX = "nginx.ingress.kubernetes.io/"


def application(name: str, replicas: int) -> list[dict[str, Any]]:
    """Pods that answer with the request as it arrived, and a Service before them."""
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    container = {
        "name": "echo",
        "image": ECHO,
        "ports": [{"containerPort": 3000}],
        "env": [{"name": "POD_NAME", "valueFrom": field}],
    }
    labels = {"app": name}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "selector": labels,
            "ports": [{"name": "http", "port": 80, "targetPort": 3000}],
        },
    }
    return [deployment, service]


def ingress(
    name: str, host: str, path: str, service: str, tls: bool = False, **annotations: str
) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    kind = "ImplementationSpecific" if "(" in path else "Prefix"
    spec: dict[str, Any] = {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": host,
                "http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]},
            }
        ],
    }
    if tls:
        spec["tls"] = [{"hosts": [host], "secretName": "tls"}]
    marked = {NGINX + key.replace("_", "-"): value for key, value in annotations.items()}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "annotations": marked},
        "spec": spec,
    }


CERTIFICATE, KEY = self_signed([SECURE, "www.example.com"], datetime.now(UTC), days=30)


def objects(rewrite: str = "/$1") -> list[dict[str, Any]]:
    data = {
        name: base64.b64encode(pem).decode()
        for name, pem in (("tls.crt", CERTIFICATE), ("tls.key", KEY))
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls"}, "data": data}
    return [
        *application("echo", 2),
        *application("stable", 1),
        *application("canary", 1),
        {**secret, "type": "kubernetes.io/tls"},
        ingress("shop", HOST, "/api/(.*)", "echo", rewrite_target=rewrite),
        ingress("secure", SECURE, "/", "echo", tls=True),
        ingress("split", SPLIT, "/", "stable"),
        ingress("split-canary", SPLIT, "/", "canary", canary="true", canary_weight="30"),
        ingress("wild", "*.wild.example.com", "/", "echo"),
        ingress("broken", "broken.example.com", "/", "nothing"),
    ]


def set_up(bed: Commands, made: list[dict[str, Any]]) -> None:
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
    for name in ("echo", "stable", "canary"):
        bed.kubectl("rollout", "status", f"deployment/{name}", "--timeout=60s")
    for host in (HOST, SPLIT):
        done = bed.ingress("test", f"http://{host}/api/x", "--wait", "20s")
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module", autouse=True)
def installed(bed: World) -> None:
    set_up(bed, objects())


def case(expect: dict[str, Any], url: str = f"http://{HOST}/api/v1/cart?x=1", **more: Any) -> Any:
    return {"request": {"url": url}, "expect": expect, **more}


def send(
    bed: World, tests: dict[str, Any], *words: str, env: dict[str, str | None] | None = None
) -> dict[str, Any]:
    """The JSON of a run, with its exit status as it must be."""
    document = {**HEAD, "tests": [{"name": name, **test} for name, test in tests.items()]}
    command = ("test", "--spec", "-", *words, "-o", "json")
    done = bed.ingress(*command, input=json.dumps(document), env=env)
    assert done.returncode in (0, 1, 2), done.stderr
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "exit": done.returncode}


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {test["name"]: test for test in found["tests"]}


CART = f"https://{SECURE}/v1"
MET: dict[str, Any] = {
    "status": case({"status": ["2xx", 404]}),
    "backend": case({"backend": "default/echo:80"}),
    "its port's name": case({"backend": "default/echo:http"}),
    "upstream path": case({"upstreamPath": "/v1/cart?x=1"}),
    "pods": case({"pods": "echo-*"}),
    "body": case({"body": {"contains": ['"pod"', HOST], "matches": '"pod": *"echo-[-a-z0-9]+"'}}),
    "json": case(
        {"json": {"$.path": "/v1/cart?x=1", "$['headers']['X-Forwarded-Proto'][*]": ["http"]}}
    ),
    "headers": case({"headers": {"Content-Type": "application/json", "X-No": {"absent": True}}}),
    "redirect": case({"status": 308, "location": f"https://{SECURE}/v1"}, f"http://{SECURE}/v1"),
    "tls": case(
        {"tls": {"issuer": SECURE, "san": [SECURE, "www.example.com"], "daysLeft": 29}}, CART
    ),
    "latency": case({"latency": {"p50": 2000, "p95": 3000}}, count=20),
    "split": case(
        {"weight": {"default/canary:80": 30, "default/stable:80": 70}}, f"http://{SPLIT}/"
    ),
    "not routed": case({"status": 404}, "http://nobody.example.com/"),
    "wildcard": case({"backend": "default/echo:80"}, "http://any.wild.example.com/"),
}
UNMET: dict[str, tuple[Any, str]] = {
    "status": (case({"status": 404}), "status is 200, expected 404"),
    "backend": (case({"backend": "default/stable"}), "backend is default/echo (pod echo-"),
    "its port": (case({"backend": "default/echo:81"}), "backend is default/echo:80, expected"),
    "upstream path": (case({"upstreamPath": "/api/v1"}), "upstreamPath is /v1/cart?x=1"),
    "pods": (case({"pods": ["stable-*", "canary-*"]}), "expected stable-* or canary-*"),
    "body": (case({"body": "no such text"}), "expected with 'no such text'"),
    "expression": (case({"body": {"matches": '"pod": "stable'}}), "expected like"),
    "json": (case({"json": {"$.method": "POST"}}), 'json $.method is "GET", expected "POST"'),
    "json path": (case({"json": {"$.none": 1}}), "json $.none is none, expected 1"),
    "header": (case({"headers": {"Content-Type": "text/html"}}), "expected 'text/html'"),
    "no header": (case({"headers": {"X-No": "1"}}), "headers.X-No is none, expected '1'"),
    "redirect": (
        case({"location": "https://else.example.com/"}, f"http://{SECURE}/v1"),
        f"location is https://{SECURE}/v1, expected https://else",
    ),
    "issuer": (case({"tls": {"issuer": "Let's Encrypt"}}, CART), f"tls.issuer is {SECURE}"),
    "san": (case({"tls": {"san": "else.example.com"}}, CART), "tls.san is"),
    "days left": (case({"tls": {"daysLeft": 31}}, CART), "expected at least 31"),
    "tls version": (case({"tls": {"version": "1.0"}}, CART), "expected TLSv1.0"),
    "latency": (case({"latency": {"p50": 0.001}}, count=2), "latency.p50 is"),
    "broken": (
        case({"backend": "default/nothing"}, "http://broken.example.com/"),
        "KI103: Service default/nothing does not exist",
    ),
    "split": (case({"weight": {"default/canary": 80}}, f"http://{SPLIT}/"), "weight is "),
}


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The flag by which the certificate made here is believed."""
    file = tmp_path_factory.mktemp("tls") / "ca.pem"
    file.write_bytes(CERTIFICATE)
    return "--cacert", str(file)


def test_every_expectation_that_is_met(bed: World, trusted: tuple[str, str]) -> None:
    found = send(bed, MET, *trusted)
    unmet = {t["name"]: t["reason"] for t in found["tests"] if t["status"] != "passed"}
    assert (unmet, found["exit"]) == ({}, 0)
    assert all(not test["notChecked"] for test in found["tests"])
    named = by_name(found)
    assert named["latency"]["sent"]["requests"] == 20
    # The prediction stands beside the answer.
    assert named["not routed"]["outcome"]["status"] == 404
    assert named["json"]["sent"]["answer"]["pod"] in bed.endpoints("echo")
    [canary, _] = named["split"]["sent"]["shares"]
    assert canary["interval"][0] <= 0.3 <= canary["interval"][1]


def test_every_expectation_that_is_not_met(bed: World, trusted: tuple[str, str]) -> None:
    found = send(bed, {name: test for name, (test, _) in UNMET.items()}, *trusted)
    assert found["exit"] == 1
    for name, test in by_name(found).items():
        assert test["status"] == "failed", name
        assert UNMET[name][1] in test["reason"], name


def test_a_certificate_that_nobody_trusts(bed: World) -> None:
    tests = {"it": case({"status": 200}, CART)}
    [one] = send(bed, tests)["tests"]
    assert one["reason"].startswith("KI301: ")
    assert send(bed, tests, "-k")["exit"] == 0


def test_a_broken_canary_is_caught(bed: World) -> None:
    tests = {"split": MET["split"]}
    bed.kubectl("annotate", "--overwrite", "ingress/split-canary", f"{NGINX}canary-weight=0")
    try:

        def caught() -> bool:
            [one] = send(bed, tests)["tests"]
            return "weight is 0 % (0 of 200" in (one["reason"] or "")

        assert bed.wait_for(caught, 15, "the canary without a share is seen")
    finally:
        bed.kubectl("annotate", "--overwrite", "ingress/split-canary", f"{NGINX}canary-weight=30")
    bed.wait_for(lambda: send(bed, tests)["exit"] == 0, 15, "the canary has its share again")


def test_one_file_runs_both_ways(bed: World, tmp_path: Path) -> None:
    tests = {
        "both": case({"status": 200, "body": "pod", "upstreamPath": "/v1/cart?x=1"}),
        "live": case({"json": {"$.method": "GET"}}),
    }
    manifests = tmp_path / "manifests.json"
    items = {"apiVersion": "v1", "kind": "List", "items": objects()}
    manifests.write_text(json.dumps(items))
    offline = send(bed, tests, "-f", str(manifests))
    assert [one["status"] for one in offline["tests"]] == ["passed", "unchecked"]
    assert [one["field"] for one in offline["tests"][0]["notChecked"]] == ["body"]
    live = send(bed, tests)
    assert [one["status"] for one in live["tests"]] == ["passed", "passed"]


def test_all_routes_are_tested_and_the_saved_file_runs(
    bed: World, tmp_path: Path, trusted: tuple[str, str]
) -> None:
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for file in files:
        done = bed.ingress("test", "--all", "--save", str(file), *trusted, "-o", "json")
        assert done.returncode == 1, done.stderr
        found = by_name(json.loads(done.stdout))
        # Once in a thousand runs a share lies outside its interval: that is for other tests.
        split = found.pop(f"default/split: {SPLIT}/")
        assert split["sent"]["shares"][0]["of"] == 200
        failed = [name for name, test in found.items() if test["status"] != "passed"]
        assert failed == ["default/broken: broken.example.com/"]
        # Four routes; by plain http, and what a host and all hosts have no rule for.
        beside = [name for name in found if not name.startswith("default/") or "http" in name]
        assert (len(found), len(beside)) == (7, 3), found.keys()
    text = files[0].read_text()
    assert text == files[1].read_text()
    assert "# Ingress default/wild, Prefix" in text
    again = bed.ingress("test", "--spec", str(files[0]), *trusted, "-o", "junit")
    cases = ElementTree.fromstring(again.stdout).iter("testcase")
    ended = {case.get("name"): case.find("failure") is None for case in cases}
    assert len(ended) == 8
    assert ended["default/broken: broken.example.com/"] is False
    assert ended["default/wild: *.wild.example.com/"] is True


def test_every_form(bed: World) -> None:
    document = json.dumps({**HEAD, "tests": [{"name": "it", **MET["json"]}]})
    starts = {"text": "stdin\n  √ it   200", "tap": "TAP version 14\n1..1\nok 1 - it"}
    for form in ("text", "jsonl", "tap", "markdown"):
        done = bed.ingress("test", "--spec", "-", "-o", form, input=document)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(starts.get(form, "")), done.stdout
        if form == "jsonl":
            assert [*map(json.loads, done.stdout.splitlines())][-1]["summary"]["passed"] == 1
        if form == "markdown":
            assert "| passed | it |  |" in done.stdout


@contextmanager
def another(bed: World, directory: Path, made: list[dict[str, Any]]) -> Iterator[LabBed]:
    """A lab beside the bed's cluster, with the same routes, or others."""
    kubectl = shutil.which("kubectl", path=bed.environment["PATH"])
    lab = LabBed(kubectl, directory)
    try:
        lab.start()
        set_up(lab, made)
        yield lab
    finally:
        lab.stop()


@pytest.fixture(scope="module")
def others(bed: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[LabBed]]:
    """Clusters beside it, one where the bed is a lab itself; the first has another rewrite."""
    with ExitStack() as stack:
        made = [objects("/v2/$1"), objects()][: 2 if inside() else 1]
        yield [
            stack.enter_context(another(bed, tmp_path_factory.mktemp("other"), one)) for one in made
        ]


def named(bed: Commands, name: str, directory: Path) -> str:
    """Its kubeconfig with everything in it called by this name."""
    raw = bed.kubectl("config", "view", "--raw", "--minify", "-o", "json").stdout
    config = json.loads(raw)
    for section in ("clusters", "users", "contexts"):
        config[section][0]["name"] = name
    config["contexts"][0]["context"].update(cluster=name, user=name)
    config["current-context"] = name
    file = directory / f"{name}.json"
    file.write_text(json.dumps(config))
    return str(file)


def test_two_addresses_beside_each_other(bed: World, others: list[LabBed]) -> None:
    old = "ingress-nginx/ingress-nginx-controller"
    other = others[0].get("service", "ingress-nginx-controller", "-n", "ingress-nginx")
    name = other["status"]["loadBalancer"]["ingress"][0]["hostname"]
    new = others[0].dns.records[name]
    address = new if isinstance(new, str) else next(iter(new))
    tests = {
        "alike": case({"status": 200}, "http://nobody.example.com/"),
        "path": case({"status": 200}),
        "split": MET["split"],
    }
    same = send(bed, tests, "--diff", old, old)
    assert same["exit"] == 0, same
    found = send(bed, tests, "--diff", old, str(address))
    assert found["exit"] == 1
    ended = by_name(found)
    assert {name: test["status"] for name, test in ended.items()} == {
        "alike": "passed",
        "path": "failed",
        "split": "passed",
    }
    assert "upstreamPath: /v1/cart?x=1 → /v2/v1/cart?x=1" in ended["path"]["reason"]


def test_many_clusters_side_by_side(bed: World, others: list[LabBed], tmp_path: Path) -> None:
    files = [named(bed, "here", tmp_path)]
    files += [named(lab, f"lab-{number}", tmp_path) for number, lab in enumerate(others, 1)]
    env: dict[str, str | None] = {"KUBECONFIG": ":".join(files)}
    tests = {"path": MET["upstream path"], "none": MET["not routed"]}
    found = send(bed, tests, "--contexts", "all", env=env)
    assert found["exit"] == 1
    assert len(found["tests"]) == 2 * len(files)
    unmet = [one for one in found["tests"] if one["status"] != "passed"]
    reasons = {(one["context"], one["name"]): one["reason"] for one in unmet}
    assert {*reasons} == {("lab-1", "path")}, reasons
    assert "upstreamPath is /v2/v1/cart?x=1" in reasons["lab-1", "path"]
    document = json.dumps({**HEAD, "tests": [{"name": "path", **MET["upstream path"]}]})
    words = ("test", "--spec", "-", "--contexts", "here,gone,lab-1")
    done = bed.ingress(*words, input=document, env=env)
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["TEST", "here", "gone", "lab-1"]
    assert lines[1].split() == ["path", "√", "200", "·", "error", "×", "200"]
    assert 'the context "gone" was not found' in " ".join(done.stdout.split())
    one = bed.ingress("test", f"http://{HOST}/api/x", "--contexts", "here,lab-1", env=env)
    assert one.returncode == 0, one.stdout


def test_the_readme_s_script_works_as_printed(bed: World) -> None:
    _, script = README.read_text().split("```sh script\n")
    script, _, _ = script.partition("```")
    assert 'kubectl ingress test "$url" -o json | jq\n' in script
    if shutil.which("jq") is None:
        pytest.skip("needs jq, which .ci/run installs")
    words = ("--replicas", "1", "--path", "/echo-hostname", "--ingress-name", "hostname")
    made = bed.ingress("scaffold", "hostname", "--host", "jko.example.com", *words, "--apply")
    assert made.returncode == 0, made.stderr
    url = "http://jko.example.com/echo-hostname"
    assert bed.ingress("test", url, "--wait", "30s").returncode == 0
    done = bed.run("bash", "-euo", "pipefail", "-c", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{\n"), done.stdout
    assert "hostname-deployment-" in done.stdout.splitlines()[-1]
