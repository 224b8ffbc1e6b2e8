"""A route test: requests, and what must become of them. The document's form is docs/route-tests.md.

Reads plain data and refuses whatever is not of that form, each error with its
place in the file: a test that is half understood proves nothing.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

from msgspec import Struct

from kubectl_ingress.core.authority import parse_authority
from kubectl_ingress.core.expectations import (
    ANSWER,
    NOTHING,
    AnswerExpected,
    ReadQuery,
    parse_answer_expected,
)
from kubectl_ingress.core.question import is_status
from kubectl_ingress.core.request import Request, host_of_header, usual_port
from kubectl_ingress.core.spec_fields import TOKEN, Part, Where
from kubectl_ingress.errors import InputError

API_VERSION, KIND = "kubectl-ingress/v1", "RouteTest"
FLAVORS = ("traditional", "traditional_compatible", "expressions")

DOCUMENT = ("apiVersion", "kind", "controller", "settings", "tests")
SETTINGS = ("flags", "router_flavor")
TEST = ("name", "request", "count", "expect")
REQUEST = ("url", "method", "headers", "cookies", "clientIP")
EXPECT = (
    *("status", "backend", "upstreamPath", "location", "weight", "refused", "undefined"),
    *ANSWER,
)
MEASURED = 200
"""How often a request is sent where its test measures shares or latencies, and says no count."""
MOST = 10_000
LEAST_FOR_WEIGHT = 20
"""With fewer answers, nearly every share would be within its interval."""

_BACKEND = re.compile(r"([a-z0-9][-a-z0-9]*)/([a-zA-Z0-9][-.a-zA-Z0-9]*)(?::([-a-zA-Z0-9]+))?")
_ASCII = "".join(map(chr, range(128)))
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


class BackendName(Struct, frozen=True):
    """``namespace/service:port``; the port by number or name, "" for any."""

    namespace: str
    service: str
    port: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}" + (f":{self.port}" if self.port else "")


class Expected(Struct, frozen=True):
    """What a test names; what is None, or empty, is not compared.

    `statuses` are numbers or classes such as ``2xx``. `weights` are per cent of
    the requests. `undefined` is whether the winner must be left to chance;
    `answer` is what files cannot tell.
    """

    statuses: tuple[int | str, ...] = ()
    backend: BackendName | None = None
    upstream_path: str | None = None
    location: str | None = None
    weights: tuple[tuple[BackendName, float], ...] = ()
    refused: bool | None = None
    undefined: bool = False
    answer: AnswerExpected = NOTHING

    @property
    def named(self) -> tuple[str, ...]:
        """The fields that are there."""
        own = {
            "status": self.statuses,
            "backend": self.backend,
            "upstreamPath": self.upstream_path is not None,
            "location": self.location is not None,
            "weight": self.weights,
            "refused": self.refused is not None,
            "undefined": self.undefined,
        }
        return (*(name for name, value in own.items() if value), *self.answer.named)


class RouteTest(Struct, frozen=True):
    """One request with what is expected; `where` is ``file:line:column``.

    `count` is how often it is sent.
    """

    name: str
    request: Request
    expected: Expected
    where: str = ""
    count: int = 1


class RouteTests(Struct, frozen=True):
    """One document. `controller` is "" where the class decides; `where` is its place."""

    tests: tuple[RouteTest, ...]
    controller: str = ""
    flags: tuple[str, ...] = ()
    router_flavor: str = ""
    where: str = ""


def parse_route_tests(data: object, where: Where, read_query: ReadQuery) -> RouteTests:
    """A document of kind RouteTest. Raises InputError, with the place of what is wrong."""
    document = Part(data, (), where)
    fields = document.fields(DOCUMENT)
    version = fields.get("apiVersion", document).text()
    if version != API_VERSION:
        raise document.error(f"apiVersion is {version!r}", f"write apiVersion: {API_VERSION}")
    settings = fields["settings"].fields(SETTINGS) if "settings" in fields else {}
    flavor = settings["router_flavor"].text() if "router_flavor" in settings else ""
    if flavor not in ("", *FLAVORS):
        step = f"one of: {', '.join(FLAVORS)}"
        raise settings["router_flavor"].error(f"router_flavor {flavor!r} is not known", step)
    tests = (
        [_test(part, read_query) for part in fields["tests"].items()] if "tests" in fields else []
    )
    if not tests:
        raise document.error("there are no tests", "write a list of tests: tests: [...]")
    seen: dict[str, RouteTest] = {}
    for test in tests:
        if test.name in seen:
            first = seen[test.name].where
            raise InputError(
                f"{test.where}: the name {test.name!r} is that of {first} too",
                "give each test a name of its own",
            )
        seen[test.name] = test
    return RouteTests(
        tuple(tests),
        fields["controller"].text() if "controller" in fields else "",
        tuple(one.text() for one in settings["flags"].items()) if "flags" in settings else (),
        flavor,
        where(("controller",)),
    )


def _test(part: Part, read_query: ReadQuery) -> RouteTest:
    fields = part.fields(TEST)
    if "request" not in fields:
        raise part.error(f"{part.name} has no request", "write request: {url: http://HOST/PATH}")
    request = _request(fields["request"])
    if "expect" not in fields:
        raise part.error(f"{part.name} expects nothing", "write expect: {status: 200}")
    name = fields["name"].text() if "name" in fields else f"{request.method} {request.url}"
    if not name.strip():
        raise fields["name"].error(f"{part.name} has an empty name", "name what it proves")
    wanted = fields["expect"].fields(EXPECT)
    count = MEASURED if "weight" in wanted or "latency" in wanted else 1
    if "count" in fields:
        count = fields["count"].whole(1, MOST)
    if "weight" in wanted and count < LEAST_FOR_WEIGHT:
        step = f"write count: {LEAST_FOR_WEIGHT} or more; without it, {MEASURED} are sent"
        raise wanted["weight"].error(f"a share of {count} requests says nothing", step)
    expected = _expected(fields["expect"], wanted, count, read_query)
    return RouteTest(name, request, expected, part.place, count)


def _request(part: Part) -> Request:
    fields = part.fields(REQUEST)
    if "url" not in fields:
        raise part.error(f"{part.name} has no url", "write url: http://HOST/PATH")
    scheme, host, port, target = _url(fields["url"])
    method = fields["method"].text() if "method" in fields else "GET"
    if not TOKEN.fullmatch(method):
        raise fields["method"].error(f"{method!r} is no method", "examples: GET, POST")
    headers = _headers(fields["headers"]) if "headers" in fields else []
    for name, value in headers:
        if name.lower() == "host":
            try:
                host = host_of_header(value, scheme, port)
            except ValueError as error:
                example = "example: {Host: shop.example.com}"
                raise fields["headers"].error(f"Host {value!r}: {error}", example) from None
    kept = [pair for pair in headers if pair[0].lower() != "host"]
    if "cookies" in fields:
        cookies = [f"{name}={one.text()}" for name, one in fields["cookies"].fields().items()]
        kept += [("Cookie", "; ".join(cookies))] if cookies else []
    client = _client(fields["clientIP"]) if "clientIP" in fields else ""
    return Request(host, target, scheme, method, tuple(kept), port, client)


def _url(part: Part) -> tuple[str, str, int | None, str]:
    """(scheme, host, port, target), all but the scheme as it is written.

    The path goes out as it stands, dots and double slashes too: tests are about
    these. Only what no request line may hold is percent-encoded.
    """
    url, example = part.text(), "example: http://HOST/PATH"
    if _UNPRINTABLE.search(url):
        raise part.error(f"{url!r} holds a space or a control character", "write a space as %20")
    try:
        pieces = urlsplit(url)
        host, port = parse_authority(pieces.netloc)
    except ValueError as error:
        raise part.error(f"{url!r} is not a URL: {error}", example) from None
    if pieces.scheme not in ("http", "https") or not host or "@" in pieces.netloc:
        raise part.error(f"{url!r} is no URL of http or https with a host", example)
    rest = url.partition("://")[2][len(pieces.netloc) :].partition("#")[0]
    rest = rest if rest.startswith("/") else f"/{rest}"
    target = quote(rest, safe=_ASCII, errors="surrogatepass")
    return pieces.scheme, host, None if port == usual_port(pieces.scheme) else port, target


def _headers(part: Part) -> list[tuple[str, str]]:
    found = []
    for name, value in part.fields().items():
        if not isinstance(name, str) or not TOKEN.fullmatch(name):
            raise value.error(f"{name!r} is no name of a header", "RFC 9110, section 5.1")
        for one in value.items() if isinstance(value.value, list) else [value]:
            text = one.text()
            if any(sign in text for sign in "\r\n\0"):
                raise one.error(f"header {name} has a line break in its value", "one line each")
            found.append((name, text))
    return found


def _client(part: Part) -> str:
    try:
        return str(ipaddress.ip_address(part.text()))
    except ValueError:
        raise part.error(f"{part.value!r} is no IP address", "example: 192.0.2.7") from None


def _expected(part: Part, fields: dict[str, Part], count: int, read_query: ReadQuery) -> Expected:
    if not fields:
        raise part.error(f"{part.name} names nothing", "write expect: {status: 200}")
    backend = _backend(fields["backend"]) if "backend" in fields else None
    return Expected(
        _statuses(fields["status"]) if "status" in fields else (),
        backend,
        fields["upstreamPath"].text() if "upstreamPath" in fields else None,
        fields["location"].text() if "location" in fields else None,
        _weights(fields["weight"], backend) if "weight" in fields else (),
        fields["refused"].flag() if "refused" in fields else None,
        fields["undefined"].flag() if "undefined" in fields else False,
        parse_answer_expected(fields, read_query, count),
    )


def _statuses(part: Part) -> tuple[int | str, ...]:
    return tuple(map(_status, part.one_or_more()))


def _status(part: Part) -> int | str:
    text = str(part.value).lower()
    if isinstance(part.value, bool) or not is_status(text):
        raise part.error(f"{part.value!r} is no status", "examples: 200, 2xx, [301, 308]")
    return text if text.endswith("xx") else int(text)


def _backend(part: Part) -> BackendName:
    return _backend_name(part.text(), part)


def _backend_name(text: str, part: Part) -> BackendName:
    found = _BACKEND.fullmatch(text)
    if found is None:
        raise part.error(f"{text!r} is no backend", "write it as NAMESPACE/SERVICE:PORT")
    return BackendName(found[1], found[2], found[3] or "")


def _weights(part: Part, backend: BackendName | None) -> tuple[tuple[BackendName, float], ...]:
    if isinstance(part.value, dict):
        named = part.fields()
        return tuple((_backend_name(str(name), one), one.percent()) for name, one in named.items())
    if backend is None:
        step = "name the backend too, or write {NAMESPACE/SERVICE:PORT: PERCENT}"
        raise part.error("weight is a number, and no backend is named", step)
    return ((backend, part.percent()),)
