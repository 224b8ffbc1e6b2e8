"""What haproxy does not load: one bad line, and nobody is served (measured)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._haproxy.answers import Answers
from kubectl_ingress.controllers._haproxy.hosts import HostPath, Port, World
from kubectl_ingress.controllers._haproxy.order import Line
from kubectl_ingress.controllers._haproxy.settings import TITLE, Settings
from kubectl_ingress.controllers._haproxy.values import is_balance, is_redirect_code, is_weight
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.values import Value


def refusals(
    world: World, settings: Settings, answers: Answers, lines: Iterable[tuple[Line, HostPath]]
) -> Iterator[Finding]:
    """Each thing that stops haproxy, with the object to mend."""
    for line, path in lines:
        problem = check_pattern(line.pattern_read) if line.key else ""
        if problem:
            what = f"{line.pattern_read} is no regular expression ({problem})"
            yield _refusal(what, _culprit(world, line, path))
    for host in world.hosts.values():
        pattern = host.value("redirect-from-regex", settings)
        if pattern.text and host.paths and (problem := check_pattern(as_bytes(pattern.text))):
            yield _refusal(f"redirect-from-regex is no regular expression ({problem})", pattern)
    for port in world.ports.values():
        yield from _of_port(settings, answers, port)
    yield from _of_codes(world, settings)


def _culprit(world: World, line: Line, path: HostPath) -> Value:
    alias = world.hosts[path.host].values.get("server-alias-regex")
    if line.pattern and alias is not None and check_pattern(as_bytes(alias.text)):
        return alias
    return Value(path.path, f"Ingress {path.route.ingress}" if path.route else "")


def _of_port(settings: Settings, answers: Answers, port: Port) -> Iterator[Finding]:
    for key, valid in (("balance-algorithm", is_balance), ("initial-weight", is_weight)):
        value = port.value(key, settings)
        if not valid(value.text):
            yield _refusal(f"{key} {value.text!r} is none of haproxy's", value)
    for one in answers.snippets(port):
        if one.problem:
            yield _refusal(one.problem, _first(port, "config-backend"))
    for path in port.paths:
        rewrite = answers.config(path).rewrite
        if rewrite is not None and rewrite.problem:
            target = path.value("rewrite-target", settings)
            yield _refusal(f"rewrite-target: {rewrite.problem}", target)


def _first(port: Port, start: str) -> Value:
    return next((value for key, value in port.first.items() if key.startswith(start)), Value())


def _of_codes(world: World, settings: Settings) -> Iterator[Finding]:
    """Statuses that haproxy does not redirect with, where something is redirected."""
    hosts = world.hosts.values()
    used = {
        "redirect-to-code": any(path.redirect for host in hosts for path in host.paths),
        "redirect-from-code": any(
            host.value(key, settings).text
            for host in hosts
            for key in ("redirect-from", "redirect-from-regex")
        ),
        "ssl-redirect-code": any(host.has_tls for host in hosts)
        and bool(settings.config.get("ssl-redirect-code")),
    }
    for key, is_used in used.items():
        value = settings.value(key)
        if is_used and not is_redirect_code(value.text):
            yield _refusal(f"{key} {value.text!r} is no status of a redirect", value)


def _refusal(what: str, value: Value) -> Finding:
    message = (
        f"{what}: haproxy does not load its configuration; {TITLE} keeps its old routes, and after"
        " a start listens on nothing"
    )
    fix = edit_command(value.source)
    return Finding("KI501", "error", message, value.source, fix=fix, field=value.field)
