"""``kubectl ingress trace`` as a person, and as a program, sees it."""

from __future__ import annotations

import base64
import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.certificates import self_signed
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiForbidden
from tests.commands.test_test import road
from tests.fakes import FakeCluster
from tests.golden import check
from tests.manifests import LB, controller, ingress, ingress_class, nginx, path, service, slice_of
from tests.running import Ran, run

SHOP = Path(__file__).parents[1] / "golden" / "trace" / "shop"


@pytest.fixture(autouse=True)
def in_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHOP)


def traced(*words: str, stdin: str = "", cluster: FakeCluster | None = None) -> Ran:
    files = () if cluster is not None or "-f" in words else ("-f", ".")
    ran = run(["trace", *words, *files], cluster, stdin=stdin)
    assert "Traceback" not in ran.stderr
    return ran


def as_json(*words: str, **how: Any) -> dict[str, Any]:
    ran = traced(*words, "-o", "json", **how)
    assert (ran.status, ran.stderr) == (0, "")
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


@pytest.mark.parametrize(
    ("name", "words", "cluster"),
    [
        ("files", ["http://shop.example.com/api/v1/cart"], None),
        ("why-not", ["http://shop.example.com/api/v1/cart", "--why-not", "web"], None),
        ("no-host", ["/echo-hostname", "--class", "nginx"], None),
        ("live-404", ["/echo-hostname"], road()),
        ("live", ["http://jko.example.com/echo-hostname"], road()),
        ("no-controller", ["/echo-hostname"], FakeCluster()),
        ("json", ["http://shop.example.com/api/v1/cart", "-o", "json"], None),
    ],
)
def test_output(name: str, words: list[str], cluster: FakeCluster | None) -> None:
    ran = traced(*words, cluster=cluster)
    assert (ran.status, ran.stderr) == (0, "")
    check(Path("trace") / f"{name}.txt", ran.stdout)


def test_json_is_one_document_with_the_contract_s_fields() -> None:
    found = as_json("http://shop.example.com/api/v1/cart")
    assert set(found) == {"request", "outcome", "route", "steps", "findings"}
    assert found["request"] == {
        "method": "GET", "url": "http://shop.example.com/api/v1/cart", "host": "shop.example.com",
        "path": "/api/v1/cart", "headers": [],
    }  # fmt: skip
    assert found["outcome"]["kind"] == "forward"
    assert found["route"] == {
        "ingress": "shop/cart", "host": "shop.example.com", "path": "/api/v1", "pathType": "Prefix"
    }  # fmt: skip
    assert all({"stage", "text", "source"} <= set(step) for step in found["steps"])
    [step] = [step for step in found["steps"] if step["stage"] == "path"]
    assert step["source"] == "Ingress shop/cart"
    line = (SHOP / step["where"]["file"]).read_text().splitlines()[step["where"]["line"] - 1]
    assert line.strip() == "- path: /api/v1"
    [mode] = [step for step in found["steps"] if step["stage"] == "mode"]
    line = (SHOP / mode["where"]["file"]).read_text().splitlines()[mode["where"]["line"] - 1]
    assert "rewrite-target" in line


def test_what_is_typed_reaches_the_controller() -> None:
    words = ("-X", "POST", "-H", "A: 1", "-b", "a=1", "-b", "b=always", "--client-ip", "10.0.0.9")
    request = as_json("http://shop.example.com/", *words)["request"]
    assert (request["method"], request["headers"]) == (
        "POST",
        [["A", "1"], ["Cookie", "a=VALUE; b=always"]],
    )


def test_the_load_balancer_s_name_is_not_made_up() -> None:
    found = as_json("/x", "--class", "nginx")
    assert (found["request"]["url"], found["request"]["host"]) == (None, None)
    assert found["outcome"]["status"] == 404
    told = ingress("a", LB)
    told["status"] = {"loadBalancer": {"ingress": [{"hostname": LB}]}}
    found = as_json("/x", "-f", "-", stdin=json.dumps(told))
    assert found["request"]["url"] == f"http://{LB}/x"
    assert found["outcome"]["kind"] == "forward"


def test_lines_of_stdin() -> None:
    found = as_json(
        "http://shop.example.com/api/v1", "-f", "-", stdin=(SHOP / "cart.yaml").read_text()
    )
    [step] = [step for step in found["steps"] if step["stage"] == "path"]
    assert step["where"] == {"file": "stdin", "line": 12}


def test_stdin_is_left_to_others() -> None:
    class Typing(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            raise AssertionError("a person would have to type an end")

    environment = Environment(stdin=Typing(), stdout=io.StringIO(), stderr=io.StringIO())
    words = ["trace", "http://shop.example.com/api/v1", "-f", "cart.yaml"]
    assert main(words, environment) == 0
    assert "cart.yaml:12" in environment.stdout.getvalue()


def test_stdin_among_other_files() -> None:
    cart = (SHOP / "cart.yaml").read_text()
    found = as_json("http://shop.example.com/api/v1", "-f", "services.yaml,-", stdin=cart)
    [step] = [step for step in found["steps"] if step["stage"] == "path"]
    assert step["where"] == {"file": "stdin", "line": 12}


def test_what_is_to_be_edited_is_the_file(tmp_path: Path) -> None:
    text = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/rewrite-targt: /
spec:
  ingressClassName: nginx
  rules:
  - host: a.example
    http:
      paths:
      - {path: /x, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""
    file = tmp_path / "web.yaml"
    file.write_text(text)

    def fix(code: str, url: str) -> str:
        found = as_json(url, "-f", str(file))["findings"]
        [one] = [one["fix"] for one in found if one["code"] == code]
        assert "kubectl edit" not in one
        told: str = one.splitlines()[-1].replace(str(file), "FILE")
        return told

    assert fix("KI403", "http://a.example/x") == "edit FILE:7"
    assert fix("KI101", "http://b.example/x") == "edit FILE:11"
    assert fix("KI102", "http://a.example/y") == "edit FILE:14"
    assert fix("KI101", "/x") == "kubectl ingress trace http://a.example/x -f FILE"


def test_the_reason_why_another_did_not_take_it() -> None:
    def why(name: str, url: str = "http://shop.example.com/api/v1/cart") -> dict[str, Any]:
        found: dict[str, Any] = as_json(url, "--why-not", name)["whyNot"]
        return found

    assert why("shop/cart")["reason"] == "took it"
    lost = why("web")
    assert (lost["ingress"], lost["reason"]) == ("shop/web", "lost")
    assert "shop/cart comes first" in lost["sentence"]
    assert why("elsewhere")["reason"] == "host"
    assert "its hosts: other.example.com" in why("elsewhere")["sentence"]
    assert why("shop/cart", "http://shop.example.com/x")["reason"] == "path"
    assert why("foreign")["reason"] == "class"
    assert "names the class 'inner'" in why("foreign")["sentence"]
    ran = traced("http://shop.example.com/", "--why-not", "nope")
    assert ran.status == 2
    assert "there is no Ingress nope here" in ran.stderr


def test_many_requests_one_a_line() -> None:
    lines = [
        '{"url": "http://shop.example.com/api/v1/cart"}', "", "{", '{"url": "/x", "x": 1}',
        '{"url": "http://shop.example.com/", "method": "POST", "cookies": {"a": "1"}}',
    ]  # fmt: skip
    ran = traced("--requests", "-", "--class", "nginx", stdin="\n".join(lines))
    assert (ran.status, ran.stderr) == (2, "")
    first, bad, unknown, last = map(json.loads, ran.stdout.splitlines())
    assert first["route"]["ingress"] == "shop/cart"
    assert bad["line"] == 3
    assert "not JSON" in bad["error"]
    assert unknown == {"line": 4, "error": "unknown field 'x'"}
    assert last["request"]["headers"] == [["Cookie", "a=VALUE"]]
    assert traced("--requests", "-", "--class", "nginx", stdin=lines[0]).status == 0
    # Which of several controllers is asked cannot differ from line to line.
    assert "--class nginx" in traced("--requests", "-", stdin=lines[0]).stderr


def test_what_is_wrong_with_the_files_is_told_and_the_rest_traced(tmp_path: Path) -> None:
    text = (SHOP / "cart.yaml").read_text()
    (tmp_path / "a.yaml").write_text(f"{text}---\na: [\n---\n{text}")
    ran = traced("http://shop.example.com/api/v1", "-f", str(tmp_path))
    assert ran.status == 0
    assert "→ forward to shop/cart:80" in ran.stdout
    assert "KI904" in ran.stdout
    assert "KI903" in ran.stdout
    assert f"{tmp_path}/a.yaml:" in ran.stdout
    (tmp_path / "a.yaml").write_text("a: [")
    ran = traced("http://shop.example.com/", "-f", str(tmp_path))
    assert (ran.status, ran.stdout) == (2, "")


def test_suggested_commands_stay_with_the_files() -> None:
    ran = traced("/api/v1", "-n", "shop", "--class", "nginx")
    assert "kubectl ingress trace http://shop.example.com/api/v1 --class nginx -f ." in ran.stdout
    own = (
        "--controller",
        "ingress-nginx",
        "--flag=--a=b",
        "-X",
        "PUT",
        "-R",
    )
    ran = traced("/api/v1", "-H", "Host: nope.example", "-H", "A: b", "-b", "s=1", *own)
    [fix, *_] = [line for line in ran.stdout.splitlines() if line.startswith("  Fix")]
    # A Host is for the one who typed it, and a cookie for nobody who reads a log.
    assert fix.endswith(
        "-X PUT -H 'A: b' -b s=VALUE --controller ingress-nginx --flag=--a=b -f . -R"
    )


def test_which_controller_is_asked() -> None:
    def of(*words: str) -> str:
        return str(as_json("http://shop.example.com/api/v1", *words)["steps"][1]["text"])

    assert of() == "ingress-nginx, class nginx"
    assert of("--controller", "generic", "--class", "nginx") == "generic, class nginx"
    flag = as_json(
        "http://shop.example.com/api/v1", "--controller", "ingress-nginx", "--flag=ingress-class=x"
    )
    assert flag["steps"][1]["text"] == "ingress-nginx, class x"


# ---------------------------------------------------------------- TLS


def with_certificate(days: int, *names: str) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    born = now - timedelta(days=90 - days, hours=-1)
    certificate, key = self_signed(names, born, days=90)
    data = {
        "tls.crt": base64.b64encode(certificate).decode(),
        "tls.key": base64.b64encode(key).decode(),
    }
    return [
        ingress_class(),
        ingress("a", "a.example", tls=[{"hosts": ["a.example"], "secretName": "a-tls"}]),
        service(),
        slice_of(),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a-tls",
        "namespace": "default"},
         "type": "kubernetes.io/tls", "data": data},
    ]  # fmt: skip


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    ("days", "name", "said", "code"),
    [
        (41, "a.example", "Secret default/a-tls, a.example, 41 days left", None),
        (41, "*.example", "Secret default/a-tls, *.example, 41 days left", None),
        (-3, "a.example", "expired", "KI302"),
    ],
)
def test_the_certificate(live: bool, days: int, name: str, said: str, code: str | None) -> None:
    objects = with_certificate(days, name)
    if live:
        cluster = FakeCluster([*objects, *controller()])
        found = as_json("https://a.example/", cluster=cluster)
    else:
        stdin = json.dumps({"kind": "List", "apiVersion": "v1", "items": objects})
        found = as_json("https://a.example/", "-f", "-", stdin=stdin)
    [step] = [step for step in found["steps"] if step["stage"] == "tls"]
    assert said in step["text"]
    assert [one["code"] for one in found["findings"] if one["code"] == "KI302"] == [code] * bool(
        code
    )
    assert "BEGIN" not in json.dumps(found)


def test_a_secret_that_may_not_be_read() -> None:
    cluster = FakeCluster([*with_certificate(9, "a.example"), *controller()])
    cluster.fail("GET", "/secrets", ApiForbidden("you may not get secrets", "ask"))
    found = as_json("https://a.example/", cluster=cluster)
    assert found["outcome"]["kind"] == "forward"
    assert "KI905" in [one["code"] for one in found["findings"]]


# ---------------------------------------------------------------- in a cluster


def test_live_needs_a_choice_among_several() -> None:
    cluster = FakeCluster([ingress_class(), *controller(), *controller(name="inner"), ingress()])
    ran = traced("/", cluster=cluster)
    assert ran.status == 2
    assert "several controllers could be meant" in ran.stderr
    # The URL's host, or a flag.
    assert traced("/", "--class", "inner", cluster=cluster).status == 0


def test_a_load_balancer_without_address_yet() -> None:
    found = as_json("/x", cluster=road(address=None))
    assert found["request"]["url"] is None
    assert "KI601" in [one["code"] for one in found["findings"]]


def without(kind: str, **spec: Any) -> FakeCluster:
    """The road, where the controller has no pods, or no Service."""
    cluster = road()
    key = (kind, "ingress-nginx", "ingress-nginx-controller")
    if spec:
        cluster.objects[key]["spec"] |= spec
        cluster.objects[key]["status"] = {}
    else:
        del cluster.objects[key]
    return cluster


@pytest.mark.parametrize(
    ("cluster", "code", "stage", "fix"),
    [
        (
            without("Deployment", replicas=0),
            "KI204",
            "controller",
            "kubectl scale deployment -n ingress-nginx ingress-nginx-controller --replicas=1",
        ),
        (
            without("Service"),
            "KI601",
            "load balancer",
            "apply again what made Deployment ingress-nginx/ingress-nginx-controller",
        ),
    ],
)
def test_where_nobody_answers(cluster: FakeCluster, code: str, stage: str, fix: str) -> None:
    url = "http://jko.example.com/echo-hostname"
    assert "\n→ no answer\n" in traced(url, cluster=cluster).stdout
    found = as_json(url, cluster=cluster)
    assert found["outcome"]["kind"] == "refused"
    first = found["findings"][0]
    assert (first["code"], first["level"], first["fix"]) == (code, "error", fix)
    assert [one["stage"] for one in found["steps"] if not one["passed"]] == [stage]
    listed = json.loads(run(["list", "-A", "-o", "json"], cluster).stdout)
    assert [one["code"] for one in listed["findings"]] == [code]


def test_escape_sequences_do_not_reach_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202e"
    cluster = FakeCluster(
        [
            ingress_class(),
            *controller(),
            ingress(
                "web", "a.example", path("/" + evil, evil, evil), annotations=nginx(**{evil: evil})
            ),
        ]
    )
    for words in (["http://a.example/y"], ["/x"], ["http://a.example/", "--why-not", "web"]):
        ran = traced(*words, cluster=cluster)
        assert ran.status == 0
        for character in ("\x1b", "\x07", "\u202e"):
            assert character not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needs a PATH or URL"),
        (["x"], "neither a path nor a URL"),
        (["/x", "--requests", "-"], "needs a PATH or URL"),
        (["--requests", "-", "--why-not", "a"], "--requests says itself"),
        (["--requests", "-", "-f", "-"], "stdin cannot be both"),
        (["--requests", "/nowhere"], "does not exist"),
        (["/x", "-o", "yaml"], "text, json"),
        (["/x", "-H", "nocolon"], "no colon"),
        (["/x", "-b", "file"], "error: -b is no cookie"),
        (["/x", "-X", "A B"], "is no method"),
        (["/x", "-f", "/nowhere"], "does not exist"),
        (["/x", "-f", ".", "--controller", "nope"], "no controller is called"),
    ],
)
def test_wrong_words_cost_no_round_trip(words: list[str], said: str) -> None:
    ran = run(["trace", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert os.linesep in ran.stderr


F5 = ("--controller", "f5-nginx", "-f", "-")


def steps_of(found: dict[str, Any]) -> list[str]:
    return [step["stage"] for step in found["steps"]]


@pytest.mark.parametrize("entry", [{}, {"tls": [{"hosts": ["a.example"]}]}])
def test_a_handshake_that_is_refused_is_no_frozen_controller(entry: dict[str, Any]) -> None:
    one = ingress("web", "a.example")
    one["spec"] |= entry
    manifests = json.dumps(one)
    found = as_json("https://a.example/", *F5, stdin=manifests)
    assert found["outcome"]["kind"] == "refused"
    # Nothing is asked of rules, and no certificate is shown.
    assert steps_of(found) == ["name", "controller", "handshake"]
    assert [finding["code"] for finding in found["findings"]] == ["KI302"]
    text = traced("https://a.example/", *F5, stdin=manifests).stdout
    assert "\n→ no answer: f5-nginx refuses the TLS handshake\n" in text
    assert "cannot load its configuration" not in text


def test_a_port_that_nobody_listens_on_is_no_frozen_controller() -> None:
    manifests = json.dumps(ingress("web", "a.example"))
    words = ("https://a.example/", "--controller", "alb", "-f", "-")
    found = as_json(*words, stdin=manifests)
    assert steps_of(found) == ["name", "controller", "host", "listener"]
    assert [finding["code"] for finding in found["findings"]] == ["KI603"]
    assert "no answer: alb does not listen for this" in traced(*words, stdin=manifests).stdout


def test_hosts_that_are_compared_are_whole() -> None:
    there = f"{'a' * 60}.{'b' * 60}.example"
    asked = there.replace("b.", "c.")
    manifests = json.dumps(ingress("web", there))
    for host in (there, asked):
        ran = traced(f"http://{host}/", "--why-not", "web", "-f", "-", stdin=manifests)
        assert "…" not in ran.stdout
        assert f"  name       {host}\n" in ran.stdout
        assert there in ran.stdout
    assert f"no Ingress of class nginx has the host {asked}, so" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    "words", [["http://A.Example/"], ["http://a.example/", "-H", "Host: A.Example"]]
)
def test_a_host_goes_out_in_its_own_letters(words: list[str]) -> None:
    manifests = json.dumps(ingress("web", "a.example"))

    def of(controller: str) -> dict[str, Any]:
        return as_json(*words, "--controller", controller, "-f", "-", stdin=manifests)

    assert of("ingress-nginx")["outcome"]["kind"] == "forward"
    of_kong = of("kong")
    assert of_kong["request"]["host"] == "A.Example"
    assert of_kong["outcome"]["status"] == 404
    assert "takes for another one than a.example" in of_kong["findings"][0]["message"]


def test_what_freezes_a_controller_is_shown_where_it_stands(tmp_path: Path) -> None:
    text = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/app-root: /$nosuch
spec:
  ingressClassName: nginx
  rules:
  - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}
"""
    file = tmp_path / "web.yaml"
    file.write_text(text)
    found = as_json("http://a.example/", "-f", str(file))
    [finding] = found["findings"]
    assert finding["where"] == {"file": str(file), "line": 7}
    assert finding["fix"].endswith(f"edit {file}:7")
    assert found["steps"][-1]["where"] == {"file": str(file), "line": 7}
    listed = json.loads(run(["list", "-f", str(file), "-o", "json"]).stdout)
    assert listed["refused"][0]["where"] == {"file": str(file), "line": 7}
    assert listed["refused"][0]["fix"] == finding["fix"]
