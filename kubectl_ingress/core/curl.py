"""The curl command that sends what a probe sends: https://curl.se/docs/manpage.html."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from kubectl_ingress.core.answer import Http, Plan
from kubectl_ingress.core.private import VALUE, shown_header
from kubectl_ingress.core.request import Request

_GLOB = re.compile(r"[][{}]")
_DOTS = re.compile(r"/\.\.?(/|$)")
_FORM = "application/x-www-form-urlencoded"


def curl_command(plan: Plan) -> str:
    """One line for a shell: the same request to the same address, but for the User-Agent.

    VALUE stands for a body, for the password of a user, and for what else may be secret.
    """
    words = ["curl", "-sS", "-i", *_connection(plan), *_request(plan)]
    return shlex.join([*words, "--max-time", f"{plan.max_time:g}", *_url(plan.request)])


def _connection(plan: Plan) -> Iterator[str]:
    request, wire = plan.request, plan.wire
    secure = request.scheme == "https"
    port = request.listener_port
    if (request.host, port) != (plan.address, plan.port):
        way = f"{bracketed(request.host)}:{port}:{bracketed(plan.address)}:{plan.port}"
        yield from ("--connect-to", way)
    if wire.family:
        yield f"-{wire.family}"
    if wire.http is Http.TWO_AT_ONCE:
        yield "--http2-prior-knowledge"
    elif secure:
        # Left to itself, curl takes HTTP/2 from a server that has it.
        yield "--http2" if wire.http is Http.TWO else "--http1.1"
    if secure:
        for flag, file in (("--cacert", wire.cacert), ("--cert", wire.cert), ("--key", wire.key)):
            if file:
                yield from (flag, file)
    if not plan.verify:
        yield "-k"
    if wire.connect_time:
        yield from ("--connect-timeout", f"{wire.connect_time:g}")


def _request(plan: Plan) -> Iterator[str]:
    request, body = plan.request, plan.body
    if request.method == "HEAD":
        yield "-I"
    elif request.method != ("GET" if body is None else "POST"):
        yield from ("-X", request.method)
    for name, value in request.headers:
        if request.user is not None and name.lower() == "authorization":
            yield from ("-u", f"{request.user}:{VALUE}")
            continue
        if body is not None and (name.lower(), value) == ("content-type", _FORM):
            continue
        yield from ("-H", f"{name}: {shown_header(name, value)}" if value else f"{name};")
    if body is None:
        return
    if request.header("content-type") is None:
        yield from ("-H", "Content-Type:")
    yield from ("--data-raw", VALUE if body else "")


def _url(request: Request) -> Iterator[str]:
    if not request.target.startswith("/"):
        yield from ("--request-target", request.target)
        yield f"{request.scheme}://{request.authority}/"
        return
    if _DOTS.search(request.path):
        yield "--path-as-is"
    if _GLOB.search(request.url):
        yield "-g"
    yield request.url


def bracketed(host: str) -> str:
    """A host where a port may follow: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
