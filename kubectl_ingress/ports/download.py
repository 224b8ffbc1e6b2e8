"""Fetches one file whose SHA-256 is known, and gives it away only if it is that file.

What is behind an address may change between two looks at it; a digest makes the
address a mere way to known bytes. They stay in memory: nothing is written, and
nothing is parsed, before the digest is right.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import time

import httpx

from kubectl_ingress import __version__
from kubectl_ingress.errors import InputError, UsageError

LIMIT = 16 << 20
"""Bytes; the largest manifest of a known controller has less than one of these 16 MiB."""
SECONDS = 60.0
"""For the whole file, redirects included."""
_STEP_SECONDS = 15.0
_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII | re.IGNORECASE)


def is_url(place: str) -> bool:
    """Whether it is an address and no file."""
    return "://" in place


def parse_digest(text: str) -> str:
    """64 hexadecimal digits in small letters, with ``sha256:`` before them or not.

    Raises UsageError.
    """
    found = _DIGEST.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f'--sha256 "{text}" is no SHA-256: it has 64 hexadecimal digits',
            "sha256sum prints it: sha256sum FILE",
        )
    return found[1].lower()


def check_digest(data: bytes, wanted: str, name: str) -> None:
    """Raise InputError, with both digests, unless this is the file that is wanted."""
    import hashlib

    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise InputError(
            f"{name} is not the file that is meant: its SHA-256 is {found}, and should be "
            f"{wanted}; nothing of it was read, and nothing was changed",
            "find out which of the two is right before you take another digest",
        )


def fetch(address: str, sha256: str, *, seconds: float = SECONDS) -> bytes:
    """The file at an address. `sha256` is as `parse_digest` gives it.

    https only, but for this machine itself; redirects go to https only. Raises
    UsageError for an address that is not taken, InputError for all that the
    network does and for another file than the one that is wanted.
    """
    url = _parsed(address)
    deadline = time.monotonic() + seconds
    try:
        with httpx.Client(
            verify=_trust(),
            timeout=min(_STEP_SECONDS, seconds),
            # A proxy, and the names that go without it. This machine is never behind one.
            trust_env=not _is_here(url),
            headers={
                "User-Agent": f"kubectl-ingress/{__version__}",
                # The digest is that of the bytes as they are sent.
                "Accept-Encoding": "identity",
            },
        ) as client:
            data = _follow(client, url, deadline)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _failed(url, _why(error)) from error
    check_digest(data, sha256, shown(address))
    return data


def shown(address: str) -> str:
    """The address for people: without a password in it."""
    try:
        url = httpx.URL(address)
        return str(url.copy_with(username=None, password=None) if url.userinfo else url)
    except (httpx.InvalidURL, ValueError):
        return address


def _parsed(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise UsageError(f"{address} is no URL: {error}", "like https://host/path") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(
            f"{address} is not fetched", "name a file, or a URL like https://host/path"
        )
    if url.scheme == "http" and not _is_here(url):
        raise UsageError(f"{shown(address)} would be fetched in the clear", "use https://")
    return url


def _is_here(url: httpx.URL) -> bool:
    """Whether it is an address of this machine."""
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


def _trust() -> ssl.SSLContext:
    # The system's own certificates, as curl: a company's private CA is there.
    return ssl.create_default_context()


def _follow(client: httpx.Client, url: httpx.URL, deadline: float) -> bytes:
    for _ in range(_REDIRECTS + 1):
        with client.stream("GET", url) as response:
            if response.status_code not in _MOVED:
                return _body(response, url, deadline)
            url = _target(response, url)
    raise _failed(url, f"more than {_REDIRECTS} redirects")


def _target(response: httpx.Response, url: httpx.URL) -> httpx.URL:
    location = response.headers.get("location", "")
    if not location:
        raise _failed(url, f"it answered {response.status_code} without saying where to go")
    target = url.join(location)
    if target.scheme != "https":
        raise _failed(url, f"it leads to {shown(str(target))}, which is not https")
    return target


def _body(response: httpx.Response, url: httpx.URL, deadline: float) -> bytes:
    if response.status_code != 200:
        raise _failed(url, f"it answered {response.status_code} {response.reason_phrase}".rstrip())
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _failed(url, "it is sent compressed only, so its digest cannot be checked")
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > LIMIT:
            raise _failed(url, f"it has more than {LIMIT >> 20} MiB; no manifest has")
        if time.monotonic() > deadline:
            raise _failed(url, "it takes too long")
    return bytes(body)


def _failed(url: httpx.URL, why: str) -> InputError:
    address = shown(str(url))
    return InputError(
        f"{address} could not be fetched: {why}",
        "check the address, or fetch the file in another way and name that: --manifest FILE",
    )


def _why(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it takes too long"
    return str(error) or type(error).__name__
