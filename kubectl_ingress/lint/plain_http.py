"""Whether plain http is open, by what a controller makes of an Ingress."""

from __future__ import annotations

from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.lint.compiled import Compiled

# Nothing that is served by http, and what Kong says to whoever comes by http.
_CLOSED = (404, 426)


def is_served(ingress: Ingress, owner: Compiled) -> bool:
    """Whether requests have a route of an Ingress so far, so that it is known what they get."""
    return ingress.meta.key in owner.routed and ingress.meta.key not in owner.refused


def is_open(ingress: Ingress, owner: Compiled, of_tls: bool) -> bool:
    """Whether a client of an Ingress is not sent from http to https.

    `of_tls` is whether only the hosts of spec.tls are asked about. A password that is asked
    for, or a network that is refused, closes nothing: others pass by plain http. What is not
    known, as none of its routes is served so far, counts as open.
    """
    if ingress.meta.key in owner.refused:
        return True
    secured = {host for entry in ingress.tls for host in entry.hosts}
    hosts = [
        rule
        for rule in ingress.rules
        if not of_tls or secured & {rule.host, wildcard_of(rule.host)}
    ]
    outcomes = [
        owner.table.decide(Request(_name_of(rule.host), path.path or "/")).outcome
        for rule in hosts
        for path in rule.paths
    ]
    nobody = bool(outcomes) and all(one.status == 404 for one in outcomes)
    # It may have one for https alone.
    nowhere = nobody and ingress.meta.key not in owner.routed
    return nowhere or any(map(_is_plain, outcomes))


def _name_of(host: str) -> str:
    """A name that a rule's host stands for."""
    return host.replace("*", "www", 1) or "host.invalid"


def _is_plain(outcome: Outcome) -> bool:
    """Whether an answer goes on by http; where chance decides, whether one of them does."""
    match outcome.kind:
        case OutcomeKind.UNDEFINED:
            return any(map(_is_plain, outcome.candidates))
        case OutcomeKind.REFUSED:
            return False
        case OutcomeKind.REDIRECT:
            return not (outcome.location or "").startswith("https:")
    return outcome.status not in _CLOSED
