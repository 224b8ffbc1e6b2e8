"""What is wrong where an answer comes from another place than it should, or leads nowhere."""

from __future__ import annotations

from kubectl_ingress.core.answer import Answer
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.question import Controller, Question
from kubectl_ingress.core.request import Backend

Reason = tuple[str, str, str]
"""Sentence, code, fix."""


def redirected_to_itself(answer: Answer, controller: Controller, question: Question) -> Reason:
    """TLS ended somewhere before whoever redirects to https."""
    url = question.plan.request.url
    namespace, _, name = controller.entry.partition("/")
    if controller.wrote(answer):
        sentence = (
            f"{controller.title} redirects {url} to itself: TLS ends before it, at a load balancer,"
            " and it does not know"
        )
        fix = "let it believe X-Forwarded-Proto of the load balancer"
        if controller.name == "ingress-nginx":
            patch = '{"data":{"use-forwarded-headers":"true"}}'
            fix = command("patch", "configmap", "-n", namespace, name, "--type=merge", "-p", patch)
        return (sentence, "KI621", fix)
    sentence = (
        f"the application redirects {url} to itself ({answer.status}): it redirects to https, and "
        "does not see that it was asked by https"
    )
    fix = "let the application believe X-Forwarded-Proto, or leave the redirect to the controller"
    return (sentence, "KI611", fix)


def plain_to_tls(backend: Backend, question: Question) -> Reason:
    """nginx's 400, from the backend or from the controller's own port."""
    sentence = (
        f"a port that speaks TLS was asked in plain HTTP: that of {backend}, or the controller's "
        "own behind a load balancer where TLS ends"
    )
    fix = f"kubectl ingress doctor\n{question.again} --via pod"
    return (sentence, "KI114", fix)


def by_another(other: str, answer: Answer, controller: Controller, question: Question) -> Reason:
    """Who is neither the controller nor an application behind it."""
    sentence = (
        f"{other} answered {answer.status} itself, not {controller.title}: the address leads "
        "elsewhere, or something stands before the controller"
    )
    return (sentence, "KI612", f"{question.again} --via controller")
