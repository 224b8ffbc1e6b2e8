"""The same requests to nginx and to the proxy: what a client and an endpoint see is the same.

Not here, because the proxy differs on purpose: it sends bodies on as they come
(chunked ones stay chunked, where nginx knows the length of what it has kept),
passes Upgrade on as ingress-nginx does, drops all that is hop-by-hop, refuses a
header without a colon, and knows no HTTP/0.9 and no keep-alive for HTTP/1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from kubectl_ingress.controllers import ingress_nginx
from tests.dataplane.serving import (
    Answer,
    Backends,
    Served,
    connected,
    get,
    needs_nginx,
    read_answer,
    serving,
)
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

pytestmark = needs_nginx

GONE = {"permanent_redirect": "https://new.example/x"}
SPARE = {"default_backend": "spare"}
ANY = {"allowlist_source_range": "10.0.0.0/8", "auth_type": "basic", "auth_secret": "users"}
CANARY = {"canary": "true", "canary_by_header": "x-canary"}
# A service that would say who is let in, alone and beside other checks.
ASKED = {
    "asked": {},
    "ranges": {"allowlist_source_range": "10.0.0.0/8"},
    "enough": {"allowlist_source_range": "127.0.0.1", "satisfy": "any"},
    "neither": {"satisfy": "any", "allowlist_source_range": "10.0.0.0/8"},
    "page": {"custom_http_errors": "500", **SPARE},
}

OBJECTS = (
    ingress_class(),
    service(),
    slice_of(),
    service("spare"),
    slice_of("spare"),
    service("empty"),
    ingress(
        "web",
        "a.example",
        path("/"),
        path("/foo", kind="Exact"),
        path("/bar/", kind="Exact"),
        path("/none", service="empty"),
    ),
    ingress(
        "rewrite",
        "r.example",
        path("/rw(/|$)(.*)", kind="ImplementationSpecific"),
        annotations=nginx(use_regex="true", rewrite_target="/$2"),
    ),
    ingress(
        "redirect",
        "d.example",
        path("/go/(.*)", kind="ImplementationSpecific"),
        annotations=nginx(use_regex="true", rewrite_target="http://other.example/$1"),
    ),
    ingress(
        "relative",
        "e.example",
        path("/x(.*)", kind="ImplementationSpecific"),
        annotations=nginx(use_regex="true", rewrite_target="$1"),
    ),
    ingress("tls", "t.example", tls=[{"hosts": ["t.example"], "secretName": "x"}]),
    ingress("wild", "*.w.example"),
    ingress("small", "s.example", annotations=nginx(proxy_body_size="10")),
    ingress("large", "l.example", annotations=nginx(proxy_body_size="2m")),
    ingress("closed", "c.example", annotations=nginx(allowlist_source_range="10.0.0.0/8")),
    ingress("home", "h.example", annotations=nginx(app_root="/home", enable_cors="true")),
    ingress("gone", "g.example", annotations=nginx(permanent_redirect="https://new.example/x")),
    ingress("choices", "x.example", annotations=nginx(permanent_redirect_code="300", **GONE)),
    ingress("same", "n.example", annotations=nginx(permanent_redirect_code="304", **GONE)),
    ingress("www", "www.y.example", annotations=nginx(from_to_www_redirect="true")),
    ingress("user", "p.example", annotations=nginx(auth_type="basic", auth_secret="users")),
    ingress("any", "o.example", annotations=nginx(satisfy="any", **ANY)),
    *(
        ingress(name, f"{name}.example", annotations=nginx(auth_url="http://a/", **more))
        for name, more in ASKED.items()
    ),
    ingress("spare", "f.example", path("/", service="empty"), annotations=nginx(**SPARE)),
    ingress(
        "pages",
        "i.example",
        path("/"),
        path("/none", service="empty"),
        annotations=nginx(custom_http_errors="404,413,502,503", proxy_body_size="20", **SPARE),
    ),
    ingress("canary", "a.example", path("/", service="spare"), annotations=nginx(**CANARY)),
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "users", "namespace": "default"},
        "data": {"auth": "dTpw"},
    },
)

TARGETS = [
    ("a.example", "/"),
    ("a.example", "/foo?x=1"),
    ("a.example", "/bar"),
    ("a.example", "/bar?q=\xc3\xa9"),
    ("a.example", "/none"),
    ("z.example", "/"),
    ("z.example", "/healthz"),
    ("a.example", "/\xc3\xa9/x?\xff"),
    ("a.example", "/\xff\xfe?\x80"),
    ("r.example", "/rw/\xc3\xa9?\xff"),
    ("r.example", "/rw/%C3%A9%20x?a=%20"),
    ("d.example", "/go/x?b"),
    ("d.example", "/go/%C3%A9?\xc3\xa9"),
    ("d.example", "/go/%0d%0aSet-Cookie:a"),
    ("e.example", "/x"),
    ("e.example", "/xy"),
    ("t.example", "/p/?q=\xc3\xa9/"),
    ("T.example:8080", "/p/"),
    ("t.example", "/.well-known/acme-challenge/x"),
    ("q.w.example", "/"),
    ("a.q.w.example", "/"),
    ("A.EXAMPLE", "/"),
    ("a.example.", "/"),
    ("a.example..", "/"),
    ("a.example:1234", "/"),
    ("a.example:x", "/"),
    ("a.example:", "/"),
    ("", "/"),
    (":80", "/"),
    ("a/b", "/"),
    ("a..b", "/"),
    ("[::1]:80", "/"),
    ("[::1", "/"),
    ("u@a.example", "/"),
    ("a b", "/"),
    ("z.example", "http://a.example/foo?x"),
    ("a.example", "http://z.example/foo"),
    ("a.example", "http://a.example"),
    ("a.example", "http://a.example?x=1"),
    ("a.example", "ftp://a.example:21/foo"),
    ("a.example", "http:///x"),
    ("a.example", "http://u@a.example/foo"),
    ("a.example", "*"),
    ("a.example", "foo"),
    ("a.example", "/../x"),
    ("a.example", "/%"),
    ("a.example", "/%00"),
    ("a.example", "/foo#x"),
    ("a.example", "/\x01"),
    ("a.example", "/\x7f"),
    ("a.example", "/a\tb"),
    ("a.example", "/a b"),
    ("a.example", "/" + "a" * 8300),
    *(
        (f"{host}.example", target)
        for host in ("c", "h", "g", "x", "n", "y", "www.y", "p", "o", "f", "i", *ASKED)
        for target in ("/", "/none?a=b")
    ),
]

HEADERS: list[tuple[str, ...]] = [
    ("Host: a.example",),
    ("X: " + "a" * 8300,),
    ("Cookie: " + "a" * 2000,),
    tuple(f"X-{n}: " + "a" * 4000 for n in range(12)),
    # More than an endpoint's answer may have, which this one's then has.
    tuple(f"X-{n}: " + "a" * 4000 for n in range(6)),
    ("X: a\r\n b",),
    ("X : a",),
    (": a",),
    ("X_Y: 1", "X-Z: 2", "X!Y: 3"),
    ("X: a\x00b",),
    ("X: a\x01b\xe9",),
    ("X-Forwarded-For: 1.2.3.4", "x-real-ip: 9", "X-Scheme: https", "X-Forwarded-Server: z"),
    ("Connection: close", "Keep-Alive: 3", "TE: trailers", "Proxy: z"),
    ("A: 1", "A: 2", "Cookie: a", "Cookie: b"),
    ("Expect: other",),
    ("X-Canary: always",),
    ("X-Canary: never", "Authorization: Basic dTpw"),
]

BODIES = [
    (("Content-Length: 3",), "abc"),
    (("Content-Length: 0",), ""),
    ((), ""),
    (("Content-Length: 3", "Expect: 100-continue"), "abc"),
    (("Content-Length: 3", "Content-Length: 3"), "abc"),
    (("Content-Length: 3", "Content-Length: 4"), "abc"),
    (("Content-Length: +3",), "abc"),
    (("Content-Length: 3, 3",), "abc"),
    (("Content-Length: -1",), ""),
    (("Content-Length:",), ""),
    (("Content-Length: 3", "Transfer-Encoding: chunked"), "0\r\n\r\n"),
    (("Transfer-Encoding: gzip",), ""),
    (("Transfer-Encoding: gzip, chunked",), "0\r\n\r\n"),
    (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "0\r\n\r\n"),
    (("Transfer-Encoding: chunked",), "xyz\r\n"),
    (("Content-Length: 1048577",), ""),
    # More than nginx keeps in memory: it goes through a file.
    (("Content-Length: 100000",), "a" * 100000),
]

LINES = [
    "GET / HTTP/1.0",
    "GET / HTTP/1.2",
    "GET / HTTP/1.10",
    "GET / HTTP/2.0",
    "GET / HTTP/10.0",
    "GET / HTTP/0.9",
    "GET / HTTP/1",
    "GET  /foo  HTTP/1.1 ",
    "\r\n\r\nGET / HTTP/1.1",
    " GET / HTTP/1.1",
    "GET / HTTP/1.1\r",
    "get / HTTP/1.1",
    "G1 / HTTP/1.1",
    "TRACE / HTTP/1.1",
    "CONNECT / HTTP/1.1",
    "CONNECT a.example:80 HTTP/1.1",
    "OPTIONS / HTTP/1.1",
    "DELETE /foo HTTP/1.1",
    "PURGE / HTTP/1.1",
    "M-SEARCH / HTTP/1.1",
]

REQUESTS = {
    **{f"{host} {target}": get(target, host) for host, target in TARGETS},
    **{
        f"{method} {host} {target}": get(target, host, method=method)
        for method in ("HEAD", "POST")
        for host, target in TARGETS[:8]
    },
    **{" ".join(headers): get("/", "a.example", *headers) for headers in HEADERS},
    **{
        f"{host}{target} {headers} {body[:20]}": get(target, host, *headers, method="POST")
        + body.encode()
        for host, target in (
            ("a.example", "/"),
            ("z.example", "/"),
            ("a.example", "/bar"),
            ("s.example", "/"),
            ("l.example", "/"),
            ("i.example", "/"),
            ("i.example", "/none"),
            ("p.example", "/"),
        )
        for headers, body in BODIES
        # nginx has read the beginning of a body before it answers by itself.
        if ((host, target) == ("a.example", "/") or "xyz" not in body)
        # It waits for a body, where that is let in, or where a page answers for it.
        and (host not in ("i.example", "l.example") or "Content-Length: 1" not in " ".join(headers))
    },
    **{
        f"{host} {header}": get("/", f"{host}.example", header, method="OPTIONS")
        for host in ("h", "p", "o", "i")
        for header in ("Origin: https://o.example", "Authorization: Basic dTpw", "Accept: x/y")
    },
    **{repr(line): line.encode() + b"\r\nHost: a.example\r\n\r\n" for line in LINES},
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "no host, 1.0": b"GET / HTTP/1.0\r\n\r\n",
    "line feeds": b"GET / HTTP/1.1\nHost: a.example\n\n",
    "two": get("/1") + get("/2", "z.example") + get("/3"),
    "two, first closes": get("/1", "a.example", "Connection: close") + get("/2"),
}

# What differs from one moment to the next, or is only in one of the two: an
# nginx that names itself, types of pages, lengths of our own pages.
_ITS_OWN = {"date", "server", "content-type", "x-seen-x-request-id"}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    backends = Backends()
    table = backends.redirect(ingress_nginx.compile(snapshot(*OBJECTS)))
    with ExitStack() as stack:
        stack.callback(backends.stop)
        yield [
            stack.enter_context(serving(kind, table, tmp_path_factory.mktemp(kind)))
            for kind in ("nginx", "proxy")
        ]


END = get("/end", "a.example", "Connection: close")


def seen(served: Served, request: bytes) -> list[object]:
    """The answers to what was sent and, where the connection is kept, to END."""
    method = request.strip().partition(b" ")[0].decode("latin-1")
    with connected(served.listen.http) as client:
        client.sendall(request)
        answers = [read_answer(client, method)]
        if answers[0].status == 413:
            # The rest would be read as the body.
            return [comparable(answers[0], served)]
        with suppress(OSError, EOFError):
            client.sendall(END)
            while True:
                answers.append(read_answer(client))
    return [comparable(answer, served) for answer in answers]


def comparable(answer: Answer, served: Served) -> object:
    of_an_endpoint = answer["x-backend"] is not None
    own = _ITS_OWN if of_an_endpoint else _ITS_OWN | {"content-length"}
    headers = sorted(
        # nginx redirects to the port that it listens on, the model to the client's.
        (name, re.sub(r"^http://([^/:]+)(:\d+)?", r"http://\1", value))
        for name, value in answer.headers
        if name not in own
    )
    text = repr(headers).replace(str(served.listen.http), "PORT")
    return answer.status, text, answer.body if of_an_endpoint else bool(answer.body)


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=[k[:60] for k in REQUESTS])
def test_both_answer_alike(request_bytes: bytes, both: list[Served]) -> None:
    by_nginx, by_proxy = (seen(served, request_bytes) for served in both)
    assert by_proxy == by_nginx
