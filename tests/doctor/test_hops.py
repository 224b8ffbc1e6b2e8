"""What is said of answers at the load balancer of a controller that does not run in the cluster."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Certificate, Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.checkup import Checked, State
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.report import Found
from kubectl_ingress.doctor.hops import ask
from kubectl_ingress.env import Environment
from tests.fakes import FakeCluster
from tests.inventory.objects import leading, workload
from tests.manifests import ingress, ingress_class, path
from tests.running import FakeProber, answer

from .cases import case_of

FAKE = "Kubernetes Ingress Controller Fake Certificate"


def asked(result: Answer | Unreachable, said: str = "", **spec: Any) -> Checked:
    """The line of the one request to an Ingress with a load balancer of its own.

    `said` is the fix of a KI302 that stands in lines above.
    """
    own = ingress("web", "a.example", **spec)
    own["status"] = {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}
    case = case_of(own)
    if said:
        told = Found(Finding("KI302", "error", "", "Ingress default/web", fix=said), "certificate")
        case = replace(case, report=replace(case.report, found=(told,)))
    [live] = case.live
    case = replace(case, live=(replace(live, running=None),))
    plans: list[Plan] = []

    def reply(plan: Plan) -> Answer | Unreachable:
        plans.append(plan)
        return result

    environment = Environment(make_prober=lambda _: FakeProber(reply))
    [section] = ask(environment, FakeCluster(), case, 5.0)  # type: ignore[arg-type]
    assert [plan.address for plan in plans] == ["203.0.113.7"]
    return section.lines[0]


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        (FAKE, "ingress-nginx has no certificate for a.example and presents its own fake one"),
        ("other", "the certificate for a.example is not accepted: self-signed; it is 'other'"),
    ],
)
def test_its_own_certificate_is_known(subject: str, sentence: str) -> None:
    shown = Certificate(subject, subject, ("a.example",), "2036-01-01T00:00:00Z")
    failed = Unreachable(Failure.TLS, "self-signed", "tls", Timings(0.1), certificate=shown)
    # That no TLS section names the host, lint has no word for.
    line = asked(failed)
    assert line.finding is not None
    assert line.finding.code == "KI301"
    assert sentence in line.finding.message
    assert "no TLS section covers a.example" in line.finding.message
    # The line above has said what is wrong with the Secret, and what mends it.
    fix = "kubectl create secret tls t -n default --cert=FILE --key=FILE"
    line = asked(failed, fix, tls=[{"hosts": ["a.example"], "secretName": "t"}])
    assert (line.finding, line.text) == (None, "TLS failed: KI302, as above")


def test_a_guard_that_keeps_the_request_out_breaks_nothing() -> None:
    page = "<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>"
    guarded = {"nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8"}
    line = asked(answer(403, page), annotations=guarded)
    assert (line.finding, line.state) == (None, State.SKIPPED)
    assert line.text.startswith("403, ")
    assert line.text.endswith("kept out by a guard of its own; what is behind was not asked")
    # Nobody is kept out there.
    assert asked(answer(403, page)).finding is not None


def test_a_path_for_which_nothing_is_sent_is_named() -> None:
    odd = [path(written, kind="ImplementationSpecific") for written in ("/a;$(b${c}d", "/(?=x)y")]
    [section] = ask(Environment(), FakeCluster(), case_of(ingress("web", "a.example", *odd)), 5.0)  # type: ignore[arg-type]
    [line] = section.lines
    assert line.state is State.SKIPPED
    assert line.text.startswith("none is sent for /a;$(b${c}d and 1 more: ")


TRAEFIK = workload("traefik:v3.7.0", "traefik/traefik")


@pytest.mark.parametrize(("controller", "sent"), [("traefik", "https"), ("ingress-nginx", "http")])
def test_where_the_ingress_does_not_say_it_a_pod_is_asked_in_what_it_speaks(
    controller: str, sent: str
) -> None:
    """Traefik is told on Services; what speaks TLS there is well, as far as anybody knows."""
    own = "traefik" if controller == "traefik" else "nginx"
    traefik = [
        TRAEFIK,
        leading("traefik/traefik", to="traefik", address="203.0.113.7"),
        ingress_class("traefik", "traefik.io/ingress-controller"),
    ]
    case = case_of(*traefik, ingress("web", "a.example", ingressClassName=own))

    def reply(plan: Plan) -> Answer | Unreachable:
        is_pod = plan.address.startswith("10.0.0.")
        return answer() if is_pod and plan.request.scheme == "https" else answer(400, PLAIN_TO_TLS)

    prober = FakeProber(reply)
    environment = Environment(make_prober=lambda _: prober, reaches=lambda *_: True)
    [section] = ask(environment, FakeCluster(), case, 5.0)  # type: ignore[arg-type]
    [pod] = [line for line in section.lines if line.label == "  pod"]
    assert pod.state is (State.FINE if sent == "https" else State.ERROR)
    schemes = [plan.request.scheme for plan in prober.plans if plan.address.startswith("10.0.0.")]
    assert schemes[-1] == sent
    found = section.lines[0].finding
    assert found is not None
    assert ("nginx.ingress.kubernetes.io" in found.fix) == (controller == "ingress-nginx")


def test_who_else_answers_is_known() -> None:
    line = asked(answer(404, "no Route matched with those values"))
    assert line.finding is not None
    assert line.finding.code == "KI612"
    assert "Kong answered 404 itself, not ingress-nginx" in line.finding.message
