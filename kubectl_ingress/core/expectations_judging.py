"""Answers against what a route test expects of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase

from kubectl_ingress.core import patterns
from kubectl_ingress.core.answer import Answer
from kubectl_ingress.core.certificate import days_left
from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.expectations import (
    AnswerExpected,
    JsonExpected,
    TextExpected,
    TlsExpected,
)
from kubectl_ingress.core.route_judging import Difference

_SHOWN = 80
_NO_JSON = object()


def unlike_answer(
    answer: Answer, pod: str, expected: AnswerExpected, now: datetime
) -> Iterator[Difference]:
    """What of the expectations one answer does not meet; `pod` sent it, "" for nobody knows.

    What is measured over many of them is left to `unlike_latency`.
    """
    if expected.body is not None:
        yield from _unlike_text("body", answer.body.decode("latin-1"), expected.body)
    if expected.json:
        yield from _unlike_json(answer, expected.json)
    for name, wanted in expected.headers:
        yield from _unlike_header(answer, name, wanted)
    if pod and expected.pods and not any(fnmatchcase(pod, one) for one in expected.pods):
        yield Difference("pods", " or ".join(expected.pods), pod)
    if expected.tls is not None:
        yield from _unlike_tls(answer, expected.tls, now)


def unlike_latency(exchange: Exchange, expected: AnswerExpected) -> Iterator[Difference]:
    """The percentiles that are too long."""
    durations = exchange.durations()
    for percent, most in expected.latency if durations.count else ():
        milliseconds = durations.quantile(percent / 100) * 1000
        if milliseconds > most:
            field = f"latency.p{percent}"
            yield Difference(field, f"at most {most:g} ms", f"{milliseconds:.3g} ms")


def _unlike_text(field: str, text: str, wanted: TextExpected) -> Iterator[Difference]:
    """`text` has a character for each byte."""
    actual = _short(_unicode(text))
    if wanted.equals is not None and _bytes(wanted.equals) != text:
        yield Difference(field, _short(wanted.equals), actual)
    for part in wanted.contains:
        if _bytes(part) not in text:
            yield Difference(field, f"with {_short(part)}", actual)
    if wanted.matches:
        said = f"like {_short(_unicode(wanted.matches))}"
        try:
            if patterns.search(wanted.matches, text) is None:
                yield Difference(field, said, actual)
        except patterns.GaveUp:
            yield Difference(field, said, "beyond the match limit of the expression")


def _unlike_header(answer: Answer, name: str, wanted: TextExpected) -> Iterator[Difference]:
    field = f"headers.{name}"
    values = [value for key, value in answer.headers if key.lower() == name.lower()]
    if wanted.absent:
        if values:
            yield Difference(field, None, _short(_unicode(", ".join(values))))
        return
    if not values:
        yield Difference(field, _described(wanted), None)
        return
    # Of a header that is there several times, one must fit: Set-Cookie.
    unlike = [list(_unlike_text(field, value, wanted)) for value in values]
    yield from min(unlike, key=len)


def _described(wanted: TextExpected) -> str:
    if wanted.equals is not None:
        return _short(wanted.equals)
    parts = [f"with {_short(part)}" for part in wanted.contains]
    parts += [f"like {_short(_unicode(wanted.matches))}"] if wanted.matches else []
    return " and ".join(parts) or "some value"


def _unlike_json(answer: Answer, wanted: tuple[JsonExpected, ...]) -> Iterator[Difference]:
    document: object = _NO_JSON
    why = "no JSON"
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        if answer.truncated:
            why = "too long to be read as JSON"
    for one in wanted:
        said = _as_json(one.value)
        if document is _NO_JSON:
            yield Difference(f"json {one.path}", said, why)
            continue
        try:
            values = one.query.values(document)
        except ValueError as error:
            yield Difference(f"json {one.path}", said, str(error))
            continue
        found = values[0] if one.query.singular and values else values
        if one.query.singular and not values:
            yield Difference(f"json {one.path}", said, None)
        elif not _same(found, one.value):
            yield Difference(f"json {one.path}", said, _as_json(found))


def _same(one: object, other: object) -> bool:
    """Whether two JSON values are equal; to Python, true is 1 too."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _unlike_tls(answer: Answer, wanted: TlsExpected, now: datetime) -> Iterator[Difference]:
    certificate = answer.certificate
    if wanted.version and answer.tls != f"TLSv{wanted.version}":
        yield Difference("tls.version", f"TLSv{wanted.version}", answer.tls or None)
    if certificate is None:
        if wanted != TlsExpected(version=wanted.version):
            yield Difference("tls", "a certificate", None)
        return
    if wanted.issuer not in certificate.issuer:
        yield Difference("tls.issuer", f"with {wanted.issuer!r}", certificate.issuer)
    names = {name.lower() for name in certificate.names}
    missing = [name for name in wanted.names if name.lower() not in names]
    if missing:
        yield Difference("tls.san", ", ".join(missing), ", ".join(certificate.names) or None)
    left = days_left(certificate, now)
    if wanted.days_left is not None and left < wanted.days_left:
        yield Difference("tls.daysLeft", f"at least {wanted.days_left:g}", left)


def _bytes(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _unicode(text: str) -> str:
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def _short(text: str) -> str:
    cut = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return repr(cut)


def _as_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
