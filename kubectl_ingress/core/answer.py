"""What was sent, and what came back: plain data, made by the probe port."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from kubectl_ingress.core.request import Request


class Http(StrEnum):
    """The protocol that is spoken."""

    ONE = "1.1"
    TWO = "2"
    """Offered in the TLS handshake, 1.1 where it is not taken; 1.1 without TLS."""
    TWO_AT_ONCE = "2 with prior knowledge"
    """Without asking first, with or without TLS."""


class Wire(Struct, frozen=True):
    """How a connection is made and used: curl's flags, with curl's defaults.

    `family` is 4 or 6, 0 for either; `connect_time` is in seconds, for name,
    connection and TLS together, 0 for no limit of its own. `cacert`, `cert` and
    `key` are PEM files; `key` may be in the file of `cert`. `keep_alive` is
    whether the next probe of the same sender may ride on this connection: off, a
    load balancer chooses anew each time; on, the handshakes are saved.
    """

    http: Http = Http.ONE
    family: int = 0
    connect_time: float = 0.0
    cacert: str = ""
    cert: str = ""
    key: str = ""
    keep_alive: bool = False


class Plan(Struct, frozen=True):
    """One request with the address it goes to, which is not the URL's host.

    `address` is a DNS name or an IP; `max_time` is in seconds, for the whole
    exchange as curl's; `verify` is whether the certificate must fit the host.
    `direct` is whether the address stands as it is, although the cluster has a
    file that says where its load balancers are.
    """

    request: Request
    address: str
    port: int
    body: bytes | None = None
    max_time: float = 30.0
    verify: bool = True
    wire: Wire = Wire()
    direct: bool = False

    def limit(self, phase: str) -> float:
        """Seconds from the start until a phase (Unreachable.phase) has to be over."""
        if phase == "answer" or not self.wire.connect_time:
            return self.max_time
        return min(self.wire.connect_time, self.max_time)


class Timings(Struct, frozen=True):
    """Seconds each phase took; None where it did not happen, as on a reused connection.

    `first_byte` and `total` count from the start; `total` is the whole exchange.
    """

    total: float
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None


class Certificate(Struct, frozen=True):
    """The leaf certificate that was presented. `not_after` is RFC 3339, UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_after: str


class Answer(Struct, frozen=True):
    """An HTTP answer. `headers` keep their order and their repetitions.

    `body` is what was read, a mebibyte at most, `truncated` whether there was
    more; it is not decoded. `peer` and `port` are what was connected to, an IP
    and not always the plan's port. `http` is the version of the answer: 1.0,
    1.1, 2; `tls` that of the connection (TLSv1.3), "" without.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timings: Timings
    peer: str
    certificate: Certificate | None = None
    port: int = 0
    http: str = "1.1"
    tls: str = ""
    truncated: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header, None where absent."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")


class Failure(StrEnum):
    """Why no answer came."""

    NAME = "name not resolved"
    REFUSED = "connection refused"
    NOT_CONNECTED = "no connection"
    """Refused, or no route: curl does not tell which."""
    UNREACHABLE = "no route to the address"
    TIMEOUT = "no answer in time"
    TLS = "TLS failed"
    BROKEN = "connection broke"
    GARBAGE = "no valid HTTP"


class Unreachable(Struct, frozen=True):
    """No answer came. `phase` is dns, connect, tls or answer; `detail` is the system's word.

    `peer` and `port` are what was connected to, or tried last; "" and 0 before that.
    """

    why: Failure
    detail: str
    phase: str
    timings: Timings
    peer: str = ""
    certificate: Certificate | None = None
    port: int = 0


class Sent(Struct, frozen=True):
    """One of a batch: the number of its plan from 0, when, and what came of it.

    `at` is in seconds from the batch's start to the moment of sending.
    """

    index: int
    at: float
    result: Answer | Unreachable


def pod_in(answer: Answer, pods: Collection[str]) -> str:
    """The name of the pod that answered, "" if the body names none of these.

    A name counts as a whole word only: pod names are prefixes of one another.
    Of several the longest is taken. A pod's own host name is cut at 63 characters,
    so a long name is looked for in that form too.
    """
    if not pods:
        return ""
    by_word = _by_word(pods if isinstance(pods, frozenset) else frozenset(pods))
    # A full stop may also end a sentence.
    words = {word.removesuffix(".") for word in _WORDS.findall(answer.text)}
    found = (by_word[word] for word in words & by_word.keys())
    return min(found, key=lambda pod: (-len(pod), pod), default="")


_WORDS = re.compile(r"[a-z0-9.-]+")
_LONGEST_HOST_NAME = 63


# Asked for every answer of a batch: the same few sets of pods, which may be all of a cluster.
@lru_cache(maxsize=16)
def _by_word(pods: frozenset[str]) -> dict[str, str]:
    """Every form of a pod's name -> the pod."""
    forms = {pod[:_LONGEST_HOST_NAME].rstrip("-."): pod for pod in sorted(pods, reverse=True)}
    return forms | {pod: pod for pod in pods}
