"""A webhook that behaves well or badly, as its path says, and servers that are none.

Played on an event loop of the caller; the same to a real API server and to the lab's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.live.recorder import Authority

Json = dict[str, Any]
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter

NAMESPACE = "default"


def reviewed(uid: str, **response: object) -> Json:
    """An AdmissionReview that answers."""
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": False, **response},
    }


def _status(code: int, **fields: object) -> Json:
    return {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, **fields}


JSON, HTML, TEXT = "application/json", "text/html", "text/plain"
WHY = "I do not like it"
# Path -> what is answered to the review with this uid: status, content type, body.
ANSWERS: dict[str, Callable[[str], tuple[int, str, object]]] = {
    "/allow": lambda uid: (200, JSON, reviewed(uid, allowed=True)),
    "/allow-untyped": lambda uid: (200, "", reviewed(uid, allowed=True)),
    "/warn": lambda uid: (200, JSON, reviewed(uid, allowed=True, warnings=["be careful", "ü"])),
    "/deny": lambda uid: (200, JSON, reviewed(uid)),
    "/deny-warn": lambda uid: (200, JSON, reviewed(uid, warnings=["told you"])),
    "/deny-message": lambda uid: (200, JSON, reviewed(uid, status={"message": WHY})),
    "/deny-reason": lambda uid: (200, JSON, reviewed(uid, status={"reason": "Conflict"})),
    "/deny-code": lambda uid: (
        200,
        JSON,
        reviewed(
            uid,
            status={
                "code": 403,
                "reason": "Forbidden",
                "message": WHY,
                "details": {"name": "x", "causes": [{"reason": "r", "message": "m"}]},
            },
        ),
    ),
    "/deny-200": lambda uid: (
        200,
        JSON,
        reviewed(uid, status={"status": "Success", "code": 200, "message": WHY}),
    ),
    "/deny-lines": lambda uid: (200, JSON, reviewed(uid, status={"message": "one\ntwo <b>"})),
    "/html": lambda uid: (200, HTML, "<html>"),
    "/text": lambda uid: (200, TEXT, "hello"),
    "/not-json": lambda uid: (200, JSON, "hello"),
    "/half-json": lambda uid: (200, JSON, '{"apiVersion": "admission.k8s.io/v1"'),
    "/list": lambda uid: (200, JSON, "[]"),
    "/empty": lambda uid: (200, JSON, ""),
    "/no-kind": lambda uid: (200, JSON, {"response": {"uid": uid, "allowed": True}}),
    "/no-version": lambda uid: (200, JSON, {"kind": "AdmissionReview"}),
    "/other-kind": lambda uid: (200, JSON, reviewed(uid) | {"kind": "Pod", "apiVersion": "v1"}),
    "/old-version": lambda uid: (
        200,
        JSON,
        reviewed(uid, allowed=True) | {"apiVersion": "admission.k8s.io/v1beta1"},
    ),
    "/status-ok": lambda uid: (200, JSON, _status(200, message="hm")),
    "/wrong-uid": lambda uid: (200, JSON, reviewed("other", allowed=True)),
    "/no-uid": lambda uid: (200, JSON, reviewed("", allowed=True)),
    "/no-response": lambda uid: (200, JSON, reviewed(uid) | {"response": None}),
    "/wrong-types": lambda uid: (200, JSON, reviewed(uid, allowed="yes")),
    "/patch": lambda uid: (200, JSON, reviewed(uid, allowed=True, patch="W10=")),
    "/patch-type": lambda uid: (200, JSON, reviewed(uid, allowed=True, patchType="JSONPatch")),
    "/400": lambda uid: (400, TEXT, "bad thing"),
    "/401": lambda uid: (401, TEXT, "who"),
    "/403": lambda uid: (403, TEXT, "no you may not"),
    "/404": lambda uid: (404, TEXT, "404 page not found"),
    "/405": lambda uid: (405, TEXT, ""),
    "/409": lambda uid: (409, TEXT, ""),
    "/415": lambda uid: (415, TEXT, "a type"),
    "/418": lambda uid: (418, TEXT, "teapot"),
    "/422": lambda uid: (422, TEXT, ""),
    "/429": lambda uid: (429, TEXT, ""),
    "/500": lambda uid: (500, TEXT, 'it "broke"'),
    "/500-html": lambda uid: (500, HTML, "<html>broken</html>"),
    "/500-json": lambda uid: (500, JSON, {"error": "broken"}),
    "/500-empty": lambda uid: (500, "", ""),
    "/500-status": lambda uid: (500, JSON, _status(500, message="its own words", reason="X")),
    "/503": lambda uid: (503, TEXT, ""),
    "/504": lambda uid: (504, TEXT, ""),
    "/204": lambda uid: (204, "", ""),
}


class WebhookServer:
    """Listeners at one address: ``ports`` by name, ``ca`` what the good ones are signed by."""

    def __init__(self, ip: str) -> None:
        self.ip = ip
        self.ports: dict[str, int] = {}
        self.requests: list[tuple[str, Json]] = []
        self.heads: list[bytes] = []
        authority, other = Authority("webhook authority"), Authority("webhook authority")
        stranger = Authority("somebody else")
        self.ca, self.other_ca = authority.pem.decode(), other.pem.decode()
        names = [f"{name}.{NAMESPACE}.svc" for name in ("hook", "two-ports")]
        self._pairs = {
            "hook": authority.issue("hook", [*names, self.ip, "localhost"]),
            "untrusted": stranger.issue("x", [f"untrusted.{NAMESPACE}.svc"]),
            "same-name": other.issue("x", [f"same-name.{NAMESPACE}.svc"]),
            "misnamed": authority.issue("x", ["a.example", "*.b.example", "10.0.0.1"]),
            "ip-named": authority.issue("x", ["10.0.0.1"]),
            "unnamed": authority.issue("unnamed.default.svc", []),
            "expired": authority.issue("x", [f"expired.{NAMESPACE}.svc"], days=-1),
            "early": authority.issue("x", [f"early.{NAMESPACE}.svc"], days=9),
            "starred": authority.issue("x", [f"*.{NAMESPACE}.svc"]),
        }
        self._servers: list[asyncio.Server] = []
        self._ended = asyncio.Event()

    async def open(self) -> None:
        """Listen on ports of the kernel's choice."""
        for name, pair in self._pairs.items():
            await self._listen(name, self._talk, _context(*pair))
        await self._listen("plain", _plain)
        await self._listen("garbage", _garbage)
        await self._listen("slam", _slam)
        await self._listen("mute", self._mute)
        await self._listen("refused", _slam)
        gone = self._servers.pop()
        gone.close()
        await gone.wait_closed()

    async def close(self) -> None:
        """Stop listening, and end what hangs."""
        self._ended.set()
        for server in self._servers:
            server.close()
        await asyncio.sleep(0)

    async def _listen(
        self,
        name: str,
        talk: Callable[[Reader, Writer], Awaitable[None]],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        async def accept(reader: Reader, writer: Writer) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await talk(reader, writer)
            writer.transport.abort() if tls is None else writer.close()

        server = await asyncio.start_server(accept, self.ip, 0, ssl=tls)
        self._servers.append(server)
        self.ports[name] = server.sockets[0].getsockname()[1]

    async def _mute(self, reader: Reader, writer: Writer) -> None:
        await self._ended.wait()

    async def _talk(self, reader: Reader, writer: Writer) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(
                line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if line
            )
            body = json.loads(await reader.readexactly(int(fields["content-length"])))
            target = head.split()[1].decode()
            self.requests.append((target, body["request"]))
            self.heads.append(head)
            path = target.partition("?")[0]
            path = "/allow" if path.startswith("/note/") else path
            if path not in ANSWERS:
                await self._misbehave(path, body["request"]["uid"], writer)
                return
            writer.write(_answer(*ANSWERS[path](body["request"]["uid"])))
            await writer.drain()

    async def _misbehave(self, path: str, uid: str, writer: Writer) -> None:
        whole = _answer(*ANSWERS["/allow"](uid))
        if path == "/hang":
            await self._ended.wait()
        elif path == "/hang-body":
            writer.write(whole[:-10])
            await self._ended.wait()
        elif path == "/cut":
            writer.write(whole[:-10])
        elif path == "/cut-head":
            writer.write(whole[:20])
        elif path == "/no-http":
            writer.write(b"hello\r\n\r\n")
        elif path == "/chunked":
            head, _, body = whole.partition(b"\r\n\r\n")
            start = b"\r\n".join(line for line in head.split(b"\r\n") if b"Length" not in line)
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:]))
            writer.write(start + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        elif path == "/until-close":
            head, _, body = whole.partition(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
        await writer.drain()


async def _slam(reader: Reader, writer: Writer) -> None:
    await reader.read(10_000)
    writer.write_eof()
    await reader.read(1)


async def _plain(reader: Reader, writer: Writer) -> None:
    await reader.read(10_000)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def _garbage(reader: Reader, writer: Writer) -> None:
    writer.write(b"220 mail.example ESMTP ready\r\n")
    await writer.drain()
    await reader.read(1000)


def _answer(code: int, content_type: str, body: object) -> bytes:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    typed = f"Content-Type: {content_type}\r\n" if content_type else ""
    length = "" if code == 204 else f"Content-Length: {len(content)}\r\n"
    return f"HTTP/1.1 {code} Said\r\n{typed}{length}\r\n".encode() + content


def _context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        files = [Path(directory, name) for name in ("certificate", "key")]
        for file, content in zip(files, (certificate, key), strict=True):
            file.write_bytes(content)
        context.load_cert_chain(*files)
    return context
