"""``kubectl ingress status`` as a person sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.errors import ApiForbidden, ApiRefused, ApiUnreachable, IngressError
from kubectl_ingress.ports.answers import WebhookDenied, WebhookFailed
from kubectl_ingress.ports.files import Source, documents
from tests.fakes import FakeCluster
from tests.golden import check
from tests.inventory.objects import (
    VersionedCluster,
    endpoints,
    ingress_nginx,
    leading,
    node,
    webhook,
    workload,
)
from tests.manifests import ingress, ingress_class
from tests.running import Ran, run

OURS = {"kubectl-ingress/installed-by": "0.1.0"}
UPSTREAM = ("name", "instance")
HELM = {"meta.helm.sh/release-name": "edge", "meta.helm.sh/release-namespace": "ingress-nginx"}
F5 = workload(
    "nginx/nginx-ingress:5.6.1",
    "nginx-ingress/nginx-ingress",
    args=["-ingress-class=nginx", "-nginx-configmaps=$(POD_NAMESPACE)/nginx-config"],
)


def cluster(*objects: Mapping[str, Any], **changes: Any) -> VersionedCluster:
    return VersionedCluster([node(), *objects], **changes)


def status(found: FakeCluster, *words: str) -> Ran:
    return run(["status", *words], found)


def data(found: FakeCluster, *words: str) -> Any:
    ran = status(found, *words, "-o", "json")
    assert (ran.status, ran.stderr) == (0, "")
    return json.loads(ran.stdout)


def problems(found: FakeCluster, *words: str) -> dict[str, str]:
    """Code -> message, of errors and warnings and the rest."""
    return {each["code"]: each["message"] for each in data(found, *words)["findings"]}


def codes(*objects: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Code and level of everything but what is always said of ingress-nginx.

    Where no Service is given, one leads to each workload.
    """
    named = [(one["kind"], one["metadata"]) for one in objects]
    led = "Service" in dict(named)
    services = [
        leading(f"{meta['namespace']}/{meta['name']}", to=meta["name"])
        for kind, meta in named
        if kind in ("Deployment", "DaemonSet") and not led
    ]
    findings = data(cluster(*objects, *services))["findings"]
    return [(each["code"], each["level"]) for each in findings if each["code"] != "KI701"]


def forbidden(resource: str) -> ApiForbidden:
    return ApiForbidden(f"you may not list {resource} in all namespaces", "ask for that right")


def unanswered(hook: str = "validate.ingress-nginx-admission") -> WebhookFailed:
    error = WebhookFailed(
        f"ingresses in namespace ingress-nginx was not written: the admission webhook {hook} "
        "did not answer: connection refused"
    )
    error.webhook = hook
    return error


WHOLE = (*ingress_nginx(annotations=OURS), ingress_class(), ingress(), ingress("other"))
F5_SERVICE = leading("nginx-ingress/nginx-ingress", to="nginx-ingress", address="192.0.2.5")
CLASH = (*ingress_nginx(annotations=OURS), ingress_class(), F5, F5_SERVICE)
OLD = (*ingress_nginx("1.11.2", annotations=HELM, ready=2, desired=3), ingress_class())


@pytest.mark.parametrize(
    ("name", "objects", "words"),
    [
        ("nothing", (), ()),
        ("ours", WHOLE, ()),
        ("clash", CLASH, ()),
        ("old", OLD, ()),
        ("wide", WHOLE, ("-o", "wide")),
        ("json", WHOLE, ("-o", "json")),
        ("yaml", CLASH, ("-o", "yaml")),
        ("namespace", CLASH, ("-n", "nginx-ingress")),
    ],
)
def test_looks(name: str, objects: Iterable[Mapping[str, Any]], words: Sequence[str]) -> None:
    ran = status(cluster(*objects), *words)
    assert (ran.status, ran.stderr) == (0, "")
    check(Path("status") / f"{name}.txt", ran.stdout)


def test_a_webhook_that_is_down() -> None:
    found = cluster(*WHOLE)
    found.fail("POST", "/ingresses$", unanswered())
    ran = status(found)
    assert ran.status == 0
    check(Path("status/webhook.txt"), ran.stdout)


def test_only_a_dry_run_is_ever_written() -> None:
    found = cluster(*WHOLE)
    before = dict(found.objects)
    status(found)
    writes = [asked for asked in found.requests if asked.method != "GET"]
    assert [(asked.method, asked.query["dryRun"]) for asked in writes] == [("POST", "All")]
    assert found.objects == before


def test_yaml_says_what_json_says() -> None:
    text = status(cluster(*CLASH), "-o", "yaml").stdout
    [read] = documents(Source("status", text))
    assert read.data == data(cluster(*CLASH))


def test_what_was_typed_wrongly() -> None:
    assert run(["status", "-o", "xml"]).status == 2
    ran = run(["status", "-A", "-n", "x"])
    assert ran.status == 2
    assert "-A and -n contradict each other" in ran.stderr


def test_commands_lead_to_the_same_cluster() -> None:
    found = status(cluster(), "--context", "prod").stdout
    assert "kubectl ingress install --context prod\n" in found


def test_who_may_not_read_one_kind_gets_the_rest() -> None:
    found = cluster(*WHOLE)
    for resource in ("nodes", "ingresses", "endpointslices"):
        found.fail("GET", f"/{resource}$", forbidden(resource))
    found.fail("POST", "/ingresses$", ApiForbidden("you may not create ingresses"))
    ran = status(found)
    assert ran.status == 0
    check(Path("status/forbidden.txt"), ran.stdout)
    told = data(found)
    assert [each["resource"] for each in told["notRead"]] == [
        "ingresses.networking.k8s.io",
        "nodes",
        "endpointslices.discovery.k8s.io",
    ]
    [one] = told["controllers"]
    assert (one["ingresses"], one["webhook"]["answers"]) == (None, None)
    assert told["classes"][0]["ingresses"] is None


def test_what_may_not_be_read_is_not_said_to_be_missing() -> None:
    found = cluster(*WHOLE)
    found.fail("GET", "/services$", forbidden("services"))
    row = status(found).stdout.splitlines()[4].split()
    assert (row[5], row[-1]) == ("?", "?")
    assert "ingress-nginx-admission" not in status(found, "-o", "wide").stdout
    [one] = data(found)["controllers"]
    assert (one["service"], one["addresses"], one["webhook"]) == (None, None, None)
    # Of what can be read, none is none.
    bare = cluster(*WHOLE[:1], ingress_class())
    row = status(bare).stdout.splitlines()[4].split()
    assert (row[5], row[-1]) == ("-", "-")
    assert data(bare)["controllers"][0]["addresses"] == []


def test_without_the_workloads_nobody_is_said_to_be_missing() -> None:
    found = cluster(ingress_class())
    found.fail("GET", "/deployments$", forbidden("deployments"))
    assert data(found)["findings"] == []


def test_who_may_read_nothing_that_tells_is_told_so() -> None:
    found = cluster(*WHOLE)
    for resource in ("deployments", "daemonsets", "ingressclasses"):
        found.fail("GET", f"/{resource}$", forbidden(resource))
    ran = status(found)
    assert (ran.status, ran.stdout) == (2, "")
    assert "you may not list deployments" in ran.stderr


@pytest.mark.parametrize("error", [ApiUnreachable("no answer"), IngressError("broken")])
def test_what_could_not_be_looked_at_at_all(error: Any) -> None:
    found = cluster()
    found.fail("GET", "", error)
    assert status(found).status == 2


def test_a_namespace_asks_for_no_more_than_that() -> None:
    found = cluster(*CLASH)
    told = data(found, "-n", "nginx-ingress")
    assert [one["name"] for one in told["controllers"]] == ["f5-nginx"]
    listed = [asked.path for asked in found.requests if "/apps/" in asked.path]
    assert listed == [
        f"/apis/apps/v1/namespaces/nginx-ingress/{kind}" for kind in ("deployments", "daemonsets")
    ]


def test_an_empty_namespace_says_where_else_to_look() -> None:
    ran = status(cluster(*WHOLE), "-n", "shop")
    assert "no ingress controller runs in namespace shop" in ran.stdout
    assert "kubectl ingress status -A\n" in ran.stdout


def test_hostile_names_cannot_write_to_the_terminal_nor_be_run() -> None:
    evil = "x\x1b[31m; rm -rf ~"
    found = cluster(workload("traefik:v3.7.0", f"shop/{evil}", ready=0))
    ran = status(found, "-o", "wide")
    assert "\x1b" not in ran.stdout
    other = cluster(*ingress_nginx(), ingress_class("$(reboot)", "ingress.k8s.aws/alb"))
    assert "kubectl delete ingressclass '$(reboot)'" in status(other).stdout


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_terminal_what_has_no_room_stands_below_and_nothing_is_cut(columns: int) -> None:
    address = f"{'a' * 30}.elb.example.com"
    namespace = "a-namespace-with-a-name-that-is-long"
    classes = [
        ingress_class(f"traefik-{number}", "traefik.io/ingress-controller") for number in range(9)
    ]
    found = cluster(
        workload("traefik:v3.7.0", f"{namespace}/traefik"),
        leading(f"{namespace}/traefik", to="traefik", address=address),
        *classes,
    )
    text = run(["status"], found, columns=columns).stdout
    assert max(map(len, text.splitlines())) < columns
    words = [*text.replace(",", "").split()]
    assert {namespace, "3.7.0", address, *(f"traefik-{number}" for number in range(9))} <= {*words}
    assert "ADDRESS" in words


# What is wrong, one by one.


def test_two_that_claim_one_controller_value() -> None:
    other = workload(
        "traefik:v3.7.0", "traefik/traefik", args=["--providers.kubernetesingressnginx"]
    )
    told = problems(cluster(*ingress_nginx(), ingress_class(), other))
    assert "both serve k8s.io/ingress-nginx" in told["KI206"]


def test_two_that_limit_themselves_to_different_namespaces_do_not_clash() -> None:
    one, two = (
        workload(
            "registry.k8s.io/ingress-nginx/controller:v1.15.1",
            f"{name}/controller",
            args=[f"--watch-namespace={name}"],
        )
        for name in ("a", "b")
    )
    assert codes(one, two, ingress_class()) == []
    two["spec"]["template"]["spec"]["containers"][0]["args"] = []
    assert codes(one, two, ingress_class()) == [("KI206", "error")]


def test_two_that_go_by_different_names_do_not_clash() -> None:
    image, value = "nginx/nginx-ingress:5.6.1", "nginx.org/ingress-controller"
    pair = [workload(image, f"{name}/nic", args=[f"-ingress-class={name}"]) for name in ("a", "b")]
    assert codes(*pair, ingress_class("a", value), ingress_class("b", value)) == []


def test_ingress_nginx_whose_class_is_another_s() -> None:
    value = "nginx.org/ingress-controller"
    told = problems(cluster(*ingress_nginx(), ingress_class("nginx", value), F5))
    assert "by annotation go to the one" in told["KI206"]
    assert "KI208" not in told


@pytest.mark.parametrize(
    ("image", "args", "value", "level"),
    [
        ("traefik:v3.7.0", [], "traefik.io/ingress-controller", "warning"),
        ("rancher/mirrored-library-traefik:3.7.0", [], "traefik.io/ingress-controller", "warning"),
        ("nginx/nginx-ingress:5.6.1", [], "nginx.org/ingress-controller", "warning"),
        (
            "traefik:v3.7.0",
            ["--providers.kubernetesingressnginx=true"],
            "k8s.io/ingress-nginx",
            "info",
        ),
    ],
)
def test_class_nginx_is_another_s(image: str, args: list[str], value: str, level: str) -> None:
    one = workload(image, "kube-system/edge", args=args)
    assert codes(one, ingress_class("nginx", value)) == [("KI206", level)]


def test_two_default_classes() -> None:
    classes = [ingress_class(name) for name in ("old", "new")]
    for each in classes:
        each["metadata"]["annotations"] = {"ingressclass.kubernetes.io/is-default-class": "true"}
    told = data(cluster(*ingress_nginx(), *classes))["findings"]
    [found] = [each for each in told if each["code"] == "KI206"]
    assert "gets the newest, new" in found["message"]
    assert found["fix"].endswith("old ingressclass.kubernetes.io/is-default-class-")


def test_a_class_that_nobody_serves() -> None:
    kong = ingress_class("kong", "ingress-controllers.konghq.com/kong")
    assert ("KI207", "warning") in codes(*ingress_nginx(), ingress_class(), kong)
    used = ingress(ingressClassName="kong")
    told = data(cluster(*ingress_nginx(), ingress_class(), kong, used))["findings"]
    found = next(each for each in told if each["code"] == "KI207")
    assert (found["level"], "its 1 Ingress has no effect" in found["message"]) == ("error", True)
    assert found["fix"] == "kubectl ingress install kong\nkubectl delete ingressclass kong"


def test_a_class_that_is_not_known_here() -> None:
    foreign = ingress_class("own", "example.com/controller")
    assert codes(foreign) == [("KI203", "warning"), ("KI207", "info")]
    told = problems(cluster(foreign))
    assert "another may: own (example.com/controller)" in told["KI203"]


def test_a_controller_that_no_class_leads_to() -> None:
    told = data(cluster(*ingress_nginx(annotations=OURS)))["findings"]
    found = next(each for each in told if each["code"] == "KI208")
    assert found["fix"].startswith("kubectl ingress install\nkubectl create -f - <<<")
    told = data(cluster(*ingress_nginx()))["findings"]
    found = next(each for each in told if each["code"] == "KI208")
    assert (
        "only Ingresses with the annotation kubernetes.io/ingress.class: nginx" in found["message"]
    )
    assert '"spec": {"controller": "k8s.io/ingress-nginx"}' in found["fix"]


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/projectcontour/contour:v1.33.0",
        "envoyproxy/gateway:v1.9.0",
    ],
)
def test_controllers_that_need_no_class(image: str) -> None:
    assert "KI208" not in dict(codes(workload(image, "x/y", args=["serve"])))


def test_a_network_or_a_mesh_is_a_controller_once_it_is_used_as_one() -> None:
    cilium = workload("quay.io/cilium/cilium:v1.19.0", "kube-system/cilium", kind="DaemonSet")
    istio = workload("istio/pilot:1.29.0", "istio-system/istiod")
    assert codes(cilium, istio) == [("KI203", "error")]
    annotated = ingress(annotations={"kubernetes.io/ingress.class": "istio"})
    del annotated["spec"]["ingressClassName"]
    own = ingress_class("cilium", "cilium.io/ingress-controller")
    told = data(cluster(cilium, istio, own, annotated))
    assert [one["name"] for one in told["controllers"]] == ["istio", "cilium"]
    assert told["findings"] == []


def test_gateway_controllers_serve_no_ingress() -> None:
    told = data(
        cluster(workload("envoyproxy/gateway:v1.9.0", "envoy-gateway-system/envoy-gateway"))
    )
    [one] = told["controllers"]
    assert (one["gatewayOnly"], one["ingresses"], one["version"]) == (True, None, "1.9.0")
    assert "Envoy Gateway serves the Gateway API only" in told["findings"][0]["message"]


def test_controllers_that_run_outside_the_cluster() -> None:
    alb = ingress_class("alb", "eks.amazonaws.com/alb")
    told = data(cluster(alb, ingress(ingressClassName="alb")))
    [one] = told["controllers"]
    assert (one["name"], one["workload"], one["replicas"]) == ("eks-auto-mode", None, None)
    assert (one["ingresses"], told["classes"][0]["servedBy"]) == (1, ["eks-auto-mode"])
    assert told["findings"] == []
    page = workload("gke.gcr.io/ingress-gce-404-server-with-metrics:v1.23.1", "kube-system/page")
    unnamed = ingress()
    del unnamed["spec"]["ingressClassName"]
    told = data(cluster(page, unnamed, ingress("other")))
    [one] = told["controllers"]
    assert (one["name"], one["version"], one["ingresses"]) == ("gke", None, 1)
    assert told["findings"] == []


@pytest.mark.parametrize(
    ("ready", "desired", "kind", "level", "words"),
    [
        (0, 2, "Deployment", "error", "0 of 2 pods"),
        (1, 2, "Deployment", "warning", "1 of 2 pods"),
        (0, 0, "Deployment", "error", "scaled to 0"),
        (0, 0, "DaemonSet", "error", "fits no node"),
    ],
)
def test_not_ready(ready: int, desired: int, kind: str, level: str, words: str) -> None:
    one = workload("traefik:v3.7.0", "x/y", kind=kind, ready=ready, desired=desired)
    traefik = ingress_class("traefik", "traefik.io/ingress-controller")
    [told] = data(cluster(one, leading("x/y", to="y"), traefik))["findings"]
    assert (told["code"], told["level"], words in told["message"]) == ("KI204", level, True)


@pytest.mark.parametrize(
    ("marks", "fix"),
    [
        ({"annotations": OURS}, "kubectl ingress install"),
        (
            {"annotations": HELM},
            "helm get manifest edge -n ingress-nginx | kubectl apply -n ingress-nginx -f -",
        ),
        (
            {"labels": {f"app.kubernetes.io/{key}": "ingress-nginx" for key in UPSTREAM}},
            "kubectl ingress install --adopt\n"
            "apply again what made Deployment ingress-nginx/ingress-nginx-controller",
        ),
        ({}, "apply again what made Deployment ingress-nginx/ingress-nginx-controller"),
    ],
)
def test_its_service_is_gone(marks: dict[str, Mapping[str, str]], fix: str) -> None:
    deployment, _, admission, *more = ingress_nginx()
    deployment["metadata"] |= marks
    admission["spec"]["ports"][0]["name"] = "https-webhook"
    told = data(cluster(deployment, admission, *more, ingress_class()))["findings"]
    [found] = [each for each in told if each["code"] == "KI601"]
    assert (found["level"], found["fix"]) == ("error", fix)
    # Of another name, it may be one for traffic.
    admission["spec"]["ports"][0]["name"] = "edge"
    assert codes(deployment, admission, *more, ingress_class()) == []


def test_a_webhook_that_is_down_with_its_controller_is_told_with_that() -> None:
    objects = ingress_nginx(ready=0, desired=0, answers=False)
    told = data(cluster(*objects, ingress_class()))["findings"]
    assert [each["code"] for each in told] == ["KI204", "KI701"]
    assert "meanwhile the API server refuses every new or changed Ingress" in told[0]["message"]


def test_a_load_balancer_that_is_pending() -> None:
    objects = [workload("traefik:v3.7.0", "x/y"), leading("x/y", to="y", address="")]
    traefik = ingress_class("traefik", "traefik.io/ingress-controller")
    assert codes(*objects, traefik) == [("KI601", "error")]
    assert "  pending\n" in status(cluster(*objects, traefik)).stdout
    on_nodes = workload("traefik:v3.7.0", "x/y", ports=[{"containerPort": 8000, "hostPort": 80}])
    assert codes(on_nodes, objects[1], traefik) == [("KI601", "info")]
    no_balancer = leading("x/y", to="y", kind="NodePort", address="")
    assert "  NodePort\n" in status(cluster(objects[0], no_balancer, traefik)).stdout
    assert codes(objects[0], no_balancer, traefik) == []


def test_on_kind_the_address_is_the_one_that_is_published() -> None:
    objects = ingress_nginx()
    pods = objects[0]["spec"]["template"]["spec"]["containers"][0]
    pods["args"] = [*pods["args"], "--publish-status-address=localhost"]
    objects[1]["status"] = {}
    assert codes(*objects, ingress_class()) == []
    told = data(cluster(*objects, ingress_class()))["controllers"][0]
    assert told["addresses"] == ["localhost"]


def test_one_vulnerability_of_which_no_more_is_known_than_its_number() -> None:
    old = workload("nginx/nginx-ingress:5.5.4", "nginx-ingress/f5", args=["-ingress-class=nginx"])
    message = problems(cluster(old))["KI710"]
    assert message.endswith(
        " has 1 published vulnerability that later releases mend: CVE-2026-77180 (fixed in 5.6.1)"
    )


def test_an_old_release() -> None:
    told = data(cluster(*OLD))
    found = {each["code"]: each for each in told["findings"]}
    assert "11 published vulnerabilities" in found["KI710"]["message"]
    assert "CVE-2025-1974" in found["KI710"]["message"]
    assert found["KI710"]["fix"].startswith("kubectl ingress install --adopt\n")
    assert "1.26 to 1.30" in found["KI709"]["message"]
    [one] = told["controllers"]
    assert one["installedBy"] == {"tool": "helm", "detail": "release edge in ingress-nginx"}
    assert one["vulnerabilities"][0]["score"] == 9.8


def test_an_old_release_of_ours_is_upgraded() -> None:
    found = cluster(*ingress_nginx("1.13.0", annotations=OURS), ingress_class())
    fixes = {each["code"]: each["fix"] for each in data(found)["findings"]}
    assert fixes["KI710"].startswith("kubectl ingress upgrade\n")


def test_the_build_of_another_maker_is_not_judged_by_its_number() -> None:
    one = workload("rancher/nginx-ingress-controller:nginx-1.12.1-prime2")
    told = data(cluster(one, ingress_class()))
    assert told["controllers"][0]["version"] == "1.12.1-prime2"
    assert told["controllers"][0]["vulnerabilities"] == []


# Webhooks.


def hook_problems(*objects: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = data(cluster(*objects, ingress_class()))["findings"]
    return [(each["level"], each["message"]) for each in told if each["code"] == "KI705"]


def test_a_webhook_without_its_ca() -> None:
    objects = [each for each in ingress_nginx() if each["kind"] != "ValidatingWebhookConfiguration"]
    [(level, message)] = hook_problems(*objects, webhook(bundle=""))
    assert level == "error"
    assert "has no CA" in message
    [(level, message)] = hook_problems(*objects, webhook(bundle="", policy="Ignore"))
    assert level == "warning"
    assert "stored without its check" in message


@pytest.mark.parametrize(
    ("mark", "again"),
    [
        ("0.1.0", ""),
        ("0.1.0 kong 3.9.3", " kong"),
        ("0.1.0 kong sha256:0123456789ab", " kong --manifest FILE"),
        ("0.1.0 --manifest", " --manifest FILE"),
    ],
)
def test_a_webhook_without_its_ca_is_mended_by_what_made_it(mark: str, again: str) -> None:
    objects = ingress_nginx(annotations={"kubectl-ingress/installed-by": mark})
    objects = [each for each in objects if each["kind"] != "ValidatingWebhookConfiguration"]
    told = data(cluster(*objects, ingress_class(), webhook(bundle="")))["findings"]
    [fix] = [each["fix"] for each in told if each["code"] == "KI705"]
    assert fix == f"kubectl ingress install{again}"


def test_a_webhook_with_nothing_behind_it_is_not_asked() -> None:
    found = cluster(*ingress_nginx(answers=False), ingress_class())
    assert "no ready endpoint" in problems(found)["KI705"]
    assert all(asked.method == "GET" for asked in found.requests)


def test_a_webhook_that_somebody_left_behind() -> None:
    [(level, message)] = hook_problems(webhook("old", "gone/old"))
    assert level == "error"
    assert "there is no Service gone/old" in message
    assert hook_problems(webhook("old", "gone/old", resource="*")) == []
    assert hook_problems(webhook("other", "shop/other"), endpoints("other", "shop")) == []


def test_a_webhook_that_another_one_hides() -> None:
    found = cluster(*WHOLE)
    found.fail("POST", "/ingresses$", unanswered("validate.kyverno.svc"))
    told = data(found)["controllers"][0]["webhook"]
    assert told["answers"] is None
    assert told["said"] == "the webhook validate.kyverno.svc fails before it"


def test_a_webhook_that_says_no_answers() -> None:
    found = cluster(*WHOLE)
    error = WebhookDenied("ingresses are refused by the admission webhook")
    error.webhook = "validate.ingress-nginx-admission"
    found.fail("POST", "/ingresses$", error, times=1)
    assert data(found)["controllers"][0]["webhook"]["answers"] is True
    found.fail("POST", "/ingresses$", ApiRefused("admission webhook x does not support dry run"))
    told = data(found)["controllers"][0]["webhook"]
    assert (told["answers"], "dry run" in told["said"]) == (None, True)


def test_a_webhook_that_keeps_silent() -> None:
    found = cluster(*WHOLE)
    found.fail("POST", "/ingresses$", ApiUnreachable("no answer within 12 s"))
    assert data(found)["controllers"][0]["webhook"]["answers"] is False
