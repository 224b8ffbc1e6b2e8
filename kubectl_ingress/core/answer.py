"""What was sent, and what came back: plain data, made by the probe port."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kubectl_ingress.core.request import Request


@dataclass(frozen=True, slots=True)
class Plan:
    """One request with the address it goes to, which is not the URL's host.

    `address` is a DNS name or an IP; `max_time` is in seconds, for the whole
    exchange as curl's; `verify` is whether the certificate must fit the host.
    """

    request: Request
    address: str
    port: int
    body: bytes | None = None
    max_time: float = 30.0
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds each phase took; None where it did not happen. `total` is the whole exchange."""

    total: float
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The leaf certificate that was presented. `not_after` is RFC 3339, UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_after: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `headers` keep their order and their repetitions.

    `body` is what was read, a little over a mebibyte at most; `peer` and `port`
    are what was connected to, an IP and not always the plan's port.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timings: Timings
    peer: str
    certificate: Certificate | None = None
    port: int = 0

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
    UNREACHABLE = "no route to the address"
    TIMEOUT = "no answer in time"
    TLS = "TLS failed"
    BROKEN = "connection broke"


@dataclass(frozen=True, slots=True)
class Unreachable:
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


def pod_in(answer: Answer, pods: Collection[str]) -> str:
    """The name of the pod that answered, "" if the body names none of these.

    A name counts as a whole word only: pod names are prefixes of one another.
    Longer names are tried first for the same reason. A pod's own host name is
    cut at 63 characters, so a long name is looked for in that form too.
    """
    text = answer.text
    for pod in sorted(pods, key=lambda name: (-len(name), name)):
        for form in (pod, pod[:63].rstrip("-.")):
            if _has_word(text, form):
                return pod
    return ""


_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")


def _has_word(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        before = text[start - 1] if start else " "
        end = start + len(word)
        after = text[end : end + 1] or " "
        # A full stop may also end a sentence; then nothing word-like follows it.
        if after == "." and (text[end + 1 : end + 2] or " ") not in _WORD:
            after = " "
        if before not in _WORD and after not in _WORD:
            return True
        start = text.find(word, start + 1)
    return False


def spread(answers: Collection[Answer], pods: Collection[str]) -> Mapping[str, int]:
    """Pod name -> number of answers, most first, then by name; pods that never answered last."""
    counts = dict.fromkeys(sorted(pods), 0)
    for answer in answers:
        pod = pod_in(answer, pods)
        if pod:
            counts[pod] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
