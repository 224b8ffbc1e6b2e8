"""The Gateway API read sentence by sentence: slow, plain, and apart from the model.

Each function is one paragraph of the types of the Gateway API 1.6 (the texts of
the CRDs), read over plain objects without any index. It shares no code with the
package. Where the texts leave a choice, it is one of the constants below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Json = dict[str, Any]
GROUP = "gateway.networking.k8s.io"

# "always an OK status (i.e., 204 or 200)"
PREFLIGHT = 204
# UNAVAILABLE, as the HTTP status that a gRPC client reads so.
UNAVAILABLE = 503
# "The precedence of RegularExpression path matches are implementation-specific."
PATH_TYPES = ["Exact", "RegularExpression", "PathPrefix"]


@dataclass(frozen=True)
class Question:
    """A request as it comes in: the name in the TLS handshake is the host where not given."""

    host: str
    target: str
    scheme: str
    port: int
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    sni: str | None = None

    @property
    def path(self) -> str:
        return self.target.split("?")[0]

    @property
    def query(self) -> str:
        return self.target[len(self.path) :]


@dataclass(frozen=True)
class Answer:
    """A status of the gateway's own (with a location), or shares of the requests by backend.

    A share is ``namespace/service:port`` or the status that it gets.
    """

    status: int | None = None
    location: str | None = None
    path: str | None = None
    shares: dict[str, Fraction] = field(default_factory=dict)


NOT_FOUND = Answer(404)


class World:
    """The objects of a cluster, as the API gives them."""

    def __init__(self, objects: list[Json]) -> None:
        self.objects = objects

    def all(self, kind: str) -> list[Json]:
        return [one for one in self.objects if one["kind"] == kind]

    def find(self, kind: str, namespace: str, name: str) -> Json | None:
        for one in self.all(kind):
            if (one["metadata"].get("namespace", ""), one["metadata"]["name"]) == (namespace, name):
                return one
        return None


def answer(world: World, question: Question) -> Answer:
    """What becomes of a request."""
    listeners = [one for one in all_listeners(world) if is_served(world, one)]
    listener = choose(listeners, question, question.host)
    if question.scheme == "https" and question.sni is not None:
        shaken = choose(listeners, question, question.sni)
        # "If another Listener has an exact match or more specific wildcard entry,
        # the Gateway SHOULD return a 421."
        if shaken is not None and listener is not None and shaken is not listener:
            return Answer(421)
    if listener is None:
        # "the request MUST be rejected [...] HTTP returns a 404 status code"
        return NOT_FOUND
    candidates = [
        found
        for route in accepted_routes(world, listener)
        for found in matches_of(route, listener, question)
    ]
    if not candidates:
        # "When no rules matching a request have been successfully attached to the
        # parent a request is coming from, a HTTP 404 status code MUST be returned."
        return NOT_FOUND
    return outcome(world, listener, question, winner(candidates))


# --- Listeners -------------------------------------------------------------


@dataclass
class Place:
    """A listener with the Gateway that it serves for and the object that it is written in."""

    gateway: Json
    owner: Json
    written: Json
    conflicted: bool = False

    @property
    def hostname(self) -> str:
        return str(self.written.get("hostname", ""))

    @property
    def namespace(self) -> str:
        return str(self.owner["metadata"]["namespace"])


def all_listeners(world: World) -> list[Place]:
    """Gateways' own, then those of their ListenerSets: oldest first, then by namespace/name."""
    found = []
    for gateway in world.all("Gateway"):
        own = [Place(gateway, gateway, one) for one in gateway["spec"]["listeners"]]
        # "each listener in a set MUST have a unique combination of Port, Protocol,
        # and, if supported by the protocol, Hostname"; "ALL indistinct Listeners
        # must not be accepted"
        mark_conflicted(own, [])
        sets = [one for one in world.all("ListenerSet") if may_add(world, one, gateway)]
        for more in sorted(sets, key=by_age):
            pieces = [Place(gateway, more, one) for one in more["spec"]["listeners"]]
            # "the merged list [...] using the following precedence"
            mark_conflicted(pieces, own)
            own = own + pieces
        found += own
    return found


def by_age(obj: Json) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("creationTimestamp", ""), f"{meta['namespace']}/{meta['name']}"


def mark_conflicted(pieces: list[Place], before: list[Place]) -> None:
    def signature(place: Place) -> tuple[Any, ...]:
        return place.written["port"], place.written["protocol"], place.hostname

    for place in pieces:
        same = [one for one in pieces + before if signature(one) == signature(place)]
        place.conflicted = len(same) > 1


def may_add(world: World, listener_set: Json, gateway: Json) -> bool:
    """A ListenerSet with a parentRef to a Gateway that allows its namespace."""
    parent = listener_set["spec"]["parentRef"]
    home = listener_set["metadata"]["namespace"]
    if parent["name"] != gateway["metadata"]["name"]:
        return False
    if parent.get("namespace", home) != gateway["metadata"]["namespace"]:
        return False
    allowed = gateway["spec"].get("allowedListeners", {}).get("namespaces", {"from": "None"})
    return allows(world, allowed, home, gateway["metadata"]["namespace"])


def allows(world: World, allowed: Json, namespace: str, home: str) -> bool:
    """All, Same, Selector or None."""
    if allowed["from"] == "Selector":
        labels = dict(world.find("Namespace", "", namespace)["metadata"]["labels"])  # type: ignore[index]
        labels["kubernetes.io/metadata.name"] = namespace
        wanted = allowed["selector"].get("matchLabels", {})
        return all(labels.get(key) == value for key, value in wanted.items())
    return allowed["from"] == "All" or (allowed["from"] == "Same" and namespace == home)


def is_served(world: World, place: Place) -> bool:
    """Distinct, of a protocol for HTTP, and with a certificate where TLS is terminated."""
    if place.conflicted or place.written["protocol"] not in ("HTTP", "HTTPS"):
        return False
    if place.written["protocol"] == "HTTP":
        return True
    for ref in place.written["tls"]["certificateRefs"]:
        namespace = ref.get("namespace", place.namespace)
        if world.find("Secret", namespace, ref["name"]) is None:
            return False
        # "References to a resource in different namespace are invalid UNLESS there
        # is a ReferenceGrant in the target namespace"
        target = {"group": "", "kind": "Secret", "name": ref["name"], "namespace": namespace}
        if not is_permitted(world, place.owner["kind"], place.namespace, target):
            return False
    return True


def choose(listeners: list[Place], question: Question, name: str) -> Place | None:
    """ "from the most specific to least specific Hostname values": exact, wildcards, "" """
    protocol = {"http": "HTTP", "https": "HTTPS"}[question.scheme]
    fitting = [
        one
        for one in listeners
        if one.written["port"] == question.port
        and one.written["protocol"] == protocol
        and includes(one.hostname, name)
    ]
    for exact in fitting:
        if exact.hostname and not exact.hostname.startswith("*"):
            return exact
    # "the higher the number of dots in the hostname to the right of the wildcard
    # character, the higher the precedence"
    wildcards = [one for one in fitting if one.hostname.startswith("*")]
    for dots in range(20, -1, -1):
        for one in wildcards:
            if one.hostname[1:].count(".") == dots:
                return one
    return fitting[0] if fitting else None


def includes(hostname: str, name: str) -> bool:
    """Suffix match for ``*.``: one label or more, never the apex; "" is every name."""
    name = name.lower()
    if hostname == "":
        return True
    if hostname.startswith("*."):
        labels, wanted = name.split("."), hostname.split(".")[1:]
        return len(labels) > len(wanted) and labels[-len(wanted) :] == wanted
    return name == hostname


# --- Routes ----------------------------------------------------------------


def accepted_routes(world: World, place: Place) -> list[Json]:
    """Those that attach to a listener; of two kinds on one hostname the older one."""
    routes = [*world.all("HTTPRoute"), *world.all("GRPCRoute")]
    accepted: list[Json] = []
    for route in sorted(routes, key=by_age):
        if is_refused_by_schema(route) or not attaches(world, route, place):
            continue
        # "then the implementation MUST accept exactly one of these two routes"
        others = [one for one in accepted if one["kind"] != route["kind"]]
        if not any(share_a_host(route, other, place) for other in others):
            accepted.append(route)
    return accepted


def is_refused_by_schema(route: Json) -> bool:
    """The rules of validation that the random objects may break."""
    for rule in route["spec"].get("rules", []):
        types = [f["type"] for f in rule.get("filters", [])]
        if "RequestRedirect" in types and ("URLRewrite" in types or rule.get("backendRefs")):
            return True
        paths = [match.get("path", {}) for match in rule.get("matches", [{}])]
        for path in paths:
            if "//" in path.get("value", "/") and path.get("type") != "RegularExpression":
                return True
        prefixes = [path.get("type", "PathPrefix") == "PathPrefix" for path in paths]
        if "ReplacePrefixMatch" in str(rule) and prefixes != [True]:
            return True
    return False


def attaches(world: World, route: Json, place: Place) -> bool:
    """A parentRef selects the listener, which allows the kind and namespace and shares a host."""
    if not any(selects(ref, route, place) for ref in route["spec"]["parentRefs"]):
        return False
    allowed = place.written.get("allowedRoutes", {})
    kinds = allowed.get("kinds") or [{"kind": "HTTPRoute"}, {"kind": "GRPCRoute"}]
    if route["kind"] not in [kind["kind"] for kind in kinds if kind.get("group", GROUP) == GROUP]:
        return False
    namespaces = allowed.get("namespaces", {"from": "Same"})
    if not allows(world, namespaces, route["metadata"]["namespace"], place.namespace):
        return False
    # "there must be at least one intersecting hostname"
    return bool(hostnames_on(route, place))


def selects(ref: Json, route: Json, place: Place) -> bool:
    wanted = (ref.get("kind", "Gateway"), ref["name"])
    if wanted != (place.owner["kind"], place.owner["metadata"]["name"]):
        return False
    if ref.get("namespace", route["metadata"]["namespace"]) != place.namespace:
        return False
    if ref.get("sectionName", place.written["name"]) != place.written["name"]:
        return False
    return bool(ref.get("port", place.written["port"]) == place.written["port"])


def hostnames_on(route: Json, place: Place) -> list[str]:
    """ "any HTTPRoute hostnames that do not match the Listener hostname MUST be ignored" """
    own = route["spec"].get("hostnames") or [""]
    return [name for name in own if do_intersect(name, place.hostname)]


def do_intersect(one: str, other: str) -> bool:
    return any(
        includes(a, b.replace("*.", "some.")) if b else a == ""
        for a, b in ((one, other), (other, one))
    )


def share_a_host(one: Json, other: Json, place: Place) -> bool:
    # On one listener: of three hostnames that overlap by pairs as suffixes do, all
    # three have a host in common.
    return any(
        do_intersect(a, b) for a in hostnames_on(one, place) for b in hostnames_on(other, place)
    )


# --- Matches ---------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A match that takes the request."""

    route: Json
    hostname: str
    rule_index: int
    rule: Json
    match: Json


def matches_of(route: Json, place: Place, question: Question) -> Iterator[Candidate]:
    for hostname in hostnames_on(route, place):
        if not includes(hostname, question.host):
            continue
        rules = route["spec"].get("rules") or ([{}] if route["kind"] == "HTTPRoute" else [])
        for index, rule in enumerate(rules):
            for match in rule.get("matches") or [{}]:
                takes = takes_http if route["kind"] == "HTTPRoute" else takes_grpc
                if takes(match, question):
                    yield Candidate(route, hostname, index, rule, match)


def takes_http(match: Json, question: Question) -> bool:
    """ "a request must satisfy" all of it."""
    path = match.get("path", {})
    if not takes_path(path.get("type", "PathPrefix"), path.get("value", "/"), question.path):
        return False
    if "method" in match and match["method"] != question.method:
        return False
    for header in first_of_each(match.get("headers", []), str.lower):
        if not takes_value(header, header_value(question, header["name"])):
            return False
    for parameter in first_of_each(match.get("queryParams", []), str):
        if not takes_value(parameter, parameter_value(question, parameter["name"])):
            return False
    return True


def takes_path(kind: str, value: str, path: str) -> bool:
    if kind == "Exact":
        return path == value
    if kind == "RegularExpression":
        return re.fullmatch(value, path) is not None
    # "split by the `/` separator. When specified, a trailing `/` is ignored."
    wanted = value.split("/")
    if wanted[-1] == "":
        wanted.pop()
    return path.split("/")[: len(wanted)] == wanted


def first_of_each(matches: list[Json], fold: Callable[[str], str]) -> list[Json]:
    """ "only the first entry with an equivalent name MUST be considered for a match" """
    found: list[Json] = []
    for match in matches:
        if fold(match["name"]) not in [fold(one["name"]) for one in found]:
            found.append(match)
    return found


def header_value(question: Question, name: str) -> str | None:
    lines = [value for key, value in question.headers if key.lower() == name.lower()]
    return ",".join(lines) if lines else None


def parameter_value(question: Question, name: str) -> str | None:
    """ "recommended that implementations should match against the first value" """
    for pair in question.query[1:].split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            return value
    return None


def takes_value(match: Json, value: str | None) -> bool:
    if value is None:
        return False
    if match.get("type", "Exact") == "RegularExpression":
        return re.fullmatch(match["value"], value) is not None
    return bool(value == match["value"])


def takes_grpc(match: Json, question: Question) -> bool:
    """A call is a POST to /service/method; without both in the match every path will do."""
    if question.method != "POST":
        return False
    method = match.get("method", {})
    if method:
        parts = question.path.split("/")
        if len(parts) != 3 or not parts[1] or not parts[2]:
            return False
        if (
            method.get("service", parts[1]) != parts[1]
            or method.get("method", parts[2]) != parts[2]
        ):
            return False
    for header in first_of_each(match.get("headers", []), str.lower):
        if not takes_value(header, header_value(question, header["name"])):
            return False
    return True


# --- Precedence ------------------------------------------------------------


def winner(candidates: list[Candidate]) -> Candidate:
    """ "continuing on ties": each criterion leaves the best of those that are left."""
    left = candidates
    # "Characters in a matching non-wildcard hostname"
    left = best(left, lambda one: 0 if "*" in one.hostname else len(one.hostname))
    # "Characters in a matching hostname"
    left = best(left, lambda one: len(one.hostname))
    if left[0].route["kind"] == "GRPCRoute":
        # "Characters in a matching service", "in a matching method"
        left = best(left, lambda one: len(one.match.get("method", {}).get("service", "")))
        left = best(left, lambda one: len(one.match.get("method", {}).get("method", "")))
    else:
        # '"Exact" path match', then '"Prefix" path match with largest number of characters'
        left = best(left, lambda one: -PATH_TYPES.index(path_of(one).get("type", "PathPrefix")))
        if path_of(left[0]).get("type") != "Exact":
            left = best(left, lambda one: len(path_of(one).get("value", "/")))
        # "Method match"
        left = best(left, lambda one: int("method" in one.match))
    # "Largest number of header matches", "of query param matches"
    left = best(left, lambda one: len(first_of_each(one.match.get("headers", []), str.lower)))
    left = best(left, lambda one: len(first_of_each(one.match.get("queryParams", []), str)))
    # "The oldest Route", "appearing first in alphabetical order"
    first = min(left, key=lambda one: by_age(one.route))
    left = [one for one in left if one.route is first.route]
    # "the FIRST matching rule (in list order)"
    return min(left, key=lambda one: one.rule_index)


def best(candidates: list[Candidate], score: Callable[[Candidate], int]) -> list[Candidate]:
    highest = max(score(one) for one in candidates)
    return [one for one in candidates if score(one) == highest]


def path_of(candidate: Candidate) -> Json:
    return dict(candidate.match.get("path", {}))


# --- Filters and backends --------------------------------------------------


def outcome(world: World, place: Place, question: Question, candidate: Candidate) -> Answer:
    """Filters "in the order they are specified", then the backends by weight."""
    path = question.path
    prefix = path_of(candidate).get("value", "/")
    for one in candidate.rule.get("filters", []):
        if one["type"] == "RequestRedirect":
            return redirect(one["requestRedirect"], place, question, prefix)
        if one["type"] == "ExtensionRef":
            # "requests that would have been processed by that filter MUST receive a
            # HTTP error response"
            return Answer(500)
        if one["type"] == "CORS" and is_preflight(question):
            return Answer(PREFLIGHT)
        if one["type"] == "URLRewrite" and "path" in one["urlRewrite"]:
            path = changed(one["urlRewrite"]["path"], path, prefix)
    shares = shares_of(world, candidate)
    if len(shares) == 1 and (only := next(iter(shares))).isdigit():
        return Answer(int(only))
    return Answer(path=path + question.query, shares=shares)


def is_preflight(question: Question) -> bool:
    names = {name.lower() for name, _ in question.headers}
    return question.method == "OPTIONS" and {"origin", "access-control-request-method"} <= names


def changed(modifier: Json, path: str, prefix: str) -> str:
    """The table of HTTPPathModifier."""
    if modifier["type"] == "ReplaceFullPath":
        return str(modifier["replaceFullPath"])
    kept = path.split("/")[len([part for part in prefix.split("/") if part]) + 1 :]
    front = [part for part in modifier["replacePrefixMatch"].split("/") if part]
    return "/" + "/".join(front + kept)


def redirect(written: Json, place: Place, question: Question, prefix: str) -> Answer:
    scheme = written.get("scheme", question.scheme)
    # "If redirect scheme is not-empty, the redirect port MUST be the well-known port
    # [...]. If redirect scheme is empty, the redirect port MUST be the Gateway
    # Listener port."
    known = {"http": 80, "https": 443}
    derived = known[written["scheme"]] if "scheme" in written else place.written["port"]
    port = written.get("port", derived)
    # "SHOULD NOT add the port number" for HTTP and 80, HTTPS and 443
    suffix = "" if (scheme, port) in (("http", 80), ("https", 443)) else f":{port}"
    path = changed(written["path"], question.path, prefix) if "path" in written else question.path
    host = written.get("hostname", question.host)
    location = f"{scheme}://{host}{suffix}{path}{question.query}"
    return Answer(written.get("statusCode", 302), location)


def shares_of(world: World, candidate: Candidate) -> dict[str, Fraction]:
    """ "weight/(sum of all weights in this BackendRefs list)" """
    grpc = candidate.route["kind"] == "GRPCRoute"
    refs = [one for one in candidate.rule.get("backendRefs", []) if one.get("weight", 1) > 0]
    if not refs:
        return {str(UNAVAILABLE if grpc else 500): Fraction(1)}
    total = sum(one.get("weight", 1) for one in refs)
    shares: dict[str, Fraction] = {}
    for one in refs:
        key = backend_of(world, candidate.route, one, grpc)
        shares[key] = shares.get(key, Fraction(0)) + Fraction(one.get("weight", 1), total)
    return shares


def backend_of(world: World, route: Json, ref: Json, grpc: bool) -> str:
    """A Service port, 500 for an invalid reference, 503 for one without ready endpoints."""
    invalid = str(UNAVAILABLE if grpc else 500)
    home = route["metadata"]["namespace"]
    namespace = ref.get("namespace", home)
    target = {"group": "", "kind": "Service", **ref, "namespace": namespace}
    if (target["group"], target["kind"]) != ("", "Service"):
        return invalid
    if not is_permitted(world, route["kind"], home, target):
        return invalid
    service = world.find("Service", namespace, ref["name"])
    if service is None:
        return invalid
    ports = [one for one in service["spec"]["ports"] if one["port"] == ref["port"]]
    if not ports or "example.com" in ports[0].get("appProtocol", ""):
        return invalid
    for piece in world.all("EndpointSlice"):
        if piece["metadata"]["namespace"] != namespace:
            continue
        if piece["metadata"]["labels"]["kubernetes.io/service-name"] != ref["name"]:
            continue
        if any(one["conditions"]["ready"] for one in piece["endpoints"]):
            return f"{namespace}/{ref['name']}:{ref['port']}"
    return str(UNAVAILABLE if grpc else 503)


def is_permitted(world: World, kind: str, namespace: str, target: Json) -> bool:
    """ "All cross-namespace references in Gateway API [...] require a ReferenceGrant." """
    if target["namespace"] == namespace:
        return True
    for grant in world.all("ReferenceGrant"):
        if grant["metadata"]["namespace"] != target["namespace"]:
            continue
        trusted = {"group": GROUP, "kind": kind, "namespace": namespace} in grant["spec"]["from"]
        opened = any(
            (to["group"], to["kind"]) == (target["group"], target["kind"])
            and to.get("name", target["name"]) == target["name"]
            for to in grant["spec"]["to"]
        )
        if trusted and opened:
            return True
    return False
