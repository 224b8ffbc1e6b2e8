"""What nginx does not load: one bad location, and no Ingress changes any more (measured)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._f5_nginx.conf import ends_early, unescaped
from kubectl_ingress.controllers._f5_nginx.locations import Location
from kubectl_ingress.controllers._f5_nginx.options import Options
from kubectl_ingress.controllers._f5_nginx.rewriting import VARIABLE
from kubectl_ingress.controllers._f5_nginx.settings import TITLE, Settings
from kubectl_ingress.controllers._f5_nginx.snippets import snippet
from kubectl_ingress.controllers._f5_nginx.variables import exists
from kubectl_ingress.controllers._go import parse_int
from kubectl_ingress.controllers._nginx import size
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.values import Value

_NAMED = re.compile(r"\(\?P?[<'](\w+)[>']")
_PAGE = 4096
# ngx_shared_memory_add and its users want at least this much.
_SMALLEST_ZONE = 8 * _PAGE

Problem = tuple[str, Value]
"""(what is wrong, where)."""


def refusals(ingress: Ingress, places: list[Location], settings: Settings) -> Iterator[Finding]:
    """Each thing of one host that stops nginx, with the object to mend."""
    options = Options(ingress, settings)
    for problem, value in (*_of_server(options), *_of_names(places)):
        yield _finding(problem, value, ingress, settings)
    for place in places:
        for problem, value in _of_rewrites(place):
            yield _finding(problem, value, place.options.ingress, settings)
    for each in {id(place.options): place.options for place in places}.values():
        for problem, value in _of_upstream(each):
            yield _finding(problem, value, each.ingress, settings)


def _finding(problem: str, value: Value, ingress: Ingress, settings: Settings) -> Finding:
    where = value.source or f"Ingress {ingress.meta.key}"
    effect = f"{TITLE} keeps its old routes, and after a start answers 404 to everything"
    if settings.config_safety:
        effect = f"{TITLE} leaves Ingress {ingress.meta.key} out"
    message = f"{where}: {problem}, which nginx does not load: {effect}"
    fix = edit_command(where)
    return Finding("KI501", "error", message, where, ingress.meta.origin, fix, value.field)


def _of_server(options: Options) -> Iterator[Problem]:
    value = options.value("server-snippets")
    if problem := snippet(value, "server-snippets").problem:
        yield problem, value
    http, https = options.http_ports, options.https_ports
    for listed, short in ((http, "listen-ports"), (https, "listen-ports-ssl")):
        if len(set(listed)) < len(listed):
            yield f"{short} has a port twice", options.value(short)
        if any(port > 0xFFFF for port in listed):
            yield f"{short} has a port above 65535", options.value(short)
    if options.ingress.tls and set(http) & set(https):
        yield "listen-ports and listen-ports-ssl share a port", options.value("listen-ports")


def _of_names(places: Iterable[Location]) -> Iterator[Problem]:
    seen = set()
    for place in places:
        matcher, source = place.name.matcher, f"Ingress {place.route.ingress}"
        value = Value(place.path, source)
        if place.name.problem:
            yield f"path {place.path}: {place.name.problem}", value
        if matcher.kind is MatchKind.REGEX:
            if problem := check_pattern(matcher.text):
                yield f"path {place.path} is no regular expression ({problem})", value
        elif (matcher.kind, matcher.text) in seen:
            yield f"path {place.path} of host {place.route.host} is there twice", value
        else:
            seen.add((matcher.kind, matcher.text))


def _of_rewrites(place: Location) -> Iterator[Problem]:
    options = place.options
    if options.rewrites:
        by_service = place.backend.service in options.rewrites
        if by_service and place.name.matcher.kind is MatchKind.REGEX:
            yield "rewrites with path-regex", options.value("rewrites")
    elif options.rewrite_target:
        value = options.value("rewrite-target")
        pattern = place.rewrite_pattern
        problem = check_pattern(as_bytes(unescaped(pattern)))
        if place.is_exact:
            yield f"rewrite-target with path {place.path} of type Exact", value
        elif ends_early(pattern):
            yield f"rewrite-target with a brace in path {place.path}", value
        elif problem:
            yield f"rewrite-target with path {place.path} as a pattern ({problem})", value
        elif name := _unknown_variable(options.rewrite_target, pattern):
            yield f"rewrite-target with the unknown variable {name}", value


def _unknown_variable(target: str, pattern: str) -> str:
    named = set(_NAMED.findall(pattern))
    for found in VARIABLE.finditer(target):
        name = found[2]
        if found[1] is None and not (name and (name in named or exists(name))):
            return found[0]
    return ""


def _of_upstream(options: Options) -> Iterator[Problem]:
    value = options.value("location-snippets")
    if problem := snippet(value, "location-snippets").problem:
        yield problem, value
    zone = options.value("upstream-zone-size")
    if 0 < (size(zone.text) or 0) < _SMALLEST_ZONE:
        yield f"upstream-zone-size {zone.text} is too small", zone
    if not options.settings.adjusts_buffers:
        yield from _of_buffers(options)
    if options.is_limited:
        yield from _of_limit(options)


def _of_buffers(options: Options) -> Iterator[Problem]:
    """ngx_http_proxy_merge_loc_conf, with its defaults."""
    buffers, first, busy, file = (
        options.value(f"proxy-{short}")
        for short in ("buffers", "buffer-size", "busy-buffers-size", "max-temp-file-size")
    )
    number_text, _, each_text = buffers.text.strip().partition(" ")
    number = 8 if not buffers.text else parse_int(number_text) or 0
    each = size(each_text) or _PAGE
    largest = max(size(first.text) or _PAGE, each)
    in_use = size(busy.text) or 2 * largest
    limit = size(file.text)
    if number < 2:
        yield f"proxy-buffers {buffers.text} has less than two buffers", buffers
    elif in_use < largest or in_use > (number - 1) * each:
        blamed = next((one for one in (busy, first, buffers) if one.text), buffers)
        yield f"the sizes of proxy buffers do not fit together ({blamed.text})", blamed
    elif limit and limit < largest:
        yield f"proxy-max-temp-file-size {file.text} is smaller than a buffer", file


def _of_limit(options: Options) -> Iterator[Problem]:
    code, zone = options.value("limit-req-reject-code"), options.value("limit-req-zone-size")
    status = parse_int(code.text)
    if status is not None and not 400 <= status <= 599:
        yield f"limit-req-reject-code {code.text} is not between 400 and 599", code
    if 0 < (size(zone.text) or _SMALLEST_ZONE) < _SMALLEST_ZONE:
        yield f"limit-req-zone-size {zone.text} is too small", zone
    for short in ("limit-req-burst", "limit-req-delay"):
        value = options.value(short)
        if (parse_int(value.text) or 0) < 0:
            yield f"{short} {value.text} is negative", value
