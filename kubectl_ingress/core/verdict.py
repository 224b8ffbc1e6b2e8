"""Was the answer the right one, and if not, why: one code, one sentence, one fix."""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Failure, Plan, Unreachable, pod_in
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS, is_loop, is_own, stranger
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.objects import Finding, IngressClass
from kubectl_ingress.core.out_of_place import by_another, plain_to_tls, redirected_to_itself
from kubectl_ingress.core.request import Backend, Decision, OutcomeKind


class Verdict(Struct, frozen=True):
    """`level` is ok, warning (passed, with a word) or error; `code` is "" when all is well."""

    level: str
    sentence: str
    code: str = ""
    fix: str = ""

    @property
    def passed(self) -> bool:
        """Whether the shell gets a 0."""
        return self.level != "error"


class Expectation(Struct, frozen=True):
    """What the user asked for; empty means not asked.

    `statuses` are as typed: 200, 2xx. `body` is text that must occur.
    """

    statuses: tuple[str, ...] = ()
    body: str = ""

    @property
    def given(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.statuses or self.body)

    def unmet(self, answer: Answer) -> str:
        """What is not as asked, "" if all is."""
        if self.statuses and not any(status_fits(answer.status, s) for s in self.statuses):
            return f"the status is {answer.status}, expected {' or '.join(self.statuses)}"
        if self.body and self.body not in answer.text:
            read = f"the first {len(answer.body):,} bytes of the body" if answer.truncated else ""
            verb = "do" if read else "does"
            return f"{read or 'the body'} {verb} not hold {self.body!r}"
        return ""


def status_fits(status: int, wanted: str) -> bool:
    """Whether a status is ``200`` or of the class ``2xx``."""
    if wanted.lower().endswith("xx"):
        return str(status)[0] == wanted[0]
    return str(status) == wanted


class Controller(Struct, frozen=True):
    """What the verdict must know of the controller.

    `page` is text that its own error pages hold, "" where it has none that is known,
    `fake_certificate` the name of the certificate it presents for hosts without one, ""
    for none. `entry` is the ``namespace/name`` of what traffic comes in by, "" where nobody
    knows it, and `kind` what that is. `ready` and `desired` count its pods.
    """

    title: str
    page: str
    entry: str
    ready: int
    desired: int
    fake_certificate: str = ""
    name: str = ""
    kind: str = "service"

    @property
    def look(self) -> str:
        """The command that shows what is known of its entry."""
        namespace, _, name = self.entry.partition("/")
        if not name:
            return "kubectl ingress doctor"
        return f"kubectl describe {self.kind} -n {namespace} {name}"

    def wrote(self, answer: Answer) -> bool:
        """Whether the answer looks like one of the controller itself."""
        if answer.status < 300:
            return False
        return self.page in answer.text if self.page else is_own(answer, self.name)


class Question(Struct, frozen=True):
    """What was asked: the plan, what is expected, and the command that asks it again.

    `pods` are the names of all pods in the cluster that an answer may hold. `mapped` is
    whether a file of the cluster's own says where its load balancers are, and not DNS.
    """

    plan: Plan
    expectation: Expectation
    again: str
    pods: frozenset[str] = frozenset()
    mapped: bool = False


def judge(
    decision: Decision, answer: Answer | Unreachable, controller: Controller, question: Question
) -> Verdict:
    """Compare what should happen with what did."""
    if isinstance(answer, Unreachable):
        return _unreachable(answer, controller, question)
    expectation = question.expectation
    if expectation.given:
        unmet = expectation.unmet(answer)
        if unmet:
            return Verdict("error", f"{unmet}{_because(decision, answer)}", "KI108", _fix(decision))
        return Verdict("ok", "as expected")
    if is_loop(answer, question.plan.request.url):
        return Verdict("error", *redirected_to_itself(answer, controller, question))
    match decision.outcome.kind:
        case OutcomeKind.FORWARD:
            return _forwarded(decision, answer, controller, question)
        case OutcomeKind.REDIRECT:
            return _redirected(decision, answer, question)
        case OutcomeKind.REFUSED:
            finding = decision.findings[0]
            return Verdict("error", finding.message, finding.code, finding.fix)
        case _:
            return _replied(decision, answer, controller, question)


def _forwarded(
    decision: Decision, answer: Answer, controller: Controller, question: Question
) -> Verdict:
    backend = decision.outcome.backends[0]
    pods = decision.outcome.pods
    if answer.status == 400 and PLAIN_TO_TLS in answer.text:
        return Verdict("error", *plain_to_tls(backend, question))
    if answer.status >= 400 and controller.wrote(answer):
        return _broken_on_the_way(backend, answer, controller, question, decision)
    other = stranger(answer, controller.name, forwarded=True)
    if other:
        return Verdict("error", *by_another(other, answer, controller, question))
    if answer.status >= 400:
        sentence = (
            f"the route works, and {backend} itself answered {answer.status}"
            f" (it was asked for {decision.outcome.upstream_path})"
        )
        fix = f"kubectl logs -n {backend.namespace} {min(pods, default='POD')}"
        return Verdict("error", sentence, "KI106", fix)
    elsewhere = "" if pod_in(answer, pods) else pod_in(answer, question.pods)
    if elsewhere:
        sentence = f"pod {elsewhere} answered, to which this route does not lead"
        return Verdict("warning", sentence, "KI111", "kubectl get endpointslices -A")
    return _with_doubts(decision, Verdict("ok", "answered by the application, as predicted"))


def _broken_on_the_way(
    backend: Backend,
    answer: Answer,
    controller: Controller,
    question: Question,
    decision: Decision,
) -> Verdict:
    limit = next((f for f in decision.findings if f.code == "KI405"), None)
    if limit is not None and answer.status in (429, 503):
        sentence = f"{controller.title} sent {answer.status} itself, by a limit: {limit.message}"
        return Verdict("error", sentence, "KI405", limit.fix)
    if answer.status not in (502, 504):
        sentence = (
            f"{backend} should have answered, but {controller.title} sent {answer.status} itself;"
            " right after a change it may not have loaded it yet"
        )
        return Verdict("error", sentence, "KI107", f"{question.again} --wait 30s")
    port = backend.endpoints[0].port if backend.endpoints else backend.port
    what = (
        "refused or broke the connection; probably the container does not listen on port"
        f" {port}, to which the Service leads"
    )
    if answer.status == 504:
        what = (
            f"did not answer within {answer.timings.total:.0f} s: a NetworkPolicy may shut the"
            f" controller out of port {port}, or the read timeout is too short"
        )
    sentence = f"{controller.title} sent the request to {backend}, which {what}"
    return Verdict("error", sentence, "KI109", f"kubectl get pods -n {backend.namespace} -o wide")


def _redirected(decision: Decision, answer: Answer, question: Question) -> Verdict:
    outcome = decision.outcome
    location = answer.header("location")
    if answer.status == outcome.status and location == outcome.location:
        return _with_doubts(decision, Verdict("ok", f"redirected to {location}, as predicted"))
    came = f"{answer.status} to {location}" if location else str(answer.status)
    sentence = f"a redirect {outcome.status} to {outcome.location} was predicted, {came} came"
    return Verdict("error", sentence, "KI107", f"{question.again} --wait 30s")


def _replied(
    decision: Decision, answer: Answer, controller: Controller, question: Question
) -> Verdict:
    reason = decision.findings[0] if decision.findings else None
    expected = decision.outcome.status
    if answer.status != expected:
        why = f", because {reason.message}" if reason else ""
        sentence = f"{controller.title} should have sent {expected}{why}; {answer.status} came"
        level = "warning" if decision.uncertain and answer.status < 400 else "error"
        return Verdict(level, sentence, "KI107", f"{question.again} --wait 30s")
    if answer.status < 400:
        return Verdict("ok", f"answered by {controller.title} itself, as predicted")
    message = reason.message if reason else f"{controller.title} answers {answer.status} here"
    if not controller.wrote(answer):
        other = stranger(answer, controller.name, forwarded=False)
        if other:
            return Verdict("error", *by_another(other, answer, controller, question))
        if controller.page:
            message += f" (but the page is not one of {controller.title}'s)"
    return Verdict("error", message, reason.code if reason else "KI107", _fix(decision))


def _with_doubts(decision: Decision, verdict: Verdict) -> Verdict:
    doubt = next((f for f in decision.findings if f.code == "KI401"), None)
    if doubt is None:
        return verdict
    return Verdict("warning", f"{verdict.sentence}; {doubt.message}", doubt.code)


def _unreachable(answer: Unreachable, controller: Controller, question: Question) -> Verdict:
    plan = question.plan
    where = f"{plan.address} port {plan.port}"
    look = controller.look
    match answer.why:
        case Failure.NAME if question.mapped and _is_no_new_name(plan):
            sentence = (
                f"nothing leads to {where} here: {answer.detail}, which says where the load"
                " balancers of this cluster are"
            )
            fix = f"{question.again} --via controller"
            if plan.request.port is not None:
                fix = f"kubectl ingress test {replace(plan.request, port=None).url}"
            return Verdict("error", sentence, "KI640", fix)
        case Failure.NAME:
            sentence = (
                f"the name {plan.address} does not resolve ({answer.detail}); a new load balancer's"
                " name can take minutes, and a failed look-up is remembered for up to 15"
            )
            return Verdict("error", sentence, "KI602", f"{question.again} --wait 5m")
        case Failure.TLS:
            return _tls_failed(answer, controller, question)
        case _ if controller.ready == 0:
            sentence = f"{where}: {answer.why}, and no pod of {controller.title} is ready"
            namespace = controller.entry.partition("/")[0]
            return Verdict("error", sentence, "KI204", f"kubectl get pods -n {namespace}")
        case Failure.GARBAGE:
            sentence = f"{where}: what answers does not speak HTTP as it should ({answer.detail})"
            return Verdict("error", sentence, "KI630", f"{look}\n{question.again} -v")
        case Failure.TIMEOUT if answer.timings.first_byte is not None:
            sentence = f"{where}: an answer began, and did not end within {plan.max_time:g} s"
            return Verdict("error", sentence, "KI631", f"{question.again} --max-time 120")
        case Failure.TIMEOUT:
            limit = plan.limit(answer.phase)
            phase = {"connect": "to connect", "tls": "for TLS"}.get(answer.phase, "for an answer")
            sentence = (
                f"{where}: waited {limit:g} s {phase}, and nothing came; a firewall"
                " or security group that drops packets looks like this"
            )
            return Verdict("error", sentence, "KI604", look)
        case Failure.BROKEN:
            sentence = f"{where}: connected, then the connection broke ({answer.detail})"
            return Verdict("error", sentence, "KI605", look)
        case _:
            sentence = f"{where}: {answer.why}; probably the load balancer has no healthy target"
            return Verdict("error", sentence, "KI603", look)


def _is_no_new_name(plan: Plan) -> bool:
    """Whether waiting for a name is in vain: it has none, or a port of its own was asked for."""
    address = plan.address
    return plan.request.port is not None or address == "localhost" or is_ip(address)


def _tls_failed(answer: Unreachable, controller: Controller, question: Question) -> Verdict:
    plan, certificate = question.plan, answer.certificate
    host, fix = plan.request.host, f"{question.again} -k"
    if certificate is None:
        sentence = f"TLS with {plan.address} port {plan.port} failed: {answer.detail}"
        fix = f"{question.again} -v"
        if "certificate required" in answer.detail:
            fix = f"{question.again} --cert FILE --key FILE"
    elif controller.fake_certificate and certificate.subject == controller.fake_certificate:
        sentence = (
            f"{controller.title} has no certificate for {host} and presents its own fake one, which"
            f" no client accepts ({answer.detail}); a Secret in its spec.tls gives it one"
        )
        secret = host.replace(".", "-").replace("*", "wildcard")
        fix = f"kubectl create secret tls {secret} --cert=FILE --key=FILE\n{fix}"
    else:
        names = ", ".join(certificate.names) or "no name"
        sentence = (
            f"the certificate for {host} is not accepted: {answer.detail}; it is"
            f" {certificate.subject!r} by {certificate.issuer!r}, for {names}, until"
            f" {certificate.not_after[:10]}"
        )
    return Verdict("error", sentence, "KI301", fix)


def _because(decision: Decision, answer: Answer) -> str:
    reason = decision.findings[0] if decision.findings else None
    if reason is None or answer.status != decision.outcome.status:
        return ""
    return f"; {reason.message}"


def _fix(decision: Decision) -> str:
    return decision.findings[0].fix if decision.findings else ""


def no_controller(
    classes: Collection[IngressClass], known: Collection[str], titles: str
) -> Verdict:
    """There is nobody to send the request to.

    `known` are the IngressClass.spec.controller that were looked for, `titles`
    what these controllers are called.
    """
    served = sorted(c.meta.name for c in classes if c.controller in known)
    foreign = sorted(
        f"{c.meta.name} ({c.controller})" for c in classes if c.controller not in known
    )
    sentence = "no ingress controller runs in this cluster, so no Ingress has any effect"
    if served:
        sentence = f"no controller runs for the class {', '.join(served)}: its Ingresses do nothing"
    elif foreign:
        sentence = (
            f"no {titles} runs in this cluster; {', '.join(foreign)} may be served by another"
            " controller, which is not looked at yet"
        )
    return Verdict("error", sentence, "KI203", "kubectl ingress install")


def no_address(finding: Finding) -> Verdict:
    """The load balancer is not there yet."""
    return Verdict("error", finding.message, finding.code, finding.fix)


_STATUS = re.compile(r"[1-5](\d\d|xx)", re.IGNORECASE)


def is_status(text: str) -> bool:
    """Whether `text` may stand after --expect-status."""
    return bool(_STATUS.fullmatch(text))
