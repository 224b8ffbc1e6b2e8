"""What nginx does not load: one such Ingress, and the controller takes up nothing more.

Its admission webhook lets most of these pass, since its ``nginx -t`` is off
(CVE-2025-1974). Measured with the real controller, the rest replayed on a real
nginx. One that starts with such objects serves nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.acting import rewrite_target
from kubectl_ingress.controllers._ingress_nginx.annotations import ROWS
from kubectl_ingress.controllers._ingress_nginx.config_map import Config
from kubectl_ingress.controllers._ingress_nginx.known import Known
from kubectl_ingress.controllers._ingress_nginx.locations import Piece, pattern_maker
from kubectl_ingress.controllers._ingress_nginx.reading import NOTHING, Values
from kubectl_ingress.controllers._ingress_nginx.selection import Loaded
from kubectl_ingress.controllers._ingress_nginx.servers import Host
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.controllers._ingress_nginx.variables import (
    is_taken,
    named_groups,
    variables,
)
from kubectl_ingress.controllers._nginx import size
from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.written import field_of

# Annotations whose value nginx reads variables in, beside those with a condition:
# the first ones stand outside of locations, so that a denied Ingress has them too.
_OUTSIDE = ("app-root", "auth-url", "auth-cache-key")
_WWW = "from-to-www-redirect"
_INSIDE = ("upstream-vhost", "auth-signin", "mirror-target")
_SECONDS = {
    "proxy-connect-timeout": "connect_timeout",
    "proxy-send-timeout": "send_timeout",
    "proxy-read-timeout": "read_timeout",
    "proxy-next-upstream-timeout": "retry_timeout",
    "proxy-next-upstream-tries": "retries",
}
# ngx_http_core_error_page: the status by which nginx notes that a client has gone.
_NO_ERROR = 499


class Problem(Struct, frozen=True):
    """What is wrong, and what to edit; `owner` is None where it is the ConfigMap.

    `name` is the annotation or the key that it is about, "" for another field: `path` then.
    """

    owner: Loaded | None
    what: str
    mend: str
    name: str = ""
    path: Route | None = None


def _wrong(owner: Loaded, what: str, name: str) -> Problem:
    return Problem(owner, what, f"correct the annotation {name}", name)


def find_refusal(
    hosts: list[Host],
    pieces: dict[Host, list[Piece]],
    www: Sequence[tuple[str, Host]],
    settings: Settings,
) -> Finding | None:
    """The first reason, None where nginx loads it all."""
    problems = _problems(hosts, pieces, www, settings)
    found = next(problems, None)
    return None if found is None else _finding(found, settings)


def _problems(
    hosts: list[Host],
    pieces: dict[Host, list[Piece]],
    www: Sequence[tuple[str, Host]],
    settings: Settings,
) -> Iterator[Problem]:
    yield from _of_config(settings.config)
    for host in hosts:
        if host.aliases:
            yield from _of_names(host)
        if host.barred is not None:
            continue
        its = pieces[host]
        if pattern_maker(its) is not None:
            yield from _no_patterns(host, its)
        elif len({(piece.text, piece.exact) for piece in its}) < len(its):
            yield from _twice(host, its)
    for name, host in www:
        if "*" in name and host.www is not None:
            what = f"{_WWW} on host {host.host} makes the server name {name}"
            yield Problem(
                host.www, what, "a wildcard host cannot have it: delete the annotation", _WWW
            )
    known = Known(hosts, pieces, www, settings)
    # Those of other Ingresses with the same annotations, all the same wherever they stand.
    harmless: set[int] = set()
    for owner, its in _live(hosts, pieces).items():
        if id(owner.values) in harmless:
            continue
        problems = list(_of_values(owner, its, known, settings))
        yield from problems
        if not problems and owner.values.quiet and not _has_variables(owner.values):
            harmless.add(id(owner.values))


def _of_names(host: Host) -> Iterator[Problem]:
    for alias in host.aliases:
        what = _wrong_name(alias)
        if what and host.alias_of is not None:
            what = f"server-alias {alias} {what}"
            yield Problem(
                host.alias_of, what, "correct the annotation server-alias", "server-alias"
            )


def _wrong_name(alias: str) -> str:
    if any(sign in alias for sign in "{; \t\"'"):
        return "is not one word to nginx"
    if alias.startswith("~"):
        problem = _wrong_pattern(as_bytes(alias[1:])) if alias != "~" else "empty"
        return f"is no regular expression ({problem})" if problem else ""
    bare = alias.removeprefix("*.") if alias.startswith("*.") else alias.removesuffix(".*")
    return "is no server name" if "*" in bare or ".." in alias or not bare else ""


def _twice(host: Host, pieces: list[Piece]) -> Iterator[Problem]:
    seen: dict[tuple[str, bool], Piece] = {}
    for piece in pieces:
        first = seen.setdefault((piece.text, piece.exact), piece)
        owner, written = piece.location.owner, (first.location.path, piece.location.path)
        if first is piece or owner is None:
            continue
        has = f"host {host.host or '*'} has {'Exact' if piece.exact else 'Prefix'}"
        what, which = f"{has} {written[0]} twice", piece
        if written[0] != written[1]:
            what = f"{has} {' and '.join(sorted(written, key=len))}, which are one to nginx"
            # The longer of them stands first here, and says more than it has to.
            which = first if first.location.owner is owner else piece
        yield Problem(owner, what, "delete one of the two paths", path=_route(host, which))


def _no_patterns(host: Host, pieces: list[Piece]) -> Iterator[Problem]:
    for piece in pieces:
        problem = _wrong_pattern(f"^{piece.text}")
        owner = piece.location.owner
        if problem and owner is not None:
            what = f"path {piece.location.path} is no regular expression ({problem})"
            yield Problem(owner, what, "correct the path", path=_route(host, piece))


def _wrong_pattern(pattern: str) -> str:
    taken = (name for name in named_groups(pattern) if is_taken(name))
    problem = check_pattern(pattern)
    return problem or next((f"${name} is a variable of nginx itself" for name in taken), "")


def _live(hosts: list[Host], pieces: dict[Host, list[Piece]]) -> dict[Loaded, list[Piece]]:
    """Ingresses with annotations that made it into nginx.conf, and where."""
    found: dict[Loaded, list[Piece]] = {}
    for host in hosts:
        for piece in pieces[host] if host.barred is None else ():
            owner = piece.location.owner
            if owner is not None and owner.values.accepted:
                found.setdefault(owner, []).append(piece)
    return found


def _of_values(
    owner: Loaded, pieces: list[Piece], known: Known, settings: Settings
) -> Iterator[Problem]:
    values = owner.values
    for name in _used_with_variables(owner, pieces):
        for variable in variables(as_bytes(values.text(name))):
            if not known.has(variable):
                what = f"{name} {values.text(name)} holds the variable ${variable}, which nginx"
                yield Problem(
                    owner, f"{what} does not know", f"correct the annotation {name}", name
                )
    if owner.denied is not None:
        return
    for name in _SECONDS:
        if (values.number(name) or 0) < 0:
            what = f"{name} {values.text(name)} is negative"
            yield _wrong(owner, what, name)
    if str(_NO_ERROR) in values.words("custom-http-errors"):
        what = f"custom-http-errors holds {_NO_ERROR}, which no page can be for"
        yield Problem(
            owner, what, "correct the annotation custom-http-errors", "custom-http-errors"
        )
    path = values.text("proxy-cookie-path")
    if path not in ("", "off") and " " not in path:
        what = f"proxy-cookie-path {path} is one path, and nginx wants two"
        yield _wrong(owner, what, "proxy-cookie-path")
    what = _wrong_buffers(values, settings.config)
    if what:
        yield Problem(owner, what, "correct the annotations of proxy buffers")


def _has_variables(values: Values) -> bool:
    return any("$" in text for text in values.accepted.values())


def _used_with_variables(owner: Loaded, pieces: list[Piece]) -> Iterator[str]:
    names = list(_OUTSIDE)
    if all(piece.location.bare for piece in pieces):
        names.remove("app-root")
    if owner.denied is None:
        names += _INSIDE
        if any(rewrite_target(piece.location, piece.text) for piece in pieces):
            names += ("rewrite-target", "x-forwarded-prefix")
    return (name for name in names if "$" in owner.values.text(name))


def _of_config(config: Config) -> Iterator[Problem]:
    for name, field in _SECONDS.items():
        if getattr(config, field) < 0:
            yield Problem(None, f"{name} of {config.source} is negative", f"correct {name}")
    if _NO_ERROR in config.error_codes:
        what = f"custom-http-errors of {config.source} holds {_NO_ERROR}, which no page can be for"
        yield Problem(None, what, "correct custom-http-errors", "custom-http-errors")
    what = _wrong_buffers(NOTHING, config)
    if what:
        yield Problem(None, f"in {config.source} {what}", "correct the sizes of proxy buffers")


def _wrong_buffers(values: Values, config: Config) -> str:
    """ngx_http_proxy_merge_loc_conf: how many buffers there must be for what is busy."""
    number = values.number("proxy-buffers-number")
    number = config.buffers if number is None else number
    each = size(values.text("proxy-buffer-size") or config.buffer_size)
    busy = size(values.text("proxy-busy-buffers-size") or config.busy_size)
    if not each:
        return f"proxy-buffer-size {values.text('proxy-buffer-size')} is no size to nginx"
    if number < 2:
        return f"proxy-buffers-number {number} is less than 2"
    if (2 * each if busy is None else busy) > (number - 1) * each:
        return f"proxy-buffers-number {number} is too small for the buffers that are busy"
    if busy is not None and busy < each:
        return "proxy-busy-buffers-size is less than proxy-buffer-size"
    return ""


def _finding(problem: Problem, settings: Settings) -> Finding:
    message = (
        f"{problem.what}: ingress-nginx cannot load its configuration, and every host keeps its old"
        " routes"
    )
    owner = problem.owner
    source = owner.source if owner else settings.config.source
    origin = owner.ingress.meta.origin if owner else Origin()
    fix = f"{problem.mend}: {edit_command(source)}"
    return Finding("KI501", "error", message, source, origin, fix, _field(problem, settings))


def _field(problem: Problem, settings: Settings) -> tuple[str | int, ...]:
    if problem.owner is None:
        return ("data", problem.name) if problem.name else ()
    if problem.path is not None:
        return field_of(problem.path, problem.owner.ingress)
    if not problem.name:
        return ()
    names = (problem.name, *ROWS[problem.name].annotation.aliases)
    written = problem.owner.ingress.meta.annotations
    full = [f"{settings.annotations_prefix}/{name}" for name in names]
    return ("metadata", "annotations", next((name for name in full if name in written), full[0]))


def _route(host: Host, piece: Piece) -> Route:
    location = piece.location
    owner = location.owner.key if location.owner else ""
    return Route(owner, host.host, location.path, location.path_type)
