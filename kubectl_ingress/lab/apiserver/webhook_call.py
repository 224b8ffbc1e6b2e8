"""Asking one webhook, and why it could not be asked, in the API server's words.

Kubernetes' own: staging/src/k8s.io/apiserver/pkg/util/webhook/client.go and
pkg/util/proxy/proxy.go.
"""

from __future__ import annotations

import base64
import json
import ssl
from urllib.parse import urlsplit

from msgspec import Struct

from kubectl_ingress.lab import trust
from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.webhook_answer import JSON, CallFailed, call_failed, response_of
from kubectl_ingress.lab.apiserver.webhook_rules import Objects
from kubectl_ingress.lab.endpoints import ready_endpoints
from kubectl_ingress.lab.fetch import FetchError, fetch

TIMEOUT = 10


class _NoEndpoint(Exception):
    """A Service leads nowhere; the message says why."""


class _Way(Struct, frozen=True):
    """Where a webhook is: what its URL says, and what is dialled."""

    authority: str
    path: str
    ip: str
    port: int
    server_name: str

    @property
    def url(self) -> str:
        return f"https://{self.authority}{self.path}"


async def call(webhook: Json, body: Json, objects: Objects) -> Json:
    """The ``response`` of the AdmissionReview that answers `body`. Raises CallFailed."""
    seconds = webhook.get("timeoutSeconds") or TIMEOUT
    client = webhook["clientConfig"]
    tls = _trusting(client)
    way = _way(client, seconds, objects)
    headers = {
        "Host": way.authority,
        "User-Agent": "kube-apiserver-admission",
        "Content-Type": JSON,
        "Accept": "application/json, */*",
    }
    try:
        answer = await fetch(
            "POST",
            way.ip,
            way.port,
            way.path,
            headers=headers,
            body=json.dumps(body, separators=(",", ":")).encode(),
            tls=tls,
            server_name=way.server_name,
            timeout=seconds,
        )
    except FetchError as error:
        raise _not_asked(way.url, error) from error
    return response_of(answer, body["request"]["uid"])


def _trusting(client: Json) -> ssl.SSLContext:
    try:
        bundle = base64.b64decode(client.get("caBundle") or "").decode("latin-1")
        return trust.trusting(bundle)
    except (ValueError, ssl.SSLError) as error:
        why = "unable to load root certificates: unable to parse bytes as PEM block"
        raise CallFailed(f"could not get REST client: {why}") from error


def _way(client: Json, seconds: int, objects: Objects) -> _Way:
    query = f"?timeout={seconds}s"
    if url := client.get("url"):
        parts = urlsplit(url)
        host = parts.hostname or ""
        return _Way(parts.netloc, (parts.path or "/") + query, host, parts.port or 443, host)
    service = client["service"]
    port = service.get("port") or 443
    name = f"{service['name']}.{service['namespace']}.svc"
    path = "/" + str(service.get("path") or "").lstrip("/") + query
    try:
        ip, number = _endpoint(service["namespace"], service["name"], port, objects)
    except _NoEndpoint as error:
        raise call_failed(f'Post "https://{name}:{port}{path}": {error}') from error
    return _Way(f"{name}:{port}", path, ip, number, name)


def _endpoint(namespace: str, name: str, port: int, objects: Objects) -> tuple[str, int]:
    """Address and port of a ready endpoint behind a Service's port. Raises _NoEndpoint."""

    def of(items: str, group: str = "") -> list[Json]:
        return [
            item for item in objects(group, items) if item["metadata"]["namespace"] == namespace
        ]

    service = next((item for item in of("services") if item["metadata"]["name"] == name), None)
    if service is None:
        raise _NoEndpoint(f"service {quoted(name)} not found")
    if service["spec"].get("type") == "ExternalName":
        raise _NoEndpoint('unsupported service type "ExternalName"')
    ports = [each for each in service["spec"].get("ports") or [] if each["port"] == port]
    if not ports:
        raise _NoEndpoint(f"no service port {port} found for service {quoted(name)}")
    slices = of("endpointslices", "discovery.k8s.io")
    for endpoint in ready_endpoints(slices, name, ports[0].get("name", "")):
        return endpoint
    raise _NoEndpoint(f"no endpoints available for service {quoted(name)}")


def _not_asked(url: str, error: FetchError) -> CallFailed:
    if error.in_body:
        start = "unexpected error when reading response body. Please retry. Original error: "
        return call_failed(start + error.words)
    return call_failed(f'Post "{url}": {error.words}')
