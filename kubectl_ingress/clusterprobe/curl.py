"""Planned requests as a curl config file, and its output back as answers. Pure.

No shell sees any of it: curl reads the file itself (``-K``), and writes each
answer as it came, then a line that begins with a nonce which no server knows,
with what curl measured (``%{json}``, https://curl.se/docs/manpage.html#-w).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from kubectl_ingress import __version__
from kubectl_ingress.certificates import describe_pem
from kubectl_ingress.core.answer import Answer, Failure, Http, Plan, Timings, Unreachable
from kubectl_ingress.core.curl import bracketed
from kubectl_ingress.errors import UsageError

BODY_LIMIT = 256 * 1024
"""Bytes of a body above which curl leaves it: logs are kept in files of a few MiB."""
_END = "end"
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/(\d(?:\.\d)?) (\d{3})")
_BROKEN_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# https://curl.se/libcurl/c/libcurl-errors.html
_TOO_BIG = 63
_NAME = {5, 6}
_TIMEOUT = {28}
_TLS = {35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98}
_GARBAGE = {1, 8, 43, 92}


class LogCut(Exception):
    """The output is not whole; the message says what is missing."""


class CurlFiles(Struct, frozen=True):
    """What one curl reads: the config, and the files with bodies that it names."""

    config: str
    bodies: Mapping[str, bytes]


def curl_files(plans: Sequence[Plan], nonce: str) -> CurlFiles:
    """The files for requests that are sent one after the other, each on a new connection.

    A body is called after its content. Raises UsageError for what curl cannot be told.
    """
    bodies = {_body_file(plan.body): plan.body for plan in plans if plan.body is not None}
    blocks = [_block(plan, len(list(same)), nonce) for plan, same in groupby(plans)]
    # That a request failed is a result. Only what ends with this one has run to its end,
    # and it makes the exit status 0, so that the Job lets the other pods finish.
    end = _option("url", "file:///dev/null"), f'write-out = "\\n{nonce} {_END}\\n"'
    blocks.append(["silent", *end])
    return CurlFiles("\nnext\n".join("\n".join(lines) for lines in blocks) + "\n", bodies)


def _body_file(body: bytes) -> str:
    return f"body-{hashlib.sha256(body).hexdigest()[:16]}"


def _block(plan: Plan, count: int, nonce: str) -> list[str]:
    request, wire = plan.request, plan.wire
    body_file = "" if plan.body is None else _body_file(plan.body)
    if wire.cacert or wire.cert:
        raise UsageError(
            "--cacert, --cert and --key are files of this machine, which no pod can read",
            "leave out --from cluster, or take -k",
        )
    # The part after # is never sent: it only makes curl repeat the request.
    host, to = bracketed(request.host), bracketed(plan.address)
    port = f":{request.port}" if request.port else ""
    options = [
        ("url", f"{request.scheme}://{host}{port}/#[1-{count}]"),
        ("request-target", request.target),
        ("connect-to", f"::{to}:{plan.port}"),
        ("noproxy", "*"),
        ("max-time", f"{plan.max_time:g}"),
        ("max-filesize", str(BODY_LIMIT)),
        *_headers(plan, body_file),
    ]
    if wire.connect_time:
        options.append(("connect-timeout", f"{wire.connect_time:g}"))
    flags = ["silent", "include", _http(wire.http)]
    flags += ["head"] if request.method == "HEAD" else []
    flags += [] if plan.verify else ["insecure"]
    flags += [f"ipv{wire.family}"] if wire.family else []
    if body_file:
        options.append(("data-binary", f"@{body_file}"))
    if request.method not in ("HEAD", "POST" if body_file else "GET"):
        options.append(("request", request.method))
    measure = f'write-out = "\\n{nonce} %{{json}}\\n"'
    return [*flags, *(_option(name, value) for name, value in options), measure]


def _http(http: Http) -> str:
    return {Http.ONE: "http1.1", Http.TWO: "http2"}.get(http, "http2-prior-knowledge")


def _headers(plan: Plan, body_file: str) -> Iterator[tuple[str, str]]:
    typed = {name.lower() for name, _ in plan.request.headers}
    if "user-agent" not in typed:
        yield "user-agent", f"kubectl-ingress/{__version__}"
    if body_file:
        # What curl would add by itself, and nobody asked for.
        yield from (
            ("header", f"{n}:") for n in ("Content-Type", "Expect") if n.lower() not in typed
        )
    if "connection" not in typed and plan.wire.http is Http.ONE:
        # curl has no other way to take a new connection, as thirty curls would.
        yield "header", "Connection: close"
    for name, value in plan.request.headers:
        yield "header", f"{name}: {value}" if value else f"{name};"


def _option(name: str, value: str) -> str:
    """One line; whatever is in the value stays a value."""
    if _BROKEN_CONTROL.search(value):
        raise UsageError(
            f"{name} {value!r} holds a control character", "leave it out, or --from cluster"
        )
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name} = "{escaped}"'


def parse_output(
    output: bytes, plans: Sequence[Plan], nonce: str
) -> tuple[Answer | Unreachable, ...]:
    """What curl wrote for these plans, in their order. Raises LogCut."""
    pieces = re.split(rb"\n%s ([^\n]*)\n" % nonce.encode(), output)
    # Text and measurements by turns, and nothing after the end's mark.
    texts, measured = pieces[0::2], pieces[1::2]
    if not measured or measured[-1] != _END.encode():
        raise LogCut(f"{len(measured)} of {len(plans)} answers are there, and no end")
    if len(measured) - 1 != len(plans):
        raise LogCut(f"{len(measured) - 1} of {len(plans)} answers are there")
    return tuple(
        _result(plan, text, facts)
        for plan, text, facts in zip(plans, texts, measured, strict=False)
    )


def _result(plan: Plan, text: bytes, facts: bytes) -> Answer | Unreachable:
    told = _Told(facts)
    code = told.whole("exitcode")
    if code not in (0, _TOO_BIG):
        return _failure(told, code)
    truncated = code == _TOO_BIG
    version, status, headers, body = _read(text, truncated)
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    is_whole = not truncated and plan.request.method != "HEAD" and status not in (204, 304)
    if is_whole and lengths and lengths[0] != str(len(body)):
        raise LogCut(f"{len(body)} of {lengths[0]} bytes of a body are there")
    return Answer(
        status=status,
        headers=headers,
        body=body,
        timings=told.timings(),
        peer=told.text("remote_ip"),
        certificate=describe_pem(told.text("certs")),
        port=told.whole("remote_port"),
        http=version,
        truncated=truncated,
    )


def _read(text: bytes, left: bool) -> tuple[str, int, tuple[tuple[str, str], ...], bytes]:
    """Version, status, headers and body of what curl wrote with ``--include``, or has left."""
    while True:
        start, end = _STATUS.match(text), _HEAD_END.search(text)
        if start is None or not (end or left):
            raise LogCut("an answer has no beginning")
        # curl leaves a body that is too long at the header that says so.
        head, text = (text[: end.start()], text[end.end() :]) if end else (text, b"")
        version, status = start[1].decode(), int(start[2])
        # An interim answer comes before the real one.
        if status >= 200:
            break
    lines = [line.partition(b":") for line in head.splitlines()[1:]]
    headers = tuple((k.decode("latin-1"), v.strip().decode("latin-1")) for k, _, v in lines)
    return version, status, headers, text


def _failure(told: _Told, code: int) -> Unreachable:
    phase = told.phase()
    if code in _NAME:
        why, phase = Failure.NAME, "dns"
    elif code in _TIMEOUT:
        why = Failure.TIMEOUT
    elif code in _TLS:
        why, phase = Failure.TLS, "tls"
    elif phase == "connect":
        why = Failure.NOT_CONNECTED
    else:
        why = Failure.GARBAGE if code in _GARBAGE else Failure.BROKEN
    detail = told.text("errormsg") or f"curl: exit status {code}"
    peer, port = told.text("remote_ip"), told.whole("remote_port")
    return Unreachable(why, detail, phase, told.timings(), peer, port=port)


class _Told:
    """What curl measured of one request; an object that is not what it should be is a cut one."""

    def __init__(self, facts: bytes) -> None:
        try:
            found = json.loads(facts)
        except ValueError as error:
            raise LogCut("what curl measured cannot be read") from error
        if not isinstance(found, dict) or not isinstance(found.get("exitcode"), int):
            raise LogCut("what curl measured is not all there; curl must be 7.75 or later")
        self._found: dict[str, object] = found

    def text(self, field: str) -> str:
        found = self._found.get(field)
        return found if isinstance(found, str) else ""

    def whole(self, field: str) -> int:
        found = self._found.get(field)
        return found if isinstance(found, int) else 0

    def phase(self) -> str:
        """How far it came. The time of the connection counts only once TLS is done."""
        if not self.text("remote_ip"):
            return "connect" if self._until("namelookup") else "dns"
        if self.text("scheme").lower() == "https" and not self._until("appconnect"):
            return "tls"
        return "answer"

    def timings(self) -> Timings:
        """curl counts each from the start of the request."""
        name, connect = self._until("namelookup"), self._until("connect")
        tls, first = self._until("appconnect"), self._until("starttransfer")
        return Timings(
            total=self._until("total"),
            dns=name or None,
            connect=connect - name if connect else None,
            tls=tls - connect if tls else None,
            first_byte=first or None,
        )

    def _until(self, phase: str) -> float:
        found = self._found.get(f"time_{phase}")
        return float(found) if isinstance(found, int | float) and found > 0 else 0.0
