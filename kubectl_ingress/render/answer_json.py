"""An answer in its stable form, the same wherever one is printed; see docs/json.md."""

from __future__ import annotations

from kubectl_ingress.core.answer import Answer, Certificate, Timings, Unreachable


def answer_as_json(answer: Answer, pod: str) -> dict[str, object]:
    """The fields of `answer`; `pod` is who sent it, "" where the body names none."""
    return {
        "status": answer.status,
        "headers": [list(pair) for pair in answer.headers],
        "http": answer.http,
        "tls": answer.tls or None,
        "bodyBytes": len(answer.body),
        "truncated": answer.truncated,
        "pod": pod or None,
        "peer": answer.peer,
        "timings": _timings(answer.timings),
        "certificate": _certificate(answer.certificate) if answer.certificate else None,
    }


def failure_as_json(result: Unreachable) -> dict[str, object]:
    """The fields of `failure`."""
    return {"why": str(result.why), "detail": result.detail, "phase": result.phase}


def _timings(timings: Timings) -> dict[str, float | None]:
    """Seconds, None for a phase that did not happen."""
    return {
        "dns": timings.dns,
        "connect": timings.connect,
        "tls": timings.tls,
        "firstByte": timings.first_byte,
        "total": timings.total,
    }


def _certificate(certificate: Certificate) -> dict[str, object]:
    """What it says of itself."""
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "notAfter": certificate.not_after,
    }
