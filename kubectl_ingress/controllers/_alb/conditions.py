"""The conditions of listener rules, and the annotation ``conditions.NAME``.

AWS: Elastic Load Balancing, condition types for listener rules; the controller's
config_types.go and model_build_listener_rules.go.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._alb.annotations import (
    Annotations,
    BadAnnotation,
    Fields,
    fields,
    items,
    json_of,
    string,
    strings,
)
from kubectl_ingress.controllers._alb.globs import parse_glob
from kubectl_ingress.core import patterns
from kubectl_ingress.core.conditions import MethodIs
from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.matching import Condition
from kubectl_ingress.core.networks import Network, is_in, parse_address, parse_network
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request


class OnPort(Struct, frozen=True):
    """The listeners that a rule belongs to."""

    ports: frozenset[int]

    def met(self, request: Request) -> bool:
        """Whether the request came in by one of them."""
        return request.listener_port in self.ports

    def __str__(self) -> str:
        return "port " + ", ".join(map(str, sorted(self.ports)))


class HostIs(Struct, frozen=True):
    """host-header: patterns in lower case, or regular expressions."""

    globs: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()

    def met(self, request: Request) -> bool:
        """Whether one of them takes the host."""
        host = normalise_host(request.host)
        return any(parse_glob(one).matches(host) for one in self.globs) or any(
            patterns.find(as_bytes(one), as_bytes(host)) for one in self.regexes
        )

    def __str__(self) -> str:
        return "host " + " or ".join((*self.globs, *self.regexes))


class PathIs(Struct, frozen=True):
    """path-pattern with a wildcard that is not just the end."""

    glob: str

    def met(self, request: Request) -> bool:
        """Whether it takes the path. Case counts."""
        return parse_glob(as_bytes(self.glob)).matches(as_bytes(request.path))

    def __str__(self) -> str:
        return f"path {self.glob}"


class HeaderIs(Struct, frozen=True):
    """http-header: one value of the header fits. Neither name nor value has a case."""

    name: str
    globs: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()

    def met(self, request: Request) -> bool:
        """Whether one fits."""
        return any(map(self._fits, request.header_values(self.name)))

    def _fits(self, value: str) -> bool:
        return any(parse_glob(one.lower()).matches(value.lower()) for one in self.globs) or any(
            patterns.find(as_bytes(one), as_bytes(value)) for one in self.regexes
        )

    def __str__(self) -> str:
        return f"header {self.name}: {' or '.join((*self.globs, *self.regexes))}"


class QueryHas(Struct, frozen=True):
    """query-string: a pair, or a value of any key. No case."""

    pairs: tuple[tuple[str | None, str], ...]

    def met(self, request: Request) -> bool:
        """Whether the query holds one of them."""
        return any(self._fits(*part.partition("=")) for part in (request.query or "").split("&"))

    def _fits(self, key: str, equals: str, value: str) -> bool:
        return any(
            (wanted is None or parse_glob(wanted.lower(), escapes=True).matches(key.lower()))
            and parse_glob(text.lower(), escapes=True).matches(value.lower())
            for wanted, text in self.pairs
        )

    def __str__(self) -> str:
        pairs = (value if key is None else f"{key}={value}" for key, value in self.pairs)
        return f"query {' or '.join(pairs)}"


class ClientIn(Struct, frozen=True):
    """source-ip: the address that connects, whatever X-Forwarded-For says."""

    networks: tuple[Network, ...]

    def met(self, request: Request) -> bool:
        """Whether it is in one of the networks; an unknown one is in none."""
        address = parse_address(request.client)
        return address is not None and is_in(address, self.networks)

    def __str__(self) -> str:
        return f"client {' or '.join(map(str, self.networks))}"


class Conditions(Struct, frozen=True):
    """What a ``conditions.NAME`` adds to a rule: hosts and paths widen the rule's own."""

    hosts: tuple[str, ...] = ()
    host_regexes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    path_regexes: tuple[str, ...] = ()
    others: tuple[Condition, ...] = ()
    values: int = 0
    """How many values the others have."""


def parse_conditions(annotations: Annotations, name: str) -> Conditions:
    """The annotation ``conditions.NAME``, nothing where absent. Raises BadAnnotation."""
    annotation = f"conditions.{name}"
    found = Conditions()
    for item in items(json_of(annotations, annotation), annotation):
        found = _with(found, fields(item, annotation))
    return found


def _with(known: Conditions, item: Fields) -> Conditions:
    field = string(item, "field") or ""
    if field == "host-header":
        globs, regexes = _texts(item, "hostHeaderConfig")
        hosts, more = (*known.hosts, *globs), (*known.host_regexes, *regexes)
        return replace(known, hosts=hosts, host_regexes=more)
    if field == "path-pattern":
        globs, regexes = _texts(item, "pathPatternConfig")
        paths, more = (*known.paths, *globs), (*known.path_regexes, *regexes)
        return replace(known, paths=paths, path_regexes=more)
    other, count = _other(field, item)
    others = known.others if other is None else (*known.others, other)
    return replace(known, others=others, values=known.values + count)


def _other(field: str, item: Fields) -> tuple[Condition | None, int]:
    """A condition that stands beside host and path; None for a field the controller ignores."""
    match field:
        case "http-header":
            globs, regexes = _texts(item, "httpHeaderConfig")
            name = string(_config(item, "httpHeaderConfig"), "httpHeaderName") or ""
            return HeaderIs(name, globs, regexes), len(globs) + len(regexes)
        case "http-request-method":
            methods, _ = _texts(item, "httpRequestMethodConfig")
            return MethodIs(methods), len(methods)
        case "query-string":
            values = items(_config(item, "queryStringConfig").get("values"), "values")
            pairs = tuple(_pair(fields(value, "a query string value")) for value in values)
            _some(pairs, "queryStringConfig")
            return QueryHas(pairs), len(pairs)
        case "source-ip":
            networks, _ = _texts(item, "sourceIPConfig")
            return ClientIn(tuple(map(_network, networks))), len(networks)
    return None, 0


def _config(item: Fields, name: str) -> Fields:
    if item.get(name.lower()) is None:
        raise BadAnnotation(f"missing {name}")
    return fields(item[name.lower()], name)


def _texts(item: Fields, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    config = _config(item, name)
    globs, regexes = strings(config, "values"), strings(config, "regexValues")
    _some((*globs, *regexes), name)
    return globs, regexes


def _some(values: Collection[object], name: str) -> None:
    if not values:
        raise BadAnnotation(f"{name} has no values")


def _pair(value: Fields) -> tuple[str | None, str]:
    text = string(value, "value")
    if not text:
        raise BadAnnotation("a query string condition has an empty value")
    return string(value, "key"), text


def _network(text: str) -> Network:
    found = parse_network(text)
    if found is None:
        raise BadAnnotation(f"{text!r} is no network in CIDR notation")
    return found
