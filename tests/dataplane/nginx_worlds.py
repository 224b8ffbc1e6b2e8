"""Random clusters of Ingresses with annotations of ingress-nginx, and requests that meet them.

Small pools, so that hosts, paths and patterns of different Ingresses collide.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

from kubectl_ingress.controllers._ingress_nginx.canary import Stickiness
from kubectl_ingress.core.request import Request
from tests.routing.gateway_worlds import Dice

Json = dict[str, Any]
Ports = Callable[[str], int]
"""The port of the endpoint behind a Service, by ``namespace/name``."""

PREFIX = "nginx.ingress.kubernetes.io/"
NAMESPACES = ("n1", "n2")
SERVICES = ("s1", "s2", "s3", "spare")
TIMES = tuple(f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3))

HOSTS = ("a.test", "b.test", "x.a.test", "www.b.test", "*.a.test", "*.test", "")
ALIASES = (
    "alias.test",
    "*.b.test",
    ".c.test",
    "mail.*",
    "~^r[0-9]+\\.test$",
    "~^([a-z]+)\\.who\\.test$",
    "*.x.a.test",
    "b.test",
    "UPPER.test",
    "alias.test, ~^ALIAS2?\\., mail.*",
)
ASKED_HOSTS = (
    *("a.test", "b.test", "x.a.test", "www.a.test", "www.b.test", "y.a.test", "y.x.a.test"),
    *("q.test", "test", "alias.test", "z.b.test", "z.z.b.test", "c.test", "d.c.test"),
    *("mail.a.test", "mail.x", "r12.test", "rr.test", "me.who.test", "upper.test", "www.q.test"),
    *("A.TEST", "a.test.", "X.A.test.", "-.a.test", "a_b.a.test", "ä.a.test", "other.example"),
    *("127.0.0.1", "[::1]", "a..test", "www.x.a.test", "_", "www._"),
)

PLAIN = (
    *("/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/A", "/a.b", "/b", "/b/c", "/long/er/path", ""),
    *("/a b", "/é", "/a%20b", "/~u", "/healthz", "/nginx_status", "/.well-known/acme-challenge/x"),
    *("/a$b", "/$uri", '/q"q', "/a//b", "/;x"),
)
PATTERNS = (
    *("/a(/|$)(.*)", "/a/(.*)", "/v[0-9]+/(.*)", "/(a|b)/c", "/a.b$", "/[a-z]+\\.png", "/a|/b"),
    *("/(?<first>[^/]+)/(?<last>.*)", "/(?!a).*", "/x{2,3}", "/a\\d+", "/(.*)", "/a(?i)B", "/b+?/"),
    *("/(a+)+$", "/é+", "/(?<namespace>n)", "/a\\.b/(.+)", "/b(/c)?(/d)?", "/(?i:a)/(?-i)B", "/.?"),
    *("/[[:alpha:]]+/(\\w+)", "/a++/b", "/(?>a|ab)/c", "/a{2}|^/b", "/\\Qa.b\\E", "/a\\/b"),
)
TARGETS = (
    *("/", "/$1", "/$2", "/x/$1", "$1", "$2", "/$first-$last", "/$1/$2/$3", "/a", "/b/", "/$2/"),
    *("https://away.test/$1", "http://$host/$1", "$scheme://other.test/$1", "/$namespace/$1"),
    *(
        "/$arg_q",
        "/$http_x_a",
        "/$cookie_c/$1",
        "/$request_method",
        "/$host/$uri",
        "/$ingress_name",
    ),
    *("/$location_path", "/$proxy_upstream_name", "/$1.html", "/a;b", "/$args", "/$is_args"),
    *(
        "/$remote_addr",
        "/$pass_access_scheme/$best_http_host",
        "/$1~$2:$3",
        "//$1//",
        "/$http_host",
    ),
    *(
        "/$proxy_host",
        "/$query_string/$document_uri",
        "/$request_uri",
        "/$literal_dollar",
        "/../$1",
    ),
)
# What nginx does not load, or mostly does not: seldom, because a whole world is refused for it.
BROKEN = {
    "rewrite-target": ("/$unknown", "/$", "/$who", "/$subdomain"),
    "server-alias": ("~", "*.*.test", "a..test", "~(", "~(?<host>x)", "mail.*.test"),
    "custom-http-errors": ("499", "404,499"),
    "app-root": ("/$nothing",),
}
BROKEN_PATTERNS = ("/(", "/a[", "/(?<uri>u)", "/x{3,2}", "/(?<n>a)(?<n>b)", "/*")

# Annotations that change the way of a request: good values, and some bad ones.
VALUES: dict[str, tuple[str, ...]] = {
    "rewrite-target": TARGETS,
    "use-regex": ("true", "true", "false", "yes"),
    "app-root": ("/home", "/home/$host", "home", "/$uri"),
    "ssl-redirect": ("true", "false", "yes"),
    "force-ssl-redirect": ("true", "false"),
    "preserve-trailing-slash": ("true",),
    "permanent-redirect": ("https://gone.test/x?a=b", "http://gone.test:81", "no url", "/x"),
    "permanent-redirect-code": ("308", "302", "300", "999", "x"),
    "temporal-redirect": ("https://soon.test/y", "https://soon.test/$request_uri"),
    "temporal-redirect-code": ("307", "304", "303"),
    "relative-redirects": ("true",),
    "from-to-www-redirect": ("true",),
    "enable-cors": ("true",),
    "cors-allow-origin": ("https://*.o.test", "https://o.test, http://p.test:81", "*", "bogus"),
    "whitelist-source-range": ("127.0.0.2", "10.0.0.0/8,127.0.1.0/24", "::1", "127.0.0.1/32"),
    "denylist-source-range": ("127.0.0.2/32", "127.0.1.0/24,::/0"),
    "satisfy": ("any", "all"),
    "auth-type": ("basic",),
    "auth-secret": ("users", "missing"),
    "auth-url": ("http://auth.test/",),
    "proxy-body-size": ("10", "1k", "0", "2M", "x"),
    "default-backend": ("spare", "missing"),
    "custom-http-errors": ("404,503", "401,403,413", "500", "400,404,502"),
    "limit-rps": ("100000",),
    "server-alias": ALIASES,
    "affinity": ("cookie",),
    "session-cookie-name": ("stick", "st-ick"),
    "auth-realm": ("closed $1",),
    "upstream-vhost": ("v.test",),
}
CANARY: dict[str, tuple[str, ...]] = {
    "canary-weight": ("0", "30", "100", "250", "x"),
    "canary-weight-total": ("50", "200"),
    "canary-by-header": ("x-c", "X-C", "x_c"),
    "canary-by-header-value": ("yes", "a.b"),
    "canary-by-header-pattern": ("^y", "e|f", "(", "v[0-9]"),
    "canary-by-cookie": ("ck", "c-k"),
}
# Which annotations have to come together for much to happen.
TOGETHER = {
    "permanent-redirect-code": "permanent-redirect",
    "temporal-redirect-code": "temporal-redirect",
    "cors-allow-origin": "enable-cors",
    "auth-type": "auth-secret",
    "auth-secret": "auth-type",
    "satisfy": "whitelist-source-range",
    "session-cookie-name": "affinity",
}
SETTINGS: dict[str, tuple[str, ...]] = {
    "ssl-redirect": ("false",),
    "force-ssl-redirect": ("true",),
    "http-redirect-code": ("301", "307", "999"),
    "use-forwarded-headers": ("true",),
    "enable-real-ip": ("true",),
    "proxy-real-ip-cidr": ("127.0.0.0/8", "10.0.0.0/8"),
    "preserve-trailing-slash": ("true",),
    "relative-redirects": ("true",),
    "proxy-body-size": ("20",),
    "custom-http-errors": ("404", "503,413"),
    "whitelist-source-range": ("127.0.0.0/16",),
    "denylist-source-range": ("127.0.0.2",),
    "block-cidrs": ("127.0.1.0/24",),
    "no-tls-redirect-locations": ("/a",),
    "no-auth-locations": ("/a,/b",),
    "enable-underscores-in-headers": ("true",),
    "ignore-invalid-headers": ("false",),
}


CERTIFIED = ("a.test", "*.a.test", "alias.test", "mail.a.test")
"""The names in the certificate of the Secret ``certificate`` of each namespace."""


def world(dice: Dice, ports: Ports, certificate: bytes) -> list[Json]:
    """The objects of a cluster, some of them annotated; `certificate` is one for CERTIFIED."""
    found: list[Json] = [_class()]
    for namespace in NAMESPACES:
        for name in SERVICES:
            found += _service(namespace, name, ports)
        found += _service(namespace, "empty", None)
        found.append(_secret(namespace, "users", auth=b"user:pass"))
        pair = {"tls.crt": certificate, "tls.key": b"nobody's"}
        found.append(_secret(namespace, "certificate", **pair))
    if dice.seldom():
        found.append(_config_map(dice))
    main = [_ingress(dice, f"i{number}") for number in range(dice.randint(1, 5))]
    canaries = [_canary(dice, f"c{n}", main) for n in range(dice.choice((0, 0, 1, 1, 2)))]
    return [*found, *main, *canaries]


def _meta(namespace: str, name: str, **more: Any) -> Json:
    return {"namespace": namespace, "name": name, **more}


def _class() -> Json:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }


def _service(namespace: str, name: str, ports: Ports | None) -> list[Json]:
    endpoints = [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}] if ports else []
    number = ports(f"{namespace}/{name}") if ports else 1
    labels = {"kubernetes.io/service-name": name}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _meta(namespace, name),
            "spec": {"ports": [{"port": 80, "name": "web", "targetPort": 8080}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": _meta(namespace, f"{name}-x", labels=labels),
            "ports": [{"name": "web", "port": number}],
            "endpoints": endpoints,
        },
    ]


def _secret(namespace: str, name: str, **data: bytes) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _meta(namespace, name),
        "data": {key: b64encode(value).decode() for key, value in data.items()},
    }


def _config_map(dice: Dice) -> Json:
    names = dice.some(tuple(SETTINGS), 3, 1)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _meta("ingress-nginx", "ingress-nginx-controller"),
        "data": {name: dice.choice(SETTINGS[name]) for name in names},
    }


def _ingress(dice: Dice, name: str) -> Json:
    annotations = _annotations(dice)
    patterns = "use-regex" in annotations or "rewrite-target" in annotations
    spec: Json = {"ingressClassName": "nginx"}
    spec["rules"] = [_rule(dice, patterns) for _ in range(dice.choice((0, 1, 1, 1, 2, 2)))]
    if not spec["rules"] or dice.seldom():
        spec["defaultBackend"] = _backend(dice)
    if dice.seldom():
        hosts = [rule["host"] for rule in spec["rules"] if "host" in rule]
        secret = dice.choice(("missing", "certificate"))
        spec["tls"] = [{"hosts": hosts[: dice.randint(0, 1)], "secretName": secret}]
    return _object(dice, name, annotations, spec)


def _object(dice: Dice, name: str, annotations: dict[str, str], spec: Json) -> Json:
    written = {f"{PREFIX}{key}": value for key, value in annotations.items()}
    meta = _meta(dice.choice(NAMESPACES), name, annotations=written)
    meta["creationTimestamp"] = dice.choice(TIMES)
    meta["uid"] = f"uid-{name}"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": meta,
        "spec": spec,
    }


def _annotations(dice: Dice) -> dict[str, str]:
    names = dice.some(tuple(VALUES), dice.choice((0, 1, 2, 4)))
    if dice.random() < 0.3:
        names.append("rewrite-target")
    names += [TOGETHER[name] for name in names if name in TOGETHER]
    return {name: _value(dice, name) for name in names}


def _value(dice: Dice, name: str) -> str:
    broken = dice.random() < 0.02 and name in BROKEN
    return str(dice.choice(BROKEN[name] if broken else VALUES[name]))


def _rule(dice: Dice, patterns: bool) -> Json:
    host = dice.choice(HOSTS)
    paths = []
    for _ in range(dice.randint(1, 3)):
        pool = PATTERNS if patterns and dice.often() else PLAIN
        pool = BROKEN_PATTERNS if patterns and dice.random() < 0.01 else pool
        pool = (_scribbled(dice),) if dice.random() < 0.05 else pool
        kind = dice.choice(("Exact", "Prefix", "Prefix", "ImplementationSpecific"))
        paths.append({"path": dice.choice(pool), "pathType": kind, "backend": _backend(dice)})
    return {**({"host": host} if host else {}), "http": {"paths": paths}}


def _scribbled(dice: Dice) -> str:
    """Anything, out of signs that mean something to somebody."""
    signs = "/ab.-_~%20 é" + ("()|*+?$^[]{}\\:!<>'\"#;=&,@`\t" if dice.seldom() else "")
    return "/" + "".join(dice.choice(signs) for _ in range(dice.randint(1, 8)))


def _backend(dice: Dice) -> Json:
    name = dice.choice((*SERVICES[:3], *SERVICES[:3], "empty", "missing"))
    port = dice.choice(({"number": 80}, {"number": 80}, {"name": "web"}, {"number": 8080}))
    return {"service": {"name": name, "port": port}}


def _canary(dice: Dice, name: str, main: list[Json]) -> Json:
    """Of one of the others' rules, or nearly."""
    annotations = {n: dice.choice(CANARY[n]) for n in dice.some(tuple(CANARY), 3, 1)}
    rules = [rule for one in main for rule in one["spec"]["rules"]]
    rule = dice.choice(rules) if rules else _rule(dice, patterns=False)
    backend = _backend(dice)
    if dice.often():
        backend["service"]["name"] = dice.choice(SERVICES)
    path = {**dice.choice(rule["http"]["paths"]), "backend": backend}
    spec: Json = {"ingressClassName": "nginx", "rules": [{**rule, "http": {"paths": [path]}}]}
    owners = [one for one in main if rule in one["spec"]["rules"]]
    if dice.seldom():
        annotations["affinity-canary-behavior"] = "legacy"
    made = _object(dice, name, {"canary": "true", **annotations}, spec)
    if owners:
        made["metadata"]["namespace"] = owners[0]["metadata"]["namespace"]
    return made


HEADERS: tuple[tuple[tuple[str, str], ...], ...] = (
    *(((name, value),) for name in ("x-c", "X-C") for value in ("always", "never", "yes", "v1")),
    (("x_c", "always"),),
    (("x-c", "a.b"), ("Cookie", "ck=never")),
    (("x-c", "Always"), ("Cookie", "a=b; ck=always")),
    (("Cookie", "CK=always; ck=never"),),
    (("Cookie", "c-k=always"),),
    (("Cookie", "a=1, ck=always; c-k = never"),),
    (("Cookie", "xck=always;ck= never"),),
    (("Cookie", "ck=ALWAYS; c=%2Fx"), ("X-A", "h/1")),
    (("Cookie", "q; c=1"), ("x-a", "ä")),
    (("Origin", "https://a.o.test"),),
    (("Origin", "https://o.test"),),
    (("Origin", "http://P.test:81"),),
    (("Origin", "https://evil.test"),),
    (("Authorization", "Basic nothing"),),
    (("Authorization", "Bearer x"),),
    (("X-Forwarded-Proto", "https"),),
    (("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "f.test:8080, g.test")),
    (("X-Forwarded-For", "10.1.2.3"), ("X-Forwarded-Port", "8443")),
    (("X-Forwarded-For", "127.0.0.2, 127.0.1.9, 127.0.0.1"),),
    (("X-Forwarded-For", "unknown, 127.0.1.1"),),
)
QUERIES = ("", "", "", "?", "?q=1", "?q=a%2Fb&x", "?x/", "?q=/", "?a=1?b", "?Q=é")
METHODS = ("GET",) * 6 + ("POST", "HEAD", "OPTIONS", "OPTIONS", "DELETE")


def asked(dice: Dice, objects: list[Json]) -> Request:
    """A request that has much to do with these objects."""
    rules = [r for one in objects if one["kind"] == "Ingress" for r in one["spec"]["rules"]]
    host = dice.choice(ASKED_HOSTS)
    path = dice.choice((*PLAIN, "/c"))
    if rules and dice.random() < 0.85:
        rule = dice.choice(rules)
        host = rule.get("host", "other.example").replace("*", dice.choice(("y", "y-1", "w.w")))
        path = dice.choice(rule["http"]["paths"])["path"]
    if dice.seldom():
        host = dice.choice(ASKED_HOSTS)
    elif dice.seldom() and "[" not in host:
        host = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    target = _encoded(dice, _varied(dice, _met(dice, path) or "/"))
    target += dice.choice(QUERIES if target.isascii() else QUERIES[:-1])
    port = dice.choice((None, None, None, 80, 8080))
    if dice.random() < 0.02 and host:
        port = None
        target = f"{dice.choice(('http', 'HTTPS'))}://{host}{target}"
    headers = dice.choice(HEADERS) if dice.random() < 0.4 else ()
    if dice.random() < 0.08:
        headers = (("Cookie", f"a=b; {_sticking(dice)}"),)
    method = dice.choice(METHODS)
    sizes = (0, 0, 5, 10, 11, 20, 21, 1024, 1025, (1 << 20) + 1, (2 << 20) + 1)
    if any("413" in str(one) for one in objects):
        # Where a page answers for it, nginx may wait for the rest of a body for ever.
        sizes = sizes[:-2]
    size = dice.choice(sizes) if method == "POST" else 0
    return Request(
        host=host,
        target=target,
        scheme="https" if dice.seldom() else "http",
        method=method,
        headers=headers,
        port=port,
        client=dice.choice(("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.1.1")),
        body_size=size,
    )


def _sticking(dice: Dice) -> str:
    """A cookie that keeps a client at one of the upstreams."""
    name = f"{dice.choice(NAMESPACES)}-{dice.choice(SERVICES[:3])}-{dice.choice(('80', 'web'))}"
    cookie = dice.choice(("INGRESSCOOKIE", "INGRESSCOOKIE", "stick", "st-ick", "STICK"))
    sticky = Stickiness.of(cookie, name, "")
    return f"{cookie}={dice.choice(('1.2', ''))}|{sticky.main}{dice.choice(('', '|x', ' ', 'x'))}"


# What a pattern takes, for some pieces of patterns.
_INSTANCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("(/|$)(.*)", ("", "/", "/x/y", "/x%2Fy//z", "foo", "/%20", "/é?")),
    ("(?<first>[^/]+)/(?<last>.*)", ("f/l", "f/l/m", "é/%3F", "f//l")),
    ("(.*)", ("", "x", "x/y", "%2B+;", "a%0Ab", "&=,", "é")),
    ("(.+)", ("x", "x/")),
    ("(/c)?(/d)?", ("", "/c", "/c/d", "/d")),
    ("(?!a).*", ("b", "abc", "")),
    ("(?<namespace>n)", ("n",)),
    ("[[:alpha:]]+/(\\w+)", ("a/b", "q/é", "1/2")),
    ("a++/b", ("aa/b", "/b")),
    ("(?>a|ab)/c", ("a/c", "ab/c")),
    ("(?i:a)/(?-i)B", ("A/B", "a/b")),
    ("a{2}|^/b", ("aa", "b")),
    ("\\Qa.b\\E", ("a.b", "axb")),
    ("(a|b)", ("a", "B", "c")),
    ("(a+)+$", ("a", "aaaa", "a" * 40 + "!")),
    ("[a-z]+", ("pic", "")),
    ("[0-9]+", ("1", "22", "x")),
    ("\\d+", ("7", "x")),
    ("x{2,3}", ("x", "xx", "xxxx")),
    ("a|/b", ("a", "b", "/b")),
    ("(?i)B", ("b", "B")),
    ("b+?/", ("bb/", "b")),
    ("é+", ("éé", "é")),
    ("\\.", (".", "x")),
    (".b$", (".b", "xb", ".bc")),
)


def _met(dice: Dice, path: str) -> str:
    for piece, instances in _INSTANCES:
        path = path.replace(piece, dice.choice(instances))
    return path


def _varied(dice: Dice, path: str) -> str:
    """The path itself, or something near it."""
    middle = dice.randint(1, len(path))
    return str(
        dice.choice(
            (
                *(path,) * 5,
                *(path + "/", path + "/x", path + "x", path + "/x/y/", path + "//", path + "/."),
                *(path.rstrip("/") or "/", path[:-1] or "/", path.swapcase(), f"/{path}"),
                *(f"/x/..{path}", f"/.{path}", f"{path}/../z", f"/..{path}", "/"),
                *(path.replace(".", "x"), path[:middle] + "/" + path[middle:], path + "%2Fx"),
                *(path + "%00", path + "%zz", path + "%", path + ";v=1", path + "%3Fq", path + "+"),
            )
        )
    )


def _encoded(dice: Dice, path: str) -> str:
    """As a client may write it: what must be, is escaped, and some of what need not be."""
    found = ""
    for sign in path:
        must = sign <= " " or sign in '#?"\x7f'
        may = dice.random() < (0.8 if sign > "\x7f" else 0.03)
        if must or (may and sign not in "/%"):
            upper = dice.often()
            found += "".join(f"%{byte:02X}" if upper else f"%{byte:02x}" for byte in sign.encode())
        else:
            found += sign
    return found
