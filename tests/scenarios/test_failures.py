"""Failures of docs/failures.md that objects decide: produced, told, mended by what was told.

Each is applied with kubectl and met with curl through the load balancer; lint finds it in the
cluster and in the file; once its fix is done, the same request is answered well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .failing import (
    APPLICATION,
    CONTROLLER,
    NAMESPACE,
    PLAIN,
    SECONDS,
    SERVICE,
    Sent,
    edited,
    ingress,
    install,
    quiet,
    run_fix,
    sees,
    told,
)

if TYPE_CHECKING:
    from .world import World


@pytest.fixture(scope="module", autouse=True)
def _installed(bed: World) -> None:
    install(bed)


@pytest.fixture(autouse=True)
def _restored(bed: World) -> Iterator[None]:
    yield
    bed.kubectl("delete", "ingress", "--all")


@dataclass(frozen=True)
class Failure:
    """Something that does not work: `wrong` is applied, and `changes` are what the fix says.

    `seen` and `then` are what curl sees before and after. `refused` is how the webhook puts it,
    and `warned` what it warns of before; then it is stored while nobody is asked.
    """

    code: str
    wrong: str
    seen: str
    changes: tuple[tuple[str, str], ...]
    then: str = "status 200"
    sent: Sent = PLAIN
    refused: str = ""
    warned: str = ""


NGINX = "nginx.ingress.kubernetes.io"
WEBHOOK = f"validate.{NGINX}"
FAILURES = {
    5: Failure(
        "KI406",
        ingress().replace("{}", '{"nginx.org/redirect-to-https": "true"}'),
        "status 200",
        (("nginx.org/redirect-to-https", f"{NGINX}/force-ssl-redirect"),),
        "status 308",
    ),
    6: Failure(
        "KI403",
        ingress(path="/app", rewrite_taget="/other"),
        "GET /app HTTP/1.1",
        (("rewrite-taget", "rewrite-target"),),
        "GET /other HTTP/1.1",
        Sent("/app"),
    ),
    10: Failure("KI103", ingress(backend="wbe:80"), "status 503", (("wbe", "web"),)),
    11: Failure("KI104", ingress(backend="web:81"), "status 503", (("81", "80"),)),
    28: Failure(
        "KI404",
        ingress(configuration_snippet='more_set_headers "X: y";'),
        "status 404",
        ((f'"{NGINX}/configuration-snippet": "more_set_headers \\"X: y\\";"', ""),),
        refused=f"{NGINX}/configuration-snippet annotation cannot be used. Snippet directives are"
        " disabled by the Ingress administrator",
    ),
    29: Failure(
        "KI711",
        ingress(path="/app(/|$)(.*)", rewrite_target="/$2"),
        # The controller itself takes it.
        "GET /site.css HTTP/1.1",
        (("pathType: Prefix", "pathType: ImplementationSpecific"),),
        "GET /site.css HTTP/1.1",
        Sent("/app/site.css"),
        "ingress contains invalid paths: path /app(/|$)(.*) cannot be used with pathType Prefix",
        "path /app(/|$)(.*) cannot be used with pathType Prefix",
    ),
    31: Failure(
        "KI510",
        ingress(path="/app", rewrite_target="/"),
        "GET / HTTP/1.1",
        (
            ('rewrite-target": "/"', 'rewrite-target": "/$2"'),
            ("path: /app", "path: /app(/|$)(.*)"),
            ("pathType: Prefix", "pathType: ImplementationSpecific"),
        ),
        "GET /site.css HTTP/1.1",
        Sent("/app/site.css"),
    ),
}


def store_unasked(bed: World, wrong: str, *words: str) -> None:
    """Applies it while the webhook is down, and the API server does without."""
    patch = ("patch", "validatingwebhookconfiguration", "ingress-nginx-admission", "-p")
    policy = '{"webhooks": [{"name": "%s", "failurePolicy": "%s"}]}'

    def look() -> bool:
        # The API server takes a moment to see the other policy.
        return not bed.kubectl("apply", *words, "-f", "-", input=wrong, check=False).returncode

    bed.kubectl(*patch, policy % (WEBHOOK, "Ignore"))
    bed.node.webhook_enabled = False
    try:
        bed.wait_for(look, SECONDS, "it is stored")
    finally:
        bed.node.webhook_enabled = True
        bed.kubectl(*patch, policy % (WEBHOOK, "Fail"))


def is_refused(bed: World, wrong: str, why: str, *words: str, warned: str = "") -> None:
    """kubectl apply fails with the webhook's sentence, in a dry run too; nothing is kept."""
    sentence = f'admission webhook "{WEBHOOK}" denied the request: {why}\n'
    for dry in ((), ("--dry-run=server",)):
        done = bed.kubectl("apply", *words, *dry, "-f", "-", input=wrong, check=False)
        assert done.returncode == 1, done.stdout
        assert "Error from server (BadRequest): error when creating" in done.stderr
        assert done.stderr.endswith(sentence), done.stderr
        assert done.stderr.startswith(f"Warning: {warned}\n" if warned else "Error"), done.stderr


@pytest.mark.parametrize("row", FAILURES)
def test_it_is_produced_told_and_mended(bed: World, row: int) -> None:
    case = FAILURES[row]
    if case.refused:
        is_refused(bed, case.wrong, case.refused, warned=case.warned)
        store_unasked(bed, case.wrong)
    else:
        bed.apply(case.wrong)
    sees(bed, case.seen, case.sent)
    told(bed, case.code, "web")
    files = ("--controller", "ingress-nginx", "-f", "-")
    in_file = told(bed, case.code, "web", *files, input=f"{case.wrong}---\n{APPLICATION}")
    right = edited(case.wrong, case.changes, in_file)
    bed.apply(right)
    sees(bed, case.then, case.sent)
    quiet(bed, case.code)
    quiet(bed, case.code, *files, input=f"{right}---\n{APPLICATION}")


def test_one_ingress_freezes_all_others(bed: World) -> None:
    """Row 0."""
    bed.apply(ingress())
    sees(bed, "status 200")
    # The webhook refuses them the other way round only.
    pair = f"{ingress('one', 'b.example', '/x/')}---\n{ingress('two', 'b.example', '/x')}"
    bed.apply(pair)
    told(bed, "KI501", "two", "-f", "-", input=pair)
    finding = told(bed, "KI501", "two")
    bed.apply(ingress("new", "new.example"))
    # Whoever was there is served on, and nobody else is.
    sees(bed, "status 200")
    sees(bed, "status 404", Sent(host="new.example"))
    assert "delete" in finding["fix"]
    bed.kubectl("delete", "ingress", "two")
    sees(bed, "status 200", Sent(host="new.example"))
    quiet(bed, "KI501")


def test_the_setting_stands_where_nobody_reads_it(bed: World) -> None:
    """Row 33."""
    bed.apply(ingress())
    name, flag = "nginx.ingress.kubernetes.io/proxy-body-size", f"-n={CONTROLLER}"
    patch = '{"data": {"proxy-body-size": "1k"}}'
    bed.kubectl("patch", "configmap", SERVICE, flag, "--type=merge", "-p", patch)
    bed.kubectl("annotate", "configmap", SERVICE, flag, f"{name}=512k")
    upload = Sent(upload=100_000)
    try:
        sees(bed, "status 413", upload)
        finding = told(bed, "KI407", SERVICE)
        assert finding["fix"] == "data: proxy-body-size"
        bed.kubectl("annotate", "configmap", SERVICE, flag, f"{name}-")
        patch = '{"data": {"proxy-body-size": "512k"}}'
        bed.kubectl("patch", "configmap", SERVICE, flag, "--type=merge", "-p", patch)
        sees(bed, "status 200", upload)
        quiet(bed, "KI407")
    finally:
        patch = '{"data": {"proxy-body-size": null}}'
        bed.kubectl("patch", "configmap", SERVICE, flag, "--type=merge", "-p", patch)


def test_an_external_name_that_is_an_address(bed: World) -> None:
    """Row 47: the Service has the address of a pod for its name."""
    address = next(iter(bed.endpoints("web", NAMESPACE).values()))
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: ext}\nspec: "
    named = f"{{type: ExternalName, externalName: {address}, ports: [{{port: 80}}]}}\n"
    both = f"{service}{named}---\n{ingress(backend='ext:80')}"
    bed.apply(both)
    try:
        sees(bed, "status 503")
        told(bed, "KI110", "web", "-f", "-", input=both)
        finding = told(bed, "KI110", "web")
        assert (
            finding["fix"] == "a Service without selector, and an EndpointSlice with this address"
        )
        bed.kubectl("delete", "service", "ext")
        bed.apply(f"{service}{{ports: [{{port: 80, targetPort: 8080}}]}}\n")
        bed.apply(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n"
            "metadata: {name: ext-1, labels: {kubernetes.io/service-name: ext}}\n"
            f"endpoints: [{{addresses: ['{address}']}}]\nports: [{{port: 8080}}]\n"
        )
        sees(bed, "status 200")
        quiet(bed, "KI110")
    finally:
        bed.kubectl("delete", "service,endpointslice", "ext", "ext-1", "--ignore-not-found")


def test_patterns_spread_over_the_host(bed: World) -> None:
    """Row 32: a path that was Prefix is a pattern without regard to case."""
    plain, regex = ingress(path="/app"), ingress("regex", path="/api", use_regex="true")
    bed.apply(plain)
    sees(bed, "status 404", Sent("/APP"))
    bed.apply(regex)
    sees(bed, "status 200", Sent("/APP"))
    told(bed, "KI508", "regex", "-f", "-", input=f"{plain}---\n{regex}")
    finding = told(bed, "KI508", "regex")
    assert "another host" in finding["fix"]
    bed.apply(ingress("regex", "regex.example", "/api", use_regex="true"))
    sees(bed, "status 404", Sent("/APP"))
    quiet(bed, "KI508")


def test_the_same_path_in_another_namespace(bed: World) -> None:
    """Row 30."""
    bed.apply(ingress())
    sees(bed, "status 200")
    bed.kubectl("create", "namespace", "another")
    younger = ingress("z", backend="none:80")
    taken = 'host "a.example" and path "/" is already defined in ingress failures/web'
    try:
        is_refused(bed, younger, taken, "-n", "another")
        # Of two that came within one second the last by namespace and name is the older one.
        store_unasked(bed, younger, "-n", "another")
        finding = told(bed, "KI502", "z")
        assert "failures/web has it already" in finding["message"]
        sees(bed, "status 200")
    finally:
        bed.kubectl("delete", "namespace", "another")
    quiet(bed, "KI502")


def test_a_boolean_without_quotes(bed: World) -> None:
    """Row 7."""
    wrong = ingress().replace("{}", '{"nginx.ingress.kubernetes.io/ssl-redirect": false}')
    refused = bed.kubectl("apply", "-f", "-", input=wrong, check=False)
    assert refused.returncode == 1
    finding = told(bed, "KI901", "web", "-f", "-", input=wrong)
    assert "in quotes" in finding["fix"]
    right = wrong.replace("false", '"false"')
    bed.apply(right)
    quiet(bed, "KI901", "-f", "-", input=right)


def test_a_limit_answers_like_a_fault(bed: World) -> None:
    """Row 49: which status it is then is lint's word; the data plane of the bed knows 503 alone."""
    limited = ingress(limit_rps="1", limit_burst_multiplier="1")
    bed.apply(limited)
    told(bed, "KI409", "web", "-f", "-", input=limited)
    sees(bed, "status 503")
    finding = told(bed, "KI409", "web")
    run_fix(bed, finding)
    try:
        quiet(bed, "KI409")
    finally:
        patch = '{"data": {"limit-req-status-code": null}}'
        flag = f"-n={CONTROLLER}"
        bed.kubectl("patch", "configmap", SERVICE, flag, "--type=merge", "-p", patch)


def test_the_backend_speaks_tls(bed: World) -> None:
    """Row 15: nginx asks the port for TLS of nginx itself."""
    # The data plane of the bed asks no backend in TLS: that the fix is right is lint's word.
    wrong = ingress("tls", "tls.example", backend=f"{SERVICE}:https")
    flag = f"-n={CONTROLLER}"
    bed.kubectl("apply", flag, "-f", "-", input=wrong)
    try:
        sees(bed, "The plain HTTP request was sent to HTTPS port", Sent(host="tls.example"))
        finding = told(bed, "KI114", "tls")
        name, _, value = finding["fix"].partition(": ")
        bed.kubectl("annotate", flag, "ingress", "tls", f"{name}={value}")
        quiet(bed, "KI114")
    finally:
        bed.kubectl("delete", flag, "ingress", "tls")


def test_two_controllers_share_a_class(bed: World) -> None:
    """Row 4; that addresses flap takes a second controller that answers: test_status.py."""
    second = bed.get("deployment", SERVICE, "-n", CONTROLLER)
    second["metadata"] = {"name": "second", "namespace": CONTROLLER}
    # It fits nowhere: what it claims counts, and nothing of it runs.
    second["spec"]["template"]["spec"]["nodeSelector"] = {"no": "where"}
    second.pop("status")
    bed.apply(json.dumps(second))
    try:
        finding = told(bed, "KI206", "second")
        run_fix(bed, finding)
        quiet(bed, "KI206")
    finally:
        bed.kubectl("delete", "deployment", "second", "-n", CONTROLLER)
