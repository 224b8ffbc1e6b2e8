"""What an Ingress or HTTPRoute says of its routes beside hosts and paths, as KIC reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from kubectl_ingress.controllers._go import parse_int, words
from kubectl_ingress.controllers._kong.annotations import (
    FORCE_SSL,
    HEADERS,
    PREFIX,
    PROTOCOLS,
    STATUSES,
    annotation,
    is_host,
    is_method,
    is_path_handling,
    is_server_name,
)
from kubectl_ingress.controllers._kong.routes import Flavor, HeaderTest
from kubectl_ingress.core.objects import Meta
from kubectl_ingress.core.paths import as_bytes

_REGEX_PREFIX = "/~"
_HTTP = ("http", "https")


class Options(Struct, frozen=True):
    """Annotations of one object, read.

    `counted` is how many of methods and SNIs the expressions flavour counts,
    whether or not their values are taken. `problem` is why Kong refuses what it
    is handed, "" where it does not.
    """

    methods: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    snis: tuple[str, ...] = ()
    headers: tuple[HeaderTest, ...] = ()
    protocols: tuple[str, ...] = _HTTP
    redirect_status: int = 426
    strip_path: bool = False
    path_handling: str = "v0"
    regex_priority: int = 0
    regex_prefix: str = _REGEX_PREFIX
    rewrite: str | None = None
    counted: int = 0
    problem: str = ""


_SILENT = Options()


def read_options(meta: Meta, flavor: Flavor) -> Options:
    """The options of an object; never raises."""
    if not any(name.startswith(PREFIX) or name == FORCE_SSL for name in meta.annotations):
        return _SILENT
    each = flavor is Flavor.EXPRESSIONS
    methods = tuple(word.upper() for word in words(annotation(meta, "methods") or ""))
    snis = words(annotation(meta, "snis") or "")
    aliases = words(annotation(meta, "host-aliases") or "")
    protocols, mixed = _protocols(meta, flavor)
    strip = (annotation(meta, "strip-path") or "").lower() == "true"
    is_grpc = protocols[0].startswith("grpc")
    prefix = annotation(meta, "regex-prefix")
    priority = annotation(meta, "regex-priority") or ""
    return Options(
        methods=_taken(methods, is_method, each),
        aliases=_taken(aliases, is_host, each),
        snis=_taken(snis, is_server_name, each),
        headers=tuple(_headers(meta)),
        protocols=protocols,
        redirect_status=_status(meta),
        strip_path=mixed or (strip and not is_grpc),
        path_handling="v1" if annotation(meta, "path-handling") == "v1" else "v0",
        regex_priority=parse_int(priority) or 0,
        regex_prefix=as_bytes(_REGEX_PREFIX if prefix is None or (each and not prefix) else prefix),
        rewrite=annotation(meta, "rewrite"),
        counted=bool(methods) + bool(snis),
        problem=next(_problems(meta, flavor), ""),
    )


def _taken(found: tuple[str, ...], accepts: Callable[[str], bool], each: bool) -> tuple[str, ...]:
    """The words that are taken: `each` by itself, or all of them or none."""
    kept = tuple(dict.fromkeys(word for word in found if accepts(word)))
    return kept if each or all(map(accepts, found)) else ()


def _protocols(meta: Meta, flavor: Flavor) -> tuple[tuple[str, ...], bool]:
    """The protocols, and whether gRPC was asked for beside HTTP, which makes it HTTP alone."""
    default = ("https",) if _forces_ssl(meta) else _HTTP
    found = tuple(dict.fromkeys(words(annotation(meta, "protocols") or ""))) or default
    kinds = {word[:4] for word in found}
    if kinds == {"grpc", "http"} and flavor is not Flavor.EXPRESSIONS:
        return _HTTP, True
    return found, False


def _forces_ssl(meta: Meta) -> bool:
    """What ``konghq.com/protocols: https`` does with status 302; the other annotations win."""
    return meta.annotations.get(FORCE_SSL) == "true"


def _status(meta: Meta) -> int:
    found = annotation(meta, "https-redirect-status-code") or ""
    return int(found) if found in STATUSES else 302 if _forces_ssl(meta) else 426


def _headers(meta: Meta) -> Iterator[HeaderTest]:
    separator = annotation(meta, "headers-separator") or ","
    for name, value in sorted(meta.annotations.items()):
        short = name.removeprefix(PREFIX + HEADERS)
        if short == name or not short:
            continue
        values = tuple(part.strip() for part in value.split(separator) if part.strip())
        if values:
            yield HeaderTest(short, tuple(dict.fromkeys(values)))


def _problems(meta: Meta, flavor: Flavor) -> Iterator[str]:
    found = words(annotation(meta, "protocols") or "")
    for word in found:
        if word not in PROTOCOLS:
            yield f"{PREFIX}protocols holds {word!r}, which no route of this kind can have"
    kinds = {word[:4] for word in found}
    if len(kinds) > 1 and flavor is Flavor.EXPRESSIONS:
        yield f"{PREFIX}protocols mixes gRPC with HTTP"
    if kinds == {"grpc"} and annotation(meta, "methods") and flavor is not Flavor.EXPRESSIONS:
        yield f"{PREFIX}protocols is gRPC, which takes no {PREFIX}methods"
    handling = annotation(meta, "path-handling") or ""
    if flavor is not Flavor.EXPRESSIONS and not is_path_handling(handling):
        yield f"{PREFIX}path-handling is {handling!r} and neither v0 nor v1"
