"""Why a request meets no rule: the sentence, and the command that mends it.

Looks at the Ingresses that the controller loaded and at those it ignores: the
likeliest cause is an Ingress that would have taken the path, had its class or
its host been right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.commands import command, namespace_flag
from kubectl_ingress.core.hosts import host_problem, is_for, normalise_host
from kubectl_ingress.core.objects import Finding, HostRule, Ingress, PathRule
from kubectl_ingress.core.patch_host import ANNOTATION, Json, plan_undo
from kubectl_ingress.core.paths import as_bytes, has_prefix
from kubectl_ingress.core.request import Outcome, Request, Route
from kubectl_ingress.core.spelling import chosen_name
from kubectl_ingress.core.text import listed
from kubectl_ingress.errors import InputError

_REGEX_SIGN = re.compile(r"[\\^$*+?()\[\]{}|]")
_EDIT = re.compile(r"kubectl edit WORD WORD(?: -n WORD)?".replace("WORD", r"(?:'[^']*'|[^\s'])+"))
_HOSTS_OFFERED = 2
_RENAMED = re.compile(r"kubectl ingress patch-host (?!.* --undo$).*")
# Of a rule in the words of kubectl create ingress: what would end a part of it.
_RULE_SIGN = re.compile(r"[=,*\s]")
# Annotations that do nothing to requests.
_BOOKKEEPING = ("kubectl.kubernetes.io/", "kubectl-ingress/", "meta.helm.sh/")


class Ignored(Struct, frozen=True):
    """An Ingress that the controller does not load, and why.

    `elsewhere` is its class where that is another controller's, which may well serve it.
    """

    ingress: Ingress
    finding: Finding
    elsewhere: str = ""


class Known(Struct, frozen=True):
    """What a controller took and what it did not; `namespace` is the user's own.

    `loaded` are those that it makes routes of, `unserved` single rules that it makes
    none of, each with the reason; `addresses` are the names and IPs of its load balancer.
    """

    ingress_class: str
    namespace: str
    loaded: tuple[Ingress, ...]
    ignored: tuple[Ignored, ...]
    addresses: frozenset[str] = frozenset()
    unserved: tuple[tuple[Route, Finding], ...] = ()


def why_no_route(
    known: Known, host: str, routes: tuple[Route, ...], request: Request, path: str
) -> tuple[Finding, ...]:
    """Findings, the most telling first.

    `host` is the rule's host that took the request, "" where none did, `routes`
    are that host's. `path` is normalised.
    """
    # What is told and advised is about rules, whose hosts are in lower case.
    written = request.host
    request = replace(request, host=normalise_host(request.host))
    for ignored in known.ignored:
        if _takes(ignored.ingress, request.host, path):
            if ignored.elsewhere:
                asked = request.target if request.host in known.addresses else request.url
                fix = command("ingress", "test", asked, "--class", ignored.elsewhere)
                return (replace(ignored.finding, fix=f"{fix}\n{ignored.finding.fix}"),)
            return (ignored.finding,)
    for route, finding in known.unserved:
        if is_for(route.host, request.host) and has_prefix(path, as_bytes(route.path)):
            # A mere warning where nobody asks for it, it is what fails this request.
            return (replace(finding, level="error"),)
    if host:
        return (_path_in_no_rule(known, host, routes, request),)
    with_path = [ingress for ingress in known.loaded if _has_path(ingress, path)]
    if not with_path:
        for ignored in known.ignored:
            # One that another controller serves has nothing to do with this request.
            if not ignored.elsewhere and _has_path(ignored.ingress, path):
                return (ignored.finding,)
    return (_host_in_no_rule(known, request, path, with_path, written),)


def with_answer(reason: Finding, outcome: Outcome) -> Finding:
    """The reason of `why_no_route` and its like, with what is answered instead."""
    if reason.code not in ("KI101", "KI102"):
        return reason
    so = "the default backend is asked"
    if outcome.status is not None:
        so = f"the controller answers {outcome.status} itself"
    fix = reason.fix
    if outcome.status is not None and outcome.status < 400:
        # Who asks for a page of the controller's own tries no route out.
        fix = "\n".join(line for line in fix.splitlines() if not _RENAMED.fullmatch(line))
    # Behind what is missing, before what there is.
    missing, mark, there = reason.message.partition("; ")
    return replace(reason, message=f"{missing}, so {so}{mark}{there}", fix=fix)


def of_class(ingress_class: str) -> str:
    """The Ingresses of a controller, in a sentence about all of them; "" for no class."""
    return f"of class {ingress_class}" if ingress_class else "that it takes"


def _takes(ingress: Ingress, host: str, path: str) -> bool:
    return any(
        is_for(rule.host, host) and any(_is_at(one, path) for one in rule.paths)
        for rule in ingress.rules
    ) or (ingress.default_backend is not None and not ingress.rules)


def _has_path(ingress: Ingress, path: str) -> bool:
    return any(_is_at(one, path) for rule in ingress.rules for one in rule.paths)


def _is_at(rule: PathRule, path: str) -> bool:
    # Whatever the path type, and of a regex only what is plain text before its
    # first sign: a hint about what was meant, not a decision.
    literal = _literal(rule.path)
    if literal == rule.path:
        return has_prefix(path, as_bytes(literal or "/"))
    return path.lower().startswith(as_bytes(literal).lower())


def _literal(path: str) -> str:
    return _REGEX_SIGN.split(path, maxsplit=1)[0]


def _host_in_no_rule(
    known: Known, request: Request, path: str, likely: Sequence[Ingress], written: str
) -> Finding:
    hosts = sorted({(r.host, i.meta.key) for i in known.loaded for r in i.rules if r.host})
    if not hosts:
        there = "no rule of these names a host"
    else:
        there = f"hosts: {listed([f'{host} ({key})' for host, key in hosts])}"
    asked, near = _asked_host(known, request.host), _near_host(known, request.host)
    there += f"; probably {near} is meant, or that is misspelt" if near else ""
    if written != request.host and any(is_for(host, request.host) for host, _ in hosts):
        asked = f"the host {written}, which it takes for another one than {request.host}"
    return Finding(
        "KI101",
        "error",
        f"no Ingress {of_class(known.ingress_class)} has {asked}; {there}",
        f"Ingress {likely[0].meta.key}" if len(likely) == 1 else "",
        field=_host_field(likely[0], path) if len(likely) == 1 else (),
        fix="\n".join(_fixes(known, request, path, likely)),
    )


def _asked_host(known: Known, host: str) -> str:
    if host in known.addresses and host.endswith(".invalid"):
        # That stands for a name which nobody knows.
        return "the load balancer's own name as its host"
    return f"the host {host}" if host else "an empty host"


def _near_host(known: Known, host: str) -> str:
    """The only host of a rule that differs from one in one label, by a slip; "" for none."""
    hosts = {rule.host for one in known.loaded for rule in one.rules}
    found = [one for one in hosts if _is_slip(one.split("."), host.split("."))]
    return found[0] if len(found) == 1 else ""


def _is_slip(labels: list[str], others: list[str]) -> bool:
    if len(labels) != len(others):
        return False
    differing = [pair for pair in zip(labels, others, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and bool(chosen_name(differing[0][0], [differing[0][1]]))


def _host_field(ingress: Ingress, path: str) -> tuple[str | int, ...]:
    for number, rule in enumerate(ingress.rules):
        if any(_is_at(one, path) for one in rule.paths):
            return ("spec", "rules", number, "host")
    return ()


def _fixes(known: Known, request: Request, path: str, likely: Sequence[Ingress]) -> Iterator[str]:
    """Commands that lead the request to a route, the best first; none takes a host away.

    But for the load balancer's own name: who asks by that is trying the route out,
    so the only Ingress that has the path may have this name in place of its host. Who asks
    by a host that patch-host has taken away may have it back.
    """
    own = request.host in known.addresses
    possible = not host_problem(request.host) and not request.host.endswith(".invalid")
    if not known.loaded:
        named = ("--host", request.host) if possible and not own else ()
        yield command("ingress", "scaffold", "NAME", *named, "--path", request.path, "--apply")
        return
    only = likely[0] if len(likely) == 1 else None
    in_file = only is not None and only.meta.origin.line is not None
    if only is not None and own and possible and not in_file and _is_tried_out(only, known):
        flag = namespace_flag(only.meta.namespace, known.namespace)
        yield command("ingress", "patch-host", only.meta.name, *flag)
    parted = [one for one in likely or known.loaded if _had(one, request.host)]
    for one in parted:
        flag = namespace_flag(one.meta.namespace, known.namespace)
        yield command("ingress", "patch-host", one.meta.name, *flag, "--undo")
    tests = list(_tests(known, request, path, likely, own))
    yield from tests
    if parted:
        return
    if only is not None and not own and possible:
        # One of two that are a slip apart is wrong: which of them, only their owner knows.
        is_new = not in_file and not _near_host(known, request.host)
        added = _added(only, known, request, path) if is_new else ""
        yield added or edit_command(f"Ingress {only.meta.key}", known.namespace)
    elif not tests:
        yield "kubectl ingress list -A"


def _is_tried_out(ingress: Ingress, known: Known) -> bool:
    """Whether nothing but its one host hangs on it: no certificate, no part of a larger site."""
    hosts = {rule.host for rule in ingress.rules}
    shared = any(
        rule.host in hosts for one in known.loaded if one is not ingress for rule in one.rules
    )
    return len(hosts) == 1 and not ingress.tls and not shared and not hosts.pop().startswith("*")


def _had(ingress: Ingress, host: str) -> bool:
    """Whether `patch-host --undo` would give a rule this host back."""
    if ANNOTATION not in ingress.meta.annotations or ingress.meta.origin.line is not None:
        return False
    plain: Json = {
        "metadata": {"name": ingress.meta.name, "annotations": ingress.meta.annotations},
        "spec": {
            "rules": [{"host": rule.host} for rule in ingress.rules],
            "tls": [{"hosts": [*section.hosts]} for section in ingress.tls],
        },
    }
    try:
        changes = plan_undo(plain).changes
    except InputError:
        # Whatever wrote that record, it was not patch-host.
        return False
    return any(one.where == "rules" and one.after == host for one in changes)


def _tests(
    known: Known, request: Request, path: str, likely: Sequence[Ingress], own: bool
) -> Iterator[str]:
    """Tests of the hosts that are nearest to the request's, or first where it has no name."""
    targets: dict[str, Request] = {}
    lengths: dict[str, int] = {}
    first = sorted(likely or known.loaded, key=lambda one: one.meta.namespace != known.namespace)
    for ingress in first:
        for rule in ingress.rules:
            if rule.host and rule.paths:
                host = _named(rule.host, "" if own else request.host)
                target = request.target if likely else _target(rule)
                asked = replace(request, host=host, target=target)
                targets.setdefault(host, asked if _is_certified(ingress, host) else _plain(asked))
                lengths[host] = max(lengths.get(host, 0), _length_of_path(rule, path))
    nearest = [*targets]
    if not own:
        nearest = difflib.get_close_matches(request.host, targets, len(targets) or 1, 0.0)
    # Most have a path /, which takes everything: who has more of this one is meant.
    near = _near_host(known, request.host)
    nearest.sort(key=lambda host: (host != near, -lengths[host]))
    for host in nearest[: 1 if len(likely) == 1 else _HOSTS_OFFERED]:
        yield command("ingress", "test", targets[host].url)


def _length_of_path(rule: HostRule, path: str) -> int:
    """Of the longest that takes this one."""
    taking = (one.path for one in rule.paths if _is_at(one, path))
    return max((len(_literal(one)) for one in taking), default=0)


def _is_certified(ingress: Ingress, host: str) -> bool:
    return any(is_for(name, host) for section in ingress.tls for name in section.hosts)


def _plain(request: Request) -> Request:
    """Without TLS, where TLS would fail for want of a certificate."""
    if request.scheme == "http":
        return request
    return replace(request, scheme="http", port=None)


def _named(rule_host: str, host: str) -> str:
    """A host that a rule is for, like the one that was asked for where it has a wildcard."""
    if not rule_host.startswith("*."):
        return rule_host
    label, dot, _ = host.partition(".")
    return f"{label if dot and not host_problem(host) else 'www'}{rule_host[1:]}"


def _target(rule: HostRule) -> str:
    plain = [one.path for one in rule.paths if one.path and _literal(one.path) == one.path]
    return plain[0] if plain else _literal(rule.paths[0].path) or "/"


def _added(ingress: Ingress, known: Known, request: Request, path: str) -> str:
    """The command that gives one more host the route of an Ingress, "" where none says it all."""
    steering = [key for key in ingress.meta.annotations if not key.startswith(_BOOKKEEPING)]
    if steering or ingress.tls or ingress.class_name is None:
        return ""
    rules = [one for rule in ingress.rules for one in rule.paths if _is_at(one, path)]
    rule = max(rules, key=lambda one: len(one.path))
    if rule.backend is None or rule.path_type not in ("Exact", "Prefix"):
        return ""
    if _RULE_SIGN.search(rule.path) or not rule.path:
        return ""
    star = "*" if rule.path_type == "Prefix" else ""
    of_class = f"--class={ingress.class_name}"
    written = f"--rule={request.host}{rule.path}{star}={rule.backend}"
    flag = namespace_flag(ingress.meta.namespace, known.namespace)
    return command("create", "ingress", request.host, *flag, of_class, written)


def _path_in_no_rule(
    known: Known, host: str, routes: tuple[Route, ...], request: Request
) -> Finding:
    paths = list(dict.fromkeys(f"{r.path} ({r.path_type}, {r.ingress})" for r in routes))
    shown = listed(paths) or "none"
    owner = routes[0].ingress if routes else ""
    rules = (one.rules for one in known.loaded if one.meta.key == owner)
    hosts = [rule.host for rule in next(rules, ())]
    field = ("spec", "rules", hosts.index(host), "http", "paths") if host in hosts else ()
    return Finding(
        "KI102",
        "error",
        f"host {host} has no rule for the path {request.path}; paths: {shown}",
        f"Ingress {owner}" if owner else "",
        field=field,
        fix=edit_command(f"Ingress {owner}", known.namespace) or "kubectl ingress list -A",
    )


def edit_command(named: str, current: str = "") -> str:
    """``kubectl edit`` of an object that is named as in a Step, "" for none.

    `current` is the user's own namespace, where that is known.
    """
    kind, _, key = named.partition(" ")
    namespace, _, name = key.rpartition("/")
    if not name:
        return ""
    return command("edit", kind.lower(), name, *namespace_flag(namespace, current))


def edit_in_file(fix: str, place: str) -> str:
    """The same where the object stands in a file, at ``FILE:LINE``."""
    return _EDIT.sub(lambda _: f"edit {place}", fix)
