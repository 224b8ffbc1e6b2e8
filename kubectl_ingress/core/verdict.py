"""Was the answer the right one, and if not, why: one code, one sentence, one fix."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from kubectl_ingress.core.answer import Answer, Unreachable, pod_in
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS, is_loop, stranger
from kubectl_ingress.core.objects import Finding, IngressClass
from kubectl_ingress.core.out_of_place import by_another, plain_to_tls, redirected_to_itself
from kubectl_ingress.core.question import Controller, Question, doctor_command
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Backend, Decision, OutcomeKind
from kubectl_ingress.core.unreached import unreached


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


def judge(
    decision: Decision, answer: Answer | Unreachable, controller: Controller, question: Question
) -> Verdict:
    """Compare what should happen with what did."""
    if isinstance(answer, Unreachable):
        return Verdict("error", *unreached(decision, answer, controller, question))
    expectation = question.expectation
    if expectation.given:
        unmet = expectation.unmet(answer)
        if unmet:
            return Verdict("error", f"{unmet}{_because(decision, answer)}", "KI108", _fix(decision))
        return Verdict("ok", "as expected")
    if _loops(decision, answer, controller, question.plan.request.url):
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


def _loops(decision: Decision, answer: Answer, controller: Controller, url: str) -> bool:
    if is_loop(answer, url):
        return True
    # Its redirect to https cuts a slash off the end; one that was asked for may do that, too.
    own = decision.outcome.kind is OutcomeKind.FORWARD and controller.wrote(answer)
    return own and is_loop(answer, url.removesuffix("/"))


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
        fix = command("logs", "-n", backend.namespace, min(pods, default="POD"))
        fix += "\nkubectl ingress explain KI106"
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
    guarded = _by_a_guard(decision, answer, controller, question)
    if guarded is not None:
        return guarded
    protocol = question.protocol
    if protocol is not None and answer.status in (502, 503):
        sentence = (
            f"{backend} should have answered, but {controller.title} sent {answer.status} itself:"
            f" it asks the pods in {protocol.text}, by {_named(protocol.field, protocol.source)},"
            " and probably they speak plain HTTP"
        )
        return Verdict("error", sentence, "KI114", f"{doctor_command(decision)}\n{controller.logs}")
    if answer.status not in (502, 504):
        sentence = f"{backend} should have answered, but {controller.title} sent {answer.status}"
        sentence += " itself"
        if not question.waited:
            sentence += "; right after a change it may not have loaded it yet"
        return Verdict("error", sentence, "KI107", question.later(decision))
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
    look = command("get", "pods", "-n", backend.namespace, "-o", "wide")
    return Verdict("error", sentence, "KI109", look)


def _by_a_guard(
    decision: Decision, answer: Answer, controller: Controller, question: Question
) -> Verdict | None:
    """What of the route's own guards answers with this status, None for none of them."""
    limit = next((f for f in decision.findings if f.code == "KI405"), None)
    if limit is not None and answer.status in (429, 503):
        sentence = f"{controller.title} sent {answer.status} itself, by a limit: {limit.message}"
        return Verdict("error", sentence, "KI405", limit.fix)
    found = [one for one in decision.findings if answer.status in one.statuses]
    if not found:
        return None
    why = "; or ".join(dict.fromkeys(one.message for one in found))
    sentence = f"{controller.title} sent {answer.status} itself: {why}"
    fixes = (_with_password(answer, question), *(one.fix for one in found), controller.logs)
    return Verdict("error", sentence, "KI401", next(filter(None, fixes)))


def _with_password(answer: Answer, question: Question) -> str:
    """The command that sends one, "" where none is asked for, or one was sent."""
    scheme = (answer.header("www-authenticate") or "").partition(" ")[0]
    sent = question.plan.request.header("authorization")
    asked = answer.status == 401 and scheme.lower() == "basic"
    return f"{question.again} -u USER:PASSWORD" if asked and sent is None else ""


def _named(field: tuple[str | int, ...], source: str) -> str:
    """A setting and the object that has it, as far as they are known."""
    return " of ".join(str(one) for one in (*field[-1:], source) if one)


def _redirected(decision: Decision, answer: Answer, question: Question) -> Verdict:
    outcome = decision.outcome
    location = answer.header("location")
    if answer.status == outcome.status and location == outcome.location:
        sentence = f"redirected to {location}, as predicted; not followed (-L)"
        return _with_doubts(decision, Verdict("ok", sentence))
    came = f"{answer.status} to {location}" if location else str(answer.status)
    sentence = f"a redirect {outcome.status} to {outcome.location} was predicted, {came} came"
    return Verdict("error", sentence, "KI107", question.later(decision))


def _replied(
    decision: Decision, answer: Answer, controller: Controller, question: Question
) -> Verdict:
    reason = _reason(decision)
    expected = decision.outcome.status
    if answer.status != expected:
        wrote = controller.wrote(answer)
        guarded = _by_a_guard(decision, answer, controller, question) if wrote else None
        if guarded is not None:
            return guarded
        why = f", because {reason.message}" if reason else ""
        sentence = f"{controller.title} should have sent {expected}{why}; {answer.status} came"
        level = "warning" if decision.uncertain and answer.status < 400 else "error"
        return Verdict(level, sentence, "KI107", question.later(decision))
    if answer.status < 400:
        if decision.route is None and reason is not None:
            # A page of the controller's own, as for health checks, is nobody's application.
            asked_for = f"{question.again} --expect-status {answer.status}"
            return Verdict("error", reason.message, reason.code, f"{asked_for}\n{reason.fix}")
        return Verdict("ok", f"answered by {controller.title} itself, as predicted")
    reason = reason or _at_a_guard(decision, answer, controller, question)
    message = reason.message if reason else f"{controller.title} answers {answer.status} here"
    if not controller.wrote(answer):
        other = stranger(answer, controller.name, forwarded=False)
        if other:
            return Verdict("error", *by_another(other, answer, controller, question))
        if controller.page:
            message += f" (but the page is not one of {controller.title}'s)"
    return Verdict(
        "error", message, reason.code if reason else "KI107", reason.fix if reason else ""
    )


def _reason(decision: Decision) -> Finding | None:
    """Why it gets no further, None where nobody says so; what may answer else is none."""
    return next((one for one in decision.findings if not one.statuses), None)


def _at_a_guard(
    decision: Decision, answer: Answer, controller: Controller, question: Question
) -> Finding | None:
    """The setting that keeps the request from the backend, None where no step tells it."""
    step = next((one for one in decision.steps if not one.passed), None)
    if step is None:
        return None
    named = _named(step.field, step.source)
    by = f", by {named}" if named else ""
    message = f"{controller.title} sends {answer.status} itself{by}: {step.text}"
    fix = _with_password(answer, question) or edit_command(step.source)
    return Finding("KI401", "error", message, step.source, fix=fix)


def _with_doubts(decision: Decision, verdict: Verdict) -> Verdict:
    """A doubt that names its statuses is over when another one came."""
    doubt = next((f for f in decision.findings if f.code == "KI401" and not f.statuses), None)
    if doubt is None:
        return verdict
    return Verdict("warning", f"{verdict.sentence}; {doubt.message}", doubt.code)


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
