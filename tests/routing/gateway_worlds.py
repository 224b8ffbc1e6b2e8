"""Random clusters of Gateways and routes, small enough for names, hosts and paths to meet often."""

from __future__ import annotations

from random import Random
from typing import Any

from kubectl_ingress.core.request import Request
from tests.routing.gateway_specification import (
    GROUP,
    Json,
    Question,
    World,
    all_listeners,
    is_served,
)

NAMESPACES = {"d": {"env": "prod"}, "n": {"env": "test"}}
HOSTNAMES = ("a.test", "x.a.test", "*.a.test", "*.test", "b.test", "*.x.a.test")
HOSTS = ("a.test", "x.a.test", "y.x.a.test", "b.test", "c.test", "other.example", "X.A.TEST")
PATHS = ("/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/A", "/a/b/")
REGEXES = ("/a.*", "/a/[a-z]+", "(?i)/A", "/(a|b)(/.*)?", "/.")
SERVICES, CALLS = ("pkg.One", "pkg.Two"), ("Get", "List")
TIMES = tuple(f"2026-01-0{day}T00:00:00Z" for day in (1, 2))
PORTS = {"HTTP": (80, 8080), "HTTPS": (443,)}


class Dice(Random):
    """Chances that read as what they are for."""

    def often(self) -> bool:
        return self.random() < 0.7

    def seldom(self) -> bool:
        return self.random() < 0.15

    def some(self, pool: tuple[Any, ...], most: int, least: int = 0) -> list[Any]:
        return self.sample(pool, self.randint(least, min(most, len(pool))))


def allowed(dice: Dice) -> Json:
    come_from = dice.choice(("All",) * 6 + ("Same", "Selector"))
    if come_from == "Selector":
        return {"from": come_from, "selector": {"matchLabels": {"env": "prod"}}}
    return {"from": come_from}


def listener(dice: Dice, name: str) -> Json:
    protocol = dice.choice(("HTTP", "HTTP", "HTTP", "HTTPS"))
    made: Json = {"name": name, "protocol": protocol, "port": dice.choice(PORTS[protocol])}
    if dice.random() < 0.4:
        made["hostname"] = dice.choice(HOSTNAMES)
    if protocol == "HTTPS":
        ref = {"name": dice.choice(("cert", "cert", "cert", "gone"))}
        if dice.seldom():
            ref["namespace"] = dice.choice(tuple(NAMESPACES))
        made["tls"] = {"mode": "Terminate", "certificateRefs": [ref]}
    if not dice.seldom():
        made["allowedRoutes"] = {"namespaces": allowed(dice)}
        if dice.seldom():
            kind = dice.choice(("HTTPRoute", "GRPCRoute", "TCPRoute"))
            made["allowedRoutes"]["kinds"] = [{"kind": kind, "group": GROUP}]
    return made


def headers(dice: Dice) -> list[Json]:
    made = []
    for name in dice.some(("x", "X", "y"), 3):
        one = {"name": name, "value": dice.choice(("1", "2"))}
        made.append({**one, "type": "RegularExpression", "value": "1|2."} if dice.seldom() else one)
    return made


def http_match(dice: Dice) -> Json:
    made: Json = {}
    if not dice.seldom():
        kind = dice.choice(("PathPrefix", "PathPrefix", "Exact", "RegularExpression"))
        value = dice.choice(REGEXES if kind == "RegularExpression" else PATHS)
        made["path"] = {"type": kind, "value": "//" if dice.random() < 0.005 else value}
    if dice.random() < 0.3:
        made["method"] = dice.choice(("GET", "POST"))
    if dice.random() < 0.3:
        made["headers"] = headers(dice)
    if dice.random() < 0.2:
        made["queryParams"] = [
            {"name": name, "value": dice.choice(("1", "2"))}
            for name in dice.some(("q", "q", "r"), 3)
        ]
    return made


def grpc_match(dice: Dice) -> Json:
    method = {}
    if dice.often():
        method["service"] = dice.choice(SERVICES)
    if dice.often():
        method["method"] = dice.choice(CALLS)
    made: Json = {"method": method} if method else {}
    if dice.seldom():
        made["headers"] = headers(dice)
    return made


def modifier(dice: Dice, simple: bool) -> Json:
    if simple and dice.often():
        return {
            "type": "ReplacePrefixMatch",
            "replacePrefixMatch": dice.choice(("/z", "/", "", "/z/")),
        }
    return {"type": "ReplaceFullPath", "replaceFullPath": "/full/path"}


def redirect(dice: Dice, simple: bool) -> Json:
    made: Json = {}
    for key, values in (
        ("scheme", ("http", "https")),
        ("hostname", ("to.example",)),
        ("port", (80, 443, 8443)),
        ("statusCode", (301, 308)),
    ):
        if dice.random() < 0.4:
            made[key] = dice.choice(values)
    if dice.random() < 0.4:
        made["path"] = modifier(dice, simple)
    return made


def filters(dice: Dice, simple: bool) -> list[Json]:
    """`simple`: the rule has one PathPrefix, so that its prefix can be replaced."""
    edits = {"set": [{"name": "x", "value": "1"}]}
    reference = {"group": "example.com", "kind": "Filter", "name": "f"}
    pool: dict[str, Json] = {
        "RequestRedirect": {"requestRedirect": redirect(dice, simple)},
        "URLRewrite": {"urlRewrite": {"path": modifier(dice, simple)}},
        "RequestHeaderModifier": {"requestHeaderModifier": edits},
        "RequestMirror": {"requestMirror": {"backendRef": {"name": "one", "port": 80}}},
        "CORS": {"cors": {"allowOrigins": ["*"]}},
        "ExtensionRef": {"extensionRef": reference},
    }
    return [{"type": kind, **pool[kind]} for kind in dice.some(tuple(pool), 2, 1)]


def backend(dice: Dice) -> Json:
    broken = dice.seldom()
    names = ("empty", "gone", "odd") if broken else ("one", "two", "three")
    made: Json = {"name": dice.choice(names), "port": 80}
    if dice.seldom():
        made["namespace"] = dice.choice(tuple(NAMESPACES))
    if broken and dice.seldom():
        made["port"] = 81
    if broken and dice.seldom():
        made |= {"kind": "Bucket", "group": "example.com"}
    if dice.often():
        made["weight"] = dice.randint(0, 3)
    return made


def http_rule(dice: Dice) -> Json:
    made: Json = {}
    if dice.often():
        made["matches"] = [http_match(dice) for _ in range(dice.randint(1, 3))]
    kinds = [match.get("path", {}).get("type", "PathPrefix") for match in made.get("matches", [{}])]
    answered = False
    if dice.random() < 0.35:
        made["filters"] = filters(dice, kinds == ["PathPrefix"])
        answered = any(one["type"] == "RequestRedirect" for one in made["filters"])
    if not answered or dice.random() < 0.05:
        made["backendRefs"] = [backend(dice) for _ in range(dice.choice((0, 1, 1, 1, 2, 3)))]
    return made


def grpc_rule(dice: Dice) -> Json:
    made: Json = {"backendRefs": [backend(dice) for _ in range(dice.randint(1, 2))]}
    if dice.often():
        made["matches"] = [grpc_match(dice) for _ in range(dice.randint(1, 2))]
    return made


def route(dice: Dice, kind: str, name: str) -> Json:
    refs = []
    others = dice.some((("Gateway", "more"), ("ListenerSet", "s0")), 2)
    for parent_kind, parent in (*((("Gateway", "gw"),) if not dice.seldom() else ()), *others):
        ref: Json = {"name": parent, "namespace": "d", "kind": parent_kind, "group": GROUP}
        if dice.seldom():
            ref["sectionName"] = dice.choice(("l0", "l1"))
        if dice.seldom():
            ref["port"] = dice.choice((80, 8080))
        refs.append(ref)
    rule = http_rule if kind == "HTTPRoute" else grpc_rule
    spec: Json = {"parentRefs": refs, "rules": [rule(dice) for _ in range(dice.randint(1, 3))]}
    if dice.random() < 0.5:
        spec["hostnames"] = dice.some(HOSTNAMES, 3)
    return obj(kind, name, dice.choice(tuple(NAMESPACES)), spec, dice.choice(TIMES))


def obj(kind: str, name: str, namespace: str, spec: Json, created: str = "") -> Json:
    meta = {"name": name, "namespace": namespace, "creationTimestamp": created}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": meta, "spec": spec}


def gateways(dice: Dice) -> list[Json]:
    """One Gateway with ListenerSets; sometimes another that listens elsewhere."""
    listeners = [listener(dice, f"l{n}") for n in range(dice.randint(1, 4))]
    if dice.often():
        # What most Gateways have: every host and namespace.
        port = dice.choice(PORTS["HTTP"])
        everything = {"namespaces": {"from": "All"}}
        listeners = [one for one in listeners if "hostname" in one or one["port"] != port]
        listeners.append(
            {"name": "all", "protocol": "HTTP", "port": port, "allowedRoutes": everything}
        )
    spec: Json = {"gatewayClassName": "c", "listeners": listeners}
    if dice.often():
        spec["allowedListeners"] = {"namespaces": allowed(dice)}
    made = [obj("Gateway", "gw", "d", spec)]
    for number in range(dice.randint(0, 2)):
        parent = {"name": "gw", "namespace": "d"}
        pieces = [listener(dice, f"l{n}") for n in range(dice.randint(1, 2))]
        home = "d" if dice.often() else "n"
        more = {"parentRef": parent, "listeners": pieces}
        made.append(obj("ListenerSet", f"s{number}", home, more, dice.choice(TIMES)))
    if dice.seldom():
        other = {**listener(dice, "l0"), "protocol": "HTTP", "port": 9090}
        other.pop("tls", None)
        made.append(obj("Gateway", "more", "d", {"gatewayClassName": "c", "listeners": [other]}))
    return made


def core(kind: str, name: str, namespace: str, version: str = "v1", **fields: Any) -> Json:
    labels = fields.pop("labels", {})
    meta = {"name": name, "labels": labels, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **fields}


def services() -> list[Json]:
    made = [core("Secret", "cert", "d", data={"tls.crt": "", "tls.key": ""})]
    for namespace, labels in NAMESPACES.items():
        made.append(core("Namespace", namespace, "", labels=dict(labels)))
        for name in ("one", "two", "three", "empty", "odd"):
            port = {"port": 80, **({"appProtocol": "example.com/x"} if name == "odd" else {})}
            made.append(core("Service", name, namespace, spec={"ports": [port]}))
            made.append(
                core(
                    "EndpointSlice",
                    name,
                    namespace,
                    "discovery.k8s.io/v1",
                    labels={"kubernetes.io/service-name": name},
                    ports=[{"name": "", "port": 8080}],
                    endpoints=[
                        {"addresses": ["10.0.0.1"], "conditions": {"ready": name != "empty"}}
                    ],
                )
            )
    return made


def grants(dice: Dice) -> list[Json]:
    made = []
    for number in range(dice.randint(0, 2)):
        kinds = dice.some(("HTTPRoute", "GRPCRoute", "ListenerSet"), 3, 1)
        home = dice.choice(tuple(NAMESPACES))
        sources = [
            {"group": GROUP, "kind": kind, "namespace": dice.choice(tuple(NAMESPACES))}
            for kind in kinds
        ]
        target: Json = {"group": "", "kind": dice.choice(("Service", "Secret"))}
        if dice.seldom():
            target["name"] = "one"
        spec = {"from": sources, "to": [target]}
        made.append(obj("ReferenceGrant", f"g{number}", home, spec))
    return made


def objects(dice: Dice) -> list[Json]:
    routes = [route(dice, "HTTPRoute", f"h{n}") for n in range(dice.randint(2, 7))]
    routes += [route(dice, "GRPCRoute", f"g{n}") for n in range(dice.choice((0, 0, 1, 2)))]
    return [*services(), *gateways(dice), *grants(dice), *routes]


def question(dice: Dice, world: World) -> Question:
    """Sent to a port that something listens on."""
    places = all_listeners(world)
    if not dice.seldom():
        places = [one for one in places if is_served(world, one)] or places
    entrance = dice.choice(places).written
    scheme, port = entrance["protocol"].lower(), entrance["port"]
    method = dice.choice(("GET", "GET", "GET", "POST", "POST", "OPTIONS"))
    path = dice.choice((*PATHS, "/ab/c", "/b", "/none"))
    if method == "POST" and dice.random() < 0.5:
        path = f"/{dice.choice(SERVICES)}/{dice.choice((*CALLS, 'Other'))}"
    query = dice.choice(("", "", "", "?q=1", "?q=2&q=1", "?r=1&q=1", "?"))
    lines = [(name, dice.choice(("1", "2", "21"))) for name in dice.some(("x", "x", "Y"), 3)]
    if method == "OPTIONS" and dice.often():
        lines += [("Origin", "http://o"), ("Access-Control-Request-Method", "PUT")]
    host = dice.choice(HOSTS)
    sni = dice.choice(HOSTS) if scheme == "https" and dice.random() < 0.4 else None
    return Question(host, path + query, scheme, port, method, tuple(lines), sni)


def asked(one: Question) -> Request:
    usual = {"http": 80, "https": 443}[one.scheme]
    port = None if one.port == usual else one.port
    return Request(
        one.host, one.target, one.scheme, one.method, one.headers, port, "10.9.9.9", one.sni
    )
