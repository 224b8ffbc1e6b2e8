"""What is wrong where no answer came: the name, the connection, TLS, or time."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_ingress.core.answer import Failure, Plan, Unreachable
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.out_of_place import Reason
from kubectl_ingress.core.question import Controller, Question
from kubectl_ingress.core.request import Decision


def unreached(
    decision: Decision, answer: Unreachable, controller: Controller, question: Question
) -> Reason:
    """Why nothing came, or nothing that may be read."""
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
                url = replace(plan.request, port=None).url
                fix = command("ingress", "test", url)
            return (sentence, "KI640", fix)
        case Failure.NAME:
            sentence = (
                f"the name {plan.address} does not resolve ({answer.detail}); a new load balancer's"
                " name can take minutes, and a failed look-up is remembered for up to 15"
                " minutes"
            )
            return (sentence, "KI602", f"{question.again} --wait 5m")
        case Failure.TLS:
            return _tls_failed(decision, answer, controller, question)
        case _ if controller.ready == 0:
            sentence = f"{where}: {answer.why}, and no pod of {controller.title} is ready"
            return (sentence, "KI204", controller.mend or look)
        case Failure.GARBAGE:
            sentence = f"{where}: what answers does not speak HTTP as it should ({answer.detail})"
            return (sentence, "KI630", f"{look}\n{question.again} -v")
        case Failure.TIMEOUT if answer.timings.first_byte is not None:
            sentence = f"{where}: an answer began, and did not end within {plan.max_time:g} s"
            return (sentence, "KI631", f"{question.again} --max-time 120")
        case Failure.TIMEOUT:
            limit = plan.limit(answer.phase)
            phase = {"connect": "to connect", "tls": "for TLS"}.get(answer.phase, "for an answer")
            sentence = (
                f"{where}: waited {limit:g} s {phase}, and nothing came; a firewall"
                " or security group that drops packets looks like this"
            )
            return (sentence, "KI604", look)
        case Failure.BROKEN:
            sentence = f"{where}: connected, then the connection broke ({answer.detail})"
            return (sentence, "KI605", look)
        case _:
            sentence = f"{where}: {answer.why}; probably the load balancer has no healthy target"
            return (sentence, "KI603", look)


def _is_no_new_name(plan: Plan) -> bool:
    """Whether waiting for a name is in vain: it has none, or a port of its own was asked for."""
    address = plan.address
    return plan.request.port is not None or address == "localhost" or is_ip(address)


def _tls_failed(
    decision: Decision, answer: Unreachable, controller: Controller, question: Question
) -> Reason:
    plan, certificate, known = question.plan, answer.certificate, question.certificate
    host, anyhow = plan.request.host, f"{question.again} -k"
    if certificate is None:
        sentence = f"TLS with {plan.address} port {plan.port} failed: {answer.detail}"
        fix = f"{question.again} -v"
        if "certificate required" in answer.detail:
            fix = f"{question.again} --cert FILE --key FILE"
        return (sentence, "KI301", fix)
    if controller.fake_certificate and certificate.subject == controller.fake_certificate:
        missing = next((one for one in decision.findings if one.code == "KI101"), None)
        if missing is not None:
            sentence = (
                f"{missing.message}; and as for any host without a certificate it presents its own"
                f" fake one, which no client accepts ({answer.detail})"
            )
            return (sentence, missing.code, missing.fix)
        why = known.message if known else "a Secret in its spec.tls gives it one"
        sentence = (
            f"{controller.title} has no certificate for {host} and presents its own fake one, which"
            f" no client accepts ({answer.detail}); {why}"
        )
        mend = known.fix if known else command("ingress", "trace", plan.request.url)
        return (sentence, "KI301", f"{mend}\n{anyhow}")
    names = ", ".join(certificate.names) or "no name"
    sentence = (
        f"the certificate for {host} is not accepted: {answer.detail}; it is"
        f" {certificate.subject!r} by {certificate.issuer!r}, for {names}, until"
        f" {certificate.not_after[:10]}"
    )
    if known is None:
        return (sentence, "KI301", anyhow)
    return (f"{sentence}; {known.message}", "KI301", f"{known.fix}\n{anyhow}")
