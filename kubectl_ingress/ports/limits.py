"""How long one request to the API server may take, and its body read within that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import urllib3
from urllib3.exceptions import ReadTimeoutError

CONNECT_SECONDS = 10.0
# The API server ends every request itself after 60 s (--request-timeout), so
# longer silence means that nobody is there.
READ_SECONDS = 70.0


class Limits(NamedTuple):
    """Seconds to wait for the connection, for the next byte, and for all; None for ever."""

    connect: float
    read: float | None
    total: float | None = None


def limits_of(seconds: float | None) -> Limits:
    """Those of a request that may take so long; None is as usual, 0 for ever."""
    if seconds is None:
        return Limits(CONNECT_SECONDS, READ_SECONDS)
    if seconds <= 0:
        return Limits(CONNECT_SECONDS, None)
    return Limits(min(seconds, CONNECT_SECONDS), seconds, seconds)


def pieces(response: urllib3.BaseHTTPResponse, ends: float | None, size: int) -> Iterator[bytes]:
    """The body as it comes, at most `size` bytes at a time; `ends` is by time.monotonic.

    Raises ReadTimeoutError where it is not all here in time.
    """
    if ends is None:
        yield from response.stream(size, decode_content=True)
        return
    while True:
        left = ends - time.monotonic()
        if left <= 0:
            response.close()
            raise ReadTimeoutError(None, "", "the time is over")  # type: ignore[arg-type]
        # The timeout of a socket begins anew with every byte.
        sock = getattr(response.connection, "sock", None)
        if sock is not None:
            sock.settimeout(left)
        piece = response.read1(size, decode_content=True)
        if not piece:
            return
        yield piece
