"""The cluster port: requests to one API server.

The connections are urllib3's (`pool`). The kubernetes library reads a
kubeconfig otherwise than kubectl: it takes the last file's current-context,
goes on anonymously when an exec plugin fails, and leaves impersonation out, so
that is ours (`access`, `exec_plugin`, `login`). Answers are plain JSON objects:
its model classes take ten times as long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TextIO, TypeVar
from urllib.parse import urlencode

import urllib3
from msgspec.structs import replace
from urllib3.exceptions import HTTPError, LocationValueError, ProtocolError, ReadTimeoutError

from kubectl_ingress import __version__
from kubectl_ingress.connection import ClusterOptions, typed_flags
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import ApiFailed, KubeconfigError
from kubectl_ingress.ports.abreast import begin
from kubectl_ingress.ports.access import Access, parse_timeout, resolve
from kubectl_ingress.ports.answers import (
    parse_object,
    refusal,
    refusal_of,
)
from kubectl_ingress.ports.asked import Session, Target, target_of
from kubectl_ingress.ports.credentials import CertificatePair
from kubectl_ingress.ports.forward import Upgraded
from kubectl_ingress.ports.limits import CONNECT_SECONDS, Limits, limits_of, pieces
from kubectl_ingress.ports.login import Login, Shown, header_value
from kubectl_ingress.ports.patience import Clock, Notices, Patience
from kubectl_ingress.ports.pool import new_pool, taken_over
from kubectl_ingress.ports.proxy import proxy_of
from kubectl_ingress.ports.unreachable import broken_off, unreachable
from kubectl_ingress.ports.warnings import Warnings
from kubectl_ingress.websocket import is_taken, offer

T = TypeVar("T")

MAX_BODY = 256 * 1024 * 1024
_CHUNK = 1024 * 1024


class _Asked(NamedTuple):
    """One request as it is sent, however often."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    limits: Limits
    quiet: bool = False


class _Coming(NamedTuple):
    """An answer of which the head is here; when all of it must be, by time.monotonic."""

    response: urllib3.BaseHTTPResponse
    ends: float | None


class Cluster(Protocol):
    """One API server, as one user, with a namespace to work in."""

    context: str
    """Name of the kubeconfig's context, "" if none; for messages."""
    namespace: str
    """The flag's, else the context's, else "default"."""
    server: str
    """URL."""
    user: str
    """Name of the kubeconfig's user, "" if none."""
    connect_to: str
    """File that says where its load balancers are (ports.connect_to), "" for DNS."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        timeout: float | None = None,
        quiet: bool = False,
    ) -> dict[str, Any]:
        """One request; the JSON object of the answer, {} when it is empty.

        `timeout` in seconds replaces that of the flags. `quiet`: nobody asked for
        just this, so the API server's warnings about it are not shown. Raises the
        ApiError tree.
        """

    def read(
        self, path: str, query: Mapping[str, str], decode: Callable[[bytes], T | None]
    ) -> T | dict[str, Any]:
        """A GET of which `decode` reads the answer; the JSON object where it gives None.

        Raises the ApiError tree.
        """

    def begin(self, work: Sequence[Callable[[], T]]) -> Callable[[], list[T]]:
        """Begin pieces of work, at the same time where that may be.

        What is returned waits for them and gives what they give; it raises what the
        first of them raises, in their order.
        """

    def watch(
        self, path: str, *, query: Mapping[str, str] | None = None, timeout: float
    ) -> Iterator[dict[str, Any]]:
        """The events of one watch, until `timeout` seconds pass or the server ends it.

        Raises the ApiError tree; answers.Expired where it must begin anew.
        """

    def upgrade(self, path: str, query: Mapping[str, str], protocol: str) -> Upgraded:
        """A connection that is a WebSocket from now on, with a subprotocol.

        Whoever gets it closes it. Raises the ApiError tree.
        """


def connect(
    options: ClusterOptions,
    variables: Mapping[str, str],
    stderr: TextIO,
    clock: Clock = Clock(),  # noqa: B008 - frozen
) -> Cluster:
    """The cluster that the flags and the kubeconfig name. Nothing is sent yet.

    An exec plugin runs at the first request. Warnings of the API server go to
    `stderr`, and so does that it is busy. Raises KubeconfigError and UsageError.
    """
    seconds = parse_timeout(options.request_timeout)
    access = resolve(options, variables)
    login = Login(access, variables, stderr)
    return HttpCluster(access, login, variables, stderr, seconds, options, clock)


class HttpCluster:
    """A Cluster over HTTP."""

    def __init__(
        self,
        access: Access,
        login: Login,
        variables: Mapping[str, str],
        stderr: TextIO,
        request_seconds: float | None = None,
        options: ClusterOptions = ClusterOptions(),  # noqa: B008 - frozen
        clock: Clock = Clock(),  # noqa: B008 - frozen
    ) -> None:
        self.context = access.context
        self.namespace = access.namespace
        self.server = access.server
        self.user = access.user
        self.connect_to = access.connect_to
        self._access = access
        self._login = login
        self._stderr = stderr
        self._seconds = request_seconds
        self._clock = clock
        shown = access.credentials
        # A tokenFile that can be read is shown in place of what was typed.
        typed_token = bool(options.token) and shown.token == options.token and not shown.token_file
        self._session = Session(
            access.server, access.context, access.user, _flags(options), typed_token
        )
        self._proxy = proxy_of(access, variables)
        self._warnings = Warnings(stderr)
        self._notices = Notices(self._say, clock.now)
        # Until a plugin gives another certificate; made now to tell at once
        # what is wrong with these.
        self._pool = new_pool(access, access.credentials.pair, self._proxy)
        self._pool_pair = access.credentials.pair

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        timeout: float | None = None,
        quiet: bool = False,
    ) -> dict[str, Any]:
        """See Cluster."""
        headers = {} if body is None else {"Content-Type": content_type}
        data = None if body is None else json.dumps(body).encode()
        limits = limits_of(timeout if timeout is not None else self._seconds)
        asked = _Asked(method, _with_query(path, query), headers, data, limits, quiet)
        accepted = self._accepted(asked, target_of(method, path))
        return parse_object(*accepted, self._session, reading=method == "GET")

    def read(
        self, path: str, query: Mapping[str, str], decode: Callable[[bytes], T | None]
    ) -> T | dict[str, Any]:
        """See Cluster."""
        asked = _Asked("GET", _with_query(path, query), {}, None, limits_of(self._seconds))
        status, content = self._accepted(asked, target_of("GET", path))
        found = decode(content)
        return parse_object(status, content, self._session) if found is None else found

    def begin(self, work: Sequence[Callable[[], T]]) -> Callable[[], list[T]]:
        """See Cluster."""
        # Not in one of the threads: Ctrl-C ends a plugin that waits for somebody.
        self._login.current()
        return begin(work)

    def watch(
        self, path: str, *, query: Mapping[str, str] | None = None, timeout: float
    ) -> Iterator[dict[str, Any]]:
        """See Cluster."""
        target = target_of("GET", path, watch=True)
        deadline = time.monotonic() + timeout
        wanted = {**(query or {}), "watch": "1", "timeoutSeconds": str(max(1, round(timeout)))}
        headers = {"Accept": "application/json"}
        limits = Limits(min(timeout, CONNECT_SECONDS), timeout)
        asked = _Asked("GET", _with_query(path, wanted), headers, None, limits)
        coming = self._exchange(asked, self._patience(asked))
        response = coming.response
        if response.status >= 300:
            try:
                content = self._content(coming)
            except HTTPError as error:
                raise broken_off(error, self._session, "GET") from error
            raise refusal(response.status, content, target, self._session)
        try:
            for line in self._lines(response):
                yield self._event(line, response.status, target)
                if time.monotonic() >= deadline:
                    return
        finally:
            # What is left of the stream is nobody's, so its connection is not reused.
            response.close()

    def upgrade(self, path: str, query: Mapping[str, str], protocol: str) -> Upgraded:
        """See Cluster."""
        offered = offer(protocol)
        asked = _Asked("GET", _with_query(path, query), offered, None, limits_of(self._seconds))
        coming = self._exchange(asked, self._patience(asked))
        response = coming.response
        if response.status == 101 and is_taken(offered, response.headers):
            return taken_over(response)
        content = self._content(coming)
        if response.status >= 300:
            raise refusal(response.status, content, target_of("GET", path), self._session)
        raise ApiFailed(f"{self._session.server_named} forwards no ports: it takes no WebSocket")

    def _event(self, line: bytes, status: int, target: Target) -> dict[str, Any]:
        event: dict[str, Any] = parse_object(status, line, self._session)
        if event.get("type") == "ERROR":
            refused = Reader(event.get("object"), "Status", Origin())
            raise refusal_of(refused, refused.number("code") or 500, target, self._session)
        return event

    def _lines(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        rest = b""
        try:
            for chunk in response.stream(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line for line in lines if line.strip())
                if len(rest) > MAX_BODY:
                    raise self._too_much()
        except (ReadTimeoutError, ProtocolError):
            # The time is over, or the server has ended it, if without a word.
            return
        except HTTPError as error:
            raise broken_off(error, self._session, "GET") from error

    def _patience(self, asked: _Asked) -> Patience:
        return Patience(asked.method, asked.limits.total, self._clock, self._notices)

    def _say(self, what: str) -> None:
        print(printable(f"{self._session.server_named} {what}"), file=self._stderr, flush=True)

    def _accepted(self, asked: _Asked, target: Target) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", **asked.headers}
        if self._access.compress:
            headers["Accept-Encoding"] = "gzip"
        status, content = self._answer(asked._replace(headers=headers))
        if status >= 300:
            raise refusal(status, content, target, self._session)
        return status, content

    def _answer(self, asked: _Asked) -> tuple[int, bytes]:
        """The status of the answer and all of its body."""
        patience = self._patience(asked)
        while True:
            coming = self._exchange(asked, patience)
            try:
                return coming.response.status, self._content(coming)
            except ProtocolError as error:
                if not patience.outlasts_break():
                    raise broken_off(error, self._session, asked.method) from error
            except HTTPError as error:
                seconds = asked.limits.total
                raise broken_off(error, self._session, asked.method, seconds) from error

    def _exchange(self, asked: _Asked, patience: Patience) -> _Coming:
        """Send, again where the server asks for it or the login was renewed."""
        renewed = False
        while True:
            shown = self._login.current()
            coming = self._send(asked, shown, patience)
            response = coming.response
            if not asked.quiet:
                self._warnings.show(response.headers.getlist("Warning"))
            if response.status == 401 and not renewed and self._login.renew(shown):
                renewed = True
            elif not patience.outlasts(response.status, response.headers):
                return coming
            response.close()

    def _send(self, asked: _Asked, shown: Shown, patience: Patience) -> _Coming:
        pool, limits = self._pool_for(shown.pair), asked.limits
        sent = self._headers(asked.headers, shown)
        while True:
            begun = time.monotonic()
            ends = None if limits.total is None else begun + limits.total
            try:
                response = pool.request(
                    asked.method,
                    self.server + asked.path,
                    body=asked.body,
                    headers=sent,
                    timeout=urllib3.Timeout(connect=limits.connect, read=limits.read),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                return _Coming(response, ends)
            except ProtocolError as error:
                # Mostly an idle connection that the server closed just now.
                if not patience.outlasts_break():
                    raise unreachable(error, self._session, None) from error
            except (LocationValueError, UnicodeError) as error:
                raise KubeconfigError(f'"{self.server}" is not the URL of a server') from error
            except HTTPError as error:
                # One in the middle of a TLS handshake is a ReadTimeoutError, too.
                sent_all = limits.read is not None and time.monotonic() - begun >= limits.read
                waited = limits.read if sent_all else limits.connect
                raise unreachable(error, self._session, waited) from error

    def _headers(self, given: Mapping[str, str], shown: Shown) -> urllib3.HTTPHeaderDict:
        headers = urllib3.HTTPHeaderDict(given)
        headers["User-Agent"] = f"kubectl-ingress/{__version__}"
        if shown.authorization:
            headers["Authorization"] = header_value(
                shown.authorization, f'the token of the user "{self.user}"'
            )
        for name, value in self._access.impersonation:
            headers.add(name, header_value(value, name))
        return headers

    def _content(self, coming: _Coming) -> bytes:
        chunks, size = [], 0
        for chunk in pieces(*coming, _CHUNK):
            size += len(chunk)
            if size > MAX_BODY:
                coming.response.close()
                raise self._too_much()
            chunks.append(chunk)
        return b"".join(chunks)

    def _too_much(self) -> ApiFailed:
        size = f"{MAX_BODY // 1024 // 1024} MiB"
        return ApiFailed(f"{self._session.server_named} sent more than {size} in one answer")

    def _pool_for(self, pair: CertificatePair | None) -> urllib3.PoolManager:
        if pair != self._pool_pair:
            self._pool, self._pool_pair = new_pool(self._access, pair, self._proxy), pair
        return self._pool


def _with_query(path: str, query: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(query, errors='replace')}" if query else path


def _flags(options: ClusterOptions) -> tuple[str, ...]:
    """What to add to a suggested kubectl command; its namespace is its own."""
    return tuple(typed_flags(replace(options, namespace=None)))
