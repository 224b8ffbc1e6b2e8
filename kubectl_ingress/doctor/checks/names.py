"""Whether the name of every host leads to the load balancer: by the resolver of this machine and by
each `--resolver`, with how long an answer, or that there is none, is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.core.checkup import Checked, State
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.lookup import Lookup
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.text import listed
from kubectl_ingress.doctor.case import Case, name_of

AREA = "Names"
NAME = "names"
CODES = ("KI602", "KI607", "KI608", "KI627")

_WAIT = "wait until it is out; kubectl ingress test asks the load balancer without DNS"


def check(case: Case) -> Iterable[Checked]:
    """A line for each name of a load balancer, and for each host."""
    leading = _leading(case)
    named = dict.fromkeys(name for one in case.controllers for name in one.addresses)
    for name in dict.fromkeys([*named, *(name for names in leading.values() for name in names)]):
        if not is_ip(name):
            yield from _of_balancer(name, case.names.get(name, ()), case.again)
    for host, balancers in leading.items():
        answers = case.names.get(name_of(host), ())
        if answers and name_of(host) not in balancers:
            told = (each for name in balancers for each in case.names.get(name, ()))
            yield _of_host(host, answers, {ip for each in told for ip in each.addresses}, balancers)
    yield from _silent(case)
    if case.names_left:
        text = f"{case.names_left} more names are not looked up: name an INGRESS"
        yield Checked("names", text, otherwise=State.SKIPPED)


def _silent(case: Case) -> Iterator[Checked]:
    """The resolvers that were named and did not answer."""
    every = (one for answers in case.names.values() for one in answers)
    for one in {one.resolver: one for one in every if one.resolver and not one.reached}.values():
        fix = "name a resolver that answers: --resolver IP"
        yield Checked(one.resolver, "not reached", Finding("KI602", "info", one.error, fix=fix))


def _leading(case: Case) -> dict[str, tuple[str, ...]]:
    """Each host with the addresses of the load balancers that it should lead to."""
    found: dict[str, tuple[str, ...]] = {}
    for ingress in case.ingresses:
        live = case.live_of(ingress)
        if live is None:
            continue
        own = live.running.addresses if live.running is not None else ingress.addresses
        for rule in ingress.rules:
            if rule.host:
                found[rule.host] = tuple(dict.fromkeys((*found.get(rule.host, ()), *own)))
    return found


def _of_balancer(name: str, answers: Iterable[Lookup], again: str) -> Iterator[Checked]:
    """Its name is the provider's: nobody but time makes it resolve.

    `again` is the command that looks at the same things.
    """
    for one in answers:
        if not one.addresses and one.reached:
            kept = f"; this is kept for {one.ttl} s" if one.ttl else ""
            message = (
                f"the load balancer's name {name} does not resolve ({one.by}: {one.error}{kept}); "
                "a new one can take minutes"
            )
            found = Finding("KI602", "error", message, fix=f"{again} --wait 10m")
            yield Checked(name, "does not resolve", found)
            return
    told = "; ".join(_answer(one) for one in answers if one.addresses)
    if told:
        yield Checked(name, told)


def _of_host(
    host: str, answers: tuple[Lookup, ...], known: set[str], balancers: tuple[str, ...]
) -> Checked:
    reached = tuple(one for one in answers if one.reached)
    if not reached:
        return Checked(host, f"not known: {answers[0].error}", otherwise=State.SKIPPED)
    found = (
        _missing(host, reached, balancers)
        or _elsewhere(host, reached, known, balancers)
        or _dead_family(host, reached, known)
    )
    text = _SAID[found.code] if found is not None else "; ".join(map(_answer, reached))
    return Checked(host, text, found)


_SAID = {
    "KI602": "does not resolve",
    "KI607": "leads elsewhere",
    "KI608": "resolvers disagree",
    "KI627": "has an address where nobody listens",
}


def _answer(one: Lookup) -> str:
    kept = f", kept {one.ttl} s" if one.ttl is not None else ""
    by = f" ({one.resolver}{kept})" if one.resolver else ""
    return f"{', '.join(one.addresses)}{by}"


def _missing(host: str, answers: tuple[Lookup, ...], balancers: tuple[str, ...]) -> Finding | None:
    without = [one for one in answers if not one.addresses]
    if not without:
        return None
    having = [one for one in answers if one.addresses]
    kept = max((one.ttl for one in without if one.ttl is not None), default=None)
    memory = f"; that it is not there is kept for {kept} s" if kept else ""
    if having:
        message = (
            f"{having[0].by} has {host} ({', '.join(having[0].addresses)}), and "
            f"{listed([one.by for one in without])} does not: {without[0].error}{memory}"
        )
        return Finding("KI608", "warning", message, fix=_WAIT)
    message = f"{host} does not resolve ({without[0].by}: {without[0].error}{memory})"
    target = balancers[0] if balancers else "the load balancer"
    kind = "an A record" if balancers and is_ip(target) else "a CNAME record"
    fix = f"make {kind} {host} that leads to {target}"
    return Finding("KI602", "warning", message, fix=fix)


def _elsewhere(
    host: str, answers: tuple[Lookup, ...], known: set[str], balancers: tuple[str, ...]
) -> Finding | None:
    if not known:
        return None
    for one in answers:
        if not known & set(one.addresses):
            kept = f", kept for {one.ttl} s" if one.ttl else ""
            message = (
                f"{host} leads to {', '.join(one.addresses)} ({one.by}{kept}), and the load "
                f"balancer is {', '.join(balancers)}: right where a CDN or another proxy is before "
                "it, wrong otherwise"
            )
            fix = f"let {host} lead to {balancers[0]}"
            return Finding("KI607", "warning", message, fix=fix)
    return None


def _dead_family(host: str, answers: tuple[Lookup, ...], known: set[str]) -> Finding | None:
    """An IPv6 address that is not the load balancer's: clients that try it first hang."""
    strange = sorted({ip for one in answers for ip in one.addresses if ":" in ip} - known)
    if not strange or not known:
        return None
    message = (
        f"{host} has the IPv6 address {strange[0]}, which is not the load balancer's: clients that "
        "prefer IPv6 go there"
    )
    return Finding("KI627", "warning", message, fix=f"delete the AAAA record of {host}")
