"""From the rules of a load balancer to servers: each host with the rules it can meet.

A load balancer has one list of rules, and tries them one after another. For a
host that some rule names, those that cannot take it are left out beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kubectl_ingress.controllers._alb.conditions import HostIs, OnPort
from kubectl_ingress.controllers._alb.globs import is_literal, parse_glob
from kubectl_ingress.controllers._alb.rules import ListenerRule
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.hosts import HostName, NameKind
from kubectl_ingress.core.matching import Condition
from kubectl_ingress.core.table import Entry, Server


def servers_of(
    rules: Sequence[ListenerRule],
    ports: Mapping[int, str],
    last: tuple[Entry, ...],
    first: tuple[Action, ...],
) -> tuple[tuple[Server, ...], Server]:
    """The servers of all hosts, and the one of every other; `last` takes what no rule does."""
    exact: dict[str, list[int]] = {}
    suffixes: dict[str, None] = {}
    open_rules: list[int] = []
    for number, rule in enumerate(rules):
        for host in rule.hosts:
            if is_literal(host):
                exact.setdefault(host, []).append(number)
            elif _suffix(host):
                suffixes[host] = None
        if not rule.hosts or not all(map(is_literal, rule.hosts)):
            open_rules.append(number)

    def server(host: str, name: HostName, found: Sequence[tuple[int, bool]]) -> Server:
        entries = [
            entry for number, sure in found for entry in _entries(rules[number], ports, sure)
        ]
        return Server(host, (*entries, *last), names=(name,), first=first)

    servers = []
    for host, own in exact.items():
        numbers = {*own, *(n for n in open_rules if _takes(rules[n], host))}
        name = HostName(NameKind.EXACT, host)
        servers.append(server(host, name, [(number, True) for number in sorted(numbers)]))
    for host in suffixes:
        name = HostName(NameKind.SUFFIX, host[2:])
        servers.append(server(host, name, list(_below(rules, open_rules, host))))
    rest = [(n, not rules[n].hosts) for n in open_rules if _beyond(rules[n])]
    default = server("", HostName(NameKind.EXACT, ""), rest)
    return tuple(servers), Server("", default.entries, first=first)


def _suffix(host: str) -> bool:
    return host.startswith("*.") and is_literal(host[2:])


def _takes(rule: ListenerRule, host: str) -> bool:
    return not rule.hosts or any(parse_glob(one).matches(host) for one in rule.hosts)


def _below(
    rules: Sequence[ListenerRule], open_rules: Sequence[int], host: str
) -> Sequence[tuple[int, bool]]:
    """The rules that a host under a wildcard may meet, and whether they surely take it."""
    found = []
    for number in open_rules:
        hosts = rules[number].hosts
        sure = not hosts or any(_suffix(h) and host.endswith(h[1:]) for h in hosts)
        if sure or _beyond(rules[number]):
            found.append((number, sure))
    return found


def _beyond(rule: ListenerRule) -> bool:
    """Whether it may take a host that is neither named nor under a named wildcard."""
    return not rule.hosts or any(not is_literal(h) and not _suffix(h) for h in rule.hosts)


def _entries(rule: ListenerRule, ports: Mapping[int, str], sure: bool) -> list[Entry]:
    """One for each path; the host is compared where it is not `sure` to fit."""
    conditions: list[Condition] = []
    if rule.ports != frozenset(ports):
        conditions.append(OnPort(rule.ports))
    if not sure or rule.host_regexes:
        conditions.append(HostIs(rule.hosts, rule.host_regexes))
    conditions += rule.conditions
    return [
        Entry(
            matcher,
            (rule.action,),
            rule.route,
            conditions=(*conditions, *more),
            findings=rule.findings,
        )
        for matcher, more in rule.paths
    ]
