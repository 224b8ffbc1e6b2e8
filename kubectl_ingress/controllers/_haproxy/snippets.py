"""Lines of config-backend: which ones answer a request, and which ones haproxy refuses.

A keyword that a backend section does not know stops haproxy from loading
anything (measured). Others are not followed any further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_ingress.controllers._haproxy.actions import To
from kubectl_ingress.controllers._haproxy.settings import Settings
from kubectl_ingress.controllers._snippet import Snippet
from kubectl_ingress.core.actions import Action, Answer
from kubectl_ingress.core.values import Value

# The keywords of a backend section, haproxy 2.6 configuration manual, 4.1.
_BACKEND_SECTION = """
acl backlog balance bind-process capture clitcpka-cnt clitcpka-idle clitcpka-intvl compression
cookie default-server description disabled dispatch email-alert enabled error-log-format
errorfile errorfiles errorloc errorloc302 errorloc303 filter force-persist fullconn
hash-balance-factor hash-type http-after-response http-check http-error http-request
http-response http-reuse http-send-name-header id ignore-persist load-server-state-from-file log
log-tag max-keep-alive-queue mode no option persist redirect retries retry-on server
server-state-file-name server-template source srvtcpka-cnt srvtcpka-idle srvtcpka-intvl stats
stick stick-table tcp-check tcp-request tcp-response timeout transparent use-fcgi-app use-server
"""
_KEYWORDS = frozenset(_BACKEND_SECTION.split())
# Lines that leave the way of a request as it is.
_HARMLESS = re.compile(
    r"(http-(after-)?response|http-check|http-request\s+(add-header|set-header|del-header"
    r"|set-var(\(|\s)|replace-header|replace-value|set-log-level|set-timeout|capture|track-sc))"
    r"|(acl|backlog|capture|compression|description|email-alert|error\w*|fullconn|hash-\w+|http-reuse"
    r"|log|log-tag|max-keep-alive-queue|option|retries|retry-on|stats|timeout)\b"
)
_CONDITION = re.compile(r"\s(if|unless)\s")
_DENY = re.compile(r"http-request\s+deny(\s+(deny_status|status)\s+(?P<status>\d+))?\b.*")
_RETURN = re.compile(r"http-request\s+return(\s+status\s+(?P<status>\d+))?\b.*")
_REDIRECT = re.compile(
    r"(http-request\s+)?redirect\s+location\s+(?P<to>[^\s%]+)(\s+code\s+(?P<code>\d+))?\s*"
)


def snippet(value: Value, key: str, settings: Settings) -> Snippet:
    """What is known of a snippet."""
    answer: Action | None = None
    unclear = ""
    for line in _kept(value, settings):
        word = line.split(maxsplit=1)[0]
        if word not in _KEYWORDS:
            return Snippet(problem=f"{key} begins a line with {word}, which haproxy does not know")
        if answer is None and not unclear and not _HARMLESS.match(line):
            answer = None if _CONDITION.search(line) else _answer(line, key, value)
            unclear = "" if answer else f"the line {line!r} of {key} is not followed"
    return Snippet((answer,) if answer else (), unclear)


def _kept(value: Value, settings: Settings) -> Iterator[str]:
    """The lines that the controller writes: forbidden ones take all with them."""
    lines = [line.strip() for line in value.text.split("\n")]
    lines = [line for line in lines if line and not line.startswith("#")]
    if value.source.startswith("ConfigMap") or _allowed(lines, settings):
        yield from lines


def _allowed(lines: Sequence[str], settings: Settings) -> bool:
    forbidden = settings.no_keywords
    if "*" in forbidden:
        return False
    return not any(
        line.split(maxsplit=1)[0] in forbidden or "secrets/kubernetes.io/serviceaccount" in line
        for line in lines
    )


def _answer(line: str, key: str, value: Value) -> Action | None:
    if found := _DENY.fullmatch(line):
        return Answer(int(found["status"] or 403), f"{key}: {line}", value)
    if found := _RETURN.fullmatch(line):
        return Answer(int(found["status"] or 200), f"{key}: {line}", value)
    if found := _REDIRECT.fullmatch(line):
        return To(int(found["code"] or 302), replace(value, text=found["to"]), key=key)
    return None
