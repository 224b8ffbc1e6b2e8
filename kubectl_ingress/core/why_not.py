"""Why one Ingress did not take a request: one plain answer."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.hosts import is_for, normalise_host
from kubectl_ingress.core.objects import Ingress, Snapshot
from kubectl_ingress.core.paths import has_prefix
from kubectl_ingress.core.request import Decision, OutcomeKind
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.text import listed
from kubectl_ingress.errors import UsageError


class WhyNot(Struct, frozen=True):
    """`reason` is one word for programs, `sentence` says it; `fix` mends it, where known.

    took it, frozen, class, chance, lost, dropped, never served, host, path.
    """

    ingress: str
    reason: str
    sentence: str
    fix: str = ""


def find_ingress(named: str, snapshot: Snapshot) -> Ingress:
    """The Ingress of that ``namespace/name``, or name. Raises UsageError.

    A name alone is that of the user's namespace, or the only one of that name.
    """
    namespace, _, name = named.rpartition("/")
    found = [one for one in snapshot.ingresses if one.meta.name == name]
    wanted = namespace or snapshot.namespace
    exact = [one for one in found if one.meta.namespace == wanted]
    if exact:
        return exact[0]
    if not namespace and len(found) == 1:
        return found[0]
    others = [one.meta.key for one in found or snapshot.ingresses]
    there = f"there are: {listed(others)}" if others else "there are none at all"
    raise UsageError(f"there is no Ingress {named} here", there)


def why_not(ingress: Ingress, decision: Decision, table: RouteTable) -> WhyNot:
    """Why an Ingress did not take the request, or that it did."""
    key = ingress.meta.key
    route = decision.route

    def answer(reason: str, why: str, fix: str = "") -> WhyNot:
        return WhyNot(key, reason, f"{key} {why}", fix)

    if route is not None and route.ingress == key:
        return answer("took it", f"took it, by its path {route.path or '(default backend)'}")
    if table.refused is not None:
        return answer("frozen", f"is not loaded: {table.refused.message}", table.refused.fix)
    for one in table.ignored:
        if one.ingress.meta.key == key:
            return WhyNot(key, "class", one.finding.message, one.finding.fix)
    return _by_rules(ingress, decision, table) or _never_loaded(ingress, table)


def _by_rules(ingress: Ingress, decision: Decision, table: RouteTable) -> WhyNot | None:
    key, request = ingress.meta.key, decision.request
    asked = normalise_host(request.host)
    lost = next(((r, why) for r, why in decision.runners_up if r.ingress == key), None)
    undefined = decision.outcome.kind is OutcomeKind.UNDEFINED and lost is None
    if undefined and any(key in step.text for step in decision.steps):
        return WhyNot(key, "chance", f"{key} may take it: {decision.findings[0].message}")
    if lost is not None:
        winner = decision.route.ingress if decision.route else "the controller itself"
        path = lost[0].path or "default backend"
        sentence = f"{key} lost: its {path} takes the request too, but {winner} comes first"
        return WhyNot(key, "lost", f"{sentence} ({lost[1]})")
    dropped = next(
        (
            one.finding
            for one in table.lost
            if one.route.ingress == key and is_for(one.route.host, asked)
        ),
        None,
    )
    if dropped is not None:
        return WhyNot(key, "never served", dropped.message, dropped.fix)
    hosts = sorted({rule.host for rule in ingress.rules})
    here = [host for host in hosts if is_for(host, asked)]
    if not here and hosts:
        named_hosts = listed([host or "every host" for host in hosts])
        return WhyNot(
            key, "host", f"{key} has no rule for {request.host}; its hosts: {named_hosts}"
        )
    if not any(one.meta.key == key for one in table.loaded):
        return None
    if (other := _taken_away(ingress, here, request.path, table)) is not None:
        return other
    paths = [
        f"{path.path or '/'} ({path.path_type})"
        for rule in ingress.rules
        if rule.host in here
        for path in rule.paths
    ]
    sentence = f"no path of {key} takes {request.path}; its paths here: {listed(paths) or 'none'}"
    return WhyNot(key, "path", sentence)


def _taken_away(ingress: Ingress, hosts: list[str], path: str, table: RouteTable) -> WhyNot | None:
    """Its rule for the path is not in the table: another Ingress has the same, or it is broken."""
    key = ingress.meta.key
    entries = (entry for server in (*table.servers, table.default) for entry in server.entries)
    served = {one.route.path for one in entries if one.route and one.route.ingress == key}
    for rule in ingress.rules:
        for written in rule.paths if rule.host in hosts else ():
            text = written.path or "/"
            if text in served or not has_prefix(path, text):
                continue
            about = (one for one in table.findings if one.object == f"Ingress {key}")
            known = next((one for one in about if text in one.message), None)
            if known is not None:
                return WhyNot(key, "never served", known.message, known.fix)
            return WhyNot(key, "never served", f"{text} of {key} is not served at all")
    return None


def _never_loaded(ingress: Ingress, table: RouteTable) -> WhyNot:
    key = ingress.meta.key
    about = [one for one in table.findings if one.object == f"Ingress {key}"]
    worst = min(about, key=lambda one: one.level != "error", default=None)
    if worst is None:
        return WhyNot(key, "dropped", f"{table.controller} did not load {key}")
    return WhyNot(key, "dropped", worst.message, worst.fix)
